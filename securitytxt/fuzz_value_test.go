package securitytxt

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzValues: the readers of values panic on nothing, and what they make is good:
// a host is its own normal form, a mended value has nothing left to mend, an
// address is one again, a suggested language is well-formed.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"https://Example.com.:8443/x", "b\u00fccher.example", "b\u0075\u0308cher.example", "\uff21.example", "[2001:db8::1]:80", "2001:db8::1", "xn--a", "http://a:80",
		"Sat, 1 Jan 2028 00:00:00 +0100 (CET)", "1 Jan 2028 00:00 EST", "2028-01-01 00:00 UTC", "2028-01-01T00:00-0000",
		"mailto:a%40b.example,\"c d\"@e.example?to=f@g.example&subject=x", "mailto:a@[IPv6:::1]", "tel:+1-201;ext=1;phone-context=x", "openpgp4fpr:0123456789abcdef#x",
		"en_US.UTF-8", "english-us", "cz, dk; jp", "a@b.example", "+1 201 555 0123", "true"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if host, ok := inputHost(s); ok {
			again, ok := inputHost("https://" + host + "/x")
			require.True(t, ok)
			require.Equal(t, host, again)
			require.True(t, validURI("https://"+host+"/"), host)
			require.Equal(t, "https://"+host+"/", normalURI("https://"+host))
		}
		for k := fieldUnknown; k < fieldCount; k++ {
			better, c := mendValue(k, s)
			if c == "" {
				require.Equal(t, s, better)
				continue
			}
			again, c := mendValue(k, better)
			require.Empty(t, c)
			require.Equal(t, better, again)
			if k == fieldExpires {
				_, ok := parseTime(better)
				require.True(t, ok, better)
			} else if k != fieldBugBounty {
				require.Empty(t, checkURI(k, better), better)
			}
		}
		for _, a := range MailAddresses(s) {
			require.True(t, validAddress(a))
		}
		validTel(s)
		for tag := range strings.SplitSeq(suggestLanguage(s), ",") {
			require.True(t, tag == "" || validLangTag(strings.TrimSpace(tag)), tag)
		}
		require.Equal(t, normalURI(s), normalURI(normalURI(s)))
	})
}

// FuzzEdit: an edit leaves every other line of the text as it was, and reads back.
func FuzzEdit(f *testing.F) {
	for _, s := range []string{base, "# c\r\nexpires: x\r\n\r\n", "no end", "Expires: x\nContact: y\nExpires: z", "\ufeffContact: x\n", "a\rb\n", ""} {
		f.Add([]byte(s))
	}
	f.Add([]byte(signed(f, base)))
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		out, err := d.WithExpires(at)
		require.NoError(t, err)
		n, err := Limits{Bytes: len(out) + 1, Lines: len(out) + 1, Field: len(out) + 1}.Parse(out)
		require.NoError(t, err)
		rest := func(d *Document) (lines []string) {
			for _, l := range bytes.SplitAfter(d.Text(), []byte("\n")) {
				l = bytes.TrimLeft(l, byteOrderMark) // a mark at the start is none of the text
				name, _, ok := bytes.Cut(l, []byte(":"))
				if s := strings.TrimRight(string(l), "\r\n"); s != "" && (!ok || !strings.EqualFold(strings.TrimRight(string(name), " \t"), "Expires")) {
					lines = append(lines, s)
				}
			}
			return lines
		}
		if !d.Signed() && !n.Signed() {
			require.Equal(t, at, n.File.Expires)
			require.Equal(t, 1, n.seen[fieldExpires])
			require.Equal(t, rest(d), rest(n))
		}
	})
}
