package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	// Truncated names the tests that found more than is listed.
	Truncated []string `json:"truncated,omitempty"`
	// Unsupported names what tests could not judge, such as extensions that this
	// program does not know. What it names neither passed nor failed.
	Unsupported []string `json:"unsupported,omitempty"`
}

// maxFile is one byte more than the default limit of the parser, which then refuses.
const maxFile = 32<<20 + 1

func (p *program) validate(ctx context.Context, args []string) error {
	f := p.flags("validate", "[-json] [-preset schema|basic|extended|full|all] [-online] [-spell] [-grammar URL] [-extension FILE] FILE…")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	preset := f.String("preset", string(csaf.Basic), "which `tests` to run: schema, basic, extended, full or all")
	online := f.Bool("online", false, "ask whether the document's URLs resolve (tests 6.3.6, 6.3.7); tells their servers that somebody reads it")
	spell := f.Bool("spell", false, "check the spelling with the program hunspell (test 6.3.8)")
	grammar := f.String("grammar", "", "check the grammar with the LanguageTool server at this `URL` (test 6.3.16); sends it the texts of the document")
	var extensionFiles fileList
	f.Var(&extensionFiles, "extension", "a `file` with the schema or the metadata of an extension of CSAF 2.1; may be given often")
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
	var err error
	if validator.Extensions, err = extensions(extensionFiles); err != nil {
		return err
	}
	if *online {
		validator.CheckURL = p.urls.Check
	}
	if *spell {
		s, err := newSpeller()
		if err != nil {
			return err
		}
		defer s.close()
		validator.CheckSpelling = s.check
	}
	if *grammar != "" {
		if validator.CheckGrammar, err = checkGrammar(http.DefaultClient, *grammar); err != nil {
			return misuse(f, "%v", err)
		}
	}
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

// check validates one file. A text that is no advisory is a finding, so that the files
// behind it are checked too; an error is only for a file that cannot be read, and for a
// checker that fails.
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
	d, err := csaf.Parse(text)
	if errors.Is(err, csaf.ErrNotCSAF) {
		if checkOther(text, &r) {
			return r, nil
		}
		err = errors.New("the file is neither CSAF 2.0 or 2.1, a CVE record, OSV nor OpenVEX")
	}
	if err == nil {
		var report csaf.Report
		if report, err = v.Check(ctx, d, preset); err == nil {
			r.Version, r.Valid = string(report.Version), report.Valid()
			r.Unsupported, r.Truncated = report.Unsupported, report.Truncated
			r.Findings, r.NotRun = append(r.Findings, report.Findings...), append(r.NotRun, report.NotRun...)
			return r, nil
		}
		if !errors.Is(err, csaf.ErrTooComplex) {
			return result{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	r.Findings = append(r.Findings, csaf.Finding{Test: csaf.TestSchema, Severity: csaf.SeverityError, Message: err.Error()})
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
	if len(r.Truncated) > 0 {
		fmt.Fprintf(p.out, "  found more than is listed: %s\n", strings.Join(r.Truncated, ", "))
	}
	if len(r.Unsupported) > 0 {
		fmt.Fprintf(p.out, "  not judged: %q\n", r.Unsupported)
	}
}
