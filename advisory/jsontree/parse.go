package jsontree

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits bound what the reader accepts. A zero value means the default.
type Limits struct {
	MaxBytes  int // of the text; 32 MiB
	MaxDepth  int // of arrays and objects; 256
	MaxNodes  int // values in the tree; 2,097,152, which take about 250 MB at worst
	MaxNumber int // bytes of one number; 256
}

func (l Limits) orDefaults() Limits {
	for _, f := range []struct {
		p *int
		d int
	}{{&l.MaxBytes, 32 << 20}, {&l.MaxDepth, 256}, {&l.MaxNodes, 2 << 20}, {&l.MaxNumber, 256}} {
		if *f.p <= 0 {
			*f.p = f.d
		}
	}
	return l
}

// A Problem says what is wrong with a text. It never quotes the text.
type Problem string

// The problems that [Parse] reports.
const (
	TooLarge       Problem = "the text is larger than the limit"
	TooDeep        Problem = "arrays and objects are nested deeper than the limit"
	TooManyValues  Problem = "the text has more values than the limit"
	NumberTooLong  Problem = "the number is longer than the limit"
	UnexpectedEnd  Problem = "the text ends in the middle of a value"
	UnexpectedByte Problem = "no JSON value or separator may stand here"
	BadNumber      Problem = "the number is malformed"
	BadEscape      Problem = "the escape sequence is malformed"
	LoneSurrogate  Problem = "the escape sequence is half of a surrogate pair"
	BadUTF8        Problem = "the text is not valid UTF-8"
	ControlByte    Problem = "a control character in a string is not escaped"
	DuplicateName  Problem = "the object has two members with one name"
	TrailingData   Problem = "data follows the value"
	ByteOrderMark  Problem = "the text begins with a byte order mark"
)

// SyntaxError is the error of [Parse] and [Read].
type SyntaxError struct {
	Offset  int64   // in bytes, from 0
	Line    int     // from 1
	Problem Problem // what is wrong there
}

// Error describes the fault and its place and quotes nothing of the text.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("json: line %d, offset %d: %s", e.Line, e.Offset, string(e.Problem))
}

// Read parses the text that r holds. It reads no more than one byte above
// limits.MaxBytes. An error of r is returned as it is, every other error is a
// [*SyntaxError].
func Read(r io.Reader, limits Limits) (*Node, error) {
	l := limits.orDefaults()
	b, err := io.ReadAll(io.LimitReader(r, int64(l.MaxBytes)+1))
	if err != nil {
		return nil, err
	}
	return Parse(b, l)
}

// Parse returns the tree of a JSON text. It keeps no reference to text. The
// error is a [*SyntaxError].
func Parse(text []byte, limits Limits) (*Node, error) {
	l := limits.orDefaults()
	if len(text) > l.MaxBytes {
		// The offset is the first byte that is too many; lines are not
		// counted in a text that is refused for its size.
		return nil, &SyntaxError{Offset: int64(l.MaxBytes), Line: 1, Problem: TooLarge}
	}
	p := parser{s: string(text), limits: l}
	n := p.document()
	if p.problem != "" {
		line := 1 + strings.Count(p.s[:min(p.fault, len(p.s))], "\n")
		return nil, &SyntaxError{Offset: int64(p.fault), Line: line, Problem: p.problem}
	}
	return n, nil
}

type parser struct {
	s       string
	i       int
	limits  Limits
	nodes   int
	slab    []Node
	items   []*Node  // stack of the items of arrays that are open
	members []Member // stack of the members of objects that are open
	problem Problem
	fault   int
}

func (p *parser) fail(at int, problem Problem) *Node {
	if p.problem == "" {
		p.problem, p.fault = problem, at
	}
	return nil
}

func (p *parser) document() *Node {
	if strings.HasPrefix(p.s, "\ufeff") {
		return p.fail(0, ByteOrderMark)
	}
	n := p.value(0)
	if n == nil {
		return nil
	}
	p.space()
	if p.i < len(p.s) {
		return p.fail(p.i, TrailingData)
	}
	return n
}

func (p *parser) space() {
	i := p.i
	for i < len(p.s) && (p.s[i] == ' ' || p.s[i] == '\n' || p.s[i] == '\r' || p.s[i] == '\t') {
		i++
	}
	p.i = i
}

// node takes a Node from a slab: one allocation for many values.
func (p *parser) node(k Kind, at int) *Node {
	if p.nodes++; p.nodes > p.limits.MaxNodes {
		return p.fail(at, TooManyValues)
	}
	if len(p.slab) == 0 {
		p.slab = make([]Node, min(max(p.nodes, 16), 256))
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.kind, n.offset = k, at
	return n
}

// unexpected fails at the current byte or at the end.
func (p *parser) unexpected() *Node {
	if p.i >= len(p.s) {
		return p.fail(len(p.s), UnexpectedEnd)
	}
	if c := p.s[p.i]; c >= utf8.RuneSelf {
		if r, size := utf8.DecodeRuneInString(p.s[p.i:]); r == utf8.RuneError && size == 1 {
			return p.fail(p.i, BadUTF8)
		}
	}
	return p.fail(p.i, UnexpectedByte)
}

func (p *parser) value(depth int) *Node {
	p.space()
	if p.i >= len(p.s) {
		return p.unexpected()
	}
	at := p.i
	switch c := p.s[at]; {
	case c == '{' || c == '[':
		if depth >= p.limits.MaxDepth {
			return p.fail(at, TooDeep)
		}
		p.i++
		if c == '{' {
			return p.object(at, depth+1)
		}
		return p.array(at, depth+1)
	case c == '"':
		s, ok := p.str()
		if !ok {
			return nil
		}
		n := p.node(String, at)
		if n != nil {
			n.text = s
		}
		return n
	case c == '-' || '0' <= c && c <= '9':
		return p.number(at)
	case c == 't':
		return p.word("true", Bool)
	case c == 'f':
		return p.word("false", Bool)
	case c == 'n':
		return p.word("null", Null)
	}
	return p.unexpected()
}

func (p *parser) word(w string, k Kind) *Node {
	at := p.i
	for i := range len(w) {
		if p.i >= len(p.s) || p.s[p.i] != w[i] {
			return p.unexpected()
		}
		p.i++
	}
	n := p.node(k, at)
	if n != nil && k == Bool {
		n.text = w
	}
	return n
}

func (p *parser) number(at int) *Node {
	end := scanNumber(p.s, at)
	if end == at {
		return p.fail(at, BadNumber)
	}
	if end-at > p.limits.MaxNumber {
		return p.fail(at, NumberTooLong)
	}
	// 01, 1.2.3 and 1x are malformed numbers, not numbers with a neighbour.
	if end < len(p.s) && !strings.ContainsRune(",]} \t\r\n", rune(p.s[end])) {
		return p.fail(at, BadNumber)
	}
	n := p.node(Number, at)
	if n != nil {
		n.text = p.s[at:end]
	}
	p.i = end
	return n
}

// scanNumber returns the end of the number that begins at i, or i.
func scanNumber(s string, i int) int {
	start := i
	digits := func() bool {
		from := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if !digits() {
		return start
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return start
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return start
		}
	}
	return i
}
