package portal_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Reports in a minute from a hundred addresses, 1,000, or 10,000 with CVD_TEST_LARGE:
// none is lost, and the honest one among them is not even quarantined.
func TestAFloodLosesNothing(t *testing.T) {
	n := 1000
	if os.Getenv("CVD_TEST_LARGE") != "" {
		n = 10_000
	}
	s := newSite(t)
	token := s.browser().get("/").token()
	s.pass(time.Minute)
	var lost atomic.Int64
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := w; i < n; i += 4 {
				b := s.browser()
				b.addr = fmt.Sprintf("203.0.113.%d:1", i%100)
				if b.post("/", sent{name: "token", value: token}, sent{name: "product", value: "x"}, sent{name: "description", value: fmt.Sprint("flood ", i)}).receipt() == "" {
					lost.Add(1)
				}
			}
		}()
	}
	wg.Wait()
	require.Zero(t, lost.Load())
	honest := s.browser()
	honest.addr = "198.51.100.1:1"
	honest.report()
	stage := cvd.StageQuarantine
	count := func(f service.Filter) (out int) {
		for page := ""; ; {
			list, err := s.svc.Find(context.Background(), team, f, page, 1000)
			require.NoError(t, err)
			out += len(list.Cases)
			if page = list.Next; page == "" {
				return out
			}
		}
	}
	require.Equal(t, n+1, count(service.Filter{}))
	require.Equal(t, n-500, count(service.Filter{Stage: &stage}), "five of each address are taken as they come")
}

// nowhere is a BlobStore that counts and keeps nothing.
type nowhere struct {
	*memstore.Blobs
	n atomic.Int64
}

func (b *nowhere) Put(_ context.Context, _ storage.BlobID, r io.Reader) error {
	n, err := io.Copy(io.Discard, r)
	b.n.Add(n)
	return err
}
func (b *nowhere) Delete(context.Context, storage.BlobID) error { return nil }

// A large upload is streamed: with CVD_TEST_LARGE it has 2 GiB, else 64 MiB, and the
// memory in use stays below 64 MiB.
func TestALargeUploadIsStreamed(t *testing.T) {
	size := int64(64 << 20)
	if os.Getenv("CVD_TEST_LARGE") != "" {
		size = 2 << 30
	}
	s := newSite(t)
	blobs := &nowhere{Blobs: s.blobs}
	svc, err := service.New(cvd.Config{Store: s.store, Blobs: blobs, Now: s.clock, Secret: []byte(strings.Repeat("1", 32)), Limits: cvd.Limits{Attachment: 4 << 30}})
	require.NoError(t, err)
	s.portal, err = portal.New(portal.Config{Service: svc, State: s.state, Secret: []byte(strings.Repeat("2", 32)), Now: s.clock, Limits: portal.Limits{Upload: 3 << 30}})
	require.NoError(t, err)
	srv := httptest.NewServer(s.portal)
	defer srv.Close()
	token := s.browser().get("/").token()
	s.pass(time.Minute)
	head := "--b\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
	body := fmt.Sprintf(head, "token", token) + fmt.Sprintf(head, "product", "x") + fmt.Sprintf(head, "description", "y") +
		"--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"large\"\r\n\r\n"
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	var most atomic.Uint64
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	watch := &watched{src: io.LimitReader(zeros{}, size), each: func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most.Store(max(most.Load(), m.HeapInuse))
	}}
	resp, err := http.Post(srv.URL+"/", "multipart/form-data; boundary=b", io.MultiReader(strings.NewReader(body), watch, strings.NewReader("\r\n--b--\r\n")))
	require.NoError(t, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	require.Regexp(t, receiptIn, string(page))
	require.Equal(t, size, blobs.n.Load())
	require.Less(t, most.Load(), before.HeapInuse+64<<20)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type watched struct {
	src  io.Reader
	each func()
	n    int64
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.src.Read(b)
	if w.n += int64(n); w.n > 8<<20 {
		w.n = 0
		w.each()
	}
	return n, err
}
