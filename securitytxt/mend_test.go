package securitytxt

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is no field is not touched, whatever it looks like (issue 16, 1).
func TestFixDamagesNothing(t *testing.T) {
	for _, line := range []string{"Please note the following:", "See https://e.example/p for more", "https://e.example/p",
		"mailto:a@e.example", "tel:+1-201-555-0123", "openpgp4fpr:0123456789abcdef", "12:30", "Note:", ":x", "a b : c", "  See this: x",
		"localhost:8080", "C:\\keys", "C:/keys", "e.g.:x", "skype:team", "Https://e.example/p", "Mailto:a@e.example", "foo@e.example:x",
		"see:below", "Note: ends with a colon:", "std::string", "Class::method", "e.example:443/x", "\u201eZitat\u201c:x", "[link]:x", "**Note**:x", "- Contact", "Re:", "Contact us", "Expires soon",
		"-----BEGIN PGP PUBLIC KEY BLOCK-----", "Contact; x", "Contact = x", "# Contact:x", "#Expires:", "<!-- Policy: x -->", "\ufeffContact: x"} {
		d, err := Parse([]byte(base + line + "\n"))
		require.NoError(t, err)
		out, done, err := d.Fix(FixOptions{})
		require.NoError(t, err)
		require.Equal(t, base+line+"\n", string(out))
		require.Empty(t, done, line)
	}
}

func TestFixUnknownFields(t *testing.T) {
	for in, want := range map[string]string{"Note:x": "Note: x", "X-A:1": "X-A: 1", "x-a:1": "x-a: 1", "note : x": "note: x", "Scope\t:x": "Scope: x", "X:\ty": "X: y"} {
		d, err := Parse([]byte(base + in + "\n"))
		require.NoError(t, err)
		out, done, err := d.Fix(FixOptions{})
		require.NoError(t, err)
		require.Equal(t, base+want+"\n", string(out))
		require.NotEmpty(t, done)
	}
}

func TestFixMailDates(t *testing.T) {
	for in, want := range map[string]string{
		"Sat, 1 Jan 2028 00:00:00 +0100":       "2027-12-31T23:00:00Z",
		"1 Jan 2028 00:00:00 +0000":            "2028-01-01T00:00:00Z",
		"01 Jan 2028 00:00 GMT":                "2028-01-01T00:00:00Z",
		"Sat, 01 Jan 2028 00:00 EST":           "2028-01-01T05:00:00Z",
		"1 jan 2028 00:00:00 PDT":              "2028-01-01T07:00:00Z",
		"Sat, 1 Jan 2028 00:00:00 +0100 (CET)": "2027-12-31T23:00:00Z",
		"Sun, 1 Jan 2028 00:00:00 +0000":       "Sun, 1 Jan 2028 00:00:00 +0000",
		"2028-01-01T00:00Z":                    "2028-01-01T00:00:00Z",
		"2028-01-01 00:00:00 UTC":              "2028-01-01T00:00:00Z",
		"2028-01-01 00:00:00 +01:00":           "2027-12-31T23:00:00Z",
		"2028-01-01T00:00:00+0100":             "2027-12-31T23:00:00Z",
		"2028-01-01 00:00:00.5Z":               "2028-01-01T00:00:00.5Z",
		"Sat, 1 Jan 2028 0:00:00 +0000":        "Sat, 1 Jan 2028 0:00:00 +0000",
		"Sat 1 Jan 2028 00:00:00 +0000":        "Sat 1 Jan 2028 00:00:00 +0000",
		"Sat,1 Jan 2028 00:00:00 -0000":        "2028-01-01T00:00:00Z",
		"1 Jan 2028 24:00:00 +0000":            "1 Jan 2028 24:00:00 +0000",
		"1 Jan 2028 00:00:00 CET":              "1 Jan 2028 00:00:00 CET",
		"1 Jan 2028 00:00:00 +2500":            "1 Jan 2028 00:00:00 +2500",
		"2028-01-01":                           "2028-01-01",
		"2028-01-01T00:00:00":                  "2028-01-01T00:00:00",
		"01/02/2028":                           "01/02/2028",
		"2028-02-30 00:00:00Z":                 "2028-02-30 00:00:00Z",
		"31 Feb 2028 00:00:00 +0000":           "31 Feb 2028 00:00:00 +0000",
		"1 Jan 28 00:00:00 +0000":              "1 Jan 28 00:00:00 +0000",
		"1 Jan 2028 00:00:00":                  "1 Jan 2028 00:00:00",
	} {
		got, _ := mendValue(fieldExpires, in)
		require.Equal(t, want, got)
	}
}

func TestHosts(t *testing.T) {
	for in, want := range map[string]string{
		"https://Example.com/a?b#c": "example.com", "http://example.com:80/": "example.com", "example.com.": "example.com",
		"example.com:443": "example.com", "example.com.:8443": "example.com:8443", "bücher.example": "xn--bcher-kva.example", "bu\u0308cher.example": "xn--bcher-kva.example", "\uff21.example": "a.example", "example\u3002com": "example.com", "straße.example": "xn--strae-oqa.example",
		"BÜCHER.example": "xn--bcher-kva.example", "例え.example": "xn--r8jz45g.example", "пример.example": "xn--e1afmkfd.example", "2001:DB8:0::1": "[2001:db8::1]",
		"[2001:db8:0::1]:443": "[2001:db8::1]", "[2001:db8::1]:8443": "[2001:db8::1]:8443", "192.0.2.1": "192.0.2.1",
	} {
		got, ok := inputHost(in)
		require.True(t, ok, in)
		require.Equal(t, want, got)
		require.True(t, sameURI("https://"+got+"/x", "https://"+got+"/x"))
	}
	require.True(t, sameURI("https://Example.com.:443/x", "https://example.com/x"))
	require.True(t, sameURI("https://[2001:DB8:0::1]/x", "https://[2001:db8::1]/x"))
	require.True(t, sameURI("https://bücher.example/x", "https://xn--bcher-kva.example/x"))
}

func TestMediaForms(t *testing.T) {
	for want, list := range map[Code][][]string{
		"":                 {{"text/plain;charset=utf-8;"}, {"text/plain;; charset=\"UTF-8\""}},
		CodeInvalidCharset: {{"text/plain; charset"}, {"text/plain; charset="}, {"text/plain; charset=utf-8; charset=latin1"}},
		CodeInvalidMedia:   {{"text/plain; charset=utf-8", "text/html"}, {"text/html", "text/plain; charset=utf-8"}, {"text"}},
		CodeNoCharset:      {{"text/plain;"}, {"text/plain; format=flowed"}},
		CodeNoContentType:  {{""}, {}},
	} {
		for _, values := range list {
			fs := mediaFindings(http.Header{"Content-Type": values})
			if want == "" {
				require.Empty(t, fs, values)
			} else {
				require.Equal(t, []Code{want}, codes(fs), values)
			}
		}
	}
}

func TestFetchForms(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != DefaultUserAgent || r.Header.Get("Accept-Encoding") != "identity" {
			w.WriteHeader(400)
			return
		}
		w.Header().Set("Content-Encoding", "identity")
		file(base)(w, r)
	}})
	out, err := s.fetcher().Fetch(t.Context(), "https://Example.com.:"+s.port+"/")
	require.NoError(t, err)
	require.Equal(t, s.host(), out.Host)
	require.NotNil(t, out.Document)
	for to, c := range map[string]Code{"https://example.com:1/x": CodeRedirectPort, "https://u@example.com/x": CodeRedirectUserinfo} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: redirect(to)})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Error(t, err)
		wantCode(t, out.Findings, c)
		require.Equal(t, 302, out.Attempts[0].Status)
	}
}

func TestValueForms(t *testing.T) {
	for uri, want := range map[string]Code{
		"https:x": CodeNoHTTPS, "https:/x": CodeNoHTTPS, "openpgp4fpr:0123456789abcdef": "",
		"openpgp4fpr:0123456789abcdef0123456789abcdef01234567#x": "", "openpgp4fpr:xyz": CodeInvalidURI,
		"tel:+1-201-555-0123": "", "tel:+1(201)5550123;ext=12": "", "tel:110": CodeInvalidURI, "tel:110;phone-context=+49": "",
		"tel:+": CodeInvalidURI, "tel:": CodeInvalidURI, "tel:+1x": CodeInvalidURI, "tel:+1;ext=": CodeInvalidURI, "tel:+1;ext=1;ext=2": CodeInvalidURI,
		"mailto:a@b.example,c@d.example": "", "mailto:a%40b.example": "", "mailto:?to=a@b.example": "", "mailto:a@b..example": CodeInvalidURI,
		"mailto:a.@b.example": CodeInvalidURI, "mailto:a@b.example?subject": CodeInvalidURI, "mailto:": CodeInvalidURI, "mailto:a@@b.example": CodeInvalidURI,
		"mailto://a@b.example": CodeInvalidURI, "mailto:a@b.example,": CodeInvalidURI, "mailto:a@-b.example": CodeInvalidURI,
	} {
		require.Equal(t, want, checkURI(fieldContact, uri), uri)
	}
	require.True(t, validLangTag("x-a"))
	require.Equal(t, []string{"a@b.example", "c@d.example"}, MailAddresses("mailto:a%40b.example?to=c@d.example&subject=x"))
	require.Nil(t, MailAddresses("tel:+1"))
	wantCode(t, check(t, with("Policy:  https://example.com/p")), CodeExtraSpace)
	for _, before := range []string{" ", "\t", "\n ", "\n"} {
		n := 0
		for _, c := range codes(check(t, before+signed(t, base))) {
			if c == CodeSignedFormatIssue {
				n++
			}
		}
		require.Equal(t, 1, n, "%q", before)
	}
	first, other := "CSAF: https://example.com/.well-known/csaf/provider-metadata.json", "CSAF: https://example.com/x/provider-metadata.json"
	wantCode(t, check(t, with(other, first)), CodeCSAFOrder)
	noCode(t, check(t, with(first, other)), CodeCSAFOrder)
	for line, meant := range map[string]string{"Contcat: x": "Contact", "Acknowledgement: x": "Acknowledgments", "Preferred_Language: en": "Preferred-Languages",
		"Expiry: x": "Expires", "X-Scope: x": ""} {
		require.Equal(t, meant, wantCode(t, check(t, with(line)), CodeUnknownField).Suggestion, line)
	}
	require.Equal(t, "cs", wantCode(t, check(t, with("Preferred-Languages: en, cz")), CodeMisusedLang).Suggestion)
	f := wantCode(t, check(t, with("Preferred-Languages: English")), CodeMisusedLang)
	require.Equal(t, "en", f.Suggestion)
	b, err := json.Marshal(f)
	require.NoError(t, err)
	require.Contains(t, string(b), `"hint":"Use the shortest code`)
	var back Finding
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, f, back)
}

func TestTimes(t *testing.T) {
	d, err := Parse([]byte(base))
	require.NoError(t, err)
	wantCode(t, d.Check(CheckOptions{}), CodeNoClock)
	wantCode(t, d.Check(CheckOptions{Now: d.File.Expires}), CodeExpired)
	wantCode(t, d.Check(CheckOptions{Now: d.File.Expires.Add(-time.Hour), ExpiresSoon: 2 * time.Hour}), CodeExpiresSoon)
	key := fakePGP{key: "k"}
	for _, text := range []string{"Contact: tel:+1\n", "Expires: 2027-02-01T00:00:00Z\n", "Contact: tel:+1\nExpires: 2026-02-01T00:00:00Z\n"} {
		_, err := Sign(t.Context(), []byte(text), key, SignOptions{Now: now})
		require.Error(t, err)
	}
	_, err = Sign(t.Context(), []byte(base), key, SignOptions{})
	require.ErrorIs(t, err, ErrNoClock)
	s, err := Parse([]byte(signed(t, base)))
	require.NoError(t, err)
	v, err := s.Verify(t.Context(), VerifierFunc(func(ctx context.Context, m []byte) ([]byte, Signature, error) {
		text, sig, err := key.VerifyCleartext(ctx, m)
		sig.KeyExpires = now
		return text, sig, err
	}))
	require.NoError(t, err)
	wantCode(t, v.Findings, CodeKeyExpiresFirst)
}

func TestEditsKeepTheRest(t *testing.T) {
	text := "# ours\r\nexpires: 2027-02-01T00:00:00Z\r\n\r\nContact: tel:+1\r\n# end"
	d, err := Parse([]byte(text))
	require.NoError(t, err)
	out, err := d.WithExpires(now.AddDate(0, 6, 0))
	require.NoError(t, err)
	require.Equal(t, "# ours\r\nExpires: 2027-05-01T12:00:00Z\r\n\r\nContact: tel:+1\r\n# end", string(out))
	out, err = d.WithField("Policy", "https://e.example/p")
	require.NoError(t, err)
	require.Equal(t, text+"\r\nPolicy: https://e.example/p\r\n", string(out))
	for _, v := range []string{"http://e.example/", "https://e.example/\nContact: tel:+2", ""} {
		_, err = d.WithField("Policy", v)
		require.Error(t, err, v)
	}
	s, err := Parse([]byte(signed(t, "# kept\n"+base)))
	require.NoError(t, err)
	out, err = Template{Document: s, Now: clockAt(now).Now, Signer: fakePGP{key: "k"}}.SecurityTxt(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(out), "\n# kept\nContact: https://example.com/report\nExpires: 2027-01-30T12:00:00Z\n")
}

func TestHandlerTrust(t *testing.T) {
	c := clockAt(now)
	for i, o := range []struct {
		file string
		o    HandlerOptions
		good bool
	}{
		{with("Canonical: https://example.com/other.txt"), HandlerOptions{}, false},
		{with("Canonical: " + wellKnown), HandlerOptions{Origin: "https://Example.com."}, true},
		{with("Canonical: " + wellKnown), HandlerOptions{Origin: "https://other.example"}, false},
		{base, HandlerOptions{Verifier: fakePGP{key: "k"}}, false},
		{signed(t, base), HandlerOptions{Verifier: fakePGP{key: "k"}}, true},
		{signed(t, base), HandlerOptions{Verifier: fakePGP{key: "other"}}, false},
	} {
		o.o.Now = c.Now
		_, err := NewHandler(t.Context(), Static(o.file), o.o)
		require.Equal(t, o.good, err == nil, strconv.Itoa(i))
	}
	stuck := make(chan struct{})
	defer close(stuck)
	_, err := NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { <-stuck; return nil, nil }),
		HandlerOptions{Now: c.Now, SourceTimeout: 10 * time.Millisecond})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
