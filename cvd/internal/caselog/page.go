package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
)

// paged is the part of a list, in the order of the log, that a viewer asks for.
func paged[T any](all []T, v cvd.Viewer, seq func(*T) cvd.Seq) []T {
	if v.Before > 0 {
		n, _ := slices.BinarySearchFunc(all, v.Before, func(x T, before cvd.Seq) int { return int(seq(&x) - before) })
		all = all[:n]
	}
	if v.Last > 0 && len(all) > v.Last {
		all = all[len(all)-v.Last:]
	}
	return all
}

func messageSeq(m *cvd.Message) cvd.Seq { return m.Seq }
func eventSeqOf(e *cvd.Event) cvd.Seq   { return e.Seq }
