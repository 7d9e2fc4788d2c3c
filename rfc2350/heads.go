package rfc2350

import "math/bits"

// Most words of a text are short, of plain letters, and either known as a whole or not
// at all. So their first eight letters are read and looked up at once, in a table of the
// states of the automaton that lie at most that deep. What goes on from there, and what
// only begins like a known word, walks the automaton letter by letter.

const headLetters = 8

// head is the beginning of a word of ASCII.
type head struct {
	letters uint64 // folded, five bits each, the first one lowest
	n       int    // how many there are
	small   bool   // one of them is small
}

// headAt reads the letters of ASCII at i, eight at most.
func headAt(s string, i int) head {
	const ones = 0x0101010101010101
	var b uint64
	if i+headLetters <= len(s) {
		t := s[i : i+headLetters]
		b = uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
	} else {
		for k := len(s) - 1; k >= i; k-- {
			b = b<<8 | uint64(s[k])
		}
	}
	// The high bit of a byte says that it is below "a" when lowered, above "z", or no ASCII.
	low := b&(0x7f*ones) | 0x20*ones
	other := (^(low + (0x80-'a')*ones) | (low + (0x7f-'z')*ones) | b) & (0x80 * ones)
	n := bits.TrailingZeros64(other) / 8 // headLetters if there is none
	b &= 1<<(8*n) - 1
	p := b & (0x1f * ones)
	p = p&0x001f001f001f001f | p>>3&0x03e003e003e003e0
	p = p&0x000003ff000003ff | p>>6&0x000ffc00000ffc00
	p = p&0x00000000000fffff | p>>12&0x000000fffff00000
	return head{letters: p, n: n, small: b&(0x20*ones) != 0}
}

// heads is the table. What it knows of a head lies in one place, because most words of
// a text look there and the table does not fit into the nearest memory.
type heads struct {
	slots []knownHead // a power of two of them
	shift int         // of a hash, to a place among the slots
	means []meanings  // of words, each set once; means[0] is empty
	known hints       // the heads that have a slot
	stems hints       // the first four letters of each stem
}

// hints are a set of keys, with a bit for each: what has no bit is not in it. They are
// small, so that what is not known, as most words are not, costs no look into a table.
type hints []uint64 // a power of two of them

func (h hints) add(key uint64) {
	bit := headHash(key, 40)
	h[int(bit/64)&(len(h)-1)] |= 1 << (bit % 64)
}

func (h hints) has(key uint64) bool {
	bit := headHash(key, 40)
	return h[int(bit/64)&(len(h)-1)]>>(bit%64)&1 != 0
}

// knownHead is what is known of a head.
type knownHead struct {
	key   uint64 // the letters, and from bit 40 the state after them; 0 if the slot is free
	term  uint16 // of the word, if it ends here; from 1, 0 if there is none
	stem  uint16 // the same of the longest stem
	means uint16 // of the word, if it ends here: the place in heads.means
	goes  bool   // phrases go on from the state
}

func (h *knownHead) state() uint32 { return uint32(h.key >> 40) }

func headHash(letters uint64, shift int) uint64 { return letters * 0x9e3779b97f4a7c15 >> shift }

// find is what is known of a head, nil if nothing of it as a whole.
func (t *heads) find(letters uint64) *knownHead {
	if !t.known.has(letters) {
		return nil
	}
	return t.slot(letters)
}

func (t *heads) slot(letters uint64) *knownHead {
	mask := uint64(len(t.slots) - 1)
	for at := headHash(letters, t.shift); ; at++ {
		slot := &t.slots[at&mask]
		if slot.key&(1<<40-1) == letters {
			return slot
		}
		if slot.key == 0 {
			return nil
		}
	}
}

// mayStem reports whether a word that begins so may begin with a stem.
func (t *heads) mayStem(letters uint64) bool { return t.stems.has(letters & (1<<20 - 1)) }

// makeHeads makes the table of an automaton.
func makeHeads(v *vocabulary) *heads {
	t := &heads{means: []meanings{{}}, known: make(hints, 1<<10), stems: make(hints, 1<<8)}
	places := map[meanings]uint16{{}: 0}
	var found []knownHead
	walkHeads(v, 0, 0, 0, 0, func(letters uint64, depth int, state uint32, stem int32) {
		flags := v.nodes[state].flags
		if flags&fStem != 0 {
			t.stems.addBeginning(0, letters, depth, 4)
		}
		if depth < headLetters && flags&(fTerm|fBlank) == 0 {
			return
		}
		h := knownHead{key: letters | uint64(state)<<40, stem: uint16(stem), term: uint16(stem), goes: flags&fBlank != 0}
		if flags&fTerm != 0 {
			h.term = uint16(v.ends[state].term + 1)
		}
		if h.term > 0 {
			m := v.terms[h.term-1].means
			if _, ok := places[m]; !ok {
				places[m] = uint16(len(t.means))
				t.means = append(t.means, m)
			}
			h.means = places[m]
		}
		found = append(found, h)
	})
	size := bits.Len(uint(2 * len(found)))
	t.slots, t.shift = make([]knownHead, 1<<size), 64-size
	for _, h := range found {
		at := headHash(h.key&(1<<40-1), t.shift)
		for t.slots[at].key != 0 {
			at = (at + 1) & uint64(len(t.slots)-1)
		}
		t.slots[at] = h
		t.known.add(h.key & (1<<40 - 1))
	}
	return t
}

// walkHeads visits the states that letters of ASCII lead to, eight at most; stem is the
// longest on the way, from 1.
func walkHeads(v *vocabulary, state uint32, letters uint64, depth int, stem int32, visit func(letters uint64, depth int, state uint32, stem int32)) {
	if depth == headLetters {
		return
	}
	for c := byte('a'); c <= 'z'; c++ {
		to := v.step(state, c)
		if to == 0 {
			continue
		}
		long := stem
		if v.nodes[to].flags&fStem != 0 {
			long = v.ends[to].long + 1
		}
		with := letters | uint64(c&31)<<(5*depth)
		visit(with, depth+1, to, long)
		walkHeads(v, to, with, depth+1, long, visit)
	}
}

// addBeginning adds letters to a key, cut to a number of them. What has less may go on with
// any.
func (h hints) addBeginning(key, letters uint64, depth, most int) {
	if depth >= most {
		h.add(key | letters&(1<<(5*most)-1))
		return
	}
	for c := range uint64(27) {
		h.addBeginning(key, letters|c<<(5*depth), depth+1, most)
	}
}
