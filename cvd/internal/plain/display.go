package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Display returns a text for a place that shows one line: see cvd.Private.Display.
func Display(s string) string {
	return strings.Join(strings.Fields(cleaned(s, false)), " ")
}

// DisplayText is Display for a text of several lines, whose line breaks stay.
func DisplayText(s string) string { return cleaned(s, true) }

// marksInARow is enough for every script in use: Vietnamese needs two, Hebrew
// and Tibetan up to four.
const marksInARow = 5

// cleaned leaves out what shows as something else than it is.
func cleaned(s string, lines bool) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for rest := s; rest != ""; {
		if n := escapeSequence(rest); n > 0 {
			rest = rest[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if marks++; marks > marksInARow {
				continue
			}
			b.WriteRune(r)
			continue
		case r == '\n' || r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\v' || r == '\f':
			if lines {
				r = '\n'
			} else {
				r = ' '
			}
		case r == '\r':
			if lines && strings.HasPrefix(rest, "\n") {
				continue
			}
			if r = ' '; lines {
				r = '\n'
			}
		case r == '\t':
			r = ' '
		case r == '\u200c' || r == '\u200d':
			// They join letters of Persian and parts of an emoji. Alone they hide nothing.
			if marks++; marks > marksInARow {
				continue
			}
			b.WriteRune(r)
			continue
		case unicode.Is(unicode.C, r), r >= 0xe0000 && r <= 0xe0fff, invisible(r):
			continue
		}
		marks = 0
		b.WriteRune(r)
	}
	return b.String()
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// invisible are letters by their class that show nothing: they make two names
// look alike.
func invisible(r rune) bool {
	switch r {
	case '\u00ad', '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u180e', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return false
}

// escapeSequence returns the length of a sequence that would steer a terminal:
// ECMA-48 control sequences and strings, also with their 8-bit introducers.
func escapeSequence(s string) int {
	n, kind := 0, byte(0)
	switch {
	case strings.HasPrefix(s, "\x1b") && len(s) > 1:
		n, kind = 2, s[1]
	case strings.HasPrefix(s, "\u009b"):
		n, kind = 2, '['
	case strings.HasPrefix(s, "\u009d"):
		n, kind = 2, ']'
	case strings.HasPrefix(s, "\u0090"), strings.HasPrefix(s, "\u0098"), strings.HasPrefix(s, "\u009e"), strings.HasPrefix(s, "\u009f"):
		n, kind = 2, 'P'
	default:
		return 0
	}
	switch kind {
	case '[':
		for n < len(s) && s[n] >= 0x20 && s[n] < 0x40 {
			n++
		}
		if n < len(s) && s[n] >= 0x40 && s[n] < 0x7f {
			n++
		}
	case ']', 'P', 'X', '^', '_':
		// A string ends with BEL or ST. One without an end hides nothing but itself.
		const most = 4096
		for i := n; i < len(s) && i < n+most; i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if strings.HasPrefix(s[i:], "\x1b\\") || strings.HasPrefix(s[i:], "\u009c") {
				return i + 2
			}
		}
	default:
		if kind >= 0x80 {
			return 1 // the byte belongs to a letter
		}
	}
	return n
}
