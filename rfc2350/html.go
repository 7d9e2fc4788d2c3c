package rfc2350

import (
	"bytes"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// looksLikeHTML wants two different kinds of block markup near the start, so that
// text that shows a tag, or Markdown with a comment, is not taken for HTML.
func looksLikeHTML(text string) bool {
	head := clip(text, valueBytes)
	kinds := map[string]bool{}
	for i, n := 0, 0; n < 40; n++ {
		j := strings.IndexByte(head[i:], '<')
		if j < 0 {
			break
		}
		i += j + 1
		k := i
		for k < len(head) && k-i < 12 && (isLetterByte(head[k]) || isDigit(head[k]) || head[k] == '!') {
			k++
		}
		name := strings.ToLower(head[i:k])
		if k < len(head) && (head[k] == ' ' || head[k] == '\n' || head[k] == '\t' || head[k] == '>' || head[k] == '/') && (name == "!doctype" || name == "html" || htmlElement(name)&htmlBreak != 0 || name == "head") {
			kinds[name] = true
		} else {
			n--
			if i > 16<<10 {
				break
			}
		}
	}
	return len(kinds) >= 2 || kinds["html"] || kinds["!doctype"] || kinds["p"] && !strings.Contains(head, "\n# ")
}

// What an element does to the text around it.
const (
	htmlHidden = 1 << iota // its text is no text of the page
	htmlBreak              // it ends a line
	htmlVoid               // it has no end tag
)

// htmlElement tells by the name of an element; 0 for most.
func htmlElement(name string) uint8 {
	switch name {
	case "script", "style", "head", "noscript", "template", "svg", "select", "textarea", "iframe", "button", "nav", "title", "object", "math", "datalist", "noframes", "noembed":
		return htmlHidden
	case "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "html", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul":
		return htmlBreak
	case "br", "hr":
		return htmlBreak | htmlVoid
	case "area", "base", "col", "embed", "img", "input", "link", "meta", "source", "track", "wbr":
		return htmlVoid
	}
	return 0
}

// htmlToken is what we keep of a token of the page.
type htmlToken struct {
	kind   html.TokenType
	name   string
	text   string // of a text; of a tag, the address that its link holds
	n      int    // source line
	does   uint8  // of its element
	hidden bool
}

// htmlText extracts the text of HTML. The tokenizer of x/net/html reads it as a
// browser does; nesting costs nothing, and no input is an error.
type htmlText struct {
	out    []line
	cur    bytes.Buffer
	n      int // source line of the token
	start  int // source line of cur
	level  int8
	pre    int
	space  bool
	link   string
	linked int // length of cur at the start of a link
	parts  int // lines in out when it started
	rows   htmlRows
}

// htmlRows follows the row of a table. The lines of each cell are told apart until
// the row ends, which decides what they are.
type htmlRows struct {
	open  bool
	cells []int  // the first line of each cell in out
	above titled // the heading before the table
	level int8   // of that
}

// htmlLines appends the lines that a page shows.
func htmlLines(out []line, tokens []htmlToken) []line {
	h := &htmlText{out: out, n: 1, start: 1}
	unclosed := map[string]bool{} // names that are not closed any more
	for i := 0; i < len(tokens); i++ {
		t := &tokens[i]
		h.n = t.n
		switch t.kind {
		case html.TextToken:
			h.text(t.text)
		case html.StartTagToken:
			if t.hidden || t.does&htmlHidden != 0 {
				if end := closeOf(tokens, i, unclosed); end > i {
					i = end
					continue
				}
				if t.does&htmlHidden != 0 {
					continue
				}
			}
			h.tag(t, false)
		case html.SelfClosingTagToken:
			if t.does&htmlHidden == 0 && !t.hidden {
				h.tag(t, false)
			}
		case html.EndTagToken:
			h.tag(t, true)
		}
	}
	h.flush()
	return h.out
}

// closeOf finds the end tag of the element that begins at i. Where there is none the
// element hides nothing, so that a page with a fault is not lost.
func closeOf(tokens []htmlToken, i int, unclosed map[string]bool) int {
	name := tokens[i].name
	if tokens[i].does&htmlVoid != 0 || unclosed[name] {
		return -1
	}
	depth := 0
	for k := i; k < len(tokens); k++ {
		t := &tokens[k]
		if t.name != name {
			if name == "p" && depth > 0 && t.kind == html.StartTagToken && t.does&htmlBreak != 0 && t.name != "br" || name == "li" && t.name == "ul" && t.kind == html.EndTagToken && depth == 1 {
				return k - 1 // the paragraph ends where a block begins
			}
			continue
		}
		switch t.kind {
		case html.StartTagToken:
			if k > i && (name == "p" || name == "li") {
				return k - 1
			}
			depth++
		case html.EndTagToken:
			if depth--; depth == 0 {
				return k
			}
		}
	}
	unclosed[name] = true
	return -1
}

// htmlTokens appends the tokens of a page.
func htmlTokens(out []htmlToken, text string) []htmlToken {
	z := html.NewTokenizer(strings.NewReader(text))
	classes := hiddenClasses(text)
	out = slices.Grow(out, strings.Count(text, "<")*2+1) // a tag, and mostly text
	n, at := 1, 0                                        // of the token: its line, its place
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out
		}
		raw := z.Raw()
		printed := text[at : at+len(raw)] // the same, and stays
		at += len(raw)
		t := htmlToken{kind: kind, n: n}
		n += bytes.Count(raw, newline)
		switch kind {
		case html.TextToken:
			if t.text = printed; strings.IndexByte(printed, '&') >= 0 { // what it hides is not decoded yet
				t.text = cleanText(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			source := ""
			if head := raw[:min(len(raw), 70)]; bytes.IndexByte(head, '@') > 0 || bytes.IndexByte(head, ':') > 0 {
				source = printed // "<name@host>" and "<https://…>" are text
			}
			name, more := plainTag(raw), false // a plain one has no attributes
			if name == nil {
				name, more = z.TagName()
			}
			t.name = atom.String(name)
			t.does = htmlElement(t.name)
			if source != "" && !elementName(t.name) {
				t.kind, t.text, t.name = html.TextToken, source, ""
				break
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				t.attribute(key, value, classes)
			}
		default:
			continue
		}
		out = append(out, t)
	}
}

// elementName reports whether a name in a tag is that of an element, which shows nothing:
// "o:p" of an office program is one, "https:" and "name@host" are not.
func elementName(name string) bool {
	prefix, local, space := strings.Cut(name, ":")
	if space && (local == "" || len(local) > 32 || !isLetterByte(local[0]) || strings.Contains(local, ":")) {
		return false
	}
	return !strings.ContainsAny(prefix, "@.") && !strings.ContainsAny(local, "@.+?=&%")
}

// plainTag gives the name of a tag of small letters and digits without attributes, as most
// are; nil of any other.
func plainTag(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw[1:], slash)
	i := 0
	for i < len(raw) && ('a' <= raw[i] && raw[i] <= 'z' || isDigit(raw[i])) {
		i++
	}
	if i == 0 || i+1 != len(raw) || raw[i] != '>' {
		return nil
	}
	return raw[:i]
}

// attribute keeps what hides an element and where it links to.
func (t *htmlToken) attribute(key, value []byte, classes map[string]bool) {
	switch string(key) {
	case "hidden":
		t.hidden = t.hidden || string(value) != "until-found"
	case "style":
		t.hidden = t.hidden || hidingStyle(string(value))
	case "class": // of the frameworks in use; "sr-only" hides from sight only
		if len(classes) > 0 {
			for _, c := range strings.Fields(string(value)) {
				t.hidden = t.hidden || classes[c]
			}
		}
		if bytes.ContainsAny(value, "dD") {
			for _, c := range strings.Fields(strings.ToLower(string(value))) {
				t.hidden = t.hidden || c == "hidden" || c == "d-none"
			}
		}
	case "href":
		if t.name == "a" || t.name == "area" {
			t.text = linkAddress(string(value))
		}
	case "data-cfemail":
		if s := cloudflare(string(value)); s != "" {
			t.text = "=" + s
		}
	}
}

func hidingStyle(s string) bool {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	for _, rule := range []string{"opacity:0", "font-size:0"} { // but not "opacity:0.9"
		if strings.Contains(s, rule+";") || strings.HasSuffix(s, rule) {
			return true
		}
	}
	return strings.Contains(s, "display:none") || strings.Contains(s, "visibility:hidden")
}

// linkAddress gives the address of a mailto or tel link, percent-decoded.
func linkAddress(href string) string {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(href), ":")
	if !ok || len(rest) > 300 {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "?")
	if s, err := url.PathUnescape(rest); err == nil {
		rest = s
	}
	rest = squeeze(strings.Map(cleanRune, rest))
	switch strings.ToLower(scheme) {
	case "mailto":
		if strings.Contains(rest, "@") {
			return rest
		}
	case "tel":
		if strings.HasPrefix(rest, "+") && len(digitsOf(rest)) >= 7 {
			return rest
		}
	}
	return ""
}

func (h *htmlText) text(raw string) {
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
		if htmlBlank(raw[i]) {
			if raw[i] == '\n' {
				h.n++
			}
			h.space = true
			i++
			continue
		}
		j := i + 1 // words with one blank between are written at once
		for j < len(raw) && (!htmlBlank(raw[j]) || raw[j] == ' ' && j+1 < len(raw) && !htmlBlank(raw[j+1])) {
			j++
		}
		if h.space && h.cur.Len() > 0 {
			h.write(" ")
		}
		h.space = false
		h.write(raw[i:j])
		i = j
	}
}

func htmlBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\f' }

var newline, slash = []byte("\n"), []byte("/") // nobody writes to them

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
		h.out = append(h.out, line{text: t, n: int32(h.start), level: h.level})
	}
	h.cur.Reset()
	h.space, h.start = false, h.n
}

// blank separates paragraphs, once.
func (h *htmlText) blank() {
	if k := len(h.out); k > 0 && h.out[k-1].text != "" {
		h.out = append(h.out, line{n: int32(h.n)})
	}
}

func (h *htmlText) tag(t *htmlToken, closing bool) {
	if t.does&htmlBreak != 0 {
		h.flush()
	}
	h.table(t.name, closing)
	switch t.name {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		h.level = 0
		h.blank()
		if !closing {
			h.level = int8(t.name[1] - '0')
		}
	case "p", "ul", "ol", "table", "section", "article", "dl":
		h.blank()
	case "li":
		if !closing && h.cur.Len() == 0 && h.pre == 0 {
			h.write("• ")
			h.space = false
		}
	case "pre":
		if !closing {
			h.pre++
		} else if h.pre > 0 {
			h.pre--
		}
	case "td", "th":
		h.space = true
	case "a":
		if closing {
			h.endLink()
		} else if !strings.HasPrefix(t.text, "=") {
			h.link, h.linked, h.parts = t.text, h.cur.Len(), len(h.out)
		}
	}
	if s, ok := strings.CutPrefix(t.text, "="); ok && !closing {
		h.write(" " + s + " ")
	}
}

// table follows rows and cells. A table inside a table is read as text.
func (h *htmlText) table(name string, closing bool) {
	r := &h.rows
	switch {
	case name == "tr" || name == "table":
		h.endRow()
		r.open = name == "tr" && !closing && h.pre == 0
		r.cells = r.cells[:0]
	case (name == "td" || name == "th") && !closing && r.open && len(r.cells) < maxCells:
		h.flush()
		r.cells = append(r.cells, len(h.out))
	case len(name) == 2 && name[0] == 'h' && closing: // a heading: its line is out
		if k := len(h.out) - 1; k >= 0 && h.out[k].level > 0 {
			r.above, r.level = titled{text: h.out[k].text}, h.out[k].level
		}
	}
}

// endRow ends a row. One of two cells whose first names a section becomes that
// section; the cells of any other stand on one line.
func (h *htmlText) endRow() {
	r := &h.rows
	if !r.open || len(r.cells) < 2 || h.pre > 0 {
		return
	}
	first, second := r.cells[0], r.cells[1]
	if len(r.cells) == 2 && second == first+1 && len(h.out) > second && h.out[first].level == 0 {
		label := strings.TrimRight(h.out[first].text, ": ")
		section := r.above.section()
		chapter := chapterOf(section)
		if id := identify(label); id != "" && id != section && !chapterTitle(id) && (chapter == "" || chapter == "document" || chapter == "contact") && identify(h.out[second].text) == "" {
			h.out[first].text, h.out[first].level = label, min(6, r.level+1)
			return
		}
	}
	out := h.out[:first]
	for i := first; i < len(h.out); i++ {
		l := h.out[i]
		if i > first && len(out) > 0 && slices.Contains(r.cells[1:], i) && l.level == 0 && out[len(out)-1].level == 0 && len(out) > first && out[len(out)-1].text != "" {
			out[len(out)-1].text += "  " + l.text // as columns of text stand apart
			continue
		}
		out = append(out, l)
	}
	h.out = out
}

// endLink keeps the address of a link whose text does not show it.
func (h *htmlText) endLink() {
	if h.link != "" && h.parts == len(h.out) {
		shown := h.cur.String()[min(h.linked, h.cur.Len()):]
		digits := digitsOf(h.link)
		there := strings.Contains(fold(shown), fold(h.link))
		if strings.Contains(h.link, "@") {
			there = there || len(findEmails(shown)) > 0
		} else {
			// A number without its country code is shown; the link has all of it.
			there = there || len(digitsOf(shown)) >= 6 && (strings.Contains(shown, "+") || strings.HasPrefix(digitsOf(shown), "00")) || strings.Contains(digitsOf(shown), digits)
		}
		if !there {
			h.write(" <" + h.link + ">")
		}
	}
	h.link = ""
}

// cloudflare undoes the e-mail obfuscation of that proxy: the first byte is xored
// over the others.
func cloudflare(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) < 2 || len(b) > 200 {
		return ""
	}
	for i := 1; i < len(b); i++ {
		b[i] ^= b[0]
		if b[i] < 0x21 || b[i] > 0x7e {
			return ""
		}
	}
	return string(b[1:])
}
