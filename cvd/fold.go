package cvd

import (
	"iter"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// Participant returns a participant by its number, to be read and not changed; nil if
// the case does not show it. Party returns a copy.
func (c *Case) Participant(id PartyID) *Participant {
	if id == 0 || int(id) > len(c.Participants) {
		return nil
	}
	return c.Participants[id-1]
}

// StatusesOf goes through the statuses of a vendor without looking at the
// others: a case may have a thousand vendors. What a viewer got holds fewer
// statuses.
func (c *Case) StatusesOf(vendor PartyID) iter.Seq[*Status] {
	return func(yield func(*Status) bool) {
		p := c.Participant(vendor)
		if p == nil {
			for i := range c.Statuses {
				if t := &c.Statuses[i]; t.Vendor == vendor && !yield(t) {
					return
				}
			}
			return
		}
		for _, i := range p.kept.Statuses {
			if !yield(&c.Statuses[i]) {
				return
			}
		}
	}
}

// Reindex makes anew what StatusesOf goes by, in a case whose participants are its own.
// It is for the packages beneath cvd.
func (c *Case) Reindex(inner.Only) {
	for _, p := range c.Participants {
		p.kept.Statuses = nil
	}
	for i := range c.Statuses {
		if p := c.Participant(c.Statuses[i].Vendor); p != nil {
			p.kept.Statuses = append(p.kept.Statuses, int32(i))
		}
	}
}
