package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// uncommented returns what a host can see in the sources without a comment of
// its own: exported names, fields of exported structs, methods of exported
// interfaces. A line that declares several names needs one comment; the names of
// a constant group may share the comment above the group, and methods that follow each
// other without a blank line the comment above the first. A generated file says at its
// head what its methods do.
func uncommented(sources []source) []string {
	var bad []string
	for _, s := range sources {
		if s.test || slices.Contains(strings.Split(s.pkg, "/"), "internal") || s.file.Name.Name == "main" {
			continue
		}
		report := func(n ast.Node, format string, args ...any) {
			bad = append(bad, fmt.Sprintf("%s: %s has no comment", s.fset.Position(n.Pos()), fmt.Sprintf(format, args...)))
		}
		goesOn := 0 // a method here belongs to the comment of the one above it
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name, exported := exportedFunc(d)
				if commented := !empty(d.Doc) || s.fset.Position(d.Pos()).Line == goesOn; commented {
					goesOn = s.fset.Position(d.End()).Line + 1
				} else if exported && !ast.IsGenerated(s.file) {
					report(d, "func %s", name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						shared := d.Tok == token.CONST && d.Lparen.IsValid() && !empty(d.Doc)
						if slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) && !shared && empty(d.Doc, spec.Doc, spec.Comment) {
							report(spec, "%s %s", d.Tok, spec.Names[0].Name)
						}
					case *ast.TypeSpec:
						if !spec.Name.IsExported() {
							continue
						}
						if empty(spec.Doc, spec.Comment) && (d.Lparen.IsValid() || empty(d.Doc)) {
							report(spec, "type %s", spec.Name.Name)
						}
						if _, ok := spec.Type.(*ast.StructType); ok && s.fset.Position(spec.Pos()).Line == s.fset.Position(spec.End()).Line {
							continue // such as struct{ Name, Value string }: the comment of the type tells of both
						}
						fields(spec.Type, spec.Name.Name, func(f *ast.Field, path string) {
							if empty(f.Doc, f.Comment) {
								report(f, "%s", path)
							}
						})
					}
				}
			}
		}
	}
	return bad
}

func empty(groups ...*ast.CommentGroup) bool {
	return !slices.ContainsFunc(groups, func(g *ast.CommentGroup) bool { return strings.TrimSpace(g.Text()) != "" })
}

// exportedFunc returns the name of a function, or of a method with that of its
// type, and reports whether a host can see it.
func exportedFunc(d *ast.FuncDecl) (string, bool) {
	if d.Recv == nil {
		return d.Name.Name, d.Name.IsExported()
	}
	x := d.Recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name + "." + d.Name.Name, t.IsExported() && d.Name.IsExported()
		default:
			return d.Name.Name, true
		}
	}
}

// fields calls found for each exported field or method in a type, and in the
// structs that are written out in it. An embedded type has its own comment.
func fields(x ast.Expr, path string, found func(f *ast.Field, path string)) {
	ast.Inspect(x, func(n ast.Node) bool {
		var list *ast.FieldList
		switch n := n.(type) {
		case *ast.FuncType:
			return false
		case *ast.StructType:
			list = n.Fields
		case *ast.InterfaceType:
			list = n.Methods
		default:
			return true
		}
		for _, f := range list.List {
			if i := slices.IndexFunc(f.Names, (*ast.Ident).IsExported); i >= 0 {
				found(f, path+"."+f.Names[i].Name)
				fields(f.Type, path+"."+f.Names[i].Name, found)
			}
		}
		return false
	})
}

// releasedModules are the folders of the modules that hosts import.
var releasedModules = []string{".", "cvd/mail/imap", "cvd/mail/lmtp"}

func TestEveryExportedNameHasAComment(t *testing.T) {
	for _, dir := range releasedModules {
		dir = filepath.Join(root, dir)
		if _, err := os.Stat(dir); err != nil {
			continue // a consumer's copy of the module has no nested ones
		}
		sources, err := readModule(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range uncommented(sources) {
			t.Error(m)
		}
	}
}

func TestEveryExportedNameHasACommentCanFail(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"type T struct{}", "type T"},
		{"// T is\ntype T struct{}", ""},
		{"// T is\ntype T struct{ A, B int }", ""},
		{"// T is\ntype T struct {\nA, B int\n}", "T.A"},
		{"// T is\ntype T struct {\nA, B int // both\n}", ""},
		{"// T is\ntype T struct{\n// A is\nA int\nb int\n}", ""},
		{"// T is\ntype T struct{ t; X }", ""},
		{"// T is\ntype T struct{\nA []struct{ B int } // A is\n}", "T.A.B"},
		{"// T is\ntype T interface { M() }", "T.M"},
		{"// T is\ntype T interface {\nM() // M does\n}", ""},
		{"// T is\ntype T func(struct{ A int })", ""},
		{"type t struct{ A int }; func (t) M() {}", ""},
		{"func F() {}", "func F"},
		{"// F does\nfunc F() {}", ""},
		{"// T is\ntype T int\nfunc (*T) M() {}", "func T.M"},
		{"// T is\ntype T[A any] struct{}\nfunc (T[A]) M() {}", "func T.M"},
		{"// T is\ntype T int\n\n// M and N do\nfunc (T) M() {}\nfunc (T) N() {}", ""},
		{"// T is\ntype T int\n\n// M does\nfunc (T) M() {}\n\nfunc (T) N() {}", "func T.N"},
		{"const A = 1", "const A"},
		{"// The As.\nconst (\nA = 1\nB = 2\n)", ""},
		{"const (\nA = 1 // one\nB = 2\n)", "const B"},
		{"// The As.\nvar (\nA = 1\nB = 2\n)", ""},
		{"var A = 1", "var A"},
		{"//go:generate x\nvar A = 1", "var A"},
	} {
		t.Run(c.text, func(t *testing.T) {
			expect(t, uncommented(tree(t, map[string]string{"cvd/a.go": "package a\n\n" + c.text})), c.want)
		})
	}
}
