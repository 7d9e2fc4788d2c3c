package cvd

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// RetractAdoption takes back the adoption of a claim that was a mistake. The claim
// stays a claim; its letter falls, unless another adopted claim holds it up, and so
// does what followed from it. An embargo that ended by it holds again until the end
// that was agreed, for those who were bound by it: a correction of the record, and
// no step of the negotiation. Everybody concerned is told.
type RetractAdoption struct {
	Claim  ClaimID // whose adoption is taken back
	Reason Private // required
}

func (x RetractAdoption) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.Reason == "").err; err != nil {
		return err
	}
	cl := at(d.c.Claims, x.Claim)
	switch {
	case cl == nil:
		return d.refuse(RuleKnown, "claim %d of %d", x.Claim, len(d.c.Claims))
	case cl.Adopted.IsZero():
		return d.refuse(RuleOnce, "claim %d is not adopted", x.Claim)
	}
	if _, err := d.mustVuln(cl.Vuln); err != nil {
		return err
	}
	if v := d.c.Vulnerabilities[cl.Vuln-1]; cl.What == vultron.PublicAware && !v.Published.IsZero() {
		return d.refuse(RuleRetract, "vulnerability %d was published by the team", v.ID)
	}
	e := &claimRetracted{Claims: []ClaimID{x.Claim}, Reason: x.Reason}
	for i := range d.c.Claims {
		if y := &d.c.Claims[i]; y.follows == x.Claim && !y.Adopted.IsZero() {
			e.Claims = append(e.Claims, y.ID)
		}
	}
	// Whether the embargo holds again is to be seen in the case as it is then.
	after := d.c.working()
	after.retract(e.Claims)
	for _, t := range append(slices.Clone(after.Statuses), Status{Vuln: cl.Vuln}) {
		if s := after.State(t.Vuln, t.Vendor, t.Stream); t.Vuln == cl.Vuln && (!s.Valid() || s.Has(vultron.CSExploitPublic) && !s.Has(vultron.CSPublicAware)) {
			return d.refuse(RuleRetract, "vulnerability %d would be %s: take back first what rests on it", t.Vuln, s)
		}
	}
	e.Restored = after.endedByMistake(d.now)
	d.emit(e)
	if !e.Restored {
		return nil
	}
	for _, q := range d.c.Participants {
		if q.Consent == vultron.NoEmbargo && q.RM != vultron.RMClosed && !q.gone() && q.ID != Owner {
			if err := d.moveConsent(q.ID, vultron.ConsentInvite); err != nil {
				return err
			}
		}
	}
	d.tellOthers(PurposeEmbargoRestored, uint32(d.c.Embargo.Active), Owner)
	return nil
}

// endedByMistake reports whether nothing is left of what ended the embargo.
func (c *folded) endedByMistake(now storage.Millis) bool {
	e := &c.Embargo
	if e.State != vultron.EMExited || c.ended == nil || !c.Open() || storage.MillisOf(e.Proposals[e.Active-1].Ends) <= now {
		return false
	}
	switch e.Why {
	case EndPublicAwareness, EndExploit:
		return c.secretLeft()
	case EndAttacks:
		return c.secretLeft() && !c.exploited()
	}
	return false
}

// retract lowers what claims have raised, as far as no other does.
func (c *folded) retract(ids []ClaimID) {
	for _, id := range ids {
		cl := c.claim(id)
		if cl == nil {
			continue
		}
		cl.Adopted = time.Time{}
		letters := vultron.CS(0)
		for i := range c.Claims {
			if x := &c.Claims[i]; !x.Adopted.IsZero() && x.Vuln == cl.Vuln && x.Vendor == cl.Vendor && x.Stream == cl.Stream {
				letters |= raised(x.What)
			}
		}
		if cl.What.OfVendor() {
			c.status(cl.Vuln, cl.Vendor, cl.Stream).State &= letters
		} else if v := c.vuln(cl.Vuln); v != nil {
			v.State &= letters
		}
	}
}

// raised are the letters of an event: a vendor that has a fix is aware.
func raised(e vultron.CSEvent) vultron.CS {
	if e == vultron.FixReady {
		return vultron.CSFixReady | vultron.CSVendorAware
	}
	return e.Letter()
}

// claimRetracted says that claims are not adopted any more.
type claimRetracted struct {
	Claims   []ClaimID
	Restored bool // the embargo holds again

	Reason Private
}

func (*claimRetracted) name() string { return "claim.retracted/1" }
func (x *claimRetracted) body(w *wire) {
	many(w, &x.Claims, func(w *wire, id *ClaimID) { num(w, id) })
	w.flag(&x.Restored)
}
func (x *claimRetracted) private(w *wire)           { text(w, &x.Reason) }
func (x *claimRetracted) reveal(*folded, *envelope) {}
func (x *claimRetracted) apply(c *folded, e *envelope) {
	c.retract(x.Claims)
	c.Events = slices.Clone(c.Events)
	for i := range c.Events {
		ev := &c.Events[i]
		if ev.Kind == EventClaimAdopted && slices.Contains(x.Claims, ClaimID(ev.ref)) || ev.Kind == EventEmbargoEnded && x.Restored {
			ev.TakenBack = true
		}
	}
	if x.Restored {
		c.restore(e.at)
	}
	ev := Event{}
	if cl := at(c.Claims, append(x.Claims, 0)[0]); cl != nil {
		ev = Event{Vuln: cl.Vuln, Party: cl.Vendor}.With(uint32(cl.ID), uint16(cl.What))
	}
	c.event(e, ev)
}

// endedEmbargo is what an end has made void, in case it was a mistake.
type endedEmbargo struct {
	consents []consentBefore
	open     []ProposalID
}

type consentBefore struct {
	party    PartyID
	consent  vultron.Consent
	answerBy time.Time
	terms    ProposalID
}

// keepEnded remembers the embargo that ends.
func (c *folded) keepEnded() {
	c.ended = &endedEmbargo{}
	for _, p := range c.Participants {
		if p.Consent != vultron.NoEmbargo {
			c.ended.consents = append(c.ended.consents, consentBefore{p.ID, p.Consent, p.AnswerBy, p.Terms})
		}
	}
	for i := range c.Embargo.Proposals {
		if p := &c.Embargo.Proposals[i]; p.State == ProposalOpen {
			c.ended.open = append(c.ended.open, p.ID)
		}
	}
}

// restore puts an embargo into force that had ended by mistake. What a participant
// had lost by its own no, or by its silence, stays lost.
func (c *folded) restore(now storage.Millis) {
	b := c.ended
	if c.ended = nil; b == nil {
		return
	}
	e := &c.Embargo
	c.kin = slices.DeleteFunc(slices.Clone(c.kin), func(k kinEnd) bool { return k.Case == c.ID && !k.told })
	e.State, e.Ended, e.Why, e.Reason = vultron.EMActive, time.Time{}, EndNone, ""
	for _, id := range b.open {
		if p := c.proposal(id); p != nil && storage.MillisOf(p.Ends) > now {
			p.State, e.State = ProposalOpen, vultron.EMRevise
		}
	}
	for _, was := range b.consents {
		if p := c.party(was.party); p != nil && !p.gone() {
			p.Consent, p.AnswerBy, p.Terms = was.consent, was.answerBy, was.terms
		}
	}
}
