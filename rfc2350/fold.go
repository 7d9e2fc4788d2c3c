package rfc2350

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldRune maps a letter to lower case without its accent, so that "Última" and
// "ultima" compare equal. Runes without a mapping are only lowered.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}
	r = unicode.ToLower(r)
	if i := strings.IndexRune(accented, r); i >= 0 {
		return rune(plain[utf8.RuneCountInString(accented[:i])])
	}
	return r
}

const (
	accented = "àáâãäåāăąçćčďđèéêëēėęěğìíîïīįıķĺľłļñńňņòóôõöøōőŕřśšşșťţțùúûüūůűųýÿžźż"
	plain    = "aaaaaaaaacccddeeeeeeeegiiiiiiikllllnnnnoooooooorrsssstttuuuuuuuuyyzzz"
)

// fold lowers a text and drops accents. The result may differ in length.
func fold(s string) string {
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

// word is one word of a title with its place in the text.
type word struct {
	text       string // folded
	start, end int
}

const maxTitleWord = 40 // longer words are no title words, and cost nothing

// nextWord finds the word at or after i. Between the words of a title only a few
// separators may stand; gap reports that something else, or too much, stood there.
func nextWord(s string, i int) (w word, gap, ok bool) {
	const most = 6
	skipped := 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			break
		}
		if r == '&' {
			return word{"and", i, i + n}, skipped > most, true
		}
		if r == '\n' || !strings.ContainsRune(" \t,/()-–—'’`´\u00a0\u2010\u2011*_", r) {
			gap = true
		}
		skipped++
		i += n
	}
	if i >= len(s) {
		return word{}, true, false
	}
	w.start = i
	var b strings.Builder
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			break
		}
		if b.Len() < maxTitleWord && !unicode.Is(unicode.Mn, r) {
			if r == 'ß' {
				b.WriteString("ss")
			} else {
				b.WriteRune(foldRune(r))
			}
		}
		i += n
	}
	w.text, w.end = b.String(), i
	// "E-Mail" is one word, however it is hyphenated.
	if w.text == "e" && i < len(s) && (s[i] == '-' || s[i] == ' ') && i+5 <= len(s) && strings.EqualFold(s[i+1:i+5], "mail") {
		if m, _, ok := nextWord(s, i+1); ok {
			w.text, w.end = "e"+m.text, m.end
		}
	}
	return w, gap || skipped > most, true
}

// foldWords returns the words of a text joined by single blanks.
func foldWords(s string) string {
	var out []string
	for i := 0; ; {
		w, _, ok := nextWord(s, i)
		if !ok {
			return strings.Join(out, " ")
		}
		out = append(out, w.text)
		i = w.end
	}
}

// squeeze joins the fields of a text by single blanks.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

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
