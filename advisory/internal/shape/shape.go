// Package shape checks the structure of JSON values against tables that say what the
// schemas of CSAF, CVE records, OSV entries and OpenVEX documents say. Tests hold the
// tables equal to the schemas.
package shape

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
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
	Free     bool // other members are nobody's business, not even a Strict walk's
	Min, Max int  // members, items or characters; Max 0 is no limit
	Unique   bool
	Items    *Shape
	Enum     []string
	Match    func(string) bool // a pattern
	Format   func(string) bool
	Integer  bool   // of a number: it has no fraction and fits 64 bits
	Least    string // of a number, as a JSON literal, compared exactly; "" is no limit
	Most     string
	// Choose picks the shape that a value follows instead of this one, by what the
	// value says of itself; nil if there is none.
	Choose func(*jsontree.Node) *Shape
	// Extra is a further rule. The path is relative to the value.
	Extra func(n *jsontree.Node, fault func(path, reason string))
}

// Path is the way from the root of a walk to a value.
type Path []step

type step struct {
	name  string
	index int // -1 for a member
}

// String returns the JSON pointer.
func (p Path) String() string {
	b := make([]byte, 0, 160)
	for _, s := range p {
		if s.index < 0 {
			b = jsontree.AppendChild(b, s.name)
		} else {
			b = jsontree.AppendIndex(b, s.index)
		}
	}
	return string(b)
}

// Walker walks a value and its shape. It keeps the way to the current value on a
// stack, so that a pointer is built only where somebody wants it.
type Walker struct {
	// Report is told each fault in the order of the value: where it is, which pointer
	// below that place is meant ("" mostly), and a predicate such as "lacks the member
	// id". The path is valid during the call only.
	Report func(at Path, below, reason string)
	// Strict reports nothing but members without a definition, also in open objects.
	Strict bool
	// Undefined counts the members without a definition, in open objects too.
	Undefined int
	way       Path
}

// Check returns the faults of a value, in its own order.
func Check(s *Shape, n *jsontree.Node) []advisory.Problem {
	var out []advisory.Problem
	w := Walker{Report: func(at Path, below, reason string) {
		out = append(out, advisory.Problem{Path: at.String() + below, Reason: reason})
	}}
	w.Walk(s, n)
	for i, p := range out {
		out[i].Reason = sentence(p.Reason)
	}
	return out
}

// sentence gives a predicate of the engine its subject. Rules of a format say theirs.
func sentence(reason string) string {
	switch verb, _, _ := strings.Cut(reason, " "); verb {
	case "is", "has", "lacks", "does":
		return "it " + reason
	}
	return reason
}
