// Package objects holds the tests of attachments on object storage, against an S3
// server in the test's own process. It is a module of its own, because of what the
// server and the driver need.
package objects

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/gocloudblob"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

// server is S3 on loopback with one bucket. fail refuses what it names.
type server struct {
	url     string
	backend *s3mem.Backend
	fail    func(*http.Request) bool
	lists   atomic.Int64
}

const bucketName = "cvd-files"

func start(t *testing.T) *server {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	s := &server{backend: s3mem.New()}
	if err := s.backend.CreateBucket(bucketName); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(s.backend).Server()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("list-type") != "" {
			s.lists.Add(1)
		}
		if s.fail != nil && s.fail(r) {
			io.Copy(io.Discard, r.Body)
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	q := url.Values{"region": {"eu-central-1"}, "endpoint": {h.URL}, "use_path_style": {"true"}}
	s.url = "s3://" + bucketName + "?" + q.Encode()
	return s
}

func (s *server) open(t *testing.T) *gocloudblob.Store {
	t.Helper()
	b, err := blob.OpenBucket(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	x, err := gocloudblob.New(b, gocloudblob.Options{Prefix: "files/"})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestConformanceS3(t *testing.T) {
	cvdtest.TestBlobStore(t, func(t *testing.T) storage.BlobStore { return start(t).open(t) })
}

// A large file goes up in parts; one whose last part is refused is not there.
func TestParts(t *testing.T) {
	s := start(t)
	x := s.open(t)
	large := func() io.Reader { return io.LimitReader(zeros{}, 24<<20) }
	if err := x.Put(t.Context(), storage.BlobID{1}, large()); err != nil {
		t.Fatal(err)
	}
	r, err := x.Open(t.Context(), storage.BlobID{1})
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	r.Close()
	if err != nil || n != 24<<20 {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	refused := 0
	s.fail = func(r *http.Request) bool {
		if r.Method == http.MethodPut && r.URL.Query().Get("partNumber") == "2" {
			refused++
			return true
		}
		return false
	}
	if err := x.Put(t.Context(), storage.BlobID{2}, large()); err == nil || refused == 0 {
		t.Errorf("%d parts were refused, %v", refused, err)
	}
	list, err := x.List(t.Context(), storage.BlobID{}, 10)
	if err != nil || len(list) != 1 || list[0].Size != 24<<20 {
		t.Errorf("%v, %v", list, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// All files of a bucket are listed with one request a page.
func TestPagesOfS3(t *testing.T) {
	s := start(t)
	x := s.open(t)
	const blobs, n = 45, 10
	for i := range blobs {
		if err := x.Put(t.Context(), storage.BlobID{byte(i), 1}, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	got := 0
	for after := (storage.BlobID{}); ; {
		page, err := x.List(t.Context(), after, n)
		if err != nil {
			t.Fatal(err)
		}
		got += len(page)
		if len(page) < n {
			break
		}
		after = page[n-1].ID
	}
	if lists := s.lists.Load(); got != blobs || lists != blobs/n+1 {
		t.Errorf("%d files in %d requests", got, lists)
	}
}

// A Service keeps its files there, erases and sweeps them, and storecheck finds one
// that is gone.
func TestServiceOnS3(t *testing.T) {
	ctx := t.Context()
	s := start(t)
	files, store := s.open(t), memstore.New()
	svc, err := service.New(cvd.Config{Store: store, Blobs: files, Secret: []byte(strings.Repeat("s", 32))})
	if err != nil {
		t.Fatal(err)
	}
	receive := func(n int) cvd.CaseID {
		c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{
			Title: "t", Reporter: cvd.Contact{Name: "Rita", Identity: cvd.Private(fmt.Sprint("rita", n))},
			Files: []cvd.File{{Name: "crash.txt", Content: strings.NewReader("SIGSEGV")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	first, second := receive(1), receive(2)
	count := func(ctx context.Context) int {
		list, err := files.List(ctx, storage.BlobID{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := count(ctx); n != 2 {
		t.Fatalf("%d files", n)
	}
	if _, err := svc.Erase(ctx, first, cvd.By{}, cvd.ErasePerson{Party: 2}); err != nil {
		t.Fatal(err)
	}
	if n := count(ctx); n != 1 {
		t.Errorf("%d files after the erasure", n)
	}
	verify := func() storecheck.Report {
		r, err := storecheck.Verify(ctx, svc, store, storecheck.Options{Blobs: files, Contents: true})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := verify(); !r.OK() || r.Files != 1 {
		t.Errorf("%+v", r)
	}
	names, err := svc.Blobs(ctx, second)
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := files.Delete(ctx, names[0]); err != nil {
		t.Fatal(err)
	}
	if r := verify(); len(r.Findings) != 1 || r.Findings[0].Case != second || r.Findings[0].Kind != storecheck.KindFile {
		t.Errorf("%v", r.Findings)
	}
}
