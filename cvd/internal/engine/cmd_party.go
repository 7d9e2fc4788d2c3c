package engine

import (
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideInvite(x cvd.Invite) error {
	k := d.check().needed("Roles", x.Roles == 0).
		text("Text", x.Text).text("Reason", x.Reason).
		needed("Reason", x.DetailsFirst && x.Reason == "").
		needed("Contact", empty(x.Contact)).
		needed("Limited", !x.Limited && len(x.Scope) > 0).
		count("Scope", len(x.Scope), d.s.Cfg.Limits.Items)
	if x.Roles >= cvd.RoleOther<<1 {
		k.fail("Roles", "it has a bit that is no role", nil)
	}
	if k.contact("Contact", x.Contact); k.err != nil {
		return k.err
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if err := d.window(x.Window, x.Reason); err != nil {
		return err
	}
	for _, v := range x.Scope {
		if inner.At(d.c.Vulnerabilities, v) == nil {
			return d.refuse(cvd.RuleKnown, "vulnerability %d of %d", v, len(d.c.Vulnerabilities))
		}
	}
	id := d.addParty(x.Contact, caselog.PartyAdded{
		Roles: x.Roles, Details: x.DetailsFirst, Reason: x.Reason, Limited: x.Limited, Scope: x.Scope,
	})
	if d.hasTerms() {
		if err := d.moveConsentWithin(id, vultron.ConsentInvite, x.Window); err != nil {
			return err
		}
	}
	d.tell(cvd.PurposeInvitation, uint32(id), x.Text, id)
	return nil
}

func (k *checks) contact(field string, c cvd.Contact) *checks {
	k.line(field+".Name", c.Name).
		line(field+".Organization", c.Organization).
		line(field+".Email", c.Email).
		line(field+".Phone", c.Phone).
		text(field+".Address", c.Address).
		line(field+".Key", c.Key).
		line(field+".Identity", c.Identity).
		line(field+".Language", c.Language).
		count(field+".Routes", len(c.Routes), k.d.s.Cfg.Limits.Items)
	if c.Email != "" && !plausibleAddress(string(c.Email)) {
		k.fail(field+".Email", "it is not of the form name@example.org", nil)
	}
	if c.Language != "" && !IsLanguage(string(c.Language)) {
		k.fail(field+".Language", "it is no language tag, for example de", nil)
	}
	for _, r := range c.Routes {
		if _, ok := k.d.s.Cfg.Transports[r.Transport]; !ok {
			k.fail(field+".Routes", "a transport is named that Config.Transports does not have", nil)
		}
		k.line(field+".Routes", r.Address)
	}
	return k
}

// plausibleAddress refuses what cannot be an address or could be read as more
// than one. Whether mail arrives there, only mail can tell.
func plausibleAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " \t,;<>()[]\\\"") && strings.Count(s, "@") == 1
}

func (d *Decision) addParty(c cvd.Contact, x caselog.PartyAdded) cvd.PartyID {
	x = d.newParty(c, x)
	d.emit(&x)
	return cvd.PartyID(len(d.c.Participants))
}

// newParty fills in who a participant is.
func (d *Decision) newParty(c cvd.Contact, x caselog.PartyAdded) caselog.PartyAdded {
	c.Routes = d.s.routes(c)
	x.NotFor, x.Routable, x.Routes = c.NotForSecurity, len(c.Routes) > 0, c.Routes
	x.Name, x.Organization, x.Email, x.Phone = c.Name, c.Organization, c.Email, c.Phone
	x.Address, x.Key, x.Language = c.Address, c.Key, c.Language
	x.Identity, x.ByMail = d.s.Identity(c), c.Identity == ""
	x.Threads = d.newThread()
	return x
}

// routes are those of a contact, or else by its e-mail address.
func (s *Engine) routes(c cvd.Contact) []cvd.Route {
	if _, ok := s.Cfg.Transports[cvd.TransportMail]; ok && c.Routes == nil && c.Email != "" {
		return []cvd.Route{{Transport: cvd.TransportMail, Address: c.Email}}
	}
	return c.Routes
}

// Identity is the keyed hash of who a contact is, across cases.
func (s *Engine) Identity(c cvd.Contact) storage.Term {
	if c.Identity == "" {
		c.Identity = cvd.Private(strings.ToLower(string(c.Email)))
	}
	if c.Identity == "" {
		return ""
	}
	return s.ShortTag("party", string(c.Identity))
}

func (d *Decision) moveConsent(id cvd.PartyID, e vultron.ConsentEvent) error {
	return d.moveConsentWithin(id, e, 0)
}

// moveConsentWithin gives whoever is asked a time to answer.
func (d *Decision) moveConsentWithin(id cvd.PartyID, e vultron.ConsentEvent, window time.Duration) error {
	return d.moveConsentTo(id, e, window, 0, false)
}

// moveConsentTo moves a consent; terms are those that a yes is to.
func (d *Decision) moveConsentTo(id cvd.PartyID, e vultron.ConsentEvent, window time.Duration, terms cvd.ProposalID, assumed bool) error {
	from := d.c.Participants[id-1].Consent
	to, ok := from.Next(e)
	if !ok {
		return d.refuse(cvd.RuleConsentState, "%s of participant %d, who is %s", e, id, from)
	}
	x := &caselog.PartyConsent{Party: id, State: to, Assumed: assumed}
	switch to {
	case vultron.Invited, vultron.Lapsed:
		x.AnswerBy = d.answerBy(window)
	case vultron.Signatory:
		x.Terms = terms
	}
	d.emit(x)
	return nil
}

func (d *Decision) decideAnswerInvitation(x cvd.AnswerInvitation) error {
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	terms, err := d.termsNow(x.Proposal)
	if err != nil {
		return err
	}
	if p.RM == vultron.RMClosed {
		return d.refuse(cvd.RuleVoice, "participant %d has closed its part", p.ID)
	}
	e := vultron.ConsentDecline
	if x.Accept {
		e = vultron.ConsentAccept
	} else if p.Consent == vultron.Signatory {
		e = vultron.ConsentWithdraw
	}
	if x.Accept && partly(&p) { // its yes to what a merge has brought
		d.emit(&caselog.PartyConsent{Party: p.ID, State: vultron.Signatory, Terms: terms.ID})
		return nil
	}
	if err := d.moveConsentTo(x.Party, e, 0, terms.ID, false); err != nil || x.Accept {
		return err
	}
	return d.reconsider()
}

func (d *Decision) decideReportState(x cvd.ReportState) error {
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	if x.Party == cvd.Owner {
		return d.bad("Party", "the owner's own state moves by Triage, Accept, Defer and Close", nil)
	}
	switch p.RM.StepTo(x.State) {
	case vultron.RMStepRefused:
		return d.refuse(cvd.RuleRegression, "participant %d from %s to %s", x.Party, p.RM, x.State)
	case vultron.RMStepSame:
		return d.refuse(cvd.RuleOnce, "participant %d is %s", x.Party, p.RM)
	}
	d.emit(&caselog.PartyRM{Party: x.Party, State: x.State, Reported: true})
	if caselog.MayKnow(&d.c.Case, x.Party, d.now) {
		d.aware(x.Party, d.now.Time())
	}
	return d.reconsider()
}
