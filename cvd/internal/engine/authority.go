package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
)

// law is the policy of the table that has the clocks of a matter.
func law(m cvd.Matter) string {
	if m.Incident != 0 {
		return "cra-incident"
	}
	return "cra-vulnerability"
}
