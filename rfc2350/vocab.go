package rfc2350

import (
	"embed"
	"math/bits"
	"strings"
	"sync"
	"unicode/utf8"
)

// The words that begin or qualify a value are data: one file for each language.
// All of them together make one automaton over folded bytes, so that reading a
// text costs the same however many languages are known.
//
//go:embed lang/*.txt
var languageFiles embed.FS

// meaning is what a word or phrase says to the recognizers.
type meaning uint8

// meanings is a set of them.
type meanings [2]uint64

func (m *meanings) add(x meaning)     { m[x>>6] |= 1 << (x & 63) }
func (m *meanings) drop(x meaning)    { m[x>>6] &^= 1 << (x & 63) }
func (m meanings) has(x meaning) bool { return m[x>>6]&(1<<(x&63)) != 0 }
func (m *meanings) join(o meanings)   { m[0] |= o[0]; m[1] |= o[1] }

// meet reports whether two sets have a meaning in common.
func (m meanings) meet(o meanings) bool { return m[0]&o[0]|m[1]&o[1] != 0 }

func meaningsOf(list ...meaning) (m meanings) {
	for _, x := range list {
		m.add(x)
	}
	return m
}

// anyOf reports whether m has one of the meanings.
func (m meanings) any(list ...meaning) bool {
	for _, x := range list {
		if m.has(x) {
			return true
		}
	}
	return false
}

// besides is a set of what a word says only beside a value or a title. Few places ask
// for it, so that tokens do not carry it.
type besides uint64

func (b besides) has(x beside) bool { return b>>x&1 != 0 }

// term is what the vocabulary knows of a word or phrase.
type term struct {
	means   meanings
	stems   meanings // of them, those that longer words have too
	month   int8     // 1–12
	month2  int8     // another month that the word names in the languages of langs2: "listopada"
	langs1  uint32
	langs2  uint32
	weekday int8 // 1 is Sunday
	number  int16
	minutes int16 // of a time zone's abbreviation
	unit    int8  // days of a unit of time
	beside  besides
	name    uint16 // of a country, a body of teams or an area of zones, in vocabulary.names
	langs   uint32 // that count the word among their common ones
	word    bool   // ends here exactly
	stem    bool   // also begins longer words
	known   bool   // says more than what it says beside a value
}

// vnode is a state of the automaton. Its first way leads to the next node, so that a
// word that is read lies together in memory; the others are in edges, or in a table.
// It is small, because every letter of a text is a step; what a state ends is apart.
type vnode struct {
	from  uint32 // of its edges
	more  uint8  // edges besides the first
	c     byte   // of the first way, 0 if there is none
	dense uint8  // 1 + its row in vocabulary.dense, 0 if its edges are few
	flags uint8
}

const (
	fStem  = 1 << iota // the term also begins longer words
	fBlank             // a phrase of several words goes on from here
	fTerm              // a word or phrase that is known ends here
)

// vend are the terms of a state.
type vend struct {
	term int32 // index, -1 if none
	long int32 // the term of longer words, if stem
}

type vedge struct {
	c  byte
	to uint32
}

type vocabulary struct {
	root  [256]uint32
	dense [][32]uint32 // of states with many edges: the letters a to z, by their last five bits
	nodes []vnode
	ends  []vend // of the nodes
	edges []vedge
	terms []term
	heads *heads
	// Of the phrases, the state after the first word and letters of the second.
	seconds hints
	besides hints    // see besideKey
	common  []uint32 // the languages that count a term among their common words
	langs   []string
	names   []string // codes of countries, bodies; names[0] is empty
}

// step follows one folded byte; 0 is the end of the way.
func (v *vocabulary) step(state uint32, c byte) uint32 {
	if state == 0 {
		return v.root[c]
	}
	n := &v.nodes[state]
	if n.c == c {
		return state + 1
	}
	if n.more == 0 {
		return 0
	}
	return v.branch(n, c)
}

// branch follows a byte that is not the first way of a node.
func (v *vocabulary) branch(n *vnode, c byte) uint32 {
	switch {
	case n.dense != 0 && c-'a' < 26:
		return v.dense[n.dense-1][c&31]
	}
	for _, e := range v.edges[n.from : n.from+uint32(n.more)] {
		if e.c == c {
			return e.to
		}
	}
	return 0
}

// find is the term of a word as it stands in a text, nil if there is none.
func (v *vocabulary) find(word string) *term {
	w := walker{v: v, lost: word == ""}
	for i := 0; i < len(word) && !w.lost; {
		if word[i] < utf8.RuneSelf {
			from := i
			if i = w.letters(word, i); i == from {
				return nil
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(word[i:])
		w.rune(r)
		i += n
	}
	if w.lost || v.ends[w.state].term < 0 {
		return nil
	}
	return &v.terms[v.ends[w.state].term]
}

// says reports what a word says beside a value.
func (v *vocabulary) says(word string, b beside) bool {
	if h := headAt(word, 0); (h.n == len(word) || h.n == headLetters) && !v.besides.has(besideKey(h.letters, b)) {
		return false
	}
	t := v.find(word)
	return t != nil && t.beside.has(b)
}

// besideKey is the key of the first letters of a word that says something beside a value,
// eight at most.
func besideKey(letters uint64, b beside) uint64 { return letters | uint64(b)<<40 }

// markBesides notes them for all words that begin with the letters that lead to a state.
// Of what goes on after eight letters, or with others than those of ASCII, only the
// first ones count.
func (v *vocabulary) markBesides(state uint32, letters uint64, depth int) {
	if t := v.ends[state].term; t >= 0 {
		for set := v.terms[t].beside; set != 0; set &= set - 1 {
			v.besides.add(besideKey(letters, beside(bits.TrailingZeros64(uint64(set)))))
		}
	}
	v.ways(state, func(c byte, to uint32) {
		if c-'a' < 26 && depth < headLetters {
			v.markBesides(to, letters|uint64(c&31)<<(5*depth), depth+1)
		} else if c != ' ' {
			v.markBesides(to, letters, headLetters)
		}
	})
}

// tells reports what a word of a text says beside a value.
func (x *lexed) tells(i int, b beside) bool {
	return i >= 0 && i < len(x.toks) && x.toks[i].kind == kWord && words().says(x.text(i, i+1), b)
}

// words is built once, on first use, and never changed.
var words = sync.OnceValue(func() *vocabulary {
	b := newBuilder()
	files, err := languageFiles.ReadDir("lang")
	if err != nil {
		panic(err) // embedded: it is there or the program does not build
	}
	for _, f := range files {
		data, err := languageFiles.ReadFile("lang/" + f.Name())
		if err != nil {
			panic(err)
		}
		b.language(strings.TrimSuffix(f.Name(), ".txt"), string(data))
	}
	return b.compile()
})

// titleLines gives the titles of the language files: section, and titles joined by "|".
func titleLines(yield func(lang string, id SectionID, titles string)) { languageLines("title ", yield) }

// languageLines gives the lines of the language files that begin with a kind and a
// section: what they say of it, joined by "|".
func languageLines(kind string, yield func(lang string, id SectionID, list string)) {
	files, err := languageFiles.ReadDir("lang")
	if err != nil {
		panic(err)
	}
	// English first: where two languages share a title, the English section counts.
	names := []string{"en.txt"}
	for _, f := range files {
		if f.Name() != "en.txt" {
			names = append(names, f.Name())
		}
	}
	for _, name := range names {
		data, _ := languageFiles.ReadFile("lang/" + name)
		for l := range strings.Lines(string(data)) {
			if rest, ok := strings.CutPrefix(l, kind); ok {
				id, list, _ := strings.Cut(strings.TrimSpace(rest), ": ")
				yield(strings.TrimSuffix(name, ".txt"), SectionID(id), list)
			}
		}
	}
}
