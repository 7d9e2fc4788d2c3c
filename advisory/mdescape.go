package advisory

import "strings"

// angler makes a URL safe inside angle brackets.
var angler = strings.NewReplacer("<", "%3C", ">", "%3E", "\\", "%5C", " ", "%20", "|", "%7C", "`", "%60", "&", "&amp;")

func angle(u string) string { return angler.Replace(u) }

// mdLink is a link where the URL may be followed, else its text.
func mdLink(text, url string) string {
	if u, ok := webURL(url); ok {
		return "[" + md(text) + "](<" + angle(u) + ">)"
	}
	return md(text)
}

// md escapes text for one line.
func md(s string) string { return mdLine(line(s)) }

// mdBlock escapes a paragraph, keeps its lines as lines, and links its URLs.
func mdBlock(s string) string {
	var b strings.Builder
	for l := range strings.SplitSeq(clean(s), "\n") {
		if l = strings.Join(strings.Fields(l), " "); l == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\\\n")
		}
		for i, seg := range segments(l) {
			switch {
			case seg.url != "":
				b.WriteString("<" + angle(seg.url) + ">")
			case i == 0:
				b.WriteString(mdLine(seg.text))
			default:
				b.WriteString(mdPart(seg.text))
			}
		}
	}
	return b.String()
}

// mdLine escapes a line, mdPart what does not begin one.
func mdLine(s string) string { return mdEscape(s, true) }
func mdPart(s string) string { return mdEscape(s, false) }

// mdEscape escapes the characters that CommonMark, GitHub's tables, links, mentions
// and formulas would take for markup where they stand, and leaves others alone: "1.0.0"
// and "a_b" are as they were.
func mdEscape(s string, start bool) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	at := func(i int) byte {
		if i >= 0 && i < len(s) {
			return s[i]
		}
		return ' '
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		first := start && i == 0
		escape := false
		switch c {
		case '<':
			if n := at(i + 1); i+1 == len(s) || isWordByte(n) || n == '/' || n == '!' || n == '?' {
				b.WriteString("&lt;")
				continue
			}
		case '>':
			if first {
				b.WriteString("&gt;")
				continue
			}
		case '&':
			if n := at(i + 1); isWordByte(n) || n == '#' {
				b.WriteString("&amp;")
				continue
			}
		case '\\', '`', '*', '[', ']', '|', '~', '$', '@':
			escape = true
		case '_':
			escape = !(isWordByte(at(i-1)) && isWordByte(at(i+1)) && at(i-1) != '_' && at(i+1) != '_')
		case '#':
			escape = first || isWordByte(at(i+1))
		case '!':
			escape = at(i+1) == '['
		case '+', '-':
			escape = first && (at(i+1) == ' ' || at(i+1) == c)
		case '=':
			escape = first
		case '.', ')':
			// "1. " and "1) " begin lists; "www." begins a link.
			escape = start && i < 10 && at(i+1) == ' ' && digits(s[:i]) || c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www")
		case ':':
			escape = strings.HasPrefix(s[i:], "://") || i >= 6 && strings.EqualFold(s[i-6:i], "mailto") || i >= 4 && strings.EqualFold(s[i-4:i], "xmpp")
		}
		if escape {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
