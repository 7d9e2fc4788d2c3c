package caselog

import (
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Facts is that of the Case, without counting.
func (c *Folded) Facts(subject string) policy.Facts {
	return c.FactsOf(inner.Only{}, subject, c.vendors())
}
