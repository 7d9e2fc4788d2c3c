package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"time"
)

// partyAdded brings a participant into the case.
type partyAdded struct {
	Roles    Roles
	Details  bool
	NotFor   bool
	Routable bool
	Limited  bool // sees Scope only
	Scope    []VulnID
	Began    bool         // its report begins the case
	Identity storage.Term // keyed hash of the participant's identity at the host, for lists
	ByMail   bool         // which is its e-mail address
	// Joined and Answered are those of the case that it comes from; zero: now, and
	// never.
	Joined, Answered time.Time

	Name, Organization, Email, Phone, Address, Key, Reason Private
	Routes                                                 []Route
	Tracking                                               Private
	Threads                                                []Private // tokens that lead to it
	Language                                               Private
}

func (*partyAdded) name() string { return "party.added/1" }
func (x *partyAdded) body(w *wire) {
	num(w, &x.Roles)
	w.flag(&x.Details)
	w.flag(&x.NotFor)
	w.flag(&x.Routable)
	text(w, &x.Identity)
	w.flag(&x.Limited)
	many(w, &x.Scope, func(w *wire, v *VulnID) { num(w, v) })
	w.flag(&x.Began)
	w.flag(&x.ByMail)
	w.instant(&x.Joined)
	w.instant(&x.Answered)
}
func (x *partyAdded) private(w *wire) {
	text(w, &x.Name)
	text(w, &x.Organization)
	text(w, &x.Email)
	text(w, &x.Phone)
	text(w, &x.Address)
	text(w, &x.Key)
	text(w, &x.Reason)
	many(w, &x.Routes, wireRoute)
	text(w, &x.Tracking)
	many(w, &x.Threads, func(w *wire, t *Private) { text(w, t) })
	text(w, &x.Language)
}

func wireRoute(w *wire, r *Route) {
	text(w, &r.Transport)
	text(w, &r.Address)
}
func (x *partyAdded) apply(c *folded, e *envelope) {
	parties := mutable(c, ownParties, &c.Participants)
	id := PartyID(len(parties) + 1)
	p := &Participant{
		ID: id, Roles: x.Roles, Joined: e.at.Time(), Answered: x.Answered, Details: x.Details,
		NotFor: x.NotFor, Routable: x.Routable, Limited: x.Limited, Scope: x.Scope,
	}
	p.identity, p.byMail, p.began, p.part, p.of = x.Identity, x.ByMail, x.Began, c.part, c.hand
	if !x.Joined.IsZero() {
		p.Joined = x.Joined
	}
	c.Participants = append(parties, p)
	p.CountIn(inner.Only{}, &c.sums.vendors)
	c.event(e, Event{Party: id}.With(0, uint16(x.Roles)))
}
func (x *partyAdded) reveal(c *folded, e *envelope) {
	p := c.party(c.Events[e.seq-1].Party)
	p.Name, p.Organization, p.Email, p.Phone = x.Name, x.Organization, x.Email, x.Phone
	p.Address, p.Key, p.Routes, p.Tracking = x.Address, x.Key, x.Routes, x.Tracking
	p.threads, p.Language = x.Threads, x.Language
}

type partyRM struct {
	structural
	Party    PartyID
	State    vultron.RM
	Reported bool // told by a remote party, perhaps several steps at once
}

func (*partyRM) name() string { return "party.rm/1" }
func (x *partyRM) body(w *wire) {
	num(w, &x.Party)
	num(w, &x.State)
	w.flag(&x.Reported)
}
func (x *partyRM) apply(c *folded, e *envelope) {
	if p := c.party(x.Party); p != nil {
		p.RM = x.State
		if x.Reported {
			c.answers(p, e.at.Time())
		}
	}
	c.event(e, Event{Party: x.Party}.With(0, uint16(x.State)))
}

type partyConsent struct {
	structural
	Party    PartyID
	State    vultron.Consent
	AnswerBy time.Time  // where an answer is asked for
	Assumed  bool       // a yes that was not spoken out
	Terms    ProposalID // that a yes is to
}

func (*partyConsent) name() string { return "party.consent/1" }
func (x *partyConsent) body(w *wire) {
	num(w, &x.Party)
	num(w, &x.State)
	w.instant(&x.AnswerBy)
	w.flag(&x.Assumed)
	num(w, &x.Terms)
}
func (x *partyConsent) apply(c *folded, e *envelope) {
	if p := c.party(x.Party); p != nil {
		p.consented(x.State, x.Assumed, e.at)
		p.AnswerBy, p.Terms, p.asked, p.reminded = x.AnswerBy, x.Terms, e.at, 0
		if !x.Assumed && (x.State == vultron.Signatory || x.State == vultron.Declined) {
			c.answers(p, e.at.Time())
		}
	}
	c.event(e, Event{Party: x.Party}.With(0, uint16(x.State)))
}
