// Package cvdmany has a Store of as many cases as a test wants, none of which it
// keeps: each is made when it is asked for, always the same. So a test sees what
// memory a walk through all cases needs.
package cvdmany

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Store holds N cases, each with a file. It is for one goroutine, and read only.
type Store struct {
	storage.Store // of its other methods there are none
	N             int
	page          [made]*one // those made last
	last          *one       // whose log was read last

	svc    *service.Service // that makes them, one at a time
	making *one
	random numbered
}

// made is how many cases are kept, so that those of a page are made once.
const made = 32

// one is a case in a Store of its own.
type one struct {
	n     int
	store *memstore.Store
	head  storage.Head
	blobs *memstore.Blobs
}

const first = 1_900_000_000_000 // the time of case 0, in milliseconds

// Now is the time at which all are looked at.
func Now() time.Time { return time.UnixMilli(first + 1_000_000_000) }

// numbered reads as the number of a case, so that names of blobs ascend with it, and
// then as whatever differs.
type numbered struct{ n, reads uint32 }

func (r *numbered) Read(p []byte) (int, error) {
	r.reads++
	for i := range p {
		p[i] = byte(r.reads*31 + uint32(i)*7)
	}
	if len(p) >= 8 {
		binary.BigEndian.PutUint32(p, r.n)
		binary.BigEndian.PutUint16(p[4:], uint16(r.reads))
	}
	return len(p), nil
}

// Service returns a Service on a Store.
func Service(store storage.Store, blobs storage.BlobStore, now func() time.Time, rand io.Reader) (*service.Service, error) {
	return service.New(cvd.Config{Cached: -1, Store: store, Blobs: blobs, Secret: bytes.Repeat([]byte{9}, 32), Now: now, Rand: rand})
}

// make makes case n.
func (s *Store) make(ctx context.Context, n int) (*one, error) {
	if c := s.page[n%made]; c != nil && c.n == n {
		return c, nil
	}
	if s.svc == nil {
		now := func() time.Time { return time.UnixMilli(first + int64(s.making.n)) }
		var err error
		if s.svc, err = Service(made1{s}, blobs1{s}, now, &s.random); err != nil {
			return nil, err
		}
	}
	c := &one{n: n, store: memstore.New(), blobs: memstore.NewBlobs(Now)}
	s.making, s.random = c, numbered{n: uint32(n)}
	if _, err := s.svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "a case"}, cvd.Attach{Name: "file", Content: strings.NewReader("file")}); err != nil {
		return nil, err
	}
	for before := (storage.Cursor{}); c.head.ID == (cvd.CaseID{}); { // beside it there is the check of the secret
		hs, err := c.store.Heads(ctx, storage.Query{Before: before, Limit: 1})
		if err != nil || len(hs) == 0 {
			return nil, errors.Join(err, errors.New("cvdmany: no case was made"))
		}
		c.head = hs[0]
	}
	s.page[n%made] = c
	return c, nil
}

// made1 and blobs1 are the Store of the case that is being made.
type (
	made1  struct{ s *Store }
	blobs1 struct{ s *Store }
)

func (m made1) Append(ctx context.Context, c []storage.Change) error {
	return m.s.making.store.Append(ctx, c)
}
func (m made1) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, n int, private bool) ([]storage.Record, error) {
	return m.s.making.store.Load(ctx, id, after, n, private)
}
func (m made1) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	return m.s.making.store.Heads(ctx, q)
}
func (m made1) Lookup(ctx context.Context, k storage.Key) (cvd.CaseID, error) {
	return m.s.making.store.Lookup(ctx, k)
}
func (m made1) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	return m.s.making.store.Claim(ctx, now, lease, n)
}
func (m made1) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	return m.s.making.store.Postpone(ctx, d, retry)
}
func (b blobs1) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	return b.s.making.blobs.Put(ctx, id, r)
}
func (b blobs1) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	return b.s.making.blobs.Open(ctx, id)
}
func (b blobs1) Delete(ctx context.Context, id storage.BlobID) error {
	return b.s.making.blobs.Delete(ctx, id)
}
func (b blobs1) List(ctx context.Context, after storage.BlobID, n int) ([]storage.BlobInfo, error) {
	return b.s.making.blobs.List(ctx, after, n)
}

// number returns which case an ID is of, or would come before.
func (s *Store) number(id cvd.CaseID) int {
	var ms [8]byte
	copy(ms[2:], id[:6])
	n := int64(binary.BigEndian.Uint64(ms[:])) - first
	return int(min(max(n, 0), int64(s.N)))
}

// find returns the case of an ID, or nil.
func (s *Store) find(ctx context.Context, id cvd.CaseID) (*one, error) {
	n := s.number(id)
	if n == s.N {
		return nil, nil
	}
	c, err := s.make(ctx, n)
	if err != nil || c.head.ID != id {
		return nil, err
	}
	return c, nil
}

// Append refuses all.
func (s *Store) Append(context.Context, []storage.Change) error {
	return errors.New("cvdmany: read only")
}

// Load implements storage.Store.
func (s *Store) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]storage.Record, error) {
	c, err := s.find(ctx, id)
	if err != nil || c == nil {
		return nil, err
	}
	s.last = c
	return c.store.Load(ctx, id, after, max, private)
}

// Lookup implements storage.Store for keys of the case that was loaded last.
func (s *Store) Lookup(ctx context.Context, k storage.Key) (cvd.CaseID, error) {
	if s.last == nil {
		return cvd.CaseID{}, cvd.ErrNotFound
	}
	return s.last.store.Lookup(ctx, k)
}

// Heads implements storage.Store without terms and dates.
func (s *Store) Heads(ctx context.Context, q storage.Query) (out []storage.Head, err error) {
	n := s.N
	if q.Before.ID != (cvd.CaseID{}) {
		if n = s.number(q.Before.ID); n < s.N {
			c, err := s.make(ctx, n)
			if err != nil {
				return nil, err
			}
			if bytes.Compare(c.head.ID[:], q.Before.ID[:]) < 0 {
				n++
			}
		}
	}
	for n--; n >= 0 && len(out) < q.Limit; n-- {
		c, err := s.make(ctx, n)
		if err != nil {
			return nil, err
		}
		if matches(ctx, c, q) {
			out = append(out, c.head)
		}
		if len(q.All) > 0 { // is asked for one case
			break
		}
	}
	return out, nil
}

func matches(ctx context.Context, c *one, q storage.Query) bool {
	if len(q.All) == 0 {
		return true
	}
	hs, err := c.store.Heads(ctx, storage.Query{All: q.All, Limit: 1})
	return err == nil && len(hs) == 1 && hs[0].ID == c.head.ID
}

// Inspect makes it a storage.Inspector.
func (s *Store) Inspect(ctx context.Context, after cvd.CaseID, n int) (out []storage.Rows, err error) {
	at := 0
	if after != (cvd.CaseID{}) {
		if at = s.number(after); at < s.N {
			c, err := s.make(ctx, at)
			if err != nil {
				return nil, err
			}
			if bytes.Compare(c.head.ID[:], after[:]) <= 0 {
				at++
			}
		}
	}
	for ; at < s.N && len(out) < n; at++ {
		c, err := s.make(ctx, at)
		if err != nil {
			return nil, err
		}
		rows, err := c.store.Inspect(ctx, cvd.CaseID{}, 10)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if r.ID == c.head.ID {
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// Blobs are the files of the cases.
type Blobs struct{ *Store }

// Put refuses all.
func (b Blobs) Put(context.Context, storage.BlobID, io.Reader) error {
	return errors.New("cvdmany: read only")
}

// Delete refuses all.
func (b Blobs) Delete(context.Context, storage.BlobID) error {
	return errors.New("cvdmany: read only")
}

// Open implements storage.BlobStore.
func (b Blobs) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	n := int(binary.BigEndian.Uint32(id[:]))
	if n >= b.N {
		return nil, cvd.ErrNotFound
	}
	c, err := b.make(ctx, n)
	if err != nil {
		return nil, err
	}
	return c.blobs.Open(ctx, id)
}

// List implements storage.BlobStore.
func (b Blobs) List(ctx context.Context, after storage.BlobID, n int) (out []storage.BlobInfo, err error) {
	at := 0
	if after != (storage.BlobID{}) {
		at = int(binary.BigEndian.Uint32(after[:])) + 1
	}
	for ; at < b.N && len(out) < n; at++ {
		c, err := b.make(ctx, at)
		if err != nil {
			return nil, err
		}
		of, err := c.blobs.List(ctx, storage.BlobID{}, 10)
		if err != nil {
			return nil, err
		}
		out = append(out, of...)
	}
	return out, nil
}

// LiveHeap returns the bytes that are in use.
func LiveHeap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first has freed of pools
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
