// Quickstart takes a vulnerability report from its mail to its publication, in
// one SQLite file:
//
//	go run ./examples/quickstart -out DIR
//
// Weeks pass in a second: the program moves a clock of its own. It prints what
// happened, what each party was told and not told, and the timeline of the case,
// which it also writes into DIR.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	_ "time/tzdata"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

type options struct {
	db, report, policy, out string
	keys                    files
}

// files is a flag that may stand several times.
type files []string

func (f *files) String() string     { return strings.Join(*f, " ") }
func (f *files) Set(s string) error { *f = append(*f, s); return nil }

func main() {
	var o options
	flag.StringVar(&o.db, "db", "quickstart.db", "the SQLite `FILE` that keeps the case; it is made if it is not there")
	flag.StringVar(&o.report, "report", "", "the report, a mail in `FILE.eml` (default: one that is built in)")
	flag.Var(&o.keys, "key", "OpenPGP `KEY` in a file, for -report: a secret one opens the mail, a certificate checks its signature; may stand several times")
	flag.StringVar(&o.policy, "policy", "contact-software", "`NAME` of the policy whose window sets the embargo, or a FILE with a team's RFC 2350 document; \"list\" lists the names")
	flag.StringVar(&o.out, "out", "", "folder `DIR` for the timeline as pages and pictures, the security.txt and the advisories (default: they are only checked)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "quickstart takes only flags, and %q is none; see -help\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(context.Background(), os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, o options) error {
	if o.policy == "list" {
		for _, p := range policy.All() {
			fmt.Fprintf(w, "%-18s %s\n", p.Name, p.Title)
		}
		return nil
	}
	report, err := readReport(o)
	if err != nil {
		return err
	}
	pol, err := readPolicy(w, o.policy, report.received)
	if err != nil {
		return err
	}
	if pol.Window == nil {
		var have []string
		for _, p := range policy.All() {
			if p.Window != nil {
				have = append(have, p.Name)
			}
		}
		return fmt.Errorf("policy %s has no window for an embargo; these have one: %s", pol.Name, strings.Join(have, ", "))
	}
	d, err := openDesk(ctx, w, o.db, report.received)
	if err != nil {
		return err
	}
	defer d.close()
	id, err := d.story(ctx, report, pol)
	if err != nil {
		return err
	}
	return d.finish(ctx, id, o.out)
}

// finish prints what each party knows, and the timeline, and writes its files.
func (d *desk) finish(ctx context.Context, id cvd.CaseID, out string) error {
	c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	d.printParties(ctx, c)
	d.printMails(ctx)
	if err := d.printSent(ctx, c); err != nil {
		return err
	}
	d.head("The timeline of " + c.Number)
	t := d.svc.Timeline(c)
	fmt.Fprint(d.w, t.Text())
	contact, err := d.securityTxt(ctx)
	if err != nil {
		return err
	}
	written, err := d.advisories(ctx, c)
	if err != nil || out == "" {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	files := append([]file{
		{"timeline.md", []byte(t.Markdown())},
		{"timeline.svg", []byte(t.SVG())},
		{"timeline.html", []byte(t.HTML())},
		{"timeline.ics", []byte(t.ICalendar())},
		{"timeline-public.md", []byte(t.Public().Markdown())},
		{"security.txt", contact},
	}, written...)
	d.head("Files")
	for _, f := range files {
		path := filepath.Join(out, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		// The full timeline names the parties: for the team's eyes only.
		if err := os.WriteFile(path, f.text, 0o600); err != nil {
			return err
		}
		fmt.Fprintln(d.w, path)
	}
	return nil
}

func (d *desk) head(s string) { fmt.Fprintf(d.w, "\n%s\n%s\n", s, strings.Repeat("-", len(s))) }

// day prints a line of the story with its date.
func (d *desk) day(format string, a ...any) {
	fmt.Fprintf(d.w, "%s  %s\n", d.clock.now().In(d.zone).Format("Mon 2006-01-02 15:04"), fmt.Sprintf(format, a...))
}

// refusal returns the rule's sentence of a refused command.
func refusal(err error) string {
	var r *cvd.Refusal
	if errors.As(err, &r) {
		return fmt.Sprintf("rule %s: %s", r.Rule, r.Rule.Text())
	}
	return err.Error()
}
