package csaf_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// base returns the document that the cases edit. It passes every test.
func base(t testing.TB, version string) *jsontree.Node {
	t.Helper()
	return parseFile(t, "base"+strings.ReplaceAll(version, ".", "")+".json")
}

func parseFile(t testing.TB, name string) *jsontree.Node {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	n, err := jsontree.Parse(b, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// fixture is a base document with edits.
type fixture struct {
	line  int
	test  string
	fails bool
	path  string // of one finding, if the case names it
	edits []string
}

// fixtures reads a file of cases: a line "6.1.1 fail /path" or "6.1.1 pass",
// then lines of edits, "/pointer = JSON" or "/pointer -", then an empty line.
func fixtures(t *testing.T, version string) []fixture {
	b, err := os.ReadFile(filepath.Join("testdata", "cases"+strings.ReplaceAll(version, ".", "")+".txt"))
	require.NoError(t, err)
	var out []fixture
	for i, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "/"):
			f := &out[len(out)-1]
			f.edits = append(f.edits, line)
		default:
			words := strings.Fields(line)
			f := fixture{line: i + 1, test: words[0], fails: words[1] == "fail"}
			require.Contains(t, []string{"fail", "pass"}, words[1], line)
			if len(words) > 2 {
				f.path = words[2]
			}
			out = append(out, f)
		}
	}
	return out
}

// edit changes the value at a pointer. An index at the end of a list appends.
func edit(t *testing.T, root *jsontree.Node, line string) {
	pointer, value, set := strings.Cut(line, " = ")
	if !set {
		pointer = strings.TrimSuffix(line, " -")
		require.NotEqual(t, pointer, line, "neither = nor -")
	}
	cut := strings.LastIndex(pointer, "/")
	owner, token := root.Find(pointer[:cut]), pointer[cut+1:]
	require.NotNil(t, owner, line)
	i, _ := strconv.Atoi(token)
	if !set {
		if owner.Kind() == jsontree.Array {
			require.NotNil(t, owner.Item(i), line)
			owner.RemoveItem(i)
		} else {
			require.NotNil(t, owner.Delete(token), line)
		}
		return
	}
	n, err := jsontree.Parse([]byte(value), jsontree.Limits{})
	require.NoError(t, err, line)
	if owner.Kind() != jsontree.Array {
		owner.Set(token, n)
		return
	}
	if i == owner.Len() {
		owner.Append(n)
		return
	}
	items := append([]*jsontree.Node{}, owner.Items()...)
	for range items {
		owner.RemoveItem(0)
	}
	items[i] = n
	owner.Append(items...)
}

// The base passes all tests, each test fails after its edits, and every test of
// the version has a case.
func testFixtures(t *testing.T, version csaf.Version) {
	v := oracleValidator()
	plain, err := csaf.FromTree(base(t, string(version)))
	require.NoError(t, err)
	report, err := v.Check(t.Context(), plain, csaf.All)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Empty(t, report.NotRun)

	failing := map[string]bool{}
	for _, f := range fixtures(t, string(version)) {
		root := base(t, string(version))
		for _, line := range f.edits {
			edit(t, root, line)
		}
		d, err := csaf.FromTree(root)
		require.NoError(t, err)
		report, err := v.Check(t.Context(), d, csaf.All)
		require.NoError(t, err)
		var paths []string
		for _, found := range report.Findings {
			if found.Test == f.test {
				paths = append(paths, found.Path)
			}
		}
		if f.fails {
			failing[f.test] = true
			assert.NotEmpty(t, paths, "line %d: test %s passes", f.line, f.test)
			if f.path != "" {
				assert.Contains(t, paths, f.path, "line %d: test %s", f.line, f.test)
			}
		} else {
			assert.Empty(t, paths, "line %d: test %s fails", f.line, f.test)
		}
		// One test alone comes to the same result.
		alone, err := v.CheckTests(t.Context(), d, f.test)
		require.NoError(t, err)
		require.Len(t, alone.Findings, len(paths), "line %d: test %s alone", f.line, f.test)
	}
	for _, test := range csaf.Tests(version) {
		if !failing[test.ID] {
			t.Errorf("test %s (%s) has no failing case", test.ID, test.Title)
		}
	}
}

func TestFixtures20(t *testing.T) { testFixtures(t, csaf.V20) }
func TestFixtures21(t *testing.T) { testFixtures(t, csaf.V21) }
