package cvdtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func newBlobs() storage.BlobStore {
	return memstore.NewBlobs(func() time.Time { return time.UnixMilli(1_900_000_000_123) })
}

func TestMemstoreBlobs(t *testing.T) {
	TestBlobStore(t, func(*testing.T) storage.BlobStore { return newBlobs() })
}

// fakeBlobs is a BlobStore of which single methods are replaced.
type fakeBlobs struct {
	storage.BlobStore
	put    func(context.Context, storage.BlobID, io.Reader) error
	open   func(context.Context, storage.BlobID) (io.ReadCloser, error)
	delete func(context.Context, storage.BlobID) error
	list   func(context.Context, storage.BlobID, int) ([]storage.BlobInfo, error)
}

func (f *fakeBlobs) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	return f.put(ctx, id, r)
}
func (f *fakeBlobs) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	return f.open(ctx, id)
}
func (f *fakeBlobs) Delete(ctx context.Context, id storage.BlobID) error { return f.delete(ctx, id) }
func (f *fakeBlobs) List(ctx context.Context, after storage.BlobID, n int) ([]storage.BlobInfo, error) {
	return f.list(ctx, after, n)
}

func faultyBlobs(spoil func(f *fakeBlobs, b storage.BlobStore)) func() storage.BlobStore {
	return func() storage.BlobStore {
		b := newBlobs()
		f := &fakeBlobs{b, b.Put, b.Open, b.Delete, b.List}
		spoil(f, b)
		return f
	}
}

// listedBlobs changes what List returns.
func listedBlobs(edit func(list []storage.BlobInfo) []storage.BlobInfo) func() storage.BlobStore {
	return faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
		f.list = func(ctx context.Context, after storage.BlobID, n int) ([]storage.BlobInfo, error) {
			l, err := b.List(ctx, after, n)
			return edit(l), err
		}
	})
}

// keptAfter stores what came before an error.
func keptAfter(which func(error) bool) func() storage.BlobStore {
	return faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
		f.put = func(ctx context.Context, id storage.BlobID, r io.Reader) error {
			var got bytes.Buffer
			err := b.Put(ctx, id, io.TeeReader(r, &got))
			if err != nil && which(err) {
				b.Put(context.WithoutCancel(ctx), id, &got)
			}
			return err
		}
	})
}

func TestBlobRulesCanFail(t *testing.T) {
	testBroken(t, blobRules, []broken[storage.BlobStore]{
		{"a blob is cut", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.put = func(ctx context.Context, id storage.BlobID, r io.Reader) error {
				return b.Put(ctx, id, io.LimitReader(r, 1<<20))
			}
		}), []string{"blob/bytes"}},
		{"one read is taken for all", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.put = func(ctx context.Context, id storage.BlobID, r io.Reader) error {
				buf := make([]byte, 4096)
				n, err := r.Read(buf)
				if err != nil && err != io.EOF {
					return err
				}
				return b.Put(ctx, id, bytes.NewReader(buf[:n]))
			}
		}), []string{"blob/bytes", "blob/info"}},
		{"streams share their position", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			open := map[storage.BlobID]io.ReadCloser{}
			f.open = func(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
				if len(open) > 0 {
					return io.NopCloser(bytes.NewReader([]byte("what is left"))), nil
				}
				r, err := b.Open(ctx, id)
				open[id] = r
				return r, err
			}
		}), []string{"blob/two-readers"}},
		{"a blob is replaced", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.put = func(ctx context.Context, id storage.BlobID, r io.Reader) error {
				return errors.Join(b.Delete(ctx, id), b.Put(ctx, id, r))
			}
		}), []string{"blob/new-name"}},
		{"half a blob remains after an error", keptAfter(func(err error) bool { return errors.Is(err, errReader) }), []string{"blob/reader-fails"}},
		{"half a blob remains after the context ended", keptAfter(func(err error) bool { return errors.Is(err, context.Canceled) }), []string{"blob/context-fails", "blob/context"}},
		{"an error is taken for the end", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.put = func(ctx context.Context, id storage.BlobID, r io.Reader) error {
				data, _ := io.ReadAll(io.LimitReader(r, 2<<20))
				return b.Put(ctx, id, bytes.NewReader(data))
			}
		}), []string{"blob/reader-fails"}},
		{"an unknown blob is empty", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.open = func(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
				r, err := b.Open(ctx, id)
				if errors.Is(err, storage.ErrNotFound) {
					return io.NopCloser(bytes.NewReader(nil)), nil
				}
				return r, err
			}
		}), []string{"blob/unknown", "blob/delete"}},
		{"nothing is deleted", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.delete = func(ctx context.Context, id storage.BlobID) error { return ctx.Err() }
		}), []string{"blob/delete"}},
		{"deleting what is not there fails", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.delete = func(ctx context.Context, id storage.BlobID) error {
				if _, err := b.Open(ctx, id); err != nil {
					return err
				}
				return b.Delete(ctx, id)
			}
		}), []string{"blob/delete"}},
		{"List is in no order", listedBlobs(func(l []storage.BlobInfo) []storage.BlobInfo { slices.Reverse(l); return l }), []string{"blob/list"}},
		{"List ignores n", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.list = func(ctx context.Context, after storage.BlobID, _ int) ([]storage.BlobInfo, error) {
				return b.List(ctx, after, 1000)
			}
		}), []string{"blob/list"}},
		{"List includes after", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.list = func(ctx context.Context, after storage.BlobID, n int) ([]storage.BlobInfo, error) {
				if after[15] > 0 {
					after[15]--
				}
				return b.List(ctx, after, n)
			}
		}), []string{"blob/list"}},
		{"sizes are lost", listedBlobs(func(l []storage.BlobInfo) []storage.BlobInfo {
			for i := range l {
				l[i].Size = 0
			}
			return l
		}), []string{"blob/info"}},
		{"times are lost", listedBlobs(func(l []storage.BlobInfo) []storage.BlobInfo {
			for i := range l {
				l[i].Created = 0
			}
			return l
		}), []string{"blob/info"}},
		{"contexts are swallowed", faultyBlobs(func(f *fakeBlobs, b storage.BlobStore) {
			f.open = func(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
				return b.Open(context.WithoutCancel(ctx), id)
			}
		}), []string{"blob/context"}},
	})
}
