package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func TestReleaseHasOneInstantForAll(t *testing.T) {
	d := newDesk(t)
	id := releaseApproved(d)
	d.refused(id, cvd.RuleReleaseInstant, cvd.RecordOutput{Output: "csaf"})
	d.refused(id, cvd.RuleReleaseInstant, cvd.Publish{})
	for _, v := range []cvd.Viewer{team, {Party: 2}} {
		require.True(t, d.view(id, v).Release.At.Equal(days(31)))
	}
	require.True(t, d.view(id, cvd.Viewer{Party: 3}).Release.At.IsZero(), "who has not agreed does not learn of it")
	d.clock.t = days(31)
	c := d.do(id, cvd.RecordOutput{Output: "csaf", Ref: "https://example.org/1"}, cvd.RecordOutput{Output: "cve"}, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	_, more := c.Release.Next()
	require.False(t, more)
	require.Equal(t, "https://example.org/1", c.Release.Outputs[0].Ref)
}

func TestReleaseOutputsAreDoneInOrderAndOnce(t *testing.T) {
	d := newDesk(t)
	id := releaseDue(d)
	d.refused(id, cvd.RuleReleaseOrder, cvd.RecordOutput{Output: "cve"})
	c := d.do(id, cvd.RecordOutput{Output: "csaf"})
	require.False(t, c.Repeated)
	again := d.do(id, cvd.RecordOutput{Output: "csaf", Ref: "elsewhere"})
	require.True(t, again.Repeated)
	require.Equal(t, c.Seq, again.Seq)
	d.refused(id, cvd.RuleOnce, cvd.PlanRelease{At: days(40), Outputs: []string{"csaf"}})
}

func TestReleaseTakesTwoPeople(t *testing.T) {
	d := newDesk(t)
	id := releasePlanned(d)
	d.do(id, cvd.ApproveRelease{})
	d.refused(id, cvd.RuleReleaseTwo, cvd.ApproveRelease{})
	_, err := d.svc.Do(ctx, id, cvd.By{}, cvd.ApproveRelease{})
	require.ErrorIs(t, err, cvd.ErrRefused, "somebody without a name is nobody")
	d.by(bob, id, cvd.ApproveRelease{})
	d.clock.t = days(31)
	d.do(id, cvd.RecordOutput{Output: "csaf"})
}

func TestReleaseWaitsForAVendorThatHoldsIt(t *testing.T) {
	d := newDesk(t)
	id := releaseHeld(d) // one of the approvals is despite the hold
	d.clock.t = days(31)
	d.refused(id, cvd.RuleReleaseHold, cvd.RecordOutput{Output: "csaf"})
	d.do(id, cvd.AnswerRelease{Party: 3}, cvd.RecordOutput{Output: "csaf"})

	d = newDesk(t)
	id = approvedBy(after(releasePlanned, cvd.AnswerRelease{Party: 3, Hold: true, Reason: "r"}),
		cvd.ApproveRelease{DespiteHold: true, Reason: "late"}, cvd.ApproveRelease{DespiteHold: true, Reason: "too late"})(d)
	d.clock.t = days(31)
	d.do(id, cvd.RecordOutput{Output: "csaf"})
	// No answer is neither.
	d = newDesk(t)
	id = releaseApproved(d)
	c := d.view(id, team)
	require.Empty(t, c.Release.Answers)
	require.Empty(t, c.Release.Held())
}

func TestPlanningAgainAsksAgain(t *testing.T) {
	d := newDesk(t)
	id := releaseApproved(d)
	c := d.do(id, cvd.PlanRelease{At: days(40), Outputs: []string{"csaf"}})
	require.Empty(t, c.Release.Approvals)
	d.clock.t = days(41)
	d.refused(id, cvd.RuleReleaseTwo, cvd.RecordOutput{Output: "csaf"})
}

func TestPreNotificationList(t *testing.T) {
	d := newDesk(t)
	id := releaseApproved(d) // at day 31
	d.do(id, vendorAt("two"), vendorAt("no"), cvd.AnswerInvitation{Party: 5})
	d.do(id, cvd.PlanNotification{List: "distros", Parties: []cvd.PartyID{4, 5}, Lead: 5 * 24 * time.Hour, Agreement: "list rules, version 2"})
	d.refused(id, cvd.RuleListLead, cvd.NotifyList{List: "distros", Text: "the details"})
	require.Empty(t, d.view(id, cvd.Viewer{Party: 4}).Title)
	d.clock.t = days(26)
	d.relay()
	d.box.got = nil
	c := d.do(id, cvd.NotifyList{List: "distros", Text: "the details"})
	require.Equal(t, vultron.Signatory, c.Participants[3].Consent, "the list's rules count as consent")
	require.Equal(t, vultron.Declined, c.Participants[4].Consent, "a refusal stays one")
	d.relay()
	require.Len(t, d.box.got, 1)
	require.Equal(t, "two", string(d.box.got[0].To.Address))
	require.Contains(t, string(d.box.got[0].Text), "the details")
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 4}).Title)
	require.Nil(t, d.view(id, cvd.Viewer{Party: 4}).Lists)
	d.refused(id, cvd.RuleOnce, cvd.NotifyList{List: "distros", Text: "t"})
}
