package service_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// faulty is a Store whose calls a test can watch, alter and break.
type faulty struct {
	storage.Store
	mu       sync.Mutex
	before   error // returned by the next Append, which writes nothing
	after    error // returned by the next Append, which writes
	appended int   // Appends that wrote
	alter    func([]storage.Record) []storage.Record
}

var errBroken = errors.New("the disk is on fire")

func (f *faulty) Append(ctx context.Context, c []storage.Change) error {
	f.mu.Lock()
	before, after := f.before, f.after
	f.before, f.after = nil, nil
	f.mu.Unlock()
	if before != nil {
		return before
	}
	err := f.Store.Append(ctx, c)
	if err == nil {
		f.mu.Lock()
		f.appended++
		f.mu.Unlock()
		err = after
	}
	return err
}

func (f *faulty) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, limit int, private bool) ([]storage.Record, error) {
	if f.alter == nil {
		return f.Store.Load(ctx, id, after, limit, private)
	}
	all, err := f.Store.Load(ctx, id, 0, 1<<20, private)
	if err != nil {
		return nil, err
	}
	all = f.alter(all)
	all = all[min(int(after), len(all)):]
	return all[:min(limit, len(all))], nil
}

func (f *faulty) written() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.appended
}

// another returns a desk of another process on the same stores.
func (d *desk) another(change ...func(*cvd.Config)) *desk {
	e := *d
	for _, f := range change {
		f(&e.cfg)
	}
	var err error
	e.svc, err = service.New(e.cfg)
	require.NoError(d.t, err)
	e.store, e.blobs = e.cfg.Store, e.cfg.Blobs
	return &e
}

// contents lists all that a Store shows of its cases, and the names of all blobs.
func (d *desk) contents() string {
	d.t.Helper()
	var b strings.Builder
	ctx := context.Background()
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 1 << 20})
	require.NoError(d.t, err)
	for _, h := range heads {
		fmt.Fprintf(&b, "%s %d %s %d %q %q\n", h.ID, h.Seq, h.Tip, h.Due, h.Data, h.Private)
		rs, err := d.store.Load(ctx, h.ID, 0, 1<<20, true)
		require.NoError(d.t, err)
		for _, r := range rs {
			fmt.Fprintf(&b, "\t%d %q %q\n", r.Seq, r.Body, r.Private)
		}
	}
	if d.blobs != nil {
		blobs, err := d.blobs.List(ctx, storage.BlobID{}, 1<<20)
		require.NoError(d.t, err)
		for _, x := range blobs {
			fmt.Fprintf(&b, "blob %s %d\n", x.ID, x.Size)
		}
	}
	return b.String()
}

func (d *desk) log(id cvd.CaseID) []storage.Record {
	d.t.Helper()
	rs, err := d.store.Load(context.Background(), id, 0, 1<<20, true)
	require.NoError(d.t, err)
	return rs
}

// names counts the records of a case by name.
func (d *desk) names(id cvd.CaseID) map[cvd.EventKind]int {
	d.t.Helper()
	out := map[cvd.EventKind]int{}
	for _, e := range d.view(id, team).Events {
		out[e.Kind]++
	}
	return out
}

// fixedRand gives the bytes of one block again and again.
type fixedRand []byte

func (f fixedRand) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = f[i%len(f)]
	}
	return len(b), nil
}

func onFaulty(f **faulty) func(*cvd.Config) {
	return func(c *cvd.Config) {
		*f = &faulty{Store: c.Store}
		c.Store = *f
	}
}

func withDesk(t *testing.T, story func(*desk) cvd.CaseID) (*desk, cvd.CaseID) {
	t.Helper()
	d := newDesk(t)
	return d, story(d)
}

// sources parses the files of cvd and of this package but for their tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	words, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	names = append(names, words...)
	out := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		out[name], err = parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
	}
	return out
}
