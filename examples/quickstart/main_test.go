package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/cvd/policy"
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
		"CVE-1900-12345",
		"Mira Adeyemi, Adeyemi Research", "heavy: ", "has ended: its end was reached", "not sent: the publication says it too", "only a notice", "sent encrypted", "Mira Adeyemi reads it, signature valid", "signature valid, 0 findings", "Reminder (due): the embargo ends", "The timeline of " + n,
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	for _, f := range []string{"timeline.md", "timeline.svg", "timeline.ics", "timeline.html", "timeline-public.md", "security.txt", "csaf20/gw-2026-0003.json", "csaf21/gw-2026-0003.json.asc", "csaf21/gw-2026-0003.json.sha256", "cve/gw-2026-0003.json", "osv/gw-2026-0003.json", "openvex/gw-2026-0003.json", "gw-2026-0003.md", "gw-2026-0003.html"} {
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

// What is read comes from the library's own mail reading: forms of mail that it knows
// are known here too.
func TestReports(t *testing.T) {
	const head = "From: Rita <rita@reporter.example>\r\nTo: security@gateway.example\r\nDate: Mon, 02 Nov 2026 08:12:40 +0100\r\nMessage-ID: <r1@reporter.example>\r\nSubject: Overflow\r\nMIME-Version: 1.0\r\n"
	for name, x := range map[string]struct{ mail, want string }{
		"HTML alone":    {head + "Content-Type: text/html; charset=utf-8\r\n\r\n<p>the <b>parser</b> overflows</p>", "the parser overflows"},
		"latin-1":       {head + "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\ndie Gr\xf6\xdfe ist falsch", "die Größe ist falsch"},
		"no date":       {"From: a@b.example\r\nSubject: S\r\nMessage-ID: <1@b.example>\r\n\r\nthe text", "the text"},
		"no sender":     {"Date: Mon, 02 Nov 2026 08:12:40 +0100\r\n\r\nwords", "waits in quarantine"},
		"escapes":       {head + "Content-Type: text/plain\r\n\r\nclear \x1b[2J the screen", "clear"},
		"bad bytes":     {head + "Content-Type: text/plain\r\n\r\nbytes \xff\xfe follow", "bytes"},
		"no mail":       {"hello", "The case is closed"},
		"only an image": {head + "Content-Type: image/png\r\n\r\nx", "none that can be read"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "r.eml")
		if err := os.WriteFile(path, []byte(x.mail), 0o600); err != nil {
			t.Fatal(err)
		}
		out := play(t, options{db: filepath.Join(dir, "q.db"), policy: "contact-software", report: path})
		for _, want := range []string{x.want, "What follows is a script", "The case is closed"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the output lacks %q:\n%.700s", name, want, out)
			}
		}
		if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }) {
			t.Errorf("%s: raw bytes are printed", name)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.eml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readReport(options{report: empty}); err == nil {
		t.Error("an empty file is taken for a mail")
	}
}

// Every mail of the shared data plays to its end; the keys open the sealed ones.
func TestRealMails(t *testing.T) {
	shared := os.Getenv("CVD_TEST_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	mails, _ := filepath.Glob(filepath.Join(shared, "data", "mail", "*.eml"))
	if len(mails) == 0 {
		t.Skip("there is no ../shared/data/mail; CVD_TEST_SHARED names another place")
	}
	dir := t.TempDir()
	for _, path := range mails {
		o := options{db: filepath.Join(dir, "q.db"), policy: "contact-software", report: path}
		for _, key := range []string{"team.key", "alice.cert"} {
			o.keys = append(o.keys, filepath.Join(filepath.Dir(path), key))
		}
		out := play(t, o)
		if !strings.Contains(out, "The case is closed") && !strings.Contains(out, "This report is known") {
			t.Errorf("%s:\n%.2000s", filepath.Base(path), out)
		}
		if !utf8.ValidString(out) || strings.Contains(out, "BEGIN PGP MESSAGE") {
			t.Errorf("%s: bytes of the mail are printed", filepath.Base(path))
		}
	}
}

// The fix is there before the shortest window of a policy is over.
func TestEveryWindowIsKept(t *testing.T) {
	for _, p := range policy.All() {
		if p.Window == nil {
			continue
		}
		dir := t.TempDir()
		out := play(t, options{db: filepath.Join(dir, "q.db"), policy: p.Name})
		for _, want := range []string{"Publishing now is refused: rule em.no-publication-before-end", "The embargo has ended", "The case is closed"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: the output lacks %q", p.Name, want)
			}
		}
		if p.Name == "linux-distros" && !strings.Contains(out, "14 days is the most") {
			t.Error("the story of linux-distros does not name its window")
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
