package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
)

// WithdrawProposal takes back a proposal that nobody has brought into force.
type WithdrawProposal struct {
	Proposal ProposalID // 0: the only open one of the party
	Party    PartyID    // whose it is; 0: the owner
	Reason   Private    // seen by the team only
	Reply    Private    // why, as the other parties are told
}

func (x WithdrawProposal) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).text("Reply", x.Reply).err; err != nil {
		return err
	}
	by, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	if err := d.voidPast(); err != nil {
		return err
	}
	if x.Proposal == 0 {
		for _, p := range d.c.Embargo.Proposals {
			if p.State == ProposalOpen && p.By == by {
				if x.Proposal != 0 {
					return d.bad("Proposal", "several are open", nil)
				}
				x.Proposal = p.ID
			}
		}
	}
	p := at(d.c.Embargo.Proposals, x.Proposal)
	switch {
	case p == nil:
		return d.refuse(RuleKnown, "proposal %d of %d", x.Proposal, len(d.c.Embargo.Proposals))
	case p.State != ProposalOpen:
		return d.refuse(RuleEmbargoDone, "proposal %d is %s", p.ID, p.State)
	case p.By != by:
		return d.refuse(RuleEmbargoWithdraw, "proposal %d is of participant %d", p.ID, p.By)
	}
	id := p.ID
	if err := d.closeProposals(ProposalWithdrawn, by, x.Reason, id); err != nil {
		return err
	}
	d.tellOthersWhy(PurposeEmbargoRejected, uint32(id), by, x.Reply)
	return d.reconsider()
}

// closeProposals closes proposals that nobody rejected. If none is left the
// negotiation is over, as by a rejection.
func (d *decision) closeProposals(to ProposalState, by PartyID, reason Private, ids ...ProposalID) error {
	if len(ids) == 0 {
		return nil
	}
	state, left := d.c.Embargo.State, 0
	for i := range d.c.Embargo.Proposals {
		if p := &d.c.Embargo.Proposals[i]; p.State == ProposalOpen && !slices.Contains(ids, p.ID) {
			left++
		}
	}
	if left == 0 {
		var ok bool
		if state, ok = state.Next(vultron.EMReject); !ok {
			return d.refuse(RuleEmbargoState, "reject in state %s", d.c.Embargo.State)
		}
	}
	d.emit(&proposalsClosed{Proposals: ids, To: to, By: by, State: state, Reason: reason})
	return nil
}

// voidPast closes proposals whose end has passed: they hold up nobody.
func (d *decision) voidPast() error {
	var ids []ProposalID
	for i := range d.c.Embargo.Proposals {
		if p := &d.c.Embargo.Proposals[i]; p.State == ProposalOpen && !d.live(p) {
			ids = append(ids, p.ID)
		}
	}
	return d.closeProposals(ProposalVoid, 0, "", ids...)
}

// live reports whether a proposal waits for an answer that can still be given.
func (d *decision) live(p *Proposal) bool {
	return p.State == ProposalOpen && storage.MillisOf(p.Ends) > d.now
}

// reconsider puts a proposal into force that only those had not accepted who have
// no vote any more.
func (d *decision) reconsider() error {
	e := &d.c.Embargo
	if e.Rules.Resolve != ResolveUnanimous || d.embargoPossible() != nil {
		return nil
	}
	var first *Proposal
	for i := range e.Proposals {
		if p := &e.Proposals[i]; d.live(p) && (first == nil || p.Ends.Before(first.Ends)) {
			first = p
		}
	}
	if first == nil || len(first.Agreed) == 0 {
		return nil
	}
	voters := d.c.voters()
	for _, v := range voters {
		if v != first.By && !slices.Contains(first.Agreed, v) {
			return nil
		}
	}
	by := first.Agreed[len(first.Agreed)-1]
	if first.By != Owner && !slices.Contains(first.Agreed, Owner) || d.embargoUntil(first.Ends, first.Reasoned) != nil {
		return nil
	}
	return d.bind(*first, by, slices.Contains(first.tacitly, by))
}

// termsNow are the terms that an answer is about: those in force, or else the
// only ones that are proposed.
func (d *decision) termsNow(asked ProposalID) (*Proposal, error) {
	e := &d.c.Embargo
	if e.State.InForce() {
		p := at(e.Proposals, e.Active)
		if asked != 0 && asked != e.Active {
			return nil, d.refuse(RuleTerms, "proposal %d holds, not %d", e.Active, asked)
		}
		return p, nil
	}
	var live []*Proposal
	for i := range e.Proposals {
		if p := &e.Proposals[i]; d.live(p) && (asked == 0 || asked == p.ID) {
			live = append(live, p)
		}
	}
	switch {
	case len(live) == 1:
		return live[0], nil
	case len(live) > 1:
		return nil, d.bad("Proposal", "several are open: name the one that is answered", nil)
	case asked != 0 && at(e.Proposals, asked) != nil:
		return nil, d.refuse(RuleTerms, "proposal %d is %s", asked, e.Proposals[asked-1].State)
	}
	return nil, d.refuse(RuleEmbargoState, "there are no terms to agree to: the embargo is %s", e.State)
}
