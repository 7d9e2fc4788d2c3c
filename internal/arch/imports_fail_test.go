package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// tree is a synthetic module: file name to text.
func tree(t *testing.T, files map[string]string) []source {
	t.Helper()
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := readModule(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expect checks that exactly one message came, and that it has the words.
func expect(t *testing.T, got []string, words string) {
	t.Helper()
	switch {
	case words == "" && len(got) > 0:
		t.Errorf("refused: %q", got)
	case words != "" && (len(got) != 1 || !strings.Contains(got[0], words)):
		t.Errorf("got %q, want one message with %q", got, words)
	}
}

// The check of the directions fails on each kind of wrong import.
func TestImportDirectionsCanFail(t *testing.T) {
	for _, c := range []struct{ file, imports, want string }{
		{"cvd/a.go", module + "/advisory/tlp", ""},
		{"cvd/a.go", "github.com/google/uuid", ""},
		{"cvd/a.go", "net/http", ""},
		{"cvd/a.go", module + "/pgp", "package cvd must not import " + module + "/pgp"},
		{"cvd/a.go", module + "/internal/guard", "must not import"},
		{"cvd/a.go", module + "/advisory/csaf", "must not import"},
		{"cvd/a.go", testify + "/require", "must not import"},
		{"cvd/a_test.go", testify + "/require", ""},
		{"cvd/a_test.go", module + "/cvd/memstore", ""},
		{"cvd/a_test.go", "modernc.org/sqlite", "must not import"},
		{"cvd/a_linux.go", "modernc.org/sqlite", "must not import"},
		{"cvd/cvdtest/a.go", module + "/cvd", ""},
		{"cvd/cvdtest/a.go", testify + "/assert", "must not import"},
		{"cvd/cvdtest/a_test.go", testify + "/assert", "must not import"},
		{"cvd/mail/a.go", module + "/pgp/pgpmime", ""},
		{"cvd/mail/a.go", module + "/cvd/portal", "must not import"},
		{"cvd/tracker/gitea/a.go", module + "/cvd", ""},
		{"cvd/tracker/gitea/a.go", module + "/pgp", "must not import"},
		{"cvd/sqlstore/migrate/a.go", module + "/cvd/sqlstore", ""},
		{"cvd/new/a.go", "fmt", "has no rule"},
		{"pgp/pgpmime/a.go", module + "/pgp", ""},
		{"pgp/a.go", module + "/cvd", "must not import"},
		{"pgp/a.go", "golang.org/x/crypto/openpgp", "must not import"},
		{"pgp/a.go", "C", "must not import"},
		{"advisory/tlp/a.go", module + "/advisory", "must not import"},
		{"advisory/osv/a.go", module + "/advisory", ""},
		{"advisory/osv/a.go", module + "/advisory/csaf", "must not import"},
		{"rfc2350/a.go", module + "/pgp", ""},
		{"rfc2350/a.go", module + "/securitytxt", "must not import"},
		{"internal/guard/a.go", module + "/cvd", "must not import"},
		{"a.go", "fmt", "has no rule"},
	} {
		sources := tree(t, map[string]string{c.file: "package a\nimport _ \"" + c.imports + "\"\n"})
		t.Run(c.file+" imports "+c.imports, func(t *testing.T) { expect(t, checkImports(rules, sources), c.want) })
	}
}

func TestNestedModulesCanFail(t *testing.T) {
	for imports, want := range map[string]string{
		module + "/cvd":                      "",
		"modernc.org/sqlite":                 "",
		module + "/internal/guard":           "which a host cannot",
		module + "/cvd/internal/x":           "which a host cannot",
		"example.org/other/internal/thing":   "",
		module + "/examples/internal/sample": "",
	} {
		sources := tree(t, map[string]string{"quickstart/main.go": "package main\nimport _ \"" + imports + "\"\n"})
		expect(t, checkNested(sources), want)
	}
}

func TestWalkSkipsOnlyOtherModules(t *testing.T) {
	s := tree(t, map[string]string{
		"a/a.go": "package a", "a/testdata/b.go": "package b", "examples/go.mod": "", "examples/c.go": "package c",
		".d/d.go": "package d", "tests/e/e.go": "package e", "_f/f.go": "package f",
	})
	var names []string
	for _, f := range s {
		names = append(names, f.name)
	}
	if got := strings.Join(names, " "); got != "a/a.go tests/e/e.go" {
		t.Errorf("read %q", got)
	}
}

// The allow-list refuses a direct dependency that it does not name, and lets an
// indirect one pass.
func TestDirectDependenciesCanFail(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"require github.com/google/uuid v1.6.0", ""},
		{"require modernc.org/sqlite v1.38.0", "modernc.org/sqlite"},
		{"require golang.org/x/sys v0.1.0 // indirect", ""},
		{"replace github.com/google/uuid => ../uuid", "replaces"},
	} {
		name := filepath.Join(t.TempDir(), "go.mod")
		if err := os.WriteFile(name, []byte("module m\ngo 1.25.0\n"+c.text+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		expect(t, checkModule(readGoMod(t, name)), c.want)
	}
}
