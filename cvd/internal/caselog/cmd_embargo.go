package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Covered reports whether an embargo keeps the vulnerability secret: it is
// handled here, and not public.
func Covered(v *cvd.Vulnerability) bool {
	return v.MovedTo == (cvd.CaseID{}) && v.State&(vultron.CSPublicAware|vultron.CSExploitPublic) == 0
}

// SecretLeft reports whether something is left for an embargo to cover.
func SecretLeft(c *cvd.Case) bool {
	return slices.ContainsFunc(c.Vulnerabilities, func(v cvd.Vulnerability) bool { return Covered(&v) })
}

// Exploited reports whether attacks are known on something that is secret.
func Exploited(c *cvd.Case) bool {
	return slices.ContainsFunc(c.Vulnerabilities, func(v cvd.Vulnerability) bool { return Covered(&v) && v.State.Has(vultron.CSAttacksObserved) })
}
