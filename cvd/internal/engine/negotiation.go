package engine

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func Problem(r cvd.EmbargoRules) string {
	switch {
	case r.Resolve > cvd.ResolveUnanimous:
		return "Resolve is not one of its constants"
	case r.Quorum > 100:
		return "Quorum has more than 100 percent"
	}
	return ""
}

// ordered checks the dates against the end.
func ordered(x cvd.Dates, ends time.Time) bool {
	p := cvd.Proposal{Ends: ends, Separate: x}
	d := p.Dates()
	return !d.Existence.After(ends) && !d.Details.Before(ends) && !d.ProofOfConcept.Before(d.Details)
}

// quorum returns the share of vendors with a fix, in percent, rounded down. A
// vendor that says it is not affected does not count; without vendors it is 100.
func quorum(c *cvd.Case) int {
	ready, all := 0, 0
	for _, x := range c.Progress() {
		if x.Statement == cvd.NotAffected {
			continue
		}
		all++
		if x.State.Has(vultron.CSFixReady) {
			ready++
		}
	}
	if all == 0 {
		return 100
	}
	return 100 * ready / all
}
