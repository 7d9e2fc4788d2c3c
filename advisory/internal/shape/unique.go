package shape

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

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
		b = Canonical(b[:0], it)
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

// Canonical appends a form of n that is equal for equal values only.
func Canonical(b []byte, n *jsontree.Node) []byte {
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
			b = append(Canonical(b, it), ',')
		}
		return append(b, ']')
	case jsontree.Object:
		ms := slices.SortedFunc(slices.Values(n.Members()), func(x, y jsontree.Member) int {
			return strings.Compare(x.Name, y.Name)
		})
		b = append(b, '{')
		for _, m := range ms {
			b = strconv.AppendQuote(b, m.Name)
			b = append(Canonical(append(b, ':'), m.Value), ',')
		}
		return append(b, '}')
	case jsontree.String:
		return strconv.AppendQuote(b, n.Text())
	}
	return n.AppendJSON(b)
}
