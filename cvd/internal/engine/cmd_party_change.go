package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

func (d *Decision) decideChangeParty(x cvd.ChangeParty) error {
	k := d.check().contact("Contact", x.Contact).line("Tracking", x.Tracking).
		needed("Contact", empty(x.Contact) && x.Roles == 0 && x.Tracking == "")
	if x.Roles >= cvd.RoleOther<<1 {
		k.fail("Roles", "it has a bit that is no role", nil)
	}
	if x.Party == cvd.Owner && !empty(x.Contact) {
		k.fail("Contact", "the owner is introduced by Config.Team", nil)
	}
	if k.err != nil {
		return k.err
	}
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	e := &caselog.PartyChanged{Party: p.ID, Roles: x.Roles, Tracking: x.Tracking}
	if c := x.Contact; !empty(c) {
		c.Routes = d.s.routes(c)
		e.Contact, e.NotFor, e.Routable, e.Routes = true, c.NotForSecurity, len(c.Routes) > 0, c.Routes
		e.Name, e.Organization, e.Email, e.Phone = c.Name, c.Organization, c.Email, c.Phone
		e.Address, e.Key, e.Language = c.Address, c.Key, c.Language
		if e.Identity, e.ByMail = p.Kept(inner.Only{}).Identity, p.Kept(inner.Only{}).ByMail; c.Identity != "" || p.Kept(inner.Only{}).ByMail {
			e.Identity, e.ByMail = d.s.Identity(c), c.Identity == ""
		}
	}
	d.emit(e)
	if p.Erased && e.Contact { // its thread has ended
		d.emit(&caselog.PartyThread{Party: p.ID, Instead: true, Threads: d.newThread()})
	}
	return nil
}

func (d *Decision) decideSetScope(x cvd.SetScope) error {
	k := d.check().text("Reason", x.Reason).needed("Limited", !x.Limited && len(x.Scope) > 0).
		count("Scope", len(x.Scope), d.s.Cfg.Limits.Items)
	if x.Party == cvd.Owner {
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
		return d.refuse(cvd.RuleOnce, "participant %d has this scope", p.ID)
	}
	d.emit(&caselog.PartyScope{Party: p.ID, Limited: x.Limited, Scope: scope, Reason: x.Reason})
	return nil
}

func (d *Decision) decideRemoveParty(x cvd.RemoveParty) error {
	k := d.check().text("Reason", x.Reason).needed("Reason", x.Reason == "")
	if x.Party == cvd.Owner {
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
	var own []cvd.ProposalID
	for i := range d.c.Embargo.Proposals {
		if q := &d.c.Embargo.Proposals[i]; q.State == cvd.ProposalOpen && q.By == p.ID {
			own = append(own, q.ID)
		}
	}
	if err := d.closeProposals(cvd.ProposalWithdrawn, p.ID, "", own...); err != nil {
		return err
	}
	d.emit(&caselog.PartyRemoved{Party: p.ID, Reason: x.Reason})
	if ids := caselog.CodesOf(&d.c.Case, []cvd.PartyID{p.ID}, false); len(ids) > 0 && !caselog.Reported(&d.c.Case, p.ID) {
		d.endCodes(ids)
		d.emit(&caselog.AccessRevoked{Grants: ids})
	}
	return d.reconsider()
}
