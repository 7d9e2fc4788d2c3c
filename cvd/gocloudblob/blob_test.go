package gocloudblob_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"

	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/gocloudblob"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func open(t *testing.T, bucket *blob.Bucket, prefix string) *gocloudblob.Store {
	t.Helper()
	t.Cleanup(func() { bucket.Close() })
	s, err := gocloudblob.New(bucket, gocloudblob.Options{Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func folder(t *testing.T, dir string) *blob.Bucket {
	t.Helper()
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestConformance(t *testing.T) {
	for _, prefix := range []string{"", "files/"} {
		t.Run("memory"+prefix, func(t *testing.T) {
			cvdtest.TestBlobStore(t, func(t *testing.T) storage.BlobStore { return open(t, memblob.OpenBucket(nil), prefix) })
		})
		t.Run("folder"+prefix, func(t *testing.T) {
			cvdtest.TestBlobStore(t, func(t *testing.T) storage.BlobStore { return open(t, folder(t, t.TempDir()), prefix) })
		})
	}
}

// A bucket may hold other things: they are neither listed nor in the way.
func TestOthersInTheBucket(t *testing.T) {
	b := memblob.OpenBucket(nil)
	s := open(t, b, "files/")
	for _, name := range []string{"a", "files/", "files/readme", "files/0199C1F0-5B00-7000-8000-0123456789AB", "files/0199c1f0-5b00-7000-8000-0123456789ab.bak", "g"} {
		if err := b.WriteAll(t.Context(), name, []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 7 {
		if err := s.Put(t.Context(), storage.BlobID{byte(n + 1)}, strings.NewReader("ours")); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []int{1, 2, 3, 100} {
		var got []byte
		for after := (storage.BlobID{}); ; {
			page, err := s.List(t.Context(), after, n)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page {
				got, after = append(got, x.ID[0]), x.ID
			}
			if len(page) < n {
				break
			}
		}
		if fmt.Sprint(got) != "[1 2 3 4 5 6 7]" {
			t.Errorf("by pages of %d: %v", n, got)
		}
	}
}

// Whoever goes through all of a bucket by pages looks at each object once.
func TestListCostsItsPage(t *testing.T) {
	const blobs, n = 300, 10
	b := memblob.OpenBucket(nil)
	for i := range blobs {
		if err := open(t, b, "").Put(t.Context(), storage.BlobID{byte(i >> 8), byte(i), 1}, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, b, "")
	pages := 0
	for after := (storage.BlobID{}); ; {
		if _, known := s.Turn(after); known != (pages > 0) {
			t.Fatalf("page %d begins at the start of the bucket: %v", pages, !known)
		}
		page, err := s.List(t.Context(), after, n)
		if err != nil {
			t.Fatal(err)
		}
		if pages++; len(page) < n || pages == blobs/n {
			break
		}
		after = page[n-1].ID
	}
	if pages != blobs/n {
		t.Errorf("%d pages", pages)
	}
}

// What breaks off leaves nothing in the folder, no temporary file either.
func TestNothingIsLeft(t *testing.T) {
	dir := t.TempDir()
	s := open(t, folder(t, dir), "")
	broken := errors.New("the line is cut")
	r := io.MultiReader(strings.NewReader(strings.Repeat("secret", 100_000)), failing{broken})
	if err := s.Put(t.Context(), storage.BlobID{1}, r); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r = io.MultiReader(strings.NewReader("secret"), calling(cancel))
	if err := s.Put(ctx, storage.BlobID{2}, r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
	if err := s.Put(t.Context(), storage.BlobID{3}, strings.NewReader("whole")); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadDir(dir); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type calling func()

func (f calling) Read([]byte) (int, error) { f(); return 1, nil }

func TestOptions(t *testing.T) {
	b := memblob.OpenBucket(nil)
	defer b.Close()
	for _, bad := range []string{"/", "/a", "a//b", "../a", "a/../b", "a b", "ä", "a/./", strings.Repeat("a", 201)} {
		if _, err := gocloudblob.New(b, gocloudblob.Options{Prefix: bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for _, good := range []string{"", "a", "a/", "team-1/files_", "a/b/"} {
		if _, err := gocloudblob.New(b, gocloudblob.Options{Prefix: good}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if _, err := gocloudblob.New(nil, gocloudblob.Options{}); err == nil {
		t.Error("no bucket is taken")
	}
}
