package plain

import (
	"strings"
	"unicode/utf8"
)

// lineOf makes text of others safe to show on one line: no control characters,
// no invalid UTF-8, nothing that changes the direction of writing.
func Line(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029:
			r = ' '
		case r == utf8.RuneError || r == 0xfffe || r == 0xffff:
			r = '?'
		case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0xfeff:
			continue
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
