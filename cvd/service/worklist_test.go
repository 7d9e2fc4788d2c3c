package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *desk) find(f service.Filter) []cvd.Summary {
	d.t.Helper()
	p, err := d.svc.Find(ctx, team, f, "", 100)
	require.NoError(d.t, err)
	require.Empty(d.t, p.Problems)
	return p.Cases
}

// Issue 12, line 20: what a team needs to see of its work.
func TestWorkList(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	x := d.find(service.Filter{})[0]
	require.Equal(t, 1, x.Unread)
	require.False(t, x.Due.IsZero())
	require.Equal(t, 1, x.Vulnerabilities)
	require.False(t, x.Overdue(noon))
	d.do(id, cvd.Assign{To: "bob@psirt.example"}, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "t"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, cvd.AddVulnerability{Title: "second"})
	x = d.find(service.Filter{})[0]
	require.Equal(t, "bob@psirt.example", string(x.Assignee))
	require.InDelta(t, 9.8, x.Score, 0.001)
	require.Equal(t, []int{2, 2, 0}, []int{x.Unread, x.Vulnerabilities, x.Published})
	require.False(t, x.EmbargoOver(d.clock.t))
	c := d.view(id, team)
	d.do(id, cvd.MarkRead{Upto: c.Messages[len(c.Messages)-1].Seq - 1})
	require.Equal(t, 1, d.find(service.Filter{Unread: true})[0].Unread)
	d.do(id, cvd.MarkRead{})
	require.Empty(t, d.find(service.Filter{Unread: true}))
	d.clock.t = days(31)
	x = d.find(service.Filter{})[0]
	require.True(t, x.EmbargoOver(d.clock.t))
	require.True(t, x.Overdue(d.clock.t))
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{2}})
	require.Equal(t, 1, d.find(service.Filter{})[0].Published)

	// A participant learns nothing of it.
	p, err := d.svc.Find(ctx, cvd.Viewer{Identity: "rita@finder.example"}, service.Filter{}, "", 10)
	require.NoError(t, err)
	x = p.Cases[0]
	require.Zero(t, x.Due)
	require.Equal(t, len(d.view(x.ID, cvd.Viewer{Party: 2}).UnreadBy(2).Messages), x.Unread, "its own, not the team's")
	require.Zero(t, x.Score)
	require.Empty(t, x.Assignee)
	kind := cvd.KindVulnerability
	for _, f := range []service.Filter{{Unread: true}, {Kind: &kind}, {CVE: "CVE-1900-0001"}, {Product: "frobd"}, {DueBefore: noon}} {
		_, err := d.svc.Find(ctx, cvd.Viewer{Identity: "rita@finder.example"}, f, "", 10)
		require.ErrorIs(t, err, cvd.ErrDenied)
	}
	// An erasure reaches the list.
	_, err = d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Actor: "bob@psirt.example"})
	require.NoError(t, err)
	require.Empty(t, d.find(service.Filter{})[0].Assignee)
}

// Issue 12, line 20: filters by CVE, product, kind and date.
func TestFilters(t *testing.T) {
	d := newDesk(t)
	a := embargoed(d)
	b := d.do(cvd.CaseID{}, cvd.Receive{Kind: cvd.KindIncident, Title: "an incident", Reporter: cvd.Contact{Email: "zoe@finder.example"}}).ID
	d.do(a, cvd.Identify{CVE: "CVE-1900-0001"}, vendor, cvd.AddProduct{Vendor: 3, Name: "Frob Router", PURL: "pkg:generic/frob@1.0?x=y"})
	ids := func(f service.Filter) (out []cvd.CaseID) {
		for _, x := range d.find(f) {
			out = append(out, x.ID)
		}
		return out
	}
	incident := cvd.KindIncident
	em := vultron.EMActive
	require.Equal(t, []cvd.CaseID{b}, ids(service.Filter{Kind: &incident}))
	require.Equal(t, []cvd.CaseID{a}, ids(service.Filter{CVE: "CVE-1900-0001"}))
	require.Equal(t, []cvd.CaseID{a}, ids(service.Filter{CVE: "CVE-1900-0001", EM: &em}))
	require.Empty(t, ids(service.Filter{CVE: "CVE-1900-0001", Closed: true}))
	require.Empty(t, ids(service.Filter{CVE: "CVE-1900-0002"}))
	require.Equal(t, []cvd.CaseID{a}, ids(service.Filter{Product: "frob router "}))
	require.Equal(t, []cvd.CaseID{a}, ids(service.Filter{Product: "pkg:generic/frob"}))
	require.Empty(t, ids(service.Filter{Product: "frob"}))
	p, err := d.svc.Find(ctx, team, service.Filter{CVE: "CVE-1900-0001"}, "", 1)
	require.NoError(t, err)
	p, err = d.svc.Find(ctx, team, service.Filter{CVE: "CVE-1900-0001"}, p.Next, 1)
	require.NoError(t, err)
	require.Empty(t, p.Cases)

	due := d.find(service.Filter{})[1].Due
	require.Empty(t, ids(service.Filter{DueBefore: noon}))
	require.Contains(t, ids(service.Filter{DueBefore: due.Add(time.Second)}), a)
	require.NotContains(t, ids(service.Filter{DueBefore: due}), a)
	d.clock.t = days(400)
	require.Contains(t, ids(service.Filter{DueBefore: d.clock.t}), a, "what is overdue is due before")
	// Another process, which has not computed the dates, leaves no old entry behind.
	e := d.another()
	_, err = e.svc.Do(ctx, b, staff, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	require.NoError(t, err)
	require.NotContains(t, ids(service.Filter{DueBefore: d.clock.t}), b)
}

// Issue 12, line 20: the dates of all cases, in one list.
func TestAgenda(t *testing.T) {
	d := newDesk(t)
	a := embargoed(d)
	d.clock.pass(time.Hour)
	b := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	items, problems, err := d.svc.Agenda(ctx, team, days(60))
	require.NoError(t, err)
	require.Empty(t, problems)
	seen := map[cvd.CaseID]int{}
	for i, x := range items {
		seen[x.Case]++
		require.True(t, x.Deadline.Due.Before(days(60)))
		require.NotEqual(t, policy.DeadlineMet, x.Deadline.State)
		require.True(t, i == 0 || !x.Deadline.Due.Before(items[i-1].Deadline.Due))
	}
	require.Greater(t, seen[a], 1)
	require.Greater(t, seen[b], 1)
	none, _, err := d.svc.Agenda(ctx, team, noon)
	require.NoError(t, err)
	require.Empty(t, none)
	_, _, err = d.svc.Agenda(ctx, team, time.Time{})
	require.ErrorIs(t, err, cvd.ErrInput)
}

// Issue 12, line 20: for who needs the texts at once.
func TestDoView(t *testing.T) {
	d := newDesk(t)
	by := cvd.By{ID: cvd.CommandID{1}, Actor: "alice"}
	c, err := d.svc.DoView(ctx, cvd.CaseID{}, by, team, report)
	require.NoError(t, err)
	require.Equal(t, report.Title, c.Title)
	again, err := d.svc.DoView(ctx, cvd.CaseID{}, by, team, report)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, c.ID, again.ID)
	c, err = d.svc.DoView(ctx, c.ID, staff, cvd.Viewer{Party: 2}, cvd.Triage{Outcome: cvd.OutcomeValid, Reason: "ours"})
	require.NoError(t, err)
	require.Empty(t, c.Reports[0].Reason)
	_, err = d.svc.DoView(ctx, c.ID, staff, team, cvd.Defer{}, cvd.Defer{})
	require.ErrorIs(t, err, cvd.ErrRefused)
}
