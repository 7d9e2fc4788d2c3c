package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var present = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

func output(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var b bytes.Buffer
	err := run(args, &b, present)
	return b.String(), err
}

func TestCRA(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	holidays := filepath.Join(t.TempDir(), "holidays.txt")
	require.NoError(t, os.WriteFile(holidays, []byte("2026-11-23 a local holiday\n"), 0o600))
	out, err := output(t, "-policy", "cra-vulnerability", "-zone", "Europe/Berlin", "-holidays", holidays, "-out", dir,
		"-start", "exploitation.aware=2026-11-02T08:30:00+01:00", "-start", "workaround.published=2026-11-07T10:00")
	require.NoError(t, err)
	for _, want := range []string{
		"due          Tue 2026-11-03 08:30 CET (UTC+01:00)",
		"last moment  Tue 2026-11-03 08:59:59 CET (UTC+01:00)",
		"14 days of 24 hours later: Sat 2026-11-21 10:00 CET (UTC+01:00)",
		"Sat 2026-11-21 is a day of rest (Saturday): by Art. 3(4) the period ends on Tue 2026-11-24",
		"last moment  Tue 2026-11-24 23:59:59 CET (UTC+01:00)",
		"Regulation (EU) 2024/2847 Art. 14(2)(c)",
	} {
		require.Contains(t, out, want)
	}
	for name, want := range map[string]string{"deadlines.ics": "BEGIN:VCALENDAR\r\n", "deadlines.svg": "<svg ", "deadlines.md": "# Deadlines"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(b), want), name)
		require.Contains(t, out, "wrote "+filepath.Join(dir, name))
	}
}

func TestOwnPolicy(t *testing.T) {
	out, err := output(t, "-policy", "testdata/own.json", "-hours", "09:00-17:00", "-start", "report.received=2026-11-20T15:00")
	require.NoError(t, err)
	require.Contains(t, out, "does not count Sat 2026-11-21, Sun 2026-11-22")
	require.Contains(t, out, "due          Mon 2026-11-23 15:00 UTC")
}

func TestEveryPolicyRuns(t *testing.T) {
	out, err := output(t, "-list")
	require.NoError(t, err)
	require.Contains(t, out, "first confirm that the company files with the SEC")
	for _, line := range strings.Split(out, "\n") {
		if line == "" || line[0] == ' ' {
			continue
		}
		name := strings.Fields(line)[0]
		got, err := output(t, "-policy", name)
		require.NoError(t, err)
		if name == "disclose.io" { // names no number
			require.Contains(t, got, "no date follows")
			continue
		}
		require.Contains(t, got, "waiting for ", name)
	}
}

func TestMistakes(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "name a -policy"},
		{"-policy nobody", "no such policy"},
		{"-policy missing.json", "no such file"},
		{"-policy cert-cc -start report.received=2026-01-01T00:00", "it looks at vendor.contacted, vendor.notified"},
		{"-policy cert-cc -start vendor.notified", "is not FACT=INSTANT"},
		{"-policy cert-cc -start vendor.notified=yesterday", "is not an instant such as"},
		{"-policy cert-cc -zone Mars/Olympus", "is not a zone"},
		{"-policy cert-cc -hours 9-17", "is not as 09:00-17:00"},
		{"-policy cert-cc -now soon", "-now:"},
		{"-policy cert-cc -holidays none.txt", "-holidays:"},
		{"-policy cert-cc more", "is not a flag"},
	} {
		_, err := output(t, strings.Fields(tt.args)...)
		require.ErrorContains(t, err, tt.want, tt.args)
	}
	out, err := output(t, "-h")
	require.NoError(t, err)
	require.Contains(t, out, "usage: deadlines -policy")
}
