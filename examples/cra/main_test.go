package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func output(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var b bytes.Buffer
	err := command(context.Background(), &b, args)
	return b.String(), err
}

func TestStory(t *testing.T) {
	dir := t.TempDir()
	out, err := output(t, "-out", dir)
	require.NoError(t, err)
	for _, want := range []string{
		"early-warning        Sat 2026-10-03 23:40 CEST", "notification         Mon 2026-10-05 23:40 CEST",
		"final-report         Mon 2026-10-19 10:00 CEST", // from the workaround, whoever has a fix later
		"intermediate-report  Mon 2026-10-19 12:00 CEST",
		"v23      Details about the security update/corrective measure available is missing",
		"v27      Malicious actor that has exploited/is exploiting the vulnerability must be given if it is known",
		"fields are carried from the last submission", "final-report         Mon 2026-11-30 08:15 CET (UTC+01:00) (projected)",
		"final-report         Sat 2026-11-28 16:00 CET", "Draft of the voluntary report, near miss i2", "nothing must be given (Art. 15)", "early warning        2 of 2 in time", "final report         2 of 2 in time",
	} {
		require.Contains(t, out, want)
	}
	require.NotContains(t, out, "missed: decide whether", "it was decided within the hour")
	for _, name := range []string{"vulnerability-1-early-warning", "vulnerability-1-notification", "vulnerability-1-final-report", "vulnerability-1-final-report-incomplete",
		"incident-1-early-warning", "incident-1-notification", "incident-1-final-report", "near-miss-2-voluntary"} {
		page, err := os.ReadFile(filepath.Join(dir, name+".html"))
		require.NoError(t, err)
		require.Contains(t, string(page), "For the team only")
		text, err := os.ReadFile(filepath.Join(dir, name+".json"))
		require.NoError(t, err)
		var draft struct {
			Complete bool             `json:"complete"`
			Fields   []map[string]any `json:"fields"`
		}
		require.NoError(t, json.Unmarshal(text, &draft))
		require.Equal(t, !strings.HasSuffix(name, "incomplete"), draft.Complete, name)
		require.NotEmpty(t, draft.Fields)
		info, err := os.Stat(filepath.Join(dir, name+".md"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	year, err := os.ReadFile(filepath.Join(dir, "year.csv"))
	require.NoError(t, err)
	require.Contains(t, string(year), "exploited vulnerabilities reported or to be reported,1,procedures")
}

func TestOwnTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "table.json")
	text := `{"format":1,"name":"x","version":"9","date":"2027-01-01","source":"s","fields":[{"number":"7","key":"orbit","label":"Orbit","for":"both","codes":["X","C","C"]}]}`
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	out, err := output(t, "-table", file)
	require.NoError(t, err)
	require.Contains(t, out, "checked against x 9")
	require.Contains(t, out, "7        Orbit is missing")
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"more", "is not a flag"}, {"-aware x", "needs a -case"}, {"-voluntary incident", "needs a -case"}, {"-case C -voluntary rumour", "is not one of"}, {"-case C -voluntary incident -aware x", "give one"}, {"-table none.json", "no such file"}, {"-case CVD-2026-00000 -db none.db", "secret beside it"}, {"-lost", "not defined"},
	} {
		_, err := output(t, strings.Fields(tt.args)...)
		require.ErrorContains(t, err, tt.want, tt.args)
	}
	out, err := output(t, "-h")
	require.NoError(t, err)
	require.Contains(t, out, "-case")
}
