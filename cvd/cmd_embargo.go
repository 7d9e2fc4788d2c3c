package cvd

import (
	"time"
)

// ProposeEmbargo proposes that the case stays secret until an exact instant. If
// an embargo is in force this is a revision: the old terms hold until it is
// accepted.
type ProposeEmbargo struct {
	Party  PartyID   // 0: the owner
	Ends   time.Time `json:",omitzero"` // kept with its zone
	Policy string    // the policy that it follows, with its version
	Dates  Dates     // of parts of the matter; zero: Ends
	Reason Private   // told to those who have to answer; may be empty
}

// AcceptEmbargo accepts a proposal. It comes into force, and replaces the one
// before. Either the proposal or the acceptance is the owner's.
type AcceptEmbargo struct {
	Proposal ProposalID // 0: the only open one
	Party    PartyID    // 0: the owner
	// Assumed marks an acceptance that nobody spoke out, for example of the
	// policy that the team publishes.
	Assumed bool
}

// RejectEmbargo rejects a proposal. An embargo that is in force stays so.
type RejectEmbargo struct {
	Proposal ProposalID // 0: the only open one
	Party    PartyID    // 0: the owner
	Reason   Private    // seen by the team only
	Reply    Private    // why, as the other parties are told
}

// EndEmbargo ends the embargo because the parties agree, or because its end has
// come. It is no duty to publish, and publishes nothing.
type EndEmbargo struct {
	Reason Private // required before the agreed instant
}
