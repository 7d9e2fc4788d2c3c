package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Issue 12, line 16: contact, routes, key, role and tracking ID of a participant.
func TestChangeParty(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, vendorAt("one"))
	d.do(id, cvd.ChangeParty{Party: 3, Tracking: "VENDOR-7", Roles: cvd.RoleVendor | cvd.RoleCoordinator, Contact: cvd.Contact{
		Organization: "Vendor Uno", Email: "psirt@uno.example", Key: "AABB", Routes: []cvd.Route{{Transport: "box", Address: "uno"}},
	}})
	p := d.view(id, cvd.Viewer{Identity: "one"}).Participants[2]
	require.Equal(t, "Vendor Uno", string(p.Organization))
	require.Equal(t, "psirt@uno.example", string(p.Email))
	require.Equal(t, "AABB", string(p.Key))
	require.Equal(t, "VENDOR-7", string(p.Tracking))
	require.Equal(t, cvd.RoleVendor|cvd.RoleCoordinator, p.Roles)
	require.Empty(t, d.view(id, cvd.Viewer{Party: 2}).Participants[2].Tracking)
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "t"}, cvd.ProposeEmbargo{Ends: days(30)})
	d.relay()
	last := d.box.got[len(d.box.got)-1]
	require.Equal(t, "uno", string(last.To.Address), "by the new route")

	// An identity that was the e-mail address follows it; another stays until it is
	// named.
	d.do(id, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Name: "Rita", Email: "rita@new.example"}})
	d.view(id, cvd.Viewer{Identity: "rita@new.example"})
	_, err := d.svc.View(ctx, id, cvd.Viewer{Identity: "rita@finder.example"})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	d.do(id, cvd.ChangeParty{Party: 3, Contact: cvd.Contact{Organization: "Vendor Uno", Identity: "uno"}})
	_, err = d.svc.View(ctx, id, cvd.Viewer{Identity: "one"})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	page, err := d.svc.Find(ctx, cvd.Viewer{Identity: "uno"}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1)
	require.Empty(t, d.view(id, team).Participants[2].Email, "what the contact leaves out is gone")

	// What was entered anew is erased too.
	e, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 3})
	require.NoError(t, err)
	require.NotEmpty(t, e.Records)
	p = d.view(id, team).Participants[2]
	require.True(t, p.Erased)
	require.Empty(t, p.Organization)
	require.Empty(t, p.Tracking)
}

// Issue 12, line 16: a role gives nobody sight of the case.
func TestARoleOpensNothing(t *testing.T) {
	d := newDesk(t)
	id := invited(d)
	d.do(id, cvd.ChangeParty{Party: 3, Roles: cvd.RoleReporter | cvd.RoleFinder | cvd.RoleCoordinator})
	c := d.view(id, cvd.Viewer{Party: 3})
	require.Empty(t, c.Title)
	require.Empty(t, c.Reports)
}

// Issue 12, line 16: a wrong invitation, and a departure.
func TestRemoveParty(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, vendorAt("one"), vendorAt("wrong"), cvd.AnswerInvitation{Party: 4, Accept: true})
	require.NotEmpty(t, d.view(id, cvd.Viewer{Identity: "wrong"}).Title)
	d.do(id, cvd.ProposeEmbargo{Party: 4, Ends: days(20)}, cvd.PostMessage{To: []cvd.PartyID{4}, Text: "details"})
	c := d.do(id, cvd.RemoveParty{Party: 4, Reason: "another company of that name"})
	require.Equal(t, cvd.ProposalWithdrawn, c.Embargo.Proposals[1].State)
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	d.relay()
	for _, o := range d.box.got {
		require.NotEqual(t, "wrong", string(o.To.Address), "what was under way is held")
	}
	_, err := d.svc.View(ctx, id, cvd.Viewer{Identity: "wrong"})
	require.ErrorIs(t, err, cvd.ErrNotFound, "not even that there is a case")
	page, err := d.svc.Find(ctx, cvd.Viewer{Identity: "wrong"}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Empty(t, page.Cases)
	require.Empty(t, page.Problems)
	for _, cmd := range []cvd.Command{
		cvd.AnswerInvitation{Party: 4, Accept: true}, cvd.PostMessage{To: []cvd.PartyID{4}, Text: "t"}, cvd.AskConsent{To: 4},
		cvd.RemoveParty{Party: 4, Reason: "again"}, cvd.ChangeParty{Party: 4, Tracking: "t"}, cvd.ReportState{Party: 4, State: vultron.RMAccepted},
	} {
		d.refused(id, cvd.RuleRemoved, cmd)
	}
	// Who is invited again is another participant.
	d.do(id, vendorAt("wrong"))
	require.Empty(t, d.view(id, cvd.Viewer{Identity: "wrong"}).Title)
	require.Equal(t, cvd.PartyID(5), d.view(id, team).Participants[4].ID)
}

// A reporter that leaves keeps its own report, and nothing else.
func TestRemovedReporter(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, cvd.RemoveParty{Party: 2, Reason: "it has left its employer"})
	c := d.view(id, cvd.Viewer{Party: 2})
	require.Len(t, c.Reports, 1)
	require.NotEmpty(t, c.Reports[0].Observations)
	require.Empty(t, c.Title)
	require.Empty(t, c.Embargo.Proposals)
	require.Empty(t, c.Messages)
	again := report
	again.IDs = nil
	require.Equal(t, cvd.PartyID(3), d.do(id, again).Reports[1].Reporter)
}

// One that is removed holds up nobody: the others' yes is enough.
func TestRemovalIsNoVeto(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Embargo.Resolve = cvd.ResolveUnanimous })
	d.clock.t = noon
	id := d.received().ID
	d.do(id, vendorAt("one"), cvd.ProposeEmbargo{Ends: days(20)}, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, vultron.EMProposed, d.view(id, team).Embargo.State)
	c := d.do(id, cvd.RemoveParty{Party: 3, Reason: "wrong"})
	require.Equal(t, vultron.EMActive, c.Embargo.State)
}

// Issue 12, line 5: the scope of a limited participant changes.
func TestSetScope(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, cvd.AddVulnerability{Title: "the second"}, cvd.Invite{
		Roles: cvd.RoleExpert, Limited: true, Scope: []cvd.VulnID{1}, Contact: cvd.Contact{Name: "Xaver", Identity: "xaver"},
	}, cvd.AnswerInvitation{Party: 3, Accept: true})
	sees := func() (out []string) {
		for _, v := range d.view(id, cvd.Viewer{Identity: "xaver"}).Vulnerabilities {
			out = append(out, string(v.Title))
		}
		return out
	}
	require.Equal(t, []string{"Heap overflow in frobd", ""}, sees())
	d.do(id, cvd.SetScope{Party: 3, Limited: true, Scope: []cvd.VulnID{2}, Reason: "the other one"})
	require.Equal(t, []string{"", "the second"}, sees())
	require.Empty(t, d.view(id, cvd.Viewer{Identity: "xaver"}).Reports)
	d.do(id, cvd.SetScope{Party: 3})
	require.Equal(t, []string{"Heap overflow in frobd", "the second"}, sees())
	d.refused(id, cvd.RuleOnce, cvd.SetScope{Party: 3})
}

// Issue 12, line 5: after a merge the scope is what it was, also where both cases
// told of the same vulnerability.
func TestScopeAfterMerge(t *testing.T) {
	d := newDesk(t)
	from, into := embargoed(d), d.do(cvd.CaseID{}, reportBy("zoe")).ID
	d.do(into, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.ProposeEmbargo{Ends: days(30)}, cvd.AcceptEmbargo{Party: 2})
	d.do(from, cvd.Invite{
		Roles: cvd.RoleExpert, Limited: true, Scope: []cvd.VulnID{1}, Contact: cvd.Contact{Name: "Xaver", Identity: "xaver"},
	}, cvd.AnswerInvitation{Party: 3, Accept: true})
	c, err := d.svc.Merge(ctx, from, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	var x cvd.Participant
	for _, p := range d.view(c.ID, team).Participants {
		if p.Name == "Xaver" {
			x = *p
		}
	}
	require.True(t, x.Limited)
	require.Equal(t, []cvd.VulnID{1}, x.Scope)
	require.Empty(t, d.view(into, cvd.Viewer{Identity: "xaver"}).Vulnerabilities[0].Title, "the other case's, until it agrees")
	d.do(into, cvd.AskConsent{To: x.ID}, cvd.AnswerInvitation{Party: x.ID, Accept: true})
	require.NotEmpty(t, d.view(into, cvd.Viewer{Identity: "xaver"}).Vulnerabilities[0].Title)
	require.Empty(t, d.view(into, cvd.Viewer{Identity: "xaver"}).Reports)
}
