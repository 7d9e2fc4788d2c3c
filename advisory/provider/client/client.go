package client

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/internal/guard"
)

// Limits of what is fetched.
const (
	MaxFeed      = 64 << 20 // bytes of a feed or a list
	MaxDocument  = 32 << 20 // bytes of a document
	MaxSmall     = 1 << 20  // bytes of metadata, keys, hashes and signatures
	MaxDocuments = 200_000  // documents of a provider
	MaxFeeds     = 1000     // feeds and folders of a provider
)

// ErrNoProvider means that a domain has no provider metadata at any of its places.
var ErrNoProvider = errors.New("client: the domain has no provider-metadata.json")

// A Response is an answer. Its Body is at most as long as was asked for.
type Response struct {
	Status    int         // of HTTP, after redirects
	Header    http.Header // of the last answer
	Body      []byte      // decoded where the transfer was compressed
	Redirects int         // how many were followed
}

// A Verifier verifies signatures. Package pgp has all that it needs.
type Verifier interface {
	// VerifyDetached returns the fingerprint of the key, among the given certificates,
	// whose signature of text is valid now. An error means that none is.
	VerifyDetached(ctx context.Context, text, signature []byte, certs [][]byte) (fingerprint string, err error)
	// Fingerprint returns the fingerprint of the primary key of a certificate.
	Fingerprint(cert []byte) (string, error)
}

// A Client reads providers. Verifier is required.
type Client struct {
	Verifier Verifier // checks signatures with the provider's keys
	// Get replaces the guarded fetcher, for providers that ask for a login. It must
	// return an error rather than more than max bytes, and should refuse addresses
	// that are not public.
	Get func(ctx context.Context, url string, max int64) (*Response, error)
	// Public, beside Get, fetches without a login: Check sees with it what is open. Nil
	// means the guarded fetcher.
	Public func(ctx context.Context, url string, max int64) (*Response, error)
	// UserAgent is sent if not empty.
	UserAgent string
	// RootCAs replaces the roots of the system.
	RootCAs *x509.CertPool
	// UnsafeAllow admits addresses that are not public, for tests and for networks
	// that are closed on purpose.
	UnsafeAllow func(netip.AddrPort) bool
	// Hosts are connected to at these addresses instead of being looked up.
	Hosts map[string]netip.AddrPort
}

// A Provider is who publishes, as its metadata says.
type Provider struct {
	URL      string            // of the metadata
	Metadata provider.Metadata // as it was read; its claims are the provider's
	Certs    [][]byte          // public keys that could be fetched and whose fingerprint fits
}

// A Problem is what was wrong at an address. It does not stop the rest.
type Problem struct {
	URL     string // what was asked for
	Message string // one sentence in English
}

// String returns the problem in one line.
func (p Problem) String() string { return p.URL + ": " + p.Message }

func (c *Client) get(ctx context.Context, u string, max int64) (*Response, error) {
	if c.Get != nil {
		return c.Get(ctx, u, max)
	}
	return c.guarded(ctx, u, max)
}

func (c *Client) anonymous(ctx context.Context, u string, max int64) (*Response, error) {
	if c.Public != nil {
		return c.Public(ctx, u, max)
	}
	return c.guarded(ctx, u, max)
}

func (c *Client) guarded(ctx context.Context, u string, max int64) (*Response, error) {
	f := guard.Fetcher{
		Timeout: 5 * time.Minute, MaxBytes: max, MaxRedirects: 10, // 7.1.6
		UserAgent: c.UserAgent, RootCAs: c.RootCAs, UnsafeAllow: c.UnsafeAllow, Hosts: c.Hosts,
	}
	r, err := f.Get(ctx, u)
	if err != nil {
		return nil, err
	}
	return &Response{r.Status, r.Header, r.Body, len(r.Hops) - 1}, nil
}

// fetch is get for what must be there.
func (c *Client) fetch(ctx context.Context, u string, max int64) ([]byte, error) {
	r, err := c.get(ctx, u, max)
	if err != nil {
		return nil, err
	}
	if r.Status != http.StatusOK {
		return nil, fmt.Errorf("status %d", r.Status)
	}
	return r.Body, nil
}

// Discover finds the provider of a domain, or reads the metadata at an https URL
// that ends in provider-metadata.json. What was tried and failed comes back as
// problems; the error is ErrNoProvider or that of ctx.
func (c *Client) Discover(ctx context.Context, domain string) (*Provider, []Problem, error) {
	var problems []Problem
	tried := map[string]bool{}
	try := func(u string) *Provider {
		if tried[u] {
			return nil
		}
		tried[u] = true
		p, more, err := c.Read(ctx, u)
		problems = append(problems, more...)
		if err != nil {
			problems = append(problems, Problem{u, err.Error()})
			return nil
		}
		return p
	}
	if strings.HasPrefix(domain, "https://") {
		if p := try(domain); p != nil {
			return p, problems, nil
		}
		return nil, problems, ErrNoProvider
	}
	if p := try("https://" + domain + provider.WellKnown + "/" + provider.MetadataName); p != nil {
		return p, problems, nil
	}
	for _, at := range []string{"/.well-known/security.txt", "/security.txt"} {
		text, err := c.fetch(ctx, "https://"+domain+at, MaxSmall)
		if err != nil {
			continue
		}
		for _, u := range csafFields(text) {
			if p := try(u); p != nil {
				return p, problems, nil
			}
		}
	}
	if p := try("https://csaf.data.security." + domain + "/"); p != nil {
		return p, problems, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, problems, err
	}
	return nil, problems, ErrNoProvider
}

// csafFields returns the https addresses of CSAF lines, ten at most.
func csafFields(text []byte) []string {
	var list []string
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(name), "CSAF") && len(list) < 10 {
			if u := strings.TrimSpace(value); strings.HasPrefix(u, "https://") {
				list = append(list, u)
			}
		}
	}
	return list
}

// Read reads the metadata at an address and the keys that it names.
func (c *Client) Read(ctx context.Context, u string) (*Provider, []Problem, error) {
	text, err := c.fetch(ctx, u, MaxSmall)
	if err != nil {
		return nil, nil, err
	}
	p := &Provider{URL: u}
	if err := json.Unmarshal(text, &p.Metadata); err != nil {
		return nil, nil, errors.New("this is no provider metadata")
	}
	switch m := p.Metadata; {
	case m.Version != "2.0" && m.Version != "2.1":
		return nil, nil, fmt.Errorf("the metadata_version %q is not known", m.Version)
	case m.CanonicalURL == "" || m.Publisher.Name == "" || m.Role == "":
		return nil, nil, errors.New("canonical_url, publisher.name or role is missing")
	case len(m.Distributions) > MaxFeeds || len(m.Keys) > MaxFeeds:
		return nil, nil, errors.New("the metadata names more than can be read")
	}
	var problems []Problem
	for _, k := range p.Metadata.Keys {
		cert, err := c.key(ctx, k)
		if err != nil {
			problems = append(problems, Problem{k.URL, err.Error()})
			continue
		}
		p.Certs = append(p.Certs, cert)
	}
	return p, problems, ctx.Err()
}

func (c *Client) key(ctx context.Context, k provider.Key) ([]byte, error) {
	cert, err := c.fetch(ctx, k.URL, MaxSmall)
	if err != nil {
		return nil, err
	}
	fpr, err := c.Verifier.Fingerprint(cert)
	if err != nil {
		return nil, err
	}
	if k.Fingerprint != "" && !strings.EqualFold(fpr, k.Fingerprint) {
		return nil, fmt.Errorf("the key has the fingerprint %s, and the metadata says %s", fpr, k.Fingerprint)
	}
	return cert, nil
}

// relative resolves a name of a list against its folder; it must stay below it.
func relative(base, name string) (string, error) {
	if name == "." || !fs.ValidPath(name) || strings.Contains(name, "..") || strings.ContainsAny(name, "\\?#:%") {
		return "", fmt.Errorf("the name %q leaves the folder", name)
	}
	return url.JoinPath(base, name)
}
