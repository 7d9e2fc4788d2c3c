package rfc2350

import (
	"encoding/hex"
	"regexp"
	"strings"
)

// looksLikeHTML wants two different kinds of block markup near the start, so that
// text that shows a tag, or Markdown with a comment, is not taken for HTML.
var htmlBlock = regexp.MustCompile(`(?i)<(!doctype html|html|head|body|div|p|h[1-6]|table|section|article|ul|ol|main|br)[\s>/]`)

func looksLikeHTML(text string) bool {
	head := clip(text, 64<<10)
	kinds := map[string]bool{}
	for _, m := range htmlBlock.FindAllStringSubmatch(head, 40) {
		kinds[strings.ToLower(m[1])] = true
	}
	return len(kinds) >= 2 || kinds["html"] || kinds["!doctype html"] || kinds["p"] && !strings.Contains(head, "\n# ")
}

// Elements whose text is no text of the page.
var htmlHidden = map[string]bool{"script": true, "style": true, "head": true, "noscript": true, "template": true, "svg": true, "select": true, "textarea": true, "iframe": true, "button": true, "nav": true}

// Elements that end a line.
var htmlBreak = map[string]bool{"address": true, "article": true, "aside": true, "blockquote": true, "body": true, "br": true, "dd": true, "details": true, "div": true, "dl": true, "dt": true, "fieldset": true, "figure": true, "footer": true, "form": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "header": true, "hr": true, "html": true, "li": true, "main": true, "ol": true, "p": true, "pre": true, "section": true, "summary": true, "table": true, "tbody": true, "thead": true, "tr": true, "ul": true}

// htmlText extracts the text of HTML in one pass: each byte is looked at a constant
// number of times, nesting costs nothing, and no input is an error.
type htmlText struct {
	out    []line
	cur    strings.Builder
	n      int // source line of the next byte
	start  int // source line of cur
	level  int
	pre    int
	space  bool
	mailto string
	linked int // length of cur at the start of a mailto link
	parts  int // lines in out when it started
	// Searches that found nothing to the end are not tried again.
	unclosed map[string]bool
}

func htmlLines(text string) []line {
	h := &htmlText{n: 1, start: 1, unclosed: map[string]bool{}}
	for i := 0; i < len(text); {
		if text[i] != '<' {
			j := strings.IndexByte(text[i:], '<')
			if j < 0 {
				j = len(text) - i
			}
			h.text(text[i : i+j])
			i += j
			continue
		}
		end, name, tag := h.tagAt(text, i)
		if name == "" { // no tag: text, up to where the search went
			h.text(text[i:end])
			i = end
			continue
		}
		h.n += strings.Count(text[i:end], "\n")
		i = end
		if !strings.HasPrefix(name, "/") && htmlHidden[name] && !strings.HasSuffix(tag, "/>") {
			if j := h.closeTag(text, i, name); j >= 0 {
				h.n += strings.Count(text[i:j], "\n")
				i = j
			}
			continue
		}
		h.tag(name, tag)
	}
	h.flush()
	return h.out
}

// tagAt returns the end of the tag at i and its lower-case name. Where there is no
// tag the name is empty, and the bytes up to end need not be looked at again.
func (h *htmlText) tagAt(s string, i int) (end int, name, tag string) {
	if strings.HasPrefix(s[i:], "<!--") {
		if !h.unclosed["!"] {
			if j := strings.Index(s[i+4:], "-->"); j >= 0 {
				return i + 4 + j + 3, "!", ""
			}
			h.unclosed["!"] = true
		}
		return i + 4, "", ""
	}
	j := i + 1
	if j < len(s) && (s[j] == '/' || s[j] == '!' || s[j] == '?') {
		j++
	}
	k := j
	for k < len(s) && k-j < 16 && (s[k]|0x20 >= 'a' && s[k]|0x20 <= 'z' || s[k] >= '0' && s[k] <= '9') {
		k++
	}
	if k == j || strings.IndexByte("@.:", at(s, k)) >= 0 { // <name@host>, <https://…>
		return max(k, i+1), "", ""
	}
	// Attributes may hold ">" in quotes; a tag of more than 64 KiB is no tag.
	quote := byte(0)
	m := k
	for ; m < len(s) && m-i < 64<<10; m++ {
		switch c := s[m]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return m + 1, strings.ToLower(s[i+1 : k]), s[i : m+1]
		case c == '<':
			return m, "", ""
		}
	}
	return m, "", ""
}

func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

// closeTag finds the end of </name>. Where there is none the element is ignored.
func (h *htmlText) closeTag(s string, i int, name string) int {
	if h.unclosed[name] {
		return -1
	}
	for from := i; ; {
		j := strings.Index(s[from:], "</")
		if j < 0 {
			h.unclosed[name] = true
			return -1
		}
		from += j + 2
		if len(s)-from > len(name) && strings.EqualFold(s[from:from+len(name)], name) {
			if k := strings.IndexByte(clip(s[from:], 64), '>'); k >= 0 {
				return from + k + 1
			}
		}
	}
}

func (h *htmlText) text(s string) {
	raw := unescape(s)
	if h.pre > 0 {
		for {
			l, rest, more := strings.Cut(raw, "\n")
			h.write(strings.ReplaceAll(l, "\f", " "))
			if !more {
				break
			}
			h.n++
			h.flush()
			raw = rest
		}
		return
	}
	for i := 0; i < len(raw); {
		j := strings.IndexAny(raw[i:], " \t\n\f")
		if j == 0 {
			if raw[i] == '\n' {
				h.n++
			}
			h.space = true
			i++
			continue
		}
		if j < 0 {
			j = len(raw) - i
		}
		if h.space && h.cur.Len() > 0 {
			h.write(" ")
		}
		h.space = false
		h.write(raw[i : i+j])
		i += j
	}
}

func (h *htmlText) write(s string) {
	if h.cur.Len() == 0 {
		h.start = h.n
	}
	h.cur.WriteString(s)
}

func (h *htmlText) flush() {
	t := h.cur.String()
	if h.pre == 0 {
		t = strings.TrimSpace(t)
	}
	t = strings.TrimRight(t, " \t")
	if t != "" || h.pre > 0 {
		h.out = append(h.out, line{text: t, n: h.start, level: h.level})
	}
	h.cur.Reset()
	h.space, h.start = false, h.n
}

// blank separates paragraphs, once.
func (h *htmlText) blank() {
	if k := len(h.out); k > 0 && h.out[k-1].text != "" {
		h.out = append(h.out, line{n: h.n})
	}
}

var (
	cfEmail  = regexp.MustCompile(`data-cfemail="([0-9a-fA-F]{4,400})"`)
	hrefMail = regexp.MustCompile(`(?i)href\s*=\s*["']?mailto:([^"'?\s>]{3,200})`)
)

func (h *htmlText) tag(name, tag string) {
	closing := strings.HasPrefix(name, "/")
	base := strings.TrimPrefix(name, "/")
	if htmlBreak[base] {
		h.flush()
	}
	switch base {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		h.level = 0
		h.blank()
		if !closing {
			h.level = int(base[1] - '0')
		}
	case "p", "ul", "ol", "table", "section", "article", "dl":
		h.blank()
	case "pre":
		if !closing {
			h.pre++
		} else if h.pre > 0 {
			h.pre--
		}
	case "td", "th":
		h.space = true
	case "a":
		h.link(closing, tag)
	}
	if m := cfEmail.FindStringSubmatch(tag); m != nil && !closing {
		h.write(cloudflare(m[1]))
	}
}

// link keeps the address of a mailto link whose text does not show it.
func (h *htmlText) link(closing bool, tag string) {
	if !closing {
		h.mailto = ""
		if m := hrefMail.FindStringSubmatch(tag); m != nil {
			h.mailto, h.linked, h.parts = unescape(m[1]), h.cur.Len(), len(h.out)
		}
		return
	}
	if h.mailto != "" && h.parts == len(h.out) {
		if shown := h.cur.String()[h.linked:]; !strings.Contains(fold(shown), fold(h.mailto)) && len(findEmails(shown)) == 0 {
			h.write(" <" + squeeze(h.mailto) + ">")
		}
	}
	h.mailto = ""
}

// cloudflare undoes the e-mail obfuscation of that proxy: the first byte is xored
// over the others.
func cloudflare(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) < 2 {
		return ""
	}
	for i := 1; i < len(b); i++ {
		b[i] ^= b[0]
		if b[i] < 0x21 || b[i] > 0x7e {
			return ""
		}
	}
	return " " + string(b[1:]) + " "
}
