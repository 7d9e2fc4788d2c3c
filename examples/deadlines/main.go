// Deadlines prints every date that a policy gives, with its explanation, and
// writes them as a calendar, a picture and a table. It needs no other part of a
// case: a team that keeps its cases elsewhere can use it alone.
//
//	go run ./examples/deadlines -list
//	go run ./examples/deadlines -policy cra-vulnerability -zone Europe/Berlin \
//		-start exploitation.aware=2026-11-02T08:30:00+01:00 -out dates
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones also where the machine has none

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/timeline"
)

func main() {
	err := run(os.Args[1:], os.Stdout, time.Now())
	if err != nil {
		fmt.Fprintln(os.Stderr, "deadlines:", err)
		os.Exit(1)
	}
}

const usage = `usage: deadlines -policy NAME|FILE.json -start FACT=INSTANT ... [flags]

An INSTANT is as 2026-11-02T08:30:00+01:00, or as 2026-11-02T08:30 in -zone.
Facts that end or change clocks (a fix, an extension) are given by -start too.

`

type options struct {
	policies []policy.Policy
	starts   []string
	cal      policy.Calendar
	now      time.Time
	out      string
	number   string
	title    string
}

func run(args []string, stdout io.Writer, clock time.Time) error {
	o := options{now: clock}
	var zone, holidays, hours, now string
	list := false
	fs := flag.NewFlagSet("deadlines", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // errors are printed once, by main
	fs.Func("policy", "a policy of the table or a JSON `file`; may be repeated", func(s string) error {
		p, err := loadPolicy(s)
		o.policies = append(o.policies, p)
		return err
	})
	fs.Func("start", "a fact and its instant, as `FACT=INSTANT`; may be repeated", func(s string) error {
		o.starts = append(o.starts, s)
		return nil
	})
	fs.StringVar(&zone, "zone", "UTC", "the `zone` of days and of what is shown, such as Europe/Berlin")
	fs.StringVar(&holidays, "holidays", "", "a `file` with one holiday in each line, as 2026-12-25 Christmas Day")
	fs.StringVar(&hours, "hours", "", "the team's hours, as `09:00-17:00`; else the whole day")
	fs.StringVar(&now, "now", "", "the `instant` to judge the states at; else the present")
	fs.StringVar(&o.out, "out", "", "a `folder` for deadlines.ics, .svg and .md")
	fs.StringVar(&o.number, "number", "", "the case's number, for the headings and the calendar's UIDs")
	fs.StringVar(&o.title, "title", "Deadlines", "the heading")
	fs.BoolVar(&list, "list", false, "list the policies and their facts")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		return nil
	} else if err != nil {
		return fmt.Errorf("%w; see -h", err)
	}
	if list {
		listPolicies(stdout)
		return nil
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%q is not a flag; every value needs one, see -h", fs.Arg(0))
	}
	if len(o.policies) == 0 {
		return errors.New("name a -policy; -list shows them")
	}
	if err := o.calendar(zone, holidays, hours); err != nil {
		return err
	}
	if now != "" {
		t, err := parseInstant(now, o.cal.Zone)
		if err != nil {
			return fmt.Errorf("-now: %w", err)
		}
		o.now = t
	}
	return o.print(stdout)
}

func loadPolicy(name string) (policy.Policy, error) {
	if p, ok := policy.ByName(name); ok {
		return p, nil
	}
	if !strings.HasSuffix(name, ".json") {
		return policy.Policy{}, errors.New("no such policy; -list shows them, and a file ends in .json")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return policy.Policy{}, err
	}
	return policy.Parse(text)
}

func (o *options) calendar(zone, holidays, hours string) error {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return fmt.Errorf("-zone: %q is not a zone such as Europe/Berlin", zone)
	}
	o.cal = policy.Calendar{Zone: loc}
	if holidays != "" {
		text, err := os.ReadFile(holidays)
		if err != nil {
			return fmt.Errorf("-holidays: %w", err)
		}
		if o.cal.Holidays, err = policy.ParseHolidays(string(text)); err != nil {
			return fmt.Errorf("-holidays %s: %w", holidays, err)
		}
	}
	if hours != "" {
		from, to, _ := strings.Cut(hours, "-")
		open, err1 := time.Parse("15:04", from)
		end, err2 := time.Parse("15:04", to)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("-hours: %q is not as 09:00-17:00", hours)
		}
		midnight := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
		o.cal.Open, o.cal.Close = open.Sub(midnight), end.Sub(midnight)
	}
	return o.cal.Validate()
}

func parseInstant(s string, loc *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, loc)
	if err != nil {
		return t, fmt.Errorf("%q is not an instant such as 2026-11-02T08:30:00+01:00", s)
	}
	return t, nil
}

// facts reads the -start flags; a fact that no policy knows is a mistake.
func (o *options) facts() (policy.Facts, []timeline.Entry, error) {
	var known []policy.Fact
	for _, p := range o.policies {
		known = append(known, p.Facts()...)
	}
	var f policy.Facts
	var es []timeline.Entry
	for _, s := range o.starts {
		name, at, ok := strings.Cut(s, "=")
		if !ok {
			return f, nil, fmt.Errorf("-start: %q is not FACT=INSTANT", s)
		}
		if !slices.Contains(known, policy.Fact(name)) {
			return f, nil, fmt.Errorf("-start: the policy does not look at %q; it looks at %s", name, join(known))
		}
		t, err := parseInstant(at, o.cal.Zone)
		if err != nil {
			return f, nil, fmt.Errorf("-start: %w", err)
		}
		f.Add(policy.Fact(name), t)
		es = append(es, timeline.Entry{ID: s, At: t, Kind: "fact", Label: name, Planned: t.After(o.now)})
	}
	return f, es, nil
}

func join(fs []policy.Fact) string {
	var names []string
	for _, f := range fs {
		if !slices.Contains(names, string(f)) {
			names = append(names, string(f))
		}
	}
	return strings.Join(names, ", ")
}

func (o *options) print(w io.Writer) error {
	f, es, err := o.facts()
	if err != nil {
		return err
	}
	tl := timeline.Timeline{Number: o.number, Title: o.title, Now: o.now, Zone: o.cal.Zone, Entries: es}
	for i, p := range o.policies {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s, version %d\n%s\n\n", p.Title, p.Version, p.Source)
		if e, ok := p.EmbargoDates(f, o.cal); ok {
			fmt.Fprintf(w, "embargo: %s\n", e.Rule)
			for _, s := range e.Steps {
				fmt.Fprintf(w, "  %s\n", s)
			}
			fmt.Fprintln(w)
			tl.Bands = append(tl.Bands, timeline.Band{From: e.Start, To: e.End, Label: "Embargo by " + p.Name})
		}
		ds := p.Deadlines(f, o.cal, o.now)
		fmt.Fprint(w, policy.Explain(ds))
		for _, n := range p.Notes {
			fmt.Fprintf(w, "\nnote: %s\n", n)
		}
		tl.Entries = append(tl.Entries, timeline.Deadlines(ds)...)
	}
	if o.out == "" {
		return nil
	}
	return write(w, o.out, tl)
}

func write(w io.Writer, dir string, tl timeline.Timeline) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	fmt.Fprintln(w)
	for _, file := range []struct{ name, text string }{
		{"deadlines.ics", tl.ICalendar()}, {"deadlines.svg", tl.SVG()}, {"deadlines.md", tl.Markdown()},
	} {
		path := filepath.Join(dir, file.name)
		if err := os.WriteFile(path, []byte(file.text), 0o644); err != nil {
			return fmt.Errorf("-out: %w", err)
		}
		fmt.Fprintln(w, "wrote", path)
	}
	return nil
}

func listPolicies(w io.Writer) {
	for _, p := range append(policy.All(), policy.OptIns()...) {
		fmt.Fprintf(w, "%-18s %s\n", p.Name, p.Title)
		if p.OptIn != "" {
			fmt.Fprintf(w, "%-18s first confirm %s\n", "", p.OptIn)
		}
		if facts := p.Facts(); len(facts) > 0 {
			fmt.Fprintf(w, "%-18s facts: %s\n", "", join(facts))
		}
	}
}
