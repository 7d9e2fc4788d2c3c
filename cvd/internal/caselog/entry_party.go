package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// PartyAdded brings a participant into the case.
type PartyAdded struct {
	Roles    cvd.Roles
	Details  bool
	NotFor   bool
	Routable bool
	Limited  bool // sees Scope only
	Scope    []cvd.VulnID
	Began    bool         // its report begins the case
	Identity storage.Term // keyed hash of the participant's identity at the host, for lists
	ByMail   bool         // which is its e-mail address
	// Joined and Answered are those of the case that it comes from; zero: now, and
	// never.
	Joined, Answered time.Time

	Name, Organization, Email, Phone, Address, Key, Reason cvd.Private
	Routes                                                 []cvd.Route
	Tracking                                               cvd.Private
	Threads                                                []cvd.Private // tokens that lead to it
	Language                                               cvd.Private
}

func (*PartyAdded) RecordName() string { return "party.added/1" }

func (x *PartyAdded) Body(w *Wire) {
	num(w, &x.Roles)
	w.flag(&x.Details)
	w.flag(&x.NotFor)
	w.flag(&x.Routable)
	text(w, &x.Identity)
	w.flag(&x.Limited)
	many(w, &x.Scope, func(w *Wire, v *cvd.VulnID) { num(w, v) })
	w.flag(&x.Began)
	w.flag(&x.ByMail)
	w.Instant(&x.Joined)
	w.Instant(&x.Answered)
}

func (x *PartyAdded) Private(w *Wire) {
	text(w, &x.Name)
	text(w, &x.Organization)
	text(w, &x.Email)
	text(w, &x.Phone)
	text(w, &x.Address)
	text(w, &x.Key)
	text(w, &x.Reason)
	many(w, &x.Routes, wireRoute)
	text(w, &x.Tracking)
	many(w, &x.Threads, func(w *Wire, t *cvd.Private) { text(w, t) })
	text(w, &x.Language)
}

func wireRoute(w *Wire, r *cvd.Route) {
	text(w, &r.Transport)
	text(w, &r.Address)
}

func (x *PartyAdded) apply(c *Folded, e *Envelope) {
	parties := mutable(c, ownParties, &c.Participants)
	id := cvd.PartyID(len(parties) + 1)
	p := &cvd.Participant{
		ID: id, Roles: x.Roles, Joined: e.At.Time(), Answered: x.Answered, Details: x.Details,
		NotFor: x.NotFor, Routable: x.Routable, Limited: x.Limited, Scope: x.Scope,
	}
	p.Kept(inner.Only{}).Identity, p.Kept(inner.Only{}).ByMail, p.Kept(inner.Only{}).Began, p.Kept(inner.Only{}).Part, p.Kept(inner.Only{}).Of = x.Identity, x.ByMail, x.Began, c.Part, c.hand
	if !x.Joined.IsZero() {
		p.Joined = x.Joined
	}
	c.Participants = append(parties, p)
	p.CountIn(inner.Only{}, &c.sums.vendors)
	event(&c.Case, e, cvd.Event{Party: id}.With(0, uint16(x.Roles)))
}

func (x *PartyAdded) reveal(c *Folded, e *Envelope) {
	p := c.party(c.Events[e.Seq-1].Party)
	p.Name, p.Organization, p.Email, p.Phone = x.Name, x.Organization, x.Email, x.Phone
	p.Address, p.Key, p.Routes, p.Tracking = x.Address, x.Key, x.Routes, x.Tracking
	p.Kept(inner.Only{}).Threads, p.Language = x.Threads, x.Language
}

type PartyRM struct {
	structural
	Party    cvd.PartyID
	State    vultron.RM
	Reported bool // told by a remote party, perhaps several steps at once
}

func (*PartyRM) RecordName() string { return "party.rm/1" }

func (x *PartyRM) Body(w *Wire) {
	num(w, &x.Party)
	num(w, &x.State)
	w.flag(&x.Reported)
}

func (x *PartyRM) apply(c *Folded, e *Envelope) {
	if p := c.party(x.Party); p != nil {
		p.RM = x.State
		if x.Reported {
			c.answers(p, e.At.Time())
		}
	}
	event(&c.Case, e, cvd.Event{Party: x.Party}.With(0, uint16(x.State)))
}

type PartyConsent struct {
	structural
	Party    cvd.PartyID
	State    vultron.Consent
	AnswerBy time.Time      // where an answer is asked for
	Assumed  bool           // a yes that was not spoken out
	Terms    cvd.ProposalID // that a yes is to
}

func (*PartyConsent) RecordName() string { return "party.consent/1" }

func (x *PartyConsent) Body(w *Wire) {
	num(w, &x.Party)
	num(w, &x.State)
	w.Instant(&x.AnswerBy)
	w.flag(&x.Assumed)
	num(w, &x.Terms)
}

func (x *PartyConsent) apply(c *Folded, e *Envelope) {
	if p := c.party(x.Party); p != nil {
		consented(p, x.State, x.Assumed, e.At)
		p.AnswerBy, p.Terms, p.Kept(inner.Only{}).Asked, p.Kept(inner.Only{}).Reminded = x.AnswerBy, x.Terms, e.At, 0
		if !x.Assumed && (x.State == vultron.Signatory || x.State == vultron.Declined) {
			c.answers(p, e.At.Time())
		}
	}
	event(&c.Case, e, cvd.Event{Party: x.Party}.With(0, uint16(x.State)))
}
