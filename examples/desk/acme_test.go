package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
)

// acmeServer is Pebble, the ACME server that Let's Encrypt tests clients with. Every name
// leads to this machine.
type acmeServer struct {
	*httptest.Server
	ca    *ca.CAImpl
	ports chan [2]int // of http-01 and tls-alpn-01; until they are there requests wait
	mu    sync.Mutex
	asked map[string]int // requests by path
}

func newACME(t *testing.T, blocked ...string) *acmeServer {
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_AUTHZREUSE", "0")
	names, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	resolver := &dns.Server{Listener: names, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		r := new(dns.Msg)
		r.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			r.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(r)
	})}
	go func() { _ = resolver.ActivateAndServe() }()
	t.Cleanup(func() { _ = resolver.Shutdown() })

	a := &acmeServer{ports: make(chan [2]int, 1), asked: map[string]int{}}
	quiet, store := log.New(io.Discard, "", 0), db.NewMemoryStore()
	for _, name := range blocked {
		require.NoError(t, store.AddBlockedDomain(name))
	}
	a.ca = ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	front := sync.OnceValue(func() http.Handler {
		p := <-a.ports
		w := wfe.New(quiet, store, va.New(quiet, p[0], p[1], false, names.Addr().String(), store), a.ca, nil, false, false, 1, 1)
		return w.Handler()
	})
	a.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.asked[r.URL.Path]++
		a.mu.Unlock()
		front().ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		select {
		case a.ports <- [2]int{}:
		default:
		}
		a.Close()
	})
	return a
}

func (a *acmeServer) count(path string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for p, k := range a.asked {
		if strings.HasPrefix(p, path) {
			n += k
		}
	}
	return n
}

// dialTo reaches one address, whatever is asked for.
func dialTo(at string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at)
	}
}

// browser trusts the server's own authority, and finds every name at one address.
func (a *acmeServer) browser(at string) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(a.ca.GetRootCert(0).Cert)
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: dialTo(at), DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
