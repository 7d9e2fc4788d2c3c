package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Reported reports whether a report in the case is of a participant.
func Reported(c *cvd.Case, id cvd.PartyID) bool {
	return slices.ContainsFunc(c.Reports, func(r cvd.Report) bool { return r.Reporter == id })
}

// PartyChanged replaces what is known of a participant.
type PartyChanged struct {
	Party    cvd.PartyID
	Roles    cvd.Roles // 0: they stay
	Contact  bool      // the contact is replaced
	NotFor   bool
	Routable bool
	Identity storage.Term
	ByMail   bool

	Name, Organization, Email, Phone, Address, Key cvd.Private
	Routes                                         []cvd.Route
	Tracking, Language                             cvd.Private
}

func (*PartyChanged) RecordName() string { return "party.changed/1" }

func (x *PartyChanged) Body(w *Wire) {
	num(w, &x.Party)
	num(w, &x.Roles)
	w.flag(&x.Contact)
	w.flag(&x.NotFor)
	w.flag(&x.Routable)
	text(w, &x.Identity)
	w.flag(&x.ByMail)
}

func (x *PartyChanged) Private(w *Wire) {
	for _, p := range []*cvd.Private{&x.Name, &x.Organization, &x.Email, &x.Phone, &x.Address, &x.Key, &x.Tracking} {
		text(w, p)
	}
	many(w, &x.Routes, wireRoute)
	text(w, &x.Language)
}

func (x *PartyChanged) apply(c *Folded, e *Envelope) {
	if p := c.party(x.Party); p != nil {
		if x.Roles != 0 && x.Roles != p.Roles {
			p.Roles, c.sums.stale = x.Roles, true
		}
		if x.Contact {
			p.NotFor, p.Routable, p.Kept(inner.Only{}).Identity, p.Kept(inner.Only{}).ByMail, p.Bounced = x.NotFor, x.Routable, x.Identity, x.ByMail, time.Time{}
		}
		p.Erased = p.Erased && !x.Contact
	}
	event(&c.Case, e, cvd.Event{Party: x.Party})
}

func (x *PartyChanged) reveal(c *Folded, _ *Envelope) {
	p := c.party(x.Party)
	if p == nil {
		return
	}
	if x.Contact {
		p.Name, p.Organization, p.Email, p.Phone = x.Name, x.Organization, x.Email, x.Phone
		p.Address, p.Key, p.Routes, p.Language = x.Address, x.Key, x.Routes, x.Language
	}
	if x.Tracking != "" {
		p.Tracking = x.Tracking
	}
}

// PartyScope says which vulnerabilities a participant sees from now on.
type PartyScope struct {
	Party   cvd.PartyID
	Limited bool
	Scope   []cvd.VulnID

	Reason cvd.Private
}

func (*PartyScope) RecordName() string { return "party.scope/1" }

func (x *PartyScope) Body(w *Wire) {
	num(w, &x.Party)
	w.flag(&x.Limited)
	many(w, &x.Scope, func(w *Wire, v *cvd.VulnID) { num(w, v) })
}

func (x *PartyScope) Private(w *Wire)           { text(w, &x.Reason) }
func (x *PartyScope) reveal(*Folded, *Envelope) {}

func (x *PartyScope) apply(c *Folded, e *Envelope) {
	if p := c.party(x.Party); p != nil {
		p.Limited, p.Scope = x.Limited, x.Scope
	}
	event(&c.Case, e, cvd.Event{Party: x.Party})
}

// PartyRemoved ends the part of a participant.
type PartyRemoved struct {
	Party cvd.PartyID

	Reason cvd.Private
}

func (*PartyRemoved) RecordName() string          { return "party.removed/1" }
func (x *PartyRemoved) Body(w *Wire)              { num(w, &x.Party) }
func (x *PartyRemoved) Private(w *Wire)           { text(w, &x.Reason) }
func (x *PartyRemoved) reveal(*Folded, *Envelope) {}

func (x *PartyRemoved) apply(c *Folded, e *Envelope) {
	if p := c.party(x.Party); p != nil {
		c.sums.stale = true
		p.Removed, p.Routable, p.Details = e.At.Time(), false, false
		p.Consent, p.AnswerBy, p.Terms, p.Kept(inner.Only{}).Agreed, p.Kept(inner.Only{}).Shut = vultron.NoEmbargo, time.Time{}, 0, false, true
	}
	if c.Lead == x.Party {
		c.Lead = 0
	}
	c.Release.Answers = slices.DeleteFunc(slices.Clone(c.Release.Answers), func(a cvd.ReleaseAnswer) bool { return a.Party == x.Party })
	c.Lists = slices.Clone(c.Lists)
	for i := range c.Lists {
		if l := &c.Lists[i]; l.Told.IsZero() {
			l.Parties = slices.DeleteFunc(slices.Clone(l.Parties), func(p cvd.PartyID) bool { return p == x.Party })
		}
	}
	event(&c.Case, e, cvd.Event{Party: x.Party})
}
