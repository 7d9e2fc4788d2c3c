package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
	"time"
)

// ProposeEmbargo proposes that the case stays secret until an exact instant. If
// an embargo is in force this is a revision: the old terms hold until it is
// accepted.
type ProposeEmbargo struct {
	Party  PartyID   // 0: the owner
	Ends   time.Time // kept with its zone
	Policy string    // the policy that it follows, with its version
	Dates  Dates     // of parts of the matter; zero: Ends
	Reason Private
}

func (x ProposeEmbargo) decide(d *decision) error {
	if err := d.check().instant("Ends", x.Ends).line("Policy", Private(x.Policy)).text("Reason", x.Reason).
		instant("Dates", x.Dates.Existence).instant("Dates", x.Dates.Details).instant("Dates", x.Dates.ProofOfConcept).err; err != nil {
		return err
	}
	by, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	if err := d.embargoPossible(); err != nil {
		return err
	}
	if MillisOf(x.Ends) <= d.now {
		return d.refuse(RuleEmbargoEnd, "the end is not in the future")
	}
	if !x.Dates.ordered(x.Ends) {
		return d.refuse(RuleEmbargoDates, "the end is %s", x.Ends.Format(time.RFC3339))
	}
	state, ok := d.c.Embargo.State.Next(vultron.EMPropose)
	if !ok {
		return d.refuse(RuleEmbargoState, "propose in state %s", d.c.Embargo.State)
	}
	d.emit(&embargoProposed{By: by, Ends: x.Ends.Truncate(time.Millisecond), Policy: x.Policy, State: state, Dates: x.Dates, Reason: x.Reason})
	d.tellOthers(PurposeEmbargoProposed, uint32(len(d.c.Embargo.Proposals)), by)
	return nil
}

func (d *decision) signatory(by PartyID) (PartyID, error) {
	if by == 0 {
		by = Owner
	}
	_, err := d.must(by)
	return by, err
}

// embargoPossible: only while nothing is public, exploited, attacked or
// deployed.
func (d *decision) embargoPossible() error {
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	for i := range d.c.Vulnerabilities {
		v := &d.c.Vulnerabilities[i]
		if v.State&(vultron.CSPublicAware|vultron.CSExploitPublic|vultron.CSAttacksObserved) != 0 {
			return d.refuse(RuleEmbargoSecret, "vulnerability %d is %s", v.ID, v.State)
		}
	}
	if d.c.Embargo.State.InForce() {
		return nil // a deployed fix is no reason against a shorter end
	}
	for i := range d.c.Statuses {
		if d.c.Statuses[i].State.Has(vultron.CSFixDeployed) {
			return d.refuse(RuleEmbargoDeployed, "vulnerability %d at participant %d", d.c.Statuses[i].Vuln, d.c.Statuses[i].Vendor)
		}
	}
	return nil
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

func (x AcceptEmbargo) decide(d *decision) error {
	p, by, err := d.answer(x.Proposal, x.Party)
	if err != nil {
		return err
	}
	if err := d.embargoPossible(); err != nil {
		return err
	}
	if MillisOf(p.Ends) <= d.now {
		return d.refuse(RuleEmbargoEnd, "the end of proposal %d has passed", p.ID)
	}
	if err := d.inTurn(p, false); err != nil {
		return err
	}
	return d.accept(p, by, x.Assumed)
}

// accept records an acceptance, and puts the proposal into force if no other is
// missing.
func (d *decision) accept(p Proposal, by PartyID, assumed bool) error {
	if d.c.Embargo.Rules.Resolve == ResolveUnanimous {
		if last, err := d.unanimous(p, by, assumed); err != nil || !last {
			return err
		}
		p = d.c.Embargo.Proposals[p.ID-1]
	} else if p.By != Owner && by != Owner {
		return d.refuse(RuleEmbargoOwn, "proposal %d of participant %d is the owner's to accept", p.ID, p.By)
	}
	state, ok := d.c.Embargo.State.Next(vultron.EMAccept)
	if !ok {
		return d.refuse(RuleEmbargoState, "accept in state %s", d.c.Embargo.State)
	}
	if d.openProposals() > 1 {
		state, _ = state.Next(vultron.EMPropose) // another proposal still waits, now as a revision
	}
	d.emit(&embargoAccepted{Proposal: p.ID, By: by, State: state, Assumed: assumed})
	for i := range d.c.Participants {
		q := d.c.Participants[i]
		e := vultron.ConsentEvent(0)
		switch {
		case q.Consent == vultron.Declined && q.ID != by && q.ID != Owner:
			// Whoever withdrew after it had agreed is not bound by what it said before.
			if q.ID == p.By || slices.Contains(p.Agreed, q.ID) {
				e = vultron.ConsentInvite
			}
		case q.ID == p.By || q.ID == by || q.ID == Owner || slices.Contains(p.Agreed, q.ID):
			if q.Consent != vultron.Signatory {
				e = vultron.ConsentAccept
			}
		case q.Consent == vultron.Signatory:
			e = vultron.ConsentRevise
		case q.Consent == vultron.NoEmbargo && q.RM != vultron.RMClosed:
			e = vultron.ConsentInvite
		}
		if e != 0 {
			if q.Consent == vultron.Declined && e == vultron.ConsentAccept {
				if err := d.moveConsent(q.ID, vultron.ConsentInvite); err != nil { // asked anew, and said yes
					return err
				}
			}
			if err := d.moveConsent(q.ID, e); err != nil {
				return err
			}
		}
	}
	d.tellOthers(PurposeEmbargoAgreed, uint32(p.ID), by)
	return nil
}

// answer finds the proposal that a party answers.
func (d *decision) answer(id ProposalID, by PartyID) (Proposal, PartyID, error) {
	by, err := d.signatory(by)
	if err != nil {
		return Proposal{}, by, err
	}
	if id == 0 && d.openProposals() == 1 {
		for i := range d.c.Embargo.Proposals {
			if d.c.Embargo.Proposals[i].State == ProposalOpen {
				id = d.c.Embargo.Proposals[i].ID
			}
		}
	}
	p := at(d.c.Embargo.Proposals, id)
	switch {
	case p == nil:
		return Proposal{}, by, d.refuse(RuleKnown, "proposal %d of %d", id, len(d.c.Embargo.Proposals))
	case p.State != ProposalOpen:
		return Proposal{}, by, d.refuse(RuleEmbargoDone, "proposal %d is %s", p.ID, p.State)
	case p.By == by:
		return Proposal{}, by, d.refuse(RuleEmbargoOwn, "proposal %d is of participant %d itself", p.ID, by)
	}
	return *p, by, nil
}

func (d *decision) openProposals() (n int) {
	for i := range d.c.Embargo.Proposals {
		if d.c.Embargo.Proposals[i].State == ProposalOpen {
			n++
		}
	}
	return n
}

// RejectEmbargo rejects a proposal. An embargo that is in force stays so.
type RejectEmbargo struct {
	Proposal ProposalID // 0: the only open one
	Party    PartyID    // 0: the owner
	Reason   Private
}

func (x RejectEmbargo) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).err; err != nil {
		return err
	}
	p, by, err := d.answer(x.Proposal, x.Party)
	if err != nil {
		return err
	}
	if err := d.inTurn(p, true); err != nil {
		return err
	}
	state, stopped := d.c.Embargo.State, d.stopped(p)
	if d.openProposals() == 1+len(stopped) {
		var ok bool
		if state, ok = state.Next(vultron.EMReject); !ok {
			return d.refuse(RuleEmbargoState, "reject in state %s", d.c.Embargo.State)
		}
	}
	d.emit(&embargoRejected{Proposal: p.ID, By: by, State: state, Stopped: stopped, Reason: x.Reason})
	d.tellOthers(PurposeEmbargoRejected, uint32(p.ID), by)
	return nil
}

// EndEmbargo ends the embargo because the parties agree, or because its end has
// come. It is no duty to publish, and publishes nothing.
type EndEmbargo struct {
	Reason Private
}

func (x EndEmbargo) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).err; err != nil {
		return err
	}
	if !d.c.Embargo.State.InForce() {
		return d.refuse(RuleEmbargoState, "terminate in state %s", d.c.Embargo.State)
	}
	why := EndAgreed
	if ends, _ := d.c.Embargo.Ends(); MillisOf(ends) <= d.now {
		why = EndReached
	} else if x.Reason == "" {
		return d.bad("Reason", "it is missing: the embargo would end before the agreed instant", nil)
	} else if q := d.c.Embargo.Rules.Quorum; d.c.quorum() < int(q) {
		return d.refuse(RuleEmbargoQuorum, "%d of %d percent", d.c.quorum(), q)
	}
	d.endEmbargo(why, x.Reason)
	return nil
}

// endEmbargo tells everybody who knows of it, also those who declined or have
// not answered.
func (d *decision) endEmbargo(why EndReason, reason Private) {
	to := d.concerned(Owner) // before the end makes everybody's consent void
	d.emit(&embargoEnded{Why: why, Reason: reason})
	if len(to) > 0 {
		d.tell(PurposeEmbargoEnded, uint32(why), "", to...)
	}
}
