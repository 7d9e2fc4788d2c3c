// Package golden compares what a test made with a file that holds what it should
// be. Only tests use it.
package golden

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Check compares got with the file at path, or writes it there if update is set.
// flag is the flag of go test that sets update, for the message of a difference.
func Check(t testing.TB, update bool, flag, path, got string) {
	t.Helper()
	if update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs from what was made:\n%s\nlook at it, then run go test with %s", path, got, flag)
	}
}
