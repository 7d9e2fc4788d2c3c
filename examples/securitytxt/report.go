package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/securitytxt"
)

// A report is what check, fetch and verify say of a file; as JSON, one object a
// line.
type report struct {
	File      string                `json:"file"`
	Valid     bool                  `json:"valid"`
	Fields    fields                `json:"fields"`
	Signature signature             `json:"signature"`
	Findings  []securitytxt.Finding `json:"findings"`
}

type fields struct {
	Contact            []string    `json:"contact"`
	Expires            *string     `json:"expires"`
	Encryption         []string    `json:"encryption"`
	Acknowledgments    []string    `json:"acknowledgments"`
	Canonical          []string    `json:"canonical"`
	Policy             []string    `json:"policy"`
	Hiring             []string    `json:"hiring"`
	CSAF               []string    `json:"csaf"`
	PreferredLanguages []string    `json:"preferred_languages"`
	BugBounty          *bool       `json:"bug_bounty"`
	Extensions         []extension `json:"extensions"`
}

type extension struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type signature struct {
	Status      securitytxt.SignatureStatus `json:"status"`
	Fingerprint string                      `json:"fingerprint"`
}

// newReport describes a document; v is nil if its signature was not verified.
func newReport(name string, d *securitytxt.Document, v *securitytxt.Verified, findings []securitytxt.Finding) report {
	r := report{File: name, Fields: fieldsOf(d.File), Findings: append([]securitytxt.Finding{}, findings...)}
	switch {
	case v != nil:
		r.Signature = signature{v.Signature.Status, v.Signature.Fingerprint}
		r.Findings = append(r.Findings, v.Findings...)
	case d.Signed():
		r.Signature.Status = securitytxt.StatusUnverified
	default:
		r.Signature.Status = securitytxt.StatusNone
	}
	r.Valid = securitytxt.Valid(r.Findings) && !d.Truncated
	return r
}

func fieldsOf(f securitytxt.File) fields {
	list := func(s []string) []string { return append([]string{}, s...) } // [] and not null
	out := fields{
		Contact: list(f.Contact), Encryption: list(f.Encryption), Acknowledgments: list(f.Acknowledgments),
		Canonical: list(f.Canonical), Policy: list(f.Policy), Hiring: list(f.Hiring), CSAF: list(f.CSAF),
		PreferredLanguages: list(f.PreferredLanguages), BugBounty: f.BugBounty, Extensions: []extension{},
	}
	if !f.Expires.IsZero() {
		s := f.Expires.UTC().Format(time.RFC3339Nano)
		out.Expires = &s
	}
	for _, x := range f.Extensions {
		out.Extensions = append(out.Extensions, extension{x.Name, x.Value})
	}
	return out
}

// print writes the report for a machine or for a person.
func (a app) print(r report, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	verdict := "not valid"
	if r.Valid {
		verdict = "valid"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, signature: %s %s\n", r.File, verdict, r.Signature.Status, r.Signature.Fingerprint)
	for _, f := range r.Findings {
		rule := f.Rule()
		where := "file"
		if f.Line > 0 {
			where = fmt.Sprintf("line %d", f.Line)
		}
		if f.Field != "" {
			where += fmt.Sprintf(" %q", f.Field) // quoted: a stranger chose it
		}
		fmt.Fprintf(&b, "  %s: %s %s: %s %s [%s]\n", where, rule.Severity, rule.Code, rule.Message, rule.Hint, rule.Section)
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
