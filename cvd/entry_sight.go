package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What came from another case is not for everybody who takes part in this one. A
// merge numbers what it brings, and what is said after it: the part 0 began here,
// each other part came with a merge or began after one, and keeps its borders if
// it is carried on. A participant that knew nothing of a part does not see it
// until it agrees anew, with the whole before it.

// partBegun says to which part the records after it belong.
type partBegun struct {
	structural
	Part uint32
}

func (*partBegun) name() string   { return "part.begun/1" }
func (x *partBegun) body(w *wire) { num(w, &x.Part) }
func (x *partBegun) apply(c *folded, e *envelope) {
	c.part, c.parts = x.Part, max(c.parts, x.Part)
	c.event(e, Event{}.With(x.Part, 0))
}

// partySight says what a participant that came from another case, or was there
// when another came, may see.
type partySight struct {
	structural
	Party   PartyID
	Began   bool // its report began the case: see Participant.began
	Agreed  bool
	Shut    bool
	Limited bool
	Scope   []VulnID
	Hidden  []uint32 // parts
	Bare    []uint32 // parts of which it sees no report but its own
}

func (*partySight) name() string { return "party.sight/1" }
func (x *partySight) body(w *wire) {
	num(w, &x.Party)
	w.flag(&x.Began)
	w.flag(&x.Agreed)
	w.flag(&x.Shut)
	w.flag(&x.Limited)
	many(w, &x.Scope, func(w *wire, v *VulnID) { num(w, v) })
	many(w, &x.Hidden, func(w *wire, n *uint32) { num(w, n) })
	many(w, &x.Bare, func(w *wire, n *uint32) { num(w, n) })
}
func (x *partySight) apply(c *folded, e *envelope) {
	if p := c.party(x.Party); p != nil {
		p.began, p.agreed, p.shut = x.Began, x.Agreed, x.Shut
		p.Limited, p.Scope, p.hidden, p.bare = x.Limited, x.Scope, x.Hidden, x.Bare
	}
	c.event(e, Event{Party: x.Party})
}

// partly reports whether a participant is bound by the terms, and does not see all
// that came with another case: a yes of its own is missing.
func (p *Participant) partly() bool {
	return p.Consent == vultron.Signatory && len(p.hidden)+len(p.bare) > 0
}

// consented moves the consent of a participant, and with it what it may see: only
// its own yes opens anything.
func (p *Participant) consented(to vultron.Consent, assumed bool, now storage.Millis) {
	switch to {
	case vultron.Signatory:
		if !assumed {
			p.agreed, p.shut, p.hidden, p.bare = true, false, nil, nil
		}
	case vultron.Declined:
		p.agreed, p.shut = false, true
	case vultron.Invited:
		p.agreed = false
		p.shut = p.shut || p.Consent == vultron.Lapsed // it had its time to answer
	case vultron.NoEmbargo: // the embargo has ended
		p.shut = p.shut || p.Consent == vultron.Lapsed && !p.consents(now)
		p.agreed = p.agreed && !p.shut
	}
	p.Consent = to
}
