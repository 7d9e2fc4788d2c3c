package known_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/examples/desk/internal/known"
)

func osv(id, title, pkg, more string) string {
	return fmt.Sprintf(`{"schema_version":"1.7.0","id":%q,"modified":"2026-01-01T00:00:00Z","summary":%q,"affected":[{"package":{"ecosystem":"npm","name":%q}}]%s}`, id, title, pkg, more)
}

const record = `{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-1900-3333","assignerOrgId":"00000000-0000-4000-8000-000000000000","state":"PUBLISHED"},
"containers":{"cna":{"providerMetadata":{"orgId":"00000000-0000-4000-8000-000000000000"},"title":"Widget daemon reads past its heap","descriptions":[{"lang":"en","value":"It reads past."}],
"affected":[{"vendor":"Widget Inc.","product":"widgetd","versions":[{"version":"1.0","status":"affected"}]}],"references":[{"url":"http://widget.example/1"},{"url":"https://widget.example/1"}]}}}`

const csaf = `{"document":{"category":"csaf_security_advisory","csaf_version":"2.0","title":"Sprocket: session stays valid after log-out","publisher":{"category":"vendor","name":"Sprocket","namespace":"https://sprocket.example"},
"tracking":{"id":"SPR-1900-0004","current_release_date":"2026-01-01T00:00:00Z","initial_release_date":"2026-01-01T00:00:00Z","revision_history":[{"date":"2026-01-01T00:00:00Z","number":"1","summary":"First."}],"status":"final","version":"1"},
"references":[{"category":"external","summary":"More","url":"https://elsewhere.example/"},{"category":"self","summary":"This","url":"https://sprocket.example/spr-1900-0004.json"}]},
"product_tree":{"branches":[{"category":"vendor","name":"Sprocket","branches":[{"category":"product_name","name":"Sprocket Server","product":{"name":"Sprocket Server","product_id":"P1"}}]}]},
"vulnerabilities":[{"cve":"CVE-1900-4444","product_status":{"known_affected":["P1"]}}]}`

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	return dir
}

// Each form is read; a report that names an ID matches, and so does one of the product
// or of most words of the title. The address is https, and the document's own first.
func TestMatch(t *testing.T) {
	x := known.New(known.Limits{})
	n, errs := x.Read(folder(t, map[string]string{
		"a/osv.json": osv("GHSA-aaaa-bbbb-0001", "Overflow in the frobnicator header parser", "@frob/frobnicator", `,"aliases":["CVE-1900-2222"]`),
		"cve.JSON":   record, "b/csaf.json": csaf, "read.me": "no advisory", ".git/x.json": "{",
	}), false)
	require.Empty(t, errs)
	require.Equal(t, 3, n)
	one := func(r known.Report) known.Match {
		t.Helper()
		ms := x.Match(r, 5)
		require.Len(t, ms, 1, "%+v", r)
		return ms[0]
	}
	for text, id := range map[string]string{
		"Is it cve-1900-2222?": "GHSA-aaaa-bbbb-0001", "See https://x.example/GHSA-aaaa-bbbb-0001.": "GHSA-aaaa-bbbb-0001",
		"Like (CVE-1900-3333).": "CVE-1900-3333", "SPR-1900-0004": "SPR-1900-0004", "CVE-1900-4444, again": "SPR-1900-0004",
	} {
		m := one(known.Report{Text: text})
		require.Equal(t, id, m.ID, text)
		require.Equal(t, 100, m.Score)
		require.Contains(t, m.Why[0], "the report names ")
	}
	m := one(known.Report{Text: "CVE-1900-3333"})
	require.Equal(t, "https://widget.example/1", m.Link)
	require.Equal(t, "Widget daemon reads past its heap", m.Title)
	require.Equal(t, "https://sprocket.example/spr-1900-0004.json", one(known.Report{Text: "SPR-1900-0004"}).Link)

	m = one(known.Report{Products: "Sprocket server 2.1", Text: "Something else."})
	require.Equal(t, 40, m.Score)
	require.Equal(t, []string{"the same product, Sprocket Server"}, m.Why)
	m = one(known.Report{Title: "The frobnicator", Text: "A long header makes the parser overflow"})
	require.Equal(t, 99, m.Score, "the product, and all words of the title: %v", m.Why)
	require.Equal(t, "GHSA-aaaa-bbbb-0001", m.ID)
	require.Equal(t, 60, one(known.Report{Products: "Another", Text: "Its widget daemon reads past the heap"}).Score, "by words alone")

	for _, r := range []known.Report{{}, {Text: "CVE-1900-33334"}, {Text: "A vulnerability allows remote attackers to attack"}, {Products: "Sprocket client", Text: "The server is fine."}, {Text: "1900 0004"}} {
		require.Empty(t, x.Match(r, 5), "%+v", r)
	}
}

// A bad file is named, and the others are read.
func TestBadFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"1.json": "{", "2.json": osv("OSV-1900-1", "One", "one", ""), "3.json": `{"a":1}`, "4.json": osv("", "x", "x", ""), "5.json": strings.Repeat(" ", 3000),
		"6.json": osv("OSV-1900-6", "Six", "six", ""), "7.json": `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"x"}`, "8.json": strings.Repeat("[", 100000)[:1500],
	})
	require.NoError(t, os.Symlink(dir, filepath.Join(dir, "9.json"))) // no circle
	require.NoError(t, os.Symlink("6.json", filepath.Join(dir, "a.json")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "b.json")))
	x := known.New(known.Limits{File: 2000})
	n, errs := x.Read(dir, false)
	require.Equal(t, 3, n)
	var named []string
	for _, err := range errs {
		name, why, ok := strings.Cut(err.Error(), ".json: ")
		require.True(t, ok, "%v", err)
		require.NotEmpty(t, why)
		named = append(named, filepath.Base(name))
	}
	require.Equal(t, []string{"1", "3", "4", "5", "7", "8", "b"}, named)
	require.Len(t, x.Match(known.Report{Text: "OSV-1900-6"}, 5), 1, "one advisory in two files is one")
	n, errs = x.Read(filepath.Join(dir, "none"), false)
	require.Zero(t, n)
	require.Len(t, errs, 1)
	require.ErrorContains(t, errs[0], "none")
	n, errs = x.Read(os.DevNull, false)
	require.Zero(t, n)
	require.Len(t, errs, 1)
	// In what the team has published, what is no advisory is the provider's own.
	_, errs = known.New(known.Limits{}).Read(folder(t, map[string]string{"provider-metadata.json": `{"a":1}`, "x.json": "{"}), true)
	require.Len(t, errs, 1)
}

// The caps hold for all that is read together.
func TestCaps(t *testing.T) {
	files := map[string]string{}
	for i := range 6 {
		files[fmt.Sprint(i, ".json")] = osv(fmt.Sprintf("OSV-1900-%d", i), "x", "x", "")
	}
	a, b := folder(t, files), folder(t, files)
	size := int64(len(files["0.json"]))
	for _, l := range []known.Limits{{Files: 8}, {Bytes: 8*size + size/2}} {
		x := known.New(l)
		n, errs := x.Read(a, false)
		require.Equal(t, 6, n)
		require.Empty(t, errs)
		n, errs = x.Read(b, false)
		require.Equal(t, 2, n)
		require.Len(t, errs, 1)
		require.ErrorContains(t, errs[0], "2.json: it and what follows is not read")
		n, errs = x.Read(a, false)
		require.Equal(t, 6, n, "what is read again counts once")
		require.Empty(t, errs)
	}
}

// Read again, what was changed, added or removed is so.
func TestReadAgain(t *testing.T) {
	dir := folder(t, map[string]string{"1.json": osv("OSV-1900-1", "One", "one", ""), "2.json": osv("OSV-1900-2", "Two", "two", "")})
	x := known.New(known.Limits{})
	x.Read(dir, true)
	require.NoError(t, os.Remove(filepath.Join(dir, "1.json")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "2.json"), []byte(osv("OSV-1900-22", "Two of them", "two", "")), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "3.json"), []byte(osv("OSV-1900-3", "Three", "three", "")), 0o644))
	n, errs := x.Read(dir, true)
	require.Empty(t, errs)
	require.Equal(t, 2, n)
	ms := x.Match(known.Report{Text: "OSV-1900-1 OSV-1900-2 OSV-1900-22 OSV-1900-3"}, 5)
	require.Len(t, ms, 2)
	require.Equal(t, "OSV-1900-22", ms[0].ID)
	require.True(t, ms[0].Ours)
}

// Only https addresses that show what they are become links.
func TestLinks(t *testing.T) {
	files, want := map[string]string{}, map[string]string{}
	for i, x := range [][2]string{{"https://a.example/1", "https://a.example/1"}, {"http://a.example/", ""}, {"javascript:alert(1)", ""}, {"https://user:pw@a.example/", ""}, {"https:///x", ""}, {"https://a.example/\u202e", ""}, {"//a.example", ""}} {
		id := fmt.Sprintf("OSV-1900-%d", i)
		files[id+".json"] = osv(id, "x", "x", fmt.Sprintf(`,"references":[{"type":"WEB","url":%q}]`, x[0]))
		want[id] = x[1]
	}
	x := known.New(known.Limits{})
	_, errs := x.Read(folder(t, files), false)
	require.Empty(t, errs)
	for id, link := range want {
		ms := x.Match(known.Report{Text: id}, 1)
		require.Len(t, ms, 1, id)
		require.Equal(t, link, ms[0].Link, id)
	}
}
