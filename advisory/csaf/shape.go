package csaf

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/internal/jsontree"
)

// A shape is the structure that a JSON value must have. The tables of shapes
// say the same as the JSON schemas of CSAF, CVSS and SSVC; the differential
// test in tests/peers holds them equal. Rules for a kind of value apply only to
// values of that kind, as in JSON Schema.
type shape struct {
	kind     jsontree.Kind // None: any kind
	required []string
	members  map[string]*shape
	closed   bool // no other members
	free     bool // other members are nobody's business, also not test 6.2.20's
	minSize  int  // members, items or characters
	maxSize  int
	unique   bool
	items    *shape
	enum     []string
	match    func(string) bool // pattern
	format   func(string) bool
	min, max string // of a number, "" for none
	choose   func(*jsontree.Node) *shape
	extra    func(*jsontree.Node) string // a further rule; "" or what is wrong
}

// checker walks a value and its shape. It keeps the way to the current value on
// a stack, so that a pointer is built only for a fault.
type checker struct {
	run    *run
	base   func() string
	way    []step
	strict bool // report nothing but members without a definition, also in open objects
}

type step struct {
	name  string
	index int
}

func (r *run) checkShape(s *shape, n *jsontree.Node, base func() string, strict bool) {
	c := checker{run: r, base: base, strict: strict}
	c.check(s, n)
}

// report builds the pointer only when there is room for the finding: names of
// members may be long.
func (c *checker) report(message string) {
	if !c.run.full() {
		c.run.add(c.base()+c.path(), message)
	}
}

func (c *checker) path() string {
	p := make([]byte, 0, 160)
	for _, s := range c.way {
		if s.name != "" || s.index < 0 {
			p = jsontree.AppendChild(p, s.name)
		} else {
			p = jsontree.AppendIndex(p, s.index)
		}
	}
	return string(p)
}

func (c *checker) fault(message string) {
	if !c.strict {
		c.report(message)
	}
}

func (c *checker) check(s *shape, n *jsontree.Node) {
	if s.choose != nil {
		if s = s.choose(n); s == nil {
			c.fault("has no version whose schema it could follow")
			return
		}
	}
	k := n.Kind()
	if s.kind != jsontree.None && s.kind != k {
		c.fault("is of type " + k.String() + ", not " + s.kind.String())
		return
	}
	switch k {
	case jsontree.Object:
		c.object(s, n)
	case jsontree.Array:
		c.array(s, n)
	case jsontree.String:
		c.text(s, n.Text())
	case jsontree.Number:
		c.number(s, n.Literal())
	}
	if s.extra != nil && !c.strict {
		if m := s.extra(n); m != "" {
			c.fault(m)
		}
	}
}

func (c *checker) object(s *shape, n *jsontree.Node) {
	for _, name := range s.required {
		if !n.Has(name) {
			c.fault("lacks the member " + name)
		}
	}
	if n.Len() < s.minSize {
		c.fault("has fewer than " + strconv.Itoa(s.minSize) + " members")
	}
	if s.maxSize > 0 && n.Len() > s.maxSize {
		c.fault("has more than " + strconv.Itoa(s.maxSize) + " members")
	}
	if s.members == nil {
		return
	}
	for _, m := range n.Members() {
		c.way = append(c.way, step{m.Name, -1})
		if sub := s.members[m.Name]; sub != nil {
			c.check(sub, m.Value)
		} else if !s.free && (s.closed || c.strict) {
			c.report("is not defined by the schema")
		}
		c.way = c.way[:len(c.way)-1]
	}
}

func (c *checker) array(s *shape, n *jsontree.Node) {
	if n.Len() < s.minSize {
		c.fault("has fewer than " + strconv.Itoa(s.minSize) + " items")
	}
	if s.unique && !c.strict && !uniqueItems(n.Items()) {
		c.fault("has equal items")
	}
	if s.items == nil {
		return
	}
	for i, it := range n.Items() {
		c.way = append(c.way, step{index: i})
		c.check(s.items, it)
		c.way = c.way[:len(c.way)-1]
	}
}

func (c *checker) text(s *shape, t string) {
	if c.strict {
		return
	}
	if s.minSize > 0 || s.maxSize > 0 {
		n := utf8.RuneCountInString(t)
		if n < s.minSize {
			c.fault("is shorter than " + strconv.Itoa(s.minSize) + " characters")
		}
		if s.maxSize > 0 && n > s.maxSize {
			c.fault("is longer than " + strconv.Itoa(s.maxSize) + " characters")
		}
	}
	if s.enum != nil && !slices.Contains(s.enum, t) {
		c.fault("is not one of " + strings.Join(s.enum, ", "))
	}
	if s.match != nil && !s.match(t) {
		c.fault("does not match the pattern of the schema")
	}
	if s.format != nil && !s.format(t) {
		c.fault("does not have the format of the schema")
	}
}

func (c *checker) number(s *shape, literal string) {
	if s.min != "" && compareDecimals(literal, s.min) < 0 {
		c.fault("is less than " + s.min)
	}
	if s.max != "" && compareDecimals(literal, s.max) > 0 {
		c.fault("is greater than " + s.max)
	}
}

// uniqueItems reports whether no two items are equal. Members of objects have
// no order, and 1 equals 1.0.
func uniqueItems(items []*jsontree.Node) bool {
	if len(items) < 2 {
		return true
	}
	if unique, ok := uniqueTexts(items); ok {
		return unique
	}
	seen := make(map[string]struct{}, len(items))
	var b []byte
	for _, it := range items {
		b = canonical(b[:0], it)
		if _, dup := seen[string(b)]; dup {
			return false
		}
		seen[string(b)] = struct{}{}
	}
	return true
}

// uniqueTexts answers for lists of nothing but strings, which most are.
func uniqueTexts(items []*jsontree.Node) (unique, ok bool) {
	for _, it := range items {
		if it.Kind() != jsontree.String {
			return false, false
		}
	}
	if len(items) <= 8 {
		for i, a := range items {
			for _, b := range items[:i] {
				if a.Text() == b.Text() {
					return false, true
				}
			}
		}
		return true, true
	}
	seen := make(map[string]struct{}, len(items))
	for _, it := range items {
		seen[it.Text()] = struct{}{}
	}
	return len(seen) == len(items), true
}

// canonical appends a form of n that is equal for equal values only.
func canonical(b []byte, n *jsontree.Node) []byte {
	switch n.Kind() {
	case jsontree.Number:
		d := newDecimal(n.Literal())
		b = append(b, '#')
		if d.negative {
			b = append(b, '-')
		}
		b = append(b, d.digits...)
		b = append(b, 'e')
		return strconv.AppendInt(b, d.exponent, 10)
	case jsontree.Array:
		b = append(b, '[')
		for _, it := range n.Items() {
			b = append(canonical(b, it), ',')
		}
		return append(b, ']')
	case jsontree.Object:
		ms := slices.SortedFunc(slices.Values(n.Members()), func(x, y jsontree.Member) int {
			return strings.Compare(x.Name, y.Name)
		})
		b = append(b, '{')
		for _, m := range ms {
			b = strconv.AppendQuote(b, m.Name)
			b = append(canonical(append(b, ':'), m.Value), ',')
		}
		return append(b, '}')
	case jsontree.String:
		return strconv.AppendQuote(b, n.Text())
	}
	return n.AppendJSON(b)
}
