package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
)

// begun reports whether an output is out, or may be.
func begun(r *cvd.Release) bool {
	return slices.ContainsFunc(r.Outputs, func(o cvd.ReleaseOutput) bool { return !o.Done.IsZero() || o.Tries > 0 })
}
