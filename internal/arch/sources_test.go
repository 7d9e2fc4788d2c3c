package arch

import (
	"fmt"
	"go/ast"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// checkSources returns what non-test files do that library code must not: use
// of a forbidden name, called or not, an init function, a go statement.
func checkSources(sources []source) []string {
	var bad []string
	used := map[[2]string]int{} // package and use, counted against allowedUses
	for _, s := range sources {
		if s.test {
			continue
		}
		report := func(n ast.Node, use, why string) {
			key := [2]string{s.pkg, use}
			used[key]++
			if used[key] <= allowedUses[s.pkg][use] {
				return
			}
			bad = append(bad, fmt.Sprintf("%s: %s: %s", s.fset.Position(n.Pos()), use, why))
		}
		names := map[string]string{} // name in this file to import path
		for p, name := range s.imports() {
			names[name] = p
		}
		for _, i := range s.file.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			if why := forbiddenImports[p]; why != "" {
				report(i, "import "+p, why)
			}
			if i.Name != nil && i.Name.Name == "." {
				report(i, "dot import", "it would hide names from this test")
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				report(n, "go statement", "a library does nothing in the background")
			case *ast.TypeSpec:
				// Its documentation would be where no host can look.
				if x, ok := n.Type.(*ast.SelectorExpr); ok && n.Assign.IsValid() && n.Name.IsExported() {
					if of, ok := x.X.(*ast.Ident); ok && slices.Contains(strings.Split(names[of.Name], "/"), "internal") {
						report(n, "alias "+n.Name.Name, "an exported type is no alias of an internal one")
					}
				}
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					report(n, "func init", "importing a package does nothing")
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					p := names[x.Name]
					if why := forbidden[p][n.Sel.Name]; why != "" {
						report(n, p+"."+n.Sel.Name, why)
					}
				}
			}
			return true
		})
	}
	slices.Sort(bad)
	return bad
}

func TestLibraryCode(t *testing.T) {
	sources, err := readModule(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range checkSources(sources) {
		t.Error(m)
	}
}

func TestLibraryCodeCanFail(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"rfc2350/a.go", `import "time"; var x = time.Now()`, "time.Now"},
		{"rfc2350/a.go", `import "time"; var now = time.Now`, "time.Now"},
		{"pgp/a.go", `import clock "time"; var x = clock.Since`, "time.Since"},
		{"pgp/a.go", `import . "time"; var x = Hour`, "dot import"},
		{"pgp/a.go", `import "time"; var x = time.Hour`, ""},
		{"cvd/service/a.go", `import "time"; var x = time.Now`, ""},
		{"cvd/service/a.go", `import "time"; var x, y = time.Now, time.Now`, "time.Now"},
		{"cvd/a.go", `import "context"; var x = context.Background()`, "context.Background"},
		{"cvd/a.go", `import "context"; var x = context.TODO()`, "context.TODO"},
		{"cvd/a.go", `import "net/http"; var x = http.DefaultClient`, "http.DefaultClient"},
		{"cvd/a.go", `import "net/http"; var x, y = http.Get("https://example.org")`, "http.Get"},
		{"cvd/a.go", `func init() {}`, "func init"},
		{"cvd/a.go", `type T int; func (T) init() {}`, ""},
		{"pgp/a.go", `func f() { go f() }`, "go statement"},
		{"cvd/a.go", `import "log"; var x = log.Default()`, "import log"},
		{"cvd/a.go", `import "log/slog"; var x slog.Value`, ""},
		{"cvd/a.go", `import "log/slog"; func f() { slog.Info("x") }`, "slog.Info"},
		{"cvd/a.go", `import "fmt"; func f() { fmt.Println("x") }`, "fmt.Println"},
		{"cvd/a.go", `import "github.com/google/uuid"; var x, err = uuid.NewV7()`, "uuid.NewV7"},
		{"pgp/a.go", `import "github.com/cvdkit/cvdkit/internal/guard"; type T = guard.Fetcher`, "alias T"},
		{"pgp/a.go", `import "github.com/cvdkit/cvdkit/internal/guard"; type t = guard.Fetcher; type T guard.Fetcher`, ""},
		{"cvd/a_test.go", `import "time"; var x = time.Now(); func init() { go f() }`, ""},
		{"cvd/cvdtest/a.go", `func f() { go f() }`, ""},
	} {
		sources := tree(t, map[string]string{c.file: "package a; " + c.text})
		t.Run(c.file+" "+c.text, func(t *testing.T) { expect(t, checkSources(sources), c.want) })
	}
}
