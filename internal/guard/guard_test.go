package guard

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestIsPublic(t *testing.T) {
	for _, s := range []string{
		"1.1.1.1", "8.8.8.8", "192.0.1.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "223.255.255.255",
		"2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
	} {
		require.True(t, IsPublic(netip.MustParseAddr(s)), s)
	}
	for _, s := range []string{
		"0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "::10.0.0.1", "::8.8.8.8", // unspecified, loopback, IPv4-compatible
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:10.0.0.1", // mapped, translated
		"64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1", "64:ff9b:1::8.8.8.8", // NAT64
		"2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", // 6to4
		"2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", // Teredo, benchmark, ORCHID
		"2001:db8::1", "3fff::1", "100::1", "5f00::1", // documentation, discard, SRv6
		"fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", // ULA, link-local, site-local
		"ff02::1", "ff0e::1", "4000::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1", // multicast, unassigned, ISATAP
	} {
		require.False(t, IsPublic(netip.MustParseAddr(s)), s)
	}
	require.False(t, IsPublic(netip.Addr{}))
}

// server starts an https server and a Fetcher that trusts and may reach it.
func server(t *testing.T, h http.HandlerFunc) (*httptest.Server, *Fetcher) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	own := netip.MustParseAddrPort(s.Listener.Addr().String())
	return s, &Fetcher{RootCAs: pool, UnsafeAllow: func(a netip.AddrPort) bool { return a == own }}
}

func TestGet(t *testing.T) {
	s, f := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/doc#part", http.StatusFound)
			return
		}
		fmt.Fprint(w, "document")
	})
	r, err := f.Get(t.Context(), s.URL+"/away")
	require.NoError(t, err)
	require.Equal(t, 200, r.Status)
	require.Equal(t, "document", string(r.Body))
	require.Len(t, r.Hops, 2)
	require.Equal(t, "/doc", r.URL().Path)
	require.NotNil(t, r.TLS)
}

// A guard that looks at the name, or resolves before it dials, would let this
// through: the name's first answer is public, the second is not.
func TestRebindingIsRefusedAtConnect(t *testing.T) {
	var asked atomic.Int32
	s, f := server(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	f.UnsafeAllow = nil
	lookups := 0
	f.Resolve = func(context.Context, string) ([]netip.Addr, error) {
		if lookups++; lookups == 1 {
			return []netip.Addr{netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("127.0.0.1")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("::1")}, nil
	}
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for range 2 {
		_, err := f.Get(t.Context(), "https://example.org"+port)
		require.ErrorIs(t, err, ErrNotPublic)
	}
	f.Resolve = nil
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0"} {
		_, err := f.Get(t.Context(), "https://"+host+port)
		require.Error(t, err, host)
	}
	require.Zero(t, asked.Load())
}

func TestOnlyHTTPS(t *testing.T) {
	f := &Fetcher{}
	for _, u := range []string{"http://example.org/", "ftp://example.org/", "file:///etc/passwd",
		"https:///x", "https://user@example.org/", "https:opaque", "//example.org/", ":", "https://a b/"} {
		_, err := f.Get(t.Context(), u)
		require.ErrorIs(t, err, ErrNotHTTPS, u)
	}
}

func TestRedirectRules(t *testing.T) {
	targets := map[string]error{
		"http://example.org/":       ErrNotHTTPS,
		"https://example.org:8443/": ErrRedirect,
		"https://u:p@example.org/":  ErrNotHTTPS,
		"file:///etc/passwd":        ErrNotHTTPS,
		"https://10.0.0.1/":         ErrNotPublic,
		"https://[fd00::1]/":        ErrNotPublic,
		"/loop":                     ErrRedirect,
	}
	s, f := server(t, func(w http.ResponseWriter, r *http.Request) {
		to := r.URL.Query().Get("to")
		if r.URL.Path == "/loop" {
			to = "/loop"
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	})
	for to, want := range targets {
		_, err := f.Get(t.Context(), s.URL+"/?to="+url.QueryEscape(to))
		require.ErrorIs(t, err, want, to)
	}
	pol := errors.New("host's rule")
	f.AllowRedirect = func(from, to *url.URL) error { return pol }
	_, err := f.Get(t.Context(), s.URL+"/loop")
	require.ErrorIs(t, err, pol)
	f.AllowRedirect, f.MaxRedirects = nil, -1
	_, err = f.Get(t.Context(), s.URL+"/loop")
	require.ErrorIs(t, err, ErrRedirect)
}

func TestLimits(t *testing.T) {
	s, f := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/chunked":
			for range 100 {
				fmt.Fprint(w, strings.Repeat("x", 1000))
				w.(http.Flusher).Flush()
			}
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 2*maxHeaderBytes))
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, "not inflated")
		default:
			fmt.Fprint(w, strings.Repeat("x", 1001))
		}
	})
	f.MaxBytes, f.Timeout = 1000, 5*time.Second
	for _, path := range []string{"/", "/chunked"} {
		_, err := f.Get(t.Context(), s.URL+path)
		require.ErrorIs(t, err, ErrTooLarge, path)
	}
	_, err := f.Get(t.Context(), s.URL+"/header")
	require.Error(t, err)
	r, err := f.Get(t.Context(), s.URL+"/gzip")
	require.NoError(t, err)
	require.Equal(t, "not inflated", string(r.Body))
	f.Timeout = 50 * time.Millisecond
	_, err = f.Get(t.Context(), s.URL+"/slow")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	f.MaxBytes, f.Timeout = 1001, 0
	r, err = f.Get(t.Context(), s.URL+"/")
	require.NoError(t, err)
	require.Len(t, r.Body, 1001)
}

// The server's certificate is not of the system's roots.
func TestCertificateIsChecked(t *testing.T) {
	s, f := server(t, func(http.ResponseWriter, *http.Request) {})
	f.RootCAs = nil
	_, err := f.Get(t.Context(), s.URL)
	var unknown x509.UnknownAuthorityError
	require.ErrorAs(t, err, &unknown)
}

func TestNoProxyOfTheEnvironment(t *testing.T) {
	s, f := server(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "direct") })
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	require.Nil(t, f.client().Transport.(*http.Transport).Proxy)
	r, err := f.Get(t.Context(), s.URL)
	require.NoError(t, err)
	require.Equal(t, "direct", string(r.Body))
}
