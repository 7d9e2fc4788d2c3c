package engine

import (
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// datesOf are the index entries that dates can have, whichever of them comes next.
func datesOf(ds []policy.Deadline) (out []storage.Term) {
	for i := range ds {
		if !ds[i].Due.IsZero() {
			out = append(out, caselog.DueTerms(ds[i].Due)...)
		}
	}
	return caselog.Without(out, nil)
}
