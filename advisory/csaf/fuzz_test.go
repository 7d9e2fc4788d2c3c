package csaf_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
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
			var syntax *jsontree.SyntaxError
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
		out, warnings, err := csaf.Upgrader{AllowInvalid: true}.Upgrade(d)
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

// mutate changes a value of the tree to another one, often one from elsewhere
// in it.
func mutate(r *rand.Rand, root *jsontree.Node) {
	type slot struct {
		owner *jsontree.Node
		name  string
		i     int
	}
	var all []slot
	var walk func(n *jsontree.Node)
	walk = func(n *jsontree.Node) {
		for _, m := range n.Members() {
			all = append(all, slot{n, m.Name, -1})
			walk(m.Value)
		}
		for i, it := range n.Items() {
			all = append(all, slot{n, "", i})
			walk(it)
		}
	}
	walk(root)
	if len(all) == 0 {
		return
	}
	value := func(s slot) *jsontree.Node {
		if s.i >= 0 {
			return s.owner.Item(s.i)
		}
		return s.owner.Get(s.name)
	}
	s := all[r.IntN(len(all))]
	odd := []string{"", "x", "0", "1.0.0-a", "2016-12-31T23:59:60Z", "vers:npm/<1", ">1", "P-A1", "product_version_range", "vendor", "legacy", "vendor_fix",
		"none_available", "fixed", "csaf_security_advisory", "csaf_vex", "Withdrawn", "a\\*b*", "TLP v2.0: TLP:RED", "MIT", "SSVC"}
	switch v := value(s); r.IntN(6) {
	case 0:
		if s.i >= 0 {
			s.owner.RemoveItem(s.i)
		} else {
			s.owner.Delete(s.name)
		}
	case 1, 2:
		if v.Kind() == jsontree.String {
			v.SetText(odd[r.IntN(len(odd))])
		}
	case 3:
		other := value(all[r.IntN(len(all))])
		if v.Kind() == other.Kind() || r.IntN(4) == 0 {
			*v = *other.Clone()
		}
	case 4:
		v.Append(v.Item(r.IntN(v.Len() + 1)).Clone())
	case 5:
		other := all[r.IntN(len(all))]
		if other.name != "" {
			v.Set(other.name, value(other).Clone())
		}
	}
}

// Documents that are nearly right reach what random bytes do not.
func FuzzMutants(f *testing.F) {
	for i := range uint64(200) {
		f.Add(i, i%2 == 0)
	}
	v := oracleValidator()
	f.Fuzz(func(t *testing.T, seed uint64, second bool) {
		version := map[bool]string{false: "2.0", true: "2.1"}[second]
		r := rand.New(rand.NewPCG(seed, 1))
		root := base(t, version)
		for range 1 + r.IntN(6) {
			mutate(r, root)
		}
		root.Get("document").Set("csaf_version", jsontree.NewString(version))
		d, err := csaf.FromTree(root)
		if err != nil {
			return
		}
		report, err := v.Check(t.Context(), d, csaf.All)
		if err != nil {
			t.Fatal(err)
		}
		if version != "2.0" {
			return
		}
		out, warnings, err := csaf.Upgrader{AllowInvalid: true}.Upgrade(d)
		if err != nil {
			t.Fatal(err)
		}
		after, err := v.Check(t.Context(), out, csaf.Schema)
		if err != nil {
			t.Fatal(err)
		}
		wasValid := !slices.ContainsFunc(report.Findings, func(x csaf.Finding) bool { return x.Test == csaf.TestSchema })
		if wasValid && !after.Valid() {
			t.Fatalf("the structure was lost: %v, warnings %v", after.Findings, warnings)
		}
	})
}
