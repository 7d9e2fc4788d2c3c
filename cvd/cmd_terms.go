package cvd

// WithdrawProposal takes back a proposal that nobody has brought into force.
type WithdrawProposal struct {
	Proposal ProposalID // 0: the only open one of the party
	Party    PartyID    // whose it is; 0: the owner
	Reason   Private    // seen by the team only
	Reply    Private    // why, as the other parties are told
}
