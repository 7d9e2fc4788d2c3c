package rfc2350

import (
	"strings"
	"sync"
)

// numbered gives the sections by their numbers. Nobody changes the map.
var numbered = sync.OnceValue(func() map[string]SectionID {
	m := map[string]SectionID{}
	for _, o := range outline {
		if o.Number != "" {
			m[o.Number] = o.ID
		}
	}
	return m
})

// nameByNumber names sections whose title is not known by their number, in chapters
// that keep the numbers of RFC 2350 throughout. One known title at another number, or
// no known one after it in its chapter (teams leave sections out), and the number
// says nothing. It depends on the numbers and titles alone, so that Text need not
// write the ID.
func (d *Document) nameByNumber() {
	byNumber := numbered()
	d.chaptersByNumber(byNumber)
	var agree, odd [10]int
	var last [10]int // the highest second component that agrees
	var have sectionSet
	all := 0
	for i := range d.Sections {
		s := &d.Sections[i]
		have |= 1 << s.ID.bit()
		want := s.ID.canonicalNumber()
		c := chapterNumber(s.Number)
		if s.ID == "" || want == "" || c < 1 || c > 7 {
			continue
		}
		if want != s.Number {
			odd[c]++
			if w := chapterNumber(want); w > 0 {
				odd[w]++
			}
			continue
		}
		all++
		agree[c]++
		if _, second, ok := strings.Cut(s.Number, "."); ok {
			last[c] = max(last[c], atoi(second))
		}
	}
	if all < 8 {
		return
	}
	for i := range d.Sections {
		s := &d.Sections[i]
		if s.ID != "" {
			continue
		}
		id := byNumber[s.Number]
		c := chapterNumber(s.Number)
		if id == "" || have.has(id.bit()) || c == 5 || odd[c] > 0 || agree[c] < 2 {
			continue
		}
		_, second, sub := strings.Cut(s.Number, ".")
		if !sub || atoi(second) < last[c] || s.Number == "1.3" || s.Number == "2.11" || s.Number == "3.4" || s.Number == "4.3" {
			s.ID = id
			have |= 1 << id.bit()
		}
	}
}

// chaptersByNumber tells a chapter from a section of it where one title is used for
// both: "3. Auftrag" and "3.1 Leitbild".
func (d *Document) chaptersByNumber(byNumber map[string]SectionID) {
	for i := range d.Sections {
		s := &d.Sections[i]
		c, _, sub := strings.Cut(s.Number, ".")
		if s.ID == "" || c == "" || sub != chapterTitle(s.ID) || !sub && !d.hasSubsections(i, c) {
			continue
		}
		if id := byNumber[s.Number]; id != "" && chapterOf(s.ID) == string(byNumber[c]) && strings.Count(s.Number, ".") <= 1 {
			s.ID = id
		}
	}
}

// hasSubsections: the section after section i is its first one.
func (d *Document) hasSubsections(i int, number string) bool {
	return i+1 < len(d.Sections) && strings.HasPrefix(d.Sections[i+1].Number, number+".") && d.Sections[i].Body == ""
}
