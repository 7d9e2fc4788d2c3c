package policy

import (
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"time"
)

// day returns the local day of an instant.
func (c Calendar) day(t time.Time) civil.Day { return civil.DayOf(c.loc(), t) }

// at returns the instant at which the local clock shows so long after midnight.
func (c Calendar) at(d civil.Day, since time.Duration) time.Time { return civil.At(c.loc(), d, since) }

// clockOf returns what the local clock shows.
func (c Calendar) clockOf(t time.Time) time.Duration { return civil.ClockOf(c.loc(), t) }

// addMonths keeps the day of the month and the time of day; where the month is
// too short its last day counts.
func (c Calendar) addMonths(t time.Time, n int) time.Time {
	return c.at(c.day(t).AddMonths(n), c.clockOf(t))
}
