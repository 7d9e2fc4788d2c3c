package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// certs gets certificates by ACME (RFC 8555) for both addresses: an ACME server asks at
// port 443 for the names of the team's pages too. It keeps them, with their keys, in a
// folder beside the cases.
type certs struct {
	names   []string
	m       *autocert.Manager
	problem func(context.Context, error)
}

// newCerts makes the folder. Without one that can be written each start would ask for new
// certificates, and ACME servers soon refuse that for days.
func newCerts(o options, problem func(context.Context, error)) (*certs, error) {
	dir := o.files + ".certificates"
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.Chmod(dir, 0o700)
	}
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".try-*"); err == nil {
			f.Close()
			err = os.Remove(f.Name())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("-autocert keeps the certificates in %s, which cannot be written: %w", dir, err)
	}
	c := &certs{names: list(o.autocert), problem: problem}
	w := &witness{next: o.acmeBy, tell: func(err error) { problem(context.Background(), err) }, told: map[string]bool{}, orders: map[string]string{}}
	c.m = &autocert.Manager{
		Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(c.names...), Cache: autocert.DirCache(dir),
		Client: &acme.Client{DirectoryURL: cmp.Or(o.acme, autocert.DefaultACMEDirectory), HTTPClient: &http.Client{Transport: w, Timeout: time.Minute}, RetryBackoff: again},
	}
	return c, nil
}

// again says how long to wait before the nth repetition of a request that an ACME server
// could not serve, or would not serve so often. A visitor waits for it, so it is not long.
func again(n int, _ *http.Request, r *http.Response) time.Duration {
	wait := time.Second << min(n-1, 3)
	if r != nil {
		if s, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil {
			wait = max(wait, time.Duration(s)*time.Second)
		}
	}
	if n > 3 || wait > time.Minute {
		return -1
	}
	return wait
}

func (c *certs) tls() *tls.Config {
	cfg := c.m.TLSConfig()
	cfg.MinVersion = tls.VersionTLS12
	return cfg
}

// keep gets what is missing, says how long each certificate is good, and looks every hour
// whether they are renewed, until ctx ends.
func (c *certs) keep(ctx context.Context, w io.Writer) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for ; ; w = io.Discard {
		for _, name := range c.names {
			good, err := c.look(name)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				c.problem(ctx, err)
			default:
				fmt.Fprintf(w, "The certificate of %s is good until %s.\n", name, good.UTC().Format("2006-01-02 15:04 MST"))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
		}
	}
}

// look gets the certificate of a name unless it is there, and reports until when it is
// good.
func (c *certs) look(name string) (time.Time, error) {
	cert, err := c.m.GetCertificate(&tls.ClientHelloInfo{ServerName: name, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}})
	if err != nil {
		return time.Time{}, fmt.Errorf("%s has no certificate: %s. The name has to lead to this machine from everywhere, port 443 there to -listen, or port 80 to -http. It is asked for again when somebody comes, after a minute at the soonest", name, strings.Join(strings.Fields(err.Error()), " "))
	}
	from, until := cert.Leaf.NotBefore, cert.Leaf.NotAfter
	if left := time.Until(until); left < until.Sub(from)/4 { // it is renewed after two thirds
		return until, fmt.Errorf("the certificate of %s ends at %s and is not renewed yet", name, until.UTC().Format(time.RFC3339))
	}
	return until, nil
}

// plain is all that is there without TLS: the answers to an ACME server's challenges, and
// the way to https, which at has for each name.
func (c *certs) plain(at map[string]string) http.Handler {
	h := c.m.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch base, ok := at[r.Host]; {
		case !ok:
			http.Error(w, "This name is not served here.", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			http.Error(w, "Come by https. What you have sent was not encrypted, and is not kept.", http.StatusForbidden)
		default:
			http.Redirect(w, r, base+r.URL.RequestURI(), http.StatusPermanentRedirect)
		}
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.Host); err == nil {
			r.Host = host
		}
		r.Host = strings.ToLower(r.Host)
		h.ServeHTTP(w, r)
	})
}

// witness tells what an ACME server refuses. Package autocert keeps that for itself where
// a challenge fails, and where a renewal does. It also says of an order that is finalized
// where it is: RFC 8555 section 7.4 does not ask servers to, and package acme needs it.
type witness struct {
	next http.RoundTripper // nil: the usual one
	tell func(error)

	mu     sync.Mutex
	told   map[string]bool   // addresses of authorizations that failed
	orders map[string]string // addresses of orders, by that which finalizes each
}

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	next := w.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		w.tell(fmt.Errorf("the ACME server %s cannot be reached: %w", r.URL.Host, err))
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode < 400 && kind != "application/json" {
		return resp, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	w.locate(r.URL.String(), resp, body)
	if says := refusal(resp.StatusCode, body); says != "" && w.first(resp.StatusCode, r.URL.String()) {
		w.tell(fmt.Errorf("the ACME server %s %s", r.URL.Host, says))
	}
	return resp, nil
}

// locate adds to the answer to "finalize" the address of the order.
func (w *witness) locate(at string, resp *http.Response, body []byte) {
	var order struct{ Finalize string }
	if json.Unmarshal(body, &order) != nil || order.Finalize == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if resp.StatusCode == http.StatusCreated {
		w.orders[order.Finalize] = resp.Header.Get("Location")
	} else if here := w.orders[at]; here != "" {
		delete(w.orders, at)
		if resp.Header.Get("Location") == "" {
			resp.Header.Set("Location", here)
		}
	}
}

// first reports whether a refusal is told for the first time. What failed is fetched
// more than once.
func (w *witness) first(status int, at string) bool {
	if status >= 400 {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.told) > 1000 {
		clear(w.told)
		clear(w.orders)
	}
	first := !w.told[at]
	w.told[at] = true
	return first
}

// refusal reads what an ACME server refuses (RFC 8555 sections 6.7 and 7.5.1); "": nothing,
// or only a nonce, in whose stead a new one is taken.
func refusal(status int, body []byte) string {
	type problem struct{ Type, Detail string }
	var x struct {
		problem
		Status     any // of a problem its number, of an authorization a word
		Identifier struct{ Value string }
		Challenges []struct {
			Type  string
			Error *problem
		}
	}
	ok := json.Unmarshal(body, &x) == nil
	switch {
	case status >= 400 && ok && strings.HasSuffix(x.Type, ":badNonce"):
		return ""
	case status >= 400 && ok && x.Type != "":
		return fmt.Sprintf("refuses: %q (%s)", x.Detail, x.Type)
	case status >= 400:
		return fmt.Sprintf("answers %d %s", status, http.StatusText(status))
	case x.Status != "invalid":
		return ""
	}
	for _, c := range x.Challenges {
		if c.Error != nil {
			return fmt.Sprintf("has tried %s for %s, and says: %q (%s)", c.Type, x.Identifier.Value, c.Error.Detail, c.Error.Type)
		}
	}
	return ""
}
