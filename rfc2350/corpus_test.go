package rfc2350

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var testNow = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sharedDir is the folder of the official data.
func sharedDir(t testing.TB, sub string) string {
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	dir = filepath.Join(dir, sub)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no ../shared beside the repository (or CVD_TEST_SHARED): real documents are not there")
	}
	return dir
}

// fixture is one file of testdata/docs: a document of our own, and rows of what
// must come out of it.
type fixture struct {
	name, doc string
	want      []string
}

func fixtures(t testing.TB) []fixture {
	files, err := filepath.Glob("testdata/docs/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var out []fixture
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		_, rest, ok := strings.Cut(string(b), "-- doc --\n")
		require.True(t, ok, f)
		doc, want, ok := strings.Cut(rest, "-- want --\n")
		require.True(t, ok, f)
		x := fixture{name: filepath.Base(f), doc: doc}
		for _, l := range strings.Split(want, "\n") {
			if strings.TrimSpace(l) != "" {
				x.want = append(x.want, l)
			}
		}
		out = append(out, x)
	}
	return out
}

// realDocuments are those of ../shared, by name; none where it is absent.
func realDocuments(t testing.TB) map[string][]byte {
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(dir, "data/rfc2350/corpus/*"))
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		out[filepath.Base(f)] = b
	}
	return out
}

func allDocuments(t testing.TB) map[string][]byte {
	out := realDocuments(t)
	for _, f := range fixtures(t) {
		out[f.name] = []byte(f.doc)
	}
	return out
}

// TestFixtures compares rows "path = value" with the JSON of each document.
func TestFixtures(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(f.name, func(t *testing.T) {
			d, err := Parse([]byte(f.doc), Options{})
			require.NoError(t, err)
			for _, row := range f.want {
				path, want, ok := strings.Cut(row, " = ")
				require.True(t, ok, row)
				require.Equal(t, want, jsonAt(t, d, path), path)
			}
		})
	}
}

// jsonAt reads a value such as "team.phones.*.e164" from a document's JSON; the
// values of a list are joined by blanks.
func jsonAt(t *testing.T, d *Document, path string) string {
	b, err := json.Marshal(d)
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal(b, &v))
	return strings.Join(walk(v, strings.Split(path, ".")), " ")
}

func walk(v any, path []string) []string {
	if len(path) == 0 {
		switch x := v.(type) {
		case string:
			return []string{x}
		case nil:
			return nil
		}
		b, _ := json.Marshal(v)
		return []string{string(b)}
	}
	switch x := v.(type) {
	case map[string]any:
		return walk(x[path[0]], path[1:])
	case []any:
		var out []string
		for _, e := range x {
			if path[0] == "*" {
				out = append(out, walk(e, path[1:])...)
			}
		}
		return out
	}
	return nil
}

// TestRoundTrip: parsing what Text writes gives an equal document.
func TestRoundTrip(t *testing.T) {
	for name, data := range allDocuments(t) {
		d, err := Parse(data, Options{})
		if err != nil {
			continue
		}
		again, err := Parse(d.Text(), Options{})
		require.NoError(t, err, name)
		require.Equal(t, d.content(), again.content(), name)
		require.True(t, d.Equal(again), name)
		// What Markdown and HTML write says the same values, if not the same bytes.
		for _, page := range [][]byte{d.Markdown(), d.HTML()} {
			back, err := Parse(page, Options{})
			require.NoError(t, err, name)
			require.Equal(t, d.Updated, back.Updated, name)
			require.Equal(t, ids(d), ids(back), name)
		}
	}
}

func ids(d *Document) (out []SectionID) {
	for _, s := range d.Sections {
		out = append(out, s.ID)
	}
	return out
}

// TestEqualSeesDifferences: Equal must not be true of documents that differ.
func TestEqualSeesDifferences(t *testing.T) {
	d, err := Compose([]string{"RFC 2350"}, []Section{{Number: "1", Title: "Document Information", Body: "a"}, {Number: "2", Title: "Contact Information", Body: "b"}})
	require.NoError(t, err)
	e, err := Compose([]string{"RFC 2350"}, []Section{{Number: "1", Title: "Document Information", Body: "a"}, {Number: "2", Title: "Contact Information", Body: "c"}})
	require.NoError(t, err)
	require.True(t, d.Equal(d))
	require.False(t, d.Equal(e))
}

// TestNoInventedValue: every value stands in the source. Letters and digits of a
// value must occur in it in order and without others between; what is normalized
// (dates, offsets, hours, codes) must occur by its numbers.
func TestNoInventedValue(t *testing.T) {
	docs := allDocuments(t)
	for name, data := range docs {
		d, err := Parse(data, Options{})
		if err != nil {
			continue
		}
		for _, v := range invented(string(data), d) {
			t.Errorf("%s: %s is not in the document", name, v)
		}
	}
}

// TestNoInventedValueCanFail: the test above must notice a value from elsewhere.
func TestNoInventedValueCanFail(t *testing.T) {
	f := fixtures(t)[0]
	d, err := Parse([]byte(f.doc), Options{})
	require.NoError(t, err)
	require.Empty(t, invented(f.doc, d))
	d.Team.Phones = append(d.Team.Phones, Phone{E164: "+4989123456789"})
	d.keys = &keyBlocks{printed: append(d.Keys(), Key{Fingerprint: strings.Repeat("0123456789", 4)})}
	d.Team.Emails = append(d.Team.Emails, Email{Address: "nobody@nowhere.example"})
	d.Updated = Date{1999, 12, 31}
	d.Disclosure.Days = 77
	require.Len(t, invented(f.doc, d), 5)
}

var (
	letters   = regexp.MustCompile(`[^\p{L}\p{N}]+`)
	obfuscate = regexp.MustCompile(`(?i)\b(at|dot|punkt|punto|arroba|chiocciola)\b|@t\b|\(a\)`)
)

func bare(s string) string { return letters.ReplaceAllString(fold(s), "") }

// invented lists the values of d that source does not hold.
func invented(source string, d *Document) (out []string) {
	lines := ""
	for _, l := range htmlOrText(source) {
		lines += l + "\n"
	}
	all := bare(lines)
	plain := bare(obfuscate.ReplaceAllString(lines, ""))
	digits := digitsOf(strings.ReplaceAll(lines, "(0)", ""))
	in := func(v string) {
		if b := bare(v); !strings.Contains(all, b) && !strings.Contains(plain, b) {
			out = append(out, v)
		}
	}
	in(d.Title)
	in(d.Version)
	in(d.Team.Name)
	in(d.Team.ShortName)
	in(d.TLPName)
	for _, a := range d.Team.Addresses {
		for _, l := range a.Lines {
			in(l)
		}
	}
	for _, p := range append(append([]Phone{}, d.Team.Phones...), d.Team.Fax...) {
		if !strings.Contains(digits, digitsOf(p.E164)) {
			out = append(out, p.E164)
		}
		in(p.Label)
		in(p.Raw)
	}
	for _, e := range d.Team.Emails {
		in(e.Address)
	}
	for _, u := range append(append([]string{}, d.Distribution...), d.Locations...) {
		in(u)
	}
	for _, k := range d.Keys() {
		if k.Cert.IsZero() {
			in(k.Fingerprint)
			in(k.KeyID)
		}
	}
	for _, s := range append(d.Scope.Domains, d.Scope.AS...) {
		in(strings.TrimPrefix(s, "AS"))
	}
	for _, m := range d.Memberships {
		in(strings.Fields(m.Body)[0])
		_ = m
	}
	for _, n := range []int{d.Disclosure.Days, d.Disclosure.MaxDays} {
		if n > 0 && !regexp.MustCompile(`\b`+itoa(n)+`\b`).MatchString(lines) {
			out = append(out, "days "+itoa(n))
		}
	}
	if u := d.Updated; !u.IsZero() && (!strings.Contains(digits, itoa(u.Year)) || !strings.Contains(digits, itoa(u.Day))) {
		out = append(out, u.String())
	}
	for _, z := range d.Team.TimeZones {
		if _, city, ok := strings.Cut(z.IANA, "/"); ok {
			in(city)
		}
		for _, o := range []string{z.Std, z.DST} {
			if len(o) == 6 && o[1:3] != "00" && !strings.Contains(digits, strings.TrimLeft(o[1:3], "0")) {
				out = append(out, o)
			}
		}
	}
	return out
}

// htmlOrText is the text in which values are looked for: that of the page, with the
// tags too, since a mailto link is part of the document.
func htmlOrText(source string) []string {
	out := []string{source}
	if looksLikeHTML(source) {
		for _, l := range htmlLines(nil, htmlTokens(nil, source)) {
			out = append(out, l.text)
		}
	}
	return out
}

func itoa(n int) string { return strings.TrimSpace(string(mustJSON(n))) }

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// TestRealKeys: the flattened key of a real document, repaired, and one that is
// damaged and must never be used.
func TestRealKeys(t *testing.T) {
	dir := sharedDir(t, "data/rfc2350/corpus")
	read := func(name string) *Document {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		d, err := Parse(b, Options{})
		require.NoError(t, err)
		return d
	}
	d := read("contact-software.txt")
	require.Len(t, d.Keys(), 1)
	k := d.Keys()[0]
	require.Equal(t, "0C6E1B7E82ED84AC615CF7A54DE7CEDDDF4AC1D8", k.Fingerprint)
	require.Equal(t, ChecksumGood, k.Checksum)
	require.Contains(t, k.Repairs, "flattened")
	require.Equal(t, "2025-01-25", k.Expires.String())
	require.Contains(t, codes(d.Check(RFC, testNow)), "key-expired")
	require.NotContains(t, codes(d.Check(RFC, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))), "key-expired")

	bad := read("ap1-csirt.id.html")
	require.True(t, bad.Keys()[0].Damaged)
	require.True(t, bad.Keys()[0].Cert.IsZero())
	require.Equal(t, ChecksumBad, bad.Keys()[0].Checksum)
	require.Subset(t, codes(append(bad.KeyFindings(), bad.Findings...)), []string{"key-damaged", "keyid-mismatch", "date-placeholder", "inconsistent-domain"})
}

func codes(list []Finding) (out []string) {
	for _, f := range list {
		out = append(out, f.Code)
	}
	return out
}
