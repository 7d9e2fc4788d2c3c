package service_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/measure"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *desk) tick() cvd.Ticked {
	d.t.Helper()
	out, err := d.svc.Tick(context.Background(), 100)
	require.NoError(d.t, err)
	return out
}

func TestTickRemindsOnceAndSaysWhenItIsNextDue(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	require.Empty(t, d.tick().Reminders, "nothing is due yet")
	d.clock.pass(40 * time.Hour)
	got := d.tick()
	require.Len(t, got.Reminders, 1)
	require.Equal(t, "acknowledge", got.Reminders[0].Deadline.Clock)
	require.Equal(t, policy.ReminderSoon, got.Reminders[0].Kind)
	require.Empty(t, d.tick().Reminders, "each is recorded once")
	require.True(t, got.Next.After(d.clock.Now()))

	d.clock.t = got.Next
	require.NotEmpty(t, d.tick().Reminders, "it is due when Tick said so")
	d.do(id, cvd.Acknowledge{})
	c := d.view(id, team)
	for _, dl := range d.deadlines(c) {
		if dl.Clock == "acknowledge" {
			require.Equal(t, policy.DeadlineMet, dl.State)
		}
	}
	require.Len(t, c.Reminded, 2)
}

func (d *desk) deadlines(c *cvd.Case) []policy.Deadline {
	d.t.Helper()
	ds, err := d.svc.Deadlines(c, d.clock.Now())
	require.NoError(d.t, err)
	return ds
}

// TestPoliciesOfALaterVersion: dates that this version cannot compute are missed
// aloud, and those of other policies go on.
func TestPoliciesOfALaterVersion(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	later, err := policy.Adopted{Policy: "team", Version: 99, Subject: "later", At: d.clock.t}.MarshalBinary()
	require.NoError(t, err)
	require.NoError(t, d.store.Append(ctx, []storage.Change{service.AppendedBy(c, cvd.CommandID{7}, "policy.adopted/1", false, service.PolicyAdopted(later), nil)}))
	d = d.another()
	c = d.view(c.ID, team)
	require.Len(t, c.Adopted, 2)
	ds, err := d.svc.Deadlines(c, d.clock.t)
	require.ErrorIs(t, err, policy.ErrUnknown)
	require.ErrorContains(t, err, "team, version 99")
	require.NotEmpty(t, ds)
	require.Contains(t, d.svc.Timeline(c).Text(), "Dates are missing")
	d.clock.pass(40 * time.Hour)
	got := d.tick()
	require.Len(t, got.Reminders, 1, "the other policy reminds")
	require.Len(t, got.Problems, 1)
	require.ErrorIs(t, got.Problems[0].Err, policy.ErrUnknown)
}

func TestTickOfManyProcesses(t *testing.T) {
	d := newDesk(t)
	const cases = 50
	for i := range cases {
		r := report
		r.IDs = []cvd.ExternalID{{Kind: "n", Value: cvd.Private(rune('A' + i))}}
		d.do(cvd.CaseID{}, r)
	}
	d.clock.pass(40 * time.Hour)
	var mu sync.Mutex
	var wg sync.WaitGroup
	recorded := map[cvd.CaseID]int{}
	for range 16 {
		svc, err := service.New(d.cfg)
		require.NoError(t, err)
		wg.Go(func() {
			for {
				out, err := svc.Tick(context.Background(), 7)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, a := range out.Reminders {
					recorded[a.Case]++
				}
				mu.Unlock()
				if out.Cases == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	require.Len(t, recorded, cases)
	for id, n := range recorded {
		require.Equal(t, 1, n)
		require.Len(t, d.view(id, team).Reminded, 1)
	}
}

func TestRemindersGoToWhoIsPresent(t *testing.T) {
	var absences []policy.Absence
	d := newDesk(t, func(c *cvd.Config) {
		c.OnCall = []string{"carol", "dave"}
		c.Absences = func(time.Time) []policy.Absence { return absences }
		c.Team.Routes = []cvd.Route{{Transport: "box", Address: "team"}}
	})
	id := d.received().ID
	d.do(id, cvd.Assign{To: "bob"})
	d.clock.pass(40 * time.Hour)
	got := d.tick()
	require.Len(t, got.Reminders, 1)
	require.True(t, got.Reminders[0].Assignee)
	d.relay()
	require.Len(t, d.box.got, 1, "the team is told by its own route")
	require.Contains(t, string(d.box.got[0].Text), "For: bob.")

	absences = []policy.Absence{{Person: "bob"}, {Person: "carol"}}
	d.clock.pass(24 * time.Hour)
	got = d.tick()
	require.NotEmpty(t, got.Reminders)
	for _, a := range got.Reminders {
		require.Equal(t, "dave", string(a.To), "bob and carol are away")
	}
}

func TestSilentVendorsAreWrittenTo(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Silent", Routes: []cvd.Route{{Transport: "box", Address: "silent"}}}},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Fast", Routes: []cvd.Route{{Transport: "box", Address: "fast"}}}})
	d.do(id, cvd.ReportState{Party: 4, State: vultron.RMReceived})
	d.relay()
	d.box.got = nil
	d.clock.pass(15 * 24 * time.Hour)
	d.tick()
	d.relay()
	require.Len(t, d.box.got, 1, "only who is silent")
	require.Equal(t, "silent", string(d.box.got[0].To.Address))
	d.clock.pass(15 * 24 * time.Hour)
	d.tick()
	d.relay()
	require.Len(t, d.box.got, 2, "and again after two weeks")
}

func TestDatesMoveOnlyWithARecord(t *testing.T) {
	zero, ok := policy.ByName("project-zero")
	require.True(t, ok)
	d := newDesk(t, func(c *cvd.Config) { c.Policies = []policy.Policy{} })
	id := d.received().ID
	d.do(id, cvd.AdoptPolicy{Policy: zero})
	start := d.clock.Now()
	d.clock.pass(24 * time.Hour)
	c := d.do(id, cvd.RecordFact{Fact: policy.FactVendorNotified, At: start})
	require.NotEmpty(t, c.DateChanges, "the clock has its start")
	n := len(c.DateChanges)
	c = d.do(id, cvd.RecordFact{Fact: policy.FactVendorNotified, At: start.Add(-48 * time.Hour), Instead: true, Reason: "the mail was older"})
	require.Greater(t, len(c.DateChanges), n)
	require.True(t, c.DateChanges[n].Earlier)
	require.NotEmpty(t, c.DateChanges[n].Reason)
}

func TestPausesWhileInformationIsMissing(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "Which version?"})
	state := func() policy.DeadlineState {
		for _, x := range d.deadlines(d.view(id, team)) {
			if x.Clock == "assess" {
				return x.State
			}
		}
		return ""
	}
	require.Equal(t, policy.DeadlinePaused, state())
	d.clock.pass(20 * 24 * time.Hour)
	require.Equal(t, policy.DeadlinePaused, state())
	d.do(id, cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Text: "1.4"})
	require.Contains(t, []policy.DeadlineState{policy.DeadlineRunning, policy.DeadlineDueSoon}, state())
}

func TestMeasuresOfACase(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	start := d.clock.Now()
	d.clock.pass(2 * time.Hour)
	d.do(id, cvd.Acknowledge{})
	d.clock.pass(22 * time.Hour)
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.Observe{What: vultron.VendorAware, Adopt: true})
	d.clock.pass(48 * time.Hour)
	d.do(id, cvd.Observe{What: vultron.FixReady, Adopt: true})
	d.do(id, cvd.RecordStatus{Affected: cvd.IsFixed}, cvd.Publish{}, cvd.Close{})
	m := d.svc.Measured(d.view(id, team))
	require.Equal(t, start, m.Received)
	for stage, want := range map[measure.Stage]time.Duration{
		measure.StageAcknowledge: 2 * time.Hour, measure.StageAssess: 24 * time.Hour,
		measure.StageFix: 72 * time.Hour, measure.StagePublish: 72 * time.Hour,
	} {
		took, ok := m.Took(stage)
		require.True(t, ok, stage)
		require.Equal(t, want, took, stage)
	}
	require.Equal(t, vultron.CSHistory{vultron.VendorAware, vultron.FixReady, vultron.PublicAware}, m.History)
	require.Positive(t, m.Met)
	require.Zero(t, m.Missed)
}

func TestTheEndOfAnEmbargoIsAnnounced(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
	ends := d.clock.Now().AddDate(0, 0, 30)
	d.do(id, cvd.ProposeEmbargo{Ends: ends}, cvd.AcceptEmbargo{Party: 2})
	var got []string
	for d.clock.Now().Before(ends.AddDate(0, 0, 3)) {
		for _, a := range d.tick().Reminders {
			if a.Deadline.Clock == "embargo-end" {
				got = append(got, string(a.Kind)+ends.Sub(d.clock.Now()).Truncate(24*time.Hour).String())
			}
		}
		d.clock.pass(24 * time.Hour)
	}
	require.Equal(t, []string{"soon336h0m0s", "soon72h0m0s", "soon24h0m0s", "due0s", "escalate-24h0m0s"}, got)
}
