package securitytxt

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// typical is of the size and make of most files in the wild.
const typical = `# Our security address
Contact: mailto:security@example.com
Contact: https://example.com/security
Expires: 2027-02-01T00:00:00Z
Encryption: https://example.com/pgp-key.txt
Acknowledgments: https://example.com/hall-of-fame.html
Preferred-Languages: en, es, fr
Canonical: https://example.com/.well-known/security.txt
Policy: https://example.com/security-policy.html
Hiring: https://example.com/jobs.html
`

// BenchmarkParse parses and checks one typical unsigned file. The goal is 5 µs.
func BenchmarkParse(b *testing.B) {
	in := []byte(typical)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Parse(in)
		if err != nil || !Valid(d.Check(CheckOptions{Now: now})) {
			b.Fatal("not valid")
		}
	}
}

// BenchmarkSplit is the floor: the same file, only cut at its lines and colons.
func BenchmarkSplit(b *testing.B) {
	in := []byte(typical)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for line := range strings.SplitSeq(string(in), "\n") {
			if _, v, ok := strings.Cut(line, ":"); ok {
				n += len(v)
			}
		}
		if n == 0 {
			b.Fatal()
		}
	}
}

// BenchmarkParseSigned parses and checks a signed file, without its cryptography.
func BenchmarkParseSigned(b *testing.B) {
	in := []byte(signed(b, typical))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Parse(in)
		if err != nil || !Valid(d.Check(CheckOptions{Now: now})) {
			b.Fatal("not valid")
		}
	}
}

// BenchmarkMillionFields parses a file of a million fields.
func BenchmarkMillionFields(b *testing.B) {
	in := bytes.Repeat([]byte("Contact: mailto:security@example.com\n"), 1_000_000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Limits{Bytes: len(in), Lines: 1_000_000}.Parse(in)
		if err != nil || len(d.File.Contact) != 1_000_000 {
			b.Fatal(err)
		}
	}
}

// BenchmarkCorpus parses and checks the real files; an operation is all of them.
func BenchmarkCorpus(b *testing.B) {
	names, err := filepath.Glob(filepath.Join(sharedDir(b), "corpus", "*"))
	if err != nil || len(names) == 0 {
		b.Fatal("no files", err)
	}
	var files [][]byte
	total := 0
	for _, n := range names {
		raw, err := os.ReadFile(n)
		if err != nil {
			b.Fatal(err)
		}
		files, total = append(files, raw), total+len(raw)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, raw := range files {
			d, _ := Parse(raw)
			d.Check(CheckOptions{Now: now})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(files)), "ns/file")
}
