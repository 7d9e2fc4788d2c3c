package securitytxt

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A clock is set by hand.
type clock struct{ at atomic.Int64 }

func clockAt(t time.Time) *clock {
	c := &clock{}
	c.set(t)
	return c
}
func (c *clock) set(t time.Time) { c.at.Store(t.UnixNano()) }
func (c *clock) Now() time.Time  { return time.Unix(0, c.at.Load()).UTC() }

func serveOf(t *testing.T, file string, o HandlerOptions) *Handler {
	t.Helper()
	if o.Now == nil {
		o.Now = clockAt(now).Now
	}
	h, err := NewHandler(t.Context(), Static(file), o)
	require.NoError(t, err)
	return h
}

func get(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestServe(t *testing.T) {
	h := serveOf(t, base, HandlerOptions{})
	for _, path := range []string{WellKnownPath, TopLevelPath} {
		w := get(h, "GET", path)
		require.Equal(t, 200, w.Code)
		require.Equal(t, base, w.Body.String())
		require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		require.Equal(t, "public, max-age=86400", w.Header().Get("Cache-Control"))
	}
	w := get(h, "HEAD", WellKnownPath)
	require.Equal(t, 200, w.Code)
	require.Empty(t, w.Body.String())
	require.Equal(t, "66", w.Header().Get("Content-Length"))
	etag, modified := w.Header().Get("ETag"), w.Header().Get("Last-Modified")
	require.Len(t, etag, 34)
	require.Equal(t, "Sun, 01 Nov 2026 12:00:00 GMT", modified)

	require.Equal(t, 304, get(h, "GET", WellKnownPath, "If-None-Match", etag).Code)
	require.Equal(t, 200, get(h, "GET", WellKnownPath, "If-None-Match", `"other"`).Code)
	require.Equal(t, 304, get(h, "GET", WellKnownPath, "If-Modified-Since", modified).Code)
	require.Equal(t, 200, get(h, "GET", WellKnownPath, "If-Modified-Since", "Sun, 01 Nov 2026 11:59:59 GMT").Code)
	require.Equal(t, 200, get(h, "GET", WellKnownPath, "If-Modified-Since", modified, "If-None-Match", `"other"`).Code, "the tag counts")

	w = get(h, "GET", WellKnownPath, "Range", "bytes=0-6")
	require.Equal(t, 206, w.Code)
	require.Equal(t, "Contact", w.Body.String())
	require.Equal(t, "bytes 0-6/66", w.Header().Get("Content-Range"))
	require.Equal(t, 416, get(h, "GET", WellKnownPath, "Range", "bytes=100-").Code)
	require.Equal(t, 200, get(h, "GET", WellKnownPath, "Range", "bytes=0-6", "If-Range", `"other"`).Code)

	require.Equal(t, 404, get(h, "GET", "/").Code)
	require.Equal(t, 404, get(h, "GET", WellKnownPath+"/").Code)
	w = get(h, "POST", WellKnownPath)
	require.Equal(t, 405, w.Code)
	require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
}

func TestServeMaxAgeEndsWithExpires(t *testing.T) {
	c := clockAt(now)
	h := serveOf(t, base, HandlerOptions{Now: c.Now, MaxAge: time.Hour})
	expires := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]string{
		now:                                   "public, max-age=3600",
		expires.Add(-time.Hour):               "public, max-age=3600",
		expires.Add(-time.Minute):             "public, max-age=60",
		expires.Add(-1500 * time.Millisecond): "public, max-age=1",
	} {
		c.set(at)
		require.Equal(t, want, get(h, "GET", WellKnownPath).Header().Get("Cache-Control"))
	}
	c.set(expires)
	w := get(h, "GET", WellKnownPath)
	require.Equal(t, 503, w.Code, "an expired file is never served")
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.NotContains(t, w.Body.String(), "Contact")
}

// A reader at an address that Canonical does not list must not trust the file.
func TestServeTopLevelFollowsCanonical(t *testing.T) {
	w := get(serveOf(t, with("Canonical: "+wellKnown), HandlerOptions{}), "GET", TopLevelPath)
	require.Equal(t, 301, w.Code)
	require.Equal(t, WellKnownPath, w.Header().Get("Location"))
	w = get(serveOf(t, with("Canonical: "+wellKnown, "Canonical: https://example.com/security.txt"), HandlerOptions{}), "GET", TopLevelPath)
	require.Equal(t, 200, w.Code)
}

func TestNewHandlerRefuses(t *testing.T) {
	for name, file := range map[string]string{
		"expired":  "Contact: tel:+1\nExpires: 2026-10-31T00:00:00Z\n",
		"invalid":  "Contact: http://example.com/\nExpires: 2027-02-01T00:00:00Z\n",
		"empty":    "",
		"too long": base + strings.Repeat("\n", 1000),
		"unsealed": signed(t, base) + "X: 1\n",
	} {
		_, err := NewHandler(t.Context(), Static(file), HandlerOptions{Now: clockAt(now).Now})
		require.Error(t, err, name)
	}
	_, err := NewHandler(t.Context(), Static(base), HandlerOptions{})
	require.Error(t, err, "no clock")
	_, err = NewHandler(t.Context(), nil, HandlerOptions{Now: clockAt(now).Now})
	require.Error(t, err, "no source")
	_, err = NewHandler(t.Context(), Template{File: fullFile()}, HandlerOptions{Now: clockAt(now).Now})
	require.Error(t, err, "a template without a clock")
	_, err = NewHandler(t.Context(), Template{File: fullFile(), Now: clockAt(now).Now, Validity: -1, Signer: fakePGP{hash: 2}},
		HandlerOptions{Now: clockAt(now).Now})
	require.Error(t, err, "a template with a weak signer")
}

// Many requests find the file near its end: one renews, all are served, and each
// answer is one whole file of a known state.
func TestServeRenewsUnderLoad(t *testing.T) {
	c := clockAt(now)
	key := fakePGP{key: "k"}
	asked := atomic.Int32{}
	tmpl := Template{File: fullFile(), Validity: 30 * 24 * time.Hour, Now: c.Now, Signer: key}
	src := SourceFunc(func(ctx context.Context) ([]byte, error) {
		asked.Add(1)
		require.NoError(t, ctx.Err(), "the renewal outlives the request that caused it")
		return tmpl.SecurityTxt(ctx)
	})
	h, err := NewHandler(t.Context(), src, HandlerOptions{Now: c.Now})
	require.NoError(t, err)
	first := get(h, "GET", WellKnownPath).Body.String()
	require.EqualValues(t, 1, asked.Load())
	for round := 1; round <= 5; round++ {
		c.set(c.Now().Add(24 * 24 * time.Hour)) // within 7 days of the end
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				cancel() // the reader hangs up
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", WellKnownPath, nil).WithContext(ctx))
				d, err := Parse(w.Body.Bytes())
				if err != nil || !Valid(d.Check(CheckOptions{Now: c.Now()})) {
					t.Errorf("round %d: a torn or expired file", round)
					return
				}
				if v, err := d.Verify(t.Context(), key); err != nil || v.Signature.Status != StatusValid {
					t.Errorf("round %d: a signature that does not fit", round)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1+round, asked.Load(), "one request asks, the others do not")
	}
	require.NotEqual(t, first, get(h, "GET", WellKnownPath).Body.String())
}

func TestServeRenewalFails(t *testing.T) {
	c := clockAt(now)
	asked, failed := 0, 0
	var fail error
	file := base
	src := SourceFunc(func(context.Context) ([]byte, error) { asked++; return []byte(file), fail })
	h, err := NewHandler(t.Context(), src, HandlerOptions{Now: c.Now, RetryAfter: time.Hour, OnError: func(error) { failed++ }})
	require.NoError(t, err)
	require.NoError(t, h.Renew(t.Context()))
	require.Equal(t, 2, asked)

	fail = errors.New("key is locked")
	near := time.Date(2027, 1, 30, 0, 0, 0, 0, time.UTC)
	c.set(near)
	for range 3 {
		require.Equal(t, 200, get(h, "GET", WellKnownPath).Code, "the file before stays")
	}
	require.Equal(t, 3, asked, "and the source is left alone for a while")
	require.Equal(t, 1, failed)
	require.ErrorIs(t, h.Renew(t.Context()), fail)

	fail, file = nil, "Contact: nobody\n"
	c.set(near.Add(2 * time.Hour))
	require.Equal(t, base, get(h, "GET", WellKnownPath).Body.String(), "an invalid file is not taken")
	require.Equal(t, 2, failed)

	file = strings.Replace(base, "2027", "2028", 1)
	c.set(near.Add(50 * time.Hour)) // expired meanwhile
	w := get(h, "GET", WellKnownPath)
	require.Equal(t, 200, w.Code, "an expired file is renewed before the answer")
	require.Equal(t, file, w.Body.String())
}

func TestServeOverHTTP(t *testing.T) {
	srv := httptest.NewServer(serveOf(t, base, HandlerOptions{}))
	defer srv.Close()
	res, err := http.Get(srv.URL + WellKnownPath)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, base, string(body))
}
