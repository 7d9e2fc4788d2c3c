package guard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Defaults of a Fetcher whose fields are zero.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultMaxBytes     = 1 << 20
	DefaultMaxRedirects = 5

	maxHeaderBytes = 64 << 10
	dialTimeout    = 10 * time.Second
)

// The rules of a fetch. Errors of Get wrap them; test with errors.Is.
var (
	// ErrNotPublic means that a name led to an address that is not public.
	ErrNotPublic = errors.New("guard: address is not public")
	// ErrNotHTTPS means that a hop was not an https URL with a host and
	// without user information.
	ErrNotHTTPS = errors.New("guard: only https URLs without user information are fetched")
	// ErrUserinfo means that the URL of a hop had user information; it is an
	// ErrNotHTTPS too.
	ErrUserinfo = fmt.Errorf("%w: it has user information", ErrNotHTTPS)
	// ErrPort means that a redirect led to another port; it is an ErrRedirect
	// too.
	ErrPort = fmt.Errorf("%w: to another port", ErrRedirect)
	// ErrTooLarge means that the body is longer than MaxBytes.
	ErrTooLarge = errors.New("guard: body is longer than the limit")
	// ErrRedirect means too many redirects, one without a usable target, or
	// one that the redirect policy refused.
	ErrRedirect = errors.New("guard: redirect refused")
)

// A Fetcher gets documents. The zero value is usable: https, public addresses,
// system roots and the defaults above. It is safe for concurrent use while no
// field changes. It keeps no connection open between calls.
type Fetcher struct {
	// Timeout bounds a whole Get, redirects and body included. Zero means
	// DefaultTimeout.
	Timeout time.Duration
	// MaxBytes is the longest body that is returned. Zero means
	// DefaultMaxBytes.
	MaxBytes int64
	// MaxRedirects is how many redirects are followed. Zero means
	// DefaultMaxRedirects, a negative number none.
	MaxRedirects int
	// AllowRedirect, if set, can refuse a redirect by an error. It is asked
	// after the fixed rules: each hop is https, and names either port 443 or
	// the host and port that it was redirected from.
	AllowRedirect func(from, to *url.URL) error
	// OnStatus, if set, is told the status of each answer, also of one that Get
	// then refuses.
	OnStatus func(status int)
	// UserAgent is sent if not empty.
	UserAgent string
	// RootCAs replaces the roots of the system.
	RootCAs *x509.CertPool
	// UnsafeAllow admits addresses that are not public, for tests and for
	// networks that are closed on purpose. It is given the address that the
	// socket connects to.
	UnsafeAllow func(netip.AddrPort) bool
	// Resolve replaces the look-up of a host's addresses; the addresses it
	// gives are guarded too. Nil means the resolver of the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Hosts are connected to at these addresses and ports, whatever the URL's
	// port, instead of being looked up; these too are guarded. The zero
	// AddrPort stands for a host that does not exist.
	Hosts map[string]netip.AddrPort
}

// A Response is the answer of the last hop. A status other than 200 is not an
// error of Get.
type Response struct {
	// Hops are the URLs asked, in order; the last gave this response.
	Hops []*url.URL
	// Status is the HTTP status code of the last hop.
	Status int
	// Header is the header of the last hop.
	Header http.Header
	// Body is at most MaxBytes long. It is not decompressed.
	Body []byte
	// TLS is the state of the last hop's connection.
	TLS *tls.ConnectionState
}

// URL returns the URL that gave the response.
func (r *Response) URL() *url.URL { return r.Hops[len(r.Hops)-1] }

// Get fetches rawURL and follows redirects within the rules. It returns an
// error, and no response, if any hop broke a rule or the network failed. The
// error wraps ErrNotPublic, ErrNotHTTPS, ErrTooLarge, ErrRedirect or the error
// of the network. Of a refused hop nothing was requested.
func (f *Fetcher) Get(ctx context.Context, rawURL string) (*Response, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, ErrNotHTTPS
	}
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	client := f.client()
	defer client.CloseIdleConnections()
	left := f.MaxRedirects
	if left == 0 {
		left = DefaultMaxRedirects
	}
	var hops []*url.URL
	for {
		if err := checkURL(u); err != nil {
			return nil, err
		}
		hops = append(hops, u)
		r, next, err := f.hop(ctx, client, u)
		if err != nil {
			return nil, err
		}
		if next == nil {
			r.Hops = hops
			return r, nil
		}
		if left--; left < 0 {
			return nil, fmt.Errorf("%w: more than allowed", ErrRedirect)
		}
		if err := f.checkRedirect(u, next); err != nil {
			return nil, err
		}
		u = next
	}
}

// GetPlain asks one URL of http, on its default port, under the same guard, and
// follows nothing: a redirect is ErrRedirect. Anyone on the way can have written
// the answer. It is for saying that a server speaks http and not https, never for
// what the answer holds.
func (f *Fetcher) GetPlain(ctx context.Context, rawURL string) (*Response, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Hostname() == "" || u.Opaque != "" {
		return nil, ErrNotHTTPS
	}
	if p := u.Port(); p != "" && p != "80" {
		return nil, ErrPort
	}
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client := f.client()
	defer client.CloseIdleConnections()
	r, next, err := f.hop(ctx, client, u)
	if err != nil {
		return nil, err
	}
	if next != nil {
		return nil, ErrRedirect
	}
	r.Hops = []*url.URL{u}
	return r, nil
}

// hop asks one URL. It returns the target of a redirect, or the response.
func (f *Fetcher) hop(ctx context.Context, c *http.Client, u *url.URL) (*Response, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, ErrNotHTTPS
	}
	// An empty value keeps net/http from sending its own name.
	req.Header.Set("User-Agent", f.UserAgent)
	// The body is not decompressed, so ask for none that is.
	req.Header.Set("Accept-Encoding", "identity")
	res, err := c.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		next, err := res.Location()
		if err != nil {
			return nil, nil, fmt.Errorf("%w: no usable Location", ErrRedirect)
		}
		next.Fragment = ""
		return nil, next, nil
	}
	body, err := f.body(res)
	if err != nil {
		return nil, nil, err
	}
	return &Response{Status: res.StatusCode, Header: res.Header, Body: body, TLS: res.TLS}, nil, nil
}

func (f *Fetcher) body(res *http.Response) ([]byte, error) {
	limit := f.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	if res.ContentLength > limit {
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err == nil {
		// The server ends its answer when it sees us leave: that is no whole body.
		err = res.Request.Context().Err()
	}
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, ErrTooLarge
	}
	return body, nil
}

func checkURL(u *url.URL) error {
	if u.Scheme == "https" && u.User != nil {
		return ErrUserinfo
	}
	if u.Scheme != "https" || u.User != nil || u.Hostname() == "" || u.Opaque != "" {
		return ErrNotHTTPS
	}
	return nil
}

func (f *Fetcher) checkRedirect(from, to *url.URL) error {
	if err := checkURL(to); err != nil {
		return err
	}
	if p := to.Port(); p != "" && p != "443" && to.Host != from.Host {
		return ErrPort
	}
	if f.AllowRedirect == nil {
		return nil
	}
	if err := f.AllowRedirect(from, to); err != nil {
		return fmt.Errorf("%w: %w", ErrRedirect, err)
	}
	return nil
}

func (f *Fetcher) client() *http.Client {
	d := &net.Dialer{Timeout: dialTimeout, Control: f.control}
	dial := d.DialContext
	if f.Resolve != nil || f.Hosts != nil {
		dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			return f.dialResolved(ctx, d, network, addr)
		}
	}
	t := &http.Transport{
		Proxy:                  nil,
		DialContext:            dial,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeaderBytes,
		TLSHandshakeTimeout:    dialTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: f.RootCAs},
	}
	c := &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if f.OnStatus != nil {
		c.Transport = teller{t, f.OnStatus}
	}
	return c
}

// A teller tells the status where every answer passes: http.Client keeps one whose
// Location cannot be read to itself.
type teller struct {
	*http.Transport
	status func(int)
}

// RoundTrip implements http.RoundTripper.
func (t teller) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Transport.RoundTrip(req)
	if err == nil {
		t.status(res.StatusCode)
	}
	return res, err
}

// dialResolved connects by Hosts, or by what Resolve gives, in order.
func (f *Fetcher) dialResolved(ctx context.Context, d *net.Dialer, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	noHost := &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	if a, ok := f.Hosts[host]; ok {
		if !a.IsValid() {
			return nil, noHost
		}
		return d.DialContext(ctx, network, a.String())
	}
	if f.Resolve == nil {
		return d.DialContext(ctx, network, addr)
	}
	addrs, err := f.Resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	err = noHost
	for _, a := range addrs {
		var c net.Conn
		if c, err = d.DialContext(ctx, network, net.JoinHostPort(a.String(), port)); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// control sees the address of the socket, after resolution and before connect.
func (f *Fetcher) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrNotPublic
	}
	if IsPublic(ap.Addr()) || f.UnsafeAllow != nil && f.UnsafeAllow(ap) {
		return nil
	}
	return ErrNotPublic
}
