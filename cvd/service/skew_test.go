package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// What a process with a faster clock has recorded has happened: a slower one that goes
// on from there keeps the head that the log says. Found by the simulation of
// internal/testonly/cvdsim.
func TestHeadsOfProcessesWithOtherClocks(t *testing.T) {
	d := newDesk(t)
	fast := d.another(func(c *cvd.Config) { c.Now = func() time.Time { return d.clock.Now().Add(40 * time.Second) } })
	id := d.do(cvd.CaseID{}, report).ID
	d.clock.pass(8 * 24 * time.Hour)
	_, err := fast.svc.Tick(ctx, 10)
	require.NoError(t, err)
	d.do(id, cvd.Acknowledge{})
	d.clock.pass(time.Minute)
	d.rebuilt("after the slower process wrote")
}

// What a split carries was recorded by a faster clock: it has happened for the new
// case too.
func TestSplitsOfProcessesWithOtherClocks(t *testing.T) {
	d := newDesk(t)
	fast := d.another(func(c *cvd.Config) { c.Now = func() time.Time { return d.clock.Now().Add(40 * time.Second) } })
	id := d.do(cvd.CaseID{}, report).ID
	fast.do(id, cvd.Acknowledge{})
	_, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "a part", Reports: []cvd.ReportID{1}, Participants: []cvd.PartyID{2}, Vulnerabilities: []cvd.VulnID{1}})
	require.NoError(t, err)
	d.clock.pass(time.Minute)
	d.rebuilt("after the slower process split it")
}

// The index entry of a date that a faster clock has brought goes when a slower one ends
// it.
func TestMonthsOfProcessesWithOtherClocks(t *testing.T) {
	d := newDesk(t)
	fast := d.another(func(c *cvd.Config) { c.Now = func() time.Time { return d.clock.Now().Add(40 * time.Second) } })
	into, id := d.do(cvd.CaseID{}, cvd.Receive{Title: "another"}).ID, d.do(cvd.CaseID{}, report).ID
	d.do(id, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid})
	d.clock.pass(25 * 24 * time.Hour)
	fast.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "this is how it stands"}) // the next is due in April
	_, err := d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	d.clock.pass(time.Minute)
	d.rebuilt("after the slower process merged it")
}
