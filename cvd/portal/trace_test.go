package portal_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// trace is what a site asks of its stores, in order: what somebody could learn from how
// long an answer takes.
type trace struct {
	mu    sync.Mutex
	calls []string
}

func (x *trace) note(what string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, fmt.Sprintf(what, args...))
}

// during returns what is asked while f runs.
func (x *trace) during(f func()) []string {
	x.mu.Lock()
	x.calls = nil
	x.mu.Unlock()
	f()
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.calls
}

type tracedStore struct {
	*memstore.Store
	asked *trace
}

func (s tracedStore) Append(ctx context.Context, changes []storage.Change) error {
	size := 0
	for _, x := range changes {
		for _, r := range x.Records {
			size += len(r.Body) + len(r.Private)
		}
	}
	s.asked.note("Store.Append of %d, %d bytes", len(changes), size)
	return s.Store.Append(ctx, changes)
}

func (s tracedStore) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]storage.Record, error) {
	out, err := s.Store.Load(ctx, id, after, max, private)
	s.asked.note("Store.Load of %d", len(out))
	return out, err
}

func (s tracedStore) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	out, err := s.Store.Heads(ctx, q)
	s.asked.note("Store.Heads of %d", len(out))
	return out, err
}

func (s tracedStore) Lookup(ctx context.Context, k storage.Key) (cvd.CaseID, error) {
	out, err := s.Store.Lookup(ctx, k)
	s.asked.note("Store.Lookup: %v", err)
	return out, err
}

func (s tracedStore) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	s.asked.note("Store.Claim")
	return s.Store.Claim(ctx, now, lease, n)
}

func (s tracedStore) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	s.asked.note("Store.Postpone")
	return s.Store.Postpone(ctx, d, retry)
}

type tracedState struct {
	storage.State
	asked *trace
}

func (s tracedState) Get(ctx context.Context, key string) ([]byte, int64, error) {
	b, version, err := s.State.Get(ctx, key)
	s.asked.note("State.Get %s: %d bytes", kindOf(key), len(b))
	return b, version, err
}

func (s tracedState) Put(ctx context.Context, key string, v int64, b []byte) (int64, error) {
	s.asked.note("State.Put %s: %d bytes", kindOf(key), len(b))
	return s.State.Put(ctx, key, v, b)
}

func (s tracedState) List(ctx context.Context, prefix, after string, n int) ([]string, error) {
	s.asked.note("State.List %s", prefix)
	return s.State.List(ctx, prefix, after, n)
}

// kindOf is a key without its last part, which is of one address, case or code.
func kindOf(key string) string { return key[:strings.LastIndex(key, "/")+1] }

type tracedBlobs struct {
	*memstore.Blobs
	asked *trace
}

func (s tracedBlobs) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	s.asked.note("Blobs.Put")
	return s.Blobs.Put(ctx, id, r)
}

func (s tracedBlobs) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	s.asked.note("Blobs.Open")
	return s.Blobs.Open(ctx, id)
}

// each shows what a State keeps under a prefix.
func each(s storage.State, prefix string, f func(key string, value []byte)) {
	keys, _ := s.List(context.Background(), prefix, "", 1000)
	for _, k := range keys {
		b, _, _ := s.Get(context.Background(), k)
		f(k, b)
	}
}
