package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"strings"
	"time"
)

// Invite brings a participant into the case and sends an invitation that shows
// no details. While an embargo is in force the participant learns them once it
// has accepted.
type Invite struct {
	Roles   Roles   // at least one
	Contact Contact // how it is known and reached
	// DetailsFirst lets the participant see details before it accepts, with a
	// Reason: a standing agreement, the rules of a list.
	DetailsFirst bool
	Reason       Private // required with DetailsFirst
	// Limited shows the participant the vulnerabilities of Scope only, and what is
	// addressed to it: no report, no title of the case, no names of others.
	Limited bool
	Scope   []VulnID // with Limited: what it sees, at least one
	// Window is the time to answer about an embargo that is in force. 0:
	// Config.AnswerWindow; at least 72 hours.
	Window time.Duration
	// Text is added to the invitation. It must not tell what the case is about.
	Text Private
}

func (x Invite) decide(d *decision) error {
	k := d.check().needed("Roles", x.Roles == 0).
		text("Text", x.Text).text("Reason", x.Reason).
		needed("Reason", x.DetailsFirst && x.Reason == "").
		needed("Contact", x.Contact.empty()).
		needed("Limited", !x.Limited && len(x.Scope) > 0).
		count("Scope", len(x.Scope), d.s.cfg.Limits.Items)
	if x.Roles >= RoleOther<<1 {
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
		if at(d.c.Vulnerabilities, v) == nil {
			return d.refuse(RuleKnown, "vulnerability %d of %d", v, len(d.c.Vulnerabilities))
		}
	}
	id := d.addParty(x.Contact, partyAdded{
		Roles: x.Roles, Details: x.DetailsFirst, Reason: x.Reason, Limited: x.Limited, Scope: x.Scope,
	})
	if d.hasTerms() {
		if err := d.moveConsentWithin(id, vultron.ConsentInvite, x.Window); err != nil {
			return err
		}
	}
	d.tell(PurposeInvitation, uint32(id), x.Text, id)
	return nil
}

func (k *checks) contact(field string, c Contact) *checks {
	k.line(field+".Name", c.Name).
		line(field+".Organization", c.Organization).
		line(field+".Email", c.Email).
		line(field+".Phone", c.Phone).
		text(field+".Address", c.Address).
		line(field+".Key", c.Key).
		line(field+".Identity", c.Identity).
		line(field+".Language", c.Language).
		count(field+".Routes", len(c.Routes), k.d.s.cfg.Limits.Items)
	if c.Email != "" && !plausibleAddress(string(c.Email)) {
		k.fail(field+".Email", "it is not of the form name@example.org", nil)
	}
	if c.Language != "" && !isLanguage(string(c.Language)) {
		k.fail(field+".Language", "it is no language tag, for example de", nil)
	}
	for _, r := range c.Routes {
		if _, ok := k.d.s.cfg.Transports[r.Transport]; !ok {
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

func (d *decision) addParty(c Contact, x partyAdded) PartyID {
	x = d.newParty(c, x)
	d.emit(&x)
	return PartyID(len(d.c.Participants))
}

// newParty fills in who a participant is.
func (d *decision) newParty(c Contact, x partyAdded) partyAdded {
	c.Routes = d.s.routes(c)
	x.NotFor, x.Routable, x.Routes = c.NotForSecurity, len(c.Routes) > 0, c.Routes
	x.Name, x.Organization, x.Email, x.Phone = c.Name, c.Organization, c.Email, c.Phone
	x.Address, x.Key, x.Language = c.Address, c.Key, c.Language
	x.Identity, x.ByMail = d.s.identity(c), c.Identity == ""
	x.Threads = d.newThread()
	return x
}

// routes are those of a contact, or else by its e-mail address.
func (s *Service) routes(c Contact) []Route {
	if _, ok := s.cfg.Transports[TransportMail]; ok && c.Routes == nil && c.Email != "" {
		return []Route{{TransportMail, c.Email}}
	}
	return c.Routes
}

// identity is the keyed hash of who a contact is, across cases.
func (s *Service) identity(c Contact) storage.Term {
	if c.Identity == "" {
		c.Identity = Private(strings.ToLower(string(c.Email)))
	}
	if c.Identity == "" {
		return ""
	}
	return s.shortTag("party", string(c.Identity))
}

func (d *decision) moveConsent(id PartyID, e vultron.ConsentEvent) error {
	return d.moveConsentWithin(id, e, 0)
}

// moveConsentWithin gives whoever is asked a time to answer.
func (d *decision) moveConsentWithin(id PartyID, e vultron.ConsentEvent, window time.Duration) error {
	return d.moveConsentTo(id, e, window, 0, false)
}

// moveConsentTo moves a consent; terms are those that a yes is to.
func (d *decision) moveConsentTo(id PartyID, e vultron.ConsentEvent, window time.Duration, terms ProposalID, assumed bool) error {
	from := d.c.Participants[id-1].Consent
	to, ok := from.Next(e)
	if !ok {
		return d.refuse(RuleConsentState, "%s of participant %d, who is %s", e, id, from)
	}
	x := &partyConsent{Party: id, State: to, Assumed: assumed}
	switch to {
	case vultron.Invited, vultron.Lapsed:
		x.AnswerBy = d.answerBy(window)
	case vultron.Signatory:
		x.Terms = terms
	}
	d.emit(x)
	return nil
}

// AnswerInvitation records whether a participant agrees to the terms of secrecy:
// those that hold, or those that are proposed. With its yes it sees the case. A
// late yes is never refused only for being late.
type AnswerInvitation struct {
	Party  PartyID // who answers
	Accept bool    // it agrees; false: it declines
	// Proposal names the terms that the answer is about. 0: those that hold, or
	// the only ones that are proposed.
	Proposal ProposalID
}

func (x AnswerInvitation) decide(d *decision) error {
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	terms, err := d.termsNow(x.Proposal)
	if err != nil {
		return err
	}
	if p.RM == vultron.RMClosed {
		return d.refuse(RuleVoice, "participant %d has closed its part", p.ID)
	}
	e := vultron.ConsentDecline
	if x.Accept {
		e = vultron.ConsentAccept
	} else if p.Consent == vultron.Signatory {
		e = vultron.ConsentWithdraw
	}
	if x.Accept && p.partly() { // its yes to what a merge has brought
		d.emit(&partyConsent{Party: p.ID, State: vultron.Signatory, Terms: terms.ID})
		return nil
	}
	if err := d.moveConsentTo(x.Party, e, 0, terms.ID, false); err != nil || x.Accept {
		return err
	}
	return d.reconsider()
}

// ReportState records what another participant says of its own work. It may be
// several steps ahead of what was known; it does not go back. A vendor that knows
// the details and says something of its work is aware of the vulnerabilities.
type ReportState struct {
	Party PartyID    // whose state it is; not the owner
	State vultron.RM // that it has reached
}

func (x ReportState) decide(d *decision) error {
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	if x.Party == Owner {
		return d.bad("Party", "the owner's own state moves by Triage, Accept, Defer and Close", nil)
	}
	switch p.RM.StepTo(x.State) {
	case vultron.RMStepRefused:
		return d.refuse(RuleRegression, "participant %d from %s to %s", x.Party, p.RM, x.State)
	case vultron.RMStepSame:
		return d.refuse(RuleOnce, "participant %d is %s", x.Party, p.RM)
	}
	d.emit(&partyRM{Party: x.Party, State: x.State, Reported: true})
	if d.c.mayKnow(x.Party, d.now) {
		d.aware(x.Party, d.now.Time())
	}
	return d.reconsider()
}
