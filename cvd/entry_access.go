package cvd

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

type accessGranted struct {
	structural
	Party PartyID
	Key   storage.Key // of the code: with the Secret and without the code it says nothing
	Until time.Time
	Leads bool      // the key leads to this case
	Ends  []GrantID // which it replaces
	From  CaseID    // the other case that it opens; zero: none
	// Without are the parts of the case that it does not open.
	Without []uint32
}

func (*accessGranted) name() string { return "access.granted/1" }
func (x *accessGranted) body(w *wire) {
	num(w, &x.Party)
	w.fixed(x.Key[:])
	w.instant(&x.Until)
	w.flag(&x.Leads)
	many(w, &x.Ends, func(w *wire, g *GrantID) { num(w, g) })
	w.fixed(x.From[:])
	many(w, &x.Without, func(w *wire, n *uint32) { num(w, n) })
}
func (x *accessGranted) apply(c *folded, e *envelope) {
	c.endGrants(x.Ends, e.at.Time())
	n := len(c.Grants)
	g := Grant{ID: GrantID(n + 1), Party: x.Party, Given: e.at.Time(), Until: x.Until}
	g.key, g.leads, g.without = x.Key, x.Leads, x.Without
	if x.From != (CaseID{}) {
		g.cases = []CaseID{x.From}
	}
	c.Grants = append(c.Grants[:n:n], g)
	c.event(e, Event{Party: x.Party, When: x.Until}.With(uint32(g.ID), 0))
}

type accessRevoked struct {
	Grants []GrantID

	Reason Private
}

func (*accessRevoked) name() string { return "access.revoked/1" }
func (x *accessRevoked) body(w *wire) {
	many(w, &x.Grants, func(w *wire, g *GrantID) { num(w, g) })
}
func (x *accessRevoked) private(w *wire)           { text(w, &x.Reason) }
func (x *accessRevoked) reveal(*folded, *envelope) {}
func (x *accessRevoked) apply(c *folded, e *envelope) {
	c.endGrants(x.Grants, e.at.Time())
	ev := Event{}.With(uint32(len(x.Grants)), 0)
	if len(x.Grants) > 0 {
		if g := at(c.Grants, x.Grants[0]); g != nil {
			ev.Party = g.Party
		}
	}
	c.event(e, ev)
}

// accessCarried says that a code opens another case as well.
type accessCarried struct {
	structural
	Grant GrantID
	To    CaseID
	Leads bool // its key leads there from now on
}

func (*accessCarried) name() string { return "access.carried/1" }
func (x *accessCarried) body(w *wire) {
	num(w, &x.Grant)
	w.fixed(x.To[:])
	w.flag(&x.Leads)
}
func (x *accessCarried) apply(c *folded, e *envelope) {
	c.Grants = slices.Clone(c.Grants)
	ev := Event{}.With(uint32(x.Grant), 0)
	if g := at(c.Grants, x.Grant); g != nil {
		g.cases = append(slices.Clip(g.cases), x.To)
		if x.Leads {
			g.leads, g.moved = false, x.To
		}
		ev.Party = g.Party
	}
	c.event(e, ev)
}

// accessNarrowed keeps parts that have come with another case from codes.
type accessNarrowed struct {
	structural
	Grants  []GrantID
	Without []uint32
}

func (*accessNarrowed) name() string { return "access.narrowed/1" }
func (x *accessNarrowed) body(w *wire) {
	many(w, &x.Grants, func(w *wire, g *GrantID) { num(w, g) })
	many(w, &x.Without, func(w *wire, n *uint32) { num(w, n) })
}
func (x *accessNarrowed) apply(c *folded, e *envelope) {
	c.Grants = slices.Clone(c.Grants)
	for _, id := range x.Grants {
		if g := at(c.Grants, id); g != nil {
			g.without = append(slices.Clip(g.without), x.Without...)
		}
	}
	c.event(e, Event{}.With(uint32(len(x.Grants)), 0))
}
