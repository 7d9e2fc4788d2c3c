package rfc2350

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// heading is a candidate: a place in the text that may begin a section.
type heading struct {
	number     string // dotted, without a final point
	title      string
	id         SectionID // "" if the title is unknown
	node       *node     // the known title that the whole title is, if any
	line       int       // index into the lines
	start, end int       // bytes of number and title in that line
	level      int8      // by markup
	bit        uint8     // of id, in a sectionSet
	strong     bool      // numbered, by markup, or a title of two words and more
	inline     bool      // inside a long line
	labelled   bool      // a bare title with a colon and a value
	told       bool      // id is what identify says of the title
	chapter    bool      // a number without points before a title that is not known
}

// longLine: lines longer than this are taken for text whose line ends were lost.
const longLine = 240

// findHeadings lists the candidates of all lines in order.
func (w *workspace) findHeadings(lines []line) []heading {
	out := w.heads[:0]
	for i := range lines {
		l := &lines[i]
		if l.pre || l.text == "" {
			continue
		}
		if len(l.text) > longLine && l.level == 0 && len(strings.TrimLeft(l.text, " ")) > longLine { // Text indents what has no section
			out = inlineHeadings(out, l.text, i)
			continue
		}
		start := marksBefore(l.text)
		if l.level == 0 && start < len(l.text) && runningText(l.text, start) {
			continue
		}
		if h, ok := lineHeading(lines, i, start); ok {
			out = append(out, h)
		}
	}
	w.heads = out
	out = keepChapters(lines, out)
	for i := range out {
		if h := &out[i]; h.bit == 0 {
			h.bit = h.id.bit()
		}
	}
	return out
}

func blankBefore(lines []line, i int) bool { return i == 0 || lines[i-1].text == "" }

// keepChapters drops what is rather an item of a list than a chapter with a title of
// its own ("3. Information, Policies and Procedures"). A chapter stays if its first
// section follows ("3.1"), or if it stands alone between the chapters before and
// after it, also after a gap.
func keepChapters(lines []line, hs []heading) []heading {
	next := make([]int, len(hs)) // the chapter of the next known heading, 0 if none
	after, any, known, apart := 0, false, 0, 0
	for i := len(hs) - 1; i >= 0; i-- {
		next[i] = after
		if h := &hs[i]; h.id != "" && h.number != "" {
			after = chapterNumber(h.number)
			known++
			if blankBefore(lines, h.line) {
				apart++
			}
		}
		any = any || hs[i].chapter
	}
	if !any {
		return hs
	}
	dense := 2*apart < known // headings stand without blank lines
	out := hs[:0]
	prev, item := 0, -1
	for i, h := range hs {
		if h.chapter {
			n := atoi(h.number)
			first := i+1 < len(hs) && hs[i+1].number == h.number+".1" && (n == prev+1 || prev == 0)
			alone := prev > 0 && prev < n && n <= prev+3 && (next[i] > n || next[i] == 0) && n-1 != item && (standsAlone(lines, hs, i) || dense && n <= 7 && strings.HasSuffix(numberPrinted(lines, h), ".") && standsDense(lines, hs, i))
			item = n
			if !dense && !blankBefore(lines, h.line) {
				continue
			}
			if !first && !alone || n < 2 {
				continue
			}
			item = -1
		}
		if h.number != "" {
			prev = chapterNumber(h.number)
		}
		out = append(out, h)
	}
	return out
}

// standsAlone: between blank lines, with a text of its own before the next heading.
func standsAlone(lines []line, hs []heading, i int) bool {
	at, end := hs[i].line, len(lines)
	if i+1 < len(hs) {
		end = hs[i+1].line
	}
	if at+1 >= end || lines[at+1].text != "" {
		return false
	}
	for k := at - 1; k >= 0 && k >= at-3; k-- { // "in three steps:"
		if t := lines[k].text; t != "" {
			if strings.HasSuffix(t, ":") {
				return false
			}
			break
		}
	}
	for k := at + 2; k < end; k++ {
		if lines[k].text != "" {
			return true
		}
	}
	return false
}

// numberPrinted is the number as printed, with its final mark.
func numberPrinted(lines []line, h heading) string {
	t := lines[h.line].text
	end, _ := numberAt(t, h.start)
	return t[h.start:max(h.start, end)]
}

// standsDense is standsAlone where no heading has blank lines around it: a text, or the
// end, follows, and neither a list before it nor its own first item.
func standsDense(lines []line, hs []heading, i int) bool {
	at := hs[i].line
	if at == 0 || strings.HasSuffix(lines[at-1].text, ":") || at+1 >= len(lines) {
		return false
	}
	next, _ := numberAt(strings.TrimSpace(lines[at+1].text), 0)
	return next == 0 || i+1 < len(hs) && hs[i+1].line == at+1
}

func chapterNumber(number string) int {
	c, _, _ := strings.Cut(number, ".")
	return atoi(c)
}

// runningText: most lines begin with a word that begins no title.
func runningText(s string, start int) bool {
	c := s[start]
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' && !titleTree().mayBegin(s, start)
}

// lineHeading reads a line that is a heading, with or without a value after it. It begins
// at start.
func lineHeading(lines []line, i, start int) (heading, bool) {
	l := &lines[i]
	s := l.text
	if c := s[len(s)-1]; c >= utf8.RuneSelf || strings.IndexByte(" \t*_|:", c) >= 0 {
		s = strings.TrimRight(s, " \t\u00a0*_|:")
	}
	if start >= len(s) {
		return heading{}, false
	}
	h := heading{line: i, start: start, level: l.level}
	end, number := numberAt(s, start)
	h.number = number
	from := start
	if number != "" {
		from = end
	}
	for from < len(s) && (strings.IndexByte(" \t*_", s[from]) >= 0 || number != "" && s[from] == '.') {
		from++ // a dot after a number belongs to it, also behind blanks
	}
	if strings.HasPrefix(s[from:], "\u00a0") {
		from += 2
	}
	first, _ := utf8.DecodeRuneInString(s[from:])
	if number == "" && h.level == 0 && unicode.IsLower(first) {
		return heading{}, false // running text, or a label in a text
	}
	title := s[from:]
	if c := s[len(s)-1]; !isLetterByte(c) {
		title = strings.TrimRight(title, " .*_")
	}
	if title == "" || number == "" && dotLeader(title) {
		return heading{}, false
	}
	tend, n := matchTitle(s, from)
	switch {
	case n == nil:
		if number == "" && h.level == 0 {
			return heading{}, false
		}
		h.title, h.end = squeeze(title), len(l.text)
		if number != "" && len(title) <= maxTitle {
			h.id, h.told = identify(h.title), true
		}
		h.strong = h.level > 0 || number != "" && h.id != ""
		h.chapter = h.level == 0 && h.id == "" && !strings.Contains(number, ".") && unknownTitle(number+".0", title)
		return h, h.level > 0 && len(title) <= 200 || unknownTitle(number, title) || h.chapter
	case strings.TrimRight(s[tend:], " .:*_?") == "": // the title alone
		h.title, h.end = squeeze(title), len(l.text)
		h.id, h.bit, h.told, h.node = n.id, n.bit, true, n
	default:
		rest := s[tend:]
		h.end = titleEnd(s, tend, n.open)
		if h.end < 0 { // a word goes on, or running text that begins like a title
			if number == "" && h.level == 0 {
				return heading{}, false
			}
			h.end = tend
		}
		value := strings.TrimSpace(s[h.end:])
		colon := strings.HasPrefix(value, ":")
		switch {
		case colon:
			h.labelled = number == "" && h.level == 0
		case value == "":
			h.end = len(l.text)
		case h.level > 0, number != "" && (titleGoesOn(lines, i, rest) || numberedTitle(value)):
			h.title, h.end = squeeze(title), len(l.text)
		case number == "":
			return heading{}, false
		case !unicode.IsUpper(first):
			return heading{}, false
		}
		if h.title == "" {
			h.title = squeeze(s[from:min(h.end, len(s))])
		}
		if colon {
			h.end += strings.IndexByte(s[h.end:], ':') + 1
		}
	}
	if !h.told {
		h.id, h.told = identify(h.title), true
	}
	// Not a heading but the end of "…, see section\n2.8 Public Keys".
	if number != "" && i > 0 && refersTo(lines[i-1].text) {
		return heading{}, false
	}
	h.strong = number != "" || h.level > 0 || n.words >= 2
	return h, true
}

// marksBefore is the end of the blanks and marks, as of lists and quotes, that begin a line.
func marksBefore(s string) int {
	i := 0
	for i < len(s) {
		if s[i] < utf8.RuneSelf {
			if strings.IndexByte(" \t*_->|+", s[i]) < 0 {
				break
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != '•' && r != '–' && r != '\u00a0' {
			break
		}
		i += n
	}
	return i
}

// titleEnd extends a title at its end by a parenthesis, by what is joined to it
// without a blank ("Informasi/ data"), and, if it is open, by the team's name.
func titleEnd(s string, end int, open bool) int {
	if open {
		return len(s)
	}
	rest := s[end:]
	if strings.HasPrefix(rest, ")") {
		end, rest = end+1, rest[1:]
	}
	t := strings.TrimLeft(rest, " ")
	if strings.HasPrefix(t, "(") {
		if k := strings.IndexByte(t, ')'); k > 0 && k <= 60 && !strings.ContainsAny(t[:k], "0123456789@") {
			return end + len(rest) - len(t) + k + 1
		}
	}
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		return -1
	}
	return end
}

// titleGoesOn decides whether what follows a known title on its line belongs to
// the title, or is the section's text: it is text if the next line is a heading, or
// if it looks like a value.
func titleGoesOn(lines []line, i int, rest string) bool {
	rest = strings.TrimSpace(rest)
	if len(rest) > 50 || strings.ContainsAny(rest, "0123456789@:") || strings.Contains(rest, "www.") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	if strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "/") || unicode.IsLower(r) {
		return true
	}
	for j := i + 1; j < len(lines); j++ {
		t := strings.TrimSpace(lines[j].text)
		if t == "" {
			continue
		}
		end, n := numberAt(t, 0)
		if n == "" {
			return true
		}
		_, known := matchTitle(t, end)
		return known == nil
	}
	return false
}

// unknownTitle accepts numbered lines whose title is not known, such as
// "1.2.1 Advisories": two components at least, short, no sentence.
func unknownTitle(number, title string) bool {
	if strings.Count(number, ".") == 0 || len(title) > 80 || strings.ContainsAny(title, "@:;") || strings.Contains(title, "http") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(title)
	if !unicode.IsUpper(r) && !unicode.Is(unicode.Lo, r) {
		return false
	}
	return !strings.HasSuffix(title, ".") && !strings.HasSuffix(title, ",") && len(strings.Fields(title)) <= 10 && !strings.Contains(title, ". ")
}

// numberedTitle tells a value that would be a heading on a line of its own, and become
// one when the Text is read again: it belongs to the title.
func numberedTitle(value string) bool {
	end, number := numberAt(value, 0)
	return number != "" && unknownTitle(number, strings.TrimLeft(value[end:], " ."))
}

// dotLeader reports the leader of a table of contents: "Address ......... 4".
func dotLeader(s string) bool {
	if strings.IndexByte(s, '.') < 0 && strings.IndexByte(s, 0xe2) < 0 {
		return false
	}
	return strings.Contains(s, "....") || strings.Contains(s, "…………") || strings.Contains(s, ". . . .")
}

// refersTo reports whether a text ends in a word that announces a section number.
func refersTo(s string) bool {
	s = clipLeft(s, 24)
	if s != "" && !isLetterByte(s[len(s)-1]) {
		if c := s[len(s)-1]; c < utf8.RuneSelf && strings.IndexByte(" \t(", c) < 0 {
			return false // mostly a point
		}
		s = strings.TrimRight(s, " \t(§")
	}
	i := len(s)
	if i == 0 || s[i-1] < utf8.RuneSelf && !isLetterByte(s[i-1]) {
		return false
	}
	for i > 0 && strings.IndexByte(" \t(,;", s[i-1]) < 0 {
		i--
	}
	return words().says(s[i:], bReference)
}

func clipLeft(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[len(s)-n:]
}
