package rfc2350

import (
	"regexp"
	"slices"
	"strings"
)

// line is one line of the source after its outer form (encoding, HTML, signature
// envelope) was taken off.
type line struct {
	text  string
	n     int32 // line number in the source, from 1
	level int8  // 1–6: a heading by markup
	pre   bool  // part of an armored block or of preformatted text: no heading
	page  bool  // first line of a new page
}

// source is a document without its outer form.
type source struct {
	lines     []line
	canonical bool // written by Text
	envelope  envelope
	findings  []Finding
}

// readSource takes the outer form off. It never fails: what cannot be understood
// stays text.
func readSource(data []byte, w *workspace) *source {
	s := &source{}
	text := decodeRuns(data, s)
	armored := strings.Contains(text, "PGP ")
	// Most documents speak of OpenPGP without a mark. A page may show one in parts.
	signed, block := armored && strings.Contains(text, "BEGIN PGP SIGNED MESSAGE"), armored && strings.Contains(text, "KEY BLOCK")
	// What Text wrote may show markup, and is no page for that.
	w.lines = splitLines(w.lines, text)
	if s.lines = w.lines; looksLikeHTML(text) && !isCanonical(s.lines) {
		w.tokens = htmlTokens(w.tokens, text)
		w.page = htmlLines(w.page, w.tokens)
		s.lines, signed, block = w.page, armored, armored
	}
	if signed {
		s.unwrap()
	}
	s.canonical = isCanonical(s.lines)
	if block {
		s.markArmor()
	}
	if !s.canonical {
		s.markdown()
		s.dropPages()
	}
	return s
}

// splitLines appends the lines of a text.
func splitLines(out []line, text string) []line {
	out = slices.Grow(out, strings.Count(text, "\n")+1)
	pages := strings.Contains(text, "\f")
	for n := int32(1); ; n++ {
		l, rest, more := strings.Cut(text, "\n")
		page := false
		for pages {
			before, after, ff := strings.Cut(l, "\f")
			if !ff {
				break
			}
			out = append(out, line{text: trimEnd(before), n: n, page: page})
			l, page = after, true
		}
		out = append(out, line{text: trimEnd(l), n: n, page: page})
		if !more {
			return out
		}
		text = rest
	}
}

// trimEnd takes blanks and tabs off the end.
func trimEnd(s string) string {
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// bodyIndent is the indentation of all text but headings in the output of Text.
const bodyIndent = "    "

// isCanonical recognizes the layout that Text writes: headings at the margin, after
// two blank lines and before one; everything else indented by four. There, and only
// there, every line at the margin is a heading, so that parsing is exact.
func isCanonical(lines []line) bool {
	blank, text := 0, false
	for i := range lines {
		l := &lines[i]
		switch {
		case l.text == "":
			blank++
			continue
		case l.level > 0 || l.pre || l.page:
			return false
		case strings.HasPrefix(l.text, bodyIndent):
		default:
			if text && blank != 2 || i+1 < len(lines) && lines[i+1].text != "" {
				return false
			}
		}
		blank, text = 0, true
	}
	return slices.ContainsFunc(lines, func(l line) bool {
		if l.text == "" || strings.HasPrefix(l.text, bodyIndent) {
			return false
		}
		_, title := splitNumber(l.text)
		return identify(title) != ""
	})
}

// unmark makes text of the headings by markup, where none of them begins a section, and
// reports whether there were any. Text prints no such marks, so that its reader sees lines
// like "2.1 Name EX-CERT", which tell a section after all.
func (s *source) unmark() (found bool) {
	for i := range s.lines {
		found = found || s.lines[i].level > 0
		s.lines[i].level = 0
	}
	return found
}

var markStart = regexp.MustCompile(`<([A-Za-z!])`)

// spaceMarkup parts the marks that a page shows from what follows them, in a document
// without sections: nothing else in its Text would tell it from a page. Only what can
// be a mark is parted: a blank before a number would make a title of "<4. Policies".
func (s *source) spaceMarkup() {
	var b strings.Builder
	for _, l := range s.lines {
		b.WriteString(bodyIndent + l.text + "\n")
	}
	if !looksLikeHTML(b.String()) {
		return
	}
	for i := range s.lines {
		s.lines[i].text = markStart.ReplaceAllString(s.lines[i].text, "< $1")
	}
}

// markdown reads the marks of Markdown that matter here: headings with #, fences,
// which are dropped, tables, and, in a document with such headings, backslash escapes.
func (s *source) markdown() {
	found, fences, bars := false, false, false
	for i := range s.lines {
		l := &s.lines[i]
		if bars = bars || strings.IndexByte(l.text, '|') >= 0; l.text == "" || l.pre {
			continue
		}
		switch l.text[0] {
		case '`':
			fences = fences || strings.HasPrefix(l.text, fence)
		case '#':
			t := strings.TrimLeft(l.text, "#")
			if d := len(l.text) - len(t); l.level == 0 && d <= 6 && strings.HasPrefix(t, " ") && len(t) < 200 {
				l.level, l.text = int8(d), strings.Trim(t, " #\t")
				found = true
			}
		}
	}
	if bars {
		s.tables()
	}
	if !found && !fences {
		return
	}
	out, fenced := s.lines[:0], false
	for _, l := range s.lines {
		if strings.HasPrefix(l.text, fence) && !l.pre {
			fenced = !fenced
			continue
		}
		if found && !fenced && !l.pre {
			l.text = unescapeMarkdown(l.text)
		}
		out = append(out, l)
	}
	s.lines = out
}

const fence = "```" // around preformatted text

func unescapeMarkdown(t string) string {
	if strings.IndexByte(t, '&') >= 0 {
		t = strings.NewReplacer("\n", " ", "\f", " ").Replace(unescape(t))
	}
	if strings.IndexByte(t, '\\') < 0 {
		return t
	}
	var b strings.Builder
	for i := 0; i < len(t); i++ {
		if t[i] == '\\' && i+1 < len(t) && strings.IndexByte("\\`*_{}[]()<>#+-.!|~=", t[i+1]) >= 0 {
			i++
		}
		b.WriteByte(t[i])
	}
	return b.String()
}
