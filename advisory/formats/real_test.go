package formats_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// realDocuments returns the documents of the shared data, or of the folders in
// CVD_TEST_ADVISORIES.
func realDocuments(t *testing.T) []string {
	t.Helper()
	root := os.Getenv("CVD_TEST_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dirs := []string{filepath.Join(root, "data", "advisory")}
	if more := os.Getenv("CVD_TEST_ADVISORIES"); more != "" {
		dirs = append(dirs, filepath.SplitList(more)...)
	}
	var out []string
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		require.NoError(t, err)
		out = append(out, files...)
	}
	if len(out) == 0 {
		t.Skip("real documents are not in ../shared")
	}
	return out
}

// completed reads a document and fills in what a caller would give.
func completed(t *testing.T, file string) *advisory.Advisory {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	a, _, _, err := formats.Decode(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	given := advisory.Given{
		Publisher: advisory.Publisher{Name: "Example", Namespace: "https://psirt.example"},
		Date:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	if a.TLP == tlp.Unset {
		given.TLP = tlp.Clear
	}
	_, err = a.Complete(given)
	require.NoError(t, err, file)
	return a
}

// Whatever a real document becomes, reading that back gives the same, but for what the
// losses name.
func TestNoLossOfRealDocumentsIsUnnamed(t *testing.T) {
	written := 0
	unnamed := map[string]int{}
	for _, file := range realDocuments(t) {
		a := completed(t, file)
		if a == nil {
			continue
		}
		for _, f := range formats.All() {
			if f.ForPeople() {
				continue
			}
			var b bytes.Buffer
			losses, err := formats.Encode(&b, f, a, nil)
			if err != nil {
				var e *advisory.Error
				require.ErrorAs(t, err, &e, "%s to %s", file, f)
				require.NotEmpty(t, e.Path, "%s to %s: %v", file, f, err)
				continue
			}
			written++
			back, format, _, err := formats.Decode(&b)
			require.NoError(t, err)
			require.Equal(t, f, format)
			if a.Category == "" {
				back.Category = "" // the writer chose one
			}
			for _, path := range sample.Unlisted(a, back, losses) {
				unnamed[fmt.Sprintf("%s to %s: %s", filepath.Base(file), f, path)]++
			}
		}
	}
	require.NotZero(t, written)
	for what := range unnamed {
		t.Error(what)
	}
	t.Logf("%d conversions", written)
}
