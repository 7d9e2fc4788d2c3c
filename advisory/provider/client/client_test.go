package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

const base = "https://psirt.example/.well-known/csaf"

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A keyPair signs so that a test can see what was signed. Tests with OpenPGP are in
// tests/peers/csafprovider.
type keyPair struct{ fpr string }

func (s keyPair) SignDetached(_ context.Context, dst io.Writer, src io.Reader) error {
	text, err := io.ReadAll(src)
	if err == nil {
		_, err = fmt.Fprintf(dst, "-----BEGIN PGP SIGNATURE-----\n%s %x\n", s.fpr, sha256.Sum256(text))
	}
	return err
}
func (s keyPair) PublicKey() []byte   { return []byte(s.fpr) }
func (s keyPair) Fingerprint() string { return s.fpr }
func (s keyPair) Expires() time.Time  { return time.Time{} }

type verifier struct{}

func (verifier) Fingerprint(cert []byte) (string, error) { return string(cert), nil }
func (verifier) VerifyDetached(_ context.Context, text, sig []byte, certs [][]byte) (string, error) {
	for _, c := range certs {
		if bytes.Contains(sig, fmt.Appendf(nil, "%s %x\n", c, sha256.Sum256(text))) {
			return string(c), nil
		}
	}
	return "", errors.New("no valid signature")
}

// A world is a provider, and what a test changes on the way to the client.
type world struct {
	p      *provider.Publisher
	cfg    provider.Config
	c      *Client
	tamper map[string]func(*Response)
	asked  []string
}

func newWorld(t *testing.T) *world {
	dir := t.TempDir()
	w := &world{tamper: map[string]func(*Response){}}
	w.cfg = provider.Config{
		Dir: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"), Restricted: filepath.Join(dir, "restricted"), URL: base,
		Labels:    []tlp.Label{tlp.Amber},
		Publisher: advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example"},
		Signer:    keyPair{strings.Repeat("A", 40)}, Now: func() time.Time { return now },
		Guard: func(w http.ResponseWriter, r *http.Request, _ tlp.Label) bool {
			if r.Header.Get("Authorization") != "" {
				return true
			}
			w.WriteHeader(http.StatusUnauthorized)
			return false
		},
	}
	var err error
	w.p, err = provider.New(w.cfg)
	require.NoError(t, err)
	w.c = &Client{Verifier: verifier{}, Get: w.getter("Bearer x"), Public: w.getter("")}
	return w
}

func (w *world) getter(login string) func(context.Context, string, int64) (*Response, error) {
	return func(_ context.Context, u string, _ int64) (*Response, error) {
		w.asked = append(w.asked, u)
		r := httptest.NewRequest(http.MethodGet, u, nil)
		if login != "" {
			r.Header.Set("Authorization", login)
		}
		rec := httptest.NewRecorder()
		if strings.HasSuffix(u, "/security.txt") {
			for _, l := range w.p.SecurityTxtLines() {
				fmt.Fprintf(rec, "CSAF: %s\n", l)
			}
		} else {
			w.p.Handler().ServeHTTP(rec, r)
		}
		res := &Response{Status: rec.Code, Header: rec.Header(), Body: rec.Body.Bytes()}
		if f := w.tamper[strings.TrimPrefix(u, base+"/")]; f != nil {
			f(res)
		}
		return res, nil
	}
}

func doc(t *testing.T, id string, label tlp.Label, updated time.Time, version string) *csaf.Document {
	first := now.Add(-24 * time.Hour)
	a := &advisory.Advisory{
		ID: id, Title: "Overflow in the parser", TLP: label, Category: "csaf_security_advisory",
		Publisher: advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example"},
		Tracking: advisory.Tracking{Status: advisory.Final, Version: version, Released: first, Updated: updated,
			Revisions: []advisory.Revision{{Version: "1", Date: first, Summary: "First."}}},
		Notes:      []advisory.Note{{Category: advisory.NoteSummary, Title: "Summary", Text: "A crafted file overflows it."}},
		References: []advisory.Reference{{URL: "https://psirt.example/a/" + id, Summary: "This advisory", Self: true}},
		Products: []advisory.Product{
			{ID: "P-1", Title: "Example parser 1.4.1", Vendor: "Example", Name: "parser", Version: "1.4.1", PURLs: []string{"pkg:npm/%40example/parser@1.4.1"}},
		},
		Vulnerabilities: []advisory.Vulnerability{{
			CVE: "CVE-1900-12345", Title: "Overflow",
			Notes:        []advisory.Note{{Category: advisory.NoteDescription, Title: "Description", Text: "A length is not checked."}},
			Status:       []advisory.ProductStatus{{State: advisory.Affected, Products: []string{"P-1"}}},
			Remediations: []advisory.Remediation{{Category: "none_available", Details: "There is none yet.", Products: []string{"P-1"}}},
		}},
	}
	if version == "2" {
		a.Tracking.Revisions = append(a.Tracking.Revisions, advisory.Revision{Version: "2", Date: updated, Summary: "More."})
	} else {
		a.Tracking.Updated = first
	}
	d, _, err := csaf.FromAdvisory(a, csaf.V20)
	require.NoError(t, err)
	return d
}

func (w *world) publish(t *testing.T) {
	require.NoError(t, w.p.Publish(t.Context(),
		doc(t, "EX-1900-0001", tlp.Clear, now, "1"), doc(t, "EX-1900-0002", tlp.Clear, now, "2"), doc(t, "EX-1900-0003", tlp.Amber, now, "1")))
}

func TestCheckOwnProvider(t *testing.T) {
	w := newWorld(t)
	w.publish(t)
	r, err := w.c.Check(t.Context(), "psirt.example", CheckOptions{Now: now})
	require.NoError(t, err)
	require.Empty(t, r.Findings, r.Text())
	require.Equal(t, 3, r.Documents)
	// The tree of 2.1, empty, by its address.
	r, err = w.c.Check(t.Context(), base+"/v2.1/provider-metadata.json", CheckOptions{Now: now})
	require.NoError(t, err)
	require.Empty(t, r.Findings, r.Text())
}

// Each fault that real providers had is found, under its requirement.
func TestCheckPlantedFaults(t *testing.T) {
	replace := func(old, new string) func(*Response) {
		return func(r *Response) { r.Body = bytes.ReplaceAll(r.Body, []byte(old), []byte(new)) }
	}
	gone := func(r *Response) { r.Status = http.StatusNotFound }
	const d1 = "v2.0/white/2026/ex-1900-0001.json"
	for name, f := range map[string]struct {
		at  string
		f   func(*Response)
		req int
	}{
		"merge markers in a feed":       {"v2.0/white/csaf-feed-tlp-white.json", replace(`{"feed"`, "<<<<<<< HEAD\n{\"feed\""), 15},
		"an empty feed is missing":      {"v2.0/amber/csaf-feed-tlp-amber.json", gone, 15},
		"an unsigned entry":             {"v2.0/white/csaf-feed-tlp-white.json", replace(`"signature"`, `"related"`), 19},
		"an entry without a hash":       {"v2.0/white/csaf-feed-tlp-white.json", replace(`"rel":"hash"`, `"rel":"related"`), 18},
		"an edit after signing":         {d1, replace("crafted", "edited"), 18},
		"a signature of another text":   {d1 + ".asc", replace("A", "B"), 19},
		"a name that is not the ID's":   {d1, replace("EX-1900-0001", "EX-1900-0009"), 2},
		"a hash of another text":        {d1 + ".sha512", replace("a", "b"), 18},
		"a charset in the type":         {d1[:len("v2.0/")] + "service.json", func(r *Response) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, 7},
		"a missing service document":    {"v2.0/service.json", gone, 16},
		"a service without a feed":      {"v2.0/service.json", replace("csaf-feed-tlp-amber", "csaf-feed-tlp-red"), 16},
		"no category document":          {"v2.0/white/category-white.json", gone, 17},
		"index.txt lacks a document":    {"v2.0/white/index.txt", replace("2026/ex-1900-0001.json\n", ""), 12},
		"index.txt has a stray":         {"v2.0/white/index.txt", replace("ex-1900-0001", "ex-1900-0008"), 12},
		"changes.csv in no order":       {"v2.0/white/changes.csv", func(r *Response) { r.Body = reverseLines(r.Body) }, 13},
		"changes.csv with an old date":  {"v2.0/white/changes.csv", replace("2026-03-01T12:00:00Z", "2026-02-01T12:00:00Z"), 13},
		"changes.csv without quotes":    {"v2.0/white/changes.csv", replace(`"`, ""), 13},
		"changes.csv in another folder": {"v2.0/white/changes.csv", gone, 13},
		"no listing":                    {"v2.0/white/2026/", gone, 14},
		"a fingerprint that is not the key's": {"openpgp/" + strings.Repeat("A", 40) + ".asc", func(r *Response) {
			r.Body = []byte(strings.Repeat("B", 40))
		}, 20},
		"a key at another place":      {"openpgp/" + strings.Repeat("A", 40) + ".asc", gone, 20},
		"a redirect at the DNS path":  {"https://csaf.data.security.psirt.example/", func(r *Response) { r.Redirects = 1 }, 10},
		"a canonical URL of another":  {"v2.0/provider-metadata.json", replace("Example PSIRT", "Another PSIRT"), 7},
		"CLEAR behind a login":        {d1, nil, 4},
		"AMBER without one":           {"v2.0/amber/2026/ex-1900-0003.json", nil, 5},
		"a browser is not let in":     {d1[:len("v2.0/")] + "service.json", func(r *Response) { r.Header.Del("Access-Control-Allow-Origin") }, 25},
		"republished with old dates":  {"v2.0/white/csaf-feed-tlp-white.json", replace("2026-03-01T12:00:00Z", "2026-02-02T12:00:00Z"), 15},
		"a document in a wrong label": {"v2.0/white/2026/ex-1900-0001.json", replace(`"WHITE"`, `"GREEN"`), 15},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.publish(t)
			if f.f != nil {
				w.tamper[f.at] = f.f
			} else {
				public := w.c.Public
				w.c.Public = func(ctx context.Context, u string, max int64) (*Response, error) {
					r, err := public(ctx, u, max)
					if u == base+"/"+f.at {
						r.Status = map[int]int{200: 401, 401: 200}[r.Status]
					}
					return r, err
				}
			}
			r, err := w.c.Check(t.Context(), "psirt.example", CheckOptions{Now: now})
			require.NoError(t, err)
			found := false
			for _, x := range r.Findings {
				found = found || x.Requirement == f.req && x.Level >= Warning
			}
			require.True(t, found, "requirement %d is not among:\n%s", f.req, r.Text())
		})
	}
}

func reverseLines(b []byte) []byte {
	lines := bytes.SplitAfter(b, []byte("\n"))
	var out []byte
	for i := range lines {
		out = append(out, lines[len(lines)-1-i]...)
	}
	return out
}

func TestUpdatesAreIncremental(t *testing.T) {
	w := newWorld(t)
	w.publish(t)
	ctx := t.Context()
	p, problems, err := w.c.Discover(ctx, "psirt.example")
	require.NoError(t, err)
	require.Empty(t, problems)
	seen := Seen{}
	watch := Watch{PURLs: []string{"pkg:npm/%40example/parser"}}
	round := func() (got []string) {
		problems, err := w.c.Updates(ctx, p, seen, watch, func(n News) error {
			got = append(got, fmt.Sprint(n.Document.ID(), " ", n.Known, " ", len(n.Matches)))
			return nil
		})
		require.NoError(t, err)
		require.Empty(t, problems)
		return got
	}
	require.Len(t, round(), 3)
	w.asked = nil
	require.Empty(t, round())
	require.Len(t, w.asked, 2, "feeds only")
	// Late, with a date before what was seen.
	require.NoError(t, w.p.Publish(ctx, doc(t, "EX-1900-0004", tlp.Clear, now, "1")))
	require.Equal(t, []string{"EX-1900-0004 false 1"}, round())
	require.NoError(t, w.p.Publish(ctx, doc(t, "EX-1900-0001", tlp.Clear, now, "2")))
	require.Equal(t, []string{"EX-1900-0001 true 1"}, round())

	// By folders, where there is no feed.
	p.Metadata.Distributions = p.Metadata.Distributions[1:]
	seen = Seen{}
	require.Len(t, round(), 4)
	require.Empty(t, round())
	w.tamper["v2.0/white/changes.csv"] = func(r *Response) { r.Status = 404 }
	require.Empty(t, round())
}

// What cannot be verified is not news, does not stop the rest, and is tried again.
func TestUpdatesVerify(t *testing.T) {
	w := newWorld(t)
	w.publish(t)
	p, _, err := w.c.Discover(t.Context(), "psirt.example")
	require.NoError(t, err)
	const d1 = "v2.0/white/2026/ex-1900-0001.json"
	w.tamper[d1] = func(r *Response) { r.Body = bytes.ReplaceAll(r.Body, []byte("crafted"), []byte("edited")) }
	seen, n := Seen{}, 0
	count := func(News) error { n++; return nil }
	problems, err := w.c.Updates(t.Context(), p, seen, Watch{}, count)
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.Equal(t, 2, n)
	delete(w.tamper, d1)
	problems, err = w.c.Updates(t.Context(), p, seen, Watch{}, count)
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Equal(t, 3, n)

	// Replaced between two requests: asked for again.
	first := true
	w.tamper[d1+".asc"] = func(r *Response) {
		if first {
			r.Body = []byte("of another revision")
		}
		first = false
	}
	_, err = w.c.Fetch(t.Context(), p, Entry{URL: base + "/" + d1, Signature: base + "/" + d1 + ".asc"})
	require.NoError(t, err)
}

func TestDiscover(t *testing.T) {
	w := newWorld(t)
	w.publish(t)
	// Without a well-known file security.txt leads on; the first line is the same file.
	w.tamper["provider-metadata.json"] = func(r *Response) { r.Status = 404 }
	p, problems, err := w.c.Discover(t.Context(), "psirt.example")
	require.NoError(t, err)
	require.Equal(t, base+"/v2.1/provider-metadata.json", p.URL)
	require.NotEmpty(t, problems)
	_, _, err = (&Client{Verifier: verifier{}, Get: func(context.Context, string, int64) (*Response, error) {
		return &Response{Status: 404}, nil
	}}).Discover(t.Context(), "nobody.example")
	require.ErrorIs(t, err, ErrNoProvider)
}

func FuzzLists(f *testing.F) {
	f.Add([]byte(`{"feed":{"id":"a","entry":[{"content":{"src":"https://a.example/2026/a.json"}}]}}`))
	f.Add([]byte("\"2026/a.json\",\"2026-01-01T00:00:00Z\"\n2026/b.json,2026-01-01T00:00:00Z\n"))
	f.Add([]byte("../x,1\nCSAF: https://a.example\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = parseFeed(b)
		rows, _ := parseChanges(b)
		for _, r := range rows {
			if u, err := relative("https://a.example/x/", r[0]); err == nil && !strings.HasPrefix(u, "https://a.example/x/") {
				t.Fatalf("%q leaves the folder: %s", r[0], u)
			}
		}
		_ = csafFields(b)
	})
}
