package cvd

import "github.com/cvdkit/cvdkit/cvd/storage"

// privateErased says that private parts were removed on purpose, and on what
// ground. It holds nothing of what was removed.
type privateErased struct {
	structural
	Records []Seq
	Basis   EraseBasis
	Parties []PartyID     // whose data it was
	Actors  []uint32      // likewise
	All     bool          // every private part of the case
	Kept    []storage.Key // that lead to the case although their text is gone
}

func (*privateErased) name() string { return "private.erased/1" }
func (x *privateErased) body(w *wire) {
	many(w, &x.Records, func(w *wire, s *Seq) { signed(w, s) })
	num(w, &x.Basis)
	many(w, &x.Parties, func(w *wire, p *PartyID) { num(w, p) })
	many(w, &x.Actors, func(w *wire, a *uint32) { num(w, a) })
	w.flag(&x.All)
	many(w, &x.Kept, func(w *wire, k *storage.Key) { w.fixed(k[:]) })
}
func (x *privateErased) apply(c *folded, e *envelope) {
	if c.owned&ownHold == 0 {
		c.hold, c.owned = cloneSet(c.hold), c.owned|ownHold
	}
	c.erased = cloneSet(c.erased)
	for _, s := range x.Records {
		delete(c.hold, s)
		c.erased[s] = true
		c.stale = c.stale || c.revealed[s]
		if ev := at(c.Events, uint32(s)); ev != nil && (ev.Kind == EventReportReceived || ev.Kind == EventSubmissionReceived) {
			if r := c.report(ReportID(ev.ref)); r != nil {
				r.sketch, r.marks = nil, nil
			}
		}
	}
	for _, id := range x.Parties {
		if p := c.party(id); p != nil {
			p.Erased, p.Routable, p.identity = true, false, ""
		}
	}
	for _, n := range x.Actors {
		if at(c.actorTags, n) != nil {
			tags := append([]storage.Term(nil), c.actorTags...)
			tags[n-1] = "" // who acts again is introduced again
			c.actorTags = tags
			c.persons = append([]storage.Term(nil), c.persons...)
			c.persons[n-1] = ""
			if c.assignee == n {
				c.who = ""
			}
		}
	}
	c.endGrants(c.codesOf(x.Parties, x.All), e.at.Time())
	if x.All {
		c.emptied = e.seq
	}
	c.event(e, Event{}.With(uint32(len(x.Records)), uint16(x.Basis)))
}

type holdPlaced struct {
	Reason Private
}

func (*holdPlaced) name() string                { return "hold.placed/1" }
func (*holdPlaced) body(*wire)                  {}
func (x *holdPlaced) private(w *wire)           { text(w, &x.Reason) }
func (x *holdPlaced) reveal(*folded, *envelope) {}
func (x *holdPlaced) apply(c *folded, e *envelope) {
	c.Held = true
	c.event(e, Event{})
}

type holdReleased struct {
	Reason Private
}

func (*holdReleased) name() string                { return "hold.released/1" }
func (*holdReleased) body(*wire)                  {}
func (x *holdReleased) private(w *wire)           { text(w, &x.Reason) }
func (x *holdReleased) reveal(*folded, *envelope) {}
func (x *holdReleased) apply(c *folded, e *envelope) {
	c.Held = false
	c.event(e, Event{})
}
