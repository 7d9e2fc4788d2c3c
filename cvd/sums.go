package cvd

import (
	"slices"
	"time"

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

// CountIn adds a participant to the sums of vendors, if it is one of them. It is for
// the packages beneath cvd.
func (p *Participant) CountIn(_ inner.Only, v *inner.VendorSums) {
	if p.ID == Owner || p.Roles&RoleVendor == 0 || p.gone() {
		return
	}
	if v.All++; v.Contacted.IsZero() || p.Joined.Before(v.Contacted) {
		v.Contacted = p.Joined
	}
	if p.Answered.IsZero() {
		v.Silent++
	}
	v.Answered = later(v.Answered, p.Answered)
}

// vendors returns the sums, counted anew after a role has changed.
func (c *folded) vendors() inner.VendorSums {
	if !c.sums.stale {
		return c.sums.vendors
	}
	return c.CountVendors(inner.Only{})
}

// CountVendors sums up the vendors of a case. It is for the packages beneath cvd.
func (c *Case) CountVendors(inner.Only) (v inner.VendorSums) {
	for i := range c.Participants {
		c.Participants[i].CountIn(inner.Only{}, &v)
	}
	return v
}

// settle keeps what was counted anew, in a case that is the caller's own.
func (c *folded) settle() { c.sums.vendors, c.sums.stale = c.vendors(), false }

// answers notes that a participant is not silent.
func (c *folded) answers(p *Participant, t time.Time) {
	if v := &c.sums.vendors; !c.sums.stale && p.ID != Owner && p.Roles&RoleVendor != 0 && !p.gone() {
		if p.Answered.IsZero() {
			v.Silent--
		}
		v.Answered = later(v.Answered, t)
	}
	p.Answered = t
}

func (c *Case) isReporter(p PartyID) bool {
	q := c.member(p)
	return q != nil && p != Owner && q.Roles&RoleReporter != 0
}

// waits begins a pause, or ends the one that lasts.
func (c *Case) waits(begins bool, t time.Time) {
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
func (c *Case) messaged(m *Message) {
	if m.From == Owner && slices.ContainsFunc(m.To, func(p PartyID) bool { return c.isReporter(p) }) {
		c.Updates = append(c.Updates, m.Posted)
	}
	if m.From != 0 && c.isReporter(m.From) {
		c.waits(false, m.Posted)
	}
}
