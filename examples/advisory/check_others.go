package main

import (
	"bytes"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/formats"
)

// checkOther checks a document that is no CSAF by the schema of its format, which its
// content shows. It reports false for a text in none of the formats.
func checkOther(text []byte, r *result) bool {
	d, format, err := formats.Open(bytes.NewReader(text))
	if err != nil {
		return false
	}
	problems, ok := formats.Check(d, format)
	if !ok {
		return false
	}
	r.Format = string(format)
	for _, p := range problems {
		r.Findings = append(r.Findings, csaf.Finding{Test: csaf.TestSchema, Severity: csaf.SeverityError, Path: p.Path, Message: p.Reason})
	}
	a, _ := d.Advisory()
	if fault := useless(a, format); fault != "" {
		r.Findings = append(r.Findings, csaf.Finding{Test: "use", Severity: csaf.SeverityError, Path: "/affected", Message: fault})
	}
	r.Valid = len(r.Findings) == 0
	return true
}

// useless says why a document that its schema allows tells nobody anything: an OSV
// entry without an affected package matches nothing.
func useless(a *advisory.Advisory, f formats.Format) string {
	if f == formats.OSV && len(a.Products) == 0 && a.Tracking.Withdrawn.IsZero() {
		return "the entry names no affected package, so that nothing can match it"
	}
	return ""
}
