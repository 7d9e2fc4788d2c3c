package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Issue 12, line 16: a plan can be cancelled, also one that has begun, and made
// anew.
func TestCancelRelease(t *testing.T) {
	d := newDesk(t)
	id := releaseDue(d)
	d.do(id, cvd.RecordOutput{Output: "csaf"})
	d.refused(id, cvd.RuleOnce, cvd.PlanRelease{At: days(40), Outputs: []string{"cve"}})
	c := d.do(id, cvd.CancelRelease{Reason: "the fix breaks the boot loader"})
	require.True(t, c.Release.Planned.IsZero())
	d.refused(id, cvd.RuleKnown, cvd.CancelRelease{Reason: "again"})
	c = d.do(id, cvd.PlanRelease{At: days(40), Outputs: []string{"cve"}})
	require.Empty(t, c.Release.Approvals)
	d.clock.t = days(41)
	d.refused(id, cvd.RuleReleaseTwo, cvd.RecordOutput{Output: "cve"})
}

// Issue 12, line 16: after an exploit became public one person on duty publishes,
// with a reason that stays on record.
func TestEmergencyPublication(t *testing.T) {
	d := newDesk(t)
	id := releasePlanned(d)
	now := cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Emergency: "an exploit is on a mailing list"}
	d.refused(id, cvd.RuleReleaseEmergency, now)
	d.do(id, cvd.Observe{What: vultron.ExploitPublic, Adopt: true})
	d.refused(id, cvd.RuleReleaseTwo, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	_, err := d.svc.Do(ctx, id, cvd.By{}, now)
	require.ErrorIs(t, err, cvd.ErrRefused, "somebody without a name is nobody")
	c := d.do(id, now, cvd.RecordOutput{Output: "csaf"})
	require.False(t, c.Vulnerabilities[0].Published.IsZero())
	require.Equal(t, "an exploit is on a mailing list", string(d.view(id, team).Publications[0].Emergency))
	require.Empty(t, d.view(id, cvd.Viewer{Party: 2}).Publications[0].Emergency)
	require.Empty(t, d.view(id, cvd.Viewer{}).Publications[0].Emergency)
	// The order of the outputs stays.
	d.do(id, cvd.RecordOutput{Output: "cve"})
	_, more := d.view(id, team).Release.Next()
	require.False(t, more)
}

// Issue 12, line 16: a child is not published on the word of one person while its
// parent demands two, and a vendor's hold comes along.
func TestReleaseMovesWithSplit(t *testing.T) {
	d := newDesk(t)
	id := releaseHeld(d)
	d.do(id, cvd.AddVulnerability{Title: "the second"})
	d.do(id, cvd.PlanNotification{List: "distros", Parties: []cvd.PartyID{2, 3}, Lead: 5 * 24 * time.Hour, Agreement: "list rules"})
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "second", Vulnerabilities: []cvd.VulnID{2}, Participants: []cvd.PartyID{3}})
	require.NoError(t, err)
	require.True(t, child.Release.At.Equal(days(31)))
	require.Len(t, child.Release.Outputs, 2)
	require.Empty(t, child.Release.Approvals, "what was approved is something else")
	require.Equal(t, []cvd.PartyID{2}, child.Release.Held())
	full := d.view(child.ID, team)
	require.Equal(t, "not ready", string(full.Release.Answers[0].Reason))
	require.Len(t, full.Lists, 1)
	require.Equal(t, []cvd.PartyID{2}, full.Lists[0].Parties)
	require.Equal(t, "list rules", string(full.Lists[0].Agreement))
	d.clock.t = days(32)
	d.refused(child.ID, cvd.RuleReleaseTwo, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
}

// Issue 12, line 16: plans of two cases become one, which is to be approved anew.
func TestReleaseMovesWithMerge(t *testing.T) {
	d := newDesk(t)
	into, from := releaseApproved(d), d.do(cvd.CaseID{}, reportBy("zoe")).ID
	d.do(from, cvd.Identify{CVE: "CVE-1900-0009"})
	d.do(into, cvd.Identify{CVE: "CVE-1900-0008"},
		cvd.PlanNotification{List: "distros", Parties: []cvd.PartyID{3}, Lead: 5 * 24 * time.Hour, Agreement: "rules"})
	d.do(from, vendorAt("two"), cvd.PlanRelease{At: days(40), Outputs: []string{"cve", "blog"}},
		cvd.AnswerRelease{Party: 3, Hold: true, Reason: "late"},
		cvd.PlanNotification{List: "distros", Parties: []cvd.PartyID{3}, Lead: 2 * 24 * time.Hour, Agreement: "other rules"})
	c, err := d.svc.Merge(ctx, from, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	require.True(t, c.Release.At.Equal(days(40)), "the later instant")
	require.Len(t, c.Release.Outputs, 3)
	require.Empty(t, c.Release.Approvals)
	require.Len(t, c.Release.Held(), 1)
	full := d.view(into, team)
	require.Len(t, full.Lists, 1)
	require.Len(t, full.Lists[0].Parties, 2)
	require.Equal(t, 2*24*time.Hour, full.Lists[0].Lead)
	require.Equal(t, "rules\n\nother rules", string(full.Lists[0].Agreement))
}
