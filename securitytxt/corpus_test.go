package securitytxt

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// indexTime is a time at which both peers' verdicts of INDEX.tsv were right.
var indexTime = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// sharedDir finds the data that is not part of the repository.
func sharedDir(t testing.TB) string {
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	dir = filepath.Join(dir, "data", "securitytxt")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("real files are at ../shared of the repository root, or in CVD_TEST_SHARED; they are absent")
	}
	return dir
}

func readTSV(t testing.TB, path string) [][]string {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.Comment = '\t', true, -1, '#'
	rows, err := r.ReadAll()
	require.NoError(t, err)
	return rows[1:]
}

// TestCorpus recomputes testdata/disagreements.tsv: each file and code that we
// and the validator behind internet.nl (sectxt 0.9.8) judge differently, and each
// file whose validity we see otherwise than that or the JavaScript parser.
// The table must hold these and nothing else, each with its reason.
func TestCorpus(t *testing.T) {
	dir := sharedDir(t)
	var got []string
	rows := readTSV(t, filepath.Join(dir, "INDEX.tsv"))
	require.Len(t, rows, 119)
	for _, row := range rows {
		name := row[0]
		raw, err := os.ReadFile(filepath.Join(dir, "corpus", name))
		require.NoError(t, err)
		d, err := Parse(raw)
		require.NoError(t, err, name)
		require.Equal(t, raw, d.Bytes(), name)
		fs := d.Check(CheckOptions{Now: indexTime})
		ours, theirs := map[string]bool{}, map[string]bool{}
		for _, f := range fs {
			ours[string(f.Code)] = true
			require.LessOrEqual(t, f.Line, len(d.Lines))
		}
		for _, c := range strings.Split(row[7]+","+row[8], ",") {
			if c != "" {
				theirs[c] = true
			}
		}
		for c := range ours {
			if !theirs[c] {
				got = append(got, name+"\t"+c+"\tours")
			}
		}
		for c := range theirs {
			if !ours[c] {
				got = append(got, name+"\t"+c+"\tsectxt")
			}
		}
		verdict := map[bool]string{true: "valid", false: "invalid"}[Valid(fs)]
		if verdict != row[6] {
			got = append(got, name+"\t"+verdict+"\tours, not sectxt")
		}
		if verdict != row[9] {
			got = append(got, name+"\t"+verdict+"\tours, not js")
		}
	}
	var want []string
	for _, row := range readTSV(t, filepath.Join("testdata", "disagreements.tsv")) {
		require.Len(t, row, 4, row)
		require.NotEmpty(t, row[3], "%s has no reason", row[0])
		want = append(want, strings.Join(row[:3], "\t"))
	}
	slices.Sort(got)
	slices.Sort(want)
	require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
}

// Fields of real files, by hand.
func TestCorpusFields(t *testing.T) {
	dir := sharedDir(t)
	parse := func(name string) *Document {
		raw, err := os.ReadFile(filepath.Join(dir, "corpus", name))
		require.NoError(t, err)
		d, err := Parse(raw)
		require.NoError(t, err)
		return d
	}
	d := parse("043-eikendev-redhat.txt")
	require.True(t, d.Signed())
	require.Equal(t, []string{"https://access.redhat.com/security/team/contact/", "mailto:secalert@redhat.com"}, d.File.Contact)
	require.Equal(t, []Field{{"CNA", "mailto:secalert@redhat.com"}, {"CNA", "mailto:RootCNA-Coordination@redhat.com"}}, d.File.Extensions)
	require.Equal(t, time.Date(2025, 3, 15, 0, 0, 0, 0, time.UTC), d.File.Expires)
	d = parse("051-live-github-2026-08-16.txt")
	require.Equal(t, time.Date(2026, 9, 15, 11, 20, 25, 0, time.UTC), d.File.Expires)
	require.Equal(t, []string{"en"}, d.File.PreferredLanguages)
}
