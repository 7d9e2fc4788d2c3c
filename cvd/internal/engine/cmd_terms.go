package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideWithdrawProposal(x cvd.WithdrawProposal) error {
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
			if p.State == cvd.ProposalOpen && p.By == by {
				if x.Proposal != 0 {
					return d.bad("Proposal", "several are open", nil)
				}
				x.Proposal = p.ID
			}
		}
	}
	p := inner.At(d.c.Embargo.Proposals, x.Proposal)
	switch {
	case p == nil:
		return d.refuse(cvd.RuleKnown, "proposal %d of %d", x.Proposal, len(d.c.Embargo.Proposals))
	case p.State != cvd.ProposalOpen:
		return d.refuse(cvd.RuleEmbargoDone, "proposal %d is %s", p.ID, p.State)
	case p.By != by:
		return d.refuse(cvd.RuleEmbargoWithdraw, "proposal %d is of participant %d", p.ID, p.By)
	}
	id := p.ID
	if err := d.closeProposals(cvd.ProposalWithdrawn, by, x.Reason, id); err != nil {
		return err
	}
	d.tellOthersWhy(cvd.PurposeEmbargoRejected, uint32(id), by, x.Reply)
	return d.reconsider()
}

// closeProposals closes proposals that nobody rejected. If none is left the
// negotiation is over, as by a rejection.
func (d *Decision) closeProposals(to cvd.ProposalState, by cvd.PartyID, reason cvd.Private, ids ...cvd.ProposalID) error {
	if len(ids) == 0 {
		return nil
	}
	state, left := d.c.Embargo.State, 0
	for i := range d.c.Embargo.Proposals {
		if p := &d.c.Embargo.Proposals[i]; p.State == cvd.ProposalOpen && !slices.Contains(ids, p.ID) {
			left++
		}
	}
	if left == 0 {
		var ok bool
		if state, ok = state.Next(vultron.EMReject); !ok {
			return d.refuse(cvd.RuleEmbargoState, "reject in state %s", d.c.Embargo.State)
		}
	}
	d.emit(&caselog.ProposalsClosed{Proposals: ids, To: to, By: by, State: state, Reason: reason})
	return nil
}

// voidPast closes proposals whose end has passed: they hold up nobody.
func (d *Decision) voidPast() error {
	var ids []cvd.ProposalID
	for i := range d.c.Embargo.Proposals {
		if p := &d.c.Embargo.Proposals[i]; p.State == cvd.ProposalOpen && !d.live(p) {
			ids = append(ids, p.ID)
		}
	}
	return d.closeProposals(cvd.ProposalVoid, 0, "", ids...)
}

// live reports whether a proposal waits for an answer that can still be given.
func (d *Decision) live(p *cvd.Proposal) bool {
	return p.State == cvd.ProposalOpen && storage.MillisOf(p.Ends) > d.now
}

// reconsider puts a proposal into force that only those had not accepted who have
// no vote any more.
func (d *Decision) reconsider() error {
	e := &d.c.Embargo
	if e.Rules.Resolve != cvd.ResolveUnanimous || d.embargoPossible() != nil {
		return nil
	}
	var first *cvd.Proposal
	for i := range e.Proposals {
		if p := &e.Proposals[i]; d.live(p) && (first == nil || p.Ends.Before(first.Ends)) {
			first = p
		}
	}
	if first == nil || len(first.Agreed) == 0 {
		return nil
	}
	voters := voters(&d.c.Case)
	for _, v := range voters {
		if v != first.By && !slices.Contains(first.Agreed, v) {
			return nil
		}
	}
	by := first.Agreed[len(first.Agreed)-1]
	if first.By != cvd.Owner && !slices.Contains(first.Agreed, cvd.Owner) || d.embargoUntil(first.Ends, first.Reasoned) != nil {
		return nil
	}
	return d.bind(*first, by, slices.Contains(first.Kept(inner.Only{}).Tacitly, by))
}

// termsNow are the terms that an answer is about: those in force, or else the
// only ones that are proposed.
func (d *Decision) termsNow(asked cvd.ProposalID) (*cvd.Proposal, error) {
	e := &d.c.Embargo
	if e.State.InForce() {
		p := inner.At(e.Proposals, e.Active)
		if asked != 0 && asked != e.Active {
			return nil, d.refuse(cvd.RuleTerms, "proposal %d holds, not %d", e.Active, asked)
		}
		return p, nil
	}
	var live []*cvd.Proposal
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
	case asked != 0 && inner.At(e.Proposals, asked) != nil:
		return nil, d.refuse(cvd.RuleTerms, "proposal %d is %s", asked, e.Proposals[asked-1].State)
	}
	return nil, d.refuse(cvd.RuleEmbargoState, "there are no terms to agree to: the embargo is %s", e.State)
}
