package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
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
	if *label != "" {
		l, err := tlp.Parse(*label)
		if err != nil {
			return misuse(f, "%v", err)
		}
		if a.TLP != tlp.Unset && a.TLP != l {
			return fmt.Errorf("the document is %v, and -tlp does not change that", a.TLP)
		}
		a.TLP = l
	}
	if a.Publisher.Name == "" {
		a.Publisher.Name = *publisher
	}
	if a.Publisher.Namespace == "" {
		a.Publisher.Namespace = *namespace
	}
	if a, err = choose(a, *only); err != nil {
		return err
	}
	if err := p.complete(a, format); err != nil {
		return err
	}
	var b bytes.Buffer
	losses, err = formats.Encode(&b, format, a, &formats.Options{CVE: cve.Options{OrgID: *org, ShortName: *short}})
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
		fmt.Fprintf(p.err, "lost in %s: %v\n", when, l)
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

// complete gives a document a history where CSAF needs one and the source, such as a
// CVE record, has none; and refuses to write CSAF that cannot be valid.
func (p *program) complete(a *advisory.Advisory, format formats.Format) error {
	if format != formats.CSAF20 && format != formats.CSAF21 {
		return nil
	}
	if len(a.Tracking.Revisions) == 0 {
		at := a.Tracking.Updated
		if at.IsZero() {
			at = p.now().UTC().Truncate(time.Second)
		}
		a.Tracking.Status = ""
		a.Tracking.Version = ""
		if err := a.Release(at, advisory.Final, "Converted from another format."); err != nil {
			return err
		}
	}
	problems := a.Check()
	for _, problem := range problems {
		fmt.Fprintf(p.err, "the advisory is not complete: %v\n", problem)
	}
	if len(problems) > 0 {
		return errors.New("nothing was written; -publisher and -namespace fill in who publishes")
	}
	return nil
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
	}
	return err
}

func (p *program) upgrade(_ context.Context, args []string) error {
	f := p.flags("upgrade", "FILE")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return misuse(f, "name one file")
	}
	file, err := p.open(f.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	d, err := csaf.Read(file, jsontree.Limits{})
	if err != nil {
		return err
	}
	up, warnings, err := csaf.Upgrade(d)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintf(p.err, "warning: %v\n", w)
	}
	_, err = p.out.Write(up.JSON())
	return err
}
