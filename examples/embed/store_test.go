package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestFileStore(t *testing.T) {
	cvdtest.TestStore(t, func(t *testing.T) storage.Store {
		return &FileStore{path: filepath.Join(t.TempDir(), "cases.gob")}
	})
}

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.gob")
	var out strings.Builder
	for _, words := range []string{"report received", "fix ready"} {
		out.Reset()
		if err := run(t.Context(), []string{"-file", path, words}, &out); err != nil {
			t.Fatal(err)
		}
	}
	want := "case 01000000-0000-0000-0000-000000000000\n   1  report received\n   2  fix ready\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	for _, args := range [][]string{{"-file", t.TempDir(), "x"}, {"-unknown"}} {
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("embed %v returned no error", args)
		}
	}
}
