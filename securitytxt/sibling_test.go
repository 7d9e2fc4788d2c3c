package securitytxt

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Only 404 and 410 say that there is no file; only after them is the top level asked.
func TestFetchEveryStatus(t *testing.T) {
	status := 0
	s := newSite(t, map[string]http.HandlerFunc{
		WellKnownPath: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(status)
		},
		TopLevelPath: file(base),
	})
	for status = 201; status < 600; status++ {
		if http.StatusText(status) == "" {
			continue
		}
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Equal(t, status, out.Attempts[0].Status)
		if status == 404 || status == 410 {
			require.NoError(t, err)
			require.Len(t, out.Attempts, 2)
			require.NotNil(t, out.Document)
			continue
		}
		require.Error(t, err, status)
		require.Nil(t, out.Document, status)
		require.Len(t, out.Attempts, 1, status)
	}
}

// Whoever answered at all is not forgotten because a later hop does not.
func TestFetchStatusOfRedirects(t *testing.T) {
	for to, code := range map[string]Code{
		"https://other.example/x":           CodeCrossHostRedirect, // nobody listens there
		"http://example.com/x":              CodeInsecureRedirect,
		"https://example.com:1/x":           CodeRedirectPort,
		"https://u:p@example.com/x":         CodeRedirectUserinfo,
		"https://u@example.com:1/x":         CodeRedirectUserinfo,
		"ftp://example.com/x":               CodeInsecureRedirect,
		"":                                  "",
		"https://[::1/":                     "",
		WellKnownPath:                       CodeTooManyRedirects,
		"/.well-known/../.well-known/x#top": "",
	} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: redirect(to), "/.well-known/x": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(302) }})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Error(t, err, to)
		require.Equal(t, 302, out.Attempts[0].Status, to)
		if code != "" {
			wantCode(t, out.Findings, code)
		}
	}
}

func TestFetchEncodings(t *testing.T) {
	for value, read := range map[string]bool{"": true, "identity": true, "IDENTITY": true, "identity, identity": true, "none": true, "utf-8": true,
		"gzip": false, "br": false, "identity, gzip": false, "deflate": false, "zstd": false, "x-gzip": false} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", value)
			file(base)(w, r)
		}})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Equal(t, read, err == nil, value)
		require.Equal(t, 200, out.Attempts[0].Status)
	}
}

func TestHostsThatAreNone(t *testing.T) {
	for _, in := range []string{"", " ", ".", "..", "example..com", ".example.com", "exa mple.com", "example.com:", "example.com:x", "example.com:0",
		"example.com:65536", "example.com:443:443", "ftp://example.com", "https://", "https:///x", "https://u@example.com", "u@example.com", "*.example.com",
		"[::1%25eth0]", "fe80::1%eth0", "[192.0.2.1]", "[::1", "::1]", "[example.com]", "example.com\\x", "exam%70le.com", "a,b", "<b>", "\uff11\uff12.0.0.1", "example.com\x00",
		strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 130) + "example", "mailto:a@example.com"} {
		if in == "example.com:" {
			continue // an empty port is that of the scheme (RFC 3986 6.2.3)
		}
		_, ok := inputHost(in)
		require.False(t, ok, "%q", in)
	}
}

// What Canonical may be written as, and what is another place.
func TestCanonicalForms(t *testing.T) {
	for canonical, same := range map[string]bool{
		"https://example.com/.well-known/security.txt":                true,
		"HTTPS://EXAMPLE.COM/.well-known/security.txt":                true,
		"https://example.com:443/.well-known/security.txt":            true,
		"https://example.com:/.well-known/security.txt":               true,
		"https://example.com./.well-known/security.txt":               true,
		"https://example.com/.well-known/security.txt#top":            true,
		"https://example.com/.well-known/./security.txt":              true,
		"https://example.com/%2Ewell-known/security%2etxt":            true,
		"https://example.com/.Well-Known/security.txt":                false,
		"https://example.com/.well-known/security.txt/":               false,
		"https://example.com/.well-known/security.txt?x":              false,
		"https://example.com:8443/.well-known/security.txt":           false,
		"https://www.example.com/.well-known/security.txt":            false,
		"https://example.com.evil.example/.well-known/security.txt":   false,
		"https://example.com@evil.example/.well-known/security.txt":   false,
		"https://evil.example/https://example.com/.well-known/x":      false,
		"https://example.com%2eevil.example/.well-known/security.txt": false,
	} {
		fs := check(t, with("Canonical: "+canonical), wellKnown)
		if same {
			noCode(t, fs, CodeNoCanonicalMatch)
		} else {
			wantCode(t, fs, CodeNoCanonicalMatch)
		}
	}
}

func TestEditsJudgeValuesTogether(t *testing.T) {
	d, err := Parse([]byte(base))
	require.NoError(t, err)
	first, other := "https://example.com/.well-known/csaf/provider-metadata.json", "https://example.com/x/provider-metadata.json"
	for name, values := range map[string][]string{
		"CSAF": {other, first}, "Expires": {"2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z"}, "Bug-Bounty": {"True", "False"},
		"Preferred-Languages": {"en", "de"}, "X": {"a\nb"}, "Y": {" a"}, "Z": {"a "}, "Contact": {"tel:+1\r"}, "# X": {"a"}, "A:B": {"a"}, "": {"a"}, "Policy": {"x"},
		"-----BEGIN PGP SIGNED MESSAGE-----": {"a"}, "X-Ctl": {"a\x00"}, "X-Long": {strings.Repeat("a", 3000)},
	} {
		_, err := d.WithField(name, values...)
		require.Error(t, err, name)
	}
	out, err := d.WithField("CSAF", first, other)
	require.NoError(t, err)
	require.Equal(t, base+"CSAF: "+first+"\nCSAF: "+other+"\n", string(out))
	out, err = d.WithField("expires")
	require.NoError(t, err)
	require.Equal(t, "Contact: https://example.com/report\n", string(out))
	yes := true
	_, err = File{Contact: d.File.Contact, Expires: d.File.Expires, BugBounty: &yes, CSAF: []string{other, first}}.AppendText(nil)
	var rule *RuleError
	require.ErrorAs(t, err, &rule)
	require.Equal(t, CodeCSAFOrder, rule.Finding.Code)
}

func TestSuggestedFields(t *testing.T) {
	for name, want := range map[string]string{
		"Contacts": "Contact", "Contat": "Contact", "Concat": "Contact", "Expire": "Expires", "Expiration": "Expires", "Expiry": "Expires",
		"Encription": "Encryption", "Encryptions": "Encryption", "Acknowledgements": "Acknowledgments", "Aknowledgments": "Acknowledgments", "Thanks": "Acknowledgments",
		"Cannonical": "Canonical", "Policies": "Policy", "Disclosure": "Policy", "Hirring": "Hiring", "Jobs": "Hiring", "Preferred-Language": "Preferred-Languages",
		"PreferredLanguages": "Preferred-Languages", "Prefered-Languages": "Preferred-Languages", "Languages": "Preferred-Languages", "Bug_Bounty": "Bug-Bounty", "BugBounty": "Bug-Bounty",
		"Email": "Contact", "PGP-Key": "Encryption", "CASF": "CSAF", "Scope": "", "Signature": "", "Comment": "", "Version": "", "Name": "", "A": "",
	} {
		require.Equal(t, want, suggestField(name), name)
	}
}

// With an origin, the top level of another host is not ours.
func TestHandlerTopLevelOfAnotherHost(t *testing.T) {
	text := with("Canonical: https://example.com/.well-known/security.txt", "Canonical: https://other.example/security.txt")
	for origin, status := range map[string]int{"": 200, "https://example.com": 301, "https://other.example": 200} {
		h, err := NewHandler(t.Context(), Static(text), HandlerOptions{Now: clockAt(now).Now, Origin: origin})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, TopLevelPath, nil))
		require.Equal(t, strconv.Itoa(status), strconv.Itoa(w.Code), origin)
	}
	for _, origin := range []string{"ftp://example.com", "not a host", "https://"} {
		_, err := NewHandler(t.Context(), Static(text), HandlerOptions{Now: clockAt(now).Now, Origin: origin})
		require.ErrorIs(t, err, ErrHost)
		_, err = Sign(t.Context(), []byte(text), fakePGP{key: "k"}, SignOptions{Now: now, Origin: origin})
		require.ErrorIs(t, err, ErrHost)
	}
}

// Sign demands what NewHandler demands, with and without an origin.
func TestSignAsTheHandler(t *testing.T) {
	for _, text := range []string{base, with("Canonical: " + wellKnown), with("Canonical: https://example.com/x.txt"), with("Canonical: https://other.example/security.txt"),
		with("Policy: http://e.example/"), "Contact: tel:+1\n", "Expires: 2027-02-01T00:00:00Z\n", "Contact: tel:+1\nExpires: " + now.Format("2006-01-02T15:04:05Z07:00") + "\n", "",
		with("Expires: 2027-02-01T00:00:00Z"), with("CSAF: http://e.example/provider-metadata.json")} {
		for _, origin := range []string{"", "https://example.com", "other.example"} {
			_, handler := NewHandler(t.Context(), Static(text), HandlerOptions{Now: clockAt(now).Now, Origin: origin})
			_, sign := Sign(t.Context(), []byte(text), fakePGP{key: "k"}, SignOptions{Now: now, Origin: origin})
			require.Equal(t, handler, sign, "%q at %q", text, origin)
		}
	}
}
