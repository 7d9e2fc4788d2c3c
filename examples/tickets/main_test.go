package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStory(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, options{}))
	for _, want := range []string{
		"Coordinated disclosure case", "to the reporter: Thank you, we can reproduce it.", "note of the team: reproduced on 1.2.3",
		"claim, not adopted: ", "1 tickets became cases", "ticket 1 [open]", "ticket 2 [new] Weak default password in widgetd",
	} {
		require.Contains(t, out.String(), want)
	}
	require.NotContains(t, out.String(), "problem:")
	require.Zero(t, strings.Count(out.String(), "Overflow in frobd"), "the title is above the clearance of the tracker")
}

// Beside a tracker in use: clocks explained, timelines and drafts out, nothing in.
func TestReadOnly(t *testing.T) {
	var out bytes.Buffer
	dir := t.TempDir()
	require.NoError(t, run(context.Background(), &out, options{readOnly: true, out: dir, maker: "Gateway Works GmbH"}))
	require.Contains(t, out.String(), "2 tickets, 2 became cases here; the tracker was not written")
	require.Contains(t, out.String(), "Overflow in frobd")
	for pattern, want := range map[string]string{"*-timeline.html": "by import", "*-cra.html": "Gateway Works GmbH", "*-cra.md": "Overflow in frobd"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		require.Len(t, files, 2)
		var all []byte
		for _, f := range files {
			text, err := os.ReadFile(f)
			require.NoError(t, err)
			all = append(all, text...)
		}
		require.True(t, strings.Contains(string(all), want), pattern)
	}
	require.Error(t, run(context.Background(), &out, options{out: dir}), "drafts of a made-up case are none")
}
