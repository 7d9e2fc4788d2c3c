package policy

import (
	"cmp"
	"errors"
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"strings"
	"time"
)

// Calendar says which days and hours a team works and in which zone its dates
// are shown. The zero Calendar works Monday to Friday, all day, in UTC, without
// holidays. It is a value: do not change one that is in use.
type Calendar struct {
	// Name tells calendars apart, such as "de-HB 2026".
	Name string
	// Zone is where days begin and end; nil is UTC.
	Zone *time.Location
	// Weekend are the days of rest in each week; nil is Saturday and Sunday. An
	// empty list that is not nil has no weekend.
	Weekend []time.Weekday
	// Holidays are further days of rest, in any order, at most 1024.
	Holidays []Holiday
	// Open and Close bound the hours of a working day, counted from local
	// midnight. Both zero: the whole day.
	Open, Close time.Duration
}

// Holiday is a day of rest.
type Holiday struct {
	Year  int        // in which it is that day; each year has its own
	Month time.Month // from 1
	Day   int        // of the month
	Name  string     // for people
}

const (
	maxHolidays    = 1024
	maxHolidayFile = 256 << 10
	// maxRest bounds the search for a working day.
	maxRest = 2 * maxHolidays
)

// Validate reports the first thing that makes a calendar unusable.
func (c Calendar) Validate() error {
	seen := map[time.Weekday]bool{}
	for _, w := range c.Weekend {
		if w < time.Sunday || w > time.Saturday {
			return errors.New("policy: calendar: a weekend day is 0 (Sunday) to 6 (Saturday)")
		}
		seen[w] = true
	}
	if len(seen) == 7 {
		return errors.New("policy: calendar: a week needs at least one working day")
	}
	if len(c.Holidays) > maxHolidays {
		return fmt.Errorf("policy: calendar: more than %d holidays", maxHolidays)
	}
	for _, h := range c.Holidays {
		if d := civil.Date(h.Year, h.Month, h.Day); d.Year != h.Year || d.Month != h.Month || d.Day != h.Day {
			return fmt.Errorf("policy: calendar: there is no day %04d-%02d-%02d", h.Year, h.Month, h.Day)
		}
	}
	if c.Open < 0 || c.Close > 24*time.Hour || (c.Open != 0 || c.Close != 0) && c.Close-c.Open < time.Hour {
		return errors.New("policy: calendar: hours open at least one hour before they close, within 0 to 24")
	}
	return nil
}

// ParseHolidays reads one holiday from each line: a date as 2026-12-25, then
// optionally its name. Blank lines and lines that start with # are skipped. The
// error names the first line that is not understood; holidays read before it are
// returned too.
func ParseHolidays(text string) ([]Holiday, error) {
	if len(text) > maxHolidayFile {
		return nil, fmt.Errorf("policy: holidays: more than %d bytes", maxHolidayFile)
	}
	var hs []Holiday
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		date, name, _ := strings.Cut(line, " ")
		t, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return hs, fmt.Errorf("policy: holidays: line %d does not begin with a date such as 2026-12-25", n)
		}
		if len(hs) == maxHolidays {
			return hs, fmt.Errorf("policy: holidays: line %d: more than %d holidays", n, maxHolidays)
		}
		hs = append(hs, Holiday{t.Year(), t.Month(), t.Day(), strings.TrimSpace(name)})
	}
	return hs, nil
}

// ZoneName returns the name of the calendar's zone.
func (c Calendar) ZoneName() string { return c.loc().String() }

func (c Calendar) loc() *time.Location { return cmp.Or(c.Zone, time.UTC) }

// WorkingDay reports whether t falls on a working day in the calendar's zone.
func (c Calendar) WorkingDay(t time.Time) bool { return c.rest(c.day(t)) == "" }

// rest returns why a day is none of work, or "".
func (c Calendar) rest(d civil.Day) string {
	for _, h := range c.Holidays {
		if h.Day == d.Day && h.Month == d.Month && h.Year == d.Year {
			return cmp.Or(h.Name, "holiday")
		}
	}
	w := d.Weekday()
	if c.Weekend == nil {
		if w == time.Saturday || w == time.Sunday {
			return w.String()
		}
		return ""
	}
	for _, x := range c.Weekend {
		if x == w {
			return w.String()
		}
	}
	return ""
}

// hours returns the working hours of a day; close is the next midnight where the
// calendar names no hours.
func (c Calendar) hours(d civil.Day) (open, end time.Time) {
	if c.Close == 0 {
		return c.at(d, 0), c.at(d.Add(1), 0)
	}
	return c.at(d, c.Open), c.at(d, c.Close)
}

// nextWorking returns d, or the first working day after it.
func (c Calendar) nextWorking(d civil.Day) civil.Day {
	for range maxRest {
		if c.rest(d) == "" {
			break
		}
		d = d.Add(1)
	}
	return d
}

// Format shows an instant in the calendar's zone with weekday, hour and zone,
// such as "Mon 2026-11-02 09:00 CET (UTC+01:00)".
func (c Calendar) Format(t time.Time) string { return civil.Format(t.In(c.loc())) }
