package csaf

import (
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// checkShape reports where n, which stands at base, is not of shape s. A strict run
// reports nothing but members without a definition. Pointers are built only where
// there is room for the finding: names of members may be long.
func (r *run) checkShape(s *shape.Shape, n *jsontree.Node, base func() string, strict bool) (undefined int) {
	w := shape.Walker{Strict: strict, Report: func(at shape.Path, below, reason string) {
		if !r.full() {
			r.add(base()+at.String()+below, reason)
		}
	}}
	w.Walk(s, n)
	return w.Undefined
}
