package discover

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/internal/guard"
	"github.com/cvdkit/cvdkit/pgp"
)

// Errors that a host branches on.
var (
	// ErrNotFound means that the place was reached and has no such key.
	ErrNotFound = errors.New("discover: no key found")
	// ErrAddress means that the address cannot be looked up: not an address,
	// or its domain is not a public host name in ASCII.
	ErrAddress = errors.New("discover: not an address that can be looked up")
	// ErrNotPinned means that candidates were found, and none is the pinned key.
	ErrNotPinned = errors.New("discover: the pinned key was not found")
	// ErrNotPublic means that a name led to an address that is not public.
	ErrNotPublic = guard.ErrNotPublic
	// ErrTooLarge means an answer of more than MaxBytes.
	ErrTooLarge = guard.ErrTooLarge
)

// A Source is where a candidate was found.
type Source string

// The sources.
const (
	SourceWKD Source = "wkd" // the domain's Web Key Directory
	SourceVKS Source = "vks" // a verifying key server
	SourceHKP Source = "hkp" // a key server that verifies nothing
)

// A Candidate is a certificate that has a user ID of the address, or the
// fingerprint that was asked for. It is not trusted.
type Candidate struct {
	Cert   pgp.Cert // as it was found
	Source Source   // where it was found
	// URL is where it was read.
	URL string
}

// A Client looks up certificates. The zero value asks Web Key Directories and
// keys.openpgp.org. It is safe for concurrent use while no field changes.
type Client struct {
	// VKS is the host of a verifying key server; keys.openpgp.org if empty, "-"
	// for none.
	VKS string
	// HKP are the hosts of HKP servers, asked by https; none by default.
	HKP []string
	// Timeout bounds each request, redirects included; 10 seconds if zero.
	Timeout time.Duration
	// MaxBytes is the longest answer; 512 KiB if zero.
	MaxBytes int64
	// UserAgent is sent if not empty.
	UserAgent string
	// RootCAs replaces the roots of the system.
	RootCAs *x509.CertPool
	// UnsafeAllow admits addresses that are not public: for tests, and for
	// networks that are closed on purpose.
	UnsafeAllow func(netip.AddrPort) bool
	// Hosts are connected to at these addresses instead of being looked up; the
	// zero AddrPort stands for a host that does not exist.
	Hosts map[string]netip.AddrPort
}

const (
	defaultVKS     = "keys.openpgp.org"
	defaultTimeout = 10 * time.Second
	defaultBytes   = 512 << 10
	maxCandidates  = 20
)

// Lookup asks every source for the address and returns all candidates. Failures
// of single sources are joined in the error, which may come with candidates;
// with none and no other failure it wraps ErrNotFound.
func (c *Client) Lookup(ctx context.Context, address string) ([]Candidate, error) {
	if _, _, err := splitAddress(address); err != nil {
		return nil, err
	}
	var out []Candidate
	var errs []error
	add := func(found []Candidate, err error) {
		out = append(out, found...)
		if err != nil && !errors.Is(err, ErrNotFound) {
			errs = append(errs, err)
		}
	}
	add(c.WKD(ctx, address))
	if c.VKS != "-" {
		add(c.VKSByAddress(ctx, address))
	}
	for _, h := range c.HKP {
		add(c.HKPSearch(ctx, h, address))
	}
	if len(out) == 0 && len(errs) == 0 {
		return nil, ErrNotFound
	}
	return out, errors.Join(errs...)
}

// WKD asks the Web Key Directory of the address's domain
// (draft-koch-openpgp-webkey-service, section 3.1): the advanced method, and
// the direct one only if the sub-domain openpgpkey does not exist.
func (c *Client) WKD(ctx context.Context, address string) ([]Candidate, error) {
	local, domain, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	query := zbase32(sha1.Sum([]byte(strings.ToLower(local)))) + "?l=" + url.QueryEscape(local)
	advanced := "https://openpgpkey." + domain + "/.well-known/openpgpkey/" + domain + "/hu/" + query
	found, err := c.get(ctx, SourceWKD, advanced, byAddress(address))
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return c.get(ctx, SourceWKD, "https://"+domain+"/.well-known/openpgpkey/hu/"+query, byAddress(address))
	}
	return found, err
}

// VKSByAddress asks the verifying key server for an address.
func (c *Client) VKSByAddress(ctx context.Context, address string) ([]Candidate, error) {
	local, domain, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	return c.get(ctx, SourceVKS, c.vks()+"by-email/"+url.PathEscape(local+"@"+domain), byAddress(address))
}

// VKSByFingerprint asks the verifying key server for a key, for instance to
// refresh it: the answer may have no user ID; use pgp.Cert.Merge.
func (c *Client) VKSByFingerprint(ctx context.Context, fingerprint string) ([]Candidate, error) {
	if !isFingerprint(fingerprint) {
		return nil, fmt.Errorf("%w: a fingerprint has 40 or 64 digits", ErrAddress)
	}
	return c.get(ctx, SourceVKS, c.vks()+"by-fingerprint/"+strings.ToUpper(fingerprint), byFingerprint(fingerprint))
}

// HKPSearch asks an HKP server for an address or a fingerprint
// (draft-shaw-openpgp-hkp, section 3).
func (c *Client) HKPSearch(ctx context.Context, host, search string) ([]Candidate, error) {
	fits, term := byFingerprint(search), "0x"+search
	if !isFingerprint(search) {
		local, domain, err := splitAddress(search)
		if err != nil {
			return nil, err
		}
		fits, term = byAddress(search), local+"@"+domain
	}
	return c.get(ctx, SourceHKP, "https://"+host+"/pks/lookup?op=get&options=mr&search="+url.QueryEscape(term), fits)
}

func (c *Client) vks() string {
	host := c.VKS
	if host == "" {
		host = defaultVKS
	}
	return "https://" + host + "/vks/v1/"
}

func byAddress(address string) func(pgp.Cert) bool {
	return func(c pgp.Cert) bool { return c.HasAddress(address) }
}

func byFingerprint(fpr string) func(pgp.Cert) bool {
	return func(c pgp.Cert) bool { return strings.EqualFold(c.Fingerprint(), fpr) }
}

// get fetches one URL and keeps the certificates that were asked for. What a
// server adds to them is dropped.
func (c *Client) get(ctx context.Context, s Source, u string, fits func(pgp.Cert) bool) ([]Candidate, error) {
	f := guard.Fetcher{Timeout: c.Timeout, MaxBytes: c.MaxBytes, UserAgent: c.UserAgent,
		RootCAs: c.RootCAs, UnsafeAllow: c.UnsafeAllow, Hosts: c.Hosts}
	if f.Timeout <= 0 {
		f.Timeout = defaultTimeout
	}
	if f.MaxBytes <= 0 {
		f.MaxBytes = defaultBytes
	}
	r, err := f.Get(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("discover: %s: %w", s, err)
	}
	switch r.Status {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return nil, ErrNotFound
	default:
		return nil, fmt.Errorf("discover: %s: status %d", s, r.Status)
	}
	certs, _, err := pgp.ParseCerts(bytes.NewReader(r.Body), pgp.ParseOptions{MaxCerts: maxCandidates, Strict: true})
	var out []Candidate
	for _, cert := range certs {
		if fits(cert) {
			out = append(out, Candidate{cert, s, r.URL().String()})
		}
	}
	if len(out) == 0 && err != nil {
		return nil, fmt.Errorf("discover: %s: %w", s, err)
	}
	if len(out) == 0 {
		return nil, ErrNotFound
	}
	return out, nil
}

// Pinned returns the certificate of the fingerprint, merged from all the
// candidates that have it. The error is ErrNotPinned if there is none, however
// many others there are.
func Pinned(candidates []Candidate, fingerprint string) (pgp.Cert, error) {
	var out pgp.Cert
	for _, c := range candidates {
		switch {
		case !strings.EqualFold(c.Cert.Fingerprint(), fingerprint):
		case out.IsZero():
			out = c.Cert
		default:
			if merged, err := out.Merge(c.Cert.Bytes()); err == nil {
				out = merged
			}
		}
	}
	if out.IsZero() {
		return out, ErrNotPinned
	}
	return out, nil
}

// splitAddress checks an address and its domain, which becomes a host name
// here: letters, digits, hyphens, at least two labels, no IP address.
func splitAddress(address string) (local, domain string, err error) {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != strings.TrimSpace(address) || len(address) > 254 {
		return "", "", ErrAddress
	}
	i := strings.LastIndexByte(a.Address, '@')
	local, domain = a.Address[:i], strings.ToLower(a.Address[i+1:])
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", "", ErrAddress
		}
	}
	top := labels[len(labels)-1]
	if len(labels) < 2 || strings.Trim(top, "0123456789") == "" {
		return "", "", ErrAddress
	}
	return local, domain, nil
}

func isFingerprint(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// zbase32 is the encoding of RFC 6189, section 5.1.6. 20 octets make 32
// characters without a remainder.
func zbase32(sum [20]byte) string {
	const alphabet = "ybndrfg8ejkmcpqxot1uwisza345h769"
	var b strings.Builder
	for i := 0; i < len(sum); i += 5 {
		var v uint64
		for _, c := range sum[i : i+5] {
			v = v<<8 | uint64(c)
		}
		for shift := 35; shift >= 0; shift -= 5 {
			b.WriteByte(alphabet[v>>shift&31])
		}
	}
	return b.String()
}
