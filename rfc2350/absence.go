package rfc2350

import "strings"

// statesAbsence recognizes "None available.", "N/A", "- -" and their like at the
// beginning of a short text without an address or a number.
func (x *lexed) statesAbsence() bool {
	const longest = 100
	t := strings.TrimSpace(x.s)
	if len(t) > longest || x.beginsOtherwise() {
		return false
	}
	if strings.Trim(t, " \t\n-–—_./*x0") == "" {
		return true
	}
	first, digits := -1, 0
	for i := range x.toks {
		k := &x.toks[i]
		if i > 0 && k.gap == gapParagraph || k.kind == kSign && k.sign() == '@' {
			return false
		}
		if k.kind == kNumber {
			digits += x.digits(i)
		}
		if first < 0 && k.kind != kSign {
			first = i
		}
	}
	return first >= 0 && x.toks[first].means.has(mNone) && digits < 6
}

// beginsOtherwise: the first word or number already tells that the text states something.
func (x *lexed) beginsOtherwise() bool {
	for i := range x.toks {
		if t := &x.toks[i]; t.kind != kSign {
			c := x.s[t.start]
			return c != 'x' && c != '0' && !t.means.has(mNone)
		}
	}
	return false
}

// statesAbsence of a text that is not a section's.
func statesAbsence(body string) bool {
	if len(body) > 200 {
		return false
	}
	return lex(body, words()).statesAbsence()
}

func (r *reader) setEmpty() {
	d := r.d
	for i := range d.Sections {
		s := &d.Sections[i]
		s.Empty = len(s.Body) <= 200 && r.secs[i].x.statesAbsence() && !(s.Body == "" && d.isParent(i))
	}
}

// isParent: the section after section i stands under it.
func (d *Document) isParent(i int) bool {
	if i+1 >= len(d.Sections) {
		return false
	}
	s, next := &d.Sections[i], &d.Sections[i+1]
	return s.Number != "" && strings.HasPrefix(next.Number, s.Number+".") || s.ID != "" && chapterTitle(s.ID) && chapterOf(next.ID) == string(s.ID)
}
