package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func play(t *testing.T, o options) string {
	t.Helper()
	var b bytes.Buffer
	if err := run(context.Background(), &b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTwoRunsOpenOneCase(t *testing.T) {
	dir := t.TempDir()
	o := options{db: filepath.Join(dir, "q.db"), policy: "contact-software", out: filepath.Join(dir, "out")}
	first := play(t, o)
	number := regexp.MustCompile(`CVD-2026-[0-9A-HJKMNP-TV-Z]{5}`)
	n := number.FindString(first)
	if n == "" {
		t.Fatal("no case number in the output")
	}
	for _, want := range []string{
		"The case is closed", "rule em.no-publication-before-end", "rule audience",
		"only a notice", "sent encrypted", "Mira Adeyemi reads it, signature valid", "signature valid, 0 findings", "Reminder (due): the embargo ends", "The timeline of " + n,
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	for _, f := range []string{"timeline.md", "timeline.svg", "timeline.ics", "timeline-public.md", "security.txt", "csaf20/gw-2026-0003.json", "csaf21/gw-2026-0003.json.asc", "csaf21/gw-2026-0003.json.sha256", "cve/gw-2026-0003.json", "osv/gw-2026-0003.json", "openvex/gw-2026-0003.json", "gw-2026-0003.md", "gw-2026-0003.html"} {
		if b, err := os.ReadFile(filepath.Join(o.out, f)); err != nil || len(b) < 50 || strings.HasPrefix(f, "timeline") && !bytes.Contains(b, []byte(n)) {
			t.Errorf("%s: %v", f, err)
		}
	}
	second := play(t, o)
	if !strings.Contains(second, "it is case "+n+". Nothing was opened.") {
		t.Error("the second run does not know the report")
	}
}

// The public must not read what the reporter wrote, nor the parties' names.
func TestPublicTimeline(t *testing.T) {
	dir := t.TempDir()
	play(t, options{db: filepath.Join(dir, "q.db"), policy: "cert-cc", out: dir})
	b, err := os.ReadFile(filepath.Join(dir, "timeline-public.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"Adeyemi", "Northlink", "Okapi", "parser"} {
		if bytes.Contains(b, []byte(no)) {
			t.Errorf("the public timeline says %q", no)
		}
	}
}

func TestReadReport(t *testing.T) {
	r, err := readReport("")
	if err != nil {
		t.Fatal(err)
	}
	c := r.command
	for _, x := range []struct{ got, want string }{
		{string(c.Reporter.Name), "Mira Adeyemi"},
		{string(c.Reporter.Organization), "Adeyemi Research"},
		{string(c.Reporter.Email), "mira@finder.example"},
		{string(c.Summary), "Remote code execution in the frame parser of Gateway OS before login"},
		{string(c.CreditName), "Mira Adeyemi, Adeyemi Research"},
	} {
		if x.got != x.want {
			t.Errorf("%q, not %q", x.got, x.want)
		}
	}
	if !strings.Contains(string(c.Products), "libframe 1.8") || !strings.Contains(string(c.Observations), "0xFFFF") {
		t.Error("a field of several lines is cut")
	}
}

func TestBadReports(t *testing.T) {
	for name, mail := range map[string]string{
		"no mail":     "hello",
		"no date":     "From: a@b.example\r\nMessage-ID: <1@b>\r\n\r\ntext",
		"no sender":   "Date: Mon, 02 Nov 2026 08:12:40 +0100\r\n\r\ntext",
		"not UTF-8":   "From: a@b.example\r\nDate: Mon, 02 Nov 2026 08:12:40 +0100\r\n\r\n\xff\xfe",
		"no text":     "From: a@b.example\r\nDate: Mon, 02 Nov 2026 08:12:40 +0100\r\nContent-Type: image/png\r\n\r\nx",
		"parts twice": "From: a@b.example\r\nDate: Mon, 02 Nov 2026 08:12:40 +0100\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nx",
	} {
		path := filepath.Join(t.TempDir(), "r.eml")
		if err := os.WriteFile(path, []byte(mail), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readReport(path); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The second run finds the case closed, and writes the same files.
func TestSecondRunWritesItsFiles(t *testing.T) {
	dir := t.TempDir()
	for _, run := range []string{"first", "second"} {
		play(t, options{db: filepath.Join(dir, "q.db"), policy: "contact-software", out: filepath.Join(dir, run)})
	}
	for _, name := range []string{"osv", "csaf20", "cve"} {
		files, err := filepath.Glob(filepath.Join(dir, "first", name, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", name, files, err)
		}
		a, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "second", name, filepath.Base(files[0])))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s: the second run writes something else (%v)", name, err)
		}
	}
}
