package cra_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// A coordinator's case has no duty of its own; a manufacturer's in it is shown, and is
// the manufacturer's.
func TestCoordinatorsCase(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Team.Roles = cvd.RoleCoordinator })
	id := d.opened()
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Northlink"}}, cvd.Observe{What: vultron.AttacksObserved, Adopt: true})
	require.Empty(t, d.procedures(id), "attacks make no duty of a coordinator")
	_, err := d.svc.Do(ctx, id, cvd.By{Actor: "ada"}, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	require.ErrorIs(t, err, cvd.ErrRefused, "it is not its duty")
	d.do(id, cvd.RecordAssessment{Matter: cvd.Matter{Vendor: 3, Vuln: 1}, Step: cvd.StepAware, Evidence: "they told us"})
	ps := d.procedures(id)
	require.Len(t, ps, 1)
	require.False(t, ps[0].Own)
	require.Equal(t, "Northlink", ps[0].Manufacturer)
	draft := d.draft(id, "p3.v1", cvd.StageEarlyWarning, cra.Options{})
	require.Contains(t, strings.Join(draft.Questions, "\n"), "the report is the manufacturer's to make")
	y := cra.YearOf([]cra.YearCase{{Measured: d.svc.Measured(d.view(id)), Procedures: ps, Deadlines: d.deadlines(id)}}, 2026, time.UTC)
	require.Zero(t, y.Exploited)
}

// Two manufacturers have a procedure each, with clocks and submissions of their own.
func TestTwoManufacturers(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Northlink"}})
	d.do(id, cvd.AddProduct{Vendor: 3, Name: "North Switch", Versions: "1.0"})
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	first := d.now
	d.now = d.now.Add(5 * time.Hour)
	theirs := cvd.Matter{Vendor: 3, Vuln: 1}
	d.do(id, cvd.RecordAssessment{Matter: theirs, Step: cvd.StepAware, Evidence: "they told us"})
	d.do(id, cvd.RecordSubmission{Matter: theirs, Stages: []cvd.ReportStage{cvd.StageNotification}, Authority: "CSIRT"})
	ps := d.procedures(id)
	require.Len(t, ps, 2)
	ours, others := ps[0], ps[1]
	require.True(t, ours.Own)
	require.False(t, others.Own)
	require.True(t, first.Equal(ours.Since))
	warning, _ := ours.Deadline("early-warning")
	require.True(t, warning.Open(), "another's submission ends nothing of ours")
	require.Empty(t, ours.Submissions)
	require.Equal(t, "Gateway OS", field(t, d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{}), "product").Value)
	require.Equal(t, "North Switch", field(t, d.draft(id, "p3.v1", cvd.StageEarlyWarning, cra.Options{}), "product").Value)
	require.Equal(t, "Northlink", field(t, d.draft(id, "p3.v1", cvd.StageEarlyWarning, cra.Options{}), "manufacturer").Value)
}

// Of two vulnerabilities one is exploited: only that one is to be reported.
func TestOneOfTwoIsExploited(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.AddVulnerability{Title: "the exploited one"}, cvd.Observe{What: vultron.AttacksObserved, Vuln: 2, Adopt: true})
	ps := d.procedures(id)
	require.Len(t, ps, 1)
	require.Equal(t, "v2", ps[0].Matter.String())
	require.Equal(t, cra.Suggested, ps[0].State, "attacks suggest awareness and do not set it")
	require.Empty(t, ps[0].Deadlines)
	d.do(id, cvd.RecordAssessment{Matter: cvd.Matter{Vuln: 2}, Step: cvd.StepAware, Evidence: "logs"})
	p := d.procedure(id, "v2")
	require.Equal(t, cra.Aware, p.State)
	require.NotEmpty(t, p.Deadlines)
	require.Equal(t, "the exploited one", field(t, d.draft(id, "v2", cvd.StageEarlyWarning, cra.Options{}), "title").Value)
}

// A procedure goes along when its case is split or merged, with its clocks, its
// submissions and what they carried, and stands in one case only.
func TestMergedAndSplitCases(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.AddVulnerability{Title: "second"}, cvd.RecordAssessment{Matter: cvd.Matter{Vuln: 2}, Step: cvd.StepAware, Evidence: "logs"})
	draft := d.draft(id, "v2", cvd.StageEarlyWarning, cra.Options{Profile: cra.Profile{MainEstablishment: "Germany"}, Given: map[string]string{"title": "Ours"}})
	d.do(id, draft.Submission())
	before, _ := d.procedure(id, "v2").Deadline("notification")
	child, err := d.svc.Split(ctx, id, cvd.By{Actor: "ada"}, cvd.Split{Title: "the second", Vulnerabilities: []cvd.VulnID{2}})
	require.NoError(t, err)
	require.Empty(t, d.procedures(id))
	p := d.procedure(child.ID, "v1")
	after, _ := p.Deadline("notification")
	require.True(t, before.Due.Equal(after.Due))
	require.True(t, field(t, d.draft(child.ID, "v1", cvd.StageNotification, cra.Options{}), "title").Carried)

	other := d.opened2("CVE-1900-0009")
	_, err = d.svc.Merge(ctx, child.ID, cvd.By{Actor: "ada"}, cvd.Merge{Into: other, Reason: "the same"})
	require.NoError(t, err)
	require.Empty(t, d.procedures(child.ID))
	ps := d.procedures(other)
	require.Len(t, ps, 1)
	merged, _ := ps[0].Deadline("notification")
	require.True(t, before.Due.Equal(merged.Due))
	require.Len(t, ps[0].Submissions, 1)
	require.True(t, field(t, d.draft(other, ps[0].Matter.String(), cvd.StageNotification, cra.Options{}), "title").Carried)
}

// opened2 is another case, with two vulnerabilities of its own.
func (d *desk) opened2(cve cvd.Private) cvd.CaseID {
	c := d.do(cvd.CaseID{}, cvd.Open{Title: "another", Origin: cvd.OriginOutbound})
	d.do(c.ID, cvd.AddVulnerability{Title: "b"}, cvd.Identify{Vuln: 1, CVE: cve})
	return c.ID
}

// Without a main establishment in the Union the order of Art. 14(7) decides: here
// an importer.
func TestImporterOutsideTheUnion(t *testing.T) {
	for _, tt := range []struct {
		p    cra.Profile
		want string
		why  string
	}{
		{cra.Profile{MainEstablishment: "Germany", Importer: "France"}, "Germany", "main establishment"},
		{cra.Profile{Representative: "Ireland", Importer: "France"}, "Ireland", "authorised representative"},
		{cra.Profile{Importer: "France", Distributor: "Spain", MostUsers: "Italy"}, "France", "importer"},
		{cra.Profile{Distributor: "Spain", MostUsers: "Italy"}, "Spain", "distributor"},
		{cra.Profile{MostUsers: "Italy"}, "Italy", "most users"},
		{cra.Profile{MostUsers: "Italy", FirstReported: "Malta"}, "Malta", "first report"},
	} {
		r := tt.p.Route()
		require.Equal(t, tt.want, r.MemberState)
		require.Contains(t, r.Why, tt.why)
	}
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	draft := d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{Profile: cra.Profile{Importer: "France"}})
	require.Contains(t, draft.Page(), "CSIRT designated as coordinator, France, and ENISA")
	require.Contains(t, draft.Page(), "Art. 14(7)(b)")
	draft = d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{})
	require.Contains(t, strings.Join(draft.Questions, "\n"), "To which CSIRT")
}

// A flaw that is not exploitable in a product is not reported for it, with the
// reason; where it is in none, nothing is owed (Art. 3(42); Commission guidance
// C(2026) 5252, paragraph 218).
func TestNotExploitableInAProduct(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.AddProduct{Name: "Gateway Cloud", Versions: "all"}, cvd.RecordAssessment{Step: cvd.StepSuspected, Source: "KEV"})
	d.do(id, cvd.RecordAssessment{Step: cvd.StepDismissed, Product: 2, Evidence: "the parser is not linked"})
	p := d.procedure(id, "v1")
	require.Equal(t, cra.Suspected, p.State)
	require.Len(t, p.Products, 1)
	require.Equal(t, "the parser is not linked", p.Excluded[0].Reason)
	d.do(id, cvd.RecordStatus{Stream: 1, Affected: cvd.NotAffected, Statement: "not reachable"})
	p = d.procedure(id, "v1")
	require.Equal(t, cra.Dismissed, p.State)
	require.Empty(t, p.Products)
	require.Equal(t, "not reachable", p.Excluded[0].Reason)
	_, ok := p.Next()
	require.False(t, ok)
}

// What was known before the duty began is not reported; a vulnerability known before
// is, once its exploitation is known after (guidance C(2026) 5252, paragraph 217;
// ENISA's FAQ, question 13).
func TestKnownBeforeTheDutyBegan(t *testing.T) {
	d := newDesk(t)
	d.now = time.Date(2026, 9, 1, 9, 0, 0, 0, d.cal.Zone)
	id := d.opened()
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	d.now = d.now.AddDate(0, 1, 0)
	p := d.procedure(id, "v1")
	require.Equal(t, cra.NotOwed, p.State)
	_, ok := p.Next()
	require.False(t, ok)
	require.Contains(t, strings.Join(d.draft(id, "v1", cvd.StageEarlyWarning, cra.Options{}).Questions, "\n"), "Nothing is owed: the duty began on 2026-09-11")
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Instead: true, Evidence: "it was a test; the attacks began now"})
	require.Equal(t, cra.Aware, d.procedure(id, "v1").State)
}

func TestNextStage(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	for _, want := range stages {
		p := d.procedure(id, "v1")
		next, ok := p.Next()
		require.True(t, ok)
		require.Equal(t, want, next)
		d.do(id, cvd.RecordSubmission{Stages: []cvd.ReportStage{want}, Authority: "CSIRT"})
	}
	p := d.procedure(id, "v1")
	_, ok := p.Next()
	require.False(t, ok)
	require.Equal(t, cra.Reported, p.State)
}

// Feeds raise suspicion, once, and never awareness.
func TestSignalsRaiseSuspicion(t *testing.T) {
	kev, err := cra.ReadKEV(strings.NewReader(`{"title":"x","vulnerabilities":[{"cveID":"CVE-1900-0001","dateAdded":"2026-11-05"},{"cveID":"CVE-1900-0002","dateAdded":"soon"},{}]}`))
	require.NoError(t, err)
	require.Len(t, kev, 2)
	require.True(t, kev[1].Since.IsZero())
	euvd, err := cra.ReadEUVD(strings.NewReader(`[{"id":"EUVD-1900-7","aliases":"GHSA-x\nCVE-1900-0001\n","exploitedSince":"Nov 5, 2026, 12:00:00 AM"}]`))
	require.NoError(t, err)
	require.Equal(t, "CVE-1900-0001", euvd[0].CVE)
	require.Equal(t, 2026, euvd[0].Since.Year())
	page, err := cra.ReadEUVD(strings.NewReader(`{"items":[{"id":"EUVD-1900-7","aliases":"CVE-1900-0001"}]}`))
	require.NoError(t, err)
	require.Len(t, page, 1)
	for _, bad := range []string{"", "{", "7", `"x"`} {
		_, err := cra.ReadKEV(strings.NewReader(bad))
		require.Error(t, err, bad)
		_, err = cra.ReadEUVD(strings.NewReader(bad))
		require.Error(t, err, bad)
	}
	d := newDesk(t)
	id := d.opened()
	d.do(id, cvd.Identify{Vuln: 1, CVE: "CVE-1900-0001"})
	cmds := cra.Suspicions(d.view(id), append(kev, euvd...))
	require.Len(t, cmds, 1)
	d.do(id, cmds...)
	require.Equal(t, cra.Suspected, d.procedure(id, "v1").State)
	require.Empty(t, cra.Suspicions(d.view(id), kev), "once")
	p := d.procedure(id, "v1")
	x, _ := p.Deadline("early-warning")
	require.True(t, x.Due.IsZero())
	x, _ = p.Deadline("assessment")
	require.Equal(t, policy.DeadlineRunning, x.State)
}

// The yearly figures hold the cases of the year, missed clocks with their reasons,
// and exploited ones.
func TestYear(t *testing.T) {
	d := newDesk(t)
	late := d.opened()
	d.do(late, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs"})
	d.now = d.now.AddDate(0, 0, 2)
	d.do(late, cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageEarlyWarning}, Authority: "CSIRT", Reason: "=nobody was on duty"})
	fine := d.opened()
	d.do(fine, cvd.RecordAssessment{Matter: cvd.Matter{Incident: 1}, Step: cvd.StepAware, Evidence: "build"})
	d.do(fine, cvd.RecordSubmission{Matter: cvd.Matter{Incident: 1}, Stages: []cvd.ReportStage{cvd.StageNotification}, Authority: "CSIRT"})
	var all []cra.YearCase
	for _, id := range []cvd.CaseID{late, fine} {
		all = append(all, cra.YearCase{Measured: d.svc.Measured(d.view(id)), Procedures: d.procedures(id), Deadlines: d.deadlines(id)})
	}
	own := d.opened2("CVE-1900-0003") // without a report: the year of its opening counts
	all = append(all, cra.YearCase{Measured: d.svc.Measured(d.view(own)), Opened: d.view(own).Opened})
	require.Equal(t, 3, cra.YearOf(all, 2026, d.cal.Zone).Cases)
	all = all[:2]
	y := cra.YearOf(all, 2026, d.cal.Zone)
	require.Equal(t, []int{2, 1, 1}, []int{y.Cases, y.Exploited, y.Incidents})
	require.Equal(t, cra.StageCount{Stage: cvd.StageEarlyWarning, Due: 2, OnTime: 1}, y.Reports[0])
	require.NotEmpty(t, y.Missed)
	require.Equal(t, "=nobody was on duty", y.Missed[0].Reason)
	for _, m := range y.Missed {
		all[0].Reasons = map[string]string{"cra-vulnerability/early-warning@v1": "the account was locked"}
		require.NotEmpty(t, m.Reason)
	}
	require.Equal(t, "the account was locked", cra.YearOf(all, 2026, d.cal.Zone).Missed[0].Reason)
	r := csv.NewReader(strings.NewReader(y.CSV()))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	require.NoError(t, err)
	require.Contains(t, rows, []string{"exploited vulnerabilities reported or to be reported", "1", "procedures"})
	found := false
	for _, row := range rows {
		found = found || row[len(row)-1] == "'=nobody was on duty"
	}
	require.True(t, found, "no formula")
	require.Contains(t, y.SVG("2026"), ">1 of 2 in time</text>")
	empty := cra.YearOf(all, 2025, nil)
	require.Zero(t, empty.Cases)
	require.NotContains(t, empty.SVG("2025"), "Time from the report")
}
