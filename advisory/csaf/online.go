package csaf

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/cvdkit/cvdkit/internal/guard"
)

// A URLChecker asks servers whether URLs resolve. Its Check is for
// [Validator.CheckURL]. It asks https and public addresses only (decided at connect,
// so that a name cannot change its mind), because a document chooses its URLs, and
// follows up to five redirects. The servers learn that somebody reads the document.
// The zero value is usable. It is safe for concurrent use while no field changes.
type URLChecker struct {
	// Timeout bounds each URL, redirects included; zero means 15 seconds.
	Timeout time.Duration
	// UserAgent is sent if not empty.
	UserAgent string
	// RootCAs replaces the roots of the system.
	RootCAs *x509.CertPool
	// UnsafeAllow admits addresses that are not public: for tests, and for networks
	// that are closed on purpose.
	UnsafeAllow func(netip.AddrPort) bool
	// Hosts are connected to at these addresses and ports instead of being looked up;
	// these too are guarded. The zero AddrPort stands for a host that does not exist.
	Hosts map[string]netip.AddrPort
}

// Check returns the status of the last hop. A URL of the scheme http is asked as https.
// An answer that is too large to be read whole is there, and counts as 200. The error
// says why a URL was not asked or gave no answer.
func (c *URLChecker) Check(ctx context.Context, raw string) (status int, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return 0, guard.ErrNotHTTPS
	}
	if u.Scheme == "http" {
		u.Scheme = "https"
	}
	u.Fragment = ""
	f := guard.Fetcher{
		Timeout: c.Timeout, UserAgent: c.UserAgent, RootCAs: c.RootCAs, UnsafeAllow: c.UnsafeAllow, Hosts: c.Hosts,
	}
	if f.Timeout <= 0 {
		f.Timeout = 15 * time.Second
	}
	r, err := f.Get(ctx, u.String())
	switch {
	case errors.Is(err, guard.ErrTooLarge):
		return http.StatusOK, nil
	case err != nil:
		return 0, err
	}
	return r.Status, nil
}
