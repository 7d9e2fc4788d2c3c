package rfc2350

import (
	"math/bits"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// valueBytes bounds the text of a section, or of the sections with one meaning, from
// which values are read. What comes later is kept, but it is no contact detail.
const (
	valueBytes = 64<<10 - 1 // so that places in it are 16 bits
	keyBytes   = 1 << 20
)

// head is the part of a section from which values are read.
func (s Section) head() string { return clip(s.Body, valueBytes) }

// bodies returns the texts of all sections with one of the IDs, with the sections
// under them that the outline does not know ("2.8.1 PGP key"). A document without
// headings has only its text.
func (d *Document) bodies(ids ...SectionID) string { return d.bodiesUpTo(valueBytes, ids...) }

func (d *Document) bodiesUpTo(most int, ids ...SectionID) string {
	if len(d.Sections) == 0 {
		return clip(strings.Join(d.Preamble, "\n"), most)
	}
	var parts []string
	under := ""
	for _, s := range d.Sections {
		match := false
		for _, id := range ids {
			match = match || s.ID == id
		}
		if match {
			under = s.Number
		} else if s.ID != "" || under == "" || !strings.HasPrefix(s.Number, under+".") {
			continue
		}
		if s.Body != "" {
			parts = append(parts, s.Body)
		}
	}
	return clip(strings.Join(parts, "\n\n"), most)
}

func (d *Document) lineOf(id SectionID) int {
	s, _ := d.Section(id)
	return s.Line
}

// mentionsRFC reports whether a text speaks of RFC 2350.
func mentionsRFCIn(s string) bool {
	for {
		i := strings.Index(s, "2350")
		if i < 0 {
			return false
		}
		before := strings.TrimRight(s[max(0, i-6):i], " \t\n#_-")
		if n := len(before); n >= 3 && strings.EqualFold(before[n-3:], "rfc") && (i+4 >= len(s) || !isDigit(s[i+4])) {
			return true
		}
		s = s[i+4:]
	}
}

func mentionsRFC(d *Document) bool {
	head := clip(strings.Join(d.Preamble, "\n"), valueBytes)
	if mentionsRFCIn(head) {
		return len(d.Sections) > 0 || len(findEmails(head)) > 0
	}
	for _, s := range d.Sections {
		if mentionsRFCIn(clip(s.Body, 8<<10)) {
			return true
		}
	}
	return false
}

// deriveLang counts titles by language, weighed against the common words of the
// text. Where few titles are of any language that is known, none is named.
func (r *reader) deriveLang() {
	d := r.d
	var votes, count [32]int // by the places of vocabulary.langs
	titles := 0
	for i := range d.Sections {
		s := &d.Sections[i]
		var n *node
		if i < len(r.nodes) {
			n = r.nodes[i]
		}
		if n == nil {
			n = lookup(s.Title)
		}
		if s.Title == "" {
			continue
		}
		titles++
		if n == nil {
			if _, n = matchTitle(s.Title, 0); n != nil && (n.words < 2 || n.id != s.ID) {
				n = nil
			}
		}
		if n == nil {
			continue
		}
		for _, l := range n.langs {
			votes[l] += 12 / len(n.langs) // a title of one language says more
		}
	}
	v := words()
	common := 0
	for _, p := range r.all() {
		if settled(votes[:], titles) {
			break
		}
		common += p.x.countCommon(v, &count)
	}
	best, top, second := 0, 0, 0
	for k := range v.langs {
		score := votes[k] * 2
		if common > 0 {
			score += min(votes[k], 12*titles*count[k]/common)
		}
		switch {
		case score > top:
			best, second, top = k, top, score
		case score > second:
			second = score
		}
	}
	if votes[best] < 12 || votes[best] < 5*titles || top == second {
		return
	}
	d.Lang = v.langs[best]
}

// settled: the titles alone tell the language, or that there is none, since the text adds
// half at most to what they count for a language.
func settled(votes []int, titles int) bool {
	top, second := 0, 0
	for _, n := range votes {
		top, second = max(top, n), max(second, min(top, n))
	}
	return 2*top > 3*second || top < 12 || top < 5*titles
}

// countCommon counts the common words of each language, and of all.
func (x *lexed) countCommon(v *vocabulary, count *[32]int) (all int) {
	for i := range x.toks {
		t := &x.toks[i]
		if t.termOf == 0 || v.common[t.termOf-1] == 0 {
			continue
		}
		all++
		for set := v.common[t.termOf-1]; set != 0; set &= set - 1 {
			count[bits.TrailingZeros32(set)]++
		}
	}
	return all
}

// deriveTLP finds the label of the document itself: the only one before the contact
// information. Labels in the policies are definitions.
func (r *reader) deriveTLP() {
	name := ""
	var at part
	var from, to int
	for n := -1; n < len(r.secs); n++ {
		p := &r.preamble
		if n >= 0 {
			p = &r.secs[n]
		}
		if p.index >= 0 && chapterOf(p.id) != "document" {
			continue
		}
		x, inList := p.x, false
		for i := range x.toks {
			if x.toks[i].kind != kWord {
				continue
			}
			width := 1
			if x.toks[i].span == 3 && fold(x.text(i, i+3)) == "traffic light protocol" {
				width = 3
			} else if x.toks[i].end-x.toks[i].start != 3 || !strings.EqualFold(x.text(i, i+1), "TLP") {
				continue
			}
			label, end := x.tlpLabel(i + width)
			listed := inList
			inList = label != "" && x.tlpListed(label, end)
			switch {
			case inList || listed:
				// "Information marked TLP:AMBER or TLP:RED is not sent by fax"
			case label == "" || x.tlpRule(i) || end < len(x.toks) && x.has(end, mVuln) && x.toks[end].gap == gapBlank && x.toks[end].upper == 0 || x.tlpSubject(i, end):
			case name != "" && (x.has(i-1, mOld) || x.has(i-1, mFormer) && i > 0 && x.toks[i-1].kind == kWord):
				// "TLP:CLEAR (formerly TLP:WHITE)"
			case name == "":
				name, at, from, to = label, *p, i, end
			case name != label:
				return
			}
		}
	}
	if name == "" {
		return
	}
	if l, err := tlp.Parse(name); err == nil {
		r.d.TLP, r.d.TLPName = l, name
		r.mark("tlp", name, at, int(at.x.toks[from].start), int(at.x.toks[to-1].end), Certain)
	}
}

// tlpRule: "We accept TLP:RED" tells how others' information is handled.
func (x *lexed) tlpRule(i int) bool {
	for k, n := i-1, 0; k >= 0 && n < 40 && x.toks[k+1].gap < gapLine; k, n = k-1, n+1 {
		if x.has(k, mTLPRule) {
			if x.is(k+1, ':') && (k == 0 || x.toks[k].gap >= gapLine) {
				return false // "Sharing: TLP:AMBER" is a label
			}
			return true
		}
		if x.toks[k].kind == kSign && x.toks[k].sign() == '.' && x.toks[k+1].gap != gapNone {
			return false
		}
	}
	return false
}

// tlpListed: another label follows at once, so that neither is that of this document.
func (x *lexed) tlpListed(label string, end int) bool {
	for k := end; k < min(len(x.toks), end+2) && x.toks[k].gap < gapLine && !x.is(k, '.') && !x.is(k, ';'); k++ {
		if x.toks[k].kind == kWord && strings.EqualFold(x.text(k, k+1), "TLP") {
			next, _ := x.tlpLabel(k + 1)
			same := next == label || strings.ReplaceAll(next+label, "WHITE", "CLEAR") == "CLEARCLEAR"
			return next != "" && !same && !x.is(k-1, '(')
		}
	}
	return false
}

// tlpSubject: "Mail marked TLP:RED is read by two": a verb follows, and the sentence
// is not about this document.
func (x *lexed) tlpSubject(i, end int) bool {
	verb := end
	for ; verb < len(x.toks) && verb < end+3 && x.toks[verb].gap == gapBlank && x.toks[verb].kind == kWord && x.toks[verb].upper == 0 && !x.toks[verb].means.any(mVerb, mThisText, mAnd); verb++ {
	}
	if verb >= len(x.toks) || x.toks[verb].gap != gapBlank || x.toks[verb].upper > 0 || !x.has(verb, mVerb) {
		return false
	}
	for k := i - 1; k >= 0 && i-k < 40 && !(x.is(k, '.') && x.toks[k+1].gap != gapNone); k-- {
		if x.has(k, mThisText) {
			return false
		}
	}
	return true
}

// tlpLabel reads the color after "TLP".
func (x *lexed) tlpLabel(i int) (string, int) {
	if x.is(i, ':') || x.is(i, '=') || x.is(i, '-') {
		i++
	}
	if i >= len(x.toks) || x.toks[i].kind != kWord || x.toks[i].gap >= gapLine {
		return "", i
	}
	c := strings.ToUpper(x.text(i, i+1))
	switch c {
	case "RED", "GREEN", "WHITE", "CLEAR":
		return c, i + 1
	case "AMBER":
		if x.is(i+1, '+') && i+2 < len(x.toks) && strings.EqualFold(x.text(i+2, i+3), "strict") {
			return "AMBER+STRICT", i + 3
		}
		return c, i + 1
	}
	return "", i
}
