package main

import (
	"os"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// A renewal changes one line, and signs again what was signed.
func TestRenew(t *testing.T) {
	text := "# ours\r\nExpires: 2026-11-05T00:00:00Z\r\n\r\nContact: https://example.com/report\r\n" +
		"Canonical: https://example.com/.well-known/security.txt\r\n# end\r\n"
	renewed := strings.Replace(text, "2026-11-05T00:00:00Z", "2027-01-30T12:00:00Z", 1)
	path := save(t, "security.txt", []byte(text))
	if out, _ := want(t, 0, "", "renew", path); out != renewed {
		t.Errorf("%q", out)
	}
	want(t, 0, "", "renew", "-w", path)
	if raw, _ := os.ReadFile(path); string(raw) != renewed {
		t.Errorf("%q", raw)
	}

	secret, cert, _ := keyPair(t, pgp.KeySpec{})
	pass := save(t, "pass", []byte("open"))
	signed, _ := want(t, 0, text, "sign", "-key", secret, "-passphrase-file", pass, "-")
	if _, stderr := want(t, 2, signed, "renew", "-"); !strings.Contains(stderr, "-key FILE") {
		t.Error(stderr)
	}
	out, _ := want(t, 0, signed, "renew", "-days", "30", "-key", secret, "-passphrase-file", pass, "-origin", "https://example.com", "-")
	if !strings.Contains(out, "# ours") || !strings.Contains(out, "2026-12-01T12:00:00Z") || !strings.Contains(out, "# end") {
		t.Error(out)
	}
	out, _ = want(t, 0, out, "verify", "-json", "-keys", cert, "-")
	if r := decode(t, out); !r.Valid || r.Signature.Status != securitytxt.StatusValid {
		t.Error(out)
	}
	for _, c := range []struct {
		hint string
		args []string
	}{
		{"no_canonical_match", []string{"renew", "-key", secret, "-passphrase-file", pass, "-origin", "https://other.example", "-"}},
		{"no_canonical_match", []string{"sign", "-key", secret, "-passphrase-file", pass, "-origin", "https://other.example", "-"}},
		{"expired", []string{"sign", "-key", secret, "-passphrase-file", pass, "-now", "2026-11-05T00:00:00Z", "-"}},
		{"-days", []string{"renew", "-days", "-5", "-"}},
		{"-days", []string{"renew", "-days", "0", "-"}},
		{"-days", []string{"new", "-contact", "tel:+1-201-555-0123", "-days", "-5"}},
		{"-days", []string{"new", "-contact", "tel:+1-201-555-0123", "-days=0"}},
		{"-days", []string{"serve", "-days", "-5", "-"}},
		{"-expires-soon", []string{"check", "-expires-soon", "-1", "-"}},
		{"-expires-soon", []string{"fetch", "-expires-soon", "-1", "example.com"}},
	} {
		if _, stderr := want(t, 2, text, c.args...); !strings.Contains(stderr, c.hint) {
			t.Errorf("%q says %q, want %q", c.args, stderr, c.hint)
		}
	}
}

func TestExpiresSoon(t *testing.T) {
	text := newFile(t) // for 30 days
	for days, soon := range map[string]bool{"0": false, "29": false, "31": true} {
		out, _ := want(t, 0, text, "check", "-json", "-expires-soon", days, "-")
		if r := decode(t, out); has(r, securitytxt.CodeExpiresSoon) != soon {
			t.Error(days, out)
		}
	}
}

// The certificate never expires; the subkey that signed does, before the file.
func TestExpiryOfTheSigningSubkey(t *testing.T) {
	out, _ := want(t, 0, "", "check", "-json", "-keys", "testdata/subkey.asc", "testdata/subkey.txt")
	if r := decode(t, out); r.Signature.Status != securitytxt.StatusValid || !has(r, securitytxt.CodeKeyExpiresFirst) {
		t.Error(out)
	}
}
