package rfc2350

import (
	"bytes"
	"encoding/binary"
	"html"
	"math/bits"
	"strings"
	"unicode/utf8"
)

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
	data = plainUTF8(data)
	var b strings.Builder
	b.Grow(len(data))
	valid := true
	for i := 0; i < len(data); {
		from := i
		i = plainRun(data, i)
		b.Write(data[from:i])
		from = i
		for i < len(data) && !plainByte(data[i]) {
			i++
		}
		if i < len(data) && data[i-1] == '\r' && data[i] == '\n' {
			i++ // a line end is decoded whole
		}
		valid = valid && utf8.Valid(data[from:i])
		decodeInto(&b, data[from:i])
	}
	if !valid {
		s.notUTF8()
	}
	return b.String()
}

// plainRun is the end of the plain bytes at i.
func plainRun(data []byte, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for {
		for ; i+8 <= len(data); i += 8 {
			// The high bit of a byte says that it is below a blank, DEL or no ASCII.
			b := binary.LittleEndian.Uint64(data[i:])
			if other := ((b - ' '*ones) | (b + ones) | b) & high; other != 0 {
				i += bits.TrailingZeros64(other) / 8
				break
			}
		}
		if i >= len(data) || !plainByte(data[i]) {
			return i
		}
		i++
	}
}

// unicode is plainUTF8 with a finding where that is no UTF-8.
func (s *source) unicode(data []byte) []byte {
	data = plainUTF8(data)
	if !utf8.Valid(data) {
		s.notUTF8()
	}
	return data
}

func (s *source) notUTF8() {
	s.add("not-utf8", Info, "", 1, "the document is not UTF-8; it was read as Latin-1 where it is not")
}

// plainUTF8 takes the byte order mark off, and makes UTF-8 of UTF-16.
func plainUTF8(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(data) >= 2 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff) {
		data = utf16Bytes(data)
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
