package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// begin is the command new.
func (p *program) begin(_ context.Context, args []string) error {
	f := p.flags("new", "-id ID -title TITLE -publisher NAME -namespace URL [FLAGS]")
	id := f.String("id", "", "the advisory's `ID` (required)")
	title := f.String("title", "", "its `title` (required)")
	publisher := f.String("publisher", "", "the publisher's `name` (required)")
	namespace := f.String("namespace", "", "a `URL` that the publisher controls (required)")
	category := f.String("category", "vendor", "the publisher's `category`: vendor, coordinator, discoverer …")
	label := f.String("tlp", "AMBER", "the TLP `label`")
	cve := f.String("cve", "", "the vulnerability's CVE `ID`")
	description := f.String("description", "To be written.", "what the vulnerability is")
	vendor := f.String("vendor", "", "the product's `vendor`")
	product := f.String("product", "", "the product's `name`")
	affected := f.String("affected", "", "the affected version, or `range` such as vers:npm/>=1.0.0|<1.4.2")
	fixed := f.String("fixed", "", "the fixed `version`")
	vector := f.String("vector", "", "a CVSS `vector`")
	release := f.Bool("release", false, "make it final instead of a draft")
	if err := parse(f, args); err != nil {
		return err
	}
	if *id == "" || *title == "" || *publisher == "" || *namespace == "" || f.NArg() > 0 {
		return misuse(f, "-id, -title, -publisher and -namespace are required, and nothing follows the flags")
	}
	l, err := tlp.Parse(*label)
	if err != nil {
		return misuse(f, "%v", err)
	}
	v := advisory.Vulnerability{
		CVE: *cve, Title: *title,
		Notes: []advisory.Note{{Category: advisory.NoteDescription, Title: "Description", Text: *description}},
	}
	a := &advisory.Advisory{
		ID: *id, Title: *title, TLP: l, Language: "en",
		Publisher: advisory.Publisher{Name: *publisher, Namespace: *namespace, Category: *category},
	}
	if *product != "" {
		addProducts(a, &v, *vendor, *product, *affected, *fixed)
	}
	if *vector != "" {
		parsed, err := cvss.Parse(*vector)
		if err != nil {
			return misuse(f, "%v", err)
		}
		if len(a.Products) == 0 {
			return misuse(f, "a score needs a product: give -product")
		}
		v.Scores = []advisory.Score{{CVSS: parsed, Products: v.Of(advisory.Affected)}}
	}
	a.Vulnerabilities = []advisory.Vulnerability{v}
	now := p.now().UTC().Truncate(time.Second)
	if *release {
		err = a.Release(now, advisory.Final, "First release.")
	} else {
		err = a.Revise(now, "First draft.")
	}
	if err != nil {
		return err
	}
	for _, problem := range a.Check() {
		fmt.Fprintf(p.err, "advisory new: %v\n", problem)
		err = errors.New("nothing was written")
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := formats.Encode(&b, formats.CSAF21, a, nil); err != nil {
		return err
	}
	_, err = p.out.Write(b.Bytes())
	return err
}

// addProducts adds the affected and the fixed product and says how to mend the one.
func addProducts(a *advisory.Advisory, v *advisory.Vulnerability, vendor, name, affected, fixed string) {
	bad := advisory.Product{ID: "AFFECTED", Vendor: vendor, Name: name}
	if r := advisory.ParseRange(affected); r.Text == "" && (r.Scheme != "" || len(r.Intervals) != 1 || r.Intervals[0].From != r.Intervals[0].Through) {
		bad.Range = r
	} else {
		bad.Version = affected
	}
	bad.Title = bad.Display()
	a.Products = []advisory.Product{bad}
	v.Status = []advisory.ProductStatus{{State: advisory.Affected, Products: []string{bad.ID}}}
	if fixed == "" {
		v.Remediations = []advisory.Remediation{{
			Category: advisory.NoneAvailable, Details: "No fix is available yet.", Products: []string{bad.ID},
		}}
		return
	}
	good := advisory.Product{ID: "FIXED", Vendor: vendor, Name: name, Version: fixed}
	good.Title = good.Display()
	a.Products = append(a.Products, good)
	v.Status = append(v.Status, advisory.ProductStatus{State: advisory.Fixed, Products: []string{good.ID}})
	v.Remediations = []advisory.Remediation{{
		Category: advisory.VendorFix, Details: "Update to " + fixed + ".", Products: []string{bad.ID},
	}}
}
