package rfc2350

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// heading is a candidate: a place in the text that may begin a section.
type heading struct {
	line       int    // index into the lines
	start, end int    // bytes of number and title in that line
	number     string // dotted, without a final point
	title      string
	id         SectionID // "" if the title is unknown
	strong     bool      // numbered, by markup, or a title of two words and more
	inline     bool      // inside a long line
	labelled   bool      // a bare title with a colon and a value
	level      int       // by markup
}

// longLine: lines longer than this are taken for text whose line ends were lost.
const longLine = 240

// splitNumber takes a section number such as "2.1.", "2 .1" or "3.2:" off a heading.
func splitNumber(s string) (number, rest string) {
	i, n := numberAt(s, 0)
	if n == "" {
		return "", s
	}
	return n, strings.TrimSpace(s[i:])
}

// numberAt reads a section number at i: up to four components of one or two digits.
// It returns the end of the number with its final mark, and "" if there is none.
func numberAt(s string, i int) (end int, number string) {
	var parts []string
	for len(parts) < 5 {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j == i || j-i > 2 {
			break
		}
		parts = append(parts, strings.TrimLeft(s[i:j], "0"))
		end = j
		k := j
		if k < len(s) && s[k] == ' ' {
			k++
		}
		if k >= len(s) || s[k] != '.' {
			break
		}
		end = k + 1
		k++
		if k < len(s) && s[k] == ' ' && k+1 < len(s) && s[k+1] >= '0' && s[k+1] <= '9' && k+3 < len(s) && !digitRun(s[k+1:], 3) {
			k++
		}
		i = k
	}
	if len(parts) == 0 || len(parts) > 4 || parts[0] == "" {
		return 0, ""
	}
	if end < len(s) && (s[end] == ':' || s[end] == ')') {
		end++
	}
	// A number is followed by a blank or by the title's first letter.
	if end < len(s) {
		r, _ := utf8.DecodeRuneInString(s[end:])
		if !unicode.IsSpace(r) && !(s[end-1] == '.' && unicode.IsUpper(r)) {
			return 0, ""
		}
	}
	return end, strings.Join(parts, ".")
}

func digitRun(s string, n int) bool {
	for i := 0; i < n; i++ {
		if i >= len(s) || s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// findHeadings lists the candidates of all lines in order.
func findHeadings(lines []line) []heading {
	var out []heading
	for i, l := range lines {
		if l.pre || l.text == "" {
			continue
		}
		if len(l.text) > longLine && l.level == 0 {
			out = inlineHeadings(out, l.text, i)
			continue
		}
		if h, ok := lineHeading(lines, i); ok {
			out = append(out, h)
		}
	}
	return out
}

// lineHeading reads a line that is a heading, with or without a value after it.
func lineHeading(lines []line, i int) (heading, bool) {
	l := lines[i]
	start := len(l.text) - len(strings.TrimLeft(l.text, " \t\u00a0*_-•–>|+"))
	s := strings.TrimRight(l.text, " \t\u00a0*_|:")
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
	for from < len(s) && strings.IndexByte(" \t*_", s[from]) >= 0 {
		from++
	}
	if strings.HasPrefix(s[from:], "\u00a0") {
		from += 2
	}
	title := strings.TrimRight(s[from:], " .*_")
	if title == "" || dotLeader(title) && number == "" {
		return heading{}, false
	}
	first, _ := utf8.DecodeRuneInString(title)
	tend, n := matchTitle(s, from)
	switch {
	case n == nil:
		h.title, h.end = squeeze(title), len(l.text)
		if number != "" && len(title) <= maxTitle {
			h.id = identify(h.title)
		}
		h.strong = h.level > 0 || number != "" && h.id != ""
		return h, h.level > 0 && len(title) <= 200 || unknownTitle(number, title)
	case strings.TrimRight(s[tend:], " .:*_?") == "": // the title alone
		h.title, h.end = squeeze(title), len(l.text)
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
		case h.level > 0, number != "" && titleGoesOn(lines, i, rest):
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
	if number == "" && h.level == 0 && unicode.IsLower(first) {
		return heading{}, false // a label in a text
	}
	h.id = identify(h.title)
	// Not a heading but the end of "…, see section\n2.8 Public Keys".
	if number != "" && i > 0 && refersTo(lines[i-1].text) {
		return heading{}, false
	}
	h.strong = number != "" || h.level > 0 || n.words >= 2
	return h, true
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

// dotLeader reports the leader of a table of contents: "Address ......... 4".
func dotLeader(s string) bool {
	return strings.Contains(s, "....") || strings.Contains(s, "…………") || strings.Contains(s, ". . . .")
}

var referenceWords = map[string]bool{"section": true, "sections": true, "see": true, "chapter": true, "paragraph": true, "p": true, "clause": true, "point": true, "under": true, "abschnitt": true, "kapitel": true, "siehe": true, "ziffer": true, "punkt": true, "unter": true, "subbab": true, "bab": true, "lihat": true, "seccion": true, "seccao": true, "sezione": true, "sectie": true, "paragraaf": true, "ver": true, "vedi": true, "voir": true, "sekcja": true, "kapitola": true, "rfc": true, "secao": true, "ponto": true, "punto": true}

// refersTo reports whether a text ends in a word that announces a section number.
func refersTo(s string) bool {
	s = strings.TrimRight(clipLeft(s, 24), " \t(§")
	i := strings.LastIndexAny(s, " \t(,;")
	return referenceWords[fold(s[i+1:])] || strings.HasSuffix(s, "§")
}

func clipLeft(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[len(s)-n:]
}

// inlineHeadings finds "number + known title", and "Known Title:" without a number,
// inside a long line.
func inlineHeadings(out []heading, s string, line int) []heading {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if i > 0 && !boundary(s[:i]) {
			i += size
			continue
		}
		var h heading
		var ok bool
		switch {
		case r >= '1' && r <= '7':
			h, ok = inlineNumbered(s, i)
		case unicode.IsUpper(r):
			h, ok = inlineLabel(s, i)
		}
		if ok {
			h.line = line
			out = append(out, h)
			i = h.end
			continue
		}
		i += size
	}
	return out
}

// boundary reports whether a section number or a title may begin after s.
func boundary(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsSpace(r)
}

func inlineNumbered(s string, i int) (heading, bool) {
	if dashBefore(s[:i]) || refersTo(s[max(0, i-24):i]) {
		return heading{}, false
	}
	end, number := numberAt(s, i)
	if number == "" {
		return heading{}, false
	}
	from := end
	for from < len(s) && s[from] == ' ' {
		from++
	}
	if r, _ := utf8.DecodeRuneInString(s[from:]); !unicode.IsUpper(r) {
		return heading{}, false
	}
	tend, n := matchTitle(s, from)
	if n == nil {
		return heading{}, false
	}
	end = titleEnd(s, tend, false)
	if end < 0 || n.words == 1 && !strings.Contains(number, ".") && !chapterTitle(n.id) {
		return heading{}, false
	}
	h := heading{start: i, end: end, number: number, title: squeeze(s[from:end]), id: n.id, strong: true, inline: true}
	for h.end < len(s) && (s[h.end] == ':' || s[h.end] == '.') {
		h.end++
	}
	return h, true
}

func chapterTitle(id SectionID) bool { return !strings.Contains(string(id), ".") }

// inlineLabel finds a known title with a colon. It is a heading only where a
// document has no other (see chooseHeadings).
func inlineLabel(s string, i int) (heading, bool) {
	tend, n := matchTitle(s, i)
	if n == nil || tend >= len(s) || s[tend] != ':' || dashBefore(s[:i]) {
		return heading{}, false
	}
	return heading{start: i, end: tend + 1, title: squeeze(s[i:tend]), id: n.id, inline: true, strong: n.words >= 2}, true
}

// dashBefore rejects what follows a digit, a hyphen or a point with at most a blank
// between: "2023-05-08 Expiration" is no heading "08 Expiration".
func dashBefore(s string) bool {
	s = strings.TrimRight(s, " ")
	return strings.HasSuffix(s, "-") && !strings.HasSuffix(s, "--")
}

// increasing keeps the longest run of numbers that never goes back (patience
// sorting, n log n), so that one reference in running text cannot hide the
// headings that follow it. Candidates without a number are not judged.
func increasing(hs []heading) map[int]bool {
	var tails []int // indexes into hs, by the length of the run that they end
	prev := make([]int, len(hs))
	for i, h := range hs {
		prev[i] = -1
		if h.number == "" {
			continue
		}
		k := sort.Search(len(tails), func(k int) bool { return compareNumbers(hs[tails[k]].number, h.number) > 0 })
		if k > 0 {
			prev[i] = tails[k-1]
		}
		if k == len(tails) {
			tails = append(tails, i)
		} else {
			tails[k] = i
		}
	}
	keep := map[int]bool{}
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = prev[i] {
			keep[i] = true
		}
	}
	return keep
}

// compareNumbers orders dotted numbers component by component.
func compareNumbers(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := len(x) - len(y); c != 0 {
			return c
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}
