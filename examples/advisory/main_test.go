package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type output struct {
	code     int
	out, err string
}

func run(t *testing.T, in string, args ...string) output {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{in: strings.NewReader(in), out: &out, err: &errs, now: func() time.Time {
		return time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	}}
	code := p.run(t.Context(), args)
	return output{code, out.String(), errs.String()}
}

// write makes an advisory with the command new and puts it into a file.
func write(t *testing.T, flags ...string) string {
	t.Helper()
	o := run(t, "", append([]string{
		"new", "-id", "EX-1", "-title", "Heap overflow", "-publisher", "Example", "-namespace", "https://example.com",
		"-tlp", "clear", "-cve", "CVE-2026-1234", "-vendor", "Example", "-product", "parser",
		"-affected", "vers:npm/>=1.0.0|<1.4.2", "-fixed", "1.4.2",
		"-vector", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
	}, flags...)...)
	require.Equal(t, 0, o.code, o.err)
	path := filepath.Join(t.TempDir(), "ex-1.json")
	require.NoError(t, os.WriteFile(path, []byte(o.out), 0o600))
	return path
}

func TestScore(t *testing.T) {
	o := run(t, "", "score", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U", "AV:N/AC:L/Au:N/C:C/I:C/A:C",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P")
	require.Equal(t, 0, o.code)
	require.Equal(t, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U\tscore=9.0\tbase=9.8\ttemporal=9.0\trating=Critical\n"+
		"AV:N/AC:L/Au:N/C:C/I:C/A:C\tscore=10.0\tbase=10.0\trating=High\n"+
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P\tscore=8.9\tbase=9.3\trating=High\n", o.out)

	o = run(t, "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N/CR:H\n\nnonsense\n", "score")
	require.Equal(t, 1, o.code)
	require.Equal(t, "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N/CR:H\tscore=0.0\tbase=0.0\tenvironmental=0.0\trating=None\n"+
		"nonsense\terror=cvss: 2.0 vector, byte 0: not a metric of this version\n", o.out)

	o = run(t, "", "score", "\x1b[2J")
	require.NotContains(t, o.out, "\x1b")
}

func TestNewValidates(t *testing.T) {
	for _, flags := range [][]string{nil, {"-release"}, {"-affected", "1.0.0"}, {"-fixed", ""}} {
		path := write(t, flags...)
		o := run(t, "", "validate", "-json", path)
		require.Equal(t, 0, o.code, o.out)
		var r result
		require.NoError(t, json.Unmarshal([]byte(o.out), &r))
		require.Equal(t, result{File: path, Version: "2.1", Valid: true, Findings: r.Findings, NotRun: []string{}}, r)
	}
	o := run(t, "", "new", "-id", "EX-1")
	require.Equal(t, 2, o.code)
	require.Contains(t, o.err, "-publisher")
	o = run(t, "", "new", "-id", "EX-1", "-title", "T", "-publisher", "P", "-namespace", "example")
	require.Equal(t, 1, o.code)
	require.Contains(t, o.err, "/publisher/namespace: not a URL")
}

func TestValidate(t *testing.T) {
	path := write(t)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, bytes.Replace(text, []byte("9.8"), []byte("9.9"), 1), 0o600))
	o := run(t, "not json", "validate", "-json", "-preset", "all", bad, "-", path)
	require.Equal(t, 1, o.code)
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	require.Len(t, lines, 3, "one line a file, also behind a bad one")
	var r result
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &r))
	require.False(t, r.Valid)
	require.Contains(t, lines[0], `"test":"6.1.9"`)
	require.Contains(t, lines[0], `"path":"/vulnerabilities/0/metrics/0/content/cvss_v3/baseScore"`)
	require.Contains(t, r.NotRun, "6.3.6")
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &r))
	require.Equal(t, "schema", r.Findings[0].Test)

	o = run(t, "", "validate", bad)
	require.Equal(t, 1, o.code)
	require.Contains(t, o.out, "not valid CSAF 2.1")
	require.Equal(t, 2, run(t, "", "validate").code)
	require.Equal(t, 2, run(t, "", "validate", "-preset", "some", path).code)
	require.Equal(t, 1, run(t, "", "validate", filepath.Join(t.TempDir(), "none.json")).code)
}

func TestConvert(t *testing.T) {
	path := write(t, "-release")
	for to, want := range map[string]string{
		"csaf20": `"csaf_version": "2.0"`, "csaf21": `"csaf_version": "2.1"`, "cve": `"cveId": "CVE-2026-1234"`,
		"osv": `"id": "x_EX-1"`, "openvex": `"author": "Example"`, "md": "# Heap overflow", "html": "<h1", "text": "=====",
	} {
		o := run(t, "", "convert", "-to", to, path)
		require.Equal(t, 0, o.code, o.err)
		require.Contains(t, o.out, want)
		if !strings.HasPrefix(to, "csaf") {
			continue
		}
		file := filepath.Join(t.TempDir(), "converted.json")
		require.NoError(t, os.WriteFile(file, []byte(o.out), 0o600))
		require.Equal(t, 0, run(t, "", "validate", file).code)
	}
	// A CVE record says neither who publishes under which URL nor its history.
	record := run(t, "", "convert", "-to", "cve", "-short", "example", path).out
	o := run(t, record, "convert", "-to", "csaf21", "-")
	require.Equal(t, 1, o.code)
	require.Contains(t, o.err, "-namespace")
	require.Empty(t, o.out)
	o = run(t, record, "convert", "-to", "csaf21", "-namespace", "https://example.com", "-")
	require.Equal(t, 0, o.code, o.err)
	o = run(t, o.out, "validate", "-")
	require.Equal(t, 0, o.code, o.out)
}

// Documents of other formats are checked by their schemas, which the content tells.
func TestValidateOthers(t *testing.T) {
	path := write(t, "-release")
	for _, to := range []string{"cve", "openvex"} {
		o := run(t, run(t, "", "convert", "-to", to, path).out, "validate", "-")
		require.Equal(t, 0, o.code, o.out)
		require.Contains(t, o.out, "valid as "+to)
	}
	o := run(t, `{"id":"x_1","modified":"2026-01-01T00:00:00Z"}`, "validate", "-")
	require.Equal(t, 1, o.code)
	require.Contains(t, o.out, "names no affected package")
	o = run(t, `{"id":"EX-1","modified":"soon"}`, "validate", "-")
	require.Equal(t, 1, o.code)
	require.Contains(t, o.out, "/modified")
}

func TestConvertRefuses(t *testing.T) {
	amber := write(t, "-tlp", "amber")
	o := run(t, "", "convert", "-to", "cve", amber)
	require.Equal(t, 1, o.code)
	require.Contains(t, o.err, "TLP")
	require.Empty(t, o.out)
	o = run(t, "", "convert", "-to", "cve", "-tlp", "clear", amber)
	require.Equal(t, 1, o.code)
	require.Contains(t, o.err, "-tlp does not change that")
	vex := run(t, "", "convert", "-to", "openvex", write(t)).out
	o = run(t, vex, "convert", "-to", "cve", "-")
	require.Contains(t, o.err, "say it with -tlp")
	o = run(t, vex, "convert", "-to", "cve", "-tlp", "clear", "-")
	require.Contains(t, o.err, "needs a reference")
	o = run(t, vex, "convert", "-to", "cve", "-tlp", "clear", "-namespace", "https://example.com", "-")
	require.Equal(t, 0, o.code, o.err)
	require.Equal(t, 2, run(t, "", "convert", "-to", "pdf", amber).code)
	require.Equal(t, 2, run(t, "", "convert", "-to", "md").code)
	o = run(t, "{}", "convert", "-to", "md", "-")
	require.Contains(t, o.err, "neither CSAF")
	o = run(t, "", "convert", "-to", "md", "-only", "CVE-1", amber)
	require.Contains(t, o.err, "no vulnerability")
}

func TestUpgrade(t *testing.T) {
	old := run(t, "", "convert", "-to", "csaf20", write(t, "-release")).out
	o := run(t, old, "upgrade", "-")
	require.Equal(t, 0, o.code, o.err)
	o = run(t, o.out, "validate", "-")
	require.Equal(t, 0, o.code, o.out)
	require.Equal(t, 1, run(t, "{}", "upgrade", "-").code)

	// What 2.1 does not allow is named, and written on demand only.
	words := strings.Replace(old, `"vers:npm/>=1.0.0|<1.4.2"`, `"only with the old licence"`, 1)
	require.NotEqual(t, old, words)
	o = run(t, words, "upgrade", "-")
	require.Equal(t, 1, o.code)
	require.Empty(t, o.out)
	require.Contains(t, o.err, "not valid: test 6.1.50 at /product_tree/branches/0")
	o = run(t, words, "upgrade", "-allow-invalid", "-")
	require.Equal(t, 0, o.code, o.err)
	require.Contains(t, o.out, "only with the old licence")
	require.Equal(t, 2, run(t, "", "upgrade").code)
}

func TestUsage(t *testing.T) {
	require.Equal(t, 2, run(t, "").code)
	require.Equal(t, 2, run(t, "", "publish").code)
	o := run(t, "", "help")
	require.Equal(t, 0, o.code)
	require.Contains(t, o.out, "validate")
	require.Equal(t, 0, run(t, "", "score", "-h").code)
}
