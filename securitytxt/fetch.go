package securitytxt

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/internal/guard"
)

// Defaults of a Fetcher whose fields are zero.
const (
	DefaultTimeout      = 20 * time.Second
	DefaultMaxRedirects = 5
	DefaultUserAgent    = "cvdkit-securitytxt"
)

var (
	// ErrHost means that the name of a host is not one.
	ErrHost = errors.New("securitytxt: not a host name")
	// ErrNotPublic means that a host's name leads to an address that is not
	// public, and was not asked.
	ErrNotPublic = guard.ErrNotPublic
)

// A Fetcher retrieves the security.txt of hosts: https at each hop, from public
// addresses only (decided at connect, so that a name cannot change its mind),
// within limits. It is safe for concurrent use while no field changes and keeps
// no connection open.
type Fetcher struct {
	// Now is the clock that expiry is judged by; it is required.
	Now func() time.Time
	// ExpiresSoon is how long before Expires CodeExpiresSoon begins; zero means
	// never.
	ExpiresSoon time.Duration
	// Timeout bounds each of at most three retrievals, redirects and body
	// included; zero means DefaultTimeout.
	Timeout time.Duration
	// MaxRedirects is how many redirects each retrieval follows; zero means
	// DefaultMaxRedirects, less than zero none.
	MaxRedirects int
	// Limits bound the file. Of an answer at most 1 MiB is read, or Limits.Bytes
	// if that is more, because a page that says "not found" may be large.
	Limits Limits
	// CompareTopLevel retrieves TopLevelPath too if WellKnownPath has a file, to
	// report CodeTopLevelDiffers.
	CompareTopLevel bool
	// UserAgent is sent; empty means DefaultUserAgent. Some hosts refuse whoever
	// sends none.
	UserAgent string
	// Verifier, if set, verifies signatures.
	Verifier Verifier
	// Memory, if set, remembers who signed the file of a host. It needs a
	// Verifier.
	Memory SignerMemory
	// RootCAs replaces the roots of the system.
	RootCAs *x509.CertPool
	// Resolve replaces the system's resolver. Its addresses are guarded too.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// UnsafeAllow admits addresses that are not public: for tests, and for
	// networks that are closed on purpose.
	UnsafeAllow func(netip.AddrPort) bool
}

// A SignerMemory keeps a fingerprint for each host: trust on first use. It must
// be safe for concurrent use.
type SignerMemory interface {
	// Signer returns the fingerprint kept for host, or "" if there is none.
	Signer(ctx context.Context, host string) (string, error)
	// Remember keeps a fingerprint. It is called only where Signer returned "".
	Remember(ctx context.Context, host, fingerprint string) error
}

// An Attempt is one of the retrievals of a Fetch.
type Attempt struct {
	// Hops are the addresses asked, in order. The address of a redirect that was
	// refused is not among them.
	Hops []string
	// Status is the HTTP status of the last answer, 0 if there was none. If the
	// last hop did not answer, it is that of the redirect to it.
	Status int
	// Err says why it is not known whether there is a file.
	Err error
	// Soft404 is set if the answer was 200 and a page of another kind.
	Soft404 bool
}

// A Fetched is the outcome of a Fetch.
type Fetched struct {
	// Host is what the file is about: this host, neither its subdomains nor its
	// parent (RFC 9116 3.1).
	Host string
	// Document is nil if no file was found.
	Document *Document
	// URL is where the file was found in the end.
	URL string
	// Attempts lists WellKnownPath, then TopLevelPath if it was asked. An address
	// of http is the last, if that was asked.
	Attempts []Attempt
	// Verified is set if the file is signed and the Fetcher has a Verifier.
	Verified *Verified
	// Findings are those of Check, of the retrieval and of the signature.
	Findings []Finding
}

// Fetch retrieves the file of a host: a name, also an internationalized one, or an
// address, with an optional port. Of a URL of http or https its host is taken. The
// Fetched is nil only for ErrHost, and for a Fetcher without Now or with a Now that
// gives zero (ErrNoClock).
//
// WellKnownPath comes first; TopLevelPath is asked only if the host answers that
// the former has no file. So whoever can break the one cannot make a reader
// believe the other. An error is returned if the outcome is not known: no
// answer, or one of a status other than 200, 404 and 410, no valid certificate, a
// refused redirect (ErrNotPublic among the causes), a failure of Verifier or
// Memory, a file past a limit (ErrLimit).
//
// Where https has no file or does not answer, http is asked, to tell
// CodeInvalidURIScheme. That file is not returned: anyone can have written it.
func (f *Fetcher) Fetch(ctx context.Context, host string) (*Fetched, error) {
	if f.Now == nil {
		return nil, errors.New("securitytxt: Fetcher needs Now")
	}
	host, ok := inputHost(host)
	if !ok {
		return nil, ErrHost
	}
	now := f.Now()
	if now.IsZero() {
		return nil, ErrNoClock
	}
	out := &Fetched{Host: host}
	res, err := f.attempt(ctx, out, WellKnownPath)
	top := false
	if err == nil && res == nil {
		res, err = f.attempt(ctx, out, TopLevelPath)
		top = true
	}
	if err != nil || res == nil {
		if err == nil {
			out.add(CodeNoSecurityTxt)
		}
		f.plain(ctx, out)
		return out, err
	}
	doc, err := f.Limits.Parse(res.Body)
	out.Document, out.URL = doc, res.URL().String()
	from := []string{"https://" + host + WellKnownPath, out.URL}
	if top {
		from[0] = "https://" + host + TopLevelPath
	}
	out.Findings = append(out.Findings, doc.Check(CheckOptions{Now: now, ExpiresSoon: f.ExpiresSoon, RetrievedFrom: from})...)
	out.Findings = append(out.Findings, mediaFindings(res.Header)...)
	if err != nil {
		return out, err
	}
	if f.CompareTopLevel && !top {
		f.compare(ctx, out)
	}
	err = f.verify(ctx, out)
	sortFindings(out.Findings)
	return out, err
}

func (o *Fetched) add(c Code) { o.Findings = append(o.Findings, Finding{Code: c}) }

var (
	errTooManyRedirects = errors.New("securitytxt: too many redirects")
	errEncoded          = errors.New("securitytxt: the answer is compressed, which nobody asked for")
)

// attempt asks one path. It returns nil without an error if there is no file.
func (f *Fetcher) attempt(ctx context.Context, out *Fetched, path string) (*guard.Response, error) {
	start := "https://" + out.Host + path
	a := Attempt{Hops: []string{start}}
	crossed := false
	g := f.guard(&a.Status, func(from, to *url.URL) {
		a.Hops = append(a.Hops, to.String())
		crossed = crossed || !strings.EqualFold(from.Hostname(), to.Hostname())
	})
	res, err := g.Get(ctx, start)
	if err == nil {
		switch {
		case res.Status == http.StatusNotFound || res.Status == http.StatusGone:
			res = nil
		case res.Status != http.StatusOK:
			// Any other answer does not say that there is no file.
			err = fmt.Errorf("the host answers with status %d", res.Status)
		case isOtherPage(res):
			a.Soft404, res = true, nil
		case isEncoded(res.Header):
			err = errEncoded
		}
	}
	a.Err = err
	out.Attempts = append(out.Attempts, a)
	if crossed && (res != nil || err != nil) {
		out.add(CodeCrossHostRedirect)
	}
	if err != nil {
		if c := fetchCode(err); c != "" {
			out.add(c)
		}
		if errors.Is(err, guard.ErrTooLarge) {
			err = &LimitError{Code: CodeTooLarge, Limit: f.maxBody()}
		}
		return nil, fmt.Errorf("securitytxt: fetch: %w", err)
	}
	return res, nil
}

// guard makes a guarded fetcher that keeps the last status and tells follow of
// each redirect that it follows.
func (f *Fetcher) guard(status *int, follow func(from, to *url.URL)) *guard.Fetcher {
	timeout, redirects := f.Timeout, f.MaxRedirects
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	if redirects == 0 {
		redirects = DefaultMaxRedirects
	}
	n := 0
	return &guard.Fetcher{
		Timeout:  timeout,
		MaxBytes: int64(f.maxBody()),
		// One more than we follow, to tell a long chain from a wrong target.
		MaxRedirects: max(redirects, 0) + 1,
		AllowRedirect: func(from, to *url.URL) error {
			if n++; n > redirects {
				return errTooManyRedirects
			}
			follow(from, to)
			return nil
		},
		OnStatus:    func(n int) { *status = n },
		UserAgent:   cmp.Or(f.UserAgent, DefaultUserAgent),
		RootCAs:     f.RootCAs,
		UnsafeAllow: f.UnsafeAllow,
		Resolve:     f.Resolve,
	}
}

// maxBody is how much of an answer is read.
func (f *Fetcher) maxBody() int { return max(f.Limits.Bytes, guard.DefaultMaxBytes) }

// fetchCode names the rule that an error of a retrieval is about, if any.
func fetchCode(err error) Code {
	var cert *tls.CertificateVerificationError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		return CodeInvalidURIScheme
	case errors.Is(err, guard.ErrUserinfo):
		return CodeRedirectUserinfo
	case errors.Is(err, guard.ErrPort):
		return CodeRedirectPort
	case errors.Is(err, guard.ErrNotHTTPS):
		return CodeInsecureRedirect // the first hop was https
	case errors.Is(err, errTooManyRedirects):
		return CodeTooManyRedirects
	case errors.Is(err, guard.ErrTooLarge):
		return CodeTooLarge
	case errors.Is(err, errEncoded):
		return CodeInvalidMedia
	case errors.As(err, &cert):
		return CodeInvalidCert
	}
	return ""
}
