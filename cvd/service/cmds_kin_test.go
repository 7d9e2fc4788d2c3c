package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// family is a parent under embargo and two children.
func family(d *desk) (parent, one, two cvd.CaseID) {
	parent = embargoed(d)
	d.do(parent, cvd.AddVulnerability{Title: "second"}, cvd.AddVulnerability{Title: "third"})
	for i, id := range []*cvd.CaseID{&one, &two} {
		c, err := d.svc.Split(ctx, parent, staff, cvd.Split{Title: "a part", Vulnerabilities: []cvd.VulnID{cvd.VulnID(i + 2)}})
		require.NoError(d.t, err)
		*id = c.ID
	}
	return parent, one, two
}

func noPolicies(c *cvd.Config) { c.Policies = []policy.Policy{} }

// ticks calls Tick until nothing is left to do.
func (d *desk) ticks() (out []cvd.Alert) {
	d.t.Helper()
	for range 20 {
		x := d.tick()
		require.Empty(d.t, x.Problems)
		out = append(out, x.Reminders...)
		if x.Cases == 0 {
			return out
		}
	}
	d.t.Fatal("Tick finds no end")
	return nil
}

// Issue 12, line 15: a child that ends early tells the parent and the other
// children, each once.
func TestAnEarlyEndIsTold(t *testing.T) {
	d := newDesk(t, noPolicies)
	parent, one, two := family(d)
	d.ticks()
	d.do(one, cvd.Observe{What: vultron.PublicAware, Adopt: true})
	alerts := d.ticks()
	require.Len(t, alerts, 2)
	number := d.view(one, team).Number
	for _, id := range []cvd.CaseID{parent, two} {
		c := d.view(id, team)
		require.Len(t, c.RelatedEnds, 1)
		require.Equal(t, one, c.RelatedEnds[0].Case)
		require.Equal(t, number, c.RelatedEnds[0].Number)
		require.Equal(t, cvd.EndPublicAwareness, c.RelatedEnds[0].Why)
		require.Equal(t, vultron.EMActive, c.Embargo.State, "it is told, and decides by itself")
		require.Empty(t, d.view(parent, cvd.Viewer{Party: 2}).RelatedEnds, "it is the team's to know")
	}
	require.Empty(t, d.view(one, team).RelatedEnds)
	seq := d.view(parent, team).Seq
	d.clock.pass(24 * time.Hour)
	require.Empty(t, d.ticks())
	require.Equal(t, seq, d.view(parent, team).Seq, "once")
}

// Issue 12, line 15: and the other way round; an end that was agreed is no news.
func TestAParentsEndIsTold(t *testing.T) {
	d := newDesk(t, noPolicies, func(c *cvd.Config) { c.Team.Routes = []cvd.Route{{Transport: "box", Address: "team"}} })
	parent, one, two := family(d)
	d.do(parent, cvd.EndEmbargo{Reason: "the parties agree"})
	require.Len(t, d.ticks(), 2)
	require.Len(t, d.view(one, team).RelatedEnds, 1)
	require.Len(t, d.view(two, team).RelatedEnds, 1)
	d.relay()
	require.Contains(t, string(d.box.got[len(d.box.got)-1].Text), "ended early: agreement")
	d.clock.t = days(31)
	d.do(one, cvd.EndEmbargo{})
	require.Empty(t, d.ticks())
	require.Empty(t, d.view(parent, team).RelatedEnds)
}

// A mistake that is taken back before it was told is not told.
func TestAnEndTakenBackIsNotTold(t *testing.T) {
	d := newDesk(t, noPolicies)
	parent, one, _ := family(d)
	c := d.do(one, cvd.Observe{What: vultron.PublicAware, Adopt: true})
	d.do(one, cvd.RetractAdoption{Claim: cvd.ClaimID(len(c.Claims)), Reason: "another product"})
	require.Empty(t, d.ticks())
	require.Empty(t, d.view(parent, team).RelatedEnds)
}

// failing refuses to append to one case.
type failing struct {
	storage.Store
	to cvd.CaseID
}

func (f *failing) Append(ctx context.Context, cs []storage.Change) error {
	for _, c := range cs {
		if c.ID == f.to {
			return errors.New("the disk is full")
		}
	}
	return f.Store.Append(ctx, cs)
}

// Issue 12, line 15: what could not be told is told later, and holds up nobody.
func TestWhatIsOwedSurvives(t *testing.T) {
	f := &failing{}
	d := newDesk(t, noPolicies, func(c *cvd.Config) { f.Store = c.Store; c.Store = f })
	parent, one, two := family(d)
	d.do(parent, cvd.EndEmbargo{Reason: "the parties agree"})
	f.to = one
	require.NotEmpty(t, d.tick().Problems)
	require.Len(t, d.view(two, team).RelatedEnds, 1)
	require.Empty(t, d.view(one, team).RelatedEnds)
	f.to = cvd.CaseID{}
	d.clock.pass(16 * time.Minute)
	e := d.another() // another process, that knows what the log says
	for range 3 {
		_, err := e.svc.Tick(ctx, 100)
		require.NoError(t, err)
	}
	require.Len(t, d.view(one, team).RelatedEnds, 1)
	require.Len(t, d.view(two, team).RelatedEnds, 1)
}
