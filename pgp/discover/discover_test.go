package discover_test

import (
	"bytes"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/discover"
)

func newKey(t *testing.T, address string) pgp.Secret {
	t.Helper()
	s, _, err := new(pgp.Engine).Generate(pgp.KeySpec{Address: address})
	require.NoError(t, err)
	return s
}

// web starts a server that stands for the named hosts, and a client of it.
func web(t *testing.T, h http.HandlerFunc, hosts ...string) *discover.Client {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	addr := netip.MustParseAddrPort(s.Listener.Addr().String())
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	c := &discover.Client{VKS: "-", RootCAs: pool, Hosts: map[string]netip.AddrPort{},
		UnsafeAllow: func(a netip.AddrPort) bool { return a == addr }}
	for _, h := range hosts {
		c.Hosts[h] = addr
	}
	return c
}

// The path is the draft's own example.
const joe = "/.well-known/openpgpkey/example.com/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q"

func TestWKDAdvanced(t *testing.T) {
	mine, other := newKey(t, "Joe.Doe@example.com"), newKey(t, "else@example.com")
	c := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "openpgpkey.example.com" || r.URL.Path != joe || r.URL.Query().Get("l") != "Joe.Doe" {
			http.NotFound(w, r)
			return
		}
		w.Write(other.Cert().Bytes())
		w.Write(mine.Cert().Bytes())
	}, "openpgpkey.example.com", "example.com")
	got, err := c.Lookup(t.Context(), "Joe.Doe@Example.com")
	require.NoError(t, err)
	require.Len(t, got, 1, "keys of other addresses are dropped")
	require.Equal(t, mine.Fingerprint(), got[0].Cert.Fingerprint())
	require.Equal(t, discover.SourceWKD, got[0].Source)
	_, err = c.Lookup(t.Context(), "nobody@example.com")
	require.ErrorIs(t, err, discover.ErrNotFound)
}

func TestWKDDirectOnlyWithoutSubdomain(t *testing.T) {
	mine := newKey(t, "joe@example.com")
	h := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/.well-known/openpgpkey/hu/") {
			w.Write(mine.Cert().Bytes())
			return
		}
		http.NotFound(w, r)
	}
	c := web(t, h, "example.com")
	c.Hosts["openpgpkey.example.com"] = netip.AddrPort{}
	got, err := c.WKD(t.Context(), "joe@example.com")
	require.NoError(t, err)
	require.Len(t, got, 1)
	c = web(t, h, "example.com", "openpgpkey.example.com")
	_, err = c.WKD(t.Context(), "joe@example.com")
	require.ErrorIs(t, err, discover.ErrNotFound)
}

func TestServers(t *testing.T) {
	mine := newKey(t, "joe@example.com")
	c := web(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/vks/v1/by-email/joe@example.com", r.URL.Path == "/vks/v1/by-fingerprint/"+mine.Fingerprint(),
			r.URL.Path == "/pks/lookup" && r.URL.Query().Get("op") == "get" && (r.URL.Query().Get("search") == "joe@example.com" || r.URL.Query().Get("search") == "0x"+mine.Fingerprint()):
			w.Write(mine.Cert().Armor())
		default:
			http.NotFound(w, r)
		}
	}, "example.com", "openpgpkey.example.com")
	c.VKS, c.HKP = "example.com", []string{"example.com"}
	got, err := c.Lookup(t.Context(), "joe@example.com")
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, []discover.Source{discover.SourceVKS, discover.SourceHKP}, []discover.Source{got[0].Source, got[1].Source})
	byFpr, err := c.VKSByFingerprint(t.Context(), strings.ToLower(mine.Fingerprint()))
	require.NoError(t, err)
	require.Len(t, byFpr, 1)
	_, err = c.HKPSearch(t.Context(), "example.com", mine.Fingerprint())
	require.NoError(t, err)
	_, err = c.VKSByFingerprint(t.Context(), "ABCD")
	require.ErrorIs(t, err, discover.ErrAddress)

	pinned, err := discover.Pinned(got, mine.Fingerprint())
	require.NoError(t, err)
	require.Equal(t, mine.Cert().Bytes(), pinned.Bytes())
	_, err = discover.Pinned(got, newKey(t, "joe@example.com").Fingerprint())
	require.ErrorIs(t, err, discover.ErrNotPinned)
}

func TestHostileServers(t *testing.T) {
	s := newKey(t, "joe@example.com")
	secret, err := s.ExportUnlocked()
	require.NoError(t, err)
	answer := []byte{}
	c := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/status" {
			w.WriteHeader(http.StatusTeapot)
		}
		w.Write(answer)
	}, "openpgpkey.example.com", "example.com")
	for name, a := range map[string]struct {
		data []byte
		want error
	}{
		"too large":    {bytes.Repeat([]byte{'x'}, 600<<10), discover.ErrTooLarge},
		"a web page":   {[]byte("<html>"), pgp.ErrNoKey},
		"empty":        {nil, pgp.ErrNoKey},
		"secret key":   {secret, pgp.ErrSecretMaterial},
		"needs repair": {[]byte(strings.ReplaceAll(string(s.Cert().Armor()), "\n", " ")), pgp.ErrDamaged},
	} {
		answer = a.data
		_, err := c.WKD(t.Context(), "joe@example.com")
		require.ErrorIs(t, err, a.want, name)
	}
	// A directory inside the network is not asked.
	c.UnsafeAllow = nil
	_, err = c.WKD(t.Context(), "joe@example.com")
	require.ErrorIs(t, err, discover.ErrNotPublic)
}

func TestAddresses(t *testing.T) {
	c := web(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	for _, a := range []string{"", "joe", "joe@", "@example.com", "joe@localhost", "joe@127.0.0.1", "joe@[127.0.0.1]", "joe@example.com/x",
		"joe@example.com:8080", "joe@-x.com", "joe@ex ample.com", "Joe <joe@example.com>", "joe@exämple.com", "joe@example..com", "joe@10.0.1"} {
		_, err := c.Lookup(t.Context(), a)
		require.ErrorIs(t, err, discover.ErrAddress, a)
	}
}
