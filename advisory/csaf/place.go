package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// places is a list of locations such as "/vulnerabilities[]/flags[]/product_ids[]",
// where [] stands for each item.
type places []place

type place []placeStep

type placeStep struct {
	name string
	list bool
}

// where compiles locations. "{product}" at the beginning stands for each full
// product name.
func where(locations ...string) places {
	var out places
	for _, l := range locations {
		var p place
		for name := range strings.SplitSeq(strings.TrimPrefix(l, "/"), "/") {
			plain := strings.TrimSuffix(name, "[]")
			p = append(p, placeStep{plain, plain != name})
		}
		out = append(out, p)
	}
	return out
}

// spot is one instance of a location. Its pointer is built on demand.
type spot struct {
	place place
	at    [8]int
	base  *product
}

func (s *spot) path() string {
	var p string
	depth := 0
	for i, step := range s.place {
		if i == 0 && s.base != nil {
			p = s.base.path()
			continue
		}
		p = jsontree.Child(p, step.name)
		if step.list {
			p = jsontree.Index(p, s.at[depth])
			depth++
		}
	}
	return p
}

// each calls f for every instance of the locations.
func (r *run) each(ps places, f func(n *jsontree.Node, s *spot)) {
	var s spot
	for _, p := range ps {
		s.place = p
		if p[0].name == "{product}" {
			for _, s.base = range r.products {
				walkPlace(s.base.node, p[1:], 0, &s, f)
			}
			s.base = nil
			continue
		}
		walkPlace(r.root, p, 0, &s, f)
	}
}

func walkPlace(n *jsontree.Node, rest place, depth int, s *spot, f func(*jsontree.Node, *spot)) {
	for i, step := range rest {
		if n = n.Get(step.name); n == nil {
			return
		}
		if step.list {
			for j, it := range n.Items() {
				s.at[depth] = j
				walkPlace(it, rest[i+1:], depth+1, s, f)
			}
			return
		}
	}
	f(n, s)
}
