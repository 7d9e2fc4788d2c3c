package rfc2350

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldRune maps a letter to lower case without its accent, so that "Última" and
// "ultima" compare equal. Runes without a mapping are only lowered.
func foldRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	case 0xc0 <= r && r < 0xc0+rune(len(plainLatin)):
		if c := plainLatin[r-0xc0]; c != ' ' {
			return rune(c)
		}
	case r == 'ș' || r == 'Ș':
		return 's'
	case r == 'ț' || r == 'Ț':
		return 't'
	}
	return unicode.ToLower(r)
}

// plainLatin holds, for the letters U+00C0 to U+017F, the letter without its accent;
// a blank where there is none.
const plainLatin = "aaaaaa ceeeeiiii nooooo ouuuuy  aaaaaa ceeeeiiii nooooo ouuuuy y" +
	"aaaaaacc    ccddddee  eeeeee  gg          ii  iiii    kk llllll " +
	" llnnnnnn   oo  oo  rr  rrss  sssstttt    uu  uuuuuu    yzzzzzz "

// fold lowers a text and drops accents. The result may differ in length.
func fold(s string) string {
	folded := true
	for i := 0; i < len(s) && folded; i++ {
		folded = s[i] < utf8.RuneSelf && (s[i] < 'A' || s[i] > 'Z')
	}
	if folded {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r == 'ß' {
			b.WriteString("ss")
			continue
		}
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// word is one word of a title with its place in the text. It is folded.
type word struct {
	start, end int
	n          int // bytes of buf
	buf        [maxTitleWord + 8]byte
}

func (w *word) text() []byte { return w.buf[:w.n] }

const maxTitleWord = 40 // longer words are no title words, and cost nothing

// separators may stand between the words of a title, and mayPart those of ASCII; a few of
// them.
const (
	separators  = "–—’´\u00a0\u2010\u2011"
	mostBetween = 6
)

func mayPart(c byte) bool {
	switch c {
	case ' ', '\t', ',', '/', '(', ')', '-', '\'', '`', '*', '_':
		return true
	}
	return false
}

// next finds the word at or after i. Between the words of a title only a few
// separators may stand; gap reports that something else, or too much, stood there.
func (w *word) next(s string, i int) (gap, ok bool) {
	skipped := 0
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if isLetterByte(c) || isDigit(c) {
				break
			}
			if c == '&' {
				w.start, w.end, w.n = i, i+1, copy(w.buf[:], "and")
				return skipped > mostBetween, true
			}
			gap = gap || !mayPart(c)
			skipped++
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			break
		}
		if !strings.ContainsRune(separators, r) {
			gap = true
		}
		skipped++
		i += n
	}
	if i >= len(s) {
		return true, false
	}
	w.start, w.n = i, 0
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case 'A' <= c && c <= 'Z':
				c |= 0x20
			case 'a' <= c && c <= 'z', isDigit(c):
			default:
				goto done
			}
			if w.n < maxTitleWord {
				w.buf[w.n] = c
				w.n++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		mark := unicode.Is(unicode.Mn, r)
		if !mark && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		if w.n < maxTitleWord && !mark {
			if r == 'ß' {
				w.n += copy(w.buf[w.n:], "ss")
			} else {
				w.n += utf8.EncodeRune(w.buf[w.n:], foldRune(r))
			}
		}
		i += n
	}
done:
	w.end = i
	// "E-Mail" is one word, however it is hyphenated.
	if w.n == 1 && w.buf[0] == 'e' && i < len(s) && (s[i] == '-' || s[i] == ' ') && i+5 <= len(s) && strings.EqualFold(s[i+1:i+5], "mail") {
		var m word
		if _, ok := m.next(s, i+1); ok {
			w.n, w.end = 1+copy(w.buf[1:maxTitleWord+8], m.text()), m.end
		}
	}
	return gap || skipped > mostBetween, true
}

// foldWords returns the words of a text joined by single blanks.
func foldWords(s string) string {
	var w word
	out := make([]byte, 0, len(s)+8)
	for i := 0; ; i = w.end {
		if _, ok := w.next(s, i); !ok {
			return string(out)
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, w.text()...)
	}
}

// squeeze joins the fields of a text by single blanks.
func squeeze(s string) string {
	if !squeezed(s) {
		return strings.Join(strings.Fields(s), " ")
	}
	return s
}

// squeezed reports whether squeeze would change nothing.
func squeezed(s string) bool {
	blank := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			if blank {
				return false
			}
			blank = true
		case c < ' ' || c == 0xc2 || 0xe1 <= c && c <= 0xe3: // other blanks
			return false
		default:
			blank = false
		}
	}
	return !blank || s == ""
}

// clip shortens s to at most n bytes, at a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
