package service

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/measure"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Measured returns what measures need to know of a case: see Measure. The order
// of events is that of the owner for the first vulnerability.
func (s *Service) Measured(c *cvd.Case) measure.Case {
	f := c.Facts("")
	m := measure.Case{
		Number: c.Number, Received: f.First(policy.FactReceived), Acked: f.First(policy.FactAcknowledged),
		Assessed: f.First(policy.FactAssessed), Fixed: f.First(policy.FactFixAvailable), Published: f.First(policy.FactDisclosed),
		Closed: f.First(policy.FactClosed), History: history(c),
	}
	if m.Fixed.IsZero() {
		m.Fixed = fixedAt(c)
	}
	ds, _ := s.Deadlines(c, s.e.Cfg.Now()) // what is not known is neither met nor missed
	m.Met, m.Missed = measure.CountDeadlines(ds)
	return m
}

// fixedAt is when the first statement said that something is fixed: users can
// get the fix.
func fixedAt(c *cvd.Case) (t time.Time) {
	for i := range c.Statuses {
		if s := &c.Statuses[i]; s.Affected == cvd.IsFixed && (t.IsZero() || s.Recorded.Before(t)) {
			t = s.Recorded
		}
	}
	return t
}

// history is the order in which the letters of the first vulnerability were
// raised for the owner.
func history(c *cvd.Case) vultron.CSHistory {
	var adopted []cvd.Claim
	for _, x := range c.Claims {
		if !x.Adopted.IsZero() && x.Vuln == 1 && (x.Vendor == 0 || x.Vendor == cvd.Owner) {
			adopted = append(adopted, x)
		}
	}
	slices.SortStableFunc(adopted, func(a, b cvd.Claim) int { return a.Observed.Compare(b.Observed) })
	var h vultron.CSHistory
	for _, x := range adopted {
		if !slices.Contains(h, x.What) {
			h = append(h, x.What)
		}
	}
	return h
}
