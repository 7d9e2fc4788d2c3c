package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type AccessGranted struct {
	structural
	Party cvd.PartyID
	Key   storage.Key // of the code: with the Secret and without the code it says nothing
	Until time.Time
	Leads bool          // the key leads to this case
	Ends  []cvd.GrantID // which it replaces
	From  cvd.CaseID    // the other case that it opens; zero: none
	// Without are the parts of the case that it does not open.
	Without []uint32
}

func (*AccessGranted) RecordName() string { return "access.granted/1" }

func (x *AccessGranted) Body(w *Wire) {
	num(w, &x.Party)
	w.fixed(x.Key[:])
	w.Instant(&x.Until)
	w.flag(&x.Leads)
	many(w, &x.Ends, func(w *Wire, g *cvd.GrantID) { num(w, g) })
	w.fixed(x.From[:])
	many(w, &x.Without, func(w *Wire, n *uint32) { num(w, n) })
}

func (x *AccessGranted) apply(c *Folded, e *Envelope) {
	endGrants(&c.Case, x.Ends, e.At.Time())
	n := len(c.Grants)
	g := cvd.Grant{ID: cvd.GrantID(n + 1), Party: x.Party, Given: e.At.Time(), Until: x.Until}
	g.Kept(inner.Only{}).Key, g.Kept(inner.Only{}).Leads, g.Kept(inner.Only{}).Without = x.Key, x.Leads, x.Without
	if x.From != (cvd.CaseID{}) {
		g.Kept(inner.Only{}).Cases = []cvd.CaseID{x.From}
	}
	c.Grants = append(c.Grants[:n:n], g)
	event(&c.Case, e, cvd.Event{Party: x.Party, When: x.Until}.With(uint32(g.ID), 0))
}

type AccessRevoked struct {
	Grants []cvd.GrantID

	Reason cvd.Private
}

func (*AccessRevoked) RecordName() string { return "access.revoked/1" }

func (x *AccessRevoked) Body(w *Wire) {
	many(w, &x.Grants, func(w *Wire, g *cvd.GrantID) { num(w, g) })
}

func (x *AccessRevoked) Private(w *Wire)           { text(w, &x.Reason) }
func (x *AccessRevoked) reveal(*Folded, *Envelope) {}

func (x *AccessRevoked) apply(c *Folded, e *Envelope) {
	endGrants(&c.Case, x.Grants, e.At.Time())
	ev := cvd.Event{}.With(uint32(len(x.Grants)), 0)
	if len(x.Grants) > 0 {
		if g := inner.At(c.Grants, x.Grants[0]); g != nil {
			ev.Party = g.Party
		}
	}
	event(&c.Case, e, ev)
}

// AccessCarried says that a code opens another case as well.
type AccessCarried struct {
	structural
	Grant cvd.GrantID
	To    cvd.CaseID
	Leads bool // its key leads there from now on
}

func (*AccessCarried) RecordName() string { return "access.carried/1" }

func (x *AccessCarried) Body(w *Wire) {
	num(w, &x.Grant)
	w.fixed(x.To[:])
	w.flag(&x.Leads)
}

func (x *AccessCarried) apply(c *Folded, e *Envelope) {
	c.Grants = slices.Clone(c.Grants)
	ev := cvd.Event{}.With(uint32(x.Grant), 0)
	if g := inner.At(c.Grants, x.Grant); g != nil {
		g.Kept(inner.Only{}).Cases = append(slices.Clip(g.Kept(inner.Only{}).Cases), x.To)
		if x.Leads {
			g.Kept(inner.Only{}).Leads, g.Kept(inner.Only{}).Moved = false, x.To
		}
		ev.Party = g.Party
	}
	event(&c.Case, e, ev)
}

// AccessNarrowed keeps parts that have come with another case from codes.
type AccessNarrowed struct {
	structural
	Grants  []cvd.GrantID
	Without []uint32
}

func (*AccessNarrowed) RecordName() string { return "access.narrowed/1" }

func (x *AccessNarrowed) Body(w *Wire) {
	many(w, &x.Grants, func(w *Wire, g *cvd.GrantID) { num(w, g) })
	many(w, &x.Without, func(w *Wire, n *uint32) { num(w, n) })
}

func (x *AccessNarrowed) apply(c *Folded, e *Envelope) {
	c.Grants = slices.Clone(c.Grants)
	for _, id := range x.Grants {
		if g := inner.At(c.Grants, id); g != nil {
			g.Kept(inner.Only{}).Without = append(slices.Clip(g.Kept(inner.Only{}).Without), x.Without...)
		}
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(len(x.Grants)), 0))
}

func Holds(g *cvd.Grant, now storage.Millis) bool {
	return g.Ended.IsZero() && (g.Until.IsZero() || now < storage.MillisOf(g.Until))
}

// CodesOf are those of participants that hold; all: of everybody.
func CodesOf(c *cvd.Case, parties []cvd.PartyID, all bool) (out []cvd.GrantID) {
	for i := range c.Grants {
		if g := &c.Grants[i]; g.Ended.IsZero() && (all || slices.Contains(parties, g.Party)) {
			out = append(out, g.ID)
		}
	}
	return out
}

func endGrants(c *cvd.Case, ids []cvd.GrantID, at time.Time) {
	if len(ids) == 0 {
		return
	}
	c.Grants = slices.Clone(c.Grants)
	for _, id := range ids {
		if int(id)-1 < len(c.Grants) && id > 0 {
			c.Grants[id-1].Ended = at
		}
	}
}
