package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	var b bytes.Buffer
	dir := t.TempDir()
	require.NoError(t, run(t.Context(), &b, options{dir: dir, domain: "gateway.example"}))
	require.Contains(t, b.String(), "passed: 1 documents verified, 0 findings")
	require.FileExists(t, filepath.Join(dir, "public/v2.1/clear/2026/gw-2026-0003.json.asc"))
	require.Error(t, run(t.Context(), &b, options{dir: dir, domain: "gateway.example", from: t.TempDir()}))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}
