package securitytxt

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Traps that were written without a look at the code (issue 16).
func TestStrangerLines(t *testing.T) {
	for _, c := range []struct {
		line string
		want string // codes that must be there, with blanks between
		not  string // codes that must not
	}{
		{"Policy: https://example.com/a b", "invalid_uri", ""},
		{"Policy: https://exa mple.com/", "invalid_uri", ""},
		{"Policy: https://example.com:99999/", "", "invalid_uri"}, // RFC 3986 bounds no port,
		{"Policy: https://example.com:/p", "", "invalid_uri no_uri no_https"},
		{"Policy: HTTPS://example.com/p", "", "invalid_uri no_https"},
		{"Policy: https://[2001:db8::1]/p", "", "invalid_uri"},
		{"Policy: https://[2001:db8::1/p", "invalid_uri", ""},
		{"Policy: https://example.com/%zz", "invalid_uri", ""},
		{"Policy: https://example.com/\u00fc", "invalid_uri", ""},
		{"Policy: //example.com/p", "no_uri", ""},
		{"Policy: example.com/p", "no_uri", ""},
		{"Policy: /p", "no_uri", ""},
		{"Policy: http://example.com/p", "no_https", ""},
		{"Policy: ftp://example.com/p", "", "no_uri"},
		{"Hiring: http:x", "no_https", ""},
		{"Acknowledgments: https://", "invalid_uri", ""},
		{"Acknowledgments: https:///thanks", "invalid_uri", ""},
		{"Contact: security@example.com", "no_uri", ""},
		{"Contact: mailto:security@example.com?subject=a%20b&body=c", "", "invalid_uri"},
		{"Contact: mailto:security", "invalid_uri", ""},
		{"Contact: mailto:a b@example.com", "invalid_uri", ""},
		{"Contact: mailto:%22a%20b%22@example.com", "", "invalid_uri"},
		{"Contact: tel:+1-201-555-0123;isub=12", "", "invalid_uri"},
		{"Contact: tel:00491234", "invalid_uri", ""},
		{"Contact: +1-201-555-0123", "no_uri", ""},
		{"Contact: xmpp:cert@example.com", "", "invalid_uri no_uri"},
		{"Contact: MAILTO:security@example.com", "", "invalid_uri no_uri"},
		{"Encryption: https://example.com/key.asc#k", "", "invalid_uri"},
		{"Encryption: dns:5d2d37ab76d47d36._openpgpkey.example.com?type=OPENPGPKEY", "", "invalid_uri no_uri"},
		{"Encryption: -----BEGIN PGP PUBLIC KEY BLOCK-----", "key_in_encryption", ""},
		{"Encryption: 0123456789ABCDEF0123456789ABCDEF01234567", "no_uri", ""},
		{"Encryption: OPENPGP4FPR:0123456789ABCDEF0123456789ABCDEF01234567", "", "no_uri invalid_uri"},
		{"Encryption: openpgp4fpr:0123456789ABCDEF0123456789ABCDEF0123456", "invalid_uri", ""},
		{"Preferred-Languages: en,de", "", "invalid_lang misused_lang"},
		{"Preferred-Languages: en , de", "", "invalid_lang"},
		{"Preferred-Languages: en,,de", "invalid_lang", ""},
		{"Preferred-Languages: en;de", "invalid_lang", ""},
		{"Preferred-Languages: en_US", "invalid_lang", ""},
		{"Preferred-Languages: zh-Hant-TW", "", "invalid_lang misused_lang"},
		{"Preferred-Languages: de-DE-1996", "", "invalid_lang"},
		{"Preferred-Languages: i-klingon", "", "invalid_lang"},
		{"Preferred-Languages: *", "invalid_lang", ""},
		{"Preferred-Languages: Deutsch", "misused_lang", ""},
		{"Preferred-Languages: jp", "misused_lang", ""},
		{"Preferred-Languages: en\nPreferred-Languages: de", "multi_lang", ""},
		{"Expires: 2027-02-01T00:00:00Z", "multi_expire", ""},
		{"Bug-Bounty: true", "invalid_bug_bounty", ""},
		{"Bug-Bounty: True", "", "invalid_bug_bounty unknown_field"},
		{"Bug-Bounty: True\nBug-Bounty: False", "multi_bug_bounty", ""},
		{"CSAF: https://example.com/csaf/", "no_csaf_file", ""},
		{"CSAF: https://example.com/.well-known/csaf/provider-metadata.json?x=1", "", "invalid_uri"},
		{"Policy https://example.com/p", "invalid_line", ""},
		{"Policy:https://example.com/p", "no_space", "invalid_line"},
		{"Policy :https://example.com/p", "prec_ws", ""},
		{"Policy: ", "empty_value", ""},
		{": https://example.com/p", "empty_key", ""},
		{"Pol\u00efcy: https://example.com/p", "invalid_line", ""},
		{"Policy: https://example.com/p\x07", "ctl_char", ""},
		{"Policies: https://example.com/p", "unknown_field", ""},
		{"# just a note: with a colon", "", "unknown_field invalid_line"},
		{" # note", "invalid_line", ""},
	} {
		d, err := Parse([]byte(base + c.line + "\n"))
		require.NoError(t, err)
		have := " "
		for _, f := range d.Check(CheckOptions{Now: now}) {
			have += string(f.Code) + " "
		}
		for _, w := range strings.Fields(c.want) {
			assert.Contains(t, have, " "+w+" ", c.line)
		}
		for _, w := range strings.Fields(c.not) {
			assert.NotContains(t, have, " "+w+" ", c.line)
		}
	}
}

func TestStrangerFix(t *testing.T) {
	for in, want := range map[string]string{
		"Policy:https://example.com/p":                   "Policy: https://example.com/p",
		"policy : https://example.com/p":                 "policy: https://example.com/p",
		"Policy:\thttps://example.com/p":                 "Policy: https://example.com/p",
		"Policy:  https://example.com/p":                 "Policy:  https://example.com/p",
		"Policy: http://example.com/p":                   "Policy: http://example.com/p", // we do not know that https answers
		"Contact: security@example.com":                  "Contact: mailto:security@example.com",
		"Remember: call before noon: thanks":             "Remember: call before noon: thanks",
		"Remember:this":                                  "Remember: this",
		"Dear finder,":                                   "Dear finder,",
		"Thank you: we mean it":                          "Thank you: we mean it",
		"see https://example.com:8443/x":                 "see https://example.com:8443/x",
		"12:00 to 14:00":                                 "12:00 to 14:00",
		"urn:isbn:0451450523":                            "urn:isbn:0451450523",
		"data:text/plain,x":                              "data:text/plain,x",
		"git@example.com:cert/keys":                      "git@example.com:cert/keys",
		"#Policy:https://example.com/p":                  "#Policy:https://example.com/p",
		"Expires: 2027-02-01 00:00:00Z":                  "Expires: 2027-02-01T00:00:00Z",
		"Expires: Mon, 1 Feb 2027 00:00 GMT":             "Expires: 2027-02-01T00:00:00Z",
		"Expires: 1 Feb 2027 02:00 EST":                  "Expires: 2027-02-01T07:00:00Z",
		"Expires: Tue, 1 Feb 2027 00:00:00 +0000":        "Expires: Tue, 1 Feb 2027 00:00:00 +0000", // it is a Monday
		"Expires: 2027-02-01T00:00:00+01":                "Expires: 2027-02-01T00:00:00+01",
		"Expires: never":                                 "Expires: never",
		"\tPolicy: https://example.com/p":                "Policy: https://example.com/p",
		"Preferred-Languages:en":                         "Preferred-Languages: en",
		"Acknowledgments:   https://example.com/thanks ": "Acknowledgments:   https://example.com/thanks ",
	} {
		text := "Contact: https://example.com/report\n# kept \n" + in + "\n"
		d, err := Parse([]byte(text))
		require.NoError(t, err)
		out, _, err := d.Fix(FixOptions{})
		require.NoError(t, err)
		got := strings.TrimSuffix(strings.TrimPrefix(string(out), "Contact: https://example.com/report\n# kept \n"), "\n")
		assert.Equal(t, want, got, in)
	}
}

func TestStrangerHosts(t *testing.T) {
	for in, want := range map[string]string{
		"HTTPS://EXAMPLE.COM": "example.com", "//example.com/x": "", "user@example.com": "", "https://user@example.com/": "",
		"example.com/": "", " example.com ": "example.com", "exa mple.com": "", "example..com": "", ".example.com": "",
		"-example.com": "", "example.com:0": "", "example.com:65536": "", "example.com:08443": "example.com:8443", "[::1": "", "::1": "[::1]",
		"[fe80::1%25eth0]": "", "0x7f.1": "", "127.1": "", "1.2.3.4.": "1.2.3.4", "xn--bcher-kva.example": "xn--bcher-kva.example",
		"XN--BCHER-KVA.example": "xn--bcher-kva.example", "ftp://example.com/": "", "mailto:a@example.com": "", "": "", ".": "",
		"[::ffff:192.0.2.1]": "[::ffff:192.0.2.1]", "https://example.com:443": "example.com", "http://example.com:443": "example.com", "https:/example.com": "", "example.com/a?b": "", "1.2.3": "", "a.0xf": "",
		strings.Repeat("a", 64) + ".example": "", strings.Repeat("a.", 127) + "example": "",
	} {
		h, ok := inputHost(in)
		assert.Equal(t, want != "", ok, "%q gives %q", in, h)
		if ok {
			assert.Equal(t, want, h, in)
		}
	}
}

func TestStrangerEdits(t *testing.T) {
	text := "# top\nContact: https://example.com/a\nContact: mailto:b@example.com\n\n# middle\nPreferred-Languages: en\nExpires: 2027-02-01T00:00:00Z\n# bottom\n"
	d, err := Parse([]byte(text))
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		values []string
		want   string // "" is an error
	}{
		{"Preferred-Languages", []string{"en, de"}, strings.Replace(text, "Preferred-Languages: en", "Preferred-Languages: en, de", 1)},
		{"Preferred-Languages", []string{"en", "de"}, ""},
		{"preferred-languages", []string{"fr"}, strings.Replace(text, "Preferred-Languages: en", "Preferred-Languages: fr", 1)},
		{"Preferred-Languages", nil, strings.Replace(text, "Preferred-Languages: en\n", "", 1)},
		{"Contact", nil, strings.Replace(text, "Contact: https://example.com/a\nContact: mailto:b@example.com\n", "", 1)}, // the caller's wish; Sign refuses it
		{"Expires", []string{"soon"}, ""},
		{"Contact", []string{"mailto:c@example.com"}, strings.Replace(text, "Contact: https://example.com/a\nContact: mailto:b@example.com\n", "Contact: mailto:c@example.com\n", 1)},
		{"Contact", []string{"c@example.com"}, ""},
		{"Hiring", []string{"https://example.com/jobs"}, text + "Hiring: https://example.com/jobs\n"},
		{"Hiring", []string{"javascript:alert(1)"}, text + "Hiring: javascript:alert(1)\n"},
		{"Bad Name", []string{"x"}, ""},
		{"X:Y", []string{"x"}, ""},
		{"", []string{"x"}, ""},
		{"Policy", []string{"https://example.com/\r\nContact: x"}, ""},
		{"#Policy", []string{"https://example.com/"}, "?"},
	} {
		out, err := d.WithField(c.name, c.values...)
		switch c.want {
		case "?":
			if err == nil {
				t.Logf("%q %v: %q", c.name, c.values, out)
			}
		case "":
			assert.Error(t, err, "%s %v", c.name, c.values)
		default:
			if assert.NoError(t, err, "%s %v", c.name, c.values) {
				assert.Equal(t, c.want, string(out), "%s %v", c.name, c.values)
			}
		}
	}
	for _, at := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)} {
		_, err = d.WithExpires(at)
		assert.Error(t, err, at)
	}
}

func TestStrangerAnswers(t *testing.T) {
	well := func(h http.HandlerFunc) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{WellKnownPath: h, TopLevelPath: file(base)}
	}
	for name, c := range map[string]struct {
		h     http.HandlerFunc
		found bool
		want  Code
	}{
		"429":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, false, ""},
		"500":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, false, ""},
		"204":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, false, ""},
		"html":          {file("<html><body>Not found</body></html>", "text/html"), true, ""},
		"latin1":        {file(base, "text/plain; charset=iso-8859-1"), true, CodeInvalidCharset},
		"no charset":    {file(base, "text/plain"), true, CodeNoCharset},
		"quoted":        {file(base, `Text/Plain; Charset="UTF-8"`), true, ""},
		"utf8":          {file(base, "text/plain; charset=utf8"), true, CodeInvalidCharset},
		"two charsets":  {file(base, "text/plain; charset=utf-8; charset=utf-8"), true, ""},
		"no type":       {file(base, "-"), true, CodeNoContentType},
		"octets":        {file(base, "application/octet-stream"), true, CodeInvalidMedia},
		"empty charset": {file(base, "text/plain; charset="), true, ""},
		"gzip header": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			file(base)(w, r)
		}, false, ""},
		"308 to itself's http": {redirect("http://example.com" + WellKnownPath), false, CodeInsecureRedirect},
	} {
		s := newSite(t, well(c.h))
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		if !c.found {
			assert.Error(t, err, name)
			assert.Nil(t, out.Document, name)
		} else if assert.NoError(t, err, name) && name != "html" {
			assert.NotNil(t, out.Document, name)
		}
		if c.want != "" {
			wantCode(t, out.Findings, c.want)
		}
		assert.NotZero(t, out.Attempts[0].Status, name)
	}
}
