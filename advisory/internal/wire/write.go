package wire

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Object returns an object of the members that have a value, and nil if none has.
func Object(members ...jsontree.Member) *jsontree.Node {
	for _, m := range members {
		if m.Value != nil {
			return jsontree.NewObject(members...)
		}
	}
	return nil
}

// Text returns a string member, without a value if s is empty.
func Text(name, s string) jsontree.Member {
	if s == "" {
		return jsontree.Member{Name: name}
	}
	return jsontree.Member{Name: name, Value: jsontree.NewString(s)}
}

// Time returns a member with an instant in UTC, without a value if t is zero.
func Time(name string, t time.Time) jsontree.Member {
	if t.IsZero() {
		return jsontree.Member{Name: name}
	}
	return Text(name, Stamp(t))
}

// Stamp returns an instant as RFC 3339 in UTC, with as many digits of a second as it
// has.
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Strings returns an array member, without a value if the list is empty.
func Strings(name string, list []string) jsontree.Member {
	if len(list) == 0 {
		return jsontree.Member{Name: name}
	}
	return jsontree.Member{Name: name, Value: jsontree.NewStrings(list...)}
}

// List returns an array member of the nodes that are not nil, without a value if
// there are none.
func List(name string, nodes []*jsontree.Node) jsontree.Member {
	a := jsontree.NewArray(nodes...)
	if a.Len() == 0 {
		return jsontree.Member{Name: name}
	}
	return jsontree.Member{Name: name, Value: a}
}

// Node returns a member, without a value if n is nil.
func Node(name string, n *jsontree.Node) jsontree.Member {
	return jsontree.Member{Name: name, Value: n}
}

// Score returns a number with one decimal.
func Score(name string, f float64) jsontree.Member {
	return jsontree.Member{Name: name, Value: jsontree.NewNumber(strconv.FormatFloat(f, 'f', 1, 64))}
}

// Losses collects what a writer leaves out.
type Losses []advisory.Loss

// Add records a loss.
func (l *Losses) Add(path, reason string) {
	*l = append(*l, advisory.Loss{Path: path, Reason: reason})
}

// Fill records a value that the format needs and that was made.
func (l *Losses) Fill(path, reason string) { l.Kind(advisory.Filled, path, reason) }

// Kind records a loss of a kind.
func (l *Losses) Kind(kind advisory.LossKind, path, reason string) {
	*l = append(*l, advisory.Loss{Kind: kind, Path: path, Reason: reason})
}

// Sort puts the losses in the order of their paths, without repeats.
func (l *Losses) Sort() {
	slices.SortStableFunc(*l, func(a, b advisory.Loss) int { return strings.Compare(a.Path, b.Path) })
	*l = slices.Compact(*l)
}

// If records a loss where the condition holds.
func (l *Losses) If(lost bool, path, reason string) {
	if lost {
		l.Add(path, reason)
	}
}

// Distinct returns the nodes without repeats and without nil, in their order; again is
// called with the index of each repeat.
func Distinct(nodes []*jsontree.Node, again func(i int)) []*jsontree.Node {
	if len(nodes) < 2 {
		return nodes
	}
	seen := make(map[string]bool, len(nodes))
	out := nodes[:0:0]
	var buf []byte
	for i, n := range nodes {
		if n == nil {
			continue
		}
		buf = n.AppendJSON(buf[:0])
		if seen[string(buf)] {
			if again != nil {
				again(i)
			}
			continue
		}
		seen[string(buf)] = true
		out = append(out, n)
	}
	return out
}
