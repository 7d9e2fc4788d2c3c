package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
	"github.com/cvdkit/cvdkit/rfc2350"
)

// flags makes a flag set that reports errors instead of exiting.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

func parseFlags(f *flag.FlagSet, args []string) error {
	if err := anywhere.Parse(f, args); err != nil {
		return fmt.Errorf("%w (run rfc2350 without arguments for the usage)", err)
	}
	return nil
}

// instant is a time flag; the present time if it is not set.
type instant struct{ time.Time }

func (i *instant) String() string { return "" }

func (i *instant) Set(s string) (err error) {
	if i.Time, err = time.Parse(time.RFC3339, s); err != nil {
		return errors.New("want a time like 2026-11-22T12:00:00Z")
	}
	return nil
}

func (i *instant) now() time.Time {
	if i.IsZero() {
		return time.Now()
	}
	return i.Time
}

const maxFile = 16 << 20

func readFile(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s has more than %d bytes", name, maxFile)
	}
	return data, err
}

func load(name string, in io.Reader) (*rfc2350.Document, error) {
	data, err := readFile(name, in)
	if err != nil {
		return nil, err
	}
	d, err := rfc2350.Parse(data, rfc2350.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

func parse(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("parse")
	asJSON := f.Bool("json", false, "one JSON object a line")
	var at instant
	f.Var(&at, "now", "time to check at")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	if f.NArg() == 0 {
		return errors.New("which FILE? give one or more, or - for standard input")
	}
	var failed error
	for _, name := range f.Args() {
		d, err := load(name, in)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		d.Findings = d.Check(rfc2350.Practice, at.now())
		if *asJSON {
			err = printJSON(out, name, d)
		} else {
			err = printText(out, name, d)
		}
		if err != nil {
			return err
		}
	}
	return failed
}

// printJSON writes the document's members after the name of its file, on one line.
func printJSON(out io.Writer, name string, d *rfc2350.Document) error {
	members, err := json.Marshal(d)
	if err != nil {
		return err
	}
	file, err := json.Marshal(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "{\"file\":%s,%s\n", file, members[1:])
	return err
}

func printText(out io.Writer, name string, d *rfc2350.Document) error {
	var b strings.Builder
	row := func(label string, values ...string) {
		for _, v := range values {
			if strings.TrimSpace(v) != "" {
				fmt.Fprintf(&b, "%-14s%s\n", label, v)
			}
			label = ""
		}
	}
	row("file", name)
	row("title", d.Title)
	row("team", d.Team.Name)
	row("short name", d.Team.ShortName)
	row("version", d.Version)
	row("language", d.Lang)
	row("updated", d.Updated.String())
	row("tlp", d.TLPName)
	for _, z := range d.Team.TimeZones {
		row("time zone", strings.TrimSpace(z.IANA+" "+z.Std+" "+z.DST))
	}
	for _, p := range d.Team.Phones {
		row("phone", strings.TrimSpace(p.E164+" "+p.Label))
	}
	for _, e := range d.Team.Emails {
		row("e-mail", strings.TrimSpace(e.Address+" "+e.Role))
	}
	for _, k := range d.Keys() {
		id := k.Fingerprint
		if id == "" {
			id = k.KeyID
		}
		if !k.Expires.IsZero() {
			id += " expires " + k.Expires.String()
		}
		row("key", id)
	}
	if !d.Disclosure.IsZero() {
		row("disclosure", window(d.Disclosure))
	}
	row("hours", d.Hours...)
	for _, m := range d.Memberships {
		row("member", strings.TrimSpace(m.Body+" "+m.Level))
	}
	row("signature", d.Signature.Status.String())
	printFindings(&b, "", d.Findings)
	b.WriteByte('\n')
	_, err := io.WriteString(out, b.String())
	return err
}

func window(d rfc2350.Disclosure) string {
	var parts []string
	if d.Days > 0 {
		parts = append(parts, fmt.Sprintf("%d days", d.Days))
	}
	if d.MaxDays > 0 {
		parts = append(parts, fmt.Sprintf("at most %d days", d.MaxDays))
	}
	return strings.Join(parts, ", ")
}

func printFindings(b *strings.Builder, file string, list []rfc2350.Finding) {
	for _, f := range list {
		place := file
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", file, f.Line)
		}
		if place != "" {
			place = strings.TrimPrefix(place, ":") + ": "
		}
		fmt.Fprintf(b, "%s%s: %s [%s]", place, f.Severity, f.Message, f.Code)
		if f.Source != "" {
			fmt.Fprintf(b, " (%s)", f.Source)
		}
		b.WriteByte('\n')
	}
}

func check(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("check")
	profile := f.String("profile", "practice", "rfc or practice")
	var at instant
	f.Var(&at, "now", "time to check at")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	p, ok := map[string]rfc2350.Profile{"rfc": rfc2350.RFC, "practice": rfc2350.Practice}[*profile]
	if !ok {
		return fmt.Errorf("no profile %q: choose rfc or practice", *profile)
	}
	if f.NArg() == 0 {
		return errors.New("which FILE? give one or more, or - for standard input")
	}
	bad := false
	for _, name := range f.Args() {
		d, err := load(name, in)
		if err != nil {
			return err
		}
		list := d.Check(p, at.now())
		var b strings.Builder
		printFindings(&b, name, list)
		if _, err := io.WriteString(out, b.String()); err != nil {
			return err
		}
		for _, x := range list {
			bad = bad || x.Severity == rfc2350.Error
		}
	}
	if bad {
		return errNotGood
	}
	return nil
}
