package pgp_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

var (
	day = 24 * time.Hour
	// t0 is when the keys of the tests are made. It lies in the past, because
	// gpg and sqop use the clock of the machine.
	t0 = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
)

func at(t time.Time) *pgp.Engine { return &pgp.Engine{Now: func() time.Time { return t }} }

// key is a generated key with its revocation certificate.
type key struct {
	pgp.Secret
	revocation pgp.Revocation
}

func generate(name string, spec pgp.KeySpec) func() key {
	return sync.OnceValue(func() key {
		spec.Address = name + "@example.org"
		s, r, err := at(t0).Generate(spec)
		if err != nil {
			panic(err)
		}
		return key{s, r}
	})
}

var (
	alice = generate("alice", pgp.KeySpec{Name: "Alice"})
	bob   = generate("bob", pgp.KeySpec{Name: "Bob"})
	carol = generate("carol", pgp.KeySpec{V6: true})
	dave  = generate("dave", pgp.KeySpec{V6: true})
	rita  = generate("rita", pgp.KeySpec{RSABits: 3072})
)

func certs(keys ...key) (out []pgp.Cert) {
	for _, k := range keys {
		out = append(out, k.Cert())
	}
	return out
}

func secrets(keys ...key) (out []pgp.Secret) {
	for _, k := range keys {
		out = append(out, k.Secret)
	}
	return out
}

// gpg runs gpg in a home directory of the test.
type gpg struct {
	t    testing.TB
	home string
}

func newGPG(t testing.TB) *gpg {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skipf("needs the program gpg: %v", err)
	}
	// The agent's socket needs a short path.
	home, err := os.MkdirTemp("", "gpg")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(home, 0o700))
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	return &gpg{t, home}
}

func (g *gpg) try(stdin []byte, args ...string) (stdout, stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "gpg", append([]string{"--homedir", g.home, "--batch", "--no-tty", "--quiet",
		"--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always"}, args...)...)
	c.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err = c.Run()
	return out.Bytes(), errs.Bytes(), err
}

func (g *gpg) run(stdin []byte, args ...string) []byte {
	g.t.Helper()
	out, errs, err := g.try(stdin, args...)
	require.NoError(g.t, err, "gpg %v: %s", args, errs)
	return out
}

func (g *gpg) file(name string, data []byte) string {
	g.t.Helper()
	path := filepath.Join(g.home, name)
	require.NoError(g.t, os.WriteFile(path, data, 0o600))
	return path
}

// sqop runs Sequoia's sqop with files in a directory of the test.
type sqop struct {
	t   testing.TB
	dir string
}

func newSqop(t testing.TB) *sqop {
	t.Helper()
	if _, err := exec.LookPath("sqop"); err != nil {
		t.Skipf("needs the program sqop: %v", err)
	}
	return &sqop{t, t.TempDir()}
}

func (s *sqop) run(stdin []byte, args ...string) []byte {
	s.t.Helper()
	c := exec.Command("sqop", args...)
	c.Stdin = bytes.NewReader(stdin)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	require.NoError(s.t, err, "sqop %v: %s", args, errs.Bytes())
	return out
}

func (s *sqop) file(name string, data []byte) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	require.NoError(s.t, os.WriteFile(path, data, 0o600))
	return path
}
