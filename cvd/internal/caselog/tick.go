package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
)

func reminded(c *cvd.Case, id string) bool {
	return slices.ContainsFunc(c.Reminded, func(r cvd.Reminded) bool { return r.ID == id })
}
