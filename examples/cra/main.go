// Cra plays two duties to report under Article 14 of the Cyber Resilience Act, and
// writes the drafts that a team copies into ENISA's form:
//
//	go run ./examples/cra -out DIR
//
// A vulnerability is exploited: awareness on a Friday night before a holiday, a
// workaround on Monday, another vendor's fix in between, the own fix three weeks
// later. A severe incident: somebody was on the build server. And a near miss, which
// is reported voluntarily (Article 15). The program prints the clocks, what is missing
// and what was carried at each stage; DIR gets the drafts as pages, Markdown and JSON,
// the timeline, and the yearly figures.
//
// With -case it works on a case of the quickstart's database, where nothing is
// submitted: it shows what the case has for a report, -aware records awareness, and
// -voluntary drafts a report without a duty.
//
//	go run ./examples/cra -db quickstart.db -case CVD-2026-XXXXX -aware "logs of a customer"
//	go run ./examples/cra -db quickstart.db -case CVD-2026-XXXXX -voluntary vulnerability
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
	_ "time/tzdata"

	"github.com/cvdkit/cvdkit/cvd/cra"
)

type options struct {
	out, db, number, aware, table, voluntary string
}

func main() {
	if err := command(context.Background(), os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cra:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, w io.Writer, args []string) error {
	var o options
	f := flag.NewFlagSet("cra", flag.ContinueOnError)
	f.SetOutput(w)
	f.StringVar(&o.out, "out", "", "folder `DIR` for the drafts, the timeline and the figures (default: they are not written)")
	f.StringVar(&o.db, "db", "quickstart.db", "with -case: the SQLite `FILE` of the quickstart")
	f.StringVar(&o.number, "case", "", "`NUMBER` of a case in the database, such as CVD-2026-XXXXX; nothing is played then")
	f.StringVar(&o.aware, "aware", "", "with -case: record awareness of active exploitation, with this `EVIDENCE`")
	f.StringVar(&o.voluntary, "voluntary", "", "with -case: draft a voluntary report about a `SUBJECT`: vulnerability, \"cyber threat\", incident or \"near miss\"")
	f.StringVar(&o.table, "table", "", "field table as JSON in `FILE` (default: the newest of this release)")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case f.NArg() > 0:
		return fmt.Errorf("%q is not a flag; see -help", f.Arg(0))
	case o.aware != "" && o.number == "":
		return errors.New("-aware needs a -case")
	case o.voluntary != "" && o.number == "":
		return errors.New("-voluntary needs a -case")
	case o.voluntary != "" && o.aware != "":
		return errors.New("-aware is of a duty, and -voluntary of none: give one of them")
	case o.voluntary != "" && !slices.Contains(cra.Subjects(), cra.Subject(o.voluntary)):
		return fmt.Errorf("-voluntary %q is not one of %q", o.voluntary, cra.Subjects())
	}
	table, err := readTable(o.table)
	if err != nil {
		return err
	}
	if o.number != "" {
		return existing(ctx, w, o, table)
	}
	d, err := newDesk(w, o.out, table)
	if err != nil {
		return err
	}
	return d.story(ctx)
}

// write puts a file that is for the team into the folder, if there is one.
func (d *desk) write(name, text string) error {
	if d.out == "" {
		return nil
	}
	if err := os.MkdirAll(d.out, 0o700); err != nil {
		return err
	}
	path := filepath.Join(d.out, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	fmt.Fprintln(d.w, "  wrote", path)
	return nil
}

func (d *desk) head(title string) {
	fmt.Fprintf(d.w, "\n%s\n", title)
	for range title {
		fmt.Fprint(d.w, "-")
	}
	fmt.Fprintln(d.w)
}

func (d *desk) at(day, hour, minute int) time.Time {
	return time.Date(2026, 10, day, hour, minute, 0, 0, d.zone)
}
