package gocloudblob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/google/uuid"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Options say how a Store uses its bucket.
type Options struct {
	// Prefix starts the names of all objects, for example "files/", so that a bucket
	// can hold other things too. At most 200 bytes of ASCII letters, digits and ._-/
	// without empty and dotted parts.
	Prefix string
}

// Store is a storage.BlobStore in a bucket. It is safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
	prefix string

	mu    sync.Mutex
	pages []page // that List ended with, the newest last
}

var _ storage.BlobStore = (*Store)(nil)

// page is where a listing goes on.
type page struct {
	last  storage.BlobID
	token []byte
}

const (
	keptPages = 8    // listings at a time that cost no second look
	pageSize  = 1000 // what the services list at once
	maxPrefix = 200
)

// New returns the Store in a bucket, which the host closes after its last use.
func New(bucket *blob.Bucket, o Options) (*Store, error) {
	if bucket == nil {
		return nil, errors.New("gocloudblob: there is no bucket")
	}
	if err := checkPrefix(o.Prefix); err != nil {
		return nil, err
	}
	return &Store{bucket: bucket, prefix: o.Prefix}, nil
}

func checkPrefix(p string) error {
	plain := true
	for _, r := range p {
		plain = plain && (r == '.' || r == '_' || r == '-' || r == '/' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}
	whole := strings.TrimSuffix(p, "/")
	if len(p) > maxPrefix || !plain || whole != "" && (path.Clean(whole) != whole || strings.HasPrefix(whole, "/") || strings.HasPrefix(whole, "..")) || p == "/" {
		return errors.New("gocloudblob: Options.Prefix takes up to 200 letters, digits and ._-/ without empty and dotted parts")
	}
	return nil
}

func (s *Store) key(id storage.BlobID) string { return s.prefix + uuid.UUID(id).String() }

// id returns the blob of a key, if one of ours.
func (s *Store) id(key string) (storage.BlobID, bool) {
	name, ok := strings.CutPrefix(key, s.prefix)
	if !ok {
		return storage.BlobID{}, false
	}
	id, err := uuid.Parse(name)
	return storage.BlobID(id), err == nil && id.String() == name
}

// Put implements storage.BlobStore. It holds what the driver buffers: with S3, up to five
// parts of 5 MiB.
func (s *Store) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := s.bucket.NewWriter(ctx, s.key(id), &blob.WriterOptions{
		IfNotExist:  true,
		ContentType: "application/octet-stream", // nothing is guessed from what is secret
	})
	if err != nil {
		return wrap("put", err)
	}
	if _, err := io.Copy(w, reader{ctx, r}); err != nil {
		cancel() // so that Close gives the upload up
		w.Close()
		return wrap("put", err)
	}
	return wrap("put", w.Close())
}

// Open implements storage.BlobStore. The stream fails once ctx has ended.
func (s *Store) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, wrap("open", err)
	}
	r, err := s.bucket.NewReader(ctx, s.key(id), nil)
	if err != nil {
		return nil, wrap("open", err)
	}
	return stream{reader{ctx, r}, r}, nil
}

// Delete implements storage.BlobStore.
func (s *Store) Delete(ctx context.Context, id storage.BlobID) error {
	if err := ctx.Err(); err != nil {
		return wrap("delete", err)
	}
	err := s.bucket.Delete(ctx, s.key(id))
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return wrap("delete", err)
}

// List implements storage.BlobStore. Objects whose names are not of this package are left
// out. A bucket cannot be asked for what comes after a name: whoever goes on with the
// last one of a listing of this Store costs one page, anything else a look at all
// before it.
func (s *Store) List(ctx context.Context, after storage.BlobID, n int) ([]storage.BlobInfo, error) {
	if err := ctx.Err(); err != nil || n <= 0 {
		return nil, wrap("list", err)
	}
	token := s.turn(after)
	out, err := s.list(ctx, token, after, n)
	if err != nil && token != nil && ctx.Err() == nil {
		out, err = s.list(ctx, nil, after, n) // tokens may end
	}
	return out, wrap("list", err)
}

func (s *Store) list(ctx context.Context, token []byte, after storage.BlobID, n int) ([]storage.BlobInfo, error) {
	if token == nil {
		token = blob.FirstPageToken
	}
	var out []storage.BlobInfo
	for {
		objects, next, err := s.bucket.ListPage(ctx, token, min(pageSize, n-len(out)), &blob.ListOptions{Prefix: s.prefix})
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if id, ok := s.id(o.Key); ok && bytes.Compare(id[:], after[:]) > 0 {
				out = append(out, storage.BlobInfo{ID: id, Size: o.Size, Created: storage.MillisOf(o.ModTime)})
			}
		}
		if len(next) == 0 {
			return out, nil
		}
		if token = next; len(out) == n {
			s.keep(page{out[n-1].ID, token})
			return out, nil
		}
	}
}

// turn returns the token of the page after a blob, nil if it is not known.
func (s *Store) turn(after storage.BlobID) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pages {
		if p.last == after {
			return p.token
		}
	}
	return nil
}

func (s *Store) keep(p page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pages) == keptPages {
		s.pages = append(s.pages[:0], s.pages[1:]...)
	}
	s.pages = append(s.pages, p)
}

func wrap(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("gocloudblob: %s: %w", what, storage.ErrNotFound)
	}
	return fmt.Errorf("gocloudblob: %s: %w", what, err)
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

type stream struct {
	reader
	io.Closer
}
