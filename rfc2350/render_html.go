package rfc2350

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
)

// htmlStyle follows the reader's color scheme; on paper keys are printed whole. The
// text of a link is its address, so that it can be read there too.
const htmlStyle = `:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--soft:#5a5a5a;--line:#ccc;--box:#f5f5f5;--link:#0645ad}` +
	`@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#161616;--soft:#a8a8a8;--line:#444;--box:#222;--link:#8ab4f8}}` +
	`body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--paper)}` +
	`h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.3rem;margin-top:2.2rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}h3{font-size:1.05rem;margin-bottom:.2rem}h4,h5{font-size:1rem;margin-bottom:.2rem}` +
	`p,ul{margin:.4rem 0 .8rem;overflow-wrap:anywhere}pre{background:var(--box);border:1px solid var(--line);padding:.6rem;overflow:auto;max-height:16rem;font-size:.8rem}pre.cols{background:none;border:0;padding:0;max-height:none;font-size:.85rem}` +
	`nav ul{list-style:none;padding:0;columns:2 18rem}nav li{break-inside:avoid;padding:.1rem 0}nav .in{margin-left:1.2rem}.fp{font:.95em ui-monospace,monospace}.fp span{margin-right:.45em}.no{color:var(--soft);font-weight:normal;margin-right:.25rem}a{color:var(--link);overflow-wrap:anywhere}` +
	`@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--soft:#444;--line:#999;--box:#fff;--link:#000}body{max-width:none;margin:0;font-size:11pt}nav{break-after:avoid}nav a{text-decoration:none}pre{max-height:none;overflow:visible;white-space:pre-wrap;overflow-wrap:anywhere}h2,h3,h4{break-after:avoid}}`

// HTML writes the document as one page without scripts and without anything from
// elsewhere. Every text is escaped; only https, mailto and tel addresses become
// links.
func (d *Document) HTML() []byte {
	var b bytes.Buffer
	title := d.Title
	if title == "" {
		title = "RFC 2350"
		if d.Team.Name != "" {
			title += ": " + d.Team.Name
		}
	}
	b.WriteString("<!DOCTYPE html>\n<html")
	if d.Lang != "" {
		fmt.Fprintf(&b, ` lang="%s"`, html.EscapeString(d.Lang))
	}
	b.WriteString(">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
	b.WriteString(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` + "\n")
	fmt.Fprintf(&b, "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<header>\n<h1>%s</h1>\n", html.EscapeString(title), htmlStyle, html.EscapeString(title))
	if d.TLP.Valid() {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(d.TLP.String()))
	}
	d.htmlPreamble(&b, title)
	d.htmlContents(&b)
	b.WriteString("</header>\n<main>\n")
	for i, s := range d.Sections {
		level := min(6, s.depth()+1)
		fmt.Fprintf(&b, "<section id=\"s%d\">\n<h%d>", i+1, level)
		if s.Number != "" {
			fmt.Fprintf(&b, "<span class=\"no\">%s</span> ", html.EscapeString(s.Number))
		}
		fmt.Fprintf(&b, "%s</h%d>\n", html.EscapeString(s.Title), level)
		for _, p := range splitBody(s.Body) {
			if p.block {
				fmt.Fprintf(&b, "<pre>%s</pre>\n", html.EscapeString(wrapBlock(p.text)))
				continue
			}
			htmlParagraphs(&b, p.text)
		}
		b.WriteString("</section>\n")
	}
	b.WriteString("</main>\n</body>\n</html>\n")
	return b.Bytes()
}

// htmlPreamble keeps what stands before the sections, but for the title.
func (d *Document) htmlPreamble(b *bytes.Buffer, title string) {
	var lines []string
	contents := len(d.Sections) >= fewSections
	for _, l := range d.Preamble {
		if contents && leaders.MatchString(l) {
			continue // the old contents: the pages that it names are no more
		}
		if strings.Trim(squeeze(l), " =-#*_") != title {
			lines = append(lines, l)
		}
	}
	if text := strings.TrimSpace(strings.Join(lines, "\n")); text != "" {
		htmlParagraphs(b, text)
	}
}

// fewSections need no contents.
const fewSections = 6

// leaders are the points between a title and its page in a table of contents.
var leaders = regexp.MustCompile(`\.{4,} *\d{1,3}$`)

// htmlContents lists the chapters and sections, where there are more than a few.
func (d *Document) htmlContents(b *bytes.Buffer) {
	if len(d.Sections) < fewSections {
		return
	}
	b.WriteString("<nav>\n<ul>\n")
	for i, s := range d.Sections {
		if s.depth() > 2 {
			continue
		}
		in := ""
		if s.depth() == 2 {
			in = ` class="in"`
		}
		fmt.Fprintf(b, "<li%s><a href=\"#s%d\">", in, i+1)
		if s.Number != "" {
			fmt.Fprintf(b, "<span class=\"no\">%s</span> ", html.EscapeString(s.Number))
		}
		fmt.Fprintf(b, "%s</a></li>\n", html.EscapeString(s.Title))
	}
	b.WriteString("</ul>\n</nav>\n")
}

// wrapBlock puts the words of a key block that was flattened on lines of their own,
// so that a page can be read. The block in the document is not changed.
func wrapBlock(s string) string {
	if strings.Contains(s, "\n") {
		return s
	}
	m, e := beginBlock.FindStringIndex(s), endBlock.FindStringIndex(s)
	if m == nil || e == nil || e[0] < m[1] {
		return s
	}
	return s[:m[1]] + "\n\n" + strings.Join(strings.Fields(s[m[1]:e[0]]), "\n") + "\n" + s[e[0]:]
}

// columns: two lines or more are parted by wide gaps, as a table in plain text is.
func columns(para string) bool {
	n := 0
	for l := range strings.SplitSeq(para, "\n") {
		if strings.Contains(strings.TrimSpace(l), "   ") {
			n++
		}
	}
	return n >= 2
}

func htmlParagraphs(b *bytes.Buffer, text string) {
	for _, para := range strings.Split(text, "\n\n") {
		if columns(para) {
			b.WriteString("<pre class=\"cols\">" + linkify(strings.Trim(para, "\n")) + "</pre>\n")
			continue
		}
		list, open := false, false
		for _, l := range strings.Split(strings.TrimSpace(para), "\n") {
			l = strings.TrimSpace(l)
			if l == "" {
				continue
			}
			item, ok := listItem(l)
			switch {
			case ok:
				if open {
					b.WriteString("</p>\n")
					open = false
				}
				if !list {
					b.WriteString("<ul>\n")
					list = true
				}
				b.WriteString("<li>" + linkify(item) + "</li>\n")
				continue
			case list:
				b.WriteString("</ul>\n")
				list = false
			}
			if open {
				b.WriteString("<br>\n")
			} else {
				b.WriteString("<p>")
				open = true
			}
			b.WriteString(linkify(l))
		}
		if list {
			b.WriteString("</ul>\n")
		}
		if open {
			b.WriteString("</p>\n")
		}
	}
}

var linkForm = regexp.MustCompile(`https://[A-Za-z0-9.-]+[A-Za-z0-9](?::\d{1,5})?(?:[/?#][A-Za-z0-9/?#._~!$&()*+,;=:@%-]*)?|[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}|\+\d[\d \x{a0}()./-]{5,28}\d`)

// linkify escapes a line and links what it can name exactly. The address of a link
// is built from a narrow set of characters and then escaped as well.
func linkify(s string) string {
	var b strings.Builder
	last := 0
	for _, m := range linkForm.FindAllStringIndex(s, -1) {
		t := s[m[0]:m[1]]
		var href string
		switch {
		case strings.HasPrefix(t, "https://"):
			t = trimURL(t)
			href = t
		case t[0] == '+':
			found := lex(t, words()).findPhones()
			if len(found) == 0 || found[0].E164 == "" || found[0].start > 0 || m[0] > 0 && isDigit(s[m[0]-1]) {
				continue
			}
			t = t[:found[0].end]
			href = "tel:" + found[0].E164
		default:
			if m[0] > 0 && (wordByte(s[m[0]-1]) || s[m[0]-1] == '/' || s[m[0]-1] == ':') {
				continue
			}
			href = "mailto:" + t
		}
		b.WriteString(groupPrints(s[last:m[0]]))
		fmt.Fprintf(&b, `<a href="%s" rel="noopener noreferrer">%s</a>`, html.EscapeString(href), html.EscapeString(t))
		last = m[0] + len(t)
	}
	b.WriteString(groupPrints(s[last:]))
	return b.String()
}

// printForm is a fingerprint in one piece, of version 4 or 6.
var printForm = regexp.MustCompile(`\b(?:0x)?(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40})\b`)

// groupPrints escapes a text and shows the digits of fingerprints in groups of four,
// so that people can compare them. Only the style parts them: who copies one gets
// it as it stands in the document.
func groupPrints(s string) string {
	var b strings.Builder
	last := 0
	for _, m := range printForm.FindAllStringIndex(s, -1) {
		from := m[0]
		if s[from+1] == 'x' {
			from += 2
		}
		b.WriteString(html.EscapeString(s[last:from]) + `<span class="fp">`)
		for i := from; i < m[1]; i += 4 {
			b.WriteString("<span>" + s[i:i+4] + "</span><wbr>")
		}
		b.WriteString("</span>")
		last = m[1]
	}
	b.WriteString(html.EscapeString(s[last:]))
	return b.String()
}
