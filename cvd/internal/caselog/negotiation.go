package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
)

func wireDates(x *cvd.Dates, w *Wire) {
	w.zoned(&x.Existence)
	w.zoned(&x.Details)
	w.zoned(&x.ProofOfConcept)
}
