package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func TestVendorsSeeNoStatementOfOthersBeforePublication(t *testing.T) {
	d := newDesk(t)
	id := after(embargoed, vendorAt("one"), vendorAt("two"))(d)
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.AnswerInvitation{Party: 4, Accept: true})
	d.do(id, cvd.AddProduct{Vendor: 3, Name: "router"},
		cvd.RecordStatus{Party: 3, Stream: 1, Affected: cvd.IsAffected, Statement: "we are"},
		cvd.Observe{What: vultron.VendorAware, Vendor: 3, Party: 3, Adopt: true, Evidence: "mail"})
	other := func() *cvd.Case { return d.view(id, cvd.Viewer{Party: 4}) }
	require.Empty(t, other().Statuses)
	require.Empty(t, other().Streams)
	require.Empty(t, other().Claims)
	require.Zero(t, other().Status(1, 3, 1).Affected, "no statement yet, as far as it knows")
	require.NotContains(t, d.svc.Timeline(other()).Text(), "Says:")
	require.Len(t, d.view(id, cvd.Viewer{Party: 3}).Statuses, 2)
	d.do(id, cvd.RecordStatus{Party: 3, Stream: 1, Affected: cvd.IsFixed, Statement: "fixed", Shared: true})
	require.Len(t, other().Statuses, 1)
	require.Equal(t, cvd.IsFixed, other().Status(1, 3, 1).Affected)
	require.Equal(t, "router", string(other().Streams[0].Name))
	d.clock.t = days(31)
	d.do(id, cvd.Publish{})
	require.Len(t, other().Statuses, 3)
}

func TestLimitedExpertSeesItsScope(t *testing.T) {
	d := newDesk(t)
	id := after(embargoed, cvd.AddVulnerability{Title: "the second"},
		cvd.Invite{Roles: cvd.RoleExpert, Limited: true, Scope: []cvd.VulnID{2}, Contact: cvd.Contact{Name: "X"}},
		cvd.AnswerInvitation{Party: 3, Accept: true},
		cvd.PostMessage{To: []cvd.PartyID{3}, Text: "look at this"}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "not for X"})(d)
	v := d.view(id, cvd.Viewer{Party: 3})
	require.Empty(t, v.Title)
	require.Empty(t, v.Reports)
	require.Empty(t, v.Vulnerabilities[0].Title)
	require.Equal(t, "the second", string(v.Vulnerabilities[1].Title))
	require.Empty(t, v.Participants[1].Organization)
	var texts []string
	for _, m := range v.Messages {
		if m.Purpose == cvd.PurposeMessage {
			texts = append(texts, string(m.Text))
		}
	}
	require.Equal(t, []string{"look at this"}, texts)
}

func TestLabelsLimitWhoElseMaySee(t *testing.T) {
	for l, others := range map[tlp.Label]int{tlp.Red: 0, tlp.AmberStrict: 0, tlp.Amber: 1, tlp.Green: 1, tlp.Clear: 1} {
		d := newDesk(t)
		r := report
		r.TLP = l
		id := d.do(cvd.CaseID{}, r).ID
		d.do(id, propose, vendorAt("one"), cvd.AnswerInvitation{Party: 3, Accept: true})
		require.Len(t, d.view(id, cvd.Viewer{Party: 3}).Reports, others, l)
		require.Len(t, d.view(id, cvd.Viewer{Party: 2}).Reports, 1, "its source sees it")
		v := d.view(id, cvd.Viewer{Party: 3})
		require.Equal(t, others == 1, v.Title != "", "the title is the report's: %s", l)
		require.Equal(t, others == 1, v.Vulnerabilities[0].Title != "")
		d.do(id, cvd.Identify{TLP: tlp.Amber}) // its source allows that
		require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
	}
}

// A host that shows a case over a way that protects less says so.
func TestTheWayToTheViewer(t *testing.T) {
	d := newDesk(t)
	id := after(proposed, vendorAt("one"), cvd.AnswerInvitation{Party: 3, Accept: true},
		cvd.PostMessage{To: []cvd.PartyID{3}, Text: "red", TLP: tlp.Red}, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "green", TLP: tlp.Green})(d)
	for over, want := range map[cvd.Protection]int{cvd.ProtectNone: 3, cvd.ProtectTLS: 2, cvd.ProtectPortal: 2, cvd.ProtectSealed: 3} {
		require.Len(t, d.view(id, cvd.Viewer{Party: 3, Over: over}).Messages, want, "%s, with the invitation", over)
	}
	require.Empty(t, d.view(id, cvd.Viewer{Team: true, Over: cvd.ProtectTLS}).Reports)
	require.Len(t, d.view(id, cvd.Viewer{Team: true, Over: cvd.ProtectPortal}).Reports, 1)
}

func TestParticipantsListTheirOwnCases(t *testing.T) {
	d := newDesk(t)
	id := after(embargoed, vendorAt("one"), cvd.Assign{To: "bob"})(d)
	d.do(cvd.CaseID{}, cvd.Receive{Title: "another"})
	me := cvd.Viewer{Identity: "one"}
	page, err := d.svc.Find(ctx, me, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1)
	require.Equal(t, id, page.Cases[0].ID)
	require.Empty(t, page.Cases[0].Title, "it has not accepted yet")
	require.False(t, page.Cases[0].Assigned)
	require.Zero(t, page.Cases[0].Reports)
	v, err := d.svc.View(ctx, id, me)
	require.NoError(t, err)
	require.Equal(t, "Vendor one", string(v.Participants[2].Organization))
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true})
	page, err = d.svc.Find(ctx, me, service.Filter{Open: true}, "", 10)
	require.NoError(t, err)
	require.Equal(t, "Heap overflow in frobd", string(page.Cases[0].Title))
	low := cvd.RatingLow
	for _, f := range []service.Filter{{Rating: &low}, {Assignee: "bob"}, {Unassigned: true}, {Party: "two"}} {
		_, err := d.svc.Find(ctx, me, f, "", 10)
		require.ErrorIs(t, err, cvd.ErrDenied)
	}
	for _, v := range []cvd.Viewer{{Identity: "stranger"}, {Identity: "one", Party: 2}} {
		_, err := d.svc.View(ctx, id, v)
		require.ErrorIs(t, err, cvd.ErrNotFound)
	}
	page, err = d.svc.Find(ctx, cvd.Viewer{Identity: "stranger"}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Empty(t, page.Cases)
}

func TestAMessageIsJudgedAgainWhenItIsSent(t *testing.T) {
	d := newDesk(t)
	id := after(embargoed, vendorAt("one"), cvd.AnswerInvitation{Party: 3, Accept: true})(d)
	d.relay()
	d.box.got = nil
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "the details"})
	d.do(id, cvd.AnswerInvitation{Party: 3}) // it withdraws before the message is sent
	d.relay()
	require.Len(t, d.box.got, 1)
	require.True(t, d.box.got[0].Notice)
	require.NotContains(t, string(d.box.got[0].Text), "the details")
}

// fmt prints unexported fields without asking their methods.
func TestACasePrintsNoIdentifier(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	d.do(id, cvd.Identify{CVE: "CVE-1900-4242"})
	for _, v := range []cvd.Viewer{team, {Party: 2}} {
		require.NotContains(t, fmt.Sprintf("%+v", d.view(id, v)), "CVE-1900-4242")
	}
}

func TestProgress(t *testing.T) {
	d := newDesk(t)
	id := after(embargoed, vendorAt("one"), vendorAt("silent"), cvd.AddVulnerability{})(d)
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.ReportState{Party: 3, State: vultron.RMAccepted},
		cvd.AddProduct{Vendor: 3, Name: "a"}, cvd.AddProduct{Vendor: 3, Name: "b"},
		cvd.RecordStatus{Vuln: 1, Party: 3, Stream: 1, Affected: cvd.IsFixed}, cvd.RecordStatus{Vuln: 1, Party: 3, Stream: 2, Affected: cvd.IsAffected},
		cvd.RecordStatus{Vuln: 2, Party: 3, Affected: cvd.NotAffected},
		cvd.Observe{Vuln: 1, What: vultron.VendorAware, Vendor: 3, Stream: 1, Adopt: true}, cvd.Observe{Vuln: 1, What: vultron.FixReady, Vendor: 3, Stream: 1, Adopt: true},
		cvd.Observe{Vuln: 1, What: vultron.VendorAware, Vendor: 3, Stream: 2, Adopt: true})
	rows := d.view(id, team).Progress()
	require.Len(t, rows, 3, "the owner is a vendor too")
	require.Equal(t, cvd.VendorProgress{
		Party: 3, RM: vultron.RMAccepted, Consent: vultron.Signatory, State: vultron.CSVendorAware, Statement: cvd.IsAffected, Heard: d.clock.t,
	}, rows[1], "a fix is not ready before it is for all that is affected")
	require.Equal(t, cvd.NoStatement, rows[2].Statement)
	require.True(t, rows[2].Heard.IsZero())
	require.Equal(t, vultron.Invited, rows[2].Consent)
}

// large is a case with 1,000 vendors and about 10,000 records.
func large(b testing.TB) (*desk, cvd.CaseID) {
	d := newDesk(b, func(c *cvd.Config) { c.Policies = []policy.Policy{} })
	id := d.received().ID
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 90)}, cvd.AcceptEmbargo{Party: 2})
	var cmds []cvd.Command
	flush := func() {
		if len(cmds) > 0 {
			d.do(id, cmds...)
		}
		cmds = nil
	}
	add := func(c ...cvd.Command) {
		if cmds = append(cmds, c...); len(cmds) > 900 {
			flush()
		}
	}
	for i := range 1000 {
		add(vendorAt(cvd.Private(fmt.Sprint("v", i))))
	}
	for i := range cvd.PartyID(1000) {
		p := i + 3
		add(cvd.AnswerInvitation{Party: p, Accept: true},
			cvd.RecordStatus{Party: p, Affected: cvd.UnderInvestigation, Statement: "we look"},
			cvd.Observe{What: vultron.VendorAware, Vendor: p, Party: p, Adopt: true},
			cvd.RecordStatus{Party: p, Affected: cvd.IsAffected, Statement: "we are affected"},
			cvd.PostMessage{Party: p, To: []cvd.PartyID{1}, Text: "a question"})
	}
	flush()
	d.clock.pass(time.Hour)
	return d, id
}

func BenchmarkLarge(b *testing.B) {
	d, id := large(b)
	c := d.view(id, team)
	b.Logf("%d participants, %d records, %d statuses", len(c.Participants), c.Seq, len(c.Statuses))
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
		})
	}
	run("open", func() { d.another(func(c *cvd.Config) { c.Cached = -1 }).view(id, team) })
	for _, v := range []struct {
		name string
		cvd.Viewer
	}{{"read", team}, {"view-vendor", cvd.Viewer{Party: 500}}, {"view-reporter", cvd.Viewer{Party: 2}}} {
		run(v.name, func() { d.view(id, v.Viewer) })
	}
	run("progress", func() { c.Progress() })
}
