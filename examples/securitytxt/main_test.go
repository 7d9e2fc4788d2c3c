package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/securitytxt"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// command runs one command as of now.
func command(t testing.TB, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := app{strings.NewReader(stdin), &out, &errs, func() time.Time { return now }}
	status = a.run(t.Context(), args)
	return status, out.String(), errs.String()
}

// want fails unless the command ends so.
func want(t testing.TB, status int, stdin string, args ...string) (stdout, stderr string) {
	t.Helper()
	got, stdout, stderr := command(t, stdin, args...)
	if got != status {
		t.Fatalf("securitytxt %q: status %d, want %d\n%s%s", args, got, status, stdout, stderr)
	}
	return stdout, stderr
}

// keyPair writes a new key and its certificate into files.
func keyPair(t testing.TB, spec pgp.KeySpec) (secret, cert, fingerprint string) {
	t.Helper()
	e := pgp.Engine{Now: func() time.Time { return now.Add(-time.Hour) }}
	spec.Name, spec.Address = "Security", "security@example.com"
	s, _, err := e.Generate(spec)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.Export([]byte("open"))
	if err != nil {
		t.Fatal(err)
	}
	return save(t, "secret.asc", raw), save(t, "cert.asc", s.Cert().Armor()), s.Fingerprint()
}

func save(t testing.TB, name string, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newFile(t testing.TB) string {
	out, _ := want(t, 0, "", "new", "-contact", "https://example.com/report", "-contact", "mailto:security@example.com",
		"-encryption", "https://example.com/key.asc", "-canonical", "https://example.com/.well-known/security.txt",
		"-languages", "en, fr", "-bug-bounty=false", "-days", "30")
	return out
}

func decode(t testing.TB, line string) report {
	t.Helper()
	var r struct {
		report
		Findings []struct{ Code securitytxt.Code }
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for _, f := range r.Findings {
		r.report.Findings = append(r.report.Findings, securitytxt.Finding{Code: f.Code})
	}
	return r.report
}

func has(r report, c securitytxt.Code) bool {
	return slices.ContainsFunc(r.Findings, func(f securitytxt.Finding) bool { return f.Code == c })
}

func TestNewSignVerify(t *testing.T) {
	for name, spec := range map[string]pgp.KeySpec{"Ed25519": {}, "RSA": {RSABits: 3072}, "version 6": {V6: true}} {
		t.Run(name, func(t *testing.T) {
			secret, cert, fpr := keyPair(t, spec)
			pass := save(t, "pass", []byte("open\n"))
			signed, _ := want(t, 0, newFile(t), "sign", "-key", secret, "-passphrase-file", pass, "-")
			out, _ := want(t, 0, signed, "check", "-json", "-keys", cert, "-from", "https://example.com/.well-known/security.txt", "-")
			r := decode(t, out)
			if !r.Valid || len(r.Findings) != 0 || r.Signature != (signature{securitytxt.StatusValid, fpr}) {
				t.Fatalf("want a valid file without findings, have %s", out)
			}
			want(t, 0, signed, "verify", "-keys", cert, "-")

			_, other, _ := keyPair(t, pgp.KeySpec{})
			out, _ = want(t, 1, signed, "verify", "-json", "-keys", other, "-")
			if r := decode(t, out); r.Signature.Status != securitytxt.StatusUnknownKey || !has(r, securitytxt.CodeSigUnknownKey) {
				t.Fatal(out)
			}
			out, _ = want(t, 0, signed, "check", "-json", "-")
			if r := decode(t, out); r.Signature.Status != securitytxt.StatusUnverified {
				t.Fatal(out)
			}
			evil := strings.Replace(signed, "report", "rep0rt", 1)
			out, _ = want(t, 1, evil, "check", "-json", "-keys", cert, "-")
			if r := decode(t, out); r.Valid || r.Signature.Status != securitytxt.StatusBad || !has(r, securitytxt.CodeSigBad) {
				t.Fatal(out)
			}
			// A key that has expired since does not make an old signature bad; the
			// file itself has expired.
			out, _ = want(t, 1, signed, "check", "-json", "-keys", cert, "-now", "2030-01-01T00:00:00Z", "-")
			if r := decode(t, out); r.Signature.Status != securitytxt.StatusValid || !has(r, securitytxt.CodeExpired) {
				t.Fatal(out)
			}
			_, stderr := want(t, 2, signed, "sign", "-key", secret, "-passphrase-file", pass, "-")
			if !strings.Contains(stderr, "signed") {
				t.Fatal(stderr)
			}
		})
	}
}

// With a real key: no byte of the message can be changed and a field still come
// through that was not signed.
func TestTamperedAnywhere(t *testing.T) {
	secret, cert, _ := keyPair(t, pgp.KeySpec{})
	text := newFile(t)
	signed, _ := want(t, 0, text, "sign", "-key", secret, "-passphrase-file", save(t, "pass", []byte("open")), "-")
	v, err := app{now: func() time.Time { return now }}.openVerifier([]string{cert})
	if err != nil {
		t.Fatal(err)
	}
	good, _ := securitytxt.Parse([]byte(text))
	valid := 0
	for i := range signed {
		for _, bit := range []byte{1, 0x20} {
			b := []byte(signed)
			b[i] ^= bit
			d, err := securitytxt.Parse(b)
			if err != nil || !d.Signed() {
				continue
			}
			got, err := d.Verify(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			if got.Signature.Status != securitytxt.StatusValid {
				if len(got.File.Contact) > 0 {
					t.Fatalf("byte %d: fields without a valid signature", i)
				}
				continue
			}
			valid++
			if strings.Join(got.File.Contact, " ") != strings.Join(good.File.Contact, " ") {
				t.Fatalf("byte %d: a contact that nobody signed", i)
			}
		}
	}
	// What may change is the checksum that nobody checks, and bits that base64
	// leaves unused.
	if valid > 20 {
		t.Errorf("%d changed messages still verify", valid)
	}
}

// The attack on a popular validator: a field between Hash and the blank line.
func TestFieldInTheArmorHeaders(t *testing.T) {
	secret, cert, _ := keyPair(t, pgp.KeySpec{})
	signed, _ := want(t, 0, newFile(t), "sign", "-key", secret, "-passphrase-file", save(t, "pass", []byte("open")), "-")
	evil := regexp.MustCompile(`(Hash: .*\n)`).ReplaceAllString(signed, "${1}Contact: mailto:evil@example.com\n")
	out, _ := want(t, 1, evil, "check", "-json", "-keys", cert, "-")
	r := decode(t, out)
	if strings.Contains(strings.Join(r.Fields.Contact, " "), "evil") || !has(r, securitytxt.CodeArmorHeader) || r.Signature.Status != securitytxt.StatusBad {
		t.Fatal(out)
	}
}

func TestCheckJSON(t *testing.T) {
	out, _ := want(t, 1, "Contact: a@example.com\nX: <y>\n", "check", "-json", "-")
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out, "\n") != 1 || got["valid"] != false || got["file"] != "-" {
		t.Error(out)
	}
	keys := func(v any) string {
		names := []string{}
		for k := range v.(map[string]any) {
			names = append(names, k)
		}
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	if k := keys(got["fields"]); k != "acknowledgments bug_bounty canonical contact csaf encryption expires extensions hiring policy preferred_languages" {
		t.Error(k)
	}
	if k := keys(got["findings"].([]any)[0]); k != "code field hint line message section severity" {
		t.Error(k)
	}
	if k := keys(got["signature"]); k != "fingerprint status" {
		t.Error(k)
	}
	if !strings.Contains(out, `"extensions":[{"name":"X","value":"<y>"}]`) || !strings.Contains(out, `"policy":[]`) || !strings.Contains(out, `"expires":null`) {
		t.Error(out)
	}
	if !strings.Contains(out, `"status":"none"`) {
		t.Error(out)
	}
}

func TestCheckSeveral(t *testing.T) {
	good, bad := save(t, "good.txt", []byte(newFile(t))), save(t, "bad.txt", []byte("nothing\n"))
	out, _ := want(t, 1, "", "check", good, bad)
	if !strings.Contains(out, "good.txt: valid") || !strings.Contains(out, "bad.txt: not valid") || !strings.Contains(out, "line 1: error invalid_line") {
		t.Error(out)
	}
	want(t, 0, "", "check", good)
	want(t, 1, "", "check", "-now", "2027-01-01T00:00:00Z", good)
	want(t, 1, "", "check", "-from", "https://other.example/.well-known/security.txt", good)
	// Too large for others, but judged all the same.
	out, _ = want(t, 0, newFile(t)+strings.Repeat("# more\n", 10_000), "check", "-json", "-")
	if r := decode(t, out); !has(r, securitytxt.CodeTooLarge) || !has(r, securitytxt.CodeTooManyLines) {
		t.Error(out)
	}
	want(t, 1, newFile(t)+strings.Repeat("#", maxFile), "check", "-")
}

func TestFix(t *testing.T) {
	path := save(t, "security.txt", []byte("Contact:a@example.com\n# stays\n"))
	out, stderr := want(t, 0, "", "fix", path)
	if out != "Contact: mailto:a@example.com\n# stays\n" || !strings.Contains(stderr, "line 1: mended no_uri") {
		t.Error(out, stderr)
	}
	want(t, 0, "", "fix", "-w", path)
	if raw, _ := os.ReadFile(path); string(raw) != out {
		t.Error(string(raw))
	}
	secret, _, _ := keyPair(t, pgp.KeySpec{})
	signed, _ := want(t, 0, newFile(t), "sign", "-key", secret, "-passphrase-file", save(t, "pass", []byte("open")), "-")
	if _, stderr = want(t, 2, signed, "fix", "-"); !strings.Contains(stderr, "-drop-signature") {
		t.Error(stderr)
	}
	if out, _ = want(t, 0, signed, "fix", "-drop-signature", "-"); out != newFile(t) {
		t.Error(out)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	secret, cert, _ := keyPair(t, pgp.KeySpec{})
	for _, c := range []struct {
		hint string
		args []string
	}{
		{"usage:", nil},
		{"usage:", []string{"nonsense"}},
		{"name a FILE", []string{"check"}},
		{"no such file", []string{"check", "absent.txt"}},
		{"write a time like", []string{"check", "-now", "today", "-"}},
		{"public keys", []string{"check", "-keys", save(t, "x", []byte("x")), "-"}},
		{"secret", []string{"check", "-keys", secret, "-"}},
		{"-keys FILE", []string{"verify", "-"}},
		{"name one FILE", []string{"verify", "-keys", cert}},
		{"-key FILE", []string{"sign", "-"}},
		{"-passphrase-file", []string{"sign", "-key", secret, "-"}},
		{"Add one", []string{"new"}},
		{"mailto:", []string{"new", "-contact", "a@example.com"}},
		{"name one HOST", []string{"fetch"}},
		{"not a host name", []string{"fetch", "ftp://example.com/"}},
		{"not public", []string{"fetch", "127.0.0.1"}},
		{"securitytxt check", []string{"serve", save(t, "security.txt", []byte("Contact: tel:+1\n"))}},
	} {
		_, stderr := want(t, 2, "Contact: tel:+1\nExpires: 2027-01-01T00:00:00Z\n", c.args...)
		if !strings.Contains(stderr, c.hint) {
			t.Errorf("%q says %q, want a hint of %q", c.args, stderr, c.hint)
		}
	}
	if _, stderr := want(t, 0, "", "check", "-h"); !strings.Contains(stderr, "-from") {
		t.Error(stderr)
	}
}

// lines lets a test wait for the address that serve prints.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestServe(t *testing.T) {
	secret, cert, _ := keyPair(t, pgp.KeySpec{})
	ctx, cancel := context.WithCancel(t.Context())
	var log lines
	a := app{strings.NewReader(""), io.Discard, &log, func() time.Time { return now }}
	ended := make(chan int)
	go func() {
		ended <- a.run(ctx, []string{"serve", "-addr", "127.0.0.1:0", "-key", secret, "-passphrase-file", save(t, "pass", []byte("open")),
			save(t, "security.txt", []byte(newFile(t)))})
	}()
	url := ""
	for range 200 {
		if m := regexp.MustCompile(`http://\S+`).FindString(log.String()); m != "" {
			url = m
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err, log.String())
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != 200 {
		t.Fatal(err, res.Status)
	}
	want(t, 0, string(body), "verify", "-keys", cert, "-")
	cancel()
	if status := <-ended; status != 0 {
		t.Error(status, log.String())
	}
}

// BenchmarkSigned parses, checks and verifies one signed file. The goal is 1 ms.
func BenchmarkSigned(b *testing.B) {
	for name, spec := range map[string]pgp.KeySpec{"Ed25519": {}, "RSA3072": {RSABits: 3072}} {
		secret, cert, _ := keyPair(b, spec)
		signed, _ := want(b, 0, newFile(b), "sign", "-key", secret, "-passphrase-file", save(b, "pass", []byte("open")), "-")
		v, err := app{now: func() time.Time { return now }}.openVerifier([]string{cert})
		if err != nil {
			b.Fatal(err)
		}
		in := []byte(signed)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d, err := securitytxt.Parse(in)
				if err != nil || !securitytxt.Valid(d.Check(securitytxt.CheckOptions{Now: now})) {
					b.Fatal(err)
				}
				if got, err := d.Verify(b.Context(), v); err != nil || got.Signature.Status != securitytxt.StatusValid {
					b.Fatal(err)
				}
			}
		})
	}
}
