package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// EndedByMistake reports whether nothing is left of what ended the embargo.
func (c *Folded) EndedByMistake(now storage.Millis) bool {
	e := &c.Embargo
	if e.State != vultron.EMExited || c.ended == nil || !c.Open() || storage.MillisOf(e.Proposals[e.Active-1].Ends) <= now {
		return false
	}
	switch e.Why {
	case cvd.EndPublicAwareness, cvd.EndExploit:
		return SecretLeft(&c.Case)
	case cvd.EndAttacks:
		return SecretLeft(&c.Case) && !Exploited(&c.Case)
	}
	return false
}

// Retract lowers what claims have raised, as far as no other does.
func (c *Folded) Retract(ids []cvd.ClaimID) {
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

// ClaimRetracted says that claims are not adopted any more.
type ClaimRetracted struct {
	Claims   []cvd.ClaimID
	Restored bool // the embargo holds again

	Reason cvd.Private
}

func (*ClaimRetracted) RecordName() string { return "claim.retracted/1" }

func (x *ClaimRetracted) Body(w *Wire) {
	many(w, &x.Claims, func(w *Wire, id *cvd.ClaimID) { num(w, id) })
	w.flag(&x.Restored)
}

func (x *ClaimRetracted) Private(w *Wire)           { text(w, &x.Reason) }
func (x *ClaimRetracted) reveal(*Folded, *Envelope) {}

func (x *ClaimRetracted) apply(c *Folded, e *Envelope) {
	c.Retract(x.Claims)
	c.Events = slices.Clone(c.Events)
	for i := range c.Events {
		ev := &c.Events[i]
		if ev.Kind == cvd.EventClaimAdopted && slices.Contains(x.Claims, cvd.ClaimID(ev.Kept(inner.Only{}).Ref)) || ev.Kind == cvd.EventEmbargoEnded && x.Restored {
			ev.TakenBack = true
		}
	}
	if x.Restored {
		c.restore(e.At)
	}
	ev := cvd.Event{}
	if cl := inner.At(c.Claims, append(x.Claims, 0)[0]); cl != nil {
		ev = cvd.Event{Vuln: cl.Vuln, Party: cl.Vendor}.With(uint32(cl.ID), uint16(cl.What))
	}
	event(&c.Case, e, ev)
}

// endedEmbargo is what an end has made void, in case it was a mistake.
type endedEmbargo struct {
	consents []consentBefore
	open     []cvd.ProposalID
}

type consentBefore struct {
	party    cvd.PartyID
	consent  vultron.Consent
	answerBy time.Time
	terms    cvd.ProposalID
}

// keepEnded remembers the embargo that ends.
func (c *Folded) keepEnded() {
	c.ended = &endedEmbargo{}
	for _, p := range c.Participants {
		if p.Consent != vultron.NoEmbargo {
			c.ended.consents = append(c.ended.consents, consentBefore{p.ID, p.Consent, p.AnswerBy, p.Terms})
		}
	}
	for i := range c.Embargo.Proposals {
		if p := &c.Embargo.Proposals[i]; p.State == cvd.ProposalOpen {
			c.ended.open = append(c.ended.open, p.ID)
		}
	}
}

// restore puts an embargo into force that had ended by mistake. What a participant
// had lost by its own no, or by its silence, stays lost.
func (c *Folded) restore(now storage.Millis) {
	b := c.ended
	if c.ended = nil; b == nil {
		return
	}
	e := &c.Embargo
	c.Kin = slices.DeleteFunc(slices.Clone(c.Kin), func(k KinEnd) bool { return k.Case == c.ID && !k.Told })
	e.State, e.Ended, e.Why, e.Reason = vultron.EMActive, time.Time{}, cvd.EndNone, ""
	for _, id := range b.open {
		if p := c.proposal(id); p != nil && storage.MillisOf(p.Ends) > now {
			p.State, e.State = cvd.ProposalOpen, vultron.EMRevise
		}
	}
	for _, was := range b.consents {
		if p := c.party(was.party); p != nil && !p.Gone() {
			p.Consent, p.AnswerBy, p.Terms = was.consent, was.answerBy, was.terms
		}
	}
}
