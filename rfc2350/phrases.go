package rfc2350

import (
	"unicode"
	"unicode/utf8"
)

// phrases marks the longest phrase of several words that begins at each token.
func (x *lexed) phrases(v *vocabulary) {
	for i := range x.toks {
		t := &x.toks[i]
		if t.kind == kSign || t.kind == kWord && t.n == 0 {
			continue
		}
		state := uint32(t.n)
		if t.kind == kWord && !x.mayGoOn(i, v.ends[state].after) {
			continue
		}
		if t.kind == kNumber {
			if v.root[x.s[t.start]] == 0 && x.s[t.start] < utf8.RuneSelf {
				continue
			}
			state, _ = x.walkTerm(0, i, v)
		}
		if state == 0 {
			continue
		}
		j, last := i, -1
		var stem int32 = -1
		for {
			if state = v.step(state, ' '); state == 0 {
				break
			}
			if j = x.nextInPhrase(j); j < 0 {
				break
			}
			var found int32
			if state, found = x.walkTerm(state, j, v); found >= 0 {
				last, stem = j, found
			}
			if state == 0 {
				break
			}
		}
		if last >= 0 && last-i < 200 {
			t.span, t.phraseOf = uint8(last-i+1), uint16(stem+1)
			t.means.join(v.terms[stem].means)
			x.means.join(t.means)
		}
	}
}

// mayGoOn reports whether the word after token i, if it is one, begins with one of the
// letters; see vend.after.
func (x *lexed) mayGoOn(i int, after uint32) bool {
	if i+1 >= len(x.toks) {
		return false
	}
	c := x.s[x.toks[i+1].start]
	return !isLetterByte(c) || after>>(c&31)&1 != 0
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

// markAfter notes the letters that may follow a blank.
func (v *vocabulary) markAfter() {
	for state := 1; state < len(v.nodes); state++ {
		if v.nodes[state].flags&fBlank == 0 {
			continue
		}
		blank := v.step(uint32(state), ' ')
		for c := byte('a'); c <= 'z'; c++ {
			if v.step(blank, c) != 0 {
				v.ends[state].after |= 1 << (c & 31)
			}
		}
	}
}
