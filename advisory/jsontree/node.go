package jsontree

import (
	"math"
	"strconv"
)

// Kind is the type of a JSON value.
type Kind uint8

// The kinds. None is the kind of a nil *Node, so that a look-up which finds
// nothing needs no check of its own.
const (
	None Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// String returns the name that JSON Schema uses, or "none".
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return "none"
}

// A Node is one JSON value. All methods that read accept a nil Node and treat
// it as a value of kind None, which has no text, no items and no members.
type Node struct {
	kind    Kind
	offset  int
	text    string // decoded text of a string, literal of a number or boolean
	items   []*Node
	members []Member
}

// A Member is a name and its value in an object.
type Member struct {
	Name  string // decoded; a name may occur twice
	Value *Node  // never nil in a tree that was parsed
}

// NewNull returns the value null.
func NewNull() *Node { return &Node{kind: Null, offset: -1} }

// NewBool returns true or false.
func NewBool(b bool) *Node {
	return &Node{kind: Bool, offset: -1, text: strconv.FormatBool(b)}
}

// NewString returns a string value. Invalid UTF-8 in s is replaced by U+FFFD
// when the value is printed.
func NewString(s string) *Node { return &Node{kind: String, offset: -1, text: s} }

// NewInt returns an integer.
func NewInt(i int64) *Node {
	return &Node{kind: Number, offset: -1, text: strconv.FormatInt(i, 10)}
}

// NewNumber returns the number with the given literal, which is printed as it
// is. It returns nil if literal is not a number of RFC 8259.
func NewNumber(literal string) *Node {
	if n := scanNumber(literal, 0); n != len(literal) || n == 0 {
		return nil
	}
	return &Node{kind: Number, offset: -1, text: literal}
}

// NewArray returns an array of the items that are not nil.
func NewArray(items ...*Node) *Node {
	n := &Node{kind: Array, offset: -1}
	n.Append(items...)
	return n
}

// NewStrings returns an array of strings.
func NewStrings(items ...string) *Node {
	n := &Node{kind: Array, offset: -1, items: make([]*Node, 0, len(items))}
	for _, s := range items {
		n.items = append(n.items, NewString(s))
	}
	return n
}

// NewObject returns an object. A member without a value is left out; of two
// members with one name the later wins.
func NewObject(members ...Member) *Node {
	n := &Node{kind: Object, offset: -1}
	for _, m := range members {
		n.Set(m.Name, m.Value)
	}
	return n
}

// Kind returns the type of the value; None for a nil Node.
func (n *Node) Kind() Kind {
	if n == nil {
		return None
	}
	return n.kind
}

// Offset returns the byte offset at which the value begins in the text that was
// parsed, or -1 for a value that was built.
func (n *Node) Offset() int {
	if n == nil {
		return -1
	}
	return n.offset
}

// Len returns the number of items or members.
func (n *Node) Len() int {
	if n == nil {
		return 0
	}
	return len(n.items) + len(n.members)
}

// Items returns the items of an array. The slice must not be changed.
func (n *Node) Items() []*Node {
	if n == nil {
		return nil
	}
	return n.items
}

// Item returns item i of an array, or nil.
func (n *Node) Item(i int) *Node {
	if n == nil || i < 0 || i >= len(n.items) {
		return nil
	}
	return n.items[i]
}

// Members returns the members of an object in their order. The slice must not
// be changed.
func (n *Node) Members() []Member {
	if n == nil {
		return nil
	}
	return n.members
}

// Get follows names through objects and returns the value, or nil if one of
// them is missing.
func (n *Node) Get(names ...string) *Node {
	for _, name := range names {
		n = n.member(name)
		if n == nil {
			return nil
		}
	}
	return n
}

func (n *Node) member(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.members {
		if n.members[i].Name == name {
			return n.members[i].Value
		}
	}
	return nil
}

// Has reports whether an object has a member, also one with the value null.
func (n *Node) Has(name string) bool { return n.member(name) != nil }

// Text returns the text of a string, or "" for any other kind. With names it
// follows them first, as [Node.Get] does.
func (n *Node) Text(names ...string) string {
	if n = n.Get(names...); n == nil || n.kind != String {
		return ""
	}
	return n.text
}

// Literal returns the digits of a number as they were written, or "".
func (n *Node) Literal() string {
	if n == nil || n.kind != Number {
		return ""
	}
	return n.text
}

// Float returns a number as a float64. It reports false for another kind and
// for a number that no finite float64 is near.
func (n *Node) Float() (float64, bool) {
	if n == nil || n.kind != Number {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// Int returns a number that is written as an integer and fits.
func (n *Node) Int() (int64, bool) {
	if n == nil || n.kind != Number {
		return 0, false
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	return i, err == nil
}

// True reports whether the value is true.
func (n *Node) True() bool { return n != nil && n.kind == Bool && n.text == "true" }
