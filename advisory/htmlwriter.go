package advisory

import (
	"bufio"
	"strconv"
	"strings"
)

// markup is HTML that this package wrote. Only constants become markup, so that no text
// of an advisory does.
type markup string

// htmlWriter writes a page. Every text goes through text, which escapes it, and every
// link through link, which makes none but to http and https. It keeps no error of its
// own: bufio.Writer returns the first at Flush.
type htmlWriter struct {
	w *bufio.Writer
	*speech
}

func (h *htmlWriter) put(list ...markup) {
	for _, m := range list {
		_, _ = h.w.WriteString(string(m))
	}
}

// escapes are what text and attribute values must not hold.
var escapes = [256]string{
	'<': "&lt;", '>': "&gt;", '&': "&amp;", '"': "&#34;", '\'': "&#39;", '`': "&#96;", 0: "\ufffd",
}

// text writes a text, for content and for quoted attributes.
func (h *htmlWriter) text(s string) {
	s = strings.ToValidUTF8(clean(s), "\ufffd")
	from := 0
	for i := 0; i < len(s); i++ {
		if e := escapes[s[i]]; e != "" {
			_, _ = h.w.WriteString(s[from:i])
			_, _ = h.w.WriteString(e)
			from = i + 1
		}
	}
	_, _ = h.w.WriteString(s[from:])
}

// link writes a text as a link where the URL may be followed.
func (h *htmlWriter) link(text, url string) {
	u, ok := webURL(url)
	if !ok {
		h.text(text)
		return
	}
	h.put(`<a href="`)
	h.text(u)
	h.put(`" rel="noopener noreferrer nofollow">`)
	h.text(text)
	h.put(`</a>`)
}

// prose writes a text and links its URLs.
func (h *htmlWriter) prose(s string) {
	for _, seg := range segments(clean(s)) {
		if seg.url != "" {
			h.link(seg.text, seg.url)
		} else {
			h.text(seg.text)
		}
	}
}

// element writes a text inside of an element, and nothing if it is empty.
func (h *htmlWriter) element(open markup, s string, end markup) {
	if s != "" {
		h.put(open)
		h.text(s)
		h.put(end)
	}
}

func (h *htmlWriter) head(level markup, word string) {
	h.put("<h", level, ">")
	h.text(h.say(word))
	h.put("</h", level, ">\n")
}

// term writes a row of a definition list, and nothing if the text is empty.
func (h *htmlWriter) term(word, s string) {
	if s != "" {
		h.put("<dt>")
		h.text(h.say(word))
		h.put("</dt><dd>")
		h.prose(s)
		h.put("</dd>\n")
	}
}

func (h *htmlWriter) body(n *viewNote) {
	for _, p := range n.Paragraphs {
		h.put(`<p dir="auto">`)
		h.prose(p)
		h.put("</p>")
	}
	h.about(n.About, "p")
}

// about writes for which products something holds, long lists folded.
func (h *htmlWriter) about(l viewList, tag markup) {
	if l.empty() {
		return
	}
	const short = 3
	if l.All || len(l.Items) <= short {
		h.put("<", tag, ` class="about">`)
		h.text(h.say("For") + ": " + h.listed(l))
		h.put("</", tag, ">")
		return
	}
	h.put(`<details class="about"><summary>`)
	h.text(h.say("For") + ": " + strconv.Itoa(len(l.Items)+l.More) + " " + h.say("products"))
	h.put("</summary><ul>")
	for _, s := range l.Items {
		h.element("<li>", s, "</li>")
	}
	if l.More > 0 {
		h.element("<li>", "+ "+strconv.Itoa(l.More)+" "+h.say("more"), "</li>")
	}
	h.put("</ul></details>")
}

func (h *htmlWriter) notes(notes []viewNote) {
	for i := range notes {
		h.put(`<section class="note">`)
		h.element("<h3>", notes[i].Title, "</h3>")
		h.body(&notes[i])
		h.put("</section>\n")
	}
}

func (h *htmlWriter) entries(word string, notes []viewNote) {
	if len(notes) == 0 {
		return
	}
	h.head("3", word)
	for i := range notes {
		h.put(`<div class="entry">`)
		h.element("<h4>", notes[i].Title, "</h4>")
		h.body(&notes[i])
		h.put("</div>\n")
	}
}

func (h *htmlWriter) links(level markup, refs []viewLink) {
	if len(refs) == 0 {
		return
	}
	h.head(level, "References")
	h.put("<ul>")
	for _, r := range refs {
		h.put("<li>")
		h.link(r.Text, r.URL)
		h.put("</li>\n")
	}
	h.put("</ul>\n")
}

func (h *htmlWriter) credits(level markup, rows []string) {
	if len(rows) == 0 {
		return
	}
	h.head(level, "Credits")
	h.put("<ul>")
	for _, s := range rows {
		h.put(`<li dir="auto">`)
		h.prose(s)
		h.put("</li>\n")
	}
	h.put("</ul>\n")
}

// table begins a table with a head of words.
func (h *htmlWriter) table(heads ...string) {
	h.put("<table><thead><tr>")
	for _, w := range heads {
		h.element("<th>", h.say(w), "</th>")
	}
	h.put("</tr></thead><tbody>\n")
}

func (h *htmlWriter) endTable() { h.put("</tbody></table>\n") }

// badge writes a severity in its colour.
func (h *htmlWriter) badge(class, s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	switch class {
	case "critical":
		h.put(`<span class="badge critical">`)
	case "high":
		h.put(`<span class="badge high">`)
	case "medium":
		h.put(`<span class="badge medium">`)
	case "low":
		h.put(`<span class="badge low">`)
	default:
		h.put(`<span class="badge">`)
	}
	h.text(s)
	h.put("</span>")
}
