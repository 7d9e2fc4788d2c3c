package engine

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideProposeEmbargo(x cvd.ProposeEmbargo) error {
	if err := d.check().instant("Ends", x.Ends).line("Policy", cvd.Private(x.Policy)).text("Reason", x.Reason).
		instant("Dates", x.Dates.Existence).instant("Dates", x.Dates.Details).instant("Dates", x.Dates.ProofOfConcept).err; err != nil {
		return err
	}
	by, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	if storage.MillisOf(x.Ends) <= d.now {
		return d.refuse(cvd.RuleEmbargoEnd, "the end is not in the future")
	}
	if err := d.embargoUntil(x.Ends, x.Reason != ""); err != nil {
		return err
	}
	if x.Ends.After(d.now.Time().AddDate(1, 0, 0)) && x.Reason == "" {
		return d.refuse(cvd.RuleEmbargoLong, "the end is %s", x.Ends.Format(time.RFC3339))
	}
	if !ordered(x.Dates, x.Ends) {
		return d.refuse(cvd.RuleEmbargoDates, "the end is %s", x.Ends.Format(time.RFC3339))
	}
	if err := d.voidPast(); err != nil {
		return err
	}
	if err := d.propose(caselog.EmbargoProposed{By: by, Ends: x.Ends, Policy: x.Policy, Dates: x.Dates, Reasoned: x.Reason != "", Reason: x.Reason}); err != nil {
		return err
	}
	d.tellOthers(cvd.PurposeEmbargoProposed, uint32(len(d.c.Embargo.Proposals)), by)
	return nil
}

// propose records a proposal, and whether its end falls on a day of rest.
func (d *Decision) propose(x caselog.EmbargoProposed) error {
	var ok bool
	if x.State, ok = d.c.Embargo.State.Next(vultron.EMPropose); !ok {
		return d.refuse(cvd.RuleEmbargoState, "propose in state %s", d.c.Embargo.State)
	}
	x.Ends = x.Ends.Truncate(time.Millisecond)
	x.OffDay = !d.s.Cfg.Calendar.WorkingDay(x.Ends)
	d.emit(&x)
	return nil
}

func (d *Decision) signatory(by cvd.PartyID) (cvd.PartyID, error) {
	if by == 0 {
		by = cvd.Owner
	}
	_, err := d.must(by)
	return by, err
}

// embargoPossible: only while there is something to keep secret.
func (d *Decision) embargoPossible() error {
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if e := &d.c.Embargo; e.State.InForce() {
		if ends, _ := e.Ends(); storage.MillisOf(ends) <= d.now {
			return d.refuse(cvd.RuleEmbargoOver, "it ended at %s", ends.Format(time.RFC3339))
		}
	}
	if !caselog.SecretLeft(&d.c.Case) {
		return d.refuse(cvd.RuleEmbargoSecret, "all of its vulnerabilities are public")
	}
	if d.c.Embargo.State.InForce() {
		return nil // a deployed fix is no reason against a shorter end
	}
	for t := range d.c.StatusesOf(cvd.Owner) {
		if v := inner.At(d.c.Vulnerabilities, t.Vuln); t.State.Has(vultron.CSFixDeployed) && v != nil && caselog.Covered(v) {
			return d.refuse(cvd.RuleEmbargoDeployed, "vulnerability %d", t.Vuln)
		}
	}
	return nil
}

// embargoUntil is embargoPossible for an end: while the matter is exploited it is
// near, and has a reason.
func (d *Decision) embargoUntil(ends time.Time, reasoned bool) error {
	if err := d.embargoPossible(); err != nil {
		return err
	}
	if !caselog.Exploited(&d.c.Case) {
		return nil
	}
	if most := d.now.Time().Add(cvd.MaxEmbargoWhileExploited); !reasoned || ends.After(most) {
		return d.refuse(cvd.RuleEmbargoShort, "with a reason until %s at most", most.Format(time.RFC3339))
	}
	return nil
}

func (d *Decision) decideAcceptEmbargo(x cvd.AcceptEmbargo) error {
	p, by, err := d.answer(x.Proposal, x.Party)
	if err != nil {
		return err
	}
	if err := d.embargoUntil(p.Ends, p.Reasoned); err != nil {
		return err
	}
	if err := d.inTurn(p, false); err != nil {
		return err
	}
	return d.accept(p, by, x.Assumed)
}

// accept records an acceptance, and puts the proposal into force if no other is
// missing.
func (d *Decision) accept(p cvd.Proposal, by cvd.PartyID, assumed bool) error {
	if d.c.Embargo.Rules.Resolve == cvd.ResolveUnanimous {
		if last, err := d.unanimous(p, by, assumed); err != nil || !last {
			return err
		}
		p = d.c.Embargo.Proposals[p.ID-1]
	} else if p.By != cvd.Owner && by != cvd.Owner {
		return d.refuse(cvd.RuleEmbargoOwn, "proposal %d of participant %d is the owner's to accept", p.ID, p.By)
	}
	return d.bind(p, by, assumed)
}

// bind puts a proposal into force. Those who accepted it are bound by it; others
// are asked, each with a new window.
func (d *Decision) bind(p cvd.Proposal, by cvd.PartyID, assumed bool) error {
	// Whoever accepts a shorter end gives up its own longer one.
	if err := d.voidPast(); err != nil {
		return err
	}
	var longer []cvd.ProposalID
	for i := range d.c.Embargo.Proposals {
		if q := &d.c.Embargo.Proposals[i]; q.State == cvd.ProposalOpen && q.ID != p.ID && q.By == by && q.Ends.After(p.Ends) {
			longer = append(longer, q.ID)
		}
	}
	if err := d.closeProposals(cvd.ProposalWithdrawn, by, "", longer...); err != nil {
		return err
	}
	state, ok := d.c.Embargo.State.Next(vultron.EMAccept)
	if !ok {
		return d.refuse(cvd.RuleEmbargoState, "accept in state %s", d.c.Embargo.State)
	}
	if d.openProposals() > 1 {
		state, _ = state.Next(vultron.EMPropose) // another proposal still waits, now as a revision
	}
	d.emit(&caselog.EmbargoAccepted{Proposal: p.ID, By: by, State: state, Assumed: assumed})
	for _, p0 := range d.c.Participants {
		q := *p0 // as it was
		yes := q.ID == p.By || q.ID == by || q.ID == cvd.Owner || slices.Contains(p.Agreed, q.ID) || q.Terms == p.ID
		tacit := q.ID == by && assumed || slices.Contains(p.Kept(inner.Only{}).Tacitly, q.ID)
		var events []vultron.ConsentEvent
		switch {
		case q.Consent == vultron.Declined && q.ID != by && q.ID != cvd.Owner:
			// Whoever withdrew after it had agreed is not bound by what it said before.
			if q.ID == p.By || slices.Contains(p.Agreed, q.ID) {
				events = []vultron.ConsentEvent{vultron.ConsentInvite}
			}
		case yes && q.Consent == vultron.Signatory && q.Terms == p.ID:
		case yes && q.Consent == vultron.Signatory && q.Terms != 0:
			events = []vultron.ConsentEvent{vultron.ConsentRevise, vultron.ConsentAccept}
		case yes && q.Consent != vultron.Signatory:
			events = agree(q.Consent)
		case q.Consent == vultron.Signatory:
			events = []vultron.ConsentEvent{vultron.ConsentRevise}
		case q.Consent == vultron.NoEmbargo && q.RM != vultron.RMClosed && !q.Gone():
			events = []vultron.ConsentEvent{vultron.ConsentInvite}
		case q.Consent == vultron.Invited || q.Consent == vultron.Lapsed && caselog.Consents(&q, d.now):
			d.emit(&caselog.PartyConsent{Party: q.ID, State: q.Consent, AnswerBy: d.answerBy(0)}) // new terms, new time
		}
		for _, e := range events {
			if err := d.moveConsentTo(q.ID, e, 0, p.ID, tacit); err != nil {
				return err
			}
		}
	}
	d.tellOthers(cvd.PurposeEmbargoAgreed, uint32(p.ID), by)
	return nil
}

// answer finds the proposal that a party answers.
func (d *Decision) answer(id cvd.ProposalID, by cvd.PartyID) (cvd.Proposal, cvd.PartyID, error) {
	by, err := d.signatory(by)
	if err != nil {
		return cvd.Proposal{}, by, err
	}
	if id == 0 {
		for i := range d.c.Embargo.Proposals {
			// One that waits, or else one that has run out, to say so.
			if p := &d.c.Embargo.Proposals[i]; d.live(p) && d.openProposals() == 1 || p.State == cvd.ProposalOpen && d.openProposals() == 0 {
				id = p.ID
			}
		}
	}
	p := inner.At(d.c.Embargo.Proposals, id)
	switch {
	case p == nil:
		return cvd.Proposal{}, by, d.refuse(cvd.RuleKnown, "proposal %d of %d", id, len(d.c.Embargo.Proposals))
	case p.State != cvd.ProposalOpen:
		return cvd.Proposal{}, by, d.refuse(cvd.RuleEmbargoDone, "proposal %d is %s", p.ID, p.State)
	case !d.live(p):
		return cvd.Proposal{}, by, d.refuse(cvd.RuleEmbargoEnd, "the end of proposal %d has passed", p.ID)
	case !hasVoice(&d.c.Case, by):
		return cvd.Proposal{}, by, d.refuse(cvd.RuleVoice, "participant %d is %s, %s", by, d.c.Participants[by-1].Consent, d.c.Participants[by-1].RM)
	case p.By == by:
		return cvd.Proposal{}, by, d.refuse(cvd.RuleEmbargoOwn, "proposal %d is of participant %d itself", p.ID, by)
	}
	out := *p
	return out, by, d.voidPast()
}

// hasVoice reports whether a participant may answer a proposal.
func hasVoice(c *cvd.Case, id cvd.PartyID) bool {
	p := c.Participant(id)
	return id == cvd.Owner || p != nil && !p.Gone() && p.Consent != vultron.Declined && p.RM != vultron.RMClosed
}

func (d *Decision) openProposals() (n int) {
	for i := range d.c.Embargo.Proposals {
		if d.live(&d.c.Embargo.Proposals[i]) {
			n++
		}
	}
	return n
}

func (d *Decision) decideRejectEmbargo(x cvd.RejectEmbargo) error {
	if err := d.check().text("Reason", x.Reason).text("Reply", x.Reply).err; err != nil {
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
	waits := slices.ContainsFunc(d.c.Embargo.Proposals, func(q cvd.Proposal) bool {
		return d.live(&q) && q.ID != p.ID && !slices.Contains(stopped, q.ID)
	})
	if !waits {
		var ok bool
		if state, ok = state.Next(vultron.EMReject); !ok {
			return d.refuse(cvd.RuleEmbargoState, "reject in state %s", d.c.Embargo.State)
		}
	}
	d.emit(&caselog.EmbargoRejected{Proposal: p.ID, By: by, State: state, Stopped: stopped, Reason: x.Reason})
	d.tellOthersWhy(cvd.PurposeEmbargoRejected, uint32(p.ID), by, x.Reply)
	return nil
}

func (d *Decision) decideEndEmbargo(x cvd.EndEmbargo) error {
	if err := d.check().text("Reason", x.Reason).err; err != nil {
		return err
	}
	if !d.c.Embargo.State.InForce() {
		return d.refuse(cvd.RuleEmbargoState, "terminate in state %s", d.c.Embargo.State)
	}
	why := cvd.EndAgreed
	if ends, _ := d.c.Embargo.Ends(); storage.MillisOf(ends) <= d.now {
		why = cvd.EndReached
	} else if x.Reason == "" {
		return d.bad("Reason", "it is missing: the embargo would end before the agreed instant", nil)
	} else if q := d.c.Embargo.Rules.Quorum; quorum(&d.c.Case) < int(q) {
		return d.refuse(cvd.RuleEmbargoQuorum, "%d of %d percent", quorum(&d.c.Case), q)
	}
	d.endEmbargo(why, x.Reason)
	return nil
}

// endEmbargo tells everybody who knows of it, also those who declined or have
// not answered.
func (d *Decision) endEmbargo(why cvd.EndReason, reason cvd.Private) {
	to := d.concerned(cvd.Owner) // before the end makes everybody's consent void
	d.endSilently(why, reason)
	if len(to) > 0 {
		d.tell(cvd.PurposeEmbargoEnded, uint32(why), "", to...)
	}
}

// endSilently ends the embargo, of which everybody is told otherwise.
func (d *Decision) endSilently(why cvd.EndReason, reason cvd.Private) {
	ends, ok := d.c.Embargo.Ends()
	d.emit(&caselog.EmbargoEnded{Why: why, Early: ok && storage.MillisOf(ends) > d.now, Reason: reason})
}
