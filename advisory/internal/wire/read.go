package wire

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Taker reads a document and remembers what was read. Its methods accept nil nodes.
// It is for one goroutine.
type Taker struct {
	used   map[*jsontree.Node]bool
	losses []advisory.Loss
}

// NewTaker returns a Taker that has read nothing.
func NewTaker() *Taker { return &Taker{used: map[*jsontree.Node]bool{}} }

// Text takes a string, following names. It returns "" for every other kind, which
// then counts as not read.
func (t *Taker) Text(n *jsontree.Node, names ...string) string {
	n = n.Get(names...)
	if n.Kind() != jsontree.String {
		return ""
	}
	t.used[n] = true
	return n.Text()
}

// Time takes a date and time of RFC 3339. A malformed one counts as not read.
func (t *Taker) Time(n *jsontree.Node, names ...string) time.Time {
	n = n.Get(names...)
	at, err := time.Parse(time.RFC3339Nano, n.Text())
	if err != nil || at.UTC().Year() < 1 || at.UTC().Year() > 9999 {
		return time.Time{}
	}
	t.used[n] = true
	return at.UTC()
}

// Strings takes an array's strings.
func (t *Taker) Strings(n *jsontree.Node, names ...string) []string {
	var out []string
	for _, item := range n.Get(names...).Items() {
		if item.Kind() == jsontree.String {
			out = append(out, t.Text(item))
		}
	}
	return out
}

// Use counts a whole value as read, since the model says the same.
func (t *Taker) Use(n *jsontree.Node, names ...string) {
	n = n.Get(names...)
	if n == nil {
		return
	}
	t.used[n] = true
	for _, item := range n.Items() {
		t.Use(item)
	}
	for _, m := range n.Members() {
		t.Use(m.Value)
	}
}

// Lose adds a loss that the document's own values do not show.
func (t *Taker) Lose(path, reason string) {
	t.losses = append(t.losses, advisory.Loss{Path: path, Reason: reason})
}

// Losses returns what was not read, by the highest value of which nothing was read,
// in the document's order, after what Lose added.
func (t *Taker) Losses(root *jsontree.Node) []advisory.Loss {
	out := t.losses
	var walk func(n *jsontree.Node, path string) (read, lost bool, inside []string)
	walk = func(n *jsontree.Node, path string) (bool, bool, []string) {
		read, lost := t.used[n], false
		var inside []string
		visit := func(child *jsontree.Node, path string) {
			r, l, in := walk(child, path)
			read, lost = read || r, lost || l
			inside = append(inside, in...)
		}
		for i, item := range n.Items() {
			visit(item, jsontree.Index(path, i))
		}
		for _, m := range n.Members() {
			visit(m.Value, jsontree.Child(path, m.Name))
		}
		switch {
		case !read:
			return false, true, []string{path}
		case !lost:
			return true, false, nil
		}
		return true, true, inside
	}
	if _, lost, paths := walk(root, ""); lost {
		for _, p := range paths {
			out = append(out, advisory.Loss{Path: p, Reason: "the model has no place for it"})
		}
	}
	return out
}
