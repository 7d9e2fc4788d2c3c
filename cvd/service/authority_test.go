package service_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// due is the state of one deadline of a case now.
func (d *desk) due(id cvd.CaseID, name string) policy.Deadline {
	d.t.Helper()
	ds, err := d.svc.Deadlines(d.view(id, team), d.clock.Now())
	require.NoError(d.t, err)
	for _, x := range ds {
		if x.ID == name {
			return x
		}
	}
	d.t.Fatalf("no deadline %s in %d", name, len(ds))
	return policy.Deadline{}
}

func TestMatter(t *testing.T) {
	for _, m := range []cvd.Matter{{Vuln: 1}, {Vendor: 3, Vuln: 12}, {Incident: 2}, {Vendor: 4, Incident: 1}} {
		got, ok := cvd.ParseMatter(m.String())
		require.True(t, ok, m.String())
		require.Equal(t, m, got)
	}
	for _, s := range []string{"", "v", "v0", "1", "p3", "p1.v2", "p3.v", "v1.v2", "v1x", "i-1", "p3.p4.v1", "V1"} {
		_, ok := cvd.ParseMatter(s)
		require.False(t, ok, s)
	}
	require.Equal(t, cvd.Owner, cvd.Matter{Vuln: 1}.Manufacturer())
}

// Suspicion, assessment and awareness are three recorded steps, and only the last
// starts the legal clocks. A submission stops what it serves.
func TestFromSuspicionToTheFinalReport(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Calendar.Zone = time.UTC })
	d.clock.t = time.Date(2026, 11, 6, 20, 0, 0, 0, time.UTC)
	id := d.received().ID
	d.do(id, cvd.RecordAssessment{Step: cvd.StepSuspected, Source: "KEV"})
	require.Equal(t, policy.DeadlineRunning, d.due(id, "cra-vulnerability/assessment@v1").State)
	require.True(t, d.due(id, "cra-vulnerability/early-warning@v1").Due.IsZero())
	d.clock.pass(3 * time.Hour)
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs of a customer"})
	require.Equal(t, policy.DeadlineMet, d.due(id, "cra-vulnerability/assessment@v1").State)
	require.Equal(t, d.clock.t.Add(24*time.Hour), d.due(id, "cra-vulnerability/early-warning@v1").Due)
	full := d.view(id, team)
	require.Equal(t, "logs of a customer", string(full.Assessments[1].Evidence))

	d.clock.pass(20 * time.Hour)
	body := "the form as it was sent"
	d.do(id, cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageEarlyWarning, cvd.StageNotification}, Authority: "CERT", Reference: "SRP-17",
		Name: "form.pdf", Type: "application/pdf", Content: strings.NewReader(body)})
	require.Equal(t, policy.DeadlineMet, d.due(id, "cra-vulnerability/early-warning@v1").State)
	require.Equal(t, policy.DeadlineMet, d.due(id, "cra-vulnerability/notification@v1").State)
	require.Equal(t, policy.DeadlineWaiting, d.due(id, "cra-vulnerability/final-report@v1").State)
	full = d.view(id, team)
	require.Equal(t, "SRP-17", string(full.AuthorityReports[0].Reference))
	r, err := d.svc.Attachment(ctx, id, team, full.AuthorityReports[0].File)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, body, string(got))

	// Users are told from awareness on, also under an embargo, with a reason.
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 5), Reason: "attacked, but not public"}, cvd.AcceptEmbargo{Party: 2})
	d.do(id, cvd.InformUsers{Audience: "customers with version 4", Text: "switch it off", Reason: "they are attacked"})
	require.Equal(t, policy.DeadlineMet, d.due(id, "cra-vulnerability/inform-users@v1").State)
	require.Equal(t, vultron.EMActive, d.view(id, team).Embargo.State, "the embargo stays")

	// An intermediate report is due when the authority says, and one after the other.
	day := func(n int) time.Time { return d.clock.t.AddDate(0, 0, n) }
	first, second := day(3), day(9)
	d.do(id, cvd.RecordRequest{Kind: cvd.RequestIntermediate, Authority: "CERT", Due: second}, cvd.RecordRequest{Kind: cvd.RequestIntermediate, Authority: "CERT", Due: first})
	require.True(t, first.Equal(d.due(id, "cra-vulnerability/intermediate-report@v1").Due))
	d.do(id, cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageIntermediate}, Request: 2, Authority: "CERT"})
	require.True(t, second.Equal(d.due(id, "cra-vulnerability/intermediate-report@v1").Due))
	d.do(id, cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageIntermediate}, Request: 1, Authority: "CERT"})
	require.Equal(t, policy.DeadlineMet, d.due(id, "cra-vulnerability/intermediate-report@v1").State)

	// Nobody but the team sees any of it.
	for _, v := range []cvd.Viewer{{Party: 2}} {
		c := d.view(id, v)
		require.Empty(t, c.Assessments)
		require.Empty(t, c.AuthorityReports)
		require.Empty(t, c.Requests)
		require.Empty(t, c.Informed)
		require.NotContains(t, d.svc.Timeline(c).Text(), "authority")
		require.Len(t, c.Attachments, 1, "its own report")
	}
	text := d.svc.Timeline(d.view(id, team)).Text()
	for _, want := range []string{"The suspicion of active exploitation", "Awareness of active exploitation", "Submitted to the authority: early warning, notification", "Users informed", "asks for an intermediate report"} {
		require.Contains(t, text, want)
	}
}

// What happened can be recorded, however late or odd; only a reason is asked for
// where a label forbids what was let out.
func TestASubmissionThatHappenedIsRecorded(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	sent := cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageFinal}, Authority: "CERT"}
	d.do(id, sent) // without awareness, without earlier stages
	d.do(id, sent) // twice
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	sent.At = d.clock.t.AddDate(0, 0, -1)
	d.do(id, sent) // in a closed case
	sent.Forbidden = []string{"v27"}
	_, err := d.svc.Do(ctx, id, staff, sent)
	var in *cvd.InputError
	require.True(t, errors.As(err, &in))
	require.Equal(t, "Reason", in.Field)
	sent.Reason = "the source agreed by telephone"
	c := d.do(id, sent)
	require.Len(t, c.AuthorityReports, 4)
	require.Equal(t, sent.Reason, d.view(id, team).AuthorityReports[3].Reason)
}

// A voluntary report is kept like any other, and touches no clock: a duty that
// begins later has all of its stages before it.
func TestAVoluntaryReportTouchesNoClock(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Team.Roles = cvd.RoleCoordinator })
	d.clock.t = time.Date(2026, 10, 6, 9, 0, 0, 0, time.UTC)
	id := d.received().ID
	sent := cvd.RecordSubmission{Stages: []cvd.ReportStage{cvd.StageVoluntary}, Authority: "CSIRT", Reference: "V-1"}
	c := d.do(id, sent) // of a coordinator, which has no duty of its own
	require.Len(t, c.AuthorityReports, 1)
	ds, err := d.svc.Deadlines(d.view(id, team), d.clock.Now())
	require.NoError(t, err)
	for _, x := range ds {
		require.NotContains(t, x.ID, "cra-")
	}
	near := cvd.RecordSubmission{Matter: cvd.Matter{Incident: 1}, Stages: []cvd.ReportStage{cvd.StageVoluntary}, Authority: "ENISA"}
	d.do(id, near)
	require.Contains(t, d.svc.Timeline(d.view(id, team)).Text(), "Submitted to the authority: voluntary report")

	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Northlink"}})
	theirs := cvd.Matter{Vendor: 3, Vuln: 1}
	sent.Matter = theirs
	d.do(id, sent)
	d.clock.pass(time.Hour)
	d.do(id, cvd.RecordAssessment{Matter: theirs, Step: cvd.StepAware, Evidence: "logs"})
	for _, clock := range []string{"early-warning", "notification"} {
		require.Equal(t, policy.DeadlineRunning, d.due(id, "cra-vulnerability/"+clock+"@p3.v1").State, clock)
	}
	sent.Stages = append(sent.Stages, cvd.StageEarlyWarning)
	_, err = d.svc.Do(ctx, id, staff, sent)
	var in *cvd.InputError
	require.ErrorAs(t, err, &in, "the record would be false either way")
	require.Equal(t, "Stages", in.Field)
}

// Each vulnerability and each manufacturer has clocks of its own.
func TestMattersAreApart(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.AddVulnerability{Title: "second"}, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Northlink"}})
	d.clock.t = time.Date(2026, 10, 6, 9, 0, 0, 0, time.UTC)
	two := cvd.Matter{Vuln: 2}
	d.do(id, cvd.RecordAssessment{Matter: two, Step: cvd.StepAware, Evidence: "logs"})
	c := d.view(id, team)
	require.Len(t, c.Adopted, 2)
	require.Equal(t, "v2", c.Adopted[1].Subject)
	// What is observed of the first starts nothing of the second; another's fix neither.
	d.do(id, cvd.Observe{What: vultron.VendorAware, Vuln: 1, Adopt: true}, cvd.Observe{What: vultron.FixReady, Vuln: 1, Adopt: true}, cvd.Observe{What: vultron.FixDeployed, Vuln: 1, Adopt: true})
	d.do(id, cvd.Observe{What: vultron.VendorAware, Vuln: 2, Vendor: 3, Adopt: true}, cvd.Observe{What: vultron.FixReady, Vuln: 2, Vendor: 3, Adopt: true}, cvd.Observe{What: vultron.FixDeployed, Vuln: 2, Vendor: 3, Adopt: true})
	require.True(t, d.due(id, "cra-vulnerability/final-report@v2").Due.IsZero())
	theirs := cvd.Matter{Vendor: 3, Vuln: 2}
	d.clock.pass(time.Hour)
	d.do(id, cvd.RecordAssessment{Matter: theirs, Step: cvd.StepAware, Evidence: "they told us"})
	require.Equal(t, d.clock.t.AddDate(0, 0, 14), d.due(id, "cra-vulnerability/final-report@p3.v2").Due.UTC())
	require.True(t, d.due(id, "cra-vulnerability/final-report@v2").Due.IsZero())
	d.refused(id, cvd.RuleKnown, cvd.RecordAssessment{Matter: cvd.Matter{Vuln: 9}, Step: cvd.StepSuspected})
	d.refused(id, cvd.RuleKnown, cvd.RecordAssessment{Matter: cvd.Matter{Vendor: 9, Vuln: 1}, Step: cvd.StepSuspected})
	d.refused(id, cvd.RuleKnown, cvd.RecordAnswer{Request: 1})
	d.refused(id, cvd.RuleKnown, cvd.RecordSubmission{Matter: two, Stages: []cvd.ReportStage{cvd.StageIntermediate}, Request: 4, Authority: "a"})
	d.refused(id, cvd.RuleKnown, cvd.RecordAssessment{Matter: two, Step: cvd.StepDismissed, Product: 7, Evidence: "e"})
}

// Duties move with what they are about, with all that was recorded of them; their
// clocks run in one case only.
func TestDutiesMoveAlong(t *testing.T) {
	d := newDesk(t)
	d.clock.t = time.Date(2026, 10, 6, 9, 0, 0, 0, time.UTC)
	id := d.received().ID
	d.do(id, cvd.AddVulnerability{Title: "second"})
	two := cvd.Matter{Vuln: 2}
	aware := d.clock.t
	d.do(id, cvd.RecordAssessment{Matter: two, Step: cvd.StepAware, Evidence: "logs"})
	d.do(id, cvd.RecordFact{Fact: policy.FactWorkaround, Subject: "v2"}, cvd.RecordSubmission{Matter: two, Stages: []cvd.ReportStage{cvd.StageEarlyWarning},
		Authority: "CERT", Reference: "SRP-1", Content: strings.NewReader("bytes")})
	d.clock.pass(time.Hour)
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "the second", Vulnerabilities: []cvd.VulnID{2}})
	require.NoError(t, err)
	ds, err := d.svc.Deadlines(d.view(id, team), d.clock.t)
	require.NoError(t, err)
	for _, x := range ds {
		require.NotContains(t, x.ID, "@v2", "its clocks run in the new case")
	}
	require.Equal(t, aware.Add(72*time.Hour), d.due(child.ID, "cra-vulnerability/notification@v1").Due)
	require.Equal(t, policy.DeadlineMet, d.due(child.ID, "cra-vulnerability/early-warning@v1").State)
	require.False(t, d.due(child.ID, "cra-vulnerability/final-report@v1").Due.IsZero())
	full := d.view(child.ID, team)
	require.Equal(t, "SRP-1", string(full.AuthorityReports[0].Reference))
	r, err := d.svc.Attachment(ctx, child.ID, team, full.AuthorityReports[0].File)
	require.NoError(t, err)
	got, _ := io.ReadAll(r)
	require.NoError(t, r.Close())
	require.Equal(t, "bytes", string(got))

	// Merged back into a case with a vulnerability of its own, under another number.
	other := d.do(cvd.CaseID{}, cvd.Open{Title: "another", Origin: cvd.OriginOutbound})
	d.do(other.ID, cvd.AddVulnerability{Title: "its own"})
	d.do(child.ID, cvd.RecordAssessment{Matter: cvd.Matter{Incident: 1}, Step: cvd.StepAware, Evidence: "build server"})
	into, err := d.svc.Merge(ctx, child.ID, staff, cvd.Merge{Into: other.ID, Reason: "the same product"})
	require.NoError(t, err)
	full = d.view(into.ID, team)
	subject := full.AuthorityReports[0].Matter.String()
	require.NotEqual(t, "v1", subject)
	require.Equal(t, aware.Add(72*time.Hour), d.due(into.ID, "cra-vulnerability/notification@"+subject).Due)
	require.Equal(t, policy.DeadlineRunning, d.due(into.ID, "cra-incident/early-warning@i1").State)
	ds, err = d.svc.Deadlines(d.view(child.ID, team), d.clock.t)
	require.NoError(t, err)
	for _, x := range ds {
		require.False(t, strings.HasPrefix(x.Policy, "cra-"), x.ID)
	}
}
