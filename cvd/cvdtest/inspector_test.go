package cvdtest

import (
	"context"
	"slices"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestMemstoreInspects(t *testing.T) {
	TestInspector(t, func(*testing.T) storage.Store { return memstore.New() })
}

// oddly is a memstore whose Inspect is altered.
type oddly struct {
	*memstore.Store
	alter func([]storage.Rows) []storage.Rows
	ask   func(after *storage.CaseID, n *int)
	deaf  bool
}

func (s oddly) Inspect(ctx context.Context, after storage.CaseID, n int) ([]storage.Rows, error) {
	if s.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	if s.ask != nil {
		s.ask(&after, &n)
	}
	rows, err := s.Store.Inspect(ctx, after, n)
	if s.alter != nil && err == nil {
		rows = s.alter(rows)
	}
	return rows, err
}

func TestInspectorFindsFaults(t *testing.T) {
	each := func(f func(r *storage.Rows)) func([]storage.Rows) []storage.Rows {
		return func(rows []storage.Rows) []storage.Rows {
			for i := range rows {
				f(&rows[i])
			}
			return rows
		}
	}
	var faults []broken[storage.Store]
	for _, x := range []struct {
		what  string
		fault oddly
		fails string
	}{
		{"there are no heads", oddly{alter: each(func(r *storage.Rows) { r.Head = nil })}, "inspect/rows"},
		{"there is no Due", oddly{alter: each(func(r *storage.Rows) { r.Head.Due = 0 })}, "inspect/rows"},
		{"records are counted twice", oddly{alter: each(func(r *storage.Rows) { r.Records *= 2 })}, "inspect/rows"},
		{"keys are in no order", oddly{alter: each(func(r *storage.Rows) { slices.Reverse(r.Keys) })}, "inspect/rows"},
		{"terms are missing", oddly{alter: each(func(r *storage.Rows) { r.Terms = r.Terms[:len(r.Terms)-1] })}, "inspect/rows"},
		{"there are no Tries", oddly{alter: each(func(r *storage.Rows) { r.Deliveries[0].Tries = 0 })}, "inspect/changes"},
		{"there are no Tokens", oddly{alter: each(func(r *storage.Rows) { r.Deliveries[0].Token = 0 })}, "inspect/changes"},
		{"there is one more than n", oddly{ask: func(_ *storage.CaseID, n *int) { *n++ }}, "inspect/pages"},
		{"cases come descending", oddly{alter: func(r []storage.Rows) []storage.Rows { slices.Reverse(r); return r }}, "inspect/pages"},
		{"the last case is lost", oddly{alter: func(r []storage.Rows) []storage.Rows { return r[:max(0, len(r)-1)] }}, "inspect/pages"},
		{"no context is looked at", oddly{deaf: true}, "inspect/context"},
	} {
		faults = append(faults, broken[storage.Store]{x.what, func() storage.Store {
			x.fault.Store = memstore.New()
			return x.fault
		}, []string{x.fails}})
	}
	testBroken(t, inspectorRules, faults)
}
