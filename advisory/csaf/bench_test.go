package csaf_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// large returns a document of about 130 kB: the base with 300 products that
// each vulnerability names.
func large(t testing.TB, version string) []byte {
	root := base(t, version)
	versions := root.Find("/product_tree/branches/0/branches/0/branches")
	sample := versions.Item(0)
	var ids []string
	for i := range 300 {
		b := sample.Clone()
		v := fmt.Sprintf("9.%d.0", i)
		id := fmt.Sprintf("CSAFPID-9%04d", i)
		b.Set("name", jsontree.NewString(v))
		p := b.Get("product")
		p.Set("name", jsontree.NewString("Example Company Product A "+v))
		p.Set("product_id", jsontree.NewString(id))
		h := jsontree.NewObject(jsontree.Member{Name: "cpe", Value: jsontree.NewString("cpe:2.3:a:example:product_a:" + v + ":*:*:*:*:*:*:*")})
		p.Set("product_identification_helper", h)
		versions.Append(b)
		ids = append(ids, id)
	}
	for _, v := range root.Get("vulnerabilities").Items() {
		for _, list := range []*jsontree.Node{v.Find("/product_status/known_affected"), v.Find("/remediations/0/product_ids"),
			v.Find("/scores/0/products"), v.Find("/metrics/0/products")} {
			list.Append(jsontree.NewStrings(ids...).Items()...)
		}
	}
	return root.AppendIndent(nil, "  ")
}

func BenchmarkValidate(b *testing.B) {
	for _, version := range []string{"2.0", "2.1"} {
		for size, text := range map[string][]byte{"small": base(b, version).AppendIndent(nil, "  "), "large": large(b, version)} {
			for _, preset := range []csaf.Preset{csaf.Schema, csaf.Basic, csaf.All} {
				b.Run(fmt.Sprintf("%s/%s/%s", version, size, preset), func(b *testing.B) {
					var v csaf.Validator
					b.SetBytes(int64(len(text)))
					b.ReportAllocs()
					for b.Loop() {
						r, err := v.Validate(b.Context(), text, preset)
						if err != nil || !r.Valid() {
							b.Fatal(err, r.Findings)
						}
					}
				})
			}
		}
	}
}

// BenchmarkAll reports how much of the time of all tests the structural check takes,
// with both in turn in one run: the quotient of the fastest of each.
func BenchmarkAll(b *testing.B) {
	for _, version := range []string{"2.0", "2.1"} {
		for size, text := range map[string][]byte{"small": base(b, version).AppendIndent(nil, "  "), "large": large(b, version)} {
			b.Run(version+"/"+size, func(b *testing.B) {
				var v csaf.Validator
				fastest := map[csaf.Preset]time.Duration{}
				for b.Loop() {
					for _, preset := range []csaf.Preset{csaf.Schema, csaf.All} {
						start := time.Now()
						if _, err := v.Validate(b.Context(), text, preset); err != nil {
							b.Fatal(err)
						}
						if d := time.Since(start); fastest[preset] == 0 || d < fastest[preset] {
							fastest[preset] = d
						}
					}
				}
				b.ReportMetric(float64(fastest[csaf.Schema])/float64(fastest[csaf.All]), "schema/all")
			})
		}
	}
}
