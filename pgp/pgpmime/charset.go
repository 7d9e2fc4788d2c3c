package pgpmime

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// windows1252 maps 0x80 to 0x9f; the rest of that charset is Unicode's own.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

// Text returns the content as UTF-8, and whether the charset was understood:
// UTF-8, US-ASCII, ISO 8859-1 and -15, Windows-1252, UTF-16. Of an unknown one
// what is not ASCII becomes U+FFFD. The text is not safe for a terminal; see
// pgp.Printable.
func (p Part) Text() (string, bool) {
	single := func(high func(b byte) rune) string {
		var b strings.Builder
		for _, c := range p.Data {
			if c < 0x80 {
				b.WriteByte(c)
			} else {
				b.WriteRune(high(c))
			}
		}
		return b.String()
	}
	switch strings.ToLower(p.Charset) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		if utf8.Valid(p.Data) {
			return string(p.Data), true
		}
		return strings.ToValidUTF8(string(p.Data), "\ufffd"), false
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		// The Web's reading: what calls itself ISO 8859-1 is Windows-1252.
		return single(func(b byte) rune {
			if b < 0xa0 {
				return windows1252[b-0x80]
			}
			return rune(b)
		}), true
	case "iso-8859-15", "latin9":
		changed := map[byte]rune{0xa4: '€', 0xa6: 'Š', 0xa8: 'š', 0xb4: 'Ž', 0xb8: 'ž', 0xbc: 'Œ', 0xbd: 'œ', 0xbe: 'Ÿ'}
		return single(func(b byte) rune {
			if r, ok := changed[b]; ok {
				return r
			}
			return rune(b)
		}), true
	case "utf-16", "utf-16be", "utf-16le":
		return utf16Text(p.Data, strings.HasSuffix(strings.ToLower(p.Charset), "le")), len(p.Data)%2 == 0
	}
	return single(func(byte) rune { return utf8.RuneError }), false
}

func utf16Text(data []byte, little bool) string {
	var order binary.ByteOrder = binary.BigEndian
	if little {
		order = binary.LittleEndian
	}
	if len(data) >= 2 && data[0] == 0xff && data[1] == 0xfe {
		order, data = binary.LittleEndian, data[2:]
	} else if len(data) >= 2 && data[0] == 0xfe && data[1] == 0xff {
		order, data = binary.BigEndian, data[2:]
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}
