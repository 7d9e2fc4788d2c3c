package service_test

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// deciding reports whether the caller was called by a decision.
func deciding() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "engine.(*answers).pass") {
			return true
		}
		if !more {
			return false
		}
	}
}

// outside fails a test that reads or writes while a decision runs. Every desk has it.
type outside struct{ t testing.TB }

func (o outside) note(call string) {
	if deciding() {
		o.t.Errorf("a decision calls %s: what it needs is asked for, and looked up between its passes", call)
	}
}

type outsideStore struct {
	*memstore.Store
	outside
}

func (s outsideStore) Append(ctx context.Context, c []storage.Change) error {
	s.note("Append")
	return s.Store.Append(ctx, c)
}

func (s outsideStore) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, n int, private bool) ([]storage.Record, error) {
	s.note("Load")
	return s.Store.Load(ctx, id, after, n, private)
}

func (s outsideStore) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	s.note("Heads")
	return s.Store.Heads(ctx, q)
}

func (s outsideStore) Lookup(ctx context.Context, k storage.Key) (cvd.CaseID, error) {
	s.note("Lookup")
	return s.Store.Lookup(ctx, k)
}

func (s outsideStore) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	s.note("Claim")
	return s.Store.Claim(ctx, now, lease, n)
}

func (s outsideStore) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	s.note("Postpone")
	return s.Store.Postpone(ctx, d, retry)
}

type outsideBlobs struct {
	storage.BlobStore
	outside
}

func (b outsideBlobs) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	b.note("Put")
	return b.BlobStore.Put(ctx, id, r)
}

func (b outsideBlobs) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	b.note("Open")
	return b.BlobStore.Open(ctx, id)
}

func (b outsideBlobs) Delete(ctx context.Context, id storage.BlobID) error {
	b.note("Delete")
	return b.BlobStore.Delete(ctx, id)
}

// Decisions do no I/O, in none of the stories; and the check sees them: chance is what
// they draw while they run.
func TestDecisionsDoNoIO(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			seen := 0
			d := newDesk(t, func(c *cvd.Config) {
				draw := c.Rand
				c.Rand = readerFunc(func(b []byte) (int, error) {
					if deciding() {
						seen++
					}
					return draw.Read(b)
				})
			})
			story(d)
			require.Positive(t, seen)
		})
	}
}

// What a decision draws it draws once, however often it is made, and questions of one
// call are answered in one go.
func TestDecisionsAskOnce(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	seen := &lookups{Store: d.store}
	e := d.another(func(c *cvd.Config) { c.Store = seen })
	e.do(id, cvd.SetTitle{Title: "t"}) // looks whether the Secret is right
	seen.n = 0
	var cmds []cvd.Command
	for _, x := range []cvd.Private{"1", "2", "3", "2"} {
		cmds = append(cmds, cvd.AddID{IDs: []cvd.ExternalID{{Kind: "ticket", Value: x}}})
	}
	_, err := e.svc.Do(ctx, id, staff, cmds...)
	require.NoError(t, err)
	require.Equal(t, 3, seen.n)
}

type lookups struct {
	storage.Store
	n int
}

func (c *lookups) Lookup(ctx context.Context, k storage.Key) (cvd.CaseID, error) {
	c.n++
	return c.Store.Lookup(ctx, k)
}
