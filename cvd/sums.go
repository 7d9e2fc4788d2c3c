package cvd

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
)

// sums are what Facts needs of things of which there may be very many, kept up to
// date record by record: a case may have ten thousand participants and a hundred
// thousand messages, and most commands ask for its facts. Slices only grow, or are
// copied, so that snapshots share them.
type sums struct {
	vendors vendorSums
	stale   bool // a role has changed, so vendors must be counted again
}

// vendorSums are of the vendors that take part besides the owner.
type vendorSums struct {
	all, silent int
	contacted   time.Time // the first
	answered    time.Time // the last
}

func (v *vendorSums) add(p *Participant) {
	if p.ID == Owner || p.Roles&RoleVendor == 0 || p.gone() {
		return
	}
	if v.all++; v.contacted.IsZero() || p.Joined.Before(v.contacted) {
		v.contacted = p.Joined
	}
	if p.Answered.IsZero() {
		v.silent++
	}
	v.answered = later(v.answered, p.Answered)
}

// vendors returns the sums, counted anew after a role has changed.
func (c *folded) vendors() vendorSums {
	if !c.sums.stale {
		return c.sums.vendors
	}
	return c.countVendors()
}

func (c *Case) countVendors() (v vendorSums) {
	for i := range c.Participants {
		v.add(c.Participants[i])
	}
	return v
}

// settle keeps what was counted anew, in a case that is the caller's own.
func (c *folded) settle() { c.sums.vendors, c.sums.stale = c.vendors(), false }

// answers notes that a participant is not silent.
func (c *folded) answers(p *Participant, t time.Time) {
	if v := &c.sums.vendors; !c.sums.stale && p.ID != Owner && p.Roles&RoleVendor != 0 && !p.gone() {
		if p.Answered.IsZero() {
			v.silent--
		}
		v.answered = later(v.answered, t)
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
	if m.From == Owner && slices.ContainsFunc(m.To, c.isReporter) {
		c.Updates = append(c.Updates, m.Posted)
	}
	if m.From != 0 && c.isReporter(m.From) {
		c.waits(false, m.Posted)
	}
}
