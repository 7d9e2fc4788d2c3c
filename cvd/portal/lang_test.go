package portal_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/portal"
)

func catalogue(t *testing.T, file string) (out map[string]string) {
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &out))
	return out
}

// Every catalogue has every text, with the same values in it.
func TestCataloguesAreWhole(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	en := catalogue(t, "lang/en.json")
	files, err := filepath.Glob("lang/*.json")
	require.NoError(t, err)
	require.Len(t, files, 5)
	for _, f := range files {
		texts := catalogue(t, f)
		for key, v := range en {
			require.NotEmpty(t, texts[key], "%s: %s", f, key)
			require.Equal(t, verbs.FindAllString(v, -1), verbs.FindAllString(texts[key], -1), "%s: %s", f, key)
		}
		for key := range texts {
			require.Contains(t, en, key, f)
		}
	}
}

// Every text that templates and code name is in the catalogue.
func TestEveryTextIsThere(t *testing.T) {
	en := catalogue(t, "lang/en.json")
	named := regexp.MustCompile(`\bt "([a-z.]+)"|text\("([a-z.]+[a-z])"`)
	var files []string
	for _, p := range []string{"templates/*.html", "*.go"} {
		m, err := filepath.Glob(p)
		require.NoError(t, err)
		files = append(files, m...)
	}
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range named.FindAllStringSubmatch(string(b), -1) {
			require.Contains(t, en, m[1]+m[2], f)
			n++
		}
	}
	require.Greater(t, n, 100)
}

func TestTheLanguageIsTheBrowsers(t *testing.T) {
	s := newSite(t)
	for header, want := range map[string]string{
		"":                            "en",
		"de-AT,de;q=0.9,en;q=0.8":     "de",
		"pl":                          "pl",
		"xx, fr;q=0.5, es;q=0.7":      "es",
		"en;q=0.1, DE-de;q=0.2":       "de",
		"de;q=0, en":                  "en",
		"*":                           "en",
		";q=;,,;q=NaN,de;q=nan,q=1;q": "en",
	} {
		b := s.browser()
		b.lang = header
		a := b.get("/")
		require.Equal(t, want, a.header.Get("Content-Language"), header)
		require.Contains(t, a.body, `<html lang="`+want+`">`)
		require.Contains(t, a.header.Get("Vary"), "Accept-Language")
	}
	// The switch is remembered, and takes no other word.
	b := s.browser()
	b.lang = "pl"
	require.Equal(t, "de", b.get("/?lang=de").header.Get("Content-Language"))
	require.Equal(t, "de", b.get("/open").header.Get("Content-Language"))
	a := b.get("/?lang=%22%3E%3Cscript%3E")
	require.Equal(t, "de", a.header.Get("Content-Language"))
	require.NotContains(t, a.body, "<script")
}

func TestAHostReplacesTextsTemplatesAndStyles(t *testing.T) {
	s := newSite(t, func(c *portal.Config) {
		c.Files = fstest.MapFS{
			"lang/en.json":           {Data: []byte(`{"form.send": "Off it goes"}`)},
			"lang/nl.json":           {Data: []byte(`{"language": "Nederlands", "form.title": "Een kwetsbaarheid melden"}`)},
			"templates/message.html": {Data: []byte(`{{define "main"}}<h1>Own: {{.Title}}</h1>{{end}}`)},
			"style.css":              {Data: []byte("body{color:teal}")},
		}
	})
	b := s.browser()
	require.Contains(t, b.get("/").body, "Off it goes")
	require.Contains(t, b.get("/?lang=nl").body, "Een kwetsbaarheid melden")
	require.Contains(t, b.get("/nothing").body, "Own: ")
	require.Contains(t, b.get("/style.css").body, "teal")

	_, err := portal.New(portal.Config{Service: s.svc, State: s.state, Secret: slices.Repeat([]byte{1}, 32),
		Files: fstest.MapFS{"templates/case.html": {Data: []byte("{{")}}})
	require.ErrorContains(t, err, "templates/case.html")
}
