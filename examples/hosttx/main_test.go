package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// lines are those of the output that begin so.
func lines(out, prefix string) (found []string) {
	for l := range strings.Lines(out) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, prefix) {
			found = append(found, l)
		}
	}
	return found
}

func TestStory(t *testing.T) {
	var out strings.Builder
	file := filepath.Join(t.TempDir(), "a # and a ?.db")
	require.NoError(t, run(t.Context(), &out, file))
	require.FileExists(t, file)
	seen := lines(out.String(), "case:")
	require.Len(t, seen, 3, out.String())
	require.Contains(t, seen[0], "assigned to \"\", notes 0; ticket: new")
	require.Equal(t, seen[0], seen[1], "the rollback leaves neither change")
	require.Contains(t, seen[2], "assigned to \"alice\", notes 1; ticket: assigned", "both writers are heard")
	require.Len(t, lines(out.String(), "try"), 1, "one conflict")

	out.Reset()
	require.NoError(t, run(t.Context(), &out, file), "a second time on the same file")
	require.ErrorContains(t, run(t.Context(), &out, filepath.Join(file, "no folder")), "-db")
}

// TestConflicts looks that only conflicts are repeated, and not for ever.
func TestConflicts(t *testing.T) {
	h, err := open(t.Context(), &strings.Builder{}, filepath.Join(t.TempDir(), "host.db"))
	require.NoError(t, err)
	defer h.db.Close()
	for _, x := range []struct {
		fails error
		tries int
	}{{cvd.ErrConflict, 5}, {errors.New("of the host"), 1}, {context.Canceled, 1}} {
		tries := 0
		err := h.within(t.Context(), func(*sql.Tx, *service.Service) error {
			tries++
			return x.fails
		})
		require.ErrorIs(t, err, x.fails)
		require.Equal(t, x.tries, tries)
	}
	require.Zero(t, h.db.Stats().InUse, "no transaction is left open")
}
