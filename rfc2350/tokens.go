package rfc2350

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is what the tokens i to j-1 print.
func (x *lexed) text(i, j int) string {
	if i >= j || i >= len(x.toks) {
		return ""
	}
	return x.s[x.toks[i].start:x.toks[j-1].end]
}

// plain is text with full-width letters, digits and signs made plain.
func (x *lexed) plain(i, j int) string {
	s := x.text(i, j)
	for k := 0; k < len(s); k++ {
		if s[k] >= utf8.RuneSelf {
			return strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) && (r < 0xff01 || r > 0xff5e) {
					return r
				}
				return plainSign(r)
			}, s)
		}
	}
	return s
}

// is reports whether token i is the sign r.
func (x *lexed) is(i int, r rune) bool {
	return i >= 0 && i < len(x.toks) && x.toks[i].kind == kSign && x.toks[i].sign() == r
}

// word reports whether token i is a word with a meaning, alone or as the beginning
// of a phrase.
func (x *lexed) has(i int, m meaning) bool {
	return i >= 0 && i < len(x.toks) && x.toks[i].means.has(m)
}

// width is how many tokens a word or its phrase takes.
func (x *lexed) width(i int) int { return max(1, int(x.toks[i].span)) }

// num gives the number at token i, or -1.
func (x *lexed) num(i int) int {
	if i < 0 || i >= len(x.toks) || x.toks[i].kind != kNumber {
		return -1
	}
	return int(x.toks[i].n)
}

// digits is how many digits the number at token i has, 0 if it is none.
func (x *lexed) digits(i int) int {
	if i < 0 || i >= len(x.toks) || x.toks[i].kind != kNumber {
		return 0
	}
	n := int(x.toks[i].end - x.toks[i].start)
	if x.s[x.toks[i].start] >= utf8.RuneSelf {
		n /= 3
	}
	return n
}

// glued reports whether nothing stands between token i and the one before.
func (x *lexed) glued(i int) bool {
	return i > 0 && i < len(x.toks) && x.toks[i].gap == gapNone
}

// apart: the next column of a table begins at token i, after two blanks or a tab.
func (x *lexed) apart(i int) bool {
	if i < 1 || i >= len(x.toks) || x.toks[i].gap != gapBlank {
		return false
	}
	between := x.s[x.toks[i-1].end:x.toks[i].start]
	return between == "\t" || len(between) > 1 && between != "\u00a0"
}

// meaningsOf joins the meanings of the tokens i to j-1.
func (x *lexed) meaningsOf(i, j int) (m meanings) {
	for ; i < j && i < len(x.toks); i++ {
		m.join(x.toks[i].means)
	}
	return m
}

// lone reports whether token i is the single letter r, whatever its accent: "a" is
// "and" in Czech and "to" in Spanish and French.
func (x *lexed) lone(i int, r byte) bool {
	return i >= 0 && x.toks[i].kind == kWord && x.toks[i].end-x.toks[i].start <= 2 && fold(x.text(i, i+1)) == string(r)
}

// speaks tells the language of the document. In Portuguese "no" is "in the" and denies
// nothing.
func (x *lexed) speaks(lang string) {
	if x.lang = lang; !x.means.has(mNot) || lang != "pt" && !x.means.has(mMonth) {
		return
	}
	for i := range x.toks {
		if t := &x.toks[i]; t.means.has(mMonth) && t.means.has(mNot) && (lang != "it" || x.num(i+1) > 0 || x.num(i-1) > 0) {
			t.means.drop(mNot) // "Mai 2023" is "never" in Italian only
		}
		if lang != "pt" {
			continue
		}
		if t := &x.toks[i]; t.kind == kWord && t.end-t.start == 2 && t.means.has(mNot) && strings.EqualFold(x.text(i, i+1), "no") {
			t.means.drop(mNot)
		}
	}
}

// find is the index of the first token that begins at or after a byte.
func (x *lexed) find(at int) int {
	lo, hi := 0, len(x.toks)
	for lo < hi {
		mid := (lo + hi) / 2
		if int(x.toks[mid].start) < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// holding is the index of the token that holds a byte: of "0xabc" the digits may begin
// inside one.
func (x *lexed) holding(at int) int {
	i := x.find(at)
	if i > 0 && int(x.toks[i-1].end) > at {
		return i - 1
	}
	return i
}

// sentence is a run of tokens.
type sentence struct {
	from, to int
	item     bool // of a list
}

// sentences splits at full stops, blank lines and list marks. Line ends within a
// paragraph do not count.
func (x *lexed) sentences() []sentence {
	if x.once(knowsSentences) {
		x.lists.sents = x.splitSentences()
	}
	return x.lists.sents
}

// What a lexed text has listed already.
const (
	knowsSentences = 1 << iota
	knowsMails
	knowsHex
	knowsPrints
	knowsKeyIDs
	knowsPhones
	knowsOnlyNames
)

func (x *lexed) splitSentences() []sentence {
	out := slices.Grow(x.lists.sents, 8)
	from, item, numbered := 0, false, -1
	labels := x.holds(':')
	line, bar := 0, -1 // the first token of the line, the last "|"
	cut := func(to int) {
		if to > from {
			out = append(out, sentence{from, to, item})
		}
		from, item = to, false
	}
	for i := range x.toks {
		t := &x.toks[i]
		if t.gap >= gapLine {
			if t.gap == gapParagraph || bar >= line || labels && x.labelLine(i) { // a row of a table says what it says alone
				cut(i)
			}
			line = i
		}
		if t.kind == kNumber && t.gap >= gapLine && i > 0 && x.digits(i) <= 2 && i+2 < len(x.toks) && (x.is(i+1, '.') || x.is(i+1, ')')) && x.glued(i+1) && x.toks[i+2].gap == gapBlank && x.toks[i+2].kind == kWord && !x.has(i+2, mMonth) {
			cut(i) // "1. FIRST"
			item = true
			numbered = i + 1
		}
		if t.kind != kSign || i == numbered {
			continue
		}
		switch t.sign() {
		case '|':
			bar = i
		case '.', '!', '?', ';':
			if i+1 == len(x.toks) || x.toks[i+1].gap != gapNone || t.end-t.start == 3 {
				if t.sign() == '.' && x.abbreviation(i) {
					continue
				}
				cut(i + 1)
			}
		case '-', '*', '+', '•', '·', '▪', '‣', '●', 'o':
			if t.gap >= gapLine && i+1 < len(x.toks) && x.toks[i+1].gap == gapBlank {
				cut(i)
				item = true
			}
		}
	}
	cut(len(x.toks))
	return out
}

// labelLine: the line that begins at token i has a label: "Trusted Introducer: listed".
func (x *lexed) labelLine(i int) bool {
	if x.toks[i].kind != kWord || x.toks[i].upper == 0 {
		return false
	}
	for k := i + 1; k+1 < len(x.toks) && k < i+5 && x.toks[k].gap < gapLine; k++ {
		if x.is(k, '-') && x.glued(k) && x.glued(k+1) { // "TF-CSIRT: member"
			continue
		}
		if x.toks[k].kind == kSign {
			return x.is(k, ':') && x.glued(k) && x.toks[k+1].gap == gapBlank
		}
	}
	return false
}

// abbreviation: a point after a number or one letter, before a small letter or a
// number, ends no sentence ("9. září", "p. m.").
func (x *lexed) abbreviation(i int) bool {
	if i == 0 || i+1 >= len(x.toks) || x.toks[i+1].gap >= gapLine {
		return false
	}
	p, n := &x.toks[i-1], &x.toks[i+1]
	if p.kind == kWord && p.end-p.start >= 2 && p.end-p.start <= 5 && n.kind == kNumber && p.means.any(mClock, mMost) { // "godz. 7:30"
		return true
	}
	if p.kind == kWord && p.end-p.start <= 4 && p.word().has(mDayShort) || p.word().has(mWeekday) && p.end-p.start <= 5 { // "Mo. - Do. 8.00"
		return n.kind == kNumber || n.kind == kSign && (n.sign() == '-' || n.sign() == '&' || n.sign() == '+') || n.means.any(mWeekday, mDayShort, mThrough, mTo)
	}
	if i >= 3 && p.end-p.start == 1 && x.is(i-2, '.') && x.glued(i-1) && n.means.has(mWeekday) && p.kind == kWord && !x.letters(i-3, "a", "m") && !x.letters(i-3, "p", "m") { // "Senin s.d. Kamis"
		return true
	}
	if (x.letters(i-3, "a", "m") || x.letters(i-3, "p", "m")) && i >= 3 { // "9 a.m. - 5 p.m., Monday"
		return n.kind == kSign || n.means.any(mTo, mThrough, mWeekday, mZone, mUTC) || n.kind == kWord && n.upper == 0
	}
	return (p.kind == kNumber || p.end-p.start == 1) && (n.kind == kNumber || n.kind == kWord && n.upper == 0)
}
