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

// Hand is the mark of the one copy of a case that may change what bears it.
type Hand struct{ _ byte }

// Sum tells commands apart that come under one By.ID. It is kept in the body of
// the first record that they make, which is never erased, so it is keyed, and
// short: it must find a mistake, and tell as little as possible of texts that are
// erased later. Zero is none.
type Sum [4]byte
