package advisory_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// many is an advisory with n products that are not affected for one reason, named by
// one impact statement, and as many affected ones with one remediation each.
func many(n int) *advisory.Advisory {
	a := sample.Small()
	a.TLP = tlp.Clear
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

// BenchmarkForms gives the cost of the human forms. It is linear: ns/op doubles with n.
func BenchmarkForms(b *testing.B) {
	for _, n := range []int{1000, 2000, 4000} {
		a := many(n)
		for _, f := range []struct {
			name  string
			write func(io.Writer, *advisory.Advisory) error
		}{{"html", advisory.HTML}, {"md", advisory.Markdown}, {"text", advisory.Text}} {
			b.Run(fmt.Sprintf("%s/%d", f.name, n), func(b *testing.B) {
				var size counter
				for b.Loop() {
					size = 0
					if err := f.write(&size, a); err != nil {
						b.Fatal(err)
					}
				}
				b.SetBytes(int64(size))
			})
		}
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
