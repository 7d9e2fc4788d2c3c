package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
)

// Expired is the erasure that a rule demands.
func (c *Folded) Expired(what cvd.Erasable) Erasure {
	e := Erasure{Basis: cvd.EraseRetention, All: what&cvd.EraseTexts != 0}
	for _, p := range c.Participants {
		reporter := p.Roles&(cvd.RoleReporter|cvd.RoleFinder) != 0
		if p.ID != cvd.Owner && (what&(cvd.EraseParties|cvd.EraseTexts) != 0 || reporter && what&cvd.EraseReporters != 0) {
			e.Parties = append(e.Parties, p.ID)
		}
	}
	if what&(cvd.EraseStaff|cvd.EraseTexts) != 0 {
		for i := range c.ActorTags {
			e.Actors = append(e.Actors, uint32(i+1))
		}
	}
	return e
}

// Spent reports that a rule was applied and nothing was written since but
// erasures, so that Retain need not read the whole log again.
func (c *Folded) Spent(what cvd.Erasable) bool {
	last := len(c.Events)
	for last > 0 && c.Events[last-1].Kind != cvd.EventPrivateErased {
		last--
	}
	if last == 0 || last != len(c.Events) {
		return false
	}
	e := c.Expired(what)
	if e.All && c.emptied != c.Seq {
		return false
	}
	for _, p := range e.Parties {
		if !c.Participants[p-1].Erased {
			return false
		}
	}
	for _, n := range e.Actors {
		if c.ActorTags[n-1] != "" {
			return false
		}
	}
	return true
}
