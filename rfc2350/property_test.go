package rfc2350

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// generate makes a document out of pieces that are hard on a parser: texts that look
// like headings, numbers, marks, blanks.
func generate(r *rand.Rand) (*Document, error) {
	pieces := []string{
		"1.1 Date of Last Update", "2.8", "Address", "Name: x", "see section 2.1 Name of the Team", "-", "- -", "None available.",
		"# not a heading", "```", "    indented", "\tTab", "+49 30 123456", "a@b.example", "https://x.example/a?b=c&d=e", "03/04/2025", "2025-01-02",
		"-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----", "-----BEGIN PGP SIGNED MESSAGE-----", "\u00dcberschrift", "<b>x</b>",
		"", "", "x", "Version 3, published 2010-08-11.", "Fingerprint: 1C7D 18B1 B298 7622 DAF6 8347 CE45 D819 A395 ECAB", "\\*", "&amp;", "Page 3 of 4",
		"\f", "\x00\x1b[31m", "\u202eevil", "\r", "TLP:GREEN", "within 90 days we publish", strings.Repeat("long ", 80) + "3.1 Mission Statement",
	}
	text := func(n int) string {
		var l []string
		for range r.Intn(n) {
			l = append(l, pieces[r.Intn(len(pieces))])
		}
		return strings.Join(l, "\n")
	}
	var s []Section
	for _, o := range Outline() {
		if r.Intn(3) == 0 {
			continue
		}
		x := Section{Number: o.Number, Title: o.Title, Body: text(6)}
		if r.Intn(4) == 0 {
			x.Number = fmt.Sprintf("%d.%d", r.Intn(9)+1, r.Intn(20)+1)
		}
		if r.Intn(6) == 0 {
			x.Number = ""
		}
		if r.Intn(10) == 0 && len(s) > 0 {
			x.Title = []string{"Something Else", "Ünbekannt", "24/7 line: now", "2.1 Odd", "*x*"}[r.Intn(5)]
		}
		s = append(s, x)
	}
	return Compose(strings.Split(text(4), "\n"), s)
}

func TestGeneratedRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(2350))
	made := 0
	for range generatedRuns {
		d, err := generate(r)
		if err != nil {
			require.ErrorIs(t, err, ErrNoSection)
			continue
		}
		if strings.Contains(string(d.Text()), "BEGIN PGP SIGNED MESSAGE") && beginSigned.Match(d.Text()) {
			continue // an envelope in a text is taken off: that is what reading means
		}
		again, err := Parse(d.Text(), Options{})
		if err != nil { // too few sections to be told from another text
			require.ErrorIs(t, err, ErrNoDocument)
			require.Less(t, len(d.Sections), 6)
			continue
		}
		made++
		require.Equal(t, d.content(), again.content(), "%s", d.Text())
	}
	require.Greater(t, made, generatedRuns/10)
}

// TestLargeInputs: ten megabytes of what could cost more than linear time. A parser
// that is not linear does not come back from this.
func TestLargeInputs(t *testing.T) {
	const size = largeInput
	fill := func(s string) []byte { return []byte(strings.Repeat(s, size/len(s))) }
	random := make([]byte, size*3/4)
	rand.New(rand.NewSource(1)).Read(random)
	head := "RFC 2350\n1. Document Information\n1.1 Date of Last Update\n2020-01-01\n2. Contact Information\n"
	inputs := map[string][]byte{
		"numbers":         fill("1.1 "),
		"headings":        fill("1.1 Address "),
		"heading lines":   fill("1.1 Address\n"),
		"labels":          fill("Time Zone: "),
		"base64":          []byte(base64.StdEncoding.EncodeToString(random)),
		"key blocks":      fill("-----BEGIN PGP PUBLIC KEY BLOCK-----\n"),
		"one block":       append([]byte(head+"2.8 Public Keys\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n"), fill(strings.Repeat("A", 64)+"\n")...),
		"nested html":     append([]byte("<html><body>"), fill("<div>")...),
		"open tags":       append([]byte("<html><p>"), fill("<script ")...),
		"scripts":         append([]byte("<html><p>"), fill("<script>")...),
		"comments":        append([]byte("<html><p>"), fill("<!--")...),
		"less than":       append([]byte("<html><p>"), fill("<")...),
		"quotes":          append([]byte("<html><p>"), fill("<a href='")...),
		"entities":        append([]byte("<html><p>"), fill("&#x41;")...),
		"at signs":        append([]byte(head+"2.7 E-mail\n"), fill("a@b.cd ")...),
		"only ats":        append([]byte(head+"2.7 E-mail\n"), fill("@")...),
		"disguised":       append([]byte(head+"2.7 E-mail\n"), fill("[at]a [dot] ")...),
		"hex":             append([]byte(head+"2.8 Public Keys\n"), fill("AB CD ")...),
		"key ids":         append([]byte(head+"2.8 Public Keys\n"), fill("Key ID 0xDEADBEEF ")...),
		"plus":            append([]byte(head+"2.4 Telephone\n"), fill("+1 ")...),
		"digits":          append([]byte(head+"2.4 Telephone\n"), fill("+")...),
		"dates":           append([]byte(head+"1.1 Date of Last Update\n"), fill("01/02/2020 ")...),
		"blank lines":     fill("\n"),
		"blanks":          append([]byte(head), fill(" ")...),
		"form feeds":      fill("a\f"),
		"accents":         append([]byte(head+"2.2 Address\n"), fill("\u00c9")...),
		"urls":            append([]byte(head+"1.3 Locations\n"), fill("https://a.example/ ")...),
		"fences":          fill("```\n"),
		"hashes":          fill("# "),
		"sentences":       append([]byte(head+"4.2 Disclosure of Information\n"), fill("disclose in 30 days. ")...),
		"hours":           append([]byte(head+"2.11 Points of Customer Contact\n"), fill("Mo 9:00-10:00 ")...),
		"signed":          fill("-----BEGIN PGP SIGNED MESSAGE-----\n"),
		"parentheses":     append([]byte(head+"2.7 E-mail\n"), fill("(")...),
		"canonical":       fill("1.1 Address\n\n    x\n\n\n"),
		"invalid":         fill("\xff\xfe\x00"),
		"domains":         append([]byte(head+"3.2 Constituency\ndomain "), fill("a.b.c.de ")...),
		"country letters": append([]byte(head+"2.2 Address\n"), fill("South ")...),
	}
	for name, data := range inputs {
		t.Run(name, func(t *testing.T) {
			d, err := Parse(data, Options{})
			if err != nil {
				require.ErrorIs(t, err, ErrNoDocument)
				return
			}
			_ = d.Check(Practice, testNow)
			require.LessOrEqual(t, len(d.Findings), maxFindings+10)
			require.LessOrEqual(t, len(d.Sections), defaultMaxSections)
		})
	}
	_, err := Parse(make([]byte, defaultMaxBytes+1), Options{})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = Parse([]byte("12345678"), Options{MaxBytes: 7})
	require.ErrorIs(t, err, ErrTooLarge)
}

// hostile texts for every field.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
	`https://x.example/"onclick="alert(1)`, `https://x.example/<script>`, `http://x.example/`, `data:text/html,<script>`,
	`a@b.example"onclick="x`, `<a href="javascript:alert(1)">x</a>`, `&lt;script&gt;`, `</title><script>`, `</pre><script>`,
	`-----BEGIN PGP PUBLIC KEY BLOCK-----</pre><script>alert(1)</script>-----END PGP PUBLIC KEY BLOCK-----`, "\x00<\x00script>", `https://x.example/?a=1&quot;onload=1`,
	`vbscript:x`, `mailto:a@b.example?body=<script>`, `tel:+49" onclick="`, `+49 30 1234567" onclick="x`, `- <svg/onload=alert(1)>`, `{{7*7}}`, `<!--`, `]]>`,
}

// allowedTags is everything that HTML may write.
var (
	anyTag      = regexp.MustCompile(`<[^>]*>`)
	allowedTags = regexp.MustCompile(`^<(?:!DOCTYPE html|html(?: lang="[a-z]{2}")?|head|meta charset="utf-8"|meta name="viewport" content="width=device-width, initial-scale=1"|meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"|title|style|body|h[1-6]|p|section id="s\d+"|main|header|div|nav|a href="#s\d+"|span(?: class="(?:no|fp)")?|wbr|li class="in"|br|ul|li|pre(?: class="cols")?|a href="(?:https://[A-Za-z0-9/?#._~!$&()*+,;=:@%-]*|mailto:[A-Za-z0-9._+@-]+|tel:\+\d+)" rel="noopener noreferrer"|/[a-z0-9]+)>$`)
)

func checkHTML(t *testing.T, page []byte) {
	t.Helper()
	// Escaped text holds no "<", so every "<" begins one of our own tags.
	for _, tag := range anyTag.FindAll(page, -1) {
		require.Regexp(t, allowedTags, string(tag))
	}
	require.Equal(t, bytes.Count(page, []byte("<")), len(anyTag.FindAll(page, -1)))
}

func TestHTMLInjection(t *testing.T) {
	for _, h := range hostile {
		var s []Section
		for i, o := range Outline() {
			title := o.Title
			if i > 0 && i%3 == 0 {
				title = h
			}
			s = append(s, Section{Number: o.Number, Title: title, Body: h + "\n\ntext " + h + "\n- " + h})
		}
		d, err := Compose([]string{"RFC 2350 " + h}, s)
		require.NoError(t, err)
		d.Lang = "en"
		checkHTML(t, d.HTML())
		// A host may fill fields itself.
		d.Title, d.Lang = h, "en"
		d.Sections[1].Number = h
		page := d.HTML()
		require.NotContains(t, strings.ToLower(string(page)), "<script")
		require.NotContains(t, strings.ToLower(string(page)), "<img")
		checkHTML(t, page)
	}
	for name, data := range allDocuments(t) {
		d, err := Parse(data, Options{})
		if err != nil {
			continue
		}
		require.NotPanics(t, func() { checkHTML(t, d.HTML()) }, name)
	}
	require.NotRegexp(t, allowedTags, `<a href="javascript:alert(1)" rel="noopener noreferrer">`) // the check can fail
	require.NotRegexp(t, allowedTags, `<a href="https://x.example/"onclick="x" rel="noopener noreferrer">`)
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/docs/*.txtar")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, h := range hostile {
		f.Add([]byte("RFC 2350\n1.1 Date of Last Update\n" + h + "\n2.1 Name of the Team: x\n2.7 E-mail\n" + h))
	}
	f.Add([]byte("<p>RFC 2350 &lt;html&gt; &lt;p &gt; a@team.example</p>"))
	f.Add([]byte("<html><h2>1.1 Date of Last Update</h2><p>2026</p><h2>2.1 Name of the Team</h2><p>&lt;html&gt;&lt;p &gt; x</p><h2>2.7 E-mail</h2><p>a@team.example</p></html>"))
	f.Add([]byte("# RFC 2350\n\n## 1.1 Date of Last Update\n\n<p align=left> 2026\n\n## 2.1 Name of the Team\n\nx\n\n## 2.7 E-mail\n\na@team.example\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data, Options{})
		if err != nil {
			return
		}
		again, err := Parse(d.Text(), Options{})
		if err != nil {
			t.Fatalf("Text cannot be parsed: %v\n%q", err, d.Text())
		}
		if beginSigned.Match(d.Text()) {
			return // an envelope inside an envelope
		}
		if !d.Equal(again) {
			t.Fatalf("not equal:\n%+v\n%+v\n%q", d.content(), again.content(), d.Text())
		}
		checkHTML(t, d.HTML())
		_ = d.Markdown()
		_ = d.Check(Practice, testNow)
		if _, err := d.MarshalJSON(); err != nil {
			t.Fatal(err)
		}
	})
}
