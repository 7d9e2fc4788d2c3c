package rfc2350

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// dropPages removes what a page break leaves in text made from a PDF: lines that
// hold only a page number with its word, and running heads and feet that repeat
// beside form feeds. A bare number is never taken for a page number.
func (s *source) dropPages() {
	var repeats map[string]int
	mayNumber := false
	for i := range s.lines {
		mayNumber = mayNumber || endsLikePage(s.lines[i].text)
		if !s.lines[i].page {
			continue
		}
		if repeats == nil {
			repeats = map[string]int{}
		}
		for _, j := range edges(s.lines, i) {
			repeats[maskDigits(s.lines[j].text)]++
		}
	}
	if repeats == nil && !mayNumber {
		return
	}
	var drop map[int]bool
	mark := func(i int) {
		if drop == nil {
			drop = map[int]bool{}
		}
		drop[i] = true
	}
	heads := s.runningHeads()
	after := map[string]int{} // what stands below the feet of pages, or begins the text
	for i := range s.lines {
		if heads == nil {
			break
		}
		l := &s.lines[i]
		if i == 0 && l.text != "" {
			after[l.text]++
		}
		if endsInPage(l.text) && heads[maskDigits(l.text)] > 1 {
			if j := s.afterFoot(i); j > 0 {
				after[s.lines[j].text]++
			}
		}
	}
	for i := range s.lines {
		l := &s.lines[i]
		if heads != nil && endsInPage(l.text) && heads[maskDigits(l.text)] > 1 {
			mark(i)
			if j := s.afterFoot(i); j > 0 && after[s.lines[j].text] > 1 {
				mark(j)
			}
			continue
		}
		if l.page {
			for _, j := range edges(s.lines, i) {
				if t := s.lines[j].text; repeats[maskDigits(t)] > 1 && !statesAbsence(t) || barePage(t) {
					mark(j)
				}
			}
		}
		if !l.pre && len(l.text) < 40 && endsLikePage(l.text) && pageLine(l.text) {
			mark(i)
		}
	}
	if len(drop) == 0 {
		return
	}
	residue := make([]line, 0, len(drop))
	out := make([]line, 0, len(s.lines))
	for i, l := range s.lines {
		if drop[i] {
			residue = append(residue, l)
			continue
		}
		out = append(out, l)
	}
	first := int(residue[0].n)
	if said := saidOnPages(residue); said != nil {
		out = append(said, out...)
	}
	s.lines = out
	s.add("page-residue", Info, "", first, "page numbers, running heads or feet were removed")
}

// endsInPage: the line ends with a number, or with one in brackets: "Smith  [Page 2]".
func endsInPage(text string) bool {
	text = strings.TrimSuffix(text, "]")
	return text != "" && isDigit(text[len(text)-1])
}

// afterFoot is the running head that may stand below the foot of a page at line i: the
// next line that is not empty, unless it is a heading. It is -1 if there is none.
func (s *source) afterFoot(i int) int {
	const far = 8
	for j := i + 1; j < len(s.lines) && j < i+far; j++ {
		if l := &s.lines[j]; l.text != "" {
			if n, _ := splitNumber(l.text); n != "" || l.level > 0 || l.pre {
				return -1
			}
			return j
		}
	}
	return -1
}

// runningHeads counts the lines that end with a page number and its word, by their
// text without digits: "EX-CERT RFC 2350      Page 2 of 4".
func (s *source) runningHeads() map[string]int {
	var heads map[string]int
	for i := range s.lines {
		l := &s.lines[i]
		if n := len(l.text); l.pre || l.level > 0 || n < 6 || n > 160 || !endsInPage(l.text) || pageTail(strings.TrimSuffix(l.text, "]")) < 0 {
			continue
		}
		if heads == nil {
			heads = map[string]int{}
		}
		heads[maskDigits(l.text)]++
	}
	return heads
}

// endsLikePage: a number, perhaps with a dash or bar behind it, may end the line; most
// lines end otherwise.
func endsLikePage(s string) bool {
	if s == "" {
		return false
	}
	c := s[len(s)-1]
	return isDigit(c) || c == '-' || c == '|' || c == "–"[2] || c <= ' '
}

// pageLine: the line is only the number of a page: "- Page 3 of 4 -".
func pageLine(s string) bool {
	s = strings.TrimLeft(s, blanks)
	if t := strings.TrimRight(s, blanks); !strings.ContainsAny(s, "0123456789") {
		return false
	} else if !isDigit(t[len(t)-1]) {
		s = strings.TrimRight(trimRule(t, strings.TrimSuffix), blanks)
	}
	s = strings.TrimLeft(trimRule(s, strings.TrimPrefix), blanks)
	return pageTail(s) == 0
}

// blanks are those of ASCII that stand in lines.
const blanks = " \t\f\r"

// trimRule takes one dash or bar off an end.
func trimRule(s string, trim func(s, x string) string) string {
	for _, r := range []string{"-", "–", "|", "[", "]"} {
		if t := trim(s, r); t != s {
			return t
		}
	}
	return s
}

// pageTail finds where the number of a page with its word begins that ends a text:
// "Page 2 of 4", "Seite 3". It is -1 if there is none.
func pageTail(s string) int {
	s, ok := cutNumber(s)
	if !ok {
		return -1
	}
	i := pageWord(s)
	if i < 0 { // "2 of 4", "2/4"
		t := strings.TrimRight(s, blanks)
		if cut := strings.TrimSuffix(t, "/"); cut != t {
			t = cut
		} else {
			word := lastWord(t)
			if !words().says(word, bPageOf) {
				return -1
			}
			t = t[:len(t)-len(word)]
		}
		if s, ok = cutNumber(strings.TrimRight(t, blanks)); !ok {
			return -1
		}
		i = pageWord(s)
	}
	return i
}

// cutNumber takes a number of one to three digits off the end.
func cutNumber(s string) (string, bool) {
	s = strings.TrimRight(s, blanks)
	n := len(s)
	for n > 0 && isDigit(s[n-1]) {
		n--
	}
	return s[:n], n < len(s) && len(s)-n <= 3
}

// pageWord finds the word for a page at the end of a text, before blanks.
func pageWord(s string) int {
	t := strings.TrimRight(s, blanks)
	word := lastWord(t)
	at := len(t) - len(word)
	if len(t) == len(s) || word == "" || at > 0 && t[at-1] != '|' && t[at-1] != '[' && strings.IndexByte(blanks, t[at-1]) < 0 {
		return -1
	}
	if !words().says(word, bPage) {
		return -1
	}
	return at
}

// lastWord is the word that ends a text, without digits.
func lastWord(s string) string {
	i := len(s)
	for i > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if !unicode.IsLetter(r) {
			break
		}
		i -= n
	}
	return s[i:]
}

// edges gives the indexes of the two text lines on each side of a page break before
// line i.
func edges(lines []line, i int) []int {
	var out []int
	const deep = 2
	for j, k, n := i-1, 0, 0; j >= 0 && k < 6 && n < deep; j, k = j-1, k+1 {
		if lines[j].text != "" {
			out = append(out, j)
			n++
		}
	}
	for j, k, n := i, 0, 0; j < len(lines) && k < 6 && n < deep; j, k = j+1, k+1 {
		if lines[j].text != "" {
			out = append(out, j)
			n++
		}
	}
	return out
}

func maskDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '#'
		}
		return r
	}, clip(strings.TrimSpace(s), 200))
}

// barePage: at a page break a number alone is a page number.
func barePage(s string) bool {
	s = strings.Trim(s, " -–\t")
	return s != "" && len(s) <= 3 && strings.Trim(s, "0123456789ivx") == ""
}
