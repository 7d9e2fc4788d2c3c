package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// exploited is a case with a clock of a law running, its fact
// corrected once, and a second vulnerability.
func exploitedByLaw(d *desk) (cvd.CaseID, time.Time) {
	id := embargoed(d)
	law, ok := policy.ByName("nis2")
	require.True(d.t, ok)
	aware := noon.Add(-3 * time.Hour)
	d.do(id, cvd.AddVulnerability{Title: "the second"}, vendorAt("one"), cvd.AnswerInvitation{Party: 3, Accept: true})
	d.clock.pass(time.Hour)
	d.do(id, cvd.ReportState{Party: 3, State: vultron.RMAccepted}, cvd.AdoptPolicy{Policy: law},
		cvd.RecordFact{Fact: policy.FactNIS2Aware, At: noon.Add(-time.Minute)},
		cvd.RecordFact{Fact: policy.FactNIS2Aware, At: aware, Instead: true, Reason: "an older mail"},
		cvd.Acknowledge{})
	return id, aware
}

// dues are the dates of a case that run, by their IDs.
func (d *desk) dues(id cvd.CaseID) map[string]string {
	out := map[string]string{}
	all, err := d.svc.Deadlines(d.view(id, team), d.clock.t)
	require.NoError(d.t, err)
	for _, x := range all {
		if !x.Due.IsZero() {
			out[x.ID] = x.Due.UTC().Format(time.RFC3339) + " " + string(x.State)
		}
	}
	return out
}

// Issue 12, line 17: what a law counts goes on counting in the child.
func TestClocksSurviveASplit(t *testing.T) {
	d := newDesk(t)
	id, aware := exploitedByLaw(d)
	before := d.dues(id)
	require.Contains(t, before["nis2/early-warning"], aware.Add(24*time.Hour).Format(time.RFC3339), "%v", before)
	joined := d.view(id, team).Participants[2]
	d.clock.pass(5 * time.Hour)
	before = d.dues(id)
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "second", Reports: []cvd.ReportID{1}, Vulnerabilities: []cvd.VulnID{2}, Participants: []cvd.PartyID{3}})
	require.NoError(t, err)
	after := d.dues(child.ID)
	for x, due := range before {
		if x != "team/status-update#1" { // the reporter is told that its report goes on elsewhere
			require.Equal(t, due, after[x], x)
		}
	}
	c := d.view(child.ID, team)
	require.True(t, c.Participants[1].Joined.Equal(joined.Joined), "it was contacted then")
	require.True(t, c.Participants[1].Answered.Equal(joined.Answered))
	require.Len(t, c.Adopted, 2)
	d.clock.pass(4 * 24 * time.Hour)
	d.tick()
	n := len(d.view(child.ID, team).Reminded)
	require.NotZero(t, n)
}

// Issue 12, line 17: after a merge the earlier awareness counts, whatever was
// corrected in the other case.
func TestClocksSurviveAMerge(t *testing.T) {
	d := newDesk(t)
	from, aware := exploitedByLaw(d)
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	later := noon.Add(time.Hour)
	d.do(into, cvd.RecordFact{Fact: policy.FactNIS2Aware, At: later, Instead: true, Reason: "a slip"}, cvd.Acknowledge{})
	d.clock.pass(time.Hour)
	acknowledged := d.view(into, team).Reports[0].Acknowledged
	_, err := d.svc.Merge(ctx, from, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	require.Contains(t, d.dues(into)["nis2/early-warning"], aware.Add(24*time.Hour).Format(time.RFC3339))
	c := d.view(into, team)
	require.True(t, c.Facts("").First(policy.FactAcknowledged).Equal(acknowledged), "our own stays")
	require.Len(t, c.Facts("").Times[policy.FactNIS2Aware], 2)

	// And the other way round.
	d = newDesk(t)
	into, aware = exploitedByLaw(d)
	from = d.do(cvd.CaseID{}, reportBy("zoe")).ID
	d.do(from, cvd.RecordFact{Fact: policy.FactNIS2Aware, At: later, Instead: true, Reason: "a slip"})
	_, err = d.svc.Merge(ctx, from, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	require.Contains(t, d.dues(into)["nis2/early-warning"], aware.Add(24*time.Hour).Format(time.RFC3339))
}

// Issue 12, line 17: a case that is opened again is late where it was late, and what
// the team published is not somebody else's disclosure.
func TestClocksSurviveReopening(t *testing.T) {
	d := newDesk(t)
	id, _ := exploitedByLaw(d)
	d.clock.t = days(31)
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1, 2}, Advisories: []string{"https://example.org/1"}})
	before := d.dues(id)
	d.do(id, cvd.Close{})
	d.clock.pass(time.Hour)
	next, err := d.svc.Reopen(ctx, id, staff, cvd.Reopen{Reason: "the fix does not help"})
	require.NoError(t, err)
	after := d.dues(next.ID)
	for x, due := range before {
		if x != "team/assess" && x != "team/status-update#1" { // it is judged again, and its reporter was told
			require.Equal(t, due, after[x], x)
		}
	}
	c := d.view(next.ID, team)
	require.Len(t, c.Publications, 1)
	require.True(t, c.Vulnerabilities[0].Published.Equal(days(31)))
	require.True(t, c.Facts("").First(policy.FactDisclosedByOther).IsZero())
	require.True(t, c.Facts("").First(policy.FactDisclosed).Equal(days(31)))
}

// What was published before a split is nobody else's disclosure in the child.
func TestPublishedPartsMoveAsPublished(t *testing.T) {
	d := newDesk(t)
	id, _ := exploitedByLaw(d)
	d.clock.t = days(31)
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{2}})
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "second", Vulnerabilities: []cvd.VulnID{2}})
	require.NoError(t, err)
	require.True(t, child.Vulnerabilities[0].Published.Equal(days(31)))
	f := d.view(child.ID, team).Facts("")
	require.True(t, f.First(policy.FactDisclosed).Equal(days(31)))
	require.True(t, f.First(policy.FactDisclosedByOther).IsZero())
}

// A pause that is over stays one in the child.
func TestPausesSurviveASplit(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "which version?"})
	d.clock.pass(48 * time.Hour)
	d.do(id, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "1.4"}, cvd.AddVulnerability{Title: "another"}, cvd.Triage{Outcome: cvd.OutcomeValid})
	before := d.view(id, team).Facts("").Pauses
	require.Len(t, before, 1)
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "second", Reports: []cvd.ReportID{1}, Vulnerabilities: []cvd.VulnID{2}})
	require.NoError(t, err)
	require.Equal(t, before, d.view(child.ID, team).Facts("").Pauses)
}
