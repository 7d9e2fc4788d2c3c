package shape

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Walk reports the faults of n against s.
func (w *Walker) Walk(s *Shape, n *jsontree.Node) {
	if s.Choose != nil {
		if s = s.Choose(n); s == nil {
			w.fault("has no version whose schema it could follow")
			return
		}
	}
	k := n.Kind()
	if s.Nullable && k == jsontree.Null {
		return
	}
	if s.Kind != jsontree.None && s.Kind != k {
		w.fault("is of type " + k.String() + ", not " + s.Kind.String())
		return
	}
	switch k {
	case jsontree.Object:
		w.object(s, n)
	case jsontree.Array:
		w.array(s, n)
	case jsontree.String:
		w.text(s, n.Text())
	case jsontree.Number:
		w.number(s, n)
	}
	if s.Extra != nil && !w.Strict {
		s.Extra(n, func(below, reason string) { w.Report(w.way, below, reason) })
	}
}

func (w *Walker) fault(reason string) {
	if !w.Strict {
		w.Report(w.way, "", reason)
	}
}

func (w *Walker) object(s *Shape, n *jsontree.Node) {
	for _, name := range s.Required {
		if !n.Has(name) {
			w.fault("lacks the member " + name)
		}
	}
	w.size(s, n.Len(), " members")
	if s.Members == nil {
		return
	}
	for _, m := range n.Members() {
		w.way = append(w.way, step{m.Name, -1})
		switch sub := s.Members[m.Name]; {
		case sub != nil:
			w.Walk(sub, m.Value)
		case s.Free || s.Private && strings.HasPrefix(m.Name, "x_") && !strings.Contains(m.Name, "."):
		default:
			w.Undefined++
			if s.Closed || w.Strict {
				w.Report(w.way, "", "is not defined by the schema")
			}
		}
		w.way = w.way[:len(w.way)-1]
	}
}

func (w *Walker) array(s *Shape, n *jsontree.Node) {
	w.size(s, n.Len(), " items")
	if s.Unique && !w.Strict && !uniqueItems(n.Items()) {
		w.fault("has equal items")
	}
	if s.Items == nil {
		return
	}
	for i, it := range n.Items() {
		w.way = append(w.way, step{index: i})
		w.Walk(s.Items, it)
		w.way = w.way[:len(w.way)-1]
	}
}

func (w *Walker) size(s *Shape, n int, what string) {
	if n < s.Min {
		w.fault("has fewer than " + strconv.Itoa(s.Min) + what)
	}
	if s.Max > 0 && n > s.Max {
		w.fault("has more than " + strconv.Itoa(s.Max) + what)
	}
}

func (w *Walker) text(s *Shape, t string) {
	if w.Strict {
		return
	}
	if s.Min > 0 || s.Max > 0 {
		n := utf8.RuneCountInString(t)
		if n < s.Min {
			w.fault("is shorter than " + strconv.Itoa(s.Min) + " characters")
		}
		if s.Max > 0 && n > s.Max {
			w.fault("is longer than " + strconv.Itoa(s.Max) + " characters")
		}
	}
	if s.Enum != nil && !slices.Contains(s.Enum, t) {
		w.fault("is not one of " + strings.Join(s.Enum, ", "))
	}
	if s.Match != nil && !s.Match(t) {
		w.fault("does not match the pattern of the schema")
	}
	if s.Format != nil && !s.Format(t) {
		w.fault("does not have the format of the schema")
	}
}

func (w *Walker) number(s *Shape, n *jsontree.Node) {
	if _, ok := n.Int(); s.Integer && !ok {
		w.fault("is not an integer")
	}
	if s.Least != "" && CompareDecimals(n.Literal(), s.Least) < 0 {
		w.fault("is less than " + s.Least)
	}
	if s.Most != "" && CompareDecimals(n.Literal(), s.Most) > 0 {
		w.fault("is greater than " + s.Most)
	}
}
