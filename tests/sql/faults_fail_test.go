package sqltest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestLoadFindsLosses plants in a sound store what the tests of faults are to find.
func TestLoadFindsLosses(t *testing.T) {
	for name, x := range map[string]struct {
		spoil func(n int64, c *storage.Change) (write bool)
		want  string
	}{
		"a write is lost": {func(n int64, c *storage.Change) bool { return n%50 != 0 || len(c.Records) == 0 }, "was acknowledged"},
		"a key is lost":   {func(_ int64, c *storage.Change) bool { c.Take = nil; return true }, "a key of case"},
		"a delivery is lost": {func(n int64, c *storage.Change) bool {
			if n%10 == 0 {
				c.Enqueue = nil
			}
			return true
		}, "asked for a delivery"},
		"a delivery is invented": {func(n int64, c *storage.Change) bool {
			if n%10 == 0 && len(c.Records) > 0 && len(c.Enqueue) == 0 {
				c.Enqueue = []storage.Delivery{{Case: c.ID, Lane: storage.LaneID(c.ID), Ref: c.Head.Seq, At: 1}}
			}
			return true
		}, "it was delivered"},
		"none": {func(int64, *storage.Change) bool { return true }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			said := &recorder{TB: t}
			sound := memstore.New()
			var n atomic.Int64
			ctx, stop := context.WithCancel(t.Context())
			s := &spoiled{Store: sound, spoil: func(c *storage.Change) bool {
				i := n.Add(1)
				if i == 2000 {
					stop()
				}
				return x.spoil(i, c)
			}}
			l := newLoad(said, 1, 4)
			l.run(ctx, func() storage.Store { return s }, 2)
			l.check(sound)
			if found := strings.Contains(said.text.String(), x.want); x.want != "" && !found || x.want == "" && said.text.Len() > 0 {
				t.Errorf("it is said: %.300s", said.text.String())
			}
		})
	}
}

// recorder keeps what a test says is wrong.
type recorder struct {
	testing.TB
	mu   sync.Mutex
	text strings.Builder
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.text, format+"\n", args...)
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprintln(args...)) }

// run ends f where it is said that nothing further can be tested.
func (r *recorder) run(f func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	wg.Wait()
}

// spoiled alters what is written, or writes nothing and says that it has.
type spoiled struct {
	storage.Store
	spoil func(*storage.Change) bool
}

func (s *spoiled) Append(ctx context.Context, changes []storage.Change) error {
	c := append([]storage.Change(nil), changes...)
	if !s.spoil(&c[0]) {
		return nil
	}
	return s.Store.Append(ctx, c)
}
