package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/rfc2350"
)

// readPolicy finds a policy by its name, or makes one of the disclosure window
// that a team's RFC 2350 document states.
func readPolicy(w io.Writer, name string, now time.Time) (policy.Policy, error) {
	if p, ok := policy.ByName(name); ok {
		return p, nil
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return policy.Policy{}, fmt.Errorf("%q is neither a policy nor a file; -policy list lists the policies", name)
	}
	if err != nil {
		return policy.Policy{}, err
	}
	d, err := rfc2350.Parse(b, rfc2350.Options{})
	if err != nil {
		return policy.Policy{}, fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(w, "RFC 2350 document of %s\n", d.Team.Name)
	for _, f := range d.Check(rfc2350.RFC, now) {
		if f.Severity == rfc2350.Error && f.Code != "key-expired" { // the keys follow
			fmt.Fprintf(w, "  %s: %s\n", f.Code, f.Message)
		}
	}
	for _, k := range d.Keys() {
		switch e := k.Expires; {
		case e.IsZero():
			fmt.Fprintf(w, "  key %s does not expire\n", k.Fingerprint)
		case e.Time().Before(now):
			fmt.Fprintf(w, "  key %s expired on %s: reporters cannot encrypt to it\n", k.Fingerprint, e)
		default:
			fmt.Fprintf(w, "  key %s expires on %s\n", k.Fingerprint, e)
		}
	}
	if d.Disclosure.IsZero() {
		return policy.Policy{}, fmt.Errorf("%s states no disclosure window; choose a policy by name", name)
	}
	fmt.Fprintf(w, "  disclosure window: %d days, at most %d\n", d.Disclosure.Days, max(d.Disclosure.Days, d.Disclosure.MaxDays))
	p := policy.ForWindow("rfc2350", d.Disclosure.Days, d.Disclosure.MaxDays)
	return p, p.Validate()
}
