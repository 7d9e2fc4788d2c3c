// Package shape checks the structure of JSON values against tables that say what the
// schemas of CVE records, OSV entries and OpenVEX documents say.
package shape

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/internal/jsontree"
)

// Shape is the structure that a value must have. Rules for a kind apply to values of
// that kind only, as in JSON Schema.
type Shape struct {
	Kind     jsontree.Kind // None: any
	Nullable bool          // null will do
	Required []string
	Members  map[string]*Shape
	Closed   bool // no other members …
	Private  bool // … except those that begin with x_ and have no dot
	Min, Max int  // members, items or characters; Max 0 is no limit
	Unique   bool
	Items    *Shape
	Enum     []string
	Match    func(string) bool
	MinInt   int64 // of a number that must be an integer, if above 0
	Extra    func(n *jsontree.Node, fault func(path, reason string))
}

// Check returns the faults of a value, in its own order.
func Check(s *Shape, n *jsontree.Node) []advisory.Problem {
	c := &checker{}
	c.check(s, n, "")
	return c.out
}

type checker struct{ out []advisory.Problem }

func (c *checker) fault(path, reason string) {
	c.out = append(c.out, advisory.Problem{Path: path, Reason: reason})
}

func (c *checker) check(s *Shape, n *jsontree.Node, path string) {
	if s.Nullable && n.Kind() == jsontree.Null {
		return
	}
	if s.Kind != jsontree.None && s.Kind != n.Kind() {
		c.fault(path, "it is of type "+n.Kind().String()+", not "+s.Kind.String())
		return
	}
	switch n.Kind() {
	case jsontree.Object:
		c.object(s, n, path)
	case jsontree.Array:
		if n.Len() < s.Min {
			c.fault(path, "it has fewer than "+strconv.Itoa(s.Min)+" items")
		}
		if s.Unique && !unique(n) {
			c.fault(path, "it has equal items")
		}
		if s.Items != nil {
			for i, item := range n.Items() {
				c.check(s.Items, item, jsontree.Index(path, i))
			}
		}
	case jsontree.String:
		c.text(s, n.Text(), path)
	case jsontree.Number:
		if v, ok := n.Int(); s.MinInt > 0 && (!ok || v < s.MinInt) {
			c.fault(path, "it is not an integer of at least "+strconv.FormatInt(s.MinInt, 10))
		}
	}
	if s.Extra != nil {
		s.Extra(n, func(sub, reason string) { c.fault(path+sub, reason) })
	}
}

func (c *checker) object(s *Shape, n *jsontree.Node, path string) {
	if n.Len() < s.Min {
		c.fault(path, "it has fewer than "+strconv.Itoa(s.Min)+" members")
	}
	for _, name := range s.Required {
		if !n.Has(name) {
			c.fault(path, "it lacks the member "+name)
		}
	}
	for _, m := range n.Members() {
		sub := s.Members[m.Name]
		switch {
		case sub != nil:
			c.check(sub, m.Value, jsontree.Child(path, m.Name))
		case s.Closed && !(s.Private && strings.HasPrefix(m.Name, "x_") && !strings.Contains(m.Name, ".")):
			c.fault(jsontree.Child(path, m.Name), "the schema does not define it")
		}
	}
}

func (c *checker) text(s *Shape, t, path string) {
	n := utf8.RuneCountInString(t)
	switch {
	case n < s.Min:
		c.fault(path, "it is shorter than "+strconv.Itoa(s.Min)+" characters")
	case s.Max > 0 && n > s.Max:
		c.fault(path, "it is longer than "+strconv.Itoa(s.Max)+" characters")
	}
	if s.Enum != nil && !slices.Contains(s.Enum, t) {
		c.fault(path, "it is not one of "+strings.Join(s.Enum, ", "))
	}
	if s.Match != nil && !s.Match(t) {
		c.fault(path, "it does not match the pattern of the schema")
	}
}

// unique compares items as JSON values. Members of objects have no order, and numbers
// are equal if their values are.
func unique(n *jsontree.Node) bool {
	if n.Len() < 2 {
		return true
	}
	seen := map[string]bool{}
	for _, item := range n.Items() {
		key := item
		if item.Kind() == jsontree.Object || item.Kind() == jsontree.Array {
			key = item.Clone()
			key.SortMembers()
		}
		text := string(key.AppendJSON(nil))
		if f, ok := item.Float(); ok {
			text = strconv.FormatFloat(f, 'g', -1, 64)
		}
		if seen[text] {
			return false
		}
		seen[text] = true
	}
	return true
}

// Pattern matches like a JSON Schema pattern: anywhere, unless anchored. It is
// compiled at first use.
func Pattern(expr string) func(string) bool {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	return func(s string) bool { return re().MatchString(s) }
}

// DateTime reports whether s is a date and time of RFC 3339.
func DateTime(s string) bool {
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

// URI reports whether s is an absolute URI of RFC 3986.
func URI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte("<>\"{}|\\^`", s[i]) >= 0 {
			return false
		}
	}
	return true
}

// Text is a string of at least one and at most limit characters; 0 is no limit.
func Text(limit int) *Shape { return &Shape{Kind: jsontree.String, Min: 1, Max: limit} }

// Any is a string.
func Any() *Shape { return &Shape{Kind: jsontree.String} }

// One is a string out of a list of words.
func One(words ...string) *Shape { return &Shape{Kind: jsontree.String, Enum: words} }

// Matching is a string that matches.
func Matching(f func(string) bool) *Shape { return &Shape{Kind: jsontree.String, Match: f} }

// List is an array of at least n items.
func List(n int, items *Shape) *Shape { return &Shape{Kind: jsontree.Array, Min: n, Items: items} }

// Set is a List without equal items.
func Set(n int, items *Shape) *Shape {
	return &Shape{Kind: jsontree.Array, Min: n, Items: items, Unique: true}
}

// Closed is an object with these members and no others; required is a list of words.
func Closed(required string, members map[string]*Shape) *Shape {
	return &Shape{Kind: jsontree.Object, Required: strings.Fields(required), Members: members, Closed: true}
}

// Open is an object in which other members are allowed.
func Open(required string, members map[string]*Shape) *Shape {
	s := Closed(required, members)
	s.Closed = false
	return s
}
