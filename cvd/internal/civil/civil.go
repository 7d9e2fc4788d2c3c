package civil

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// civilDay is a day without a zone.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// civilOf returns a day; like time.Date it takes months and days out of range.
func Date(y int, m time.Month, d int) Day {
	y, m, d = time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Date()
	return Day{y, m, d}
}

// add returns the day n days later.
func (d Day) Add(n int) Day { return Date(d.Year, d.Month, d.Day+n) }

// weekday returns the day of the week.
func (d Day) Weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// String shows the day with its weekday, such as "Mon 2026-11-02".
func (d Day) String() string {
	return d.Weekday().String()[:3] + " " + strconv.Itoa(d.Year) + "-" +
		fmt.Sprintf("%02d-%02d", int(d.Month), d.Day)
}

// addMonths keeps the day of the month; where the month is too short its last day
// counts.
func (d Day) AddMonths(n int) Day {
	to := Date(d.Year, d.Month+time.Month(n), 1)
	last := Date(to.Year, to.Month+1, 0)
	to.Day = min(d.Day, last.Day)
	return to
}

// before reports whether the day begins, in UTC, before t.
func (d Day) Before(t time.Time) bool {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Before(t)
}

// civilDayOf returns the local day of an instant.
func DayOf(loc *time.Location, t time.Time) Day {
	y, m, d := t.In(loc).Date()
	return Day{y, m, d}
}

// civilAt returns the instant at which a local clock shows so long after midnight.
//
// time.Date does not say which of two instants it returns for a local time that
// a change of the clock repeats, or skips. A deadline must not depend on that:
// of two the earlier counts, and a skipped one is the instant of the change.
func At(loc *time.Location, d Day, since time.Duration) time.Time {
	wall := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Add(since)
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

// civilClock returns what the local clock shows, as a duration since midnight. It
// is not the time elapsed since then on a day when the clock changes.
func ClockOf(loc *time.Location, t time.Time) time.Duration {
	l := t.In(loc)
	h, m, s := l.Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute +
		time.Duration(s)*time.Second + time.Duration(l.Nanosecond())
}

// formatInstant shows an instant with weekday, hour and zone, such as
// "Mon 2026-11-02 09:00 CET (UTC+01:00)".
func Format(t time.Time) string {
	if t.IsZero() {
		return "no date"
	}
	layout := "Mon 2006-01-02 15:04"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout += ":05"
	}
	abbr, off := t.Zone()
	if off == 0 && abbr == "UTC" {
		return t.Format(layout + " MST")
	}
	if strings.ContainsAny(abbr, "+-0123456789") {
		return t.Format(layout + " UTC-07:00")
	}
	return t.Format(layout + " MST (UTC-07:00)")
}
