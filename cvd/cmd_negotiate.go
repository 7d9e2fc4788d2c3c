package cvd

import (
	"time"
)

// SetEmbargoRules changes how this case resolves competing proposals, and the
// condition for an early end. Not while a proposal is open: nobody changes the
// rules of a running negotiation.
type SetEmbargoRules struct {
	Rules EmbargoRules // that hold from then on
}

// AskConsent asks a participant again, or for the first time, whether it agrees
// to the embargo: one that declined, that let its time pass, that was not asked, or
// that does not see yet what a merge has brought. It gets an invitation, and time to answer. One that has Lapsed keeps its
// access until its time has passed, and is not asked again before.
type AskConsent struct {
	To     PartyID       // who is asked
	Window time.Duration // to answer; 0: Config.AnswerWindow; at least 72 hours, and not beyond the end
	// Reason allows a shorter Window while attacks are known.
	Reason Private
	Text   Private // added to the invitation; must not tell what the case is about
}

// AnnounceDeadline records the date on which a party says that it publishes by
// itself. It is recorded as such: it is no proposal, and no embargo.
type AnnounceDeadline struct {
	Party  PartyID   // 0: the owner
	At     time.Time `json:",omitzero"` // in the zone it was announced in; required
	Reason Private   // may be empty
}

// RecordCompelledDisclosure records that a law required a disclosure. The embargo
// does not stand against it, and stays in force.
type RecordCompelledDisclosure struct {
	At        time.Time `json:",omitzero"` // zero: now
	Basis     Private   // the law and the order; required
	Recipient Private   // required
	What      Private   // what was disclosed
}

// WithdrawProposal takes back a proposal that nobody has brought into force.
type WithdrawProposal struct {
	Proposal ProposalID // 0: the only open one of the party
	Party    PartyID    // whose it is; 0: the owner
	Reason   Private    // seen by the team only
	Reply    Private    // why, as the other parties are told
}
