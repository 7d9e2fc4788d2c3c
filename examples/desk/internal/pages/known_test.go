package pages_test

import (
	"html"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/examples/desk/internal/known"
	"github.com/cvdkit/cvdkit/examples/desk/internal/pages"
)

// knowing gives a site a desk that has read these advisories.
func (s *site) knowing(docs ...string) {
	s.t.Helper()
	x, dir := known.New(known.Limits{}), s.t.TempDir()
	for i, doc := range docs {
		require.NoError(s.t, os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".json"), []byte(doc), 0o644))
	}
	n, errs := x.Read(dir, false)
	require.Empty(s.t, errs)
	require.Equal(s.t, len(docs), n)
	var err error
	s.desk, err = pages.New(pages.Config{Service: s.svc, State: s.state, Now: func() time.Time { return s.now }, Known: x, Staff: func(r *http.Request) (pages.Staff, bool) {
		who := pages.Staff{Name: r.Header.Get("As")}
		for _, g := range r.Header.Values("Group") {
			who.Groups = append(who.Groups, cvd.Private(g))
		}
		return who, true
	}})
	require.NoError(s.t, err)
}

// knownPart is what the page of a submission says of what is known, and its text.
func (s *site) knownPart(c *cvd.Case, as string, groups ...string) (raw, text string) {
	s.t.Helper()
	code, page := s.get("/submissions/"+c.Number, as, groups...)
	require.Equal(s.t, 200, code)
	_, raw, ok := strings.Cut(page, "Known already?")
	require.True(s.t, ok)
	raw, _, _ = strings.Cut(raw, "</section>")
	return raw, html.UnescapeString(raw)
}

// A submission is compared with advisories that are public: by what it names, its
// product and words. Nothing of them becomes markup.
func TestKnown(t *testing.T) {
	s := newSite(t)
	s.knowing(`{"schema_version":"1.7.0","id":"OSV-1900-1","modified":"2026-01-01T00:00:00Z","aliases":["CVE-1900-2222"],"summary":"<script>alert(1)</script> & more","references":[{"type":"WEB","url":"https://osv.example/?a=1&b=\"<x"}]}`,
		`{"schema_version":"1.7.0","id":"OSV-1900-2","modified":"2026-01-01T00:00:00Z","summary":"Long header makes the parser write past its buffer","references":[{"type":"WEB","url":"javascript:alert(1)"}]}`)
	raw, text := s.knownPart(s.submit("One", ""), "ana")
	require.Contains(t, text, "OSV-1900-2")
	require.Contains(t, text, "words of its title: long, header, makes, parser, write, past, buffer")
	require.NotContains(t, text, "OSV-1900-1")
	require.NotContains(t, raw, "<a ")
	raw, text = s.knownPart(s.submit("Is it CVE-1900-2222?", ""), "ana")
	require.Contains(t, text, "the report names CVE-1900-2222")
	require.Contains(t, raw, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more")
	require.NotContains(t, raw, "<script")
	require.NotContains(t, raw, "<x")
	require.Contains(t, raw, `rel="noreferrer">Read it at osv.example</a>`)
	require.Regexp(t, `<a href="https://osv\.example/\?[^"]*" rel`, raw)
}

// Cases of the team that have the CVE ID which a report names are known, closed ones
// too. To whom they are not open they are so only by what was published of them.
func TestKnownCases(t *testing.T) {
	s := newSite(t)
	c := s.receive("Secret of the firmware")
	s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.Identify{CVE: "CVE-1900-2222"}, cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	sub := s.submit("Is it CVE-1900-2222?", "")
	raw, _ := s.knownPart(sub, "ana", "firmware")
	require.Contains(t, raw, `<a href="/cases/`+c.Number+`">`+c.Number+`</a> Secret of the firmware`)
	require.NotContains(t, raw, "published by us")
	raw, _ = s.knownPart(sub, "ben", "cloud")
	require.Contains(t, raw, "No advisory that the desk has read", "nothing was published")
	s.do(c.ID, cvd.Publish{Advisories: []string{"ADV-1900-7"}, Vulnerabilities: []cvd.VulnID{1}})
	s.do(c.ID, cvd.Close{})
	raw, _ = s.knownPart(sub, "ana", "firmware")
	require.Contains(t, raw, `<a href="/cases/`+c.Number)
	require.Contains(t, raw, "published by us")
	raw, _ = s.knownPart(sub, "ben", "cloud")
	require.Contains(t, raw, "<b>CVE-1900-2222</b> ADV-1900-7")
	require.NotContains(t, raw, "Secret")
	require.NotContains(t, raw, c.Number)
}
