// Package inner holds what the packages of cvd share beneath their public faces.
package inner

import "time"

// Only is asked for by methods of package cvd that are not for hosts: only the
// packages beneath cvd can name it.
type Only struct{}

// VendorSums are of the vendors that take part in a case besides the owner.
type VendorSums struct {
	All, Silent int
	Contacted   time.Time // the first
	Answered    time.Time // the last
}
