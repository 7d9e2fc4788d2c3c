package securitytxt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFixTraps: what Fix mends and what it must leave, written from RFC 9116 2 and 4
// before it was run.
func TestFixTraps(t *testing.T) {
	for in, want := range map[string]string{
		// Prose, paths, times and addresses that hold a colon are no fields.
		"Please note the following:":                   "",
		"See https://e.example/p for more":             "",
		"https://e.example/report":                     "",
		"mailto:security@e.example":                    "",
		"C:\\inetpub\\security":                        "",
		"12:30 is when we meet":                        "",
		"e.example:8443":                               "",
		"[2001:db8::1]:443":                            "",
		"- Contact:security@e.example":                 "",
		"// Contact:security@e.example":                "",
		"In short:do not test on Fridays":              "",
		"Contact us:security@e.example":                "",
		"X-Scope:":                                     "", // no field that is known: nobody knows what was meant
		"xmpp:security@e.example":                      "",
		"PGP:0123456789abcdef":                         "PGP: 0123456789abcdef",
		"# Contact:security@e.example":                 "",
		"Contact: security@e.example # our mailbox":    "",
		"Contact: security@e.example, psirt@e.example": "",
		"Contact: <security@e.example>":                "",
		"Contact: mailto: security@e.example":          "",
		"Contact: +49 (0)30 23125 000":                 "", // the zero is not dialled
		"Contact: 0049 30 23125 000":                   "",
		"Contact: security at e dot example":           "",
		"Contact: security@localhost":                  "",
		"Contact: e.example/report":                    "",
		"Bug-Bounty: yes":                              "",
		"Contcat: mailto:security@e.example":           "",
		"Expires: 2027-02-01":                          "",
		"Expires: 2027-02-01T00:00:00":                 "",
		"Expires: 02/01/2027":                          "",
		"Expires: Tue, 1 Feb 2027 00:00:00 +0000":      "", // it was a Monday
		"Policy: http://e.example/p":                   "",
		"contact:security@e.example":                   "contact: mailto:security@e.example",
		"CONTACT : security@e.example":                 "CONTACT: mailto:security@e.example",
		"Policy:\thttps://e.example/p":                 "Policy: https://e.example/p",
		"Acknowledgement:https://e.example/t":          "Acknowledgments: https://e.example/t",
		"Expires:2027-02-01T00:00:00Z":                 "Expires: 2027-02-01T00:00:00Z",
		"Expires: 2027-02-01T00:00:00 +0100":           "Expires: 2027-01-31T23:00:00Z",
		"Expires: Mon, 1 Feb 2027 00:00 GMT":           "Expires: 2027-02-01T00:00:00Z",
		"Bug-Bounty: FALSE":                            "Bug-Bounty: False",
		"Contact: +49 30 23125-000":                    "Contact: tel:+49-30-23125-000",
		"Contact: Security.Team+reports@sub.e.example": "Contact: mailto:Security.Team+reports@sub.e.example",
	} {
		if want == "" {
			want = in
		}
		for _, end := range []string{"\n", "\r\n"} {
			text := "# first" + end + in + end + "# last" + end
			d, err := Parse([]byte(text))
			require.NoError(t, err)
			out, done, err := d.Fix(FixOptions{})
			require.NoError(t, err)
			require.Equal(t, "# first"+end+want+end+"# last"+end, string(out), in)
			require.Equal(t, want != in, len(done) > 0, in)
			again, err := Parse(out)
			require.NoError(t, err)
			for _, f := range done { // what is said to be mended is gone
				noCode(t, again.Findings, f.Code)
			}
			if want == in {
				require.Equal(t, codes(d.Findings), codes(again.Findings))
			}
			out2, _, err := again.Fix(FixOptions{})
			require.NoError(t, err)
			require.Equal(t, string(out), string(out2), in)
		}
	}
}

// TestWithFieldTraps: an edit changes its field and nothing else.
func TestWithFieldTraps(t *testing.T) {
	text := "# one\nContact: tel:+1\n# between\ncontact: tel:+2\nExpires: 2027-02-01T00:00:00Z\nExpires: 2027-03-01T00:00:00Z\nNot a field\nX-Scope: a\n"
	d, err := Parse([]byte(text))
	require.NoError(t, err)
	edit := func(name string, values ...string) string {
		out, err := d.WithField(name, values...)
		require.NoError(t, err, name)
		return string(out)
	}
	require.Equal(t, strings.NewReplacer("Contact: tel:+1\n", "Contact: tel:+3\nContact: tel:+4\n", "contact: tel:+2\n", "").Replace(text), edit("CONTACT", "tel:+3", "tel:+4"))
	require.Equal(t, strings.NewReplacer("Contact: tel:+1\n", "", "contact: tel:+2\n", "").Replace(text), edit("Contact"))
	require.Equal(t, strings.Replace(text, "X-Scope: a", "x-scope: b", 1), edit("x-scope", "b"))
	require.Equal(t, text+"Policy: https://e.example/p\n", edit("policy", "https://e.example/p"))
	require.Equal(t, text, edit("Hiring"))
	out, err := d.WithExpires(time.Date(2027, 5, 1, 2, 0, 0, 0, time.FixedZone("", 2*3600)))
	require.NoError(t, err)
	require.Equal(t, strings.NewReplacer("Expires: 2027-02-01T00:00:00Z\n", "Expires: 2027-05-01T00:00:00Z\n", "Expires: 2027-03-01T00:00:00Z\n", "").Replace(text), string(out))
	for name, values := range map[string][]string{
		"":                    {"x"},
		"#x":                  {"x"},
		"Con tact":            {"tel:+1"},
		"X:Y":                 {"x"},
		"Contact":             {"security@e.example"},
		"Policy":              {" https://e.example/p"},
		"Hiring":              {"https://e.example/\r\nContact: tel:+9"},
		"Encryption":          {"-----BEGIN PGP PUBLIC KEY BLOCK-----"},
		"Preferred-Languages": {"en", "de"},
		"Bug-Bounty":          {"true"},
		"CSAF":                {"https://e.example/x/provider-metadata.json", "https://e.example/.well-known/csaf/provider-metadata.json"},
		"Expires":             {"2027-02-01"},
		"X-Scope":             {"a\x00b"},
	} {
		_, err := d.WithField(name, values...)
		require.Error(t, err, name)
	}
	for _, bad := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		_, err := d.WithExpires(bad)
		require.Error(t, err)
	}
	// The envelope and its escapes go, the comments stay.
	s, err := Parse([]byte(signed(t, "# - kept\n- not a field\n"+base)))
	require.NoError(t, err)
	out, err = s.WithField("Policy", "https://e.example/p")
	require.NoError(t, err)
	require.Equal(t, "# - kept\n- not a field\n"+base+"Policy: https://e.example/p\n", string(out))
	// A file of one field without a line end, and an empty file.
	for in, want := range map[string]string{"Contact: tel:+1": "Contact: tel:+2\n", "": "Contact: tel:+2\n", "# c": "# c\nContact: tel:+2\n", "\ufeffContact: tel:+1\n": "Contact: tel:+2\n"} {
		d, err := Parse([]byte(in))
		require.NoError(t, err)
		out, err := d.WithField("Contact", "tel:+2")
		require.NoError(t, err)
		require.Equal(t, want, string(out), "%q", in)
	}
}

// TestSignTraps: nothing is signed that a Handler would refuse, and a Signer is not
// trusted.
func TestSignTraps(t *testing.T) {
	key := fakePGP{key: "k"}
	for name, text := range map[string]string{
		"no contact":   "Expires: 2027-02-01T00:00:00Z\n",
		"two expires":  base + "Expires: 2027-02-01T00:00:00Z\n",
		"no line end":  strings.TrimSuffix(base, "\n"),
		"bom":          "\ufeff" + base,
		"http":         base + "Policy: http://e.example/\n",
		"bad line":     base + "hello\n",
		"latin1":       base + "# caf\xe9\n",
		"bare cr":      base + "# a\rb\n",
		"empty":        "",
		"signed twice": signed(t, base),
	} {
		_, err := Sign(t.Context(), []byte(text), key, SignOptions{Now: now})
		require.Error(t, err, name)
	}
	for name, f := range map[string]func([]byte) []byte{
		"other text": func(b []byte) []byte { return bytes.Replace(b, []byte("report"), []byte("retort"), 1) },
		"unsigned":   func([]byte) []byte { return []byte(base) },
		"after":      func(b []byte) []byte { return append(b, "Contact: tel:+9\n"...) },
		"before":     func(b []byte) []byte { return append([]byte("Contact: tel:+9\n"), b...) },
		"nothing":    func([]byte) []byte { return nil },
		"cut":        func(b []byte) []byte { return b[:len(b)/2] },
	} {
		_, err := Sign(t.Context(), []byte(base), SignerFunc(func(ctx context.Context, text []byte) ([]byte, error) {
			out, err := key.SignCleartext(ctx, text)
			return f(out), err
		}), SignOptions{Now: now})
		require.Error(t, err, name)
	}
}

// TestFetchTraps: which answers say that there is no file, and which say nothing.
func TestFetchTraps(t *testing.T) {
	status := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
	}
	for n, none := range map[int]bool{404: true, 410: true, 201: false, 202: false, 204: false, 206: false, 300: false, 304: false, 400: false, 401: false, 402: false, 403: false,
		405: false, 406: false, 408: false, 409: false, 418: false, 421: false, 425: false, 429: false, 451: false, 500: false, 502: false, 503: false, 599: false} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: status(n), TopLevelPath: file(base)})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Equal(t, none, err == nil, n)
		require.Equal(t, none, out.Document != nil, n)
		require.Equal(t, n, out.Attempts[0].Status, n)
		if none {
			wantCode(t, out.Findings, CodeLocation)
		} else {
			require.NotContains(t, codes(out.Findings), CodeNoSecurityTxt, n)
			require.Len(t, out.Attempts, 1, n)
		}
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		code Code // of the outcome; "" a good file
		none bool
	}{
		"quoted charset":      {file(base, `text/plain; charset="utf-8"`), "", false},
		"capitals":            {file(base, "Text/Plain; Charset=UTF-8"), "", false},
		"utf8":                {file(base, "text/plain; charset=utf8"), CodeInvalidCharset, false},
		"ascii":               {file(base, "text/plain; charset=us-ascii"), CodeInvalidCharset, false},
		"no charset":          {file(base, "text/plain"), CodeNoCharset, false},
		"markdown":            {file(base, "text/markdown; charset=utf-8"), CodeInvalidMedia, false},
		"octets":              {file(base, "application/octet-stream"), CodeInvalidMedia, false},
		"nothing":             {file("", "text/plain; charset=utf-8"), CodeNoContact, false},
		"comment":             {file("# soon\n", "text/plain; charset=utf-8"), CodeNoContact, false},
		"page":                {file("<!doctype html><title>Home</title>", "text/html"), CodeNoSecurityTxt, true},
		"page as text":        {file("\n\n <html><body>Not found</body></html>", "text/plain"), CodeNoSecurityTxt, true},
		"page with a field":   {file("<pre>\nContact: mailto:a@e.example\n</pre>", "text/html; charset=utf-8"), CodeNoSecurityTxt, true},
		"json":                {file(`{"error":"not found"}`, "application/json"), CodeNoSecurityTxt, true},
		"xml":                 {file(`<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`, "application/xml"), CodeNoSecurityTxt, true},
		"page with mark":      {file("\ufeff<html></html>", "text/html"), CodeNoSecurityTxt, true},
		"canonical elsewhere": {file(base + "Canonical: https://other.example/.well-known/security.txt\n"), CodeNoCanonicalMatch, false},
	} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: c.h})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.NoError(t, err, name)
		require.Equal(t, c.none, out.Document == nil, name)
		if c.code == "" {
			for _, f := range out.Findings {
				require.NotEqual(t, SeverityError, f.Code.Rule().Severity, "%s %s", name, f.Code)
			}
		} else {
			wantCode(t, out.Findings, c.code)
		}
	}
	for name, c := range map[string]struct {
		to   string
		code Code
	}{
		"http":          {"http://example.com/security.txt", CodeInsecureRedirect},
		"ftp":           {"ftp://example.com/security.txt", CodeInsecureRedirect},
		"loop":          {WellKnownPath, CodeTooManyRedirects},
		"port":          {"https://example.com:8443/security.txt", CodeRedirectPort},
		"userinfo":      {"https://a:b@example.com/security.txt", CodeRedirectUserinfo},
		"userinfo, too": {"//a@example.com/security.txt", CodeRedirectUserinfo},
		"no location":   {"", ""},
	} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: func(w http.ResponseWriter, r *http.Request) {
			if c.to != "" {
				w.Header().Set("Location", c.to)
			}
			w.WriteHeader(302)
		}, TopLevelPath: file(base)})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Error(t, err, name)
		require.Nil(t, out.Document, name)
		require.Equal(t, 302, out.Attempts[0].Status, name)
		if c.code != "" {
			wantCode(t, out.Findings, c.code)
		}
	}
	for _, host := range []string{"", " ", "https://", "exa mple.com", "a..b", "1.2.3", "0x7f.1", "[::1", "example.com:0", "example.com:99999", "user@example.com", "ftp://example.com", "file:///etc/passwd", "example.com%2f"} {
		_, err := (&Fetcher{Now: clockAt(now).Now}).Fetch(t.Context(), host)
		require.ErrorIs(t, err, ErrHost, "%q", host)
	}
}

// TestServeTraps: what a Handler answers besides the file.
func TestServeTraps(t *testing.T) {
	c := clockAt(now)
	h, err := NewHandler(t.Context(), Static(base), HandlerOptions{Now: c.Now})
	require.NoError(t, err)
	ask := func(method, target string, header ...string) *http.Response {
		r := httptest.NewRequest(method, target, nil)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	for target, want := range map[string]int{WellKnownPath: 200, TopLevelPath: 200, WellKnownPath + "?x=1": 200, WellKnownPath + "/": 404, "/.WELL-KNOWN/security.txt": 404, "/": 404,
		"/.well-known/": 404, "/x/security.txt": 404, "/security.txt.asc": 404, "/.well-known//security.txt": 404} {
		require.Equal(t, want, ask("GET", target).StatusCode, target)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"} {
		res := ask(method, WellKnownPath)
		require.Equal(t, 405, res.StatusCode, method)
		require.Equal(t, "GET, HEAD", res.Header.Get("Allow"))
	}
	get := ask("GET", WellKnownPath)
	body, err := io.ReadAll(get.Body)
	require.NoError(t, err)
	require.Equal(t, base, string(body))
	require.Equal(t, "text/plain; charset=utf-8", get.Header.Get("Content-Type"))
	head := ask("HEAD", WellKnownPath)
	body, err = io.ReadAll(head.Body)
	require.NoError(t, err)
	require.Empty(t, body)
	require.Equal(t, get.Header, head.Header)
	require.Equal(t, 304, ask("GET", WellKnownPath, "If-None-Match", get.Header.Get("ETag")).StatusCode)
	require.Equal(t, 304, ask("GET", TopLevelPath, "If-Modified-Since", get.Header.Get("Last-Modified")).StatusCode)
	require.Equal(t, 206, ask("GET", WellKnownPath, "Range", "bytes=0-6").StatusCode)
	require.Equal(t, 416, ask("GET", WellKnownPath, "Range", "bytes=99999-").StatusCode)
	require.Equal(t, 412, ask("GET", WellKnownPath, "If-Match", `"x"`).StatusCode)

	d, err := Parse([]byte(base))
	require.NoError(t, err)
	c.set(d.File.Expires.Add(-time.Second))
	res := ask("GET", WellKnownPath)
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "public, max-age=1", res.Header.Get("Cache-Control"))
	c.set(d.File.Expires)
	res = ask("GET", WellKnownPath)
	require.Equal(t, 503, res.StatusCode)
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	require.NotEmpty(t, res.Header.Get("Retry-After"))

	for name, file := range map[string]string{
		"expired":     strings.Replace(base, "2027", "2025", 1),
		"no contact":  "Expires: 2027-02-01T00:00:00Z\n",
		"bom":         "\ufeff" + base,
		"no line end": strings.TrimSuffix(base, "\n"),
		"html":        "<html></html>",
		"empty":       "",
	} {
		_, err := NewHandler(t.Context(), Static(file), HandlerOptions{Now: clockAt(now).Now})
		require.Error(t, err, name)
	}
	for _, origin := range []string{"http://example.com", "example.com/x", "https://example.com/x", "https://", "https://u@example.com"} {
		_, err := NewHandler(t.Context(), Static(base), HandlerOptions{Now: clockAt(now).Now, Origin: origin})
		require.Error(t, err, origin)
	}
	_, err = NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { return nil, errors.New("no") }), HandlerOptions{Now: clockAt(now).Now})
	require.Error(t, err)
}
