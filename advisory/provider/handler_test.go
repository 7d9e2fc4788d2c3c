package provider

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func get(s *site, path string, head ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "https://psirt.example"+path, nil)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	if len(head) == 2 && head[0] == "Host" {
		r.Host = head[1]
	}
	w := httptest.NewRecorder()
	s.p.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(b)
}

func TestHandler(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context(),
		document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1"),
		document(t, csaf.V20, "EX-1900-0002", start, start, tlp.Amber, "1")))
	const doc = "/.well-known/csaf/v2.0/white/2026/ex-1900-0001.json"

	r := get(s, doc, "User-Agent", "")
	require.Equal(t, 200, r.StatusCode)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"), "no charset")
	require.Equal(t, "*", r.Header.Get("Access-Control-Allow-Origin"))
	require.NotEmpty(t, r.Header.Get("Last-Modified"))
	text := body(t, r)
	require.Equal(t, s.read(t, "public/v2.0/white/2026/ex-1900-0001.json"), text)

	require.Equal(t, 304, get(s, doc, "If-None-Match", r.Header.Get("ETag")).StatusCode)
	part := get(s, doc, "Range", "bytes=0-9")
	require.Equal(t, 206, part.StatusCode)
	require.Equal(t, text[:10], body(t, part))

	// Well-known and DNS path answer directly.
	meta := s.read(t, "public/provider-metadata.json")
	require.Equal(t, meta, body(t, get(s, "/.well-known/csaf/provider-metadata.json")))
	require.Equal(t, meta, body(t, get(s, "/", "Host", "csaf.data.security.psirt.example")))
	require.Equal(t, 404, get(s, "/").StatusCode)

	// Listings name documents, and nothing with a dot.
	list := body(t, get(s, "/.well-known/csaf/v2.0/white/2026/"))
	require.Contains(t, list, `href="./ex-1900-0001.json"`)
	require.NotContains(t, list, `./.ex`)
	require.Equal(t, 301, get(s, "/.well-known/csaf/v2.0/white/2026").StatusCode)
	require.Contains(t, body(t, get(s, "/.well-known/csaf/")), "Security advisories of Example PSIRT")

	w := httptest.NewRecorder()
	s.p.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, doc, nil))
	require.Equal(t, 405, w.Code)
}

// Who is not let in learns nothing, not even whether a file exists.
func TestHandlerGuard(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0002", start, start, tlp.Amber, "1")))
	const doc = "/.well-known/csaf/v2.0/amber/2026/ex-1900-0002.json"
	for _, path := range []string{doc, doc + "x", "/.well-known/csaf/v2.0/amber/", "/.well-known/csaf/v2.0/amber", "/.well-known/csaf/v2.0/green/index.txt"} {
		require.Equal(t, 401, get(s, path).StatusCode, path)
	}
	r := get(s, doc, "Authorization", "Bearer let-me-in")
	require.Equal(t, 200, r.StatusCode)
	require.Contains(t, r.Header.Get("Cache-Control"), "no-store")
	for _, path := range []string{
		"/.well-known/csaf/v2.0/white/../amber/2026/ex-1900-0002.json", "/.well-known/csaf//v2.0/amber/2026/ex-1900-0002.json",
		"/.well-known/csaf/v2.0/./amber/index.txt", "/.well-known/csaf/../../restricted/v2.0/amber/index.txt",
		"/.well-known/csaf/v2.0/white/2026/.ex-1900-0002.json/current/signer", "/.well-known/csafx/provider-metadata.json",
		"/.well-known/csaf/v2.1/red/index.txt", "/.well-known/csaf/..%2f..%2fstate/ledger.json",
	} {
		require.Equal(t, 404, get(s, path).StatusCode, path)
	}
	s.cfg.Guard = nil
	s.open(t)
	require.Equal(t, 403, get(s, doc, "Authorization", "Bearer let-me-in").StatusCode)
}

func TestPages(t *testing.T) {
	s := newSite(t)
	require.NoError(t, s.p.Publish(t.Context(), document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1")))
	index := s.read(t, "public/index.html")
	require.Contains(t, index, `href="advisories/ex-1900-0001.html"`)
	require.NotContains(t, index, "<b>EX", "texts are escaped")
	atom := s.read(t, "public/advisories.atom")
	require.Contains(t, atom, "https://psirt.example/.well-known/csaf/advisories/ex-1900-0001.html")
	require.NotContains(t, index, "credits.html")

	a := draft("EX-1900-0001", start, start, tlp.Clear, "1")
	a.Credits = append(a.Credits, advisory.Credit{Names: []string{"Eve"}, URLs: []string{"javascript:alert(1)", "https://eve.example"}}, advisory.Credit{})
	require.NoError(t, s.p.PublishCredits([]Thanks{ThanksOf(a, "javascript:alert(1)")}))
	credits := s.read(t, "public/credits.html")
	require.Contains(t, credits, "Nora &lt;Finder&gt;")
	require.Contains(t, credits, `href="https://eve.example"`)
	require.NotContains(t, credits, "javascript:")
	a.Vulnerabilities[0].Credits = a.Credits
	var twice strings.Builder
	require.NoError(t, Credits(&twice, "Example PSIRT", []Thanks{ThanksOf(a, "")}))
	require.Equal(t, 1, strings.Count(twice.String(), "Nora"), "nobody is thanked twice for one advisory")
	require.Contains(t, s.read(t, "public/index.html"), "credits.html")
	require.Equal(t, 1, strings.Count(credits, "<li>"))
}

// The credits page is public: it tells of no advisory that is not.
func TestCreditsTellNothingEarly(t *testing.T) {
	s := newSite(t)
	amber := ThanksOf(draft("EX-1900-0002", start, start, tlp.Amber, "1"), "")
	later := ThanksOf(draft("EX-1900-0003", start.Add(day), start.Add(day), tlp.Clear, "1"), "")
	clear := ThanksOf(draft("EX-1900-0001", start, start, tlp.Clear, "1"), "")
	unset := clear
	unset.TLP = tlp.Unset
	require.ErrorIs(t, s.p.PublishCredits([]Thanks{clear, amber}), ErrTLP)
	require.ErrorIs(t, s.p.PublishCredits([]Thanks{clear, unset}), ErrTLP)
	require.ErrorIs(t, s.p.PublishCredits([]Thanks{clear, later}), ErrEmbargo)
	require.NoFileExists(t, filepath.Join(s.cfg.Dir, creditsName))
	require.NoError(t, s.p.PublishCredits([]Thanks{clear}))
	require.FileExists(t, filepath.Join(s.cfg.Dir, creditsName))
}

// Nothing of a stricter label, and nothing of what was refused, is in any public file
// or name of a file.
func TestPublicFilesTellNothing(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	require.NoError(t, s.p.Publish(ctx,
		document(t, csaf.V20, "EX-1900-0001", start, start, tlp.Clear, "1"),
		document(t, csaf.V20, "SECRET-0002", start, start, tlp.Amber, "1"),
		document(t, csaf.V21, "SECRET-0003", start, start, tlp.Green, "1")))
	require.ErrorIs(t, s.p.Publish(ctx, document(t, csaf.V20, "SECRET-0004", start.Add(day), start.Add(day), tlp.Clear, "1")), ErrEmbargo)
	_, err := s.p.Release(ctx, "SECRET-0005", document(t, csaf.V20, "SECRET-0005", start.Add(day), start.Add(day), tlp.Clear, "1"))
	require.ErrorIs(t, err, ErrEmbargo)
	files := 0
	require.NoError(t, filepath.WalkDir(s.cfg.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		require.NotContains(t, strings.ToLower(path), "secret")
		if i, err := os.Stat(path); err != nil || i.IsDir() {
			return err // a link to a revision, which is visited itself
		}
		files++
		text, err := os.ReadFile(path)
		require.NotContains(t, strings.ToLower(string(text)), "secret", path)
		return err
	}))
	require.Greater(t, files, 20)
}
