package tracker

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// caseStates are all that OutRow can tell apart.
func caseStates(yield func(open bool, rm, em string, published bool)) {
	for _, rm := range rmWords() {
		for _, em := range emWords() {
			for _, published := range []bool{false, true} {
				yield(rm != vultron.RMClosed.String(), rm, em, published)
			}
		}
	}
}

// firstFits says of each row of Out whether some case gets its state.
func (m *Mapping) firstFits() []bool {
	reached := make([]bool, len(m.Out))
	caseStates(func(open bool, rm, em string, published bool) {
		i := slices.IndexFunc(m.Out, func(r OutRow) bool { return r.fits(open, rm, em, published) })
		if i >= 0 {
			reached[i] = true
		}
	})
	return reached
}

// unmapped are the states of report management of cases that no row fits.
func (m *Mapping) unmapped() (left []string) {
	caseStates(func(open bool, rm, em string, published bool) {
		if !slices.ContainsFunc(m.Out, func(r OutRow) bool { return r.fits(open, rm, em, published) }) && !slices.Contains(left, rm) {
			left = append(left, rm)
		}
	})
	return left
}

func rmWords() (out []string) {
	for _, t := range vultron.RMTransitions() {
		for _, s := range []vultron.RM{t.From, t.To} {
			if w := s.String(); !slices.Contains(out, w) && s != vultron.RMStart {
				out = append(out, w)
			}
		}
	}
	return out
}

func emWords() (out []string) {
	for _, t := range vultron.EMTransitions() {
		for _, s := range []vultron.EM{t.From, t.To} {
			if w := s.String(); !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

func fold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
