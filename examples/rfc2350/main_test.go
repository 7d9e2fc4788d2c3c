package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

const sample = `RFC 2350 description of the Sample Team

1. Document Information
1.1 Date of Last Update
Version 1.2, published 2026-10-01.
2. Contact Information
2.1 Name of the Team
Sample Team
2.7 Electronic Mail Address
Incident reports: cert (at) team (dot) example
3.2 Constituency
Our customers.
4.2 Co-operation, Interaction and Disclosure of Information
Published after 30 days, which may be extended to 90 days.
`

const now = "2026-11-22T12:00:00Z"

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func do(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

func TestParseJSON(t *testing.T) {
	file := write(t, "team.txt", sample)
	code, out, errs := do(t, "", "parse", "-json", "-now", now, file, file)
	if code != 0 {
		t.Fatal(errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("want one object a line, got %q", out)
	}
	var d struct {
		File, Updated string
		Team          struct {
			Name   string
			Emails []struct{ Address, Role string }
		}
		Disclosure struct {
			Days    int
			MaxDays int `json:"max_days"`
		}
		Sections []struct{ ID, Number string }
		Findings []struct{ Code, Severity string }
	}
	if err := json.Unmarshal([]byte(lines[0]), &d); err != nil {
		t.Fatal(err)
	}
	if d.File != file || d.Updated != "2026-10-01" || d.Team.Name != "Sample Team" || d.Disclosure.Days != 30 || d.Disclosure.MaxDays != 90 ||
		d.Team.Emails[0].Address != "cert@team.example" || d.Team.Emails[0].Role != "incident" || len(d.Sections) != 7 || len(d.Findings) == 0 {
		t.Fatalf("%+v", d)
	}
	code, out, _ = do(t, sample, "parse", "-now", now, "-")
	if code != 0 || !strings.Contains(out, "disclosure    30 days, at most 90 days") {
		t.Fatalf("%d %s", code, out)
	}
}

func TestCheck(t *testing.T) {
	if code, out, _ := do(t, sample, "check", "-profile", "rfc", "-now", now, "-"); code != 0 || !strings.Contains(out, "no-mission") {
		t.Fatalf("%d %s", code, out)
	}
	code, out, _ := do(t, strings.ReplaceAll(sample, "Our customers.", "N/A"), "check", "-now", now, "-")
	if code != 1 || !strings.Contains(out, "no-constituency") || !strings.Contains(out, "RFC 2350 section 3.3.2") {
		t.Fatalf("%d %s", code, out)
	}
}

func TestRender(t *testing.T) {
	for to, want := range map[string]string{"text": "2.1 Name of the Team\n\n    Sample Team", "md": "## 1 Document Information", "html": "<h3><span class=\"no\">2.1</span> Name of the Team</h3>"} {
		if code, out, errs := do(t, sample, "render", "-to", to, "-"); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s %s", to, code, errs, out)
		}
	}
}

// TestNew answers every question, and reads the document that comes out.
func TestNew(t *testing.T) {
	answers := "Version 0.9\n<\nVersion 1.0, published 2026-11-22.\n" + strings.Repeat("\n", 4) + "New Team\nMain Street 1\\\nDublin\n" + strings.Repeat("\n", 40)
	file := filepath.Join(t.TempDir(), "new.txt")
	if code, _, errs := do(t, answers, "new", "-o", file); code != 0 {
		t.Fatal(errs)
	}
	code, out, errs := do(t, "", "parse", "-now", now, file)
	if code != 0 || !strings.Contains(out, "New Team") || !strings.Contains(out, "2026-11-22") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), "Main Street 1\n    Dublin") {
		t.Fatalf("a line that ends in a backslash goes on: %s %v", b, err)
	}
	// An answer that fails, or Ctrl-C, loses nothing.
	part := filepath.Join(t.TempDir(), "part.txt")
	if code, _, errs := do(t, "Version 1.0\n", "new", "-o", part); code != 2 || !strings.Contains(errs, "kept") {
		t.Fatalf("%d %s", code, errs)
	}
	if b, err := os.ReadFile(part); err != nil || !strings.Contains(string(b), "Version 1.0") {
		t.Fatalf("%s %v", b, err)
	}
	if code, _, errs := do(t, answers, "new", "-o", file); code != 2 || !strings.Contains(errs, "exists") {
		t.Fatalf("overwrote a file: %d %s", code, errs)
	}
}

func TestSignAndVerify(t *testing.T) {
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	e := &pgp.Engine{Now: func() time.Time { return at }}
	secret, _, err := e.Generate(pgp.KeySpec{Name: "Sample Team", Address: "cert@team.example"})
	if err != nil {
		t.Fatal(err)
	}
	armored, err := secret.Export([]byte("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	key := write(t, "key.asc", string(armored))
	pass := write(t, "pass", "open sesame\n")
	certs := write(t, "certs.asc", string(secret.Cert().Armor()))
	doc := write(t, "team.txt", sample)

	code, signed, errs := do(t, "", "sign", "-key", key, "-pass-file", pass, "-now", now, doc)
	if code != 0 {
		t.Fatal(errs)
	}
	if code, out, errs := do(t, signed, "verify", "-certs", certs, "-now", now, "-"); code != 0 || !strings.Contains(out, "valid: "+secret.Fingerprint()) {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	if code, out, _ := do(t, strings.Replace(signed, "Our customers", "Your customers", 1), "verify", "-certs", certs, "-now", now, "-"); code != 1 || !strings.Contains(out, "bad") {
		t.Fatalf("%d %s", code, out)
	}
	if code, out, _ := do(t, strings.Join(strings.Fields(signed), " "), "verify", "-certs", certs, "-now", now, "-"); code != 1 || !strings.Contains(out, "damaged") {
		t.Fatalf("%d %s", code, out)
	}
	var sig bytes.Buffer
	if _, err := e.SignDetached(context.Background(), &sig, strings.NewReader(sample), secret, pgp.Form{}); err != nil {
		t.Fatal(err)
	}
	detached := write(t, "team.sig", sig.String())
	if code, out, errs := do(t, "", "verify", "-certs", certs, "-sig", detached, "-now", now, doc); code != 0 || !strings.Contains(out, "valid: ") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	if code, out, _ := do(t, sample+"x", "verify", "-certs", certs, "-sig", detached, "-now", now, "-"); code != 1 || !strings.Contains(out, "bad") {
		t.Fatalf("%d %s", code, out)
	}
	if code, _, errs := do(t, "", "sign", "-key", key, "-now", now, doc); code != 2 || strings.Contains(errs, "sesame") {
		t.Fatalf("signed without the passphrase: %d %s", code, errs)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"frobnicate"}, {"parse"}, {"parse", "/no/such/file"}, {"render", "-to", "pdf", "-"}, {"check", "-profile", "x", "-"}, {"verify", "-"}, {"parse", "-now", "yesterday", "-"}} {
		code, _, errs := do(t, sample, args...)
		if code != 2 || len(errs) < 20 {
			t.Errorf("%v: %d %q", args, code, errs)
		}
	}
	if code, _, errs := do(t, "", "help"); code != 0 || !strings.Contains(errs, "usage:") {
		t.Errorf("help: %d", code)
	}
	if code, _, errs := do(t, "nothing of the kind", "parse", "-"); code != 2 || !strings.Contains(errs, "no RFC 2350 document") {
		t.Errorf("%d %s", code, errs)
	}
}
