package service_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// reportBy is a report of another person with a Message-ID of its own.
func reportBy(name string) cvd.Receive {
	r := report
	r.IDs = []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private("<" + name + "@mail.example>")}}
	r.Reporter = cvd.Contact{Name: cvd.Private(name), Email: cvd.Private(name + "@mail.example")}
	r.Summary = cvd.Private("by " + name)
	r.Original = strings.NewReader("original of " + name)
	return r
}

func (d *desk) leads(kind, value string, want cvd.CaseID) {
	d.t.Helper()
	id, err := d.svc.Lookup(ctx, cvd.ExternalID{Kind: kind, Value: cvd.Private(value)})
	require.NoError(d.t, err)
	require.Equal(d.t, want, id, value)
}

func (d *desk) embargo(id cvd.CaseID, days int) time.Time {
	d.t.Helper()
	ends := d.clock.Now().AddDate(0, 0, days)
	d.do(id, cvd.ProposeEmbargo{Ends: ends}, cvd.AcceptEmbargo{Party: 2})
	return ends
}

func TestMergeLeadsOn(t *testing.T) {
	d := newDesk(t)
	a := d.do(cvd.CaseID{}, reportBy("ann"))
	b := d.do(cvd.CaseID{}, reportBy("bob"))
	c := d.do(cvd.CaseID{}, cvd.Open{Origin: cvd.OriginOutbound, Title: "third", IDs: []cvd.ExternalID{{Kind: "ticket", Value: "T-1"}}})
	d.do(a.ID, cvd.Identify{CVE: "CVE-1900-0001"}, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid},
		cvd.Observe{What: vultron.VendorAware, Adopt: true}, cvd.AddProduct{Name: "frobd"}, cvd.RecordStatus{Stream: 1, Affected: cvd.IsAffected})
	acked := d.clock.Now()
	d.clock.pass(100 * time.Hour)

	by := cvd.By{ID: cvd.CommandID{1}, Actor: "alice"}
	into, err := d.svc.Merge(ctx, a.ID, by, cvd.Merge{Into: b.ID, Reason: "same"})
	require.NoError(t, err)
	require.False(t, into.Repeated)
	again, err := d.svc.Merge(ctx, a.ID, by, cvd.Merge{Into: b.ID, Reason: "same"})
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, into.Seq, again.Seq)

	full := d.view(b.ID, team)
	require.Len(t, full.Reports, 2)
	require.Equal(t, "by ann", string(full.Reports[1].Summary))
	require.Equal(t, cvd.OutcomeValid, full.Reports[1].Outcome)
	require.Len(t, full.Vulnerabilities, 1)
	require.Equal(t, "CVE-1900-0001", string(full.Vulnerabilities[0].CVE))
	require.True(t, full.State(1, cvd.Owner, 0).Has(vultron.CSVendorAware))
	require.Equal(t, cvd.IsAffected, full.Status(1, cvd.Owner, 1).Affected)
	require.Contains(t, full.Facts("").Times[policy.FactAcknowledged], acked, "the clock of the acknowledgement does not start again")
	f, err := d.svc.Attachment(ctx, b.ID, team, full.Reports[1].Original)
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "original of ann", string(text))

	old := d.view(a.ID, team)
	require.Equal(t, vultron.RMClosed, old.RM())
	require.Equal(t, cvd.LinkMergedInto, old.Links[0].Kind)
	d.refused(a.ID, cvd.RuleClosed, report)
	d.leads(cvd.IDNumber, a.Number, b.ID)
	d.leads(cvd.IDCVE, "CVE-1900-0001", b.ID)
	d.leads(cvd.IDMessage, "<ann@mail.example>", b.ID)
	d.leads(cvd.IDMessage, "<bob@mail.example>", b.ID)
	// The same mail again finds the case that has it now.
	got, err := d.svc.Do(ctx, cvd.CaseID{}, staff, reportBy("ann"))
	require.NoError(t, err)
	require.True(t, got.Repeated)
	require.Equal(t, b.ID, got.ID)

	// And on: everything follows, over two hops.
	_, err = d.svc.Merge(ctx, c.ID, staff, cvd.Merge{Into: b.ID})
	require.NoError(t, err)
	last := d.do(cvd.CaseID{}, reportBy("last"))
	_, err = d.svc.Merge(ctx, b.ID, staff, cvd.Merge{Into: last.ID})
	require.NoError(t, err)
	for _, x := range [][2]string{
		{cvd.IDNumber, a.Number}, {cvd.IDNumber, b.Number}, {cvd.IDNumber, c.Number}, {cvd.IDNumber, last.Number}, {"ticket", "T-1"},
		{cvd.IDCVE, "CVE-1900-0001"}, {cvd.IDMessage, "<ann@mail.example>"}, {cvd.IDMessage, "<bob@mail.example>"},
	} {
		d.leads(x[0], x[1], last.ID)
	}
	for _, id := range []cvd.CaseID{a.ID, b.ID, c.ID, last.ID} {
		to, err := d.svc.Follow(ctx, id)
		require.NoError(t, err)
		require.Equal(t, last.ID, to)
		before := d.contents()
		require.NoError(t, d.svc.Reindex(ctx, id))
		require.Equal(t, before, d.contents())
	}
	d.leads(cvd.IDNumber, a.Number, last.ID)
	_, err = d.svc.Merge(ctx, b.ID, staff, cvd.Merge{Into: last.ID})
	require.ErrorIs(t, err, cvd.ErrRefused)
	_, err = d.svc.Merge(ctx, last.ID, staff, cvd.Merge{Into: last.ID})
	require.ErrorIs(t, err, cvd.ErrInput)
	_, err = d.svc.Merge(ctx, last.ID, staff, cvd.Merge{Into: cvd.CaseID{9}})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	blobs, err := d.blobs.List(ctx, storage.BlobID{}, 100)
	require.NoError(t, err)
	require.Len(t, blobs, 3+1+2, "ann, bob and last, ann again in b, ann and bob in last: none was copied and forgotten")
}

// Merging cases: the earliest accepted date.
func TestMergeEmbargo(t *testing.T) {
	type want struct {
		state    vultron.EM
		days     int // of the end; 0: none
		ann, bob vultron.Consent
	}
	for name, c := range map[string]struct {
		a, b    int // days of the embargo, 0: none
		publicA bool
		want    want
	}{
		"none":          {0, 0, false, want{vultron.EMNone, 0, vultron.NoEmbargo, vultron.NoEmbargo}},
		"only merged":   {10, 0, false, want{vultron.EMActive, 10, vultron.Signatory, vultron.Invited}},
		"only other":    {0, 10, false, want{vultron.EMActive, 10, vultron.Invited, vultron.Signatory}},
		"merged first":  {10, 20, false, want{vultron.EMActive, 10, vultron.Signatory, vultron.Lapsed}},
		"other first":   {20, 10, false, want{vultron.EMActive, 10, vultron.Lapsed, vultron.Signatory}},
		"same":          {10, 10, false, want{vultron.EMActive, 10, vultron.Signatory, vultron.Signatory}},
		"merged public": {0, 10, true, want{vultron.EMExited, 0, vultron.NoEmbargo, vultron.NoEmbargo}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			a := d.do(cvd.CaseID{}, reportBy("ann")).ID
			b := d.do(cvd.CaseID{}, reportBy("bob")).ID
			if c.a > 0 {
				d.embargo(a, c.a)
			}
			if c.b > 0 {
				d.embargo(b, c.b)
			}
			if c.publicA {
				d.do(a, cvd.Observe{What: vultron.PublicAware, Adopt: true})
			}
			start := d.clock.Now()
			_, err := d.svc.Merge(ctx, a, staff, cvd.Merge{Into: b})
			require.NoError(t, err)
			got := d.view(b, team)
			require.Equal(t, c.want.state, got.Embargo.State)
			ends, ok := got.Embargo.Ends()
			require.Equal(t, c.want.days > 0, ok)
			if ok {
				require.True(t, ends.Equal(start.AddDate(0, 0, c.want.days)), ends)
			}
			require.Equal(t, c.want.bob, got.Participants[1].Consent, "bob")
			require.Equal(t, c.want.ann, got.Participants[2].Consent, "ann")
			require.Equal(t, "ann", string(got.Participants[2].Name))
		})
	}
	d := newDesk(t)
	a := d.do(cvd.CaseID{}, reportBy("ann")).ID
	b := d.do(cvd.CaseID{}, reportBy("bob")).ID
	d.embargo(a, 10)
	d.do(b, cvd.Observe{What: vultron.PublicAware, Adopt: true})
	_, err := d.svc.Merge(ctx, a, staff, cvd.Merge{Into: b})
	var r *cvd.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleMergeEmbargo, r.Rule)
	require.True(t, d.view(a, team).Open())
	_, err = d.svc.Merge(ctx, b, staff, cvd.Merge{Into: a})
	require.NoError(t, err)
	require.Equal(t, vultron.EMExited, d.view(a, team).Embargo.State)
}

// Splitting: children inherit.
func TestSplit(t *testing.T) {
	d := newDesk(t)
	id := d.do(cvd.CaseID{}, reportBy("ann")).ID
	d.do(id, reportBy("bob"), cvd.AddVulnerability{Title: "second"}, cvd.Identify{Vuln: 2, CVE: "CVE-1900-0002", CWE: "CWE-79"},
		cvd.Identify{Vuln: 1, CVE: "CVE-1900-0001"}, cvd.Triage{Report: 2, Outcome: cvd.OutcomeValid}, cvd.Accept{})
	ends := d.embargo(id, 30)
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Vera", Email: "vera@one.example"}},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Otto", Email: "otto@two.example"}},
		cvd.AnswerInvitation{Party: 4, Accept: true}, cvd.AnswerInvitation{Party: 5},
		cvd.Observe{What: vultron.VendorAware, Vuln: 2, Vendor: 4, Party: 4, Adopt: true})
	by := cvd.By{ID: cvd.CommandID{4}}
	x := cvd.Split{Title: "the second", Reports: []cvd.ReportID{2}, Vulnerabilities: []cvd.VulnID{2}, Participants: []cvd.PartyID{4, 5}}
	child, err := d.svc.Split(ctx, id, by, x)
	require.NoError(t, err)
	again, err := d.svc.Split(ctx, id, by, x)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, child.ID, again.ID)

	c := d.view(child.ID, team)
	require.Equal(t, vultron.RMAccepted, c.RM())
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	got, _ := c.Embargo.Ends()
	require.True(t, got.Equal(ends))
	require.Len(t, c.Participants, 4)
	consents := map[string]vultron.Consent{}
	for _, p := range c.Participants {
		consents[string(p.Name)] = p.Consent
	}
	require.Equal(t, map[string]vultron.Consent{"": vultron.Signatory, "Vera": vultron.Signatory, "Otto": vultron.Declined, "bob": vultron.Invited}, consents)
	require.Len(t, c.Reports, 1)
	require.Equal(t, "by bob", string(c.Reports[0].Summary))
	require.Equal(t, "CVE-1900-0002", string(c.Vulnerabilities[0].CVE))
	require.True(t, c.State(1, 2, 0).Has(vultron.CSVendorAware))
	_, err = d.svc.View(ctx, child.ID, cvd.Viewer{Party: 5})
	require.ErrorIs(t, err, cvd.ErrNotFound)

	d.leads(cvd.IDCVE, "CVE-1900-0002", child.ID)
	d.leads(cvd.IDCVE, "CVE-1900-0001", id)
	d.leads(cvd.IDMessage, "<bob@mail.example>", child.ID)
	d.leads(cvd.IDMessage, "<ann@mail.example>", id)
	d.refused(id, cvd.RuleMoved, cvd.SetSeverity{Vuln: 2, Rating: cvd.RatingLow})
	d.refused(id, cvd.RuleMoved, cvd.Acknowledge{Report: 2})
	parent := d.view(id, team)
	require.Equal(t, child.ID, parent.Reports[1].MovedTo)
	require.Equal(t, cvd.LinkSplitInto, parent.Links[0].Kind)
	require.Equal(t, cvd.LinkSplitFrom, c.Links[0].Kind)
	require.Empty(t, d.view(id, cvd.Viewer{Party: 4}).Links, "links are the team's")
	_, err = d.svc.Split(ctx, id, staff, cvd.Split{Title: "nothing"})
	require.ErrorIs(t, err, cvd.ErrInput)
	_, err = d.svc.Split(ctx, id, staff, cvd.Split{Title: "unknown", Reports: []cvd.ReportID{9}})
	require.ErrorIs(t, err, cvd.ErrRefused)
	for _, id := range []cvd.CaseID{id, child.ID} {
		require.NoError(t, d.svc.Reindex(ctx, id))
	}
	d.leads(cvd.IDMessage, "<bob@mail.example>", child.ID)
}

func TestReopen(t *testing.T) {
	d := newDesk(t)
	a := d.do(cvd.CaseID{}, reportBy("ann"))
	_, err := d.svc.Reopen(ctx, a.ID, staff, cvd.Reopen{Reason: "early"})
	var r *cvd.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleReopen, r.Rule)
	d.embargo(a.ID, 10)
	d.do(a.ID, cvd.Identify{CVE: "CVE-1900-0001"}, cvd.EndEmbargo{Reason: "no bug"}, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	by := cvd.By{ID: cvd.CommandID{5}}
	c, err := d.svc.Reopen(ctx, a.ID, by, cvd.Reopen{Reason: "there is a proof now"})
	require.NoError(t, err)
	again, err := d.svc.Reopen(ctx, a.ID, by, cvd.Reopen{Reason: "there is a proof now"})
	require.NoError(t, err)
	require.Equal(t, c.ID, again.ID)
	require.True(t, again.Repeated)
	require.Equal(t, vultron.RMReceived, c.RM())
	require.Equal(t, vultron.EMNone, c.Embargo.State)
	require.Equal(t, vultron.RMClosed, d.view(a.ID, team).RM(), "Closed is final")
	for _, x := range [][2]string{{cvd.IDNumber, a.Number}, {cvd.IDNumber, c.Number}, {cvd.IDCVE, "CVE-1900-0001"}, {cvd.IDMessage, "<ann@mail.example>"}} {
		d.leads(x[0], x[1], c.ID)
	}
	d.embargo(c.ID, 5)
	d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
	_, err = d.svc.Reopen(ctx, a.ID, staff, cvd.Reopen{Reason: "twice"})
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleMoved, r.Rule)

	d.do(c.ID, cvd.Close{Override: true, Reason: "in secret"})
	third, err := d.svc.Reopen(ctx, c.ID, staff, cvd.Reopen{Reason: "again"})
	require.NoError(t, err)
	require.Equal(t, vultron.EMActive, third.Embargo.State, "an embargo in force holds")
	require.Equal(t, vultron.Signatory, third.Participants[1].Consent)
	d.leads(cvd.IDNumber, a.Number, third.ID)
	require.NoError(t, d.svc.Reindex(ctx, third.ID))
}

func TestLinkAndHandOver(t *testing.T) {
	d := newDesk(t)
	a := d.do(cvd.CaseID{}, reportBy("ann"))
	b := d.do(cvd.CaseID{}, reportBy("bob"))
	by := cvd.By{ID: cvd.CommandID{1}}
	c, err := d.svc.Link(ctx, a.ID, by, cvd.LinkTo{Kind: cvd.LinkDependsOn, Case: b.ID})
	require.NoError(t, err)
	require.Equal(t, []cvd.Link{{Kind: cvd.LinkDependsOn, Case: b.ID, Number: b.Number, At: c.At}}, c.Links)
	require.Equal(t, cvd.LinkNeededBy, d.view(b.ID, team).Links[0].Kind)
	c, err = d.svc.Link(ctx, a.ID, by, cvd.LinkTo{Kind: cvd.LinkDependsOn, Case: b.ID})
	require.NoError(t, err)
	require.True(t, c.Repeated)
	_, err = d.svc.Link(ctx, a.ID, staff, cvd.LinkTo{Kind: cvd.LinkDependsOn, Case: b.ID})
	require.ErrorIs(t, err, cvd.ErrRefused)
	_, err = d.svc.Link(ctx, a.ID, staff, cvd.LinkTo{Kind: cvd.LinkMergedInto, Case: b.ID})
	require.ErrorIs(t, err, cvd.ErrInput)
	_, err = d.svc.Link(ctx, a.ID, cvd.By{If: 1}, cvd.LinkTo{Case: b.ID})
	require.ErrorIs(t, err, cvd.ErrStale)
	for _, k := range [][2]cvd.LinkKind{{cvd.LinkRelated, cvd.LinkRelated}, {cvd.LinkDuplicateOf, cvd.LinkDuplicatedBy}, {cvd.LinkNeededBy, cvd.LinkDependsOn}} {
		_, err = d.svc.Link(ctx, a.ID, staff, cvd.LinkTo{Kind: k[0], Case: b.ID})
		require.NoError(t, err)
		links := d.view(b.ID, team).Links
		require.Equal(t, k[1], links[len(links)-1].Kind)
	}

	id := a.ID
	d.embargo(id, 10)
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "CERT", Email: "cert@cc.example"}})
	d.refused(id, cvd.RuleAudience, cvd.HandOver{To: 3, Reason: "they coordinate"})
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true})
	c = d.do(id, cvd.HandOver{To: 3, Reason: "they coordinate"})
	require.Equal(t, cvd.PartyID(3), c.Lead)
	require.NotZero(t, c.Participants[2].Roles&cvd.RoleCoordinator)
	d.refused(id, cvd.RuleOnce, cvd.HandOver{To: 3, Reason: "they coordinate"})
	c = d.do(id, cvd.HandOver{To: cvd.Owner, Reason: "taken back"})
	require.Equal(t, cvd.Owner, c.Lead)
	d.relay()
	require.Contains(t, string(d.mail.got[len(d.mail.got)-1].Text), "passed to another participant")
}

// Two cases change in one append, or none: whatever fails, and however late.
func TestMergeSurvivesFailures(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))
	d.store = f
	a := d.do(cvd.CaseID{}, reportBy("ann"))
	b := d.do(cvd.CaseID{}, reportBy("bob"))
	before := d.contents()
	f.before = errBroken
	by := cvd.By{ID: cvd.CommandID{1}}
	_, err := d.svc.Merge(ctx, a.ID, by, cvd.Merge{Into: b.ID})
	require.ErrorIs(t, err, errBroken)
	heads := func(s string) string { h, _, _ := strings.Cut(s, "blob"); return h }
	require.Equal(t, heads(before), heads(d.contents()))
	f.before = cvd.ErrConflict
	_, err = d.svc.Merge(ctx, a.ID, by, cvd.Merge{Into: b.ID})
	require.NoError(t, err, "a conflict is decided again")
	c := d.do(cvd.CaseID{}, reportBy("cid"))
	f.after = errBroken
	got, err := d.svc.Merge(ctx, b.ID, cvd.By{ID: cvd.CommandID{2}}, cvd.Merge{Into: c.ID})
	require.NoError(t, err, "it was written, and is found")
	require.Len(t, got.Reports, 3)
	full := d.view(c.ID, team)
	for _, r := range full.Reports {
		f, err := d.svc.Attachment(ctx, c.ID, team, r.Original)
		require.NoError(t, err)
		f.Close()
	}
}

// What two agreements keep secret longer than the end of the embargo stays so.
func TestMergeAndSplitKeepSeparateDates(t *testing.T) {
	d := newDesk(t)
	now := d.clock.Now()
	embargoed := func(n string, days, details int) cvd.CaseID {
		r := report
		r.IDs = []cvd.ExternalID{{Kind: "n", Value: cvd.Private(n)}}
		r.Reporter.Email = cvd.Private(n + "@finder.example")
		id := d.do(cvd.CaseID{}, r).ID
		d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.ProposeEmbargo{
			Ends: now.AddDate(0, 0, days), Dates: cvd.Dates{Details: now.AddDate(0, 0, details)},
		}, cvd.AcceptEmbargo{Party: 2}, cvd.AnnounceDeadline{Party: 2, At: now.AddDate(0, 0, 100)})
		return id
	}
	for _, c := range []struct{ days, details, into, intoDetails int }{
		{30, 60, 40, 40}, {40, 60, 30, 30}, {30, 30, 40, 60}, {40, 40, 30, 60},
	} {
		a, b := embargoed(fmt.Sprintf("a%d-%d", c.days, c.details), c.days, c.details), embargoed(fmt.Sprintf("b%d-%d", c.into, c.intoDetails), c.into, c.intoDetails)
		merged, err := d.svc.Merge(context.Background(), a, staff, cvd.Merge{Into: b, Reason: "the same"})
		require.NoError(t, err)
		p := merged.Embargo.Proposals[merged.Embargo.Active-1]
		require.True(t, p.Ends.Equal(now.AddDate(0, 0, 30)), c)
		require.True(t, p.Dates().Details.Equal(now.AddDate(0, 0, 60)), "%v: %s", c, p.Dates().Details)
		require.Len(t, merged.Announced, 2)
	}
	id := embargoed("split", 30, 60)
	d.do(id, cvd.AddVulnerability{Title: "another"})
	child, err := d.svc.Split(context.Background(), id, staff, cvd.Split{Title: "apart", Vulnerabilities: []cvd.VulnID{2}, Participants: []cvd.PartyID{2}, Reason: "apart"})
	require.NoError(t, err)
	p := child.Embargo.Proposals[child.Embargo.Active-1]
	require.True(t, p.Dates().Details.Equal(now.AddDate(0, 0, 60)))
	require.Len(t, child.Announced, 1)
}
