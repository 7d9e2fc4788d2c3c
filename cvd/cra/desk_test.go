package cra_test

import (
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// desk is a team at work, with a clock that the test moves.
type desk struct {
	t   testing.TB
	svc *service.Service
	now time.Time
	cal policy.Calendar
}

// seeded is a reader of numbers that differ and repeat in each run.
type seeded struct{ n uint64 }

func (s *seeded) Read(b []byte) (int, error) {
	for i := range b {
		if i%8 == 0 {
			s.n = s.n*6364136223846793005 + 1442695040888963407
		}
		var v [8]byte
		binary.BigEndian.PutUint64(v[:], s.n)
		b[i] = v[i%8]
	}
	return len(b), nil
}

func newDesk(t testing.TB, change ...func(*cvd.Config)) *desk {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	d := &desk{t: t, now: time.Date(2026, 11, 6, 20, 30, 0, 0, loc), cal: policy.Calendar{Zone: loc, Holidays: []policy.Holiday{
		{Year: 2026, Month: 12, Day: 25, Name: "Christmas Day"}, {Year: 2026, Month: 12, Day: 26, Name: "Boxing Day"}, {Year: 2027, Month: 1, Day: 1, Name: "New Year's Day"}}}}
	clock := func() time.Time { return d.now }
	cfg := cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(clock), Secret: []byte(strings.Repeat("s", 32)), Now: clock, Rand: &seeded{1},
		Team: cvd.Team{Name: "Gateway Works"}, Calendar: d.cal}
	for _, f := range change {
		f(&cfg)
	}
	d.svc, err = service.New(cfg)
	require.NoError(t, err)
	return d
}

var (
	ctx  = context.Background()
	team = cvd.Viewer{Team: true}
)

func (d *desk) do(id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	d.t.Helper()
	c, err := d.svc.Do(ctx, id, cvd.By{Actor: "ada"}, cmds...)
	require.NoError(d.t, err)
	return c
}

// opened is a case about a product of the team, with a reporter who said it in
// confidence.
func (d *desk) opened() cvd.CaseID {
	d.t.Helper()
	c := d.do(cvd.CaseID{}, cvd.Receive{Title: "Overflow that Rosa saw first", Summary: "I found a heap overflow in the frame parser of your gateway",
		Observations: "the crash log of my neighbour's device", Reporter: cvd.Contact{Name: "Rosa Finder", Email: "rosa@finder.example"}})
	d.do(c.ID, cvd.AddProduct{Name: "Gateway OS", Versions: "7.0 to 7.4.2"}, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
	return c.ID
}

func (d *desk) view(id cvd.CaseID) *cvd.Case {
	d.t.Helper()
	c, err := d.svc.View(ctx, id, team)
	require.NoError(d.t, err)
	return c
}

func (d *desk) deadlines(id cvd.CaseID) []policy.Deadline {
	d.t.Helper()
	ds, err := d.svc.Deadlines(d.view(id), d.now)
	require.NoError(d.t, err)
	return ds
}

func (d *desk) procedures(id cvd.CaseID) []cra.Procedure {
	d.t.Helper()
	return cra.Procedures(d.view(id), d.deadlines(id))
}

// procedure is the one of a matter.
func (d *desk) procedure(id cvd.CaseID, matter string) cra.Procedure {
	d.t.Helper()
	for _, p := range d.procedures(id) {
		if p.Matter.String() == matter {
			return p
		}
	}
	d.t.Fatalf("no procedure %s", matter)
	return cra.Procedure{}
}

func (d *desk) draft(id cvd.CaseID, matter string, stage cvd.ReportStage, o cra.Options) cra.Draft {
	d.t.Helper()
	o.Now = d.now
	return cra.Prepare(d.view(id), d.procedure(id, matter), stage, o)
}

func field(t testing.TB, d cra.Draft, key string) cra.Field {
	t.Helper()
	for _, f := range d.Fields {
		if f.Key == key {
			return f
		}
	}
	t.Fatalf("no field %s", key)
	return cra.Field{}
}

// deployed makes the fix of a vendor available to users.
func deployed(v cvd.VulnID, vendor cvd.PartyID, at time.Time) []cvd.Command {
	var cmds []cvd.Command
	for _, what := range []vultron.CSEvent{vultron.VendorAware, vultron.FixReady, vultron.FixDeployed} {
		cmds = append(cmds, cvd.Observe{What: what, Vuln: v, Vendor: vendor, Observed: at, Adopt: true})
	}
	return cmds
}
