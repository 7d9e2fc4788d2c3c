package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func (p *program) convert(_ context.Context, args []string) error {
	f := p.flags("convert", "-to csaf20|csaf21|cve|osv|openvex|md|html|text FILE")
	to := f.String("to", "", "the `format` to write: csaf20, csaf21, cve, osv, openvex, md, html or text")
	label := f.String("tlp", "", "the TLP `label` of a document that states none")
	only := f.String("only", "", "the `ID` of the vulnerability to write, of a document with several")
	publisher := f.String("publisher", "", "the publisher's `name`, if the document does not say")
	namespace := f.String("namespace", "", "the publisher's `URL`, if the document does not say")
	org := f.String("org", "", "the CNA's organization `UUID`, for CVE records")
	description := f.String("description", "", "the `text` of a CVE record, if the document has none")
	date := f.String("date", "", "the `time` of release, of a document without a timestamp")
	short := f.String("short", "", "the CNA's short `name`, for CVE records")
	if err := parse(f, args); err != nil {
		return err
	}
	format, err := formats.Parse(*to)
	switch {
	case err != nil:
		return misuse(f, "-to must name a format")
	case f.NArg() != 1:
		return misuse(f, "name one file")
	}
	a, losses, err := p.read(f.Arg(0))
	if err != nil {
		return err
	}
	p.report("reading", losses)
	given := advisory.Given{Publisher: advisory.Publisher{Name: *publisher, Namespace: *namespace}}
	if *label != "" {
		if given.TLP, err = tlp.Parse(*label); err != nil {
			return misuse(f, "%v", err)
		}
	}
	if *date != "" {
		if given.Date, err = time.Parse(time.RFC3339, *date); err != nil {
			return misuse(f, "-date is a time such as 2026-05-04T09:30:00Z")
		}
	}
	if a, err = choose(a, *only); err != nil {
		return err
	}
	made, err := complete(a, format, given)
	if err != nil {
		return explain(err, a)
	}
	p.report("completing", made)
	var b bytes.Buffer
	losses, err = formats.Encode(&b, format, a, &formats.Options{CVE: cve.Options{OrgID: *org, ShortName: *short, Description: *description}})
	if err != nil {
		return explain(err, a)
	}
	p.report("writing", losses)
	_, err = p.out.Write(b.Bytes())
	return err
}

func (p *program) read(name string) (*advisory.Advisory, []advisory.Loss, error) {
	file, err := p.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	a, _, losses, err := formats.Decode(file)
	if errors.Is(err, formats.ErrUnknown) {
		err = errors.New("the file is neither CSAF 2.0 or 2.1, a CVE record, OSV nor OpenVEX")
	}
	return a, losses, err
}

func (p *program) report(when string, losses []advisory.Loss) {
	for _, l := range losses {
		fmt.Fprintf(p.err, "%s: %s, %s: %v\n", when, l.Weight(), l.Kind, l)
	}
}

// choose picks one vulnerability.
func choose(a *advisory.Advisory, only string) (*advisory.Advisory, error) {
	if only == "" {
		return a, nil
	}
	for _, one := range advisory.Split(a) {
		if len(one.Vulnerabilities) == 1 && one.Vulnerabilities[0].Name() == only {
			return one, nil
		}
	}
	return nil, fmt.Errorf("the document has no vulnerability %q", only)
}

// complete fills in what the document does not say. The human forms show what is there,
// but for a label that is given.
func complete(a *advisory.Advisory, format formats.Format, given advisory.Given) ([]advisory.Loss, error) {
	if format.ForPeople() {
		if a.TLP == tlp.Unset {
			a.TLP = given.TLP
		}
		return nil, nil
	}
	return a.Complete(given)
}

// explain adds to a refusal what the caller can do.
func explain(err error, a *advisory.Advisory) error {
	var e *advisory.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case errors.Is(err, advisory.ErrSeveral):
		return fmt.Errorf("%w; choose one with -only ID", err)
	case e.Path == "/tlp" && a.TLP == tlp.Unset:
		return fmt.Errorf("%w; the document states no label, say it with -tlp", err)
	case e.Path == "/tlp" && errors.Is(err, advisory.ErrConfidential):
		return fmt.Errorf("%w; -tlp does not change that", err)
	}
	if option := options[e.Path]; option != "" && errors.Is(err, advisory.ErrIncomplete) {
		return fmt.Errorf("%w; %s gives it", err, option)
	}
	return err
}

// options say which option gives what a document lacks.
var options = map[string]string{
	"/publisher/name": "-publisher", "/publisher/namespace": "-namespace", "/references": "-namespace",
	"/tracking/released": "-date", "/vulnerabilities/0/notes": "-description", "/notes": "-description",
}
