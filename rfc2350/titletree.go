package rfc2350

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// node is a step in the tree of known titles, by folded words.
type node struct {
	id    SectionID
	place uint32 // in the tree; 0 is its root
	bit   uint8  // of id, in a sectionSet
	words uint8
	open  bool    // the team's name may follow
	kids  []*node // in the order of their words
	langs []uint8 // that use this title, as places in vocabulary.langs
	text  string  // its word
	// The shapes of the words of kids lie side by side.
	shapes []shape
}

// shape tells soon which words are far from a word.
type shape struct {
	letters uint32 // the set of its letters, by their last five bits
	size    uint8  // in bytes, 255 at most
	first   byte
}

func wordShape(w string) shape {
	s := shape{size: uint8(min(len(w), 255)), first: w[0]}
	for i := 0; i < len(w); i++ {
		s.letters |= 1 << (w[i] & 31)
	}
	return s
}

// titleIndex is the tree with a table of its steps, by the node before and the word: one
// look for each word of a title, whatever its language.
type titleIndex struct {
	nodes []node // by their place
	// What every word that is read asks of a node lies apart, so that the nodes of a
	// title lie together.
	steps []titleStep
	// A power of two of places of nodes, with a part of the hash from bit 16; 0 is none.
	// The table is small, because every word that may begin a title looks into it.
	slots []uint32
	shift int // of a hash, to a place among the slots
	// The beginning of each word that begins a title. Most words that are asked for begin
	// none, and go no further than this.
	begins hints
}

// titleStep is what is asked of a node when a word is read.
type titleStep struct {
	key  titleKey // of its word and the node before
	kids uint16
	ends bool // a title ends here
}

// noTitle is the place after words that are no title's.
const noTitle = 1<<32 - 1

// titleKey is a folded word after a node. Words of sixteen plain letters at most are told
// by it alone.
type titleKey struct {
	head uint64 // the first eight letters, five bits each, and the node before from bit 40
	rest uint64 // the next eight; of longer words, all others; otherLetters
}

// otherLetters marks a word that has others than a to z, or more than sixteen: its text
// decides.
const otherLetters = 1 << 63

// slot is where to begin to look for a key, and the part of its hash that is compared.
func (t *titleIndex) slot(k titleKey) (at int, part uint32) {
	h := (k.head*0x9e3779b97f4a7c15 ^ k.rest*0xc2b2ae3d27d4eb4f) * 0x9e3779b97f4a7c15
	return int(h >> t.shift), uint32(h>>24) & 0xffff
}

// wordKey is the key of a folded word, without the node before it.
func wordKey(w string) (k titleKey) {
	plain := len(w) <= 2*headLetters
	for i := 0; i < len(w) && plain; i++ {
		plain = 'a' <= w[i] && w[i] <= 'z'
	}
	if plain {
		k.head = headAt(w, 0).letters
		if len(w) > headLetters {
			k.rest = headAt(w, headLetters).letters
		}
		return k
	}
	for i := 0; i < len(w); i++ {
		if i < headLetters {
			k.head |= uint64(w[i]&31) << (5 * i)
		}
		k.rest = k.rest*31 + uint64(w[i])
	}
	k.rest |= otherLetters
	return k
}

// titleTree is built once, on first use, and never changed.
var titleTree = sync.OnceValue(func() *titleIndex {
	var root node
	titleLines(func(lang string, id SectionID, titles string) {
		for _, s := range strings.Split(titles, "|") {
			root.add(lang, id, s)
		}
	})
	all := root.count()
	t := &titleIndex{nodes: make([]node, 0, all), steps: make([]titleStep, 0, all), begins: make(hints, 1<<8)}
	t.put(&root, 0)
	if len(t.nodes) > 1<<16 {
		panic("rfc2350: too many titles")
	}
	size := bits.Len(uint(len(t.nodes)))
	t.slots, t.shift = make([]uint32, 1<<size), 64-size
	for place := 1; place < len(t.nodes); place++ {
		key := t.steps[place].key
		if key.head>>40 == 0 {
			t.begins.add(key.head)
		}
		at, part := t.slot(key)
		for t.slots[at] != 0 {
			at = (at + 1) & (len(t.slots) - 1)
		}
		t.slots[at] = part<<16 | uint32(place)
	}
	return t
})

// count counts a node and all below it.
func (n *node) count() int {
	all := 1
	for _, k := range n.kids {
		all += k.count()
	}
	return all
}

// put lays a node and all below it side by side.
func (t *titleIndex) put(n *node, before uint32) *node {
	n.place = uint32(len(t.nodes))
	step := titleStep{key: wordKey(n.text), kids: uint16(len(n.kids)), ends: n.id != ""}
	step.key.head |= uint64(before) << 40
	t.nodes, t.steps = append(t.nodes, *n), append(t.steps, step)
	for i, k := range n.kids {
		n.kids[i] = t.put(k, n.place)
		n.shapes = append(n.shapes, wordShape(k.text))
	}
	t.nodes[n.place].shapes = n.shapes
	return &t.nodes[n.place]
}

// add puts a title into the tree. Case, accents and punctuation do not matter:
// titles are compared as the words that foldWords gives. A title that ends in "*"
// may be followed by the team's name on the same line.
func (n *node) add(lang string, id SectionID, title string) {
	open := strings.HasSuffix(title, "*")
	for i, w := range strings.Fields(foldWords(title)) {
		k, ok := n.find(w)
		if !ok {
			n.kids = slices.Insert(n.kids, k, &node{text: w, words: uint8(i + 1)})
		}
		n = n.kids[k]
	}
	if n.id == "" { // the first row wins: a title names one section
		if n.id, n.bit = id, id.bit(); n.bit > 0 {
			n.id = outline[n.bit-1].ID // the same, and soon compared
		}
	}
	n.langs = append(n.langs, uint8(slices.Index(words().langs, lang)))
	n.open = n.open || open
}

func (n *node) find(w string) (int, bool) {
	return slices.BinarySearchFunc(n.kids, w, func(k *node, w string) int { return strings.Compare(k.text, w) })
}

// child is the place after one more word, noTitle if no title goes on with it. The word is
// w where its letters are no plain ones.
func (t *titleIndex) child(place uint32, key titleKey, w []byte) uint32 {
	if place == 0 && !t.begins.has(key.head) {
		return noTitle
	}
	key.head |= uint64(place) << 40
	switch t.steps[place].kids { // most nodes have one or none
	case 0:
		return noTitle
	case 1:
		if t.is(place+1, key, w) {
			return place + 1
		}
		return noTitle
	}
	for at, part := t.slot(key); ; at = (at + 1) & (len(t.slots) - 1) {
		slot := t.slots[at]
		if slot == 0 {
			return noTitle
		}
		if slot>>16 == part && t.is(slot&0xffff, key, w) {
			return slot & 0xffff
		}
	}
}

// is reports whether the node at a place has a key, and the word.
func (t *titleIndex) is(place uint32, key titleKey, w []byte) bool {
	return t.steps[place].key == key && (key.rest&otherLetters == 0 || t.nodes[place].text == string(w))
}

// mayBegin reports whether the word at i may begin a title.
func (t *titleIndex) mayBegin(s string, i int) bool {
	key, end := plainWord(s, i)
	return end == 0 || t.begins.has(key.head)
}

// titleWords reads a title word by word, and follows it in the tree.
type titleWords struct {
	t     *titleIndex
	place uint32 // after the last word, noTitle if no title goes on so
	end   int    // of that word
	w     word
}

// next reads the word at or after i. gap reports that more stood before it than what may
// stand between the words of a title.
func (r *titleWords) next(s string, i int) (gap, ok bool) {
	from := i
	for from < len(s) && from < i+mostBetween && mayPart(s[from]) {
		from++
	}
	if from == len(s) {
		return true, false
	}
	if key, end := plainWord(s, from); end > 0 {
		r.place, r.end = r.t.child(r.place, key, nil), end
		return false, true
	}
	if gap, ok = r.w.next(s, i); ok {
		r.place, r.end = r.t.child(r.place, wordKey(string(r.w.text())), r.w.text()), r.w.end
	}
	return gap, ok
}

// plainWord reads a word of two to sixteen letters of ASCII. The end is 0 if there is none.
func plainWord(s string, i int) (k titleKey, end int) {
	h := headAt(s, i)
	if end = i + h.n; h.n < 2 { // "E-Mail" is one word
		return k, 0
	}
	if k.head = h.letters; h.n == headLetters {
		h = headAt(s, end)
		k.rest, end = h.letters, end+h.n
		if h.n == headLetters && end < len(s) && isLetterByte(s[end]) {
			return k, 0
		}
	}
	if end < len(s) && (s[end] >= utf8.RuneSelf || isDigit(s[end])) { // the word goes on
		return k, 0
	}
	return k, end
}

// matchTitle finds the longest known title that starts at i. It returns the end of the
// title and its node, or nil.
func matchTitle(s string, i int) (end int, found *node) {
	t := titleTree()
	r := titleWords{t: t}
	for {
		first := r.place == 0
		gap, ok := r.next(s, i)
		if !ok || gap && !first || r.place == noTitle {
			return end, found
		}
		if i = r.end; t.steps[r.place].ends {
			end, found = i, &t.nodes[r.place]
		}
	}
}

// lookup finds a title that is known as a whole.
func lookup(title string) *node {
	t := titleTree()
	r := titleWords{t: t}
	for i := 0; ; i = r.end {
		if _, ok := r.next(title, i); !ok {
			break
		}
		if r.place == noTitle {
			return nil
		}
	}
	if !t.steps[r.place].ends {
		return nil
	}
	return &t.nodes[r.place]
}
