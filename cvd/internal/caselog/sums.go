package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// sums are what Facts needs of things of which there may be very many, kept up to
// date record by record: a case may have ten thousand participants and a hundred
// thousand messages, and most commands ask for its facts. Slices only grow, or are
// copied, so that snapshots share them.
type sums struct {
	vendors inner.VendorSums
	stale   bool // a role has changed, so vendors must be counted again
}

// vendors returns the sums, counted anew after a role has changed.
func (c *Folded) vendors() inner.VendorSums {
	if !c.sums.stale {
		return c.sums.vendors
	}
	return c.CountVendors(inner.Only{})
}

// Settle keeps what was counted anew, in a case that is the caller's own.
func (c *Folded) Settle() { c.sums.vendors, c.sums.stale = c.vendors(), false }

// answers notes that a participant is not silent.
func (c *Folded) answers(p *cvd.Participant, t time.Time) {
	if v := &c.sums.vendors; !c.sums.stale && p.ID != cvd.Owner && p.Roles&cvd.RoleVendor != 0 && !p.Gone() {
		if p.Answered.IsZero() {
			v.Silent--
		}
		v.Answered = inner.Later(v.Answered, t)
	}
	p.Answered = t
}

func isReporter(c *cvd.Case, p cvd.PartyID) bool {
	q := c.Participant(p)
	return q != nil && p != cvd.Owner && q.Roles&cvd.RoleReporter != 0
}

// waits begins a pause, or ends the one that lasts.
func waits(c *cvd.Case, begins bool, t time.Time) {
	last := len(c.Waits) - 1
	open := last >= 0 && c.Waits[last].To.IsZero()
	switch {
	case begins && !open:
		c.Waits = append(slices.Clone(c.Waits), policy.Pause{From: t, Reason: "information is missing"})
	case !begins && open:
		c.Waits = slices.Clone(c.Waits)
		c.Waits[last].To = t
	}
}

// messaged counts a message.
func messaged(c *cvd.Case, m *cvd.Message) {
	if m.From == cvd.Owner && slices.ContainsFunc(m.To, func(p cvd.PartyID) bool { return isReporter(c, p) }) {
		c.Updates = append(c.Updates, m.Posted)
	}
	if m.From != 0 && isReporter(c, m.From) {
		waits(c, false, m.Posted)
	}
}

// Facts is that of the Case, without counting.
func (c *Folded) Facts(subject string) policy.Facts {
	return c.FactsOf(inner.Only{}, subject, c.vendors())
}
