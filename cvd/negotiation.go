package cvd

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"time"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Resolution says how competing proposals of an embargo's end are resolved.
type Resolution uint8

// The resolutions. With each, either the proposal or an acceptance is the owner's.
const (
	// ResolveShortest: the earliest end that is open is answered first. A
	// revision that is rejected ends the consideration of all later ones.
	ResolveShortest Resolution = iota
	// ResolveOwner: the owner answers whichever it wants.
	ResolveOwner
	// ResolveUnanimous: as ResolveShortest, and a proposal comes into force once
	// all have accepted it: before an embargo all participants who have not
	// declined, afterwards the owner and the signatories. Who has closed the case is
	// not waited for.
	ResolveUnanimous
)

// Limits of the library, which no Config moves.
const (
	// MinAnswerWindow is the least time that a participant has for an answer about
	// an embargo.
	MinAnswerWindow = 72 * time.Hour

	// MaxEmbargoWhileExploited is the longest that an embargo may last while attacks
	// are known.
	MaxEmbargoWhileExploited = 7 * 24 * time.Hour

	// NoticeLabel is that of a notice, which says only that there is something to read.
	NoticeLabel = tlp.Green
)

// EmbargoRules are what the team's published policy says of embargoes. They are
// recorded in each new case, which keeps them; SetEmbargoRules changes them.
type EmbargoRules struct {
	Resolve Resolution // how competing proposals are settled
	// Quorum is the share of vendors, in percent, that must have a fix ready
	// before the parties can end an embargo early. 0: no condition. A vendor counts
	// unless it says that it is not affected.
	Quorum uint8
}

// StandingEmbargo is the team's published policy as a proposal to every reporter. It
// is in force as soon as the report is received, as if the reporter had accepted it
// (Proposal.Assumed); with a Receive.PublishOn it is an open proposal.
type StandingEmbargo struct {
	Days   int    // after receipt of the report; 0: nothing is proposed
	Policy string // its name and version
}

// Dates says when parts of the matter become public. Zero ones are the end of
// the embargo, which is when the fix and the advisory may be published.
type Dates struct {
	Existence      time.Time `json:",omitzero"` // that there is something; not after the end
	Details        time.Time `json:",omitzero"` // not before the end
	ProofOfConcept time.Time `json:",omitzero"` // not before the details
}

// Dates returns the dates of a proposal, the zero ones filled in.
func (p *Proposal) Dates() Dates {
	d := p.Separate
	if d.Existence.IsZero() {
		d.Existence = p.Ends
	}
	if d.Details.IsZero() {
		d.Details = p.Ends
	}
	if d.ProofOfConcept.IsZero() {
		d.ProofOfConcept = d.Details
	}
	return d
}

// Announcement is the date on which a party says that it publishes, whatever the
// others agree on. It is no embargo and ends none.
type Announcement struct {
	By     PartyID   // who says so
	At     time.Time `json:",omitzero"` // in the zone it was announced in
	Made   time.Time `json:",omitzero"` // when it was recorded
	Reason Private   // may be empty
	kept   announcementKept
}

// CompelledDisclosure is a disclosure that a law required. It passes the embargo,
// which stays in force for everybody else.
type CompelledDisclosure struct {
	At        time.Time `json:",omitzero"` // when it was disclosed
	Made      time.Time `json:",omitzero"` // when it was recorded
	Basis     Private   // the law and the order
	Recipient Private   // who got it
	What      Private   // what was disclosed
}

// Silent reports whether a participant was asked about an embargo and let its
// time to answer pass. That is no refusal: its consent stays Invited or Lapsed,
// and a later answer counts.
func (p *Participant) Silent(now time.Time) bool {
	return (p.Consent == vultron.Invited || p.Consent == vultron.Lapsed) && !p.AnswerBy.IsZero() && now.After(p.AnswerBy)
}
