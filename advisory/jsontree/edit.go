package jsontree

import (
	"slices"
	"strings"
)

// Append adds items at the end of an array. Nil items are left out. On another
// kind it does nothing.
func (n *Node) Append(items ...*Node) {
	if n.Kind() != Array {
		return
	}
	for _, it := range items {
		if it != nil {
			n.items = append(n.items, it)
		}
	}
}

// Set gives a member of an object a value, in its old place or at the end. A
// nil value changes nothing, and neither does a call on another kind.
func (n *Node) Set(name string, value *Node) {
	if value == nil || n.Kind() != Object {
		return
	}
	for i := range n.members {
		if n.members[i].Name == name {
			n.members[i].Value = value
			return
		}
	}
	n.members = append(n.members, Member{name, value})
}

// Delete removes a member and returns its value, or nil if there was none.
func (n *Node) Delete(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.members {
		if n.members[i].Name == name {
			v := n.members[i].Value
			n.members = slices.Delete(n.members, i, i+1)
			return v
		}
	}
	return nil
}

// DeleteFunc removes the members for which drop is true, in one pass.
func (n *Node) DeleteFunc(drop func(Member) bool) {
	if n != nil {
		n.members = slices.DeleteFunc(n.members, drop)
	}
}

// RemoveItem removes item i of an array. It does nothing when there is none.
func (n *Node) RemoveItem(i int) {
	if n != nil && i >= 0 && i < len(n.items) {
		n.items = slices.Delete(n.items, i, i+1)
	}
}

// SetText makes the value a string.
func (n *Node) SetText(s string) {
	*n = Node{kind: String, offset: n.offset, text: s}
}

// SortMembers sorts the members of all objects in the tree by name, in the
// order of Unicode code points.
func (n *Node) SortMembers() {
	if n == nil {
		return
	}
	slices.SortStableFunc(n.members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range n.members {
		m.Value.SortMembers()
	}
	for _, it := range n.items {
		it.SortMembers()
	}
}

// Clone returns a deep copy.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := &Node{kind: n.kind, offset: n.offset, text: n.text}
	if n.items != nil {
		c.items = make([]*Node, len(n.items))
		for i, it := range n.items {
			c.items[i] = it.Clone()
		}
	}
	if n.members != nil {
		c.members = make([]Member, len(n.members))
		for i, m := range n.members {
			c.members[i] = Member{m.Name, m.Value.Clone()}
		}
	}
	return c
}
