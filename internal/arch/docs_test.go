package arch

import (
	"os"
	"path/filepath"
	"testing"
)

// The Go of all pages in docs compiles, as that of README.md does.
func TestDocs(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "examples", "go.mod")); err != nil {
		t.Skip("not installed: the nested module examples, which only a clone has")
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := packageNames(t)
	var programs []string
	for _, path := range pages {
		page := "docs/" + filepath.Base(path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := snippets(string(text))
		if err != nil {
			t.Errorf("%s: %v", page, err)
		}
		for _, b := range blocks {
			p, err := b.program(page, names)
			if err != nil {
				t.Errorf("%s:%d: %v", page, b.line, err)
				continue
			}
			programs = append(programs, p)
		}
		for _, m := range missingPrograms(os.DirFS(root), string(text)) {
			t.Error(page, m)
		}
	}
	if len(programs) == 0 {
		t.Fatal("no page shows any Go")
	}
	if out, err := build(t, programs); err != nil {
		t.Errorf("docs do not compile: %v\n%s", err, out)
	}
}
