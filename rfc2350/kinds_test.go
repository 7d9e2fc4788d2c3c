package rfc2350

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// shownBy is the text of a page as the tokenizer of x/net/html tells it from tags.
func shownBy(page string) string {
	z, b := html.NewTokenizer(strings.NewReader(page)), strings.Builder{}
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.TextToken {
			b.Write(z.Text())
		}
	}
	return squeeze(b.String())
}

// TestForeignElements: elements that HTML does not know, and what office programs write
// between them, leave the text that a browser shows.
func TestForeignElements(t *testing.T) {
	for _, in := range []string{
		`Alder Harbour GmbH<o:p></o:p>`,
		`<o:p>&nbsp;</o:p>Quay 4<O:P/>`,
		`<st1:City w:st="on"><st1:place w:st="on">Alder</st1:place></st1:City> harbour`,
		`<v:shape id="s1" style='width:9pt' o:spid="_x0000_i1025"><v:imagedata src="a.png" o:title="logo"/></v:shape>HC-ALDER`,
		`<![if !supportLists]><span style='mso-list:Ignore'>1.</span><![endif]>Scope`,
		`<!--[if gte mso 9]><xml><w:View>Normal</w:View></xml><![endif]-->Quay`,
		`<!--[if !mso]><!-->Quay<!--<![endif]--> 4`,
		`<?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" />Quay`,
		`<team-card data-mail="a:b">HC-ALDER</team-card>`,
		`<span class=MsoNormal lang=DE style='mso-fareast-language:DE'>Quay</span>`,
		`<fb:like href="https://quay.example"></fb:like><g:plusone size="tall"></g:plusone>Quay`,
		`<m:oMath><m:r><w:rPr><w:i w:val="on"/></w:rPr>x</m:r></m:oMath>`,
		`<ns0:p-x1 a=b:c>Quay</ns0:p-x1>`,
	} {
		lines := htmlLines(nil, htmlTokens(nil, in))
		var out []string
		for _, l := range lines {
			out = append(out, l.text)
		}
		require.Equal(t, shownBy(in), squeeze(strings.Join(out, " ")), in)
	}
	for in, want := range map[string]string{ // what a page forgot to escape is text
		`<p>Write to <cert@alder.example></p>`:      "Write to <cert@alder.example>",
		`<p>See <https://alder.example/cert>.</p>`:  "See <https://alder.example/cert>.",
		`<p>Or <mailto:cert@alder.example> now</p>`: "Or <mailto:cert@alder.example> now",
		`<p>Call <tel:+4312345678></p>`:             "Call <tel:+4312345678>",
	} {
		lines := htmlLines(nil, htmlTokens(nil, in))
		require.NotEmpty(t, lines, in)
		require.Equal(t, want, lines[0].text, in)
	}
}

// pagesOf is a text dump of three pages with a running head and foot.
func pagesOf(cover, head, foot string) string {
	page := func(body string) string { return body + "\n" + foot + "\n\f" + head + "\n\n" }
	return cover + "\n\n" + page("1 Document Information\n\n1.1 Date of Last Update\n\n  5 June 2025\n") +
		page("2 Contact Information\n\n2.1 Name of the Team\n\n  Alder CERT\n\n2.7 Electronic Mail Address\n\n  cert@alder.example\n") +
		page("3 Charter\n\n3.1 Mission Statement\n\n  We help.\n") + "4 Policies\n\n4.1 Types of Incidents and Level of Support\n\n  All.\n"
}

// TestRunningHeads: the label and the version in a running head are those of the document.
func TestRunningHeads(t *testing.T) {
	const cover = "Alder CERT\nRFC 2350 Profile"
	for _, c := range []struct{ head, foot, tlp, version string }{
		{"Alder Harbour       CERT Profile       TLP:CLEAR", "", "CLEAR", ""},
		{"TLP:GREEN", "", "GREEN", ""},
		{"TLP: AMBER+STRICT", "", "AMBER+STRICT", ""},
		{"", "Alder CERT   TLP:CLEAR   Page 1 of 9", "CLEAR", ""},
		{"Alder CERT", "Version 2.4     Page 1 of 9", "", "2.4"},
		{"Alder CERT     TLP:CLEAR", "Version 2.4     Page 1 of 9", "CLEAR", "2.4"},
		{"Alder CERT", "Page 1 of 9", "", ""},
	} {
		d, err := Parse([]byte(pagesOf(cover, c.head, c.foot)), Options{})
		require.NoError(t, err)
		require.Equal(t, c.tlp, d.TLPName, c)
		require.Equal(t, c.version, d.Version, c)
		require.Equal(t, "2025-06-05", d.Updated.String(), c)
		require.Equal(t, "Alder CERT", d.Team.Name, c)
		require.Contains(t, d.Title, "RFC 2350 Profile", c)
		again, err := Parse(d.Text(), Options{})
		require.NoError(t, err)
		require.True(t, d.Equal(again), c)
	}
	// Two labels in the heads are none.
	d, err := Parse([]byte(strings.Replace(pagesOf(cover, "Alder CERT   TLP:CLEAR", ""), "TLP:CLEAR", "TLP:RED", 1)), Options{})
	require.NoError(t, err)
	require.Empty(t, d.TLPName)
}

// TestTitles: the title is the line that names the document, not one that links to it.
func TestTitles(t *testing.T) {
	const rest = "\n\n## 1. Document Information\n\n### 1.1 Date of Last Update\n\n5 June 2025\n\n## 2. Contact Information\n\n### 2.1 Name of the Team\n\nAlder CERT\n\n## 3. Charter\n\n### 3.1 Mission Statement\n\nWe help.\n"
	for head, want := range map[string]string{
		"# Alder CERT, described after RFC 2350\n\n**TLP:CLEAR** · [Deutsche Fassung](/de/rfc2350/)":                          "Alder CERT, described after RFC 2350",
		"---\ntitle: \"Alder CERT – RFC 2350\"\npermalink: /rfc2350/\n---\n\n# Alder CERT and RFC 2350\n\n[PDF](rfc2350.pdf)": "Alder CERT and RFC 2350",
		"---\ntitle: 'Alder CERT – RFC 2350'\nlayout: page\n---\n\nSigned: https://alder.example/rfc2350.txt.asc":             "Alder CERT – RFC 2350",
		"# RFC 2350: Alder CERT\n\n- [About RFC 2350](#about)\n- [Contact](#contact)":                                         "RFC 2350: Alder CERT",
		"                Alder CERT\n          Description according to RFC 2350":                                             "Alder CERT – Description according to RFC 2350",
		"Alder CERT\n\nDescription according to RFC 2350":                                                                     "Alder CERT – Description according to RFC 2350",
		"Welcome to our site\n\nDescription of Alder CERT according to RFC 2350":                                              "Description of Alder CERT according to RFC 2350",
		"This page tells how the Alder CERT works.\nDescription according to RFC 2350":                                        "Description according to RFC 2350",
		"Harbour Incident Response Team (HIRT)\nRFC 2350":                                                                     "Harbour Incident Response Team (HIRT) – RFC 2350",
	} {
		d, err := Parse([]byte(head+rest), Options{})
		require.NoError(t, err)
		require.Equal(t, want, d.Title, head)
		again, err := Parse(d.Text(), Options{})
		require.NoError(t, err)
		require.True(t, d.Equal(again), head)
	}
}
