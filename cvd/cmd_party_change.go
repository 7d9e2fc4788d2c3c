package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
	"time"
)

// ChangeParty corrects what is known of a participant. What it may see follows
// from its own yes and its scope, not from its roles, so that does not change; but
// whoever is named by a new Contact.Identity is this participant from then on.
type ChangeParty struct {
	Party PartyID // who is changed
	// Contact replaces the contact as a whole: an address that it leaves out is
	// gone. Zero: it stays. Without an Identity in it the identity stays, unless that
	// was the e-mail address: then it is the new one.
	Contact  Contact
	Roles    Roles   // 0: they stay
	Tracking Private // its own number for the case; "": that stays
}

func (x ChangeParty) decide(d *decision) error {
	k := d.check().contact("Contact", x.Contact).line("Tracking", x.Tracking).
		needed("Contact", x.Contact.empty() && x.Roles == 0 && x.Tracking == "")
	if x.Roles >= RoleOther<<1 {
		k.fail("Roles", "it has a bit that is no role", nil)
	}
	if x.Party == Owner && !x.Contact.empty() {
		k.fail("Contact", "the owner is introduced by Config.Team", nil)
	}
	if k.err != nil {
		return k.err
	}
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	e := &partyChanged{Party: p.ID, Roles: x.Roles, Tracking: x.Tracking}
	if c := x.Contact; !c.empty() {
		c.Routes = d.s.routes(c)
		e.Contact, e.NotFor, e.Routable, e.Routes = true, c.NotForSecurity, len(c.Routes) > 0, c.Routes
		e.Name, e.Organization, e.Email, e.Phone = c.Name, c.Organization, c.Email, c.Phone
		e.Address, e.Key, e.Language = c.Address, c.Key, c.Language
		if e.Identity, e.ByMail = p.identity, p.byMail; c.Identity != "" || p.byMail {
			e.Identity, e.ByMail = d.s.identity(c), c.Identity == ""
		}
	}
	d.emit(e)
	if p.Erased && e.Contact { // its thread has ended
		d.emit(&partyThread{Party: p.ID, Instead: true, Threads: d.newThread()})
	}
	return nil
}

// SetScope says anew which vulnerabilities a participant sees.
type SetScope struct {
	Party PartyID // whose scope it is
	// Limited shows it those of Scope only: see Invite. Without it the scope ends,
	// and the participant sees the case as far as it has agreed to keep it secret.
	Limited bool
	Scope   []VulnID // with Limited: what it sees, at least one
	Reason  Private  // for the team; may be empty
}

func (x SetScope) decide(d *decision) error {
	k := d.check().text("Reason", x.Reason).needed("Limited", !x.Limited && len(x.Scope) > 0).
		count("Scope", len(x.Scope), d.s.cfg.Limits.Items)
	if x.Party == Owner {
		k.fail("Party", "the owner sees all", nil)
	}
	if k.err != nil {
		return k.err
	}
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	scope := sorted(x.Scope)
	for _, v := range scope {
		if v == 0 {
			return d.bad("Scope", "0 is none", nil)
		}
		if _, err := d.mustVuln(v); err != nil {
			return err
		}
	}
	if p.Limited == x.Limited && slices.Equal(p.Scope, scope) {
		return d.refuse(RuleOnce, "participant %d has this scope", p.ID)
	}
	d.emit(&partyScope{Party: p.ID, Limited: x.Limited, Scope: scope, Reason: x.Reason})
	return nil
}

// RemoveParty ends the part of a participant in the case: it was invited by
// mistake, or it has left. It gets no more messages, has no vote, holds up nobody,
// and sees nothing any more but what it has reported itself. Its number and what
// it said stay in the log; Erase removes its personal data. Invited again it is
// another participant.
type RemoveParty struct {
	Party  PartyID // who leaves; not the owner
	Reason Private // required
}

func (x RemoveParty) decide(d *decision) error {
	k := d.check().text("Reason", x.Reason).needed("Reason", x.Reason == "")
	if x.Party == Owner {
		k.fail("Party", "the owner runs the case", nil)
	}
	if k.err != nil {
		return k.err
	}
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	if err := d.voidPast(); err != nil {
		return err
	}
	var own []ProposalID
	for i := range d.c.Embargo.Proposals {
		if q := &d.c.Embargo.Proposals[i]; q.State == ProposalOpen && q.By == p.ID {
			own = append(own, q.ID)
		}
	}
	if err := d.closeProposals(ProposalWithdrawn, p.ID, "", own...); err != nil {
		return err
	}
	d.emit(&partyRemoved{Party: p.ID, Reason: x.Reason})
	if ids := d.c.codesOf([]PartyID{p.ID}, false); len(ids) > 0 && !d.c.reported(p.ID) {
		d.endCodes(ids)
		d.emit(&accessRevoked{Grants: ids})
	}
	return d.reconsider()
}

// gone reports whether a participant was removed.
func (p *Participant) gone() bool { return !p.Removed.IsZero() }

// reported reports whether a report in the case is of a participant.
func (c *Case) reported(id PartyID) bool {
	return slices.ContainsFunc(c.Reports, func(r Report) bool { return r.Reporter == id })
}

// partyChanged replaces what is known of a participant.
type partyChanged struct {
	Party    PartyID
	Roles    Roles // 0: they stay
	Contact  bool  // the contact is replaced
	NotFor   bool
	Routable bool
	Identity storage.Term
	ByMail   bool

	Name, Organization, Email, Phone, Address, Key Private
	Routes                                         []Route
	Tracking, Language                             Private
}

func (*partyChanged) name() string { return "party.changed/1" }
func (x *partyChanged) body(w *wire) {
	num(w, &x.Party)
	num(w, &x.Roles)
	w.flag(&x.Contact)
	w.flag(&x.NotFor)
	w.flag(&x.Routable)
	text(w, &x.Identity)
	w.flag(&x.ByMail)
}
func (x *partyChanged) private(w *wire) {
	for _, p := range []*Private{&x.Name, &x.Organization, &x.Email, &x.Phone, &x.Address, &x.Key, &x.Tracking} {
		text(w, p)
	}
	many(w, &x.Routes, wireRoute)
	text(w, &x.Language)
}
func (x *partyChanged) apply(c *folded, e *envelope) {
	if p := c.party(x.Party); p != nil {
		if x.Roles != 0 && x.Roles != p.Roles {
			p.Roles, c.sums.stale = x.Roles, true
		}
		if x.Contact {
			p.NotFor, p.Routable, p.identity, p.byMail, p.Bounced = x.NotFor, x.Routable, x.Identity, x.ByMail, time.Time{}
		}
		p.Erased = p.Erased && !x.Contact
	}
	c.event(e, Event{Party: x.Party})
}
func (x *partyChanged) reveal(c *folded, _ *envelope) {
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

// partyScope says which vulnerabilities a participant sees from now on.
type partyScope struct {
	Party   PartyID
	Limited bool
	Scope   []VulnID

	Reason Private
}

func (*partyScope) name() string { return "party.scope/1" }
func (x *partyScope) body(w *wire) {
	num(w, &x.Party)
	w.flag(&x.Limited)
	many(w, &x.Scope, func(w *wire, v *VulnID) { num(w, v) })
}
func (x *partyScope) private(w *wire)           { text(w, &x.Reason) }
func (x *partyScope) reveal(*folded, *envelope) {}
func (x *partyScope) apply(c *folded, e *envelope) {
	if p := c.party(x.Party); p != nil {
		p.Limited, p.Scope = x.Limited, x.Scope
	}
	c.event(e, Event{Party: x.Party})
}

// partyRemoved ends the part of a participant.
type partyRemoved struct {
	Party PartyID

	Reason Private
}

func (*partyRemoved) name() string                { return "party.removed/1" }
func (x *partyRemoved) body(w *wire)              { num(w, &x.Party) }
func (x *partyRemoved) private(w *wire)           { text(w, &x.Reason) }
func (x *partyRemoved) reveal(*folded, *envelope) {}
func (x *partyRemoved) apply(c *folded, e *envelope) {
	if p := c.party(x.Party); p != nil {
		c.sums.stale = true
		p.Removed, p.Routable, p.Details = e.at.Time(), false, false
		p.Consent, p.AnswerBy, p.Terms, p.agreed, p.shut = vultron.NoEmbargo, time.Time{}, 0, false, true
	}
	if c.Lead == x.Party {
		c.Lead = 0
	}
	c.Release.Answers = slices.DeleteFunc(slices.Clone(c.Release.Answers), func(a ReleaseAnswer) bool { return a.Party == x.Party })
	c.Lists = slices.Clone(c.Lists)
	for i := range c.Lists {
		if l := &c.Lists[i]; l.Told.IsZero() {
			l.Parties = slices.DeleteFunc(slices.Clone(l.Parties), func(p PartyID) bool { return p == x.Party })
		}
	}
	c.event(e, Event{Party: x.Party})
}
