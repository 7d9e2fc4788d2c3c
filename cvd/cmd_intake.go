package cvd

import (
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Receive takes a report in, through any channel, also one that staff enter
// after a telephone call. With the zero CaseID it opens a case; else it adds the
// report to the case.
//
// A report whose IDs are known is not taken twice: Do returns the case that has
// it, with Repeated set.
type Receive struct {
	Channel    Channel      // by which it came
	Received   time.Time    `json:",omitzero"` // when it reached the team; zero: now
	IDs        []ExternalID // what makes it the same report, such as its Message-ID
	Reporter   Contact      // zero: anonymous
	Protection Protection   // of the channel, as found
	Signature  Signature    // what was found of one
	KnownBy    KnownBy      // by what the reporter is known
	TLP        tlp.Label    // as the reporter put it; unset: TLP:AMBER. A new case takes it for the title and the vulnerability
	Kind       Kind         // of a new case

	Title        Private // of the report; a new case takes it too
	Summary      Private // the report itself
	Products     Private // affected products and versions, in the reporter's words
	Observations Private // details of the observations that led to discovery
	Wish         Private // when and how the reporter wants to disclose
	// PublishOn is the date on which the reporter says it publishes by itself: see
	// AnnounceDeadline. It also stands as the reporter's proposal, for the team to
	// answer, where an embargo is possible. Whoever names one has not accepted the
	// team's own policy. In the future.
	PublishOn   time.Time `json:",omitzero"`
	Credit      Credit    // how the reporter wants to be credited
	CreditName  Private   // the name for the credit; may be empty
	Fingerprint Private   // of the key that signed it

	// Exploited says that exploitation is alleged: the clocks run faster.
	Exploited bool

	// Original is the report as it came. It is streamed to Config.Blobs.
	Original     io.Reader `json:"-"`
	OriginalType Private   // its media type, for example message/rfc822
	Files        []File    // that came along

	// Submission takes the report as a submission, the stage before the case: one
	// record, no vulnerability, no party but the sender, and of all clocks the one of
	// Config.Submissions. A receipt goes out at once, unless it is Quiet: where the
	// channel gives one, or nobody must be answered. Its number and its receipt stay
	// good when Admit makes a case of it, or Merge takes it into one. Dismiss takes
	// it no further. Of the zero CaseID only.
	Submission, Quiet bool
	// Quarantine says why a submission is held apart: no receipt goes out, its sender
	// is told nothing, and lists by Identity do not show it. Acknowledge lifts that.
	Quarantine Private
}

// Contact is how a participant is known and reached.
type Contact struct {
	Name, Organization Private // Name is of the person, who speaks for Organization
	Email, Phone       Private // an address (RFC 5322), and a telephone number in any form
	Address            Private // postal
	Key                Private // OpenPGP fingerprint
	// Routes are tried in order. nil: by Email through the transport "mail", if
	// there is one.
	Routes []Route
	// Identity is the participant's stable name at the host, for lists of cases
	// by participant and for Viewer.Identity. A case that is read does not show it:
	// Case.You says which participant it is. "": Email.
	Identity Private
	// Language is the BCP 47 tag of the language to write in, for example de. "":
	// Config.Language.
	Language Private
	// NotForSecurity marks a contact that gets notices without details only.
	NotForSecurity bool
}

// Open starts a case without a report: something that the team found itself,
// or that became public before anybody told it.
type Open struct {
	Origin  Origin       // OriginOutbound or OriginSurprise
	Kind    Kind         // what sort of matter it is
	IDs     []ExternalID // that lead to the case from then on
	Title   Private      // of the case and of its first vulnerability
	Summary Private      // becomes a note of the team
}

// Attach adds a file to the case. The content is streamed to Config.Blobs and
// never held in memory as a whole; nothing looks into it.
type Attach struct {
	Party   PartyID   // 0: the owner
	Name    Private   // without a path
	Type    Private   // media type as claimed
	TLP     tlp.Label // of the content; unset: TLP:AMBER
	Content io.Reader `json:"-"` // required; read to its end
}
