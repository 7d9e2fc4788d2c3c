package demo_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/examples/desk/internal/demo"
)

var everything = cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}

func config() cvd.Config {
	now := time.Date(2026, 11, 27, 12, 5, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	return cvd.Config{Store: memstore.New(), State: memstore.NewState(), Blobs: memstore.NewBlobs(clock), Secret: bytes.Repeat([]byte("demo"), 8), Now: clock,
		Team: cvd.Team{Name: "Example PSIRT"}}
}

func all(t *testing.T, cfg cvd.Config, f service.Filter) []cvd.Summary {
	svc, err := service.New(cfg)
	require.NoError(t, err)
	p, err := svc.Find(t.Context(), everything, f, "", 100)
	require.NoError(t, err)
	require.Empty(t, p.Problems)
	return p.Cases
}

func titles(list []cvd.Summary) (out []string) {
	for _, x := range list {
		out = append(out, string(x.Title))
	}
	return out
}

func TestEachKindIsThere(t *testing.T) {
	cfg := config()
	tour, err := demo.Load(t.Context(), cfg)
	require.NoError(t, err)
	svc, err := service.New(cfg)
	require.NoError(t, err)
	for _, code := range []cvd.Private{tour.Receipt, tour.Code} {
		a, err := svc.Access(t.Context(), code)
		require.NoError(t, err)
		c, err := svc.View(t.Context(), a.Case, a.Viewer())
		require.NoError(t, err)
		require.Equal(t, tour.Number, c.Number)
	}
	stage := func(s cvd.Stage) service.Filter { return service.Filter{Stage: &s} }
	for name, f := range map[string]service.Filter{
		"submission": stage(cvd.StageSubmission), "quarantine": stage(cvd.StageQuarantine), "dismissed": stage(cvd.StageDismissed), "merged": stage(cvd.StageMerged),
		"closed": {Closed: true}, "unread": {Unread: true}, "overdue": {DueBefore: cfg.Now()}, "unassigned": {Open: true, Unassigned: true},
	} {
		if name == "merged" {
			continue // the merged one was a case already
		}
		require.NotEmpty(t, all(t, cfg, f), name)
	}
	// Each group has a case that the other does not even count.
	seen := func(m demo.Member) []string {
		p, err := svc.Find(t.Context(), cvd.Viewer{Team: true, Groups: m.Groups}, service.Filter{}, "", 100)
		require.NoError(t, err)
		return titles(p.Cases)
	}
	a, b, c := seen(demo.Members()[0]), seen(demo.Members()[1]), seen(demo.Members()[2])
	require.Len(t, c, len(a)+1)
	require.Len(t, c, len(b)+1)
	require.NotEqual(t, a, b)
	// Nothing is left to be sent, and nothing lies ahead.
	r, err := svc.Relay(t.Context(), 100)
	require.NoError(t, err)
	require.Zero(t, r)
	for _, x := range all(t, cfg, service.Filter{}) {
		require.False(t, x.Changed.After(cfg.Now()), string(x.Title))
	}
}

func TestLoadedTwiceIsLoadedOnce(t *testing.T) {
	cfg := config()
	tour, err := demo.Load(t.Context(), cfg)
	require.NoError(t, err)
	before := all(t, cfg, service.Filter{})
	again, err := demo.Load(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, tour, again)
	require.Equal(t, before, all(t, cfg, service.Filter{}))
}

// dying is a store that fails after so many appends, before or after the write.
type dying struct {
	storage.Store
	left  int
	after bool
}

var errDied = errors.New("died")

func (d *dying) Append(ctx context.Context, c []storage.Change) error {
	d.left--
	if d.left > 0 {
		return d.Store.Append(ctx, c)
	}
	if d.after && d.left == 0 {
		_ = d.Store.Append(ctx, c)
	}
	return errDied
}

func TestWhatAProcessLeftOutIsAdded(t *testing.T) {
	whole := config()
	_, err := demo.Load(t.Context(), whole)
	require.NoError(t, err)
	want := map[string]int{} // what is unread, by title
	for _, x := range all(t, whole, service.Filter{}) {
		want[string(x.Title)] = x.Unread
	}
	for n, after := 1, false; n < 400; n, after = n+41, !after {
		cfg := config()
		died := cfg
		died.Store = &dying{cfg.Store, n, after}
		_, err := demo.Load(t.Context(), died)
		if err == nil {
			break
		}
		require.ErrorIs(t, err, errDied)
		_, err = demo.Load(t.Context(), cfg)
		require.NoError(t, err, n)
		got := map[string]int{}
		for _, x := range all(t, cfg, service.Filter{}) {
			got[string(x.Title)] = x.Unread
		}
		require.Equal(t, want, got, n)
	}
}

func TestSeveralProcessesLoadAtOnce(t *testing.T) {
	cfg := config()
	var wait sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wait.Go(func() { _, errs[i] = demo.Load(t.Context(), cfg) })
	}
	wait.Wait()
	require.NoError(t, errors.Join(errs...))
	list := titles(all(t, cfg, service.Filter{}))
	slices.Sort(list)
	require.Equal(t, slices.Compact(slices.Clone(list)), list)
}

func TestDemonstrationAndRealCasesNeverMix(t *testing.T) {
	// A database with a case, made before there were marks.
	cfg := config()
	svc, err := service.New(cfg)
	require.NoError(t, err)
	_, err = svc.Do(t.Context(), cvd.CaseID{}, cvd.By{Actor: "ana"}, cvd.Open{Origin: cvd.OriginOutbound, Title: "real"})
	require.NoError(t, err)
	_, err = demo.Load(t.Context(), cfg)
	require.ErrorIs(t, err, demo.ErrReal)
	require.Equal(t, []string{"real"}, titles(all(t, cfg, service.Filter{})))

	// One that is real and still empty.
	cfg = config()
	svc, err = service.New(cfg)
	require.NoError(t, err)
	require.NoError(t, demo.Claim(t.Context(), svc, cfg.State, demo.Real, cfg.Now()))
	_, err = demo.Load(t.Context(), cfg)
	require.ErrorIs(t, err, demo.ErrReal)
	require.Empty(t, all(t, cfg, service.Filter{}))

	// One of demonstration cases, also where the first process died at once.
	cfg = config()
	svc, err = service.New(cfg)
	require.NoError(t, err)
	died := cfg
	died.Store = &dying{cfg.Store, 1, false}
	_, err = demo.Load(t.Context(), died)
	require.ErrorIs(t, err, errDied)
	require.ErrorIs(t, demo.Claim(t.Context(), svc, cfg.State, demo.Real, cfg.Now()), demo.ErrDemonstration)
}
