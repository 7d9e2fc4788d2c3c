package arch

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// firstScreen is how far down README.md its first lines of Go may begin.
const firstScreen = 40

// snippet is one ```go block of a Markdown text.
type snippet struct {
	line   int // of its first line of code, from 1
	text   string
	params string
}

// A block of statements may name what it takes for granted in a comment before
// it, such as <!-- go: ctx context.Context, svc *service.Service -->.
var paramsMark = regexp.MustCompile(`^<!-- go: (.+) -->$`)

// snippets returns the ```go blocks of a text. It is an error if one does not end.
func snippets(md string) ([]snippet, error) {
	var out []snippet
	var params string
	open, in := "", false
	for i, line := range strings.Split(md, "\n") {
		fence := strings.HasPrefix(line, "```")
		switch {
		case open != "" && line == "```":
			open, in, params = "", false, ""
		case open != "":
			if in {
				out[len(out)-1].text += line + "\n"
			}
		case fence:
			open = line
			if lang, _, _ := strings.Cut(strings.TrimPrefix(line, "```"), " "); lang == "go" {
				in = true
				out = append(out, snippet{line: i + 2, params: params})
			}
		default:
			if m := paramsMark.FindStringSubmatch(line); m != nil {
				params = m[1]
			} else if line != "" {
				params = ""
			}
		}
	}
	if open != "" {
		return nil, fmt.Errorf("the block %q does not end", open)
	}
	return out, nil
}

// program makes a Go file of the block: as it is if it has a package clause;
// else, a block of declarations gets one, and a block of statements becomes the
// body of a function, whose imports are found by the names of the packages.
// Errors of the compiler name the lines of the document.
func (s snippet) program(doc string, packages map[string]string) (string, error) {
	mark := fmt.Sprintf("//line %s:%d\n", doc, s.line)
	if whole := mark + s.text; parses(whole) {
		return whole, nil
	}
	if decls := "package snippet\n" + mark + s.text; parses(decls) {
		return decls, nil
	}
	body := "func _(" + s.params + ") {\n" + mark + s.text + "}\n"
	if !parses("package snippet\n" + body) {
		_, err := parser.ParseFile(token.NewFileSet(), "", "package snippet\n"+body, 0)
		return "", err
	}
	var imports strings.Builder
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`\b([a-z][a-z0-9]*)\.[A-Z]`).FindAllStringSubmatch(body, -1) {
		if p := packages[m[1]]; p != "" && !seen[p] {
			seen[p] = true
			fmt.Fprintf(&imports, "import %q\n", p)
		}
	}
	return "package snippet\n" + imports.String() + body, nil
}

func parses(text string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
	return err == nil
}

// build compiles the files as if each stood in a folder of the nested module
// examples, which has what a host would have. Nothing is written there.
func build(t *testing.T, programs []string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	examples, err := filepath.Abs(filepath.Join(root, "examples"))
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	args := []string{"build", "-overlay", filepath.Join(dir, "overlay.json")}
	// Of several packages go build keeps no result, so there are always two.
	for i, p := range append([]string{"package snippet"}, programs...) {
		real := filepath.Join(dir, fmt.Sprintf("%d.go", i))
		if err := os.WriteFile(real, []byte(p), 0o666); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(examples, fmt.Sprintf("snippet%d", i), "snippet.go")] = real
		args = append(args, fmt.Sprintf("./snippet%d", i))
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), b, 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = examples
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// packageNames returns import paths by package name: our own, and what the
// standard library has most use for.
func packageNames(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{"http": "net/http", "sql": "database/sql", "tls": "crypto/tls", "smtp": "net/smtp"}
	for _, p := range []string{"bytes", "context", "errors", "fmt", "io", "log", "net", "os", "strings", "time"} {
		names[p] = p
	}
	sources, err := readModule(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if !s.test && !strings.Contains("/"+s.pkg+"/", "/internal/") {
			names[s.file.Name.Name] = module + "/" + s.pkg
		}
	}
	return names
}

func TestREADME(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "examples", "go.mod")); err != nil {
		t.Skip("not installed: the nested module examples, which only a clone has")
	}
	md := string(raw)
	blocks, err := snippets(md)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) == 0 || blocks[0].line > firstScreen {
		t.Errorf("README.md shows no Go in its first %d lines", firstScreen)
	}
	names := packageNames(t)
	var programs []string
	for _, b := range blocks {
		p, err := b.program("README.md", names)
		if err != nil {
			t.Errorf("README.md:%d: %v", b.line, err)
			continue
		}
		programs = append(programs, p)
	}
	if len(programs) > 0 {
		if out, err := build(t, programs); err != nil {
			t.Errorf("README.md does not compile: %v\n%s", err, out)
		}
	}
	for _, m := range missingPrograms(os.DirFS(root), md) {
		t.Error(m)
	}
}

var programPath = regexp.MustCompile(`\./examples/[a-z0-9]+`)

// missingPrograms returns the examples that the text tells to run and that are
// not there.
func missingPrograms(dir fs.FS, md string) []string {
	var bad []string
	for _, p := range programPath.FindAllString(md, -1) {
		if _, err := fs.Stat(dir, strings.TrimPrefix(p, "./")); err != nil {
			bad = append(bad, "README.md names "+p+", which does not exist")
		}
	}
	return bad
}

// What each kind of block becomes, and that a wrong one does not compile.
func TestREADMECanFail(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "examples", "go.mod")); err != nil {
		t.Skip("not installed: the nested module examples, which only a clone has")
	}
	names := packageNames(t)
	for _, c := range []struct{ md, want string }{
		{"```go\npackage main\n\nimport \"" + module + "/cvd/vultron\"\n\nfunc main() { _ = vultron.RMStart }\n```\n", ""},
		{"```go\nimport \"" + module + "/cvd/vultron\"\n\nvar s = vultron.RMStart\n```\n", ""},
		{"```go\ns, ok := vultron.RMStart.Next(vultron.RMReceive)\nfmt.Println(s, ok)\n```\n", ""},
		{"<!-- go: s vultron.EM -->\n\n```go\nfmt.Println(s.InForce())\n```\n", ""},
		{"text\n\n```go\nfmt.Println(cvd.NoSuchName)\n```\n", "README.md:4:"},
		{"```go\nfmt.Println(s.InForce())\n```\n", "undefined: s"},
		{"```go\nfunc {\n```\n", "expected"},
		{"```go\nx := 1\n", "does not end"},
		{"<!-- go: s vultron.EM -->\n\ntext\n\n```go\nfmt.Println(s.InForce())\n```\n", "undefined: s"},
	} {
		t.Run("", func(t *testing.T) {
			var got string
			blocks, err := snippets(c.md)
			if err == nil {
				var p string
				if p, err = blocks[0].program("README.md", names); err == nil {
					got, err = build(t, []string{p})
				}
			}
			if err != nil {
				got += err.Error()
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(got, c.want)) {
				t.Errorf("%s\ngot %q, want %q", c.md, got, c.want)
			}
		})
	}
	expect(t, missingPrograms(os.DirFS(root), "go run ./examples/nosuch -db x"), "nosuch")
	if b, err := snippets("```sh\n```go\n```\n"); err != nil || len(b) != 0 {
		t.Errorf("a line inside another block counts as Go: %v, %v", b, err)
	}
}
