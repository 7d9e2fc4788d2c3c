package rfc2350

type tokenKind uint8

const (
	kWord tokenKind = iota
	kNumber
	kSign
)

// What stands before a token.
const (
	gapNone uint8 = iota
	gapBlank
	gapLine
	gapParagraph
)

// token is a word, a run of digits or one sign of a text.
type token struct {
	start, end uint16 // a text has valueBytes at most
	kind       tokenKind
	gap        uint8
	upper      uint8 // 1: begins with a capital, 2: two capitals or more and no small letter
	span       uint8 // tokens of the phrase that begins here, 0 if none
	// n is the value of a number, -1 if it has more than nine digits; of a word with which
	// a phrase may begin it is the state of the automaton after it; of a sign it is the
	// sign, where dashes, blanks and full-width forms are made plain.
	n int32
	// The terms of the word, and of the longest phrase of several words that begins
	// here, counted from 1; 0 is none.
	termOf, phraseOf uint16
	means            meanings
}

// sign is the sign of a token that is one.
func (t *token) sign() rune { return t.n }

// word is what the vocabulary knows of the word, nil if nothing.
func (t *token) word() *term {
	if t.termOf == 0 {
		return nil
	}
	return &words().terms[t.termOf-1]
}

// phrase is the same of the phrase that begins with the word.
func (t *token) phrase() *term {
	if t.phraseOf == 0 {
		return nil
	}
	return &words().terms[t.phraseOf-1]
}

// has reports a meaning of a term, which may be nil.
func (t *term) has(m meaning) bool { return t != nil && t.means.has(m) }

// named is the code of the country, or the name of the body, that the term names.
func (t *term) named() string { return words().names[t.name] }

// lexed is a text as tokens. It is made once for each section, and all recognizers
// read it.
type lexed struct {
	s      string
	toks   []token
	dates  []foundDate
	lang   string // of the document; "" if not known
	lists  lists
	starts []uint16 // tokens with which phrases may begin
	// What its tokens hold: recognizers that find nothing to begin with do not run.
	means   meanings // of all words and phrases
	signs   uint64   // of ASCII; see signBit
	numbers bool
}

// signBit is the bit of a sign of ASCII in lexed.signs. Signs 64 apart share one.
func signBit(r rune) uint64 { return 1 << ((r - ' ') & 63) }

// holds reports whether one of the signs may be in the text.
func (x *lexed) holds(signs ...rune) bool {
	for _, r := range signs {
		if x.signs&signBit(r) != 0 {
			return true
		}
	}
	return false
}

// lists are what recognizers share, each made once.
type lists struct {
	sents               []sentence
	mails               []foundEmail
	phones              []foundPhone
	onlyNames           bool
	hex, prints, keyIDs []printed
	known               uint8 // which of the lists above are made
}

// once reports that a list is asked for the first time.
func (x *lexed) once(list uint8) bool {
	first := x.lists.known&list == 0
	x.lists.known |= list
	return first
}
