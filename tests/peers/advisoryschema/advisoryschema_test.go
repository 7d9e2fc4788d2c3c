// Package advisoryschema holds the structural checks of advisory/cve, advisory/osv and
// advisory/openvex against the official JSON schemas, which a peer evaluates, on the
// documents that these packages write and on mutants of them.
package advisoryschema

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/openvex"
	"github.com/cvdkit/cvdkit/advisory/osv"
	"github.com/cvdkit/cvdkit/advisory/ssvc"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// load compiles a schema of the folder oracle/schemas of the shared data, or of the
// one that CVD_TEST_SCHEMAS names.
func load(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	dir := os.Getenv("CVD_TEST_SCHEMAS")
	if dir == "" {
		shared := os.Getenv("CVD_TEST_SHARED")
		if shared == "" {
			shared = filepath.Join("..", "..", "..", "..", "shared")
		}
		dir = filepath.Join(shared, "oracle", "schemas")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("%s is not in ../shared/oracle/schemas; set CVD_TEST_SCHEMAS", name)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(func(expr string) (jsonschema.Regexp, error) { return regexp.Compile(expr) })
	require.NoError(t, c.AddResource("mem:///"+name, doc))
	s, err := c.Compile("mem:///" + name)
	require.NoError(t, err)
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return s.Validate(doc)
}

func vector(s string) cvss.Vector {
	v, err := cvss.Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// full sets what the three formats can hold.
func full(t *testing.T) *advisory.Advisory {
	t.Helper()
	day := time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)
	a := &advisory.Advisory{
		ID: "EX-2026-01", Title: "Heap overflow", TLP: tlp.Clear,
		Publisher: advisory.Publisher{Name: "Example", Category: "vendor", Namespace: "https://psirt.example.com"},
		References: []advisory.Reference{
			{URL: "https://psirt.example.com/1", Summary: "This advisory", Self: true, Type: advisory.RefAdvisory},
		},
		Credits: []advisory.Credit{{Names: []string{"Ada"}, Role: advisory.RoleFinder, URLs: []string{"https://ada.example"}}},
		Products: []advisory.Product{
			{ID: "1", Vendor: "Example", Name: "parser", PURLs: []string{"pkg:npm/parser"}, CPE: "cpe:2.3:a:e:parser:*:*:*:*:*:*:*:*",
				Range: advisory.Range{Scheme: "npm", Intervals: []advisory.Interval{{From: "1.0.0", Before: "1.4.2"}, {From: "2.0.0", Through: "2.1.0"}}}},
			{ID: "2", Vendor: "Example", Name: "parser", Version: "1.4.2", PURLs: []string{"pkg:npm/parser@1.4.2"},
				Hashes: []advisory.FileHashes{{Filename: "p.tgz", Hashes: []advisory.Hash{{Algorithm: "sha256", Value: strings.Repeat("ab", 32)}}}}},
			{ID: "3", Vendor: "Example", Name: "app"},
			{ID: "4", Title: "parser on app", Of: "2", Steps: []advisory.Step{{Category: "installed_on", Product: "3"}}},
			{ID: "5", Name: "old", Ecosystem: "PyPI", Package: "old", Range: advisory.Range{Text: "all but the newest"}},
		},
	}
	require.NoError(t, a.Release(day, advisory.Final, "First release."))
	d, err := ssvc.Decide(ssvc.Supplier, map[string]string{"E": "P", "U": "E", "TI": "T", "PSI": "M"})
	require.NoError(t, err)
	v := advisory.Vulnerability{
		CVE: "CVE-2026-11111", Title: "Heap overflow", IDs: []advisory.Identifier{{System: "GitHub", Text: "GHSA-1"}},
		Notes:      []advisory.Note{{Category: advisory.NoteDescription, Text: "A length is not checked."}},
		Weaknesses: []advisory.Weakness{{ID: "CWE-122", Name: "Heap-based Buffer Overflow"}},
		Disclosed:  day,
		Status: []advisory.ProductStatus{
			{State: advisory.Affected, Products: []string{"1", "5"}}, {State: advisory.Fixed, Products: []string{"2"}},
			{State: advisory.NotAffected, Products: []string{"3"}}, {State: advisory.UnderInvestigation, Products: []string{"4"}},
		},
		Flags: []advisory.Flag{{Label: advisory.CodeNotPresent, Products: []string{"3"}}},
		Threats: []advisory.Threat{
			{Category: advisory.ThreatExploit, Details: "Public."}, {Category: advisory.ThreatImpact, Details: "Own parser.", Products: []string{"3"}},
		},
		Scores: []advisory.Score{{SSVC: advisory.Categorize(d, day)}},
		Remediations: []advisory.Remediation{
			{Category: advisory.VendorFix, Details: "Update.", Products: []string{"1", "5"}}, {Category: advisory.Workaround, Details: "Refuse files."},
		},
		References: []advisory.Reference{{URL: "https://example.com/fix", Type: advisory.RefFix}},
		Timeline:   []advisory.Event{{At: day, Text: "Published."}},
	}
	for _, s := range []string{
		"AV:N/AC:M/Au:N/C:C/I:C/A:C", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P",
	} {
		v.Scores = append(v.Scores, advisory.Score{CVSS: vector(s)})
	}
	a.Vulnerabilities = []advisory.Vulnerability{v}
	return a
}

type document interface {
	JSON() []byte
	Check() []advisory.Problem
}

// kinds are the formats: how to write and read a document, and where the package's
// check is known to differ from the schema, with the reason.
var kinds = map[string]struct {
	schema string
	write  func(a *advisory.Advisory) (document, error)
	parse  func(text []byte) (document, error)
	differ *regexp.Regexp
}{
	"cve": {
		"cve-5.1.1.json",
		func(a *advisory.Advisory) (document, error) {
			d, _, err := cve.FromAdvisory(a, &cve.Options{Version: "5.1", ShortName: "example"})
			return d, err
		},
		func(text []byte) (document, error) { return cve.Parse(text) },
		// The check parses vectors, the schema matches them; metrics beside a vector
		// and values that are not tenths are the schema's alone; so is the form of CPEs.
		regexp.MustCompile(`^/containers/cna/(metrics/\d+/cvssV|affected/\d+/cpes)`),
	},
	"osv": {
		"osv.json",
		func(a *advisory.Advisory) (document, error) { d, _, err := osv.FromAdvisory(a); return d, err },
		func(text []byte) (document, error) { return osv.Parse(text) },
		// Vectors as above; the form of URLs is the schema's alone.
		regexp.MustCompile(`^/(severity/\d+/score|references/\d+/url)`),
	},
	"openvex": {
		"openvex.json",
		func(a *advisory.Advisory) (document, error) { d, _, err := openvex.FromAdvisory(a); return d, err },
		func(text []byte) (document, error) { return openvex.Parse(text) },
		// The check wants absolute IRIs without characters that IRIs do not have; the
		// peer accepts more.
		regexp.MustCompile(`@id$|^/@context`),
	},
}

func TestWritten(t *testing.T) {
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			s := load(t, k.schema)
			d, err := k.write(full(t))
			require.NoError(t, err)
			require.NoError(t, valid(t, s, d.JSON()), "%s", d.JSON())
			require.Empty(t, d.Check())
		})
	}
}

// Every mutant is sound to both or to neither, outside of the places that differ.
func TestMutants(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 2_000
	}
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			s := load(t, k.schema)
			d, err := k.write(full(t))
			require.NoError(t, err)
			base, err := jsontree.Parse(d.JSON(), jsontree.Limits{})
			require.NoError(t, err)
			r := rand.New(rand.NewPCG(1, 2))
			compared, skipped, unsound := 0, 0, 0
			for range n {
				tree := base.Clone()
				path := mutate(r, tree)
				text := tree.AppendJSON(nil)
				m, err := k.parse(text)
				if err != nil || path == "" {
					continue // not recognized as this format any more
				}
				if k.differ.MatchString(path) {
					skipped++
					continue
				}
				problems := m.Check()
				compared++
				verdict := valid(t, s, text)
				if (verdict == nil) != (len(problems) == 0) {
					t.Errorf("mutant at %s: schema says %v, check says %v\n%s", path, verdict, problems, tree.Find(path).AppendJSON(nil))
				}
				if verdict != nil {
					unsound++
				}
			}
			require.Greater(t, compared, n/2)
			require.Greater(t, unsound, compared/4)
			t.Logf("%d mutants compared, %d of them unsound; %d in places that differ", compared, unsound, skipped)
		})
	}
}

// mutate changes one value or member and returns its path.
func mutate(r *rand.Rand, root *jsontree.Node) string {
	type spot struct {
		path   string
		parent *jsontree.Node
		name   string
		index  int
		node   *jsontree.Node
	}
	var spots []spot
	var walk func(n *jsontree.Node, path string)
	walk = func(n *jsontree.Node, path string) {
		for i, item := range n.Items() {
			p := jsontree.Index(path, i)
			spots = append(spots, spot{p, n, "", i, item})
			walk(item, p)
		}
		for _, m := range n.Members() {
			p := jsontree.Child(path, m.Name)
			spots = append(spots, spot{p, n, m.Name, -1, m.Value})
			walk(m.Value, p)
		}
	}
	walk(root, "")
	s := spots[r.IntN(len(spots))]
	replacements := []*jsontree.Node{
		jsontree.NewNull(), jsontree.NewBool(true), jsontree.NewInt(int64(r.IntN(4))), jsontree.NewNumber("1.5"), jsontree.NewString(""),
		jsontree.NewString("x"), jsontree.NewArray(), jsontree.NewObject(), jsontree.NewString(strings.Repeat("y", 5000)),
		jsontree.NewString("2026-05-04T09:30:00"), jsontree.NewString("2026-05-04T09:30:00+02:00"), jsontree.NewString("x_custom"),
		jsontree.NewString("https://example.com/y"), jsontree.NewString("unaffected"), jsontree.NewString("not_affected"),
		jsontree.NewString("0"), jsontree.NewString("*"),
	}
	switch r.IntN(5) {
	case 0: // drop
		if s.index < 0 {
			s.parent.Delete(s.name)
		} else {
			s.parent.RemoveItem(s.index)
		}
	case 1: // repeat
		if s.index >= 0 {
			s.parent.Append(s.node.Clone())
		} else {
			s.parent.Set([]string{"x_more", "more", "x_a.b", "version", "status"}[r.IntN(5)], jsontree.NewString(fmt.Sprint("v", r.IntN(3))))
		}
	default: // replace
		value := replacements[r.IntN(len(replacements))]
		if s.index < 0 {
			s.parent.Set(s.name, value)
			break
		}
		items := append([]*jsontree.Node(nil), s.parent.Items()...)
		for range items {
			s.parent.RemoveItem(0)
		}
		items[s.index] = value
		s.parent.Append(items...)
	}
	return s.path
}
