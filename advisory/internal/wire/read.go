package wire

import (
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Taker reads a document and remembers what was read. Its methods accept nil nodes.
// It is for one goroutine.
type Taker struct {
	used   map[*jsontree.Node]bool
	marks  map[*jsontree.Node]advisory.Loss
	losses []advisory.Loss
}

// NewTaker returns a Taker that has read nothing.
func NewTaker() *Taker {
	return &Taker{used: map[*jsontree.Node]bool{}, marks: map[*jsontree.Node]advisory.Loss{}}
}

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

// Mark says why a value that is not read is lost.
func (t *Taker) Mark(n *jsontree.Node, kind advisory.LossKind, reason string) {
	if n != nil {
		t.marks[n] = advisory.Loss{Kind: kind, Reason: reason}
	}
}

// Time takes a date and time of RFC 3339. A malformed one counts as not read.
func (t *Taker) Time(n *jsontree.Node, names ...string) time.Time {
	return t.time(n.Get(names...), instant.Parse)
}

// TimeGMT is Time for formats in which the offset may be missing and GMT is meant, as
// in CVE records.
func (t *Taker) TimeGMT(n *jsontree.Node, names ...string) time.Time {
	return t.time(n.Get(names...), func(s string) (instant.Instant, bool) {
		at, _, ok := instant.ParseLoose(s)
		return at, ok
	})
}

func (t *Taker) time(n *jsontree.Node, read func(string) (instant.Instant, bool)) time.Time {
	if n == nil || n.Text() == "" {
		return time.Time{}
	}
	at, ok := read(n.Text())
	// A leap second has no time.Time.
	if year := at.Time().Year(); !ok || strings.Contains(n.Text(), ":60") || year < 1 || year > 9999 {
		t.Mark(n, advisory.Malformed, "it is no date and time")
		return time.Time{}
	}
	t.used[n] = true
	return at.Time()
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
func (t *Taker) Lose(kind advisory.LossKind, path, reason string) {
	t.losses = append(t.losses, advisory.Loss{Kind: kind, Path: path, Reason: reason})
}

// Losses returns what was not read, by the highest value of which nothing was read,
// in the document's order, after what Lose added.
func (t *Taker) Losses(root *jsontree.Node) []advisory.Loss {
	out := t.losses
	marked := map[string]advisory.Loss{}
	var walk func(n *jsontree.Node, path string) (read, lost bool, inside []string)
	walk = func(n *jsontree.Node, path string) (bool, bool, []string) {
		if m, ok := t.marks[n]; ok && !t.used[n] {
			m.Path = path
			marked[path] = m
		}
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
		case !read && len(n.Items())+len(n.Members()) > 0 && anyMarked(marked, inside):
			return false, true, inside
		case !read:
			return false, true, []string{path}
		case !lost:
			return true, false, nil
		}
		return true, true, inside
	}
	if _, lost, paths := walk(root, ""); lost {
		for _, p := range paths {
			l, ok := marked[p]
			if !ok {
				l = advisory.Loss{Path: p, Reason: "the model has no place for it"}
			}
			out = append(out, l)
		}
	}
	return out
}

// anyMarked reports whether one of the paths is lost for a reason of its own.
func anyMarked(marked map[string]advisory.Loss, paths []string) bool {
	for _, p := range paths {
		if _, ok := marked[p]; ok {
			return true
		}
	}
	return false
}
