package cvd

import "time"

// day returns the local day of an instant.
func (c Calendar) day(t time.Time) civilDay {
	y, m, d := t.In(c.loc()).Date()
	return civilDay{y, m, d}
}

// at returns the instant at which a local clock shows so long after midnight.
//
// time.Date does not say which of two instants it returns for a local time that
// a change of the clock repeats, or skips. A deadline must not depend on that:
// of two the earlier counts, and a skipped one is the instant of the change.
func (c Calendar) at(d civilDay, since time.Duration) time.Time {
	loc := c.loc()
	wall := time.Date(d.y, d.m, d.d, 0, 0, 0, 0, time.UTC).Add(since)
	// No zone is further from UTC than 15 hours, and one changed by a whole day.
	const reach = 39 * time.Hour
	before := wall.Add(-zoneOffset(wall.Add(-reach), loc))
	after := wall.Add(-zoneOffset(wall.Add(reach), loc))
	first, second := before, after
	if after.Before(before) {
		first, second = after, before
	}
	for _, t := range [...]time.Time{first, second} {
		if t.Add(zoneOffset(t, loc)).Equal(wall) {
			return t.In(loc)
		}
	}
	if _, end := first.In(loc).ZoneBounds(); !end.IsZero() && !end.After(second) {
		return end.In(loc)
	}
	return first.In(loc)
}

func zoneOffset(t time.Time, loc *time.Location) time.Duration {
	_, s := t.In(loc).Zone()
	return time.Duration(s) * time.Second
}

// clockOf returns what the local clock shows, as a duration since midnight. It
// is not the time elapsed since then on a day when the clock changes.
func (c Calendar) clockOf(t time.Time) time.Duration {
	l := t.In(c.loc())
	h, m, s := l.Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute +
		time.Duration(s)*time.Second + time.Duration(l.Nanosecond())
}

// addMonths keeps the day of the month and the time of day; where the month is
// too short its last day counts.
func (c Calendar) addMonths(t time.Time, n int) time.Time {
	return c.at(c.day(t).addMonths(n), c.clockOf(t))
}

func (d civilDay) addMonths(n int) civilDay {
	to := civilOf(d.y, d.m+time.Month(n), 1)
	last := civilOf(to.y, to.m+1, 0)
	to.d = min(d.d, last.d)
	return to
}
