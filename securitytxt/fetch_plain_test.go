package securitytxt

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plainSite serves http, and nothing else, at port 80 of a loopback address.
func plainSite(t *testing.T, h http.HandlerFunc) *Fetcher {
	t.Helper()
	own := netip.MustParseAddr("127.0.80.16")
	l, err := net.Listen("tcp", netip.AddrPortFrom(own, 80).String())
	if err != nil {
		t.Skip("port 80 cannot be had: ", err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return &Fetcher{
		Now: clockAt(now).Now, Timeout: 5 * time.Second,
		Resolve:     func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{own}, nil },
		UnsafeAllow: func(a netip.AddrPort) bool { return a.Addr() == own },
	}
}

// A host whose port 443 is closed, and that has the file at port 80 (issue 16, 2).
func TestFetchServedOverHTTPOnly(t *testing.T) {
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want bool
	}{
		"a file":                {file(base), true},
		"a file of other media": {file(base, "text/html"), true},
		"a page":                {file("<html>\n", "text/html"), false},
		"no field":              {file("hello\n"), false},
		"nothing":               {http.NotFound, false},
		"refused":               {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403); _, _ = w.Write([]byte(base)) }, false},
		"a redirect to https":   {redirect("https://example.com" + WellKnownPath), false},
		"a redirect inside":     {redirect("http://127.0.0.1:1/"), false},
	} {
		t.Run(name, func(t *testing.T) {
			f := plainSite(t, c.h)
			out, err := f.Fetch(t.Context(), "example.com")
			require.Error(t, err)
			require.Nil(t, out.Document, "nobody vouches for it")
			require.Len(t, out.Attempts, 2)
			require.Equal(t, []string{"http://example.com" + WellKnownPath}, out.Attempts[1].Hops)
			require.NotZero(t, out.Attempts[1].Status)
			if c.want {
				require.Equal(t, []Code{CodeInvalidURIScheme}, codes(out.Findings))
				wantCode(t, out.Findings, CodeInvalidURIScheme)
			} else {
				require.Empty(t, out.Findings)
			}
		})
	}
}

// Where https has told something, or the address is not public, http is not asked.
func TestFetchAsksHTTPOnlyWhereSafe(t *testing.T) {
	var asked atomic.Int32
	f := plainSite(t, func(w http.ResponseWriter, r *http.Request) { asked.Add(1); file(base)(w, r) })
	for _, host := range []string{"example.com:8443", "[::1]:8443"} {
		out, err := f.Fetch(t.Context(), host)
		require.Error(t, err)
		require.Len(t, out.Attempts, 1, host)
	}
	f.UnsafeAllow = nil
	out, err := f.Fetch(t.Context(), "example.com")
	require.ErrorIs(t, err, ErrNotPublic)
	require.Len(t, out.Attempts, 1)
	require.Zero(t, asked.Load())
	// The address can change between the two questions: the guard looks again.
	own := netip.MustParseAddr("127.0.80.16")
	f.UnsafeAllow = func(a netip.AddrPort) bool { return a.Addr() == own && a.Port() == 443 }
	out, err = f.Fetch(t.Context(), "example.com")
	require.Error(t, err)
	require.Len(t, out.Attempts, 2)
	require.ErrorIs(t, out.Attempts[1].Err, ErrNotPublic)
	require.Empty(t, out.Findings)
	require.Zero(t, asked.Load())
}

// A panic of the Source comes where the caller can recover, and a Source that
// hangs is asked once and again when it has come back.
func TestHandlerSources(t *testing.T) {
	c := clockAt(now)
	broken := SourceFunc(func(context.Context) ([]byte, error) { panic("broken") })
	require.PanicsWithValue(t, "broken", func() { _, _ = NewHandler(t.Context(), broken, HandlerOptions{Now: c.Now}) })

	var asked atomic.Int32
	hold, back := make(chan struct{}), make(chan struct{})
	src := SourceFunc(func(context.Context) ([]byte, error) {
		if asked.Add(1) == 2 {
			<-hold
			defer close(back)
		}
		return []byte(base), nil
	})
	h, err := NewHandler(t.Context(), src, HandlerOptions{Now: c.Now, SourceTimeout: 20 * time.Millisecond})
	require.NoError(t, err)
	require.ErrorIs(t, h.Renew(t.Context()), context.DeadlineExceeded)
	require.ErrorIs(t, h.Renew(t.Context()), errSourceBusy)
	require.EqualValues(t, 2, asked.Load())
	close(hold)
	<-back
	require.Eventually(t, func() bool { return h.Renew(t.Context()) == nil }, 5*time.Second, time.Millisecond)
	require.EqualValues(t, 3, asked.Load())
}
