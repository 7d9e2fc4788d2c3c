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
	text  string  // its word
	kids  []*node // in the order of their words
	id    SectionID
	bit   uint8   // of id, in a sectionSet
	langs []uint8 // that use this title, as places in vocabulary.langs
	open  bool    // the team's name may follow
	words int
	place uint64 // in the tree; 0 is its root
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

// titleIndex is the tree with a table of its steps, by the node before and the word: one
// look for each word of a title, whatever its language.
type titleIndex struct {
	node
	slots []titleStep // a power of two of them
	shift int         // of a hash, to a place among them
	// A bit for the beginning of each word that begins a title. Most words that are
	// asked for begin none, and go no further than this.
	begins [1 << (beginBits - 6)]uint64
}

const beginBits = 14

// titleStep is a slot of the table, empty without a node.
type titleStep struct {
	key  titleKey
	node *node
}

// titleKey is a folded word after a node. Words of sixteen plain letters at most are told
// by it alone.
type titleKey struct {
	head uint64 // the first eight letters, five bits each, and the node before from bit 40
	rest uint64 // the next eight; of longer words, all others; otherLetters
}

// otherLetters marks a word that has others than a to z, or more than sixteen: its text
// decides.
const otherLetters = 1 << 63

// place is where to begin to look for a key.
func (t *titleIndex) place(k titleKey) int {
	return int((k.head*0x9e3779b97f4a7c15 ^ k.rest*0xc2b2ae3d27d4eb4f) * 0x9e3779b97f4a7c15 >> t.shift)
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
	t := &titleIndex{}
	titleLines(func(lang string, id SectionID, titles string) {
		for _, s := range strings.Split(titles, "|") {
			t.add(lang, id, s)
		}
	})
	places := uint64(0)
	t.visit(func(_, n *node) { places++; n.place = places })
	size := bits.Len64(2 * places)
	t.slots, t.shift = make([]titleStep, 1<<size), 64-size
	t.visit(func(before, n *node) {
		key := wordKey(n.text)
		if before.place == 0 {
			bit := headHash(key.head, 64-beginBits)
			t.begins[bit/64] |= 1 << (bit % 64)
		}
		key.head |= before.place << 40
		at := t.place(key)
		for t.slots[at].node != nil {
			at = (at + 1) & (len(t.slots) - 1)
		}
		t.slots[at] = titleStep{key, n}
	})
	return t
})

// visit goes to all nodes below one.
func (n *node) visit(yield func(before, n *node)) {
	for _, k := range n.kids {
		yield(n, k)
		k.visit(yield)
	}
}

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
		n.id, n.bit = id, id.bit()
	}
	n.langs = append(n.langs, uint8(slices.Index(words().langs, lang)))
	n.open = n.open || open
}

func (n *node) find(w string) (int, bool) {
	return slices.BinarySearchFunc(n.kids, w, func(k *node, w string) int { return strings.Compare(k.text, w) })
}

// child is the node after n and one more word, nil if no title goes on with it. The word
// is w where its letters are no plain ones.
func (t *titleIndex) child(n *node, key titleKey, w []byte) *node {
	if n.place == 0 {
		if bit := headHash(key.head, 64-beginBits); t.begins[bit/64]>>(bit%64)&1 == 0 {
			return nil
		}
	}
	key.head |= n.place << 40
	for at := t.place(key); ; at++ {
		s := &t.slots[at&(len(t.slots)-1)]
		if s.node == nil {
			return nil
		}
		if s.key == key && (key.rest&otherLetters == 0 || s.node.text == string(w)) {
			return s.node
		}
	}
}

// titleWords reads a title word by word, and follows it in the tree.
type titleWords struct {
	t    *titleIndex
	node *node // after the last word, nil if no title goes on so
	end  int   // of that word
	w    word
}

// next reads the word at or after i. gap reports that more stood before it than what may
// stand between the words of a title.
func (r *titleWords) next(s string, i int) (gap, ok bool) {
	from := i
	if from < len(s) && s[from] == ' ' {
		from++
	}
	if key, end := plainWord(s, from); end > 0 {
		r.node, r.end = r.t.child(r.node, key, nil), end
		return false, true
	}
	if gap, ok = r.w.next(s, i); ok {
		r.node, r.end = r.t.child(r.node, wordKey(string(r.w.text())), r.w.text()), r.w.end
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
	r := titleWords{t: t, node: &t.node}
	for {
		first := r.node.place == 0
		gap, ok := r.next(s, i)
		if !ok || gap && !first || r.node == nil {
			return end, found
		}
		if i = r.end; r.node.id != "" {
			end, found = i, r.node
		}
	}
}

// lookup finds a title that is known as a whole.
func lookup(title string) *node {
	t := titleTree()
	r := titleWords{t: t, node: &t.node}
	for i := 0; ; i = r.end {
		if _, ok := r.next(title, i); !ok {
			break
		}
		if r.node == nil {
			return nil
		}
	}
	if r.node.id == "" {
		return nil
	}
	return r.node
}
