package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

type shell struct {
	t   *testing.T
	dir string
	bin string // empty for the program under test
}

// exit runs a command line, where words that begin with "./" are files of the
// test's directory.
func (s shell) exit(in string, args ...string) (out string, code int) {
	s.t.Helper()
	full := make([]string, len(args))
	for i, a := range args {
		full[i] = strings.ReplaceAll(a, "./", s.dir+string(filepath.Separator))
	}
	var b, errs bytes.Buffer
	if s.bin == "" {
		code = run(s.t.Context(), full, strings.NewReader(in), &b, &errs)
	} else {
		c := exec.Command(s.bin, full...)
		c.Stdin, c.Stdout, c.Stderr = strings.NewReader(in), &b, &errs
		if err := c.Run(); err != nil {
			code = c.ProcessState.ExitCode()
		}
	}
	s.t.Logf("%s %v: %d %s", s.bin, args, code, errs.String())
	return b.String(), code
}

func (s shell) ok(in string, args ...string) string {
	s.t.Helper()
	out, code := s.exit(in, args...)
	require.Zero(s.t, code, "%v", args)
	return out
}

func (s shell) file(name, data string) string {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(filepath.Join(s.dir, name), []byte(data), 0o600))
	return "./" + name
}

func (s shell) read(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	require.NoError(s.t, err)
	return string(b)
}

// lf undoes the line ends of a text signature.
func lf(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// exchange lets a make keys and messages and b read them.
func exchange(t *testing.T, a, b shell) {
	key := a.ok("", "generate-key", "Alice <alice@example.org>")
	a.file("key", key)
	cert := a.ok(key, "extract-cert")
	a.file("cert", cert)
	theirKey := b.ok("", "generate-key", "bob@example.org")
	a.file("bob.key", theirKey)
	a.file("bob.cert", b.ok(theirKey, "extract-cert"))
	for _, as := range []string{"binary", "text"} {
		sig := a.ok("hello\n", "sign", "--as="+as, "./key")
		a.file("sig", sig)
		line := b.ok("hello\n", "verify", "./sig", "./cert")
		require.Len(t, strings.Fields(strings.Split(line, "\n")[0])[1], 40)
		_, code := b.exit("other\n", "verify", "./sig", "./cert")
		require.Equal(t, exitNoSignature, code)

		msg := a.ok("hello\n", "encrypt", "--as="+as, "--sign-with=./key", "./bob.cert")
		os.Remove(filepath.Join(a.dir, "verified"))
		require.Equal(t, "hello\n", lf(b.ok(msg, "decrypt", "--verify-with=./cert", "--verify-out=./verified", "./bob.key")))
		require.NotEmpty(t, b.read("verified"))
		_, code = b.exit(msg, "decrypt", "./key")
		require.Equal(t, exitCannotDecrypt, code)
		os.Remove(filepath.Join(a.dir, "session"))
		b.ok(msg, "decrypt", "--session-key-out=./session", "./bob.key")
		require.Equal(t, "hello\n", lf(a.ok(msg, "decrypt", "--with-session-key=./session")))

		signed := a.ok("hello\n", "inline-sign", "--as="+as, "./key")
		require.Equal(t, "hello\n", lf(b.ok(signed, "inline-verify", "./cert")))
		os.Remove(filepath.Join(a.dir, "detached"))
		require.Equal(t, "hello\n", lf(b.ok(signed, "inline-detach", "--signatures-out=./detached")))
		a.ok("hello\n", "verify", "./detached", "./cert")
		require.Equal(t, b.ok(signed, "dearmor"), a.ok(signed, "dearmor"))
	}
	a.file("password", "correct horse \n")
	require.Equal(t, "hello\n", b.ok(a.ok("hello\n", "encrypt", "--with-password=./password"), "decrypt", "--with-password=./password"))
	clear := a.ok("- hello\n", "inline-sign", "--as=clearsigned", "./key")
	require.Contains(t, b.ok(clear, "inline-verify", "./cert"), "- hello")
	binary := a.ok("hello\n", "encrypt", "--no-armor", "./bob.cert")
	require.Equal(t, "hello\n", b.ok(a.ok(binary, "armor"), "decrypt", "./bob.key"))
}

func TestWithItself(t *testing.T) {
	s := shell{t: t, dir: t.TempDir()}
	exchange(t, s, s)
}

func TestWithSqop(t *testing.T) {
	path, err := exec.LookPath("sqop")
	if err != nil {
		t.Skipf("needs the program sqop: %v", err)
	}
	dir := t.TempDir()
	us, them := shell{t: t, dir: dir}, shell{t: t, dir: dir, bin: path}
	t.Run("ours to theirs", func(t *testing.T) { us.t, them.t = t, t; exchange(t, us, them) })
	t.Run("theirs to ours", func(t *testing.T) { us.t, them.t = t, t; exchange(t, them, us) })
}

func TestProfilesAndPasswords(t *testing.T) {
	s := shell{t: t, dir: t.TempDir()}
	require.Contains(t, s.ok("", "list-profiles", "generate-key"), "rfc9580:")
	s.file("pass", "sesame\n")
	for _, profile := range []string{"default", "rfc9580", "pqc"} {
		s.file("key", s.ok("", "generate-key", "--profile="+profile, "--with-key-password=./pass", "alice@example.org"))
		s.file("cert", s.ok(s.read("key"), "extract-cert"))
		_, code := s.exit("x", "sign", "./key")
		require.Equal(t, exitKeyIsProtected, code)
		s.file("wrong", "open")
		s.file("sig", s.ok("x", "sign", "--with-key-password=./wrong", "--with-key-password", "./pass", "./key"))
		s.ok("x", "verify", "./sig", "./cert")
	}
}

func TestExitCodes(t *testing.T) {
	s := shell{t: t, dir: t.TempDir()}
	s.file("key", s.ok("", "generate-key", "alice@example.org"))
	s.file("cert", s.ok(s.read("key"), "extract-cert"))
	s.file("exists", "")
	s.file("bell", "\a")
	s.file("junk", "junk")
	t.Setenv("SOP_TEST_CERT", s.read("cert"))
	s.ok("x", "encrypt", "@ENV:SOP_TEST_CERT")
	r, w, err := os.Pipe()
	require.NoError(t, err)
	w.WriteString(s.read("cert"))
	w.Close()
	fd, err := syscall.Dup(int(r.Fd())) // the program closes what it is given
	require.NoError(t, err)
	r.Close()
	s.ok("x", "encrypt", fmt.Sprintf("@FD:%d", fd))
	for _, c := range []struct {
		code int
		in   string
		args []string
	}{
		{0, "", []string{"help"}},
		{0, "", []string{"version", "--extended"}},
		{exitMissingArg, "", nil},
		{exitUnsupportedSub, "", []string{"frobnicate"}},
		{exitUnsupportedOption, "", []string{"sign", "--frobnicate", "./key"}},
		{exitUnsupportedOption, "", []string{"sign", "--as=clearsigned", "./key"}},
		{exitMissingArg, "", []string{"sign"}},
		{exitMissingArg, "", []string{"encrypt"}},
		{exitMissingArg, "", []string{"inline-detach"}},
		{exitMissingInput, "", []string{"sign", "./nothing"}},
		{exitMissingInput, "", []string{"sign", "@ENV:SOP_TEST_NOTHING"}},
		{exitMissingInput, "", []string{"sign", "@FD:987"}},
		{exitUnsupportedPrefix, "", []string{"sign", "@HW:1"}},
		{exitBadData, "", []string{"sign", "./junk"}},
		{exitBadData, "junk", []string{"decrypt", "./key"}},
		{exitBadData, "junk", []string{"dearmor"}},
		{exitBadData, "junk", []string{"armor"}},
		{exitBadData, "", []string{"verify", "./junk", "./cert"}},
		{exitBadData, "", []string{"encrypt", "./key"}},
		{exitExpectedText, "\xff", []string{"sign", "--as=text", "./key"}},
		{exitOutputExists, "x", []string{"sign", "--micalg-out=./exists", "./key"}},
		{exitOutputExists, "junk", []string{"decrypt", "--verify-with=./cert", "--verifications-out=./exists", "./key"}},
		{exitOutputExists, "junk", []string{"decrypt", "--session-key-out=./exists", "./key"}},
		{exitBadData, "junk", []string{"decrypt", "--with-session-key=./junk"}},
		{exitOutputExists, "junk", []string{"inline-verify", "--verifications-out=./exists", "./cert"}},
		{exitOutputExists, "junk", []string{"inline-detach", "--signatures-out=./exists"}},
		{exitPasswordUnhuman, "x", []string{"encrypt", "--with-password=./bell"}},
		{exitUnsupportedProf, "", []string{"generate-key", "--profile=x", "a@example.org"}},
		{23, "x", []string{"decrypt", "--verify-with=./cert", "./key"}},
	} {
		_, code := s.exit(c.in, c.args...)
		require.Equal(t, c.code, code, "%v", c.args)
	}
}
