package arch

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/cvdkit/cvdkit"
)

// source is one Go file, with its package's path below the module; the root is
// ".".
type source struct {
	pkg, name string
	test      bool
	fset      *token.FileSet
	file      *ast.File
}

// imports returns the import paths of the file and the names they have in it.
func (s source) imports() map[string]string {
	m := map[string]string{}
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		m[p] = name
	}
	return m
}

// readModule parses every Go file of the module in dir, whatever its build
// constraints, without its nested modules.
func readModule(dir fs.FS) ([]source, error) {
	var out []source
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "." {
				return nil
			}
			base := path.Base(name)
			if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
				return fs.SkipDir
			}
			if _, err := fs.Stat(dir, path.Join(name, "go.mod")); err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		s := source{pkg: path.Dir(name), name: name, test: strings.HasSuffix(name, "_test.go"), fset: token.NewFileSet()}
		s.file, err = parser.ParseFile(s.fset, name, b, parser.SkipObjectResolution|parser.ParseComments)
		out = append(out, s)
		return err
	})
	return out, err
}

// match reports whether pkg is what the pattern describes; see rule.
func match(pattern, pkg string) bool {
	if p, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == p || strings.HasPrefix(pkg, p+"/")
	}
	return pattern == pkg
}

func within(modulePath, importPath string) bool {
	return importPath == modulePath || strings.HasPrefix(importPath, modulePath+"/")
}

func isStdlib(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// checkImports returns what the sources import against the rules.
func checkImports(rules []rule, sources []source) []string {
	var bad []string
	for _, s := range sources {
		i := slices.IndexFunc(rules, func(r rule) bool { return match(r.pkg, s.pkg) })
		if i < 0 {
			bad = append(bad, fmt.Sprintf("%s: package %s has no rule; decide what it may import in internal/arch/rules_test.go", s.name, s.pkg))
			continue
		}
		onlyStdlib := slices.Contains(stdlibTests, s.pkg)
		for p := range s.imports() {
			ok := isStdlib(p)
			switch own, isOwn := strings.CutPrefix(p, module+"/"); {
			case p == "C":
				ok = false
			case isOwn:
				// Tests may go against the direction: a test of the core needs a Store.
				ok = s.test || own == s.pkg || slices.ContainsFunc(rules[i].own, func(o string) bool { return match(o, own) })
			case !ok:
				ok = slices.ContainsFunc(rules[i].modules, func(m string) bool { return within(m, p) }) ||
					s.test && !onlyStdlib && slices.ContainsFunc(rootModules, func(m string) bool { return within(m, p) })
			}
			if !ok {
				bad = append(bad, fmt.Sprintf("%s: package %s must not import %s", s.name, s.pkg, p))
			}
		}
	}
	slices.Sort(bad)
	return bad
}

func TestImportDirections(t *testing.T) {
	sources, err := readModule(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 10 {
		t.Fatalf("found %d Go files; the walk misses some", len(sources))
	}
	for _, m := range checkImports(rules, sources) {
		t.Error(m)
	}
}

// checkNested returns what sources of a nested module import that a host
// cannot. Hosts copy programs from there.
func checkNested(sources []source) []string {
	var bad []string
	for _, s := range sources {
		for p := range s.imports() {
			own := within(module+"/examples", p) || within(module+"/tests", p)
			// Tests in tests/peers hold internal pieces against others; they are
			// never released.
			own = own || strings.HasSuffix(s.name, "_test.go")
			if within(module, p) && !own && strings.Contains(p+"/", "/internal/") {
				bad = append(bad, fmt.Sprintf("%s imports %s, which a host cannot", s.name, p))
			}
		}
	}
	return bad
}

// A consumer's copy of the module has no nested modules, a clone has.
func TestNestedModulesUseThePublicPackages(t *testing.T) {
	mods, err := filepath.Glob(filepath.Join(root, "*", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob(filepath.Join(root, "*", "*", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, mod := range append(mods, deeper...) {
		sources, err := readModule(os.DirFS(filepath.Dir(mod)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range checkNested(sources) {
			t.Errorf("%s: %s", filepath.Dir(mod), m)
		}
	}
}

type goMod struct {
	Go      string
	Require []struct {
		Path     string
		Indirect bool
	}
	Replace []struct{ Old struct{ Path string } }
}

// checkModule returns what the module file requires against the allow-list.
func checkModule(m goMod) []string {
	var bad []string
	for _, r := range m.Require {
		if !r.Indirect && !slices.Contains(rootModules, r.Path) {
			bad = append(bad, "go.mod requires "+r.Path+", which is not on the allow-list")
		}
	}
	for _, r := range m.Replace {
		bad = append(bad, "go.mod replaces "+r.Old.Path+"; a host would not get the replacement")
	}
	return bad
}

func TestDirectDependencies(t *testing.T) {
	for _, msg := range checkModule(readGoMod(t, filepath.Join(root, "go.mod"))) {
		t.Error(msg)
	}
}

func readGoMod(t *testing.T, name string) (m goMod) {
	t.Helper()
	out, err := exec.Command("go", "mod", "edit", "-json", name).Output()
	if err != nil {
		t.Fatalf("go mod edit -json %s: %v", name, err)
	}
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m
}
