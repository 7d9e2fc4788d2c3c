package jsontree

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plain marks the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// str reads the string that begins at the current quotation mark. A string
// without escapes shares memory with the text.
func (p *parser) str() (string, bool) {
	p.i++
	start := p.i
	var b []byte // decoded so far, when there is an escape
	for p.i < len(p.s) {
		i := p.i
		for i < len(p.s) && plain[p.s[i]] {
			i++
		}
		if p.i = i; i == len(p.s) {
			break
		}
		switch c := p.s[p.i]; {
		case c == '"':
			s := p.s[start:p.i]
			if b != nil {
				s = string(append(b, s...))
			}
			p.i++
			return s, true
		case c == '\\':
			b = append(b, p.s[start:p.i]...)
			r, ok := p.escape()
			if !ok {
				return "", false
			}
			b = utf8.AppendRune(b, r)
			start = p.i
		case c < 0x20:
			p.fail(p.i, ControlByte)
			return "", false
		default:
			r, size := utf8.DecodeRuneInString(p.s[p.i:])
			if r == utf8.RuneError && size == 1 {
				p.fail(p.i, BadUTF8)
				return "", false
			}
			p.i += size
		}
	}
	p.fail(len(p.s), UnexpectedEnd)
	return "", false
}

// escape reads one escape sequence, or two that form a surrogate pair.
func (p *parser) escape() (rune, bool) {
	at := p.i
	if p.i+1 >= len(p.s) {
		p.fail(len(p.s), UnexpectedEnd)
		return 0, false
	}
	c := p.s[p.i+1]
	p.i += 2
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		p.fail(at, BadEscape)
		return 0, false
	}
	r, ok := p.hex4(at)
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if strings.HasPrefix(p.s[p.i:], `\u`) {
		p.i += 2
		low, ok := p.hex4(at)
		if !ok {
			return 0, false
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, true
		}
	}
	p.fail(at, LoneSurrogate)
	return 0, false
}

func (p *parser) hex4(at int) (rune, bool) {
	if p.i+4 > len(p.s) {
		p.fail(len(p.s), UnexpectedEnd)
		return 0, false
	}
	var r rune
	for range 4 {
		c := p.s[p.i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			p.fail(at, BadEscape)
			return 0, false
		}
		r = r<<4 | rune(c)
		p.i++
	}
	return r, true
}
