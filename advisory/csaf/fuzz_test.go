package csaf_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

func seeds(f *testing.F) {
	for _, name := range []string{"base20.json", "base21.json"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"document":{"csaf_version":"2.0"}}`))
	f.Add([]byte(`{"document":{"csaf_version":"2.1","tracking":{"revision_history":[{"date":1},null]}},"product_tree":[],"vulnerabilities":{}}`))
	f.Add([]byte(`{"document":{"csaf_version":"2.0"},"vulnerabilities":[null,1,"x",{"scores":[{"cvss_v3":"x","products":{}}],"flags":[[]]}]}`))
	f.Add([]byte(`{"document":{"csaf_version":"2.1"},"product_tree":{"branches":[{"branches":[{"category":"product_version_range","name":"vers:a/>1|<2"},{"category":"product_version","name":"1.5"}]}],"product_paths":[{"full_product_name":{"product_id":"a"},"beginning_product_reference":"a"}]}}`))
}

// Any text gives a report or an error of the documented kinds, and each finding
// points at a place that exists, or below an object or list that exists.
func FuzzValidate(f *testing.F) {
	seeds(f)
	v := oracleValidator()
	f.Fuzz(func(t *testing.T, text []byte) {
		report, err := v.Validate(t.Context(), text, csaf.All)
		if err != nil {
			var syntax *csaf.SyntaxError
			if !errors.As(err, &syntax) && !errors.Is(err, csaf.ErrNotCSAF) && !errors.Is(err, csaf.ErrTooComplex) {
				t.Fatal(err)
			}
			return
		}
		d, err := csaf.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range report.Findings {
			path := found.Path
			for path != "" && d.Find(path) == nil {
				path = path[:strings.LastIndex(path, "/")]
			}
			if found.Message == "" || found.Test == "" || found.Path != "" && found.Path[0] != '/' {
				t.Fatalf("bad finding %+v", found)
			}
		}
		again, err := csaf.Parse(d.JSON())
		if err != nil || string(again.JSON()) != string(d.JSON()) {
			t.Fatal("the printed document is another", err)
		}
	})
}

// An upgrade never fails on a document of 2.0, and one with the structure of
// 2.0 gets the structure of 2.1 where no error was noted.
func FuzzUpgrade(f *testing.F) {
	seeds(f)
	var v csaf.Validator
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := csaf.Parse(text)
		if err != nil || d.Version() != csaf.V20 {
			return
		}
		before, err := v.Check(t.Context(), d, csaf.Schema)
		if err != nil {
			t.Fatal(err)
		}
		out, warnings, err := csaf.Upgrade(d)
		if err != nil {
			t.Fatal(err)
		}
		after, err := v.Check(t.Context(), out, csaf.Schema)
		if err != nil {
			t.Fatal(err)
		}
		if before.Valid() && !after.Valid() {
			t.Fatalf("the structure was lost: %v, warnings %v", after.Findings, warnings)
		}
	})
}
