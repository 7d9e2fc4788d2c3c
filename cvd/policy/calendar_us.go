package policy

import (
	"errors"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/civil"
)

// USCalendar is for the business days of the SEC: Monday to Friday without the
// federal holidays of the years given (5 U.S.C. 6103), and until 17:30, when a
// filing still counts for the day. zone is America/New_York, which the host loads;
// nil is an error, as are years before 2021, when Juneteenth became a holiday, and
// more than 80 of them. Days on which the Commission closes for other reasons are
// the host's to add.
func USCalendar(zone *time.Location, from, to int) (Calendar, error) {
	if zone == nil {
		return Calendar{}, errors.New("policy: US calendar: needs the zone America/New_York")
	}
	if from < 2021 || to < from || to-from >= 80 {
		return Calendar{}, errors.New("policy: US calendar: needs 1 to 80 years from 2021 on")
	}
	c := Calendar{Name: "US federal", Zone: zone, Open: 6 * time.Hour, Close: 17*time.Hour + 30*time.Minute}
	for y := from; y <= to; y++ {
		c.Holidays = append(c.Holidays, usHolidays(y)...)
	}
	return c, nil
}

// usHolidays are the days off of the federal government in the calendar of a year,
// but for the New Year's Day of the next where that is observed in this one.
func usHolidays(year int) []Holiday {
	var hs []Holiday
	add := func(d civil.Day, name string) { hs = append(hs, Holiday{d.Year, d.Month, d.Day, name}) }
	// observed moves a Saturday to Friday and a Sunday to Monday.
	observed := func(m time.Month, day int, name string) {
		d := civil.Date(year, m, day)
		switch d.Weekday() {
		case time.Saturday:
			add(d.Add(-1), name+" (observed)")
		case time.Sunday:
			add(d.Add(1), name+" (observed)")
		default:
			add(d, name)
		}
	}
	nth := func(m time.Month, w time.Weekday, n int, name string) {
		d := civil.Date(year, m, 1)
		d = d.Add((int(w) - int(d.Weekday()) + 7) % 7)
		add(d.Add(7*(n-1)), name)
	}
	observed(time.January, 1, "New Year's Day")
	nth(time.January, time.Monday, 3, "Birthday of Martin Luther King, Jr.")
	nth(time.February, time.Monday, 3, "Washington's Birthday")
	last := civil.Date(year, time.May, 31)
	add(last.Add(-(int(last.Weekday())+6)%7), "Memorial Day")
	observed(time.June, 19, "Juneteenth")
	observed(time.July, 4, "Independence Day")
	nth(time.September, time.Monday, 1, "Labor Day")
	nth(time.October, time.Monday, 2, "Columbus Day")
	observed(time.November, 11, "Veterans Day")
	nth(time.November, time.Thursday, 4, "Thanksgiving Day")
	observed(time.December, 25, "Christmas Day")
	return hs
}
