package cvdtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestBlobStore checks a storage.BlobStore. open returns an empty one for each rule.
//
// Its rules:
//   - blob/bytes: Open returns the content that Put stored.
//   - blob/two-readers: All calls are safe for concurrent use: streams do not disturb each other.
//   - blob/new-name: A name that exists already is an error, and its content stays.
//   - blob/reader-fails: If r fails, its error is returned and no blob remains; the name can be used.
//   - blob/context-fails: If the context fails, its error is returned and no blob remains.
//   - blob/unknown: Open of what does not exist is ErrNotFound.
//   - blob/delete: Delete removes a blob. Deleting one that does not exist is no error.
//   - blob/list: List returns at most n blobs with ID > after, in ascending order.
//   - blob/info: List tells the size as stored, and when a blob was created.
//   - blob/context: All calls honour their context: one that has ended before is returned as error.
func TestBlobStore(t *testing.T, open func(t *testing.T) storage.BlobStore) {
	t.Helper()
	runAll(t, blobRules, open)
}

const inBlobStore = "storage.BlobStore"

func blobID(n int) storage.BlobID { return storage.BlobID{0: byte(n * 37), 1: byte(n), 15: 1} }

var errReader = errors.New("the reader fails")

// failing returns n bytes and then an error.
func failing(n int, fail func() error) io.Reader {
	return io.MultiReader(bytes.NewReader(make([]byte, n)), readerFunc(func([]byte) (int, error) { return 0, fail() }))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (c *check) put(s storage.BlobStore, n int, data []byte) {
	c.Helper()
	// A reader of many short reads: a stream need not fill its buffer.
	r := bytes.NewReader(data)
	short := readerFunc(func(p []byte) (int, error) { return r.Read(p[:min(len(p), 1009)]) })
	c.ok(s.Put(c.Context(), blobID(n), short), "Put of %d bytes", len(data))
}

func (c *check) content(s storage.BlobStore, n int) []byte {
	c.Helper()
	r, err := s.Open(c.Context(), blobID(n))
	c.ok(err, "Open")
	data, err := io.ReadAll(r)
	c.ok(err, "Read")
	c.ok(r.Close(), "Close")
	return data
}

// absent ends the rule if there is a blob.
func (c *check) absent(s storage.BlobStore, n int) {
	c.Helper()
	r, err := s.Open(c.Context(), blobID(n))
	if err == nil {
		r.Close()
	}
	if !errors.Is(err, storage.ErrNotFound) {
		c.failf("Open returned %v instead of ErrNotFound", err)
	}
	c.listed(s, "[]", storage.BlobID{}, 10)
}

func (c *check) listed(s storage.BlobStore, want any, after storage.BlobID, n int) {
	c.Helper()
	list, err := s.List(c.Context(), after, n)
	c.ok(err, "List")
	got := []storage.BlobID{}
	for _, b := range list {
		got = append(got, b.ID)
	}
	c.equal(got, want, "blobs listed after %v, at most %d", after, n)
}

var blobRules = []rule[storage.BlobStore]{
	{"blob/bytes", "Open returns the content that Put stored.", inBlobStore, func(c *check, s storage.BlobStore) {
		for i, data := range append(awkward, nil, bytes.Repeat([]byte("\x00\xff 17 bytes long\n"), 100_000)) {
			c.put(s, i+1, data)
			if got := c.content(s, i+1); !bytes.Equal(got, data) {
				c.failf("%d bytes %s came back as %d bytes %s", len(data), quote(data), len(got), quote(got))
			}
		}
	}},
	{"blob/two-readers", "All calls are safe for concurrent use: streams do not disturb each other.", inBlobStore, func(c *check, s storage.BlobStore) {
		data := bytes.Repeat([]byte("0123456789"), 60_000)
		c.put(s, 1, data)
		a, err := s.Open(c.Context(), blobID(1))
		c.ok(err, "Open")
		defer a.Close()
		half := make([]byte, len(data)/2)
		_, err = io.ReadFull(a, half)
		c.ok(err, "Read")
		c.put(s, 2, []byte("meanwhile"))
		for i, err := range race(func(i int) error {
			r, err := s.Open(c.Context(), blobID(1))
			if err != nil {
				return err
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if err == nil && !bytes.Equal(got, data) {
				err = fmt.Errorf("%d bytes of %d", len(got), len(data))
			}
			return err
		}) {
			c.ok(err, "reader %d of several", i)
		}
		rest, err := io.ReadAll(a)
		c.ok(err, "Read")
		if !bytes.Equal(append(half, rest...), data) {
			c.failf("a stream that others interrupted has other content")
		}
	}},
	{"blob/new-name", "A name that exists already is an error, and its content stays.", inBlobStore, func(c *check, s storage.BlobStore) {
		c.put(s, 1, []byte("first"))
		if err := s.Put(c.Context(), blobID(1), bytes.NewReader([]byte("second"))); err == nil {
			c.failf("Put returned nil")
		}
		c.equal(string(c.content(s, 1)), "first", "content")
	}},
	{"blob/reader-fails", "If r fails, its error is returned and no blob remains; the name can be used.", inBlobStore, func(c *check, s storage.BlobStore) {
		for _, n := range []int{0, 10, 1 << 20} {
			if err := s.Put(c.Context(), blobID(1), failing(n, func() error { return errReader })); !errors.Is(err, errReader) {
				c.failf("Put returned %v instead of the reader's error", err)
			}
			c.absent(s, 1)
		}
		c.put(s, 1, []byte("again"))
		c.equal(string(c.content(s, 1)), "again", "content")
	}},
	{"blob/context-fails", "If the context fails, its error is returned and no blob remains.", inBlobStore, func(c *check, s storage.BlobStore) {
		for _, n := range []int{0, 10, 1 << 20} {
			ctx, cancel := context.WithCancel(c.Context())
			err := s.Put(ctx, blobID(1), io.MultiReader(failing(n, func() error {
				cancel()
				return io.EOF
			}), bytes.NewReader(make([]byte, 10))))
			if !errors.Is(err, context.Canceled) {
				c.failf("Put returned %v", err)
			}
			c.absent(s, 1)
		}
	}},
	{"blob/unknown", "Open of what does not exist is ErrNotFound.", inBlobStore, func(c *check, s storage.BlobStore) {
		c.absent(s, 1)
	}},
	{"blob/delete", "Delete removes a blob. Deleting one that does not exist is no error.", inBlobStore, func(c *check, s storage.BlobStore) {
		c.ok(s.Delete(c.Context(), blobID(1)), "Delete of what does not exist")
		c.put(s, 1, []byte("text"))
		c.ok(s.Delete(c.Context(), blobID(1)), "Delete")
		c.absent(s, 1)
	}},
	{"blob/list", "List returns at most n blobs with ID > after, in ascending order.", inBlobStore, func(c *check, s storage.BlobStore) {
		all := []storage.BlobID{}
		for _, n := range []int{5, 2, 6, 1, 4, 3} {
			c.put(s, n, []byte("text"))
		}
		for n := range 6 {
			all = append(all, blobID(n+1))
		}
		c.listed(s, all, storage.BlobID{}, 10)
		c.listed(s, all[:2], storage.BlobID{}, 2)
		c.listed(s, all[3:5], all[2], 2)
		c.listed(s, "[]", all[5], 2)
		c.listed(s, "[]", storage.BlobID{}, 0)
	}},
	{"blob/info", "List tells the size as stored, and when a blob was created.", "storage.BlobInfo", func(c *check, s storage.BlobStore) {
		c.put(s, 1, nil)
		c.put(s, 2, make([]byte, 700_001))
		list, err := s.List(c.Context(), storage.BlobID{}, 10)
		c.ok(err, "List")
		c.equal(len(list), 2, "blobs")
		c.equal([]int64{list[0].Size, list[1].Size}, []int64{0, 700_001}, "sizes")
		if list[0].Created == 0 || list[1].Created < list[0].Created {
			c.failf("created at %d and then at %d", list[0].Created, list[1].Created)
		}
	}},
	{"blob/context", "All calls honour their context: one that has ended before is returned as error.", inBlobStore, func(c *check, s storage.BlobStore) {
		c.put(s, 1, []byte("text"))
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		_, openErr := s.Open(ctx, blobID(1))
		_, listErr := s.List(ctx, storage.BlobID{}, 1)
		for call, err := range map[string]error{
			"Open": openErr, "List": listErr, "Delete": s.Delete(ctx, blobID(1)), "Put": s.Put(ctx, blobID(2), bytes.NewReader(nil)),
		} {
			if !errors.Is(err, context.Canceled) {
				c.failf("%s returned %v", call, err)
			}
		}
		c.listed(s, []storage.BlobID{blobID(1)}, storage.BlobID{}, 10)
	}},
}
