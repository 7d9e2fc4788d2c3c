package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/cvdkit/cvdkit/pgp"
)

// TestGnuPG signs with one program and verifies with the other, both ways.
func TestGnuPG(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skip("gpg is not installed")
	}
	home, err := os.MkdirTemp("", "gpg") // t.TempDir is too long for the agent's socket
	if err != nil {
		t.Fatal(err)
	}
	gpg := func(args ...string) string {
		t.Helper()
		c := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--quiet", "--trust-model", "always"}, args...)...)
		out, err := c.Output()
		if err != nil {
			t.Fatalf("gpg %q: %v", args, err)
		}
		return string(out)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	gpg("--passphrase", "", "--quick-gen-key", "T <t@example.com>", "ed25519", "sign", "never")
	theirs := save(t, "theirs.asc", []byte(gpg("--armor", "--export")))
	text := save(t, "security.txt", []byte(newFile(t)))
	want(t, 0, gpg("--clearsign", "--output", "-", text), "verify", "-now", "2040-01-01T00:00:00Z", "-keys", theirs, "-")

	secret, cert, _ := keyPair(t, pgp.KeySpec{})
	pass := save(t, "pass", []byte("open"))
	gpg("--import", cert)
	// The armor of one signature in three ends without padding, where gpg reads on.
	for range 6 {
		signed, _ := want(t, 0, "", "sign", "-key", secret, "-passphrase-file", pass, text)
		gpg("--ignore-time-conflict", "--faked-system-time", "20261101T120000", "--verify", save(t, "signed.txt", []byte(signed)))
	}
}
