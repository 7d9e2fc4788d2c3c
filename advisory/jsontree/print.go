package jsontree

import (
	"unicode/utf8"
)

// AppendJSON appends the value in one line without spaces.
func (n *Node) AppendJSON(dst []byte) []byte { return n.print(dst, "", -1) }

// AppendIndent appends the value with one member or item a line, indented by
// indent for each level. Empty arrays and objects stay on one line.
func (n *Node) AppendIndent(dst []byte, indent string) []byte { return n.print(dst, indent, 0) }

// MarshalJSON returns the value in one line. A nil Node is null.
func (n *Node) MarshalJSON() ([]byte, error) { return n.AppendJSON(nil), nil }

// print appends the value; level is -1 for one line.
func (n *Node) print(dst []byte, indent string, level int) []byte {
	switch n.Kind() {
	case None, Null:
		return append(dst, "null"...)
	case Bool, Number:
		return append(dst, n.text...)
	case String:
		return appendString(dst, n.text)
	}
	opening, closing := byte('['), byte(']')
	if n.kind == Object {
		opening, closing = '{', '}'
	}
	dst = append(dst, opening)
	if n.Len() == 0 {
		return append(dst, closing)
	}
	inner := level
	if level >= 0 {
		inner++
	}
	for i, it := range n.items {
		dst = separate(dst, i, indent, inner)
		dst = it.print(dst, indent, inner)
	}
	for i, m := range n.members {
		dst = separate(dst, i, indent, inner)
		dst = appendString(dst, m.Name)
		dst = append(dst, ':')
		if level >= 0 {
			dst = append(dst, ' ')
		}
		dst = m.Value.print(dst, indent, inner)
	}
	dst = newLine(dst, indent, level)
	return append(dst, closing)
}

func separate(dst []byte, i int, indent string, level int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return newLine(dst, indent, level)
}

func newLine(dst []byte, indent string, level int) []byte {
	if level < 0 {
		return dst
	}
	dst = append(dst, '\n')
	for range level {
		dst = append(dst, indent...)
	}
	return dst
}

// appendString appends s with the escapes that RFC 8259 requires and no others.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
