package cvd

import (
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// PostMessage sends a text from one participant to others, each through its own
// routes. Without To it is a note of the team, and goes nowhere.
//
// What came in from a participant is posted with its Provenance, once the host
// knows by what the sender is known; what nobody vouches for is PostUnverified. A
// message whose IDs the case has is not posted again: Do returns the case with
// Repeated set.
type PostMessage struct {
	Party       PartyID        // 0: the owner
	Topic       TopicID        // 0: none. A message in a topic without To goes to all of it who may be told
	To          []PartyID      // the recipients; none: a note of the team
	Subject     Private        // not sent in clear: the subject of a mail is the case number
	Text        Private        // at most Limits.Text
	TLP         tlp.Label      // unset: TLP:AMBER
	Require     Protection     // more than Config.Floor demands
	Attachments []AttachmentID // of the case, which the recipients see with it
	InReplyTo   MessageID      // the message that it answers
	Provenance  Provenance     // how it came in; zero: it was written here

	// Statements are what a vendor says of its products, and Go or Hold, not both,
	// what it says to the planned release. Nothing of it acts before AdoptStatements.
	Statements []Statement
	Go, Hold   bool // Go and Hold: see Statements

	// Original is the message as it came. It is streamed to Config.Blobs, and seen
	// by the team and its sender only.
	Original     io.Reader `json:"-"`
	OriginalType Private   // its media type, for example message/rfc822
	Files        []File    // that are added to the case with it
}

// Publish records that the team discloses vulnerabilities, which are public from
// then on. The others of the case stay secret; the embargo ends when nothing is
// left under it. It publishes nothing itself; the host puts the advisory where
// the public finds it. What is to be disclosed on different dates under an
// embargo is parted by Split.
type Publish struct {
	At         time.Time `json:",omitzero"` // zero: now
	Advisories []string  // public addresses or numbers of the advisories
	// SHA256 are digests of the documents at Advisories, in the same order, in
	// hexadecimal: the record of what was published. Empty: they are not known.
	SHA256 []string
	// Vulnerabilities are those that are disclosed. Empty: all that have a fix or
	// are public already. One without a fix is disclosed only if it is named.
	Vulnerabilities []VulnID
	// Advisory is what is published, if it is to be checked: it must be
	// TLP:CLEAR, no draft, free of faults, and pass Config.CheckAdvisory. The
	// case keeps a digest of it; SaveDraft keeps documents.
	Advisory *advisory.Advisory
	// Emergency is the reason to publish past a planned release, which two people
	// have not approved or whose instant has not come: by one person, who is named,
	// and only what is public, exploited or attacked already. "": no emergency.
	Emergency Private
}
