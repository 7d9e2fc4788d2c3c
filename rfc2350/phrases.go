package rfc2350

import (
	"unicode"
	"unicode/utf8"
)

// phrases marks the longest phrase of several words that begins at each token.
func (x *lexed) phrases(v *vocabulary) {
	for _, start := range x.starts {
		i := int(start)
		t := &x.toks[i]
		j := x.nextInPhrase(i)
		if j < 0 {
			continue
		}
		state := uint32(t.n)
		if t.kind == kNumber {
			state, _ = x.walkTerm(0, i, v)
		}
		last := -1
		var stem int32 = -1
		for state != 0 && j >= 0 {
			if state = v.step(state, ' '); state == 0 {
				break
			}
			var found int32
			if state, found = x.walkTerm(state, j, v); found >= 0 {
				last, stem = j, found
			}
			j = x.nextInPhrase(j)
		}
		if last >= 0 && last-i < 200 {
			t.span, t.phraseOf = uint8(last-i+1), uint16(stem+1)
			t.means.join(v.terms[stem].means)
			x.means.join(t.means)
		}
	}
}

// phraseLetters of the second word of a phrase are in vocabulary.seconds.
const phraseLetters = 3

// mayBegin notes that a phrase may begin with the next token, after a state. Most words that
// begin phrases begin none here: the letters after the next blank are those of no second
// word.
func (x *lexed) mayBegin(t *token, state uint32, v *vocabulary) {
	s, i := x.s, int(t.end)
	if i == len(s) {
		return
	}
	switch s[i] {
	case ' ', '\n':
		if key, plain := secondKey(state, s, i+1); plain && !v.seconds.has(key) {
			return
		}
	case ',', ':', ';', '(', ')':
		return // see nextInPhrase
	}
	t.n = int32(state)
	x.starts = append(x.starts, uint16(len(x.toks)))
}

// secondKey is the key of a state and of the word at i, if its letters are of ASCII.
func secondKey(state uint32, s string, i int) (key uint64, plain bool) {
	h := headAt(s, i)
	plain = h.n >= phraseLetters || h.n > 0 && (i+h.n == len(s) || s[i+h.n] < utf8.RuneSelf)
	return uint64(state)<<(5*phraseLetters) | h.letters&(1<<(5*phraseLetters)-1), plain
}

// nextInPhrase skips the hyphens and apostrophes that may stand in a phrase.
func (x *lexed) nextInPhrase(j int) int {
	for k := j + 1; k < len(x.toks) && k < j+4; k++ {
		t := &x.toks[k]
		if t.gap == gapParagraph {
			return -1
		}
		if t.kind != kSign {
			return k
		}
		if t.sign() != '-' && t.sign() != '\'' && t.sign() != '/' && t.sign() != '.' {
			return -1
		}
	}
	return -1
}

// walkTerm follows the letters of token i. It returns the state after it, 0 if there
// is none, and the term that the way ends in, -1 if none.
func (x *lexed) walkTerm(state uint32, i int, v *vocabulary) (uint32, int32) {
	t := &x.toks[i]
	w := walker{v: v, state: state}
	if t.kind == kWord && w.letters(x.s[:t.end], int(t.start)) == int(t.end) { // mostly
		if v.nodes[w.state].flags&fTerm != 0 {
			return w.state, v.ends[w.state].term
		}
		return w.state, w.stem - 1
	}
	var stem int32 = -1
	step := func(c byte) bool {
		state = v.step(state, c)
		if state == 0 {
			return false
		}
		if v.nodes[state].flags&fStem != 0 {
			stem = v.ends[state].long
		}
		return true
	}
	for _, r := range x.s[t.start:t.end] {
		switch {
		case r < utf8.RuneSelf:
			if 'A' <= r && r <= 'Z' {
				r |= 0x20
			}
			if !step(byte(r)) {
				return 0, stem
			}
			continue
		case r == 'ß':
			for range 2 { // it folds to two letters
				if !step('s') {
					return 0, stem
				}
			}
			continue
		case unicode.Is(unicode.Mn, r):
			continue
		case 0xff10 <= r && r <= 0xff19:
			r -= 0xfee0
		}
		r = foldRune(r)
		var buf [4]byte
		for _, b := range buf[:utf8.EncodeRune(buf[:], r)] {
			if !step(b) {
				return 0, stem
			}
		}
	}
	if v.nodes[state].flags&fTerm != 0 {
		return state, v.ends[state].term
	}
	return state, stem
}

// markSeconds notes the beginnings of the words that may be the second of a phrase, after
// each state that one goes on from.
func (v *vocabulary) markSeconds() {
	v.seconds = make(hints, 1<<10)
	for state := 1; state < len(v.nodes); state++ {
		if v.nodes[state].flags&fBlank == 0 {
			continue
		}
		key := uint64(state) << (5 * phraseLetters)
		walkHeads(v, v.step(uint32(state), ' '), 0, 0, 0, func(letters uint64, depth int, to uint32, _ int32) {
			if depth == phraseLetters || depth < phraseLetters && v.nodes[to].flags&fStem == 0 {
				v.seconds.add(key | letters)
			} else if depth < phraseLetters {
				v.seconds.addBeginning(key, letters, depth, phraseLetters)
			}
		})
	}
}
