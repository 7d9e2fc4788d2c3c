package rfc2350

import (
	"slices"
	"strings"
	"sync"
)

const maxTitle = 120 // bytes of a heading line that we compare loosely

// identify names the section of a title: known titles exactly, then titles that
// begin with a known one, then titles that differ from a known one by a slip of
// the pen, then titles with a telling word.
func identify(title string) SectionID {
	if n := lookup(title); n != nil {
		return n.id
	}
	if len(title) > maxTitle {
		return ""
	}
	if end, n := matchTitle(title, 0); n != nil && (n.open || n.words >= 2 || strings.HasPrefix(strings.TrimSpace(title[end:]), "(")) {
		return n.id
	}
	if i := strings.IndexByte(title, '('); i > 0 { // "Kontakt (Contact)"
		if n := lookup(title[:i]); n != nil {
			return n.id
		}
		if n := lookup(strings.Trim(title[i:], "() ")); n != nil {
			return n.id
		}
	}
	if i := strings.Index(title, " / "); i > 0 { // two languages
		if n := lookup(title[:i]); n != nil {
			return n.id
		}
		if n := lookup(title[i+3:]); n != nil {
			return n.id
		}
	}
	words := foldWords(title)
	if n := nearest(words); n != nil {
		return n.id
	}
	return telling(words)
}

// tellingSections are those whose titles a word settles by itself, in the order in which
// they count. The beginnings of the words stand in the language files, "telling …".
var tellingSections = [...]SectionID{SecUpdated, SecTimeZone, SecKeys, SecDisclosure, SecSupport, SecDistribution, SecFax, SecConstituency, SecMission, SecAffiliation, SecProactive, SecDisclaimers, SecForms, SecHours, SecTriage, SecCoordination, SecResolution}

type tellingWord struct {
	begins string
	rank   int // in tellingSections
}

// tellingWords gives them by their first letter. Nobody changes them.
var tellingWords = sync.OnceValue(func() *[256][]tellingWord {
	var out [256][]tellingWord
	languageLines("telling ", func(_ string, id SectionID, list string) {
		rank := slices.Index(tellingSections[:], id)
		if rank < 0 {
			panic("rfc2350: no telling words for " + string(id))
		}
		for _, w := range strings.Split(list, "|") {
			w = fold(w)
			out[w[0]] = append(out[w[0]], tellingWord{w, rank})
		}
	})
	return &out
})

// telling finds the section whose word stands in a title, folded and with single blanks.
func telling(title string) SectionID {
	best, by := len(tellingSections), tellingWords()
	for i := 0; i < len(title); i++ {
		for _, t := range by[title[i]] {
			if t.rank < best && strings.HasPrefix(title[i:], t.begins) {
				best = t.rank
			}
		}
		next := strings.IndexByte(title[i:], ' ')
		if next < 0 {
			break
		}
		i += next
	}
	if best == len(tellingSections) {
		return ""
	}
	return tellingSections[best]
}

// titled is a heading whose section is seldom asked for.
type titled struct {
	text  string
	id    SectionID
	known bool
}

func (t *titled) section() SectionID {
	if !t.known {
		_, title := splitNumber(t.text)
		t.id, t.known = identify(title), true
	}
	return t.id
}
