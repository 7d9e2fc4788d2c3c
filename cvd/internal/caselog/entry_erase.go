package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// PrivateErased says that private parts were removed on purpose, and on what
// ground. It holds nothing of what was removed.
type PrivateErased struct {
	structural
	Records []cvd.Seq
	Basis   cvd.EraseBasis
	Parties []cvd.PartyID // whose data it was
	Actors  []uint32      // likewise
	All     bool          // every private part of the case
	Kept    []storage.Key // that lead to the case although their text is gone
}

func (*PrivateErased) RecordName() string { return "private.erased/1" }

func (x *PrivateErased) Body(w *Wire) {
	many(w, &x.Records, func(w *Wire, s *cvd.Seq) { Signed(w, s) })
	num(w, &x.Basis)
	many(w, &x.Parties, func(w *Wire, p *cvd.PartyID) { num(w, p) })
	many(w, &x.Actors, func(w *Wire, a *uint32) { num(w, a) })
	w.flag(&x.All)
	many(w, &x.Kept, func(w *Wire, k *storage.Key) { w.fixed(k[:]) })
}

func (x *PrivateErased) apply(c *Folded, e *Envelope) {
	if c.owned&ownHold == 0 {
		c.hold, c.owned = cloneSet(c.hold), c.owned|ownHold
	}
	c.Erased = cloneSet(c.Erased)
	for _, s := range x.Records {
		delete(c.hold, s)
		c.Erased[s] = true
		c.stale = c.stale || c.revealed[s]
		if ev := inner.At(c.Events, uint32(s)); ev != nil && (ev.Kind == cvd.EventReportReceived || ev.Kind == cvd.EventSubmissionReceived) {
			if r := c.report(cvd.ReportID(ev.Kept(inner.Only{}).Ref)); r != nil {
				r.Kept(inner.Only{}).Sketch, r.Kept(inner.Only{}).Marks = nil, nil
			}
		}
	}
	for _, id := range x.Parties {
		if p := c.party(id); p != nil {
			p.Erased, p.Routable, p.Kept(inner.Only{}).Identity = true, false, ""
		}
	}
	for _, n := range x.Actors {
		if inner.At(c.ActorTags, n) != nil {
			tags := append([]storage.Term(nil), c.ActorTags...)
			tags[n-1] = "" // who acts again is introduced again
			c.ActorTags = tags
			c.Persons = append([]storage.Term(nil), c.Persons...)
			c.Persons[n-1] = ""
			if c.AssigneeNumber == n {
				c.Who = ""
			}
		}
	}
	endGrants(&c.Case, CodesOf(&c.Case, x.Parties, x.All), e.At.Time())
	if x.All {
		c.emptied = e.Seq
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(len(x.Records)), uint16(x.Basis)))
}

type HoldPlaced struct {
	Reason cvd.Private
}

func (*HoldPlaced) RecordName() string          { return "hold.placed/1" }
func (*HoldPlaced) Body(*Wire)                  {}
func (x *HoldPlaced) Private(w *Wire)           { text(w, &x.Reason) }
func (x *HoldPlaced) reveal(*Folded, *Envelope) {}

func (x *HoldPlaced) apply(c *Folded, e *Envelope) {
	c.Held = true
	event(&c.Case, e, cvd.Event{})
}

type HoldReleased struct {
	Reason cvd.Private
}

func (*HoldReleased) RecordName() string          { return "hold.released/1" }
func (*HoldReleased) Body(*Wire)                  {}
func (x *HoldReleased) Private(w *Wire)           { text(w, &x.Reason) }
func (x *HoldReleased) reveal(*Folded, *Envelope) {}

func (x *HoldReleased) apply(c *Folded, e *Envelope) {
	c.Held = false
	event(&c.Case, e, cvd.Event{})
}
