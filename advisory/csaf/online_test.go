package csaf_test

import (
	"bytes"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

func TestURLChecker(t *testing.T) {
	web := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("x"), 2<<20))
		case "/gone":
			w.WriteHeader(http.StatusGone)
		}
	}))
	t.Cleanup(web.Close)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	c := &csaf.URLChecker{
		RootCAs: roots, UnsafeAllow: func(netip.AddrPort) bool { return true },
		Hosts: map[string]netip.AddrPort{"example.com": netip.MustParseAddrPort(web.Listener.Addr().String()), "none.example": {}},
	}
	for link, want := range map[string]int{
		"https://example.com/a#b": 200, "http://example.com/gone": 410, "https://example.com/large": 200, "https://none.example/": 0,
	} {
		status, err := c.Check(t.Context(), link)
		require.Equal(t, want, status, link)
		require.Equal(t, want == 0, err != nil, link)
	}
	c.UnsafeAllow = nil
	_, err := c.Check(t.Context(), "https://example.com/")
	require.ErrorContains(t, err, "not public", "a document does not choose addresses of our network")
	_, err = c.Check(t.Context(), "https://[")
	require.Error(t, err)
}
