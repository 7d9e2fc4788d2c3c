package memstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

var errBlobExists = errors.New("memstore: a blob of this name exists")

// Blobs is a storage.BlobStore in memory. It is safe for concurrent use.
type Blobs struct {
	now   func() time.Time
	mu    sync.Mutex
	blobs map[storage.BlobID]blob
	order sorted[storage.BlobID]
}

var _ storage.BlobStore = (*Blobs)(nil)

type blob struct {
	data    []byte // never changed
	created storage.Millis
}

// NewBlobs returns an empty BlobStore that takes the time of creation from now,
// which must not be nil.
func NewBlobs(now func() time.Time) *Blobs {
	return &Blobs{
		now:   now,
		blobs: map[storage.BlobID]blob{},
		order: sorted[storage.BlobID]{cmp: func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) }},
	}
}

// Put implements storage.BlobStore.
func (s *Blobs) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	data, err := io.ReadAll(reader{ctx, r})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.blobs[id]; ok {
		return errBlobExists
	}
	s.blobs[id] = blob{data, storage.MillisOf(s.now())}
	s.order.add(id)
	return nil
}

// Open implements storage.BlobStore. The stream fails once ctx has ended.
func (s *Blobs) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.blobs[id]
	if !ok {
		return nil, storage.ErrNotFound
	}
	return io.NopCloser(reader{ctx, bytes.NewReader(b.data)}), nil
}

// Delete implements storage.BlobStore.
func (s *Blobs) Delete(ctx context.Context, id storage.BlobID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.blobs, id)
	s.order.remove(id)
	return nil
}

// List implements storage.BlobStore.
func (s *Blobs) List(ctx context.Context, after storage.BlobID, n int) ([]storage.BlobInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, found := s.order.find(after)
	if found {
		i++
	}
	var out []storage.BlobInfo
	for _, id := range s.order.items[i:] {
		if len(out) >= n {
			break
		}
		b := s.blobs[id]
		out = append(out, storage.BlobInfo{ID: id, Size: int64(len(b.data)), Created: b.created})
	}
	return out, nil
}

// reader fails once its context has ended.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
