package securitytxt

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2026-12-31T23:59:59Z":            "2026-12-31T23:59:59Z",
		"2026-12-31t23:59:59z":            "2026-12-31T23:59:59Z",
		"2026-12-31T23:59:59.25Z":         "2026-12-31T23:59:59.25Z",
		"2026-12-31T23:59:59.1234567899z": "2026-12-31T23:59:59.123456789Z",
		"2026-12-31T23:59:59+01:30":       "2026-12-31T22:29:59Z",
		"2026-12-31T23:59:59-00:00":       "2026-12-31T23:59:59Z",
		"2026-12-31T00:00:00-23:59":       "2026-12-31T23:59:00Z",
		"2024-02-29T00:00:00Z":            "2024-02-29T00:00:00Z",
		"2026-12-31T23:59:60Z":            "2027-01-01T00:00:00Z",
		"2027-01-01T00:59:60+01:00":       "2027-01-01T00:00:00Z",
		"2026-12-31T15:59:60.5-08:00":     "2027-01-01T00:00:00.5Z",
		"0000-01-01T00:00:00Z":            "0000-01-01T00:00:00Z",
	} {
		got, ok := parseTime(in)
		require.True(t, ok, in)
		require.Equal(t, want, got.Format(time.RFC3339Nano), in)
		require.Equal(t, time.UTC, got.Location())
	}
	for _, in := range []string{
		"", "2026", "2026-12-31", "2026-12-31T23:59:59", "2026-12-31 23:59:59Z", "2026-12-31T23:59:59,5Z",
		"2026-12-31T3:59:59Z", "2026-12-31T23:59:59+24:00", "2026-12-31T23:59:59+01:60", "2026-12-31T23:59:59+0100",
		"2026-12-31T23:59:59.Z", "2026-12-31T24:00:00Z", "2026-12-31T23:60:00Z", "2026-12-31T23:59:61Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-04-00T00:00:00Z",
		"2026-12-30T23:59:60Z", "2026-12-31T22:59:60Z", "2026-12-31T23:59:60+01:00", "+026-12-31T23:59:59Z",
		"2026-12-31T23:59:59ZZ", "2026-12-31T23:59:59Z ", " 2026-12-31T23:59:59Z", "2026-12-31T23:59:59+1:000",
		"Sat, 01 Jan 2022 00:00:00 +0000", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01", "２026-12-31T23:59:59Z", "2026-12-31T23:59:59A", "2026-1２-31T23:59:59Z",
	} {
		_, ok := parseTime(in)
		require.False(t, ok, in)
	}
}

func TestValidURI(t *testing.T) {
	for _, s := range []string{
		"https://example.com", "https://example.com/", "https://u:p@example.com:8443/a;b=c/d?e=f/?#g/?",
		"https://[2001:db8::1]:443/", "https://[::ffff:192.0.2.1]", "https://[v1f.a:b]/", "https://192.0.2.1", "https://a%20b/",
		"https://example.com/%E2%82%AC", "https://example.com/a@b:c!$&'()*+,;=~", "https://example.com:/",
		"mailto:a@example.com", "tel:+1-201-555-0123;ext=1", "xmpp:a@example.com", "urn:isbn:0451450523", "a:", "a+b-c.d:x",
		"dns:example.com?type=OPENPGPKEY", "file:///etc", "news:comp.infosystems",
	} {
		require.True(t, validURI(s), s)
	}
	for _, s := range []string{
		"", ":", "x", "//example.com", "/path", "1a:b", "ä:b", "a b:c", "https:", "https:x", "https://", "https:///p", "https://:443/",
		"https://a b/", "https://example.com/ä", "https://example.com/<>", "https://example.com/{}", "https://example.com/|", "https://example.com/\\",
		"https://example.com/^", "https://example.com/`", "https://example.com/\"", "https://example.com/%", "https://example.com/%2", "https://example.com/%zz",
		"https://example.com:port/", "https://[::1", "https://[]/", "https://[::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[1.2.3.4]/",
		"https://[v.a]/", "https://[vz.a]/", "https://[v1.]/", "https://[v1.%41]/", "https://[::1]x/", "https://a@b@c/", "https://exa[mple/",
		"https://example.com/a#b#c", "https://example.com/[x]", "mailto:a@example.com\x00", "https://bücher.example/", "https://<img>@h/", "https://a/?\\", "https://a/#\\",
	} {
		require.False(t, validURI(s), s)
	}
}

func TestSameURI(t *testing.T) {
	for _, p := range [][2]string{
		{"https://example.com/a", "HTTPS://EXAMPLE.com:443/a"},
		{"https://example.com", "https://example.com/"},
		{"https://example.com/", "https://example.com:/#top"},
		{"https://example.com/%7ea/%2e%2E/b", "https://example.com/b"},
		{"https://example.com/a/./b/../c/", "https://example.com/a/c/"},
		{"https://example.com/a/..", "https://example.com/"},
		{"https://example.com/%e2", "https://example.com/%E2"},
		{"http://example.com:80/", "http://example.com"},
		{"not a uri", "not a uri"},
		{"MAILTO:a%40b", "mailto:a%40b"},
	} {
		require.True(t, sameURI(p[0], p[1]), p)
	}
	for _, p := range [][2]string{
		{"https://example.com/a", "https://example.com/A"},
		{"https://example.com/a", "https://example.com/a/"},
		{"https://example.com/", "http://example.com/"},
		{"https://example.com/", "https://example.com:8443/"},
		{"https://example.com/", "https://www.example.com/"},
		{"https://example.com/?a", "https://example.com/?b"},
		{"https://example.com/%2F", "https://example.com/"},
		{"https://example.com//a", "https://example.com/a"},
		{"not a uri", "not a URI"},
	} {
		require.False(t, sameURI(p[0], p[1]), p)
	}
}

func TestValidLangTag(t *testing.T) {
	for _, s := range []string{
		"en", "EN", "deu", "pt-BR", "zh-Hant", "zh-Hant-TW", "zh-cmn-Hans-CN", "sl-rozaj-biske", "de-CH-1901", "de-CH-x-phonebk",
		"es-419", "en-a-myext-b-another", "x-whatever", "az-Arab-x-AZE-derbend", "i-klingon", "I-DEFAULT", "en-GB-oed", "art-lojban",
		"zh-min-nan", "sl-1994", "de-u-co-phonebk", "en-0-ab", "abcd", "abcdefgh", "sgn-BE-FR",
	} {
		require.True(t, validLangTag(s), s)
	}
	for _, s := range []string{
		"", "e", "en_US", "en-", "-en", "en--US", "en US", "e1", "12", "abcdefghi", "en-a", "en-x", "x", "x-", "x-abcdefghi", "x-ä",
		"en-a-bb-a-cc", "de-1901-1901", "en-US-GB", "i-none", "en-u", "en-u-abcdefghi", "en-u-a", "de-419-DE", "ä", "en-\u0441", "a-DE",
		"en;q=0.5", "*", "abcd-xyz-Latn", "en-u-co-x", "en-_", "en-u-c_",
	} {
		require.False(t, validLangTag(s), s)
	}
}

func TestFields(t *testing.T) {
	d, err := Parse([]byte("contact: mailto:a@example.com,b@example.com\nCONTACT:  not a uri\n" +
		"Expires: 2027-03-01T00:00:00Z\nEXPIRES: 2027-02-01T00:00:00+01:00\nExpires: never\n" +
		"Preferred-Languages: en , de\nPreferred-Languages: fr\nBug-Bounty: False\nBug-Bounty: True\n" +
		"X-a: 1 \t\nx-a: 2\r\r\nCSAF: https://example.com/provider-metadata.json\nhiring: https://example.com/jobs\n"))
	require.NoError(t, err)
	no := false
	require.Equal(t, File{
		Contact:            []string{"mailto:a@example.com,b@example.com", "not a uri"},
		Expires:            time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC),
		PreferredLanguages: []string{"en", "de"},
		BugBounty:          &no,
		CSAF:               []string{"https://example.com/provider-metadata.json"},
		Hiring:             []string{"https://example.com/jobs"},
		Extensions:         []Field{{"X-a", "1"}, {"x-a", "2"}},
	}, d.File, "of two Expires the earlier, of two languages and bounties the first")
}
