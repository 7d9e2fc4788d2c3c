package rfc2350

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inlineHeadings finds "number + known title", and "Known Title:" without a number,
// inside a long line.
func inlineHeadings(out []heading, s string, line int) []heading {
	colon := -1 // the next one
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 'a' && c <= 'z' || c == ' ' || i > 0 && s[i-1] > ' ' && s[i-1] < utf8.RuneSelf { // no blank before
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		number := r >= '1' && r <= '7'
		if !number && !unicode.IsUpper(r) || i > 0 && !boundary(s[:i]) {
			i += size
			continue
		}
		var h heading
		var ok bool
		if number {
			h, ok = inlineNumbered(s, i)
		} else {
			if colon < i {
				if k := strings.IndexByte(s[i:], ':'); k >= 0 {
					colon = i + k
				} else {
					colon = 1 << 30
				}
			}
			if colon-i > 2*maxTitle { // no title is so long
				i += size
				continue
			}
			h, ok = inlineLabel(s, i)
		}
		if ok {
			h.line = line
			out = append(out, h)
			i = h.end
			continue
		}
		i += size
	}
	return out
}

// boundary reports whether a section number or a title may begin after s.
func boundary(s string) bool {
	if s[len(s)-1] == ' ' {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsSpace(r)
}

func inlineNumbered(s string, i int) (heading, bool) {
	end, number := numberAt(s, i)
	if number == "" || dashBefore(s[:i]) {
		return heading{}, false
	}
	from := end
	for from < len(s) && s[from] == ' ' {
		from++
	}
	if r, _ := utf8.DecodeRuneInString(s[from:]); !unicode.IsUpper(r) {
		return heading{}, false
	}
	tend, n := matchTitle(s, from)
	if n == nil || refersTo(s[max(0, i-24):i]) {
		return heading{}, false
	}
	end = titleEnd(s, tend, false)
	if end < 0 || n.words == 1 && !strings.Contains(number, ".") && !chapterTitle(n.id) {
		return heading{}, false
	}
	h := heading{start: i, end: end, number: number, title: squeeze(s[from:end]), id: n.id, bit: n.bit, strong: true, inline: true}
	for h.end < len(s) && (s[h.end] == ':' || s[h.end] == '.') {
		h.end++
	}
	return h, true
}

func chapterTitle(id SectionID) bool { return !strings.Contains(string(id), ".") }

// inlineLabel finds a known title with a colon. It is a heading only where a
// document has no other (see chooseHeadings).
func inlineLabel(s string, i int) (heading, bool) {
	tend, n := matchTitle(s, i)
	if n == nil || tend >= len(s) || s[tend] != ':' || dashBefore(s[:i]) {
		return heading{}, false
	}
	return heading{start: i, end: tend + 1, title: squeeze(s[i:tend]), id: n.id, bit: n.bit, inline: true, strong: n.words >= 2}, true
}

// dashBefore rejects what follows a digit, a hyphen or a point with at most a blank
// between: "2023-05-08 Expiration" is no heading "08 Expiration".
func dashBefore(s string) bool {
	s = strings.TrimRight(s, " ")
	return strings.HasSuffix(s, "-") && !strings.HasSuffix(s, "--")
}
