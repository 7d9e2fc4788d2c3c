// Package csafschema holds the structural checks of advisory/csaf equal to the
// official JSON schemas, which a peer evaluates, on the OASIS cases and on
// mutants of them.
package csafschema

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// oracle is the folder of the official data.
func oracle(t testing.TB) string {
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "oracle", "csaf")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the OASIS schemas and cases are not in ../shared/oracle/csaf; set CVD_TEST_SHARED")
	}
	return dir
}

// referred are the schemas of others that CSAF refers to. They are looked for
// in csaf_2.x/referenced_schema of the official data or of a copy of the
// oasis-tcs/csaf repository that CVD_TEST_CSAF_REPO names.
var referred = map[string]string{
	"https://www.first.org/cvss/cvss-v2.0.json":                                    "first/cvss-v2.0.json",
	"https://www.first.org/cvss/cvss-v3.0.json":                                    "first/cvss-v3.0.json",
	"https://www.first.org/cvss/cvss-v3.1.json":                                    "first/cvss-v3.1.json",
	"https://www.first.org/cvss/cvss-v4.0.json":                                    "first/cvss-v4.0.json",
	"https://www.first.org/cvss/meta.json":                                         "first/meta.json",
	"https://certcc.github.io/SSVC/data/schema/v2/SelectionList_2_0_0.schema.json": "certcc/SelectionList_2_0_0.schema.json",
}

// peer is the compiled official schema.
type peer struct {
	schema *jsonschema.Schema
	scores bool // the CVSS and SSVC schemas are there; else scores are not compared
}

func newPeer(t testing.TB, version string) peer {
	base := filepath.Join(oracle(t), "csaf_"+version)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(compile)
	load := func(url, file string) bool {
		f, err := os.Open(file)
		if err != nil {
			return false
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err == nil {
			// Some schemas have a query in their $id that no $ref repeats.
			if m, ok := doc.(map[string]any); ok {
				for _, k := range []string{"id", "$id"} {
					if s, ok := m[k].(string); ok {
						m[k], _, _ = strings.Cut(s, "?")
					}
				}
			}
			err = c.AddResource(url, doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		return true
	}
	p := peer{scores: true}
	for url, file := range referred {
		path := filepath.Join(base, "referenced_schema", file)
		if repo := os.Getenv("CVD_TEST_CSAF_REPO"); repo != "" {
			path = filepath.Join(repo, "csaf_"+version, "referenced_schema", file)
		}
		if !load(url, path) && (version == "2.1" || strings.Contains(url, "cvss-v2") || strings.Contains(url, "cvss-v3")) {
			p.scores = false
			if err := c.AddResource(url, map[string]any{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	main := "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json"
	files := map[string]string{main: "csaf_json_schema.json"}
	if version == "2.1" {
		const at = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/"
		main = at + "csaf.json"
		files = map[string]string{}
		for _, f := range []string{"csaf.json", "meta.json", "extension-content.json", "extension-metaschema.json"} {
			files[at+f] = f
		}
	}
	for url, file := range files {
		if !load(url, filepath.Join(base, "json_schema", file)) {
			t.Fatalf("%s is missing", file)
		}
	}
	s, err := c.Compile(main)
	if err != nil {
		t.Fatal(err)
	}
	p.schema = s
	return p
}

// splitRegexp evaluates a leading negative look-ahead, which Go's expressions
// do not have, apart from the rest.
type splitRegexp struct {
	not, rest *regexp.Regexp
	text      string
}

func (r splitRegexp) MatchString(s string) bool {
	return !r.not.MatchString(s) && r.rest.MatchString(s)
}
func (r splitRegexp) String() string { return r.text }

func compile(s string) (jsonschema.Regexp, error) {
	const ahead = "^(?!"
	if !strings.HasPrefix(s, ahead) {
		return regexp.Compile(s)
	}
	depth, end := 0, -1
	for i := 1; i < len(s) && end < 0; i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				end = i
			}
		}
	}
	not, err := regexp.Compile("^" + s[len(ahead):end])
	if err != nil {
		return nil, err
	}
	rest, err := regexp.Compile("^" + s[end+1:])
	return splitRegexp{not, rest, s}, err
}

// documents are all files of the suite of a version.
func documents(t testing.TB, version string) (names []string, texts [][]byte) {
	root := filepath.Join(oracle(t), "csaf_"+version, "test", "validator", "data")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".result.json") ||
			d.Name() == "testcases.json" {
			return err
		}
		b, err := os.ReadFile(path)
		names, texts = append(names, d.Name()), append(texts, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, texts
}

var scoreNames = []string{"cvss_v2", "cvss_v3", "cvss_v4", "ssvc_v2"}

// withoutScores removes what cannot be compared without the schemas of others.
func withoutScores(n *jsontree.Node) {
	for _, m := range slices.Clone(n.Members()) {
		if slices.Contains(scoreNames, m.Name) {
			n.Set(m.Name, jsontree.NewObject(jsontree.Member{Name: "x", Value: jsontree.NewInt(1)}))
			n.Delete(m.Name)
			continue
		}
		withoutScores(m.Value)
	}
	for _, it := range n.Items() {
		withoutScores(it)
	}
}

// compare returns "" if both sides agree about a document.
func compare(t testing.TB, p peer, d *csaf.Document) string {
	report, err := new(csaf.Validator).Check(t.Context(), d, csaf.Schema)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := d.MarshalJSON()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	theirs := p.schema.Validate(value)
	if report.Valid() == (theirs == nil) {
		return ""
	}
	return fmt.Sprintf("we find %v, the schema %v", report.Findings, theirs)
}

func tree(t testing.TB, text []byte) *jsontree.Node {
	n, err := jsontree.Parse(text, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFiles(t *testing.T) {
	for _, version := range []string{"2.0", "2.1"} {
		p := newPeer(t, version)
		names, texts := documents(t, version)
		valid := 0
		for i, text := range texts {
			root := tree(t, text)
			if !p.scores {
				withoutScores(root)
			}
			d, err := csaf.FromTree(root)
			if err != nil {
				t.Logf("%s: %v", names[i], err)
				continue
			}
			if diff := compare(t, p, d); diff != "" {
				t.Errorf("%s: %s", names[i], diff)
			}
			if r, _ := new(csaf.Validator).Check(t.Context(), d, csaf.Schema); r.Valid() {
				valid++
			}
		}
		t.Logf("CSAF %s: %d files, %d valid, scores compared: %v", version, len(texts), valid, p.scores)
		if valid == 0 || valid == len(texts) {
			t.Error("the comparison proves nothing: all files come out alike")
		}
	}
}

// TestMutants compares as many mutants as CVD_TEST_MUTANTS says, 4,000 without.
func TestMutants(t *testing.T) {
	count := 4000
	if s := os.Getenv("CVD_TEST_MUTANTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		count = n
	}
	for _, version := range []string{"2.0", "2.1"} {
		p := newPeer(t, version)
		names, texts := documents(t, version)
		r := rand.New(rand.NewPCG(20, uint64(len(version))+uint64(count)))
		valid, differ := 0, 0
		for i := range count / 2 {
			at := r.IntN(len(texts))
			root := tree(t, texts[at])
			if !p.scores {
				withoutScores(root)
			}
			var what []string
			for range 1 + r.IntN(2) {
				what = append(what, mutate(r, root))
			}
			root.Get("document").Set("csaf_version", jsontree.NewString(version))
			d, err := csaf.FromTree(root)
			if err != nil {
				continue
			}
			if diff := compare(t, p, d); diff != "" {
				differ++
				t.Errorf("%s, mutant %d (%s): %s", names[at], i, strings.Join(what, "; "), diff)
				if differ > 20 {
					t.Fatal("too many differences")
				}
			}
			if rep, _ := new(csaf.Validator).Check(t.Context(), d, csaf.Schema); rep.Valid() {
				valid++
			}
		}
		t.Logf("CSAF %s: %d mutants, %d valid", version, count/2, valid)
		if valid == 0 || valid == count/2 {
			t.Error("the comparison proves nothing: all mutants come out alike")
		}
	}
}

// all lists the values below n with their owners.
type slot struct {
	owner *jsontree.Node
	name  string
	index int
}

func slots(n *jsontree.Node, out []slot) []slot {
	for _, m := range n.Members() {
		out = append(out, slot{n, m.Name, -1})
		out = slots(m.Value, out)
	}
	for i, it := range n.Items() {
		out = append(out, slot{n, "", i})
		out = slots(it, out)
	}
	return out
}

func (s slot) value() *jsontree.Node {
	if s.index < 0 {
		return s.owner.Get(s.name)
	}
	return s.owner.Item(s.index)
}

var texts = []string{
	"", " ", "x", "-a", "a-", "a\nb", "2.0", "2.1", "1", "01", "1.0.0", "1.0.0-rc.1+b", "1.0", "CVE-2024-1234", "CVE-24-1", "CWE-79", "CWE-079",
	"en", "de-DE", "i-default", "x-y", "e", "https://example.com/a", "example.com", "http://[::1]/", "http://[::1", "mailto:a@b.c", "pkg:a/b", "pkg:A/b", "pkg:a/",
	"2024-01-01T00:00:00Z", "2024-01-01t00:00:00z", "2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "2016-12-31T23:59:60Z", "2016-12-31T22:59:60Z",
	"2024-01-01T00:00:00.5+02:00", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00.Z", "cpe:/a:b:c", "CPE:/", "cpe:2.3:a:b:c:1:*:*:*:*:*:*:*",
	"cpe:2.3:a:b:c:1:*:*:de-DE:*:*:*:*:x", "xcpe:/a", "cpe:2.3:a:b?:c*:\\!1:*:*:*:*:*:*:-", "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF",
	"ffffffff-ffff-ffff-ffff-ffffffffffff", "WHITE", "CLEAR", "AMBER+STRICT", "fix_planned", "vendor_fix", "legacy", "platform", "CRITICAL", "NONE", "0.5", "1.00", "4.13",
	"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "AV:N/AC:L/Au:N/C:P/I:P/A:P",
	"ssvc", "x_example.test#a//.b.c#d", "x_example#a", "T*", "2.0.0", "https://a.b/c_1.0.0.json",
	"https://docs.oasis-open.org/csaf/csaf/v2.1/schema/extension-content.json_1.0.0.json", "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json",
}

var numbers = []string{"0", "-0.0", "1", "1.0", "10", "10.0000000000000000001", "10.1", "-0.1", "4", "3.9", "3.95", "6.9", "7.05", "8.9", "8.95", "9", "9.05", "1e1", "1e-1", "1e400"}

// mutate changes one thing in the document and says what.
func mutate(r *rand.Rand, root *jsontree.Node) string {
	all := slots(root, nil)
	if len(all) == 0 {
		return "nothing"
	}
	s := all[r.IntN(len(all))]
	v := s.value()
	set := func(n *jsontree.Node) {
		if s.index < 0 {
			s.owner.Set(s.name, n)
			return
		}
		items := slices.Clone(s.owner.Items())
		for range items {
			s.owner.RemoveItem(0)
		}
		items[s.index] = n
		s.owner.Append(items...)
	}
	where := s.name + strconv.Itoa(s.index)
	switch r.IntN(10) {
	case 0:
		if s.index < 0 {
			s.owner.Delete(s.name)
		} else {
			s.owner.RemoveItem(s.index)
		}
		return "delete " + where
	case 1, 2, 3:
		t := texts[r.IntN(len(texts))]
		set(jsontree.NewString(t))
		return fmt.Sprintf("%s = %q", where, t)
	case 4:
		t := numbers[r.IntN(len(numbers))]
		set(jsontree.NewNumber(t))
		return where + " = " + t
	case 5:
		kinds := []*jsontree.Node{jsontree.NewNull(), jsontree.NewBool(true), jsontree.NewArray(), jsontree.NewObject()}
		k := r.IntN(len(kinds))
		set(kinds[k])
		return where + " = " + kinds[k].Kind().String()
	case 6:
		if v.Kind() == jsontree.Array && v.Len() > 0 {
			v.Append(v.Item(r.IntN(v.Len())).Clone())
			return "repeat an item of " + where
		}
	case 7:
		if v.Kind() == jsontree.Object {
			v.Set("extra", jsontree.NewString("x"))
			return "add extra to " + where
		}
	case 8:
		other := all[r.IntN(len(all))]
		set(other.value().Clone())
		return where + " = value of " + other.name
	case 9:
		other := all[r.IntN(len(all))]
		if s.owner.Kind() == jsontree.Object && other.name != "" {
			s.owner.Set(other.name, v.Clone())
			return "copy " + where + " to " + other.name
		}
	}
	return "nothing"
}

// The comparison must be able to fail: with another schema the two differ.
func TestDifferenceIsSeen(t *testing.T) {
	p := newPeer(t, "2.0")
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://example.com/other.json", map[string]any{"required": []any{"other"}}); err != nil {
		t.Fatal(err)
	}
	other, err := c.Compile("https://example.com/other.json")
	if err != nil {
		t.Fatal(err)
	}
	_, docs := documents(t, "2.0")
	for _, text := range docs {
		root := tree(t, text)
		withoutScores(root)
		d, err := csaf.FromTree(root)
		if err != nil {
			continue
		}
		if r, _ := new(csaf.Validator).Check(t.Context(), d, csaf.Schema); !r.Valid() {
			continue
		}
		if compare(t, p, d) != "" || compare(t, peer{schema: other}, d) == "" {
			t.Error("another schema makes no difference")
		}
		return
	}
	t.Error("no valid document")
}
