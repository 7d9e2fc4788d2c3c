package rfc2350

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// lexer makes the tokens of many texts in the same memory.
type lexer struct {
	v     *vocabulary
	toks  []token // of all texts up to now; what its capacity leaves is for the next
	texts []lexed
}

// begin makes room for a number of texts.
func (m *lexer) begin(texts, bytes int) {
	m.v = words()
	// Mostly a token has more than four bytes with the blank before it; where it has
	// fewer, append moves them.
	if likely := bytes/4 + 16*texts; cap(m.toks) < likely {
		m.toks = make([]token, 0, likely)
	}
	if cap(m.texts) < texts {
		m.texts = make([]lexed, 0, texts+texts/4)
	}
}

// lex makes tokens of a text. They are valid up to end.
func (m *lexer) lex(s string) *lexed {
	n := len(m.toks)
	m.texts = m.texts[:len(m.texts)+1]
	x := &m.texts[len(m.texts)-1]
	x.s, x.toks = s, m.toks[n:]
	x.read(m.v)
	if n += len(x.toks); n <= cap(m.toks) {
		m.toks = m.toks[:n]
	} else {
		m.toks = x.toks // append moved them
	}
	x.toks = x.toks[:len(x.toks):len(x.toks)]
	return x
}

// end forgets the texts, and keeps memory of a usual size.
func (m *lexer) end() {
	const most = 1 << 16
	for i := range m.texts {
		x := &m.texts[i]
		clear(x.lists.hex)
		*x = lexed{starts: x.starts[:0], lists: lists{sents: x.lists.sents[:0], hex: x.lists.hex[:0]}}
	}
	if m.texts, m.toks = m.texts[:0], m.toks[:0]; cap(m.toks) > most {
		m.toks = nil
	}
	if cap(m.texts) > most/64 {
		m.texts = nil
	}
}

// lex makes tokens of a text. With v it also looks every word up.
func lex(s string, v *vocabulary) *lexed {
	s = clip(s, valueBytes)
	x := &lexed{s: s, toks: make([]token, 0, len(s)/5+4)}
	x.read(v)
	return x
}

// lexedLines are the memory of texts that are lexed one at a time.
var lexedLines = sync.Pool{New: func() any { return new(lexed) }}

// lexLine makes tokens of a short text, up to done.
func lexLine(s string) *lexed {
	x := lexedLines.Get().(*lexed)
	x.s = clip(s, valueBytes)
	x.read(words())
	return x
}

// done gives the memory back, unless a long text made it large.
func (x *lexed) done() {
	if cap(x.toks) <= 1<<10 {
		*x = lexed{toks: x.toks[:0], starts: x.starts[:0]}
		lexedLines.Put(x)
	}
}

func (x *lexed) read(v *vocabulary) {
	s := x.s
	gap := gapParagraph
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t':
			gap = max(gap, gapBlank)
			for i++; i < len(s) && s[i] == ' '; i++ {
			}
		case c == '\n':
			if gap >= gapLine {
				gap = gapParagraph
			} else {
				gap = gapLine
			}
			i++
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			i = x.plainWords(i, gap, v)
			gap = gapNone
		case '0' <= c && c <= '9':
			i = x.number(i, gap, v)
			gap = gapNone
		case c < utf8.RuneSelf:
			x.toks = append(x.toks, token{start: uint16(i), end: uint16(i + 1), kind: kSign, gap: gap, n: int32(c)})
			x.signs |= signBit(rune(c))
			i++
			gap = gapNone
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == 0xa0:
				gap = max(gap, gapBlank)
				i += n
			case 0xff10 <= r && r <= 0xff19:
				i = x.number(i, gap, v)
				gap = gapNone
			case unicode.IsLetter(r):
				i = x.anyWord(i, gap, v)
				gap = gapNone
			default:
				sign := plainSign(r)
				x.toks = append(x.toks, token{start: uint16(i), end: uint16(i + n), kind: kSign, gap: gap, n: sign})
				x.signs |= signBit(sign)
				i += n
				gap = gapNone
			}
		}
	}
	if v != nil {
		x.phrases(v)
	}
}

func (x *lexed) number(i int, gap uint8, v *vocabulary) int {
	start, n, digits := i, int32(0), 0
	state := uint32(0) // of the automaton, until it is lost
	x.numbers = true
	for i < len(x.s) {
		c := x.s[i]
		size := 1
		if c >= utf8.RuneSelf {
			r, k := utf8.DecodeRuneInString(x.s[i:])
			if r < 0xff10 || r > 0xff19 {
				break
			}
			c, size = byte(r-0xff10)+'0', k
		}
		if !isDigit(c) {
			break
		}
		if v != nil && (state != 0 || i == start) {
			state = v.step(state, c)
		}
		if digits++; digits <= 9 {
			n = n*10 + int32(c-'0')
		} else {
			n = -1
		}
		i += size
	}
	t := token{start: uint16(start), end: uint16(i), kind: kNumber, gap: gap}
	if state != 0 && v.nodes[state].flags&fBlank != 0 {
		x.mayBegin(&t, state, v)
	}
	t.n = n
	x.toks = append(x.toks, t)
	return i
}

// ideograph: Han and kana have no blanks between words.
func ideograph(r rune) bool {
	return 0x3040 <= r && r <= 0x30ff || 0x3400 <= r && r <= 0x9fff
}

// plainWords reads a word that begins with a letter of ASCII, and those that follow it with
// one blank between, as most of a text do.
func (x *lexed) plainWords(i int, gap uint8, v *vocabulary) int {
	s, h := x.s, headAt(x.s, i)
	for {
		end, small := i+h.n, h.small
		if h.n == headLetters {
			for end < len(s) && s[end]|0x20-'a' < 26 {
				small = small || s[end] >= 'a'
				end++
			}
		}
		if v == nil || end < len(s) && s[end] >= utf8.RuneSelf {
			return x.anyWord(i, gap, v)
		}
		t := token{start: uint16(i), end: uint16(end), kind: kWord, gap: gap}
		if s[i] < 'a' {
			t.upper = 1
		}
		if !small && end > i+1 {
			t.upper *= 2
		}
		switch f := v.heads.find(h.letters); {
		case f != nil && end == i+h.n:
			t.termOf, t.means = f.term, v.heads.means[f.means]
			x.means.join(t.means)
			if f.goes {
				x.mayBegin(&t, f.state(), v)
			}
		case f != nil:
			w := walker{v: v, state: f.state(), stem: int32(f.stem)}
			w.letters(s[:end], i+h.n)
			x.meet(&t, &w)
		case v.heads.mayStem(h.letters):
			w := walker{v: v}
			w.letters(s[:end], i)
			x.meet(&t, &w)
		}
		x.toks = append(x.toks, t)
		if end+1 >= len(s) || s[end] != ' ' || !isLetterByte(s[end+1]) {
			return end
		}
		i, gap = end+1, gapBlank
		h = headAt(s, i)
	}
}

// anyWord reads a word, folding it and walking the automaton at once.
func (x *lexed) anyWord(i int, gap uint8, v *vocabulary) int {
	s, start := x.s, i
	w := walker{v: v, lost: v == nil}
	for i < len(s) {
		if s[i] < utf8.RuneSelf {
			end := w.letters(s, i)
			if end == i {
				break
			}
			i = end
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if ideograph(r) {
			if i > start {
				break
			}
			return x.ideographs(i, gap, v)
		}
		mark := unicode.Is(unicode.Mn, r)
		if !mark && !unicode.IsLetter(r) {
			break
		}
		i += n
		if !w.lost && !mark {
			w.rune(r)
		}
	}
	t := token{start: uint16(start), end: uint16(i), kind: kWord, gap: gap, upper: capitalsOf(s[start:i])}
	x.meet(&t, &w)
	x.toks = append(x.toks, t)
	return i
}

// meet gives a word what the automaton found.
func (x *lexed) meet(t *token, w *walker) {
	if !w.lost {
		flags := w.v.nodes[w.state].flags
		if flags&fTerm != 0 {
			w.stem = w.v.ends[w.state].term + 1
		}
		if flags&fBlank != 0 {
			x.mayBegin(t, w.state, w.v)
		}
	}
	if w.stem > 0 {
		t.termOf, t.means = uint16(w.stem), w.v.terms[w.stem-1].means
		x.means.join(t.means)
	}
}

// capitalsOf: 0 a small letter first, 1 a capital, 2 capitals only and two at least.
func capitalsOf(word string) uint8 {
	if c := word[0]; 'a' <= c && c <= 'z' {
		return 0
	}
	n := uint8(0)
	for _, r := range word {
		if r < utf8.RuneSelf && r > 'Z' || !unicode.IsUpper(r) {
			return min(n, 1)
		}
		n = min(n+1, 2)
	}
	return n
}

// walker follows the letters of a word.
type walker struct {
	v     *vocabulary
	state uint32
	stem  int32 // the longest stem on the way, from 1; 0 if none
	lost  bool  // no word goes on like this
}

// letters follows the letters of ASCII from i on, and gives the place after them.
func (w *walker) letters(s string, i int) int {
	if !w.lost {
		v, state := w.v, w.state
		n := &v.nodes[state]
		for {
			if i == len(s) {
				w.state = state
				return i
			}
			c := s[i] | 0x20
			if c-'a' >= 26 {
				w.state = state
				return i
			}
			i++
			switch {
			case state == 0:
				state = v.root[c]
			case n.c == c:
				state++
			case n.more == 0:
				state = 0
			default:
				state = v.branch(n, c)
			}
			if state == 0 {
				break
			}
			if n = &v.nodes[state]; n.flags&fStem != 0 {
				w.stem = v.ends[state].long + 1
			}
		}
		w.state, w.lost = 0, true
	}
	for i < len(s) && s[i]|0x20-'a' < 26 {
		i++
	}
	return i
}

func (w *walker) step(c byte) {
	w.state = w.v.step(w.state, c)
	switch {
	case w.state == 0:
		w.lost = true
	case w.v.nodes[w.state].flags&fStem != 0:
		w.stem = w.v.ends[w.state].long + 1
	}
}

// rune folds a letter that is not ASCII.
func (w *walker) rune(r rune) {
	if r == 'ß' {
		if w.step('s'); !w.lost {
			w.step('s')
		}
		return
	}
	var buf [4]byte
	for _, b := range buf[:utf8.EncodeRune(buf[:], foldRune(r))] {
		if w.step(b); w.lost {
			return
		}
	}
}

// ideographs reads the longest known word at i, or one letter.
func (x *lexed) ideographs(i int, gap uint8, v *vocabulary) int {
	t := token{start: uint16(i), kind: kWord, gap: gap}
	_, n := utf8.DecodeRuneInString(x.s[i:])
	t.end = uint16(i + n)
	if v != nil {
		state, after := uint32(0), uint32(0)
		for j := i; j < len(x.s); {
			r, n := utf8.DecodeRuneInString(x.s[j:])
			if !ideograph(r) {
				break
			}
			for k := 0; k < n && (k == 0 || state != 0); k++ {
				state = v.step(state, x.s[j+k])
			}
			if state == 0 {
				break
			}
			j += n
			if flags := v.nodes[state].flags; flags&fTerm != 0 {
				e := v.ends[state].term
				t.end, t.termOf, t.means = uint16(j), uint16(e+1), v.terms[e].means
				if after = 0; flags&fBlank != 0 {
					after = state
				}
			}
		}
		if after != 0 {
			x.mayBegin(&t, after, v)
		}
	}
	x.means.join(t.means)
	x.toks = append(x.toks, t)
	return int(t.end)
}
