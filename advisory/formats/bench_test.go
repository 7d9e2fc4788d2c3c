package formats_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
)

// many is an advisory with n products that are not affected for one reason, named by one
// impact statement, and n affected ones with a remediation each.
func many(n int) *advisory.Advisory {
	a := sample.Small()
	a.Products = nil
	v := &a.Vulnerabilities[0]
	v.Scores, v.Remediations = nil, nil
	var good, bad []string
	for i := range n {
		p := advisory.Product{ID: fmt.Sprintf("G%d", i), Vendor: "Example", Name: fmt.Sprintf("good%d", i), Version: "1.0"}
		q := advisory.Product{ID: fmt.Sprintf("B%d", i), Vendor: "Example", Name: fmt.Sprintf("bad%d", i), Version: "1.0"}
		good, bad = append(good, p.ID), append(bad, q.ID)
		a.Products = append(a.Products, p, q)
		v.Remediations = append(v.Remediations, advisory.Remediation{Category: advisory.VendorFix, Details: "Update to 1.1.", Products: []string{q.ID}})
	}
	v.Status = []advisory.ProductStatus{{State: advisory.NotAffected, Products: good}, {State: advisory.Affected, Products: bad}}
	v.Flags = []advisory.Flag{{Label: advisory.CodeNotPresent, Products: good}}
	v.Threats = []advisory.Threat{{Category: advisory.ThreatImpact, Details: "They have a parser of their own.", Products: good}}
	return a
}

// BenchmarkConvert gives the cost of reading a CSAF document and writing each format, in
// bytes of that document. It is linear: ns/op doubles with the number of products.
func BenchmarkConvert(b *testing.B) {
	for _, n := range []int{1000, 2000, 4000} {
		var text bytes.Buffer
		if _, err := formats.Encode(&text, formats.CSAF21, many(n), nil); err != nil {
			b.Fatal(err)
		}
		for _, f := range formats.All() {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				b.SetBytes(int64(text.Len()))
				for b.Loop() {
					a, _, _, err := formats.Decode(bytes.NewReader(text.Bytes()))
					if err != nil {
						b.Fatal(err)
					}
					if _, err := formats.Encode(io.Discard, f, a, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
