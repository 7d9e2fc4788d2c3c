package rfc2350

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// node is a step in the tree of known titles, by folded words.
type node struct {
	text  string  // its word
	kids  []*node // in the order of their words
	id    SectionID
	langs []uint8 // that use this title, as places in vocabulary.langs
	open  bool    // the team's name may follow
	words int
	// The letters that the word has, to tell soon which words are far from it.
	letters uint32
}

// lettersOf is the set of the letters of a word, by their last five bits.
func lettersOf(w string) (set uint32) {
	for i := 0; i < len(w); i++ {
		set |= 1 << (w[i] & 31)
	}
	return set
}

// titleIndex is the tree with a table of the words that begin titles, by their hash.
// Most words that are asked for begin none, so that the table tells by itself.
type titleIndex struct {
	node
	second [256]uint32 // the second letters of words with a first one, by their last five bits
	first  []firstWord // a power of two of them
	shift  int         // of a hash, to a place among them
}

type firstWord struct {
	key  uint64
	node *node
}

// titleKey is made of the first eight letters of a word, and its length; never 0.
func titleKey(w []byte) (key uint64) {
	for _, c := range w[:min(len(w), 8)] {
		key = key<<8 | uint64(c)
	}
	return key ^ uint64(len(w))<<57
}

// place is where to begin to look for a key.
func (t *titleIndex) place(key uint64) int { return int(key * 0x9e3779b97f4a7c15 >> t.shift) }

// titleTree is built once, on first use, and never changed.
var titleTree = sync.OnceValue(func() *titleIndex {
	t := &titleIndex{}
	titleLines(func(lang string, id SectionID, titles string) {
		for _, s := range strings.Split(titles, "|") {
			t.add(lang, id, s)
		}
	})
	size := bits.Len(uint(3 * len(t.kids)))
	t.first, t.shift = make([]firstWord, 1<<size), 64-size
	for _, n := range t.kids {
		if len(n.text) > 1 {
			t.second[n.text[0]] |= 1 << (n.text[1] & 31)
		}
		key := titleKey([]byte(n.text))
		at := t.place(key)
		for t.first[at].node != nil {
			at = (at + 1) & (len(t.first) - 1)
		}
		t.first[at] = firstWord{key, n}
	}
	return t
})

// add puts a title into the tree. Case, accents and punctuation do not matter:
// titles are compared as the words that foldWords gives. A title that ends in "*"
// may be followed by the team's name on the same line.
func (n *node) add(lang string, id SectionID, title string) {
	open := strings.HasSuffix(title, "*")
	for i, w := range strings.Fields(foldWords(title)) {
		k, ok := n.find(w)
		if !ok {
			n.kids = slices.Insert(n.kids, k, &node{text: w, words: i + 1, letters: lettersOf(w)})
		}
		n = n.kids[k]
	}
	if n.id == "" { // the first row wins: a title names one section
		n.id = id
	}
	n.langs = append(n.langs, uint8(slices.Index(words().langs, lang)))
	n.open = n.open || open
}

func (n *node) find(w string) (int, bool) {
	return slices.BinarySearchFunc(n.kids, w, func(k *node, w string) int { return strings.Compare(k.text, w) })
}

// child is the node after one more word, nil if no title goes on with it.
func (n *node) child(w []byte) *node {
	for lo, hi := 0, len(n.kids); lo < hi; {
		mid := int(uint(lo+hi) / 2)
		switch k := n.kids[mid]; {
		case k.text == string(w):
			return k
		case k.text < string(w):
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return nil
}

// begin is the node after the first word of a title.
func (t *titleIndex) begin(w []byte) *node {
	if len(w) > 1 && t.second[w[0]]>>(w[1]&31)&1 == 0 {
		return nil
	}
	key := titleKey(w)
	for at := t.place(key); ; at++ {
		f := &t.first[at&(len(t.first)-1)]
		if f.node == nil {
			return nil
		}
		if f.key == key && f.node.text == string(w) {
			return f.node
		}
	}
}

// matchTitle finds the longest known title that starts at i. It returns the end of the
// title and its node, or nil.
func matchTitle(s string, i int) (end int, found *node) {
	var n *node
	var w word
	for {
		gap, ok := w.next(s, i)
		if !ok || gap && n != nil {
			return end, found
		}
		if n == nil {
			n = titleTree().begin(w.text())
		} else {
			n = n.child(w.text())
		}
		if n == nil {
			return end, found
		}
		i = w.end
		if n.id != "" {
			end, found = i, n
		}
	}
}

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

// lookup finds a title that is known as a whole.
func lookup(title string) *node {
	var n *node
	var w word
	for i := 0; ; i = w.end {
		if _, ok := w.next(title, i); !ok {
			break
		}
		if n == nil {
			n = titleTree().begin(w.text())
		} else {
			n = n.child(w.text())
		}
		if n == nil {
			return nil
		}
	}
	if n == nil || n.id == "" {
		return nil
	}
	return n
}

// nearest finds the title of at least twelve letters within two slips, word by
// word: "eletronic mail adress". Only one word may differ, so the walk is short.
func nearest(words string) *node {
	if len(words) < 12 {
		return nil
	}
	return nearestFrom(&titleTree().node, strings.Fields(words), 1)
}

func nearestFrom(n *node, words []string, slips int) *node {
	if len(words) == 0 {
		if n.id == "" {
			return nil
		}
		return n
	}
	at, ok := n.find(words[0])
	if ok {
		if f := nearestFrom(n.kids[at], words[1:], slips); f != nil {
			return f
		}
	}
	if slips == 0 {
		return nil
	}
	for at > 0 && n.kids[at-1].text[0] == words[0][0] { // the first letter is seldom wrong
		at--
	}
	var best *node
	letters := lettersOf(words[0])
	for _, m := range n.kids[at:] {
		if m.text[0] != words[0][0] {
			break
		}
		// A slip changes two letters of the set at most.
		if bits.OnesCount32(m.letters^letters) > 4 || m.text == words[0] || len(m.text) < 5 || !within2(m.text, words[0]) {
			continue
		}
		if f := nearestFrom(m, words[1:], slips-1); f != nil && (best == nil || f.id < best.id) {
			best = f
		}
	}
	return best
}

// within2 reports whether two words are at most two edits apart.
func within2(a, b string) bool {
	if d := len(a) - len(b); d > 2 || d < -2 || len(a) > maxTitleWord || len(b) > maxTitleWord {
		return false
	}
	var rows [2][maxTitleWord + 2]uint8
	prev, cur := &rows[0], &rows[1]
	for j := 0; j <= len(b); j++ {
		prev[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = uint8(i)
		for j := 1; j <= len(b); j++ {
			c := prev[j-1]
			if a[i-1] != b[j-1] {
				c++
			}
			cur[j] = min(c, prev[j]+1, cur[j-1]+1)
		}
		prev, cur = cur, prev
	}
	return prev[len(b)] <= 2
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
