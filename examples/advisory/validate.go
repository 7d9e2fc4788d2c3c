package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// result is one line of "validate -json".
type result struct {
	File     string         `json:"file"`
	Format   string         `json:"format,omitempty"` // cve, osv or openvex; CSAF has a version
	Version  string         `json:"version"`
	Valid    bool           `json:"valid"`
	Findings []csaf.Finding `json:"findings"`
	NotRun   []string       `json:"not_run"`
	// Unsupported names what tests could not judge, such as extensions that this
	// program does not know. What it names neither passed nor failed.
	Unsupported []string `json:"unsupported,omitempty"`
}

// maxFile is one byte more than the default limit of the parser, which then refuses.
const maxFile = 32<<20 + 1

func (p *program) validate(ctx context.Context, args []string) error {
	f := p.flags("validate", "[-json] [-preset schema|basic|extended|full|all] FILE…")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	preset := f.String("preset", string(csaf.Basic), "which `tests` to run: schema, basic, extended, full or all")
	if err := parse(f, args); err != nil {
		return err
	}
	switch csaf.Preset(*preset) {
	case csaf.Schema, csaf.Basic, csaf.Extended, csaf.Full, csaf.All:
	default:
		return misuse(f, "there is no preset %q", *preset)
	}
	if f.NArg() == 0 {
		return misuse(f, "name a file")
	}
	validator := &csaf.Validator{Now: p.now}
	bad := false
	for _, name := range f.Args() {
		r, err := p.check(ctx, validator, name, csaf.Preset(*preset))
		if err != nil {
			return err
		}
		bad = bad || !r.Valid
		if *asJSON {
			line, err := json.Marshal(r)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.out, "%s\n", line)
			continue
		}
		p.show(r)
	}
	if bad {
		return errBad
	}
	return nil
}

// check validates one file. A text that is no CSAF document is a finding, so that the
// files behind it are checked too; an error is only for a file that cannot be read.
func (p *program) check(ctx context.Context, v *csaf.Validator, name string, preset csaf.Preset) (result, error) {
	file, err := p.open(name)
	if err != nil {
		return result{}, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err = firstError(err, file.Close(), ctx.Err()); err != nil {
		return result{}, err
	}
	r := result{File: name, Findings: []csaf.Finding{}, NotRun: []string{}}
	report, err := v.Validate(ctx, text, preset)
	if errors.Is(err, csaf.ErrNotCSAF) && checkOther(text, &r) {
		return r, ctx.Err()
	}
	if err != nil {
		r.Findings = append(r.Findings, csaf.Finding{Test: csaf.TestSchema, Severity: csaf.SeverityError, Message: err.Error()})
		return r, ctx.Err()
	}
	r.Version, r.Valid = string(report.Version), report.Valid()
	r.Unsupported = report.Unsupported
	r.Findings, r.NotRun = append(r.Findings, report.Findings...), append(r.NotRun, report.NotRun...)
	return r, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *program) show(r result) {
	verdict := "valid"
	if !r.Valid {
		verdict = "not valid"
	}
	version := r.Version
	if version != "" {
		version = " CSAF " + version
	} else if r.Format != "" {
		version = " as " + r.Format
	}
	fmt.Fprintf(p.out, "%s: %s%s\n", r.File, verdict, version)
	for _, f := range r.Findings {
		path := f.Path
		if path == "" {
			path = "the document"
		}
		fmt.Fprintf(p.out, "  %-8s %-10s %s: %s\n", f.Severity, f.Test, path, f.Message)
	}
	if len(r.NotRun) > 0 {
		fmt.Fprintf(p.out, "  not run: %s\n", strings.Join(r.NotRun, ", "))
	}
	if len(r.Unsupported) > 0 {
		fmt.Fprintf(p.out, "  not judged: %q\n", r.Unsupported)
	}
}
