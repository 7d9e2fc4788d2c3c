package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func Holds(g *cvd.Grant, now storage.Millis) bool {
	return g.Ended.IsZero() && (g.Until.IsZero() || now < storage.MillisOf(g.Until))
}

// CodesOf are those of participants that hold; all: of everybody.
func CodesOf(c *cvd.Case, parties []cvd.PartyID, all bool) (out []cvd.GrantID) {
	for i := range c.Grants {
		if g := &c.Grants[i]; g.Ended.IsZero() && (all || slices.Contains(parties, g.Party)) {
			out = append(out, g.ID)
		}
	}
	return out
}

func endGrants(c *cvd.Case, ids []cvd.GrantID, at time.Time) {
	if len(ids) == 0 {
		return
	}
	c.Grants = slices.Clone(c.Grants)
	for _, id := range ids {
		if int(id)-1 < len(c.Grants) && id > 0 {
			c.Grants[id-1].Ended = at
		}
	}
}
