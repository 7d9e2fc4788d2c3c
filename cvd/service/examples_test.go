package service_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each command stands in an Example whose output is checked, as part of a story.
func TestEveryCommandHasAnExample(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	files = append(files, "../command.go")
	commands, shown := map[string]bool{}, map[string]bool{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			switch test := strings.HasSuffix(name, "_test.go"); {
			case !test && fn.Recv != nil && fn.Name.Name == "command":
				commands[fn.Recv.List[0].Type.(*ast.Ident).Name] = true
			case test && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example") && checked(f, fn):
				ast.Inspect(fn.Body, func(n ast.Node) bool {
					if lit, ok := n.(*ast.CompositeLit); ok {
						if sel, ok := lit.Type.(*ast.SelectorExpr); ok {
							shown[sel.Sel.Name] = true
						}
					}
					return true
				})
			}
		}
	}
	require.Greater(t, len(commands), 55)
	for name := range commands {
		if !shown[name] {
			t.Errorf("no Example shows %s: write it into the story of its topic, example_*_test.go", name)
		}
	}
}

// checked reports whether an Example says what it prints.
func checked(f *ast.File, fn *ast.FuncDecl) bool {
	for _, c := range f.Comments {
		if c.Pos() > fn.Body.Pos() && c.End() < fn.Body.End() && strings.HasPrefix(c.Text(), "Output:") {
			return true
		}
	}
	return false
}
