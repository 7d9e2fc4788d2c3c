package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What came from another case is not for everybody who takes part in this one. A
// merge numbers what it brings, and what is said after it: the part 0 began here,
// each other part came with a merge or began after one, and keeps its borders if
// it is carried on. A participant that knew nothing of a part does not see it
// until it agrees anew, with the whole before it.

// PartBegun says to which part the records after it belong.
type PartBegun struct {
	structural
	Part uint32
}

func (*PartBegun) RecordName() string { return "part.begun/1" }
func (x *PartBegun) Body(w *Wire)     { num(w, &x.Part) }

func (x *PartBegun) apply(c *Folded, e *Envelope) {
	c.Part, c.Parts = x.Part, max(c.Parts, x.Part)
	event(&c.Case, e, cvd.Event{}.With(x.Part, 0))
}

// PartySight says what a participant that came from another case, or was there
// when another came, may see.
type PartySight struct {
	structural
	Party   cvd.PartyID
	Began   bool // its report began the case: see Participant.began
	Agreed  bool
	Shut    bool
	Limited bool
	Scope   []cvd.VulnID
	Hidden  []uint32 // parts
	Bare    []uint32 // parts of which it sees no report but its own
}

func (*PartySight) RecordName() string { return "party.sight/1" }

func (x *PartySight) Body(w *Wire) {
	num(w, &x.Party)
	w.flag(&x.Began)
	w.flag(&x.Agreed)
	w.flag(&x.Shut)
	w.flag(&x.Limited)
	many(w, &x.Scope, func(w *Wire, v *cvd.VulnID) { num(w, v) })
	many(w, &x.Hidden, func(w *Wire, n *uint32) { num(w, n) })
	many(w, &x.Bare, func(w *Wire, n *uint32) { num(w, n) })
}

func (x *PartySight) apply(c *Folded, e *Envelope) {
	if p := c.party(x.Party); p != nil {
		p.Kept(inner.Only{}).Began, p.Kept(inner.Only{}).Agreed, p.Kept(inner.Only{}).Shut = x.Began, x.Agreed, x.Shut
		p.Limited, p.Scope, p.Kept(inner.Only{}).Hidden, p.Kept(inner.Only{}).Bare = x.Limited, x.Scope, x.Hidden, x.Bare
	}
	event(&c.Case, e, cvd.Event{Party: x.Party})
}

// consented moves the consent of a participant, and with it what it may see: only
// its own yes opens anything.
func consented(p *cvd.Participant, to vultron.Consent, assumed bool, now storage.Millis) {
	switch to {
	case vultron.Signatory:
		if !assumed {
			p.Kept(inner.Only{}).Agreed, p.Kept(inner.Only{}).Shut, p.Kept(inner.Only{}).Hidden, p.Kept(inner.Only{}).Bare = true, false, nil, nil
		}
	case vultron.Declined:
		p.Kept(inner.Only{}).Agreed, p.Kept(inner.Only{}).Shut = false, true
	case vultron.Invited:
		p.Kept(inner.Only{}).Agreed = false
		p.Kept(inner.Only{}).Shut = p.Kept(inner.Only{}).Shut || p.Consent == vultron.Lapsed // it had its time to answer
	case vultron.NoEmbargo: // the embargo has ended
		p.Kept(inner.Only{}).Shut = p.Kept(inner.Only{}).Shut || p.Consent == vultron.Lapsed && !Consents(p, now)
		p.Kept(inner.Only{}).Agreed = p.Kept(inner.Only{}).Agreed && !p.Kept(inner.Only{}).Shut
	}
	p.Consent = to
}
