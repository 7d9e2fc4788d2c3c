package rfc2350

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
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
func readSource(data []byte) *source {
	s := &source{}
	text := decodeRuns(data, s)
	// What Text wrote may show markup, and is no page for that.
	if s.lines = splitLines(text); looksLikeHTML(text) && !isCanonical(s.lines) {
		s.lines = htmlLines(text)
	}
	armored := strings.Contains(text, "PGP ")
	if armored {
		s.unwrap()
	}
	s.canonical = isCanonical(s.lines)
	if armored {
		s.markArmor()
	}
	if !s.canonical {
		s.markdown()
		s.dropPages()
	}
	return s
}

// decode gives valid UTF-8 without control characters other than line ends, tabs
// and form feeds. Bytes that are not UTF-8 are read as Latin-1.
func decode(data []byte, s *source) string {
	data = s.unicode(data)
	var b strings.Builder
	b.Grow(len(data))
	decodeInto(&b, data)
	return b.String()
}

// decodeRuns is decode for long texts: it copies what needs no change.
func decodeRuns(data []byte, s *source) string {
	data = s.unicode(data)
	var b strings.Builder
	b.Grow(len(data))
	for i := 0; i < len(data); {
		from := i
		for i < len(data) && plainByte(data[i]) {
			i++
		}
		b.Write(data[from:i])
		from = i
		for i < len(data) && !plainByte(data[i]) {
			i++
		}
		if i < len(data) && data[i-1] == '\r' && data[i] == '\n' {
			i++ // a line end is decoded whole
		}
		decodeInto(&b, data[from:i])
	}
	return b.String()
}

// unicode takes the byte order mark off, and makes UTF-8 of UTF-16.
func (s *source) unicode(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(data) >= 2 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff) {
		data = utf16Bytes(data)
	}
	if !utf8.Valid(data) {
		s.add("not-utf8", Info, "", 1, "the document is not UTF-8; it was read as Latin-1 where it is not")
	}
	return data
}

func decodeInto(b *strings.Builder, data []byte) {
	write := func(r rune) {
		if r = cleanRune(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			write(rune(data[i]))
		case r == '\r':
			if i+1 >= len(data) || data[i+1] != '\n' {
				b.WriteByte('\n')
			}
		default:
			write(r)
		}
		i += n
	}
}

// cleanText is what decoding makes of a text that is UTF-8 already.
func cleanText(s string) string {
	for i := 0; i < len(s); i++ {
		if !plainByte(s[i]) {
			return strings.Map(cleanRune, s)
		}
	}
	return s
}

// plainByte: decoding leaves it as it is.
func plainByte(c byte) bool { return ' ' <= c && c < 0x7f || c == '\n' || c == '\t' || c == '\f' }

// cleanRune makes all line ends LF and blanks of all widths, control and invisible
// characters a blank; tabs and form feeds stay.
func cleanRune(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\f':
		return r
	case r == 0xad || r == 0x2060:
		return -1 // where a line may or may not break: nothing is printed
	case r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\v':
		return '\n'
	case r < 0x20 || 0x7f <= r && r <= 0xa0 || 0x2000 <= r && r <= 0x200a || r == 0x202f || r == 0x3000 || isFormat(r):
		return ' '
	}
	return r
}

// unescape resolves character references, which may hide what decode took away.
func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return strings.Map(cleanRune, html.UnescapeString(s))
}

// isFormat reports invisible characters that change how text is shown or split
// words: zero-width space, directional marks and overrides, byte order marks.
func isFormat(r rune) bool {
	return 0x200b <= r && r <= 0x200f || 0x202a <= r && r <= 0x202e || 0x2060 <= r && r <= 0x2069 || r == 0xfeff || r == 0xad
}

func utf16Bytes(data []byte) []byte {
	little := data[0] == 0xff
	var b bytes.Buffer
	for i := 2; i+1 < len(data); i += 2 {
		u := rune(data[i])<<8 | rune(data[i+1])
		if little {
			u = rune(data[i+1])<<8 | rune(data[i])
		}
		b.WriteRune(u) // surrogates become U+FFFD: no title or address holds one
	}
	return b.Bytes()
}

func splitLines(text string) []line {
	out := make([]line, 0, strings.Count(text, "\n")+1)
	n := 1
	for {
		l, rest, more := strings.Cut(text, "\n")
		page := false
		for {
			before, after, ff := strings.Cut(l, "\f")
			out = append(out, line{text: strings.TrimRight(before, " \t"), n: int32(n), page: page})
			if !ff {
				break
			}
			l, page = after, true
		}
		if !more {
			return out
		}
		text = rest
		n++
	}
}

// bodyIndent is the indentation of all text but headings in the output of Text.
const bodyIndent = "    "

// isCanonical recognizes the layout that Text writes: headings at the margin, after
// two blank lines and before one; everything else indented by four. There, and only
// there, every line at the margin is a heading, so that parsing is exact.
func isCanonical(lines []line) bool {
	blank, text, first := 0, false, ""
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
			if first == "" {
				first = l.text
			}
		}
		blank, text = 0, true
	}
	_, title := splitNumber(first)
	return identify(title) != ""
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
