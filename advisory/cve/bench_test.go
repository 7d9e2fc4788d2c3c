package cve_test

import (
	"testing"

	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
)

// BenchmarkRecord gives the cost of reading and checking a record of about 7 kB.
func BenchmarkRecord(b *testing.B) {
	r, _, err := cve.FromAdvisory(sample.Full(), nil)
	if err != nil {
		b.Fatal(err)
	}
	text := r.JSON()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := cve.Parse(text)
		if err != nil || len(r.Check()) > 0 {
			b.Fatal("the record is not sound")
		}
	}
}
