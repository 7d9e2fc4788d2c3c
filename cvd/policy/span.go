package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Unit is what a Span counts.
type Unit string

// The units of a Span.
const (
	// Hours are elapsed hours; changes of the clock do not matter.
	Hours Unit = "hours"
	// Days are elapsed days of 24 hours each.
	Days Unit = "days"
	// Months are calendar months in the calendar's zone, at the same time of
	// day. Where the month has no such day, its last day counts.
	Months Unit = "months"
	// BusinessDays are working days of the calendar. The day of the start is not
	// counted; the span ends when the last day's hours end, without hours with
	// the day's last second.
	BusinessDays Unit = "business days"
	// BusinessHours are hours within the calendar's hours on working days.
	BusinessHours Unit = "business hours"
)

// maxSpan bounds the number of a Span: a hundred years of days.
const maxSpan = 36525

// maxBusiness bounds spans that are counted day by day.
const maxBusiness = 3660

// Span is a length of time as rules state it. Its text form is a number and a
// unit, such as "24 hours", "1 month" or "15 business days". The zero Span has
// no length.
type Span struct {
	N    int  // how many units; not negative
	Unit Unit // of N
}

// String returns the text form; the zero Span is "0 hours".
func (s Span) String() string {
	u := s.Unit
	if u == "" {
		u = Hours
	}
	if s.N == 1 {
		u = Unit(strings.TrimSuffix(string(u), "s"))
	}
	return strconv.Itoa(s.N) + " " + string(u)
}

// ParseSpan reads the text form. Singular and plural are the same. The number is
// 0 to 36525 days, 876600 hours,
// 1200 months, or 3660 business days or hours, without a sign.
func ParseSpan(s string) (Span, error) {
	num, unit, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(num)
	if err != nil || num[0] == '+' || num[0] == '-' {
		return Span{}, fmt.Errorf("policy: a span is a number and a unit, such as \"30 days\"")
	}
	if !strings.HasSuffix(unit, "s") {
		unit += "s"
	}
	sp := Span{N: n, Unit: Unit(unit)}
	return sp, sp.check()
}

func (s Span) check() error {
	limit := maxSpan
	switch s.Unit {
	case Hours:
		limit *= 24
	case Days:
	case Months:
		limit = 1200
	case BusinessDays, BusinessHours:
		limit = maxBusiness
	case "":
		if s.N == 0 {
			return nil
		}
		fallthrough
	default:
		return fmt.Errorf("policy: the unit of a span is hours, days, months, business days or business hours")
	}
	if s.N < 0 || s.N > limit {
		return fmt.Errorf("policy: a span counts 0 to %d %s", limit, s.Unit)
	}
	return nil
}

// MarshalText writes the text form.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), s.check() }

// UnmarshalText reads the text form.
func (s *Span) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSpan(string(b))
	return err
}

// elapsed returns the length of a Span in hours or days, which does not depend on
// a calendar.
func (s Span) elapsed() (time.Duration, bool) {
	switch s.Unit {
	case "", Hours:
		return time.Duration(s.N) * time.Hour, true
	case Days:
		return time.Duration(s.N) * 24 * time.Hour, true
	}
	return 0, false
}

// before returns the instant so long before t; business units are not taken.
func (s Span) before(t time.Time, c Calendar) time.Time {
	if d, ok := s.elapsed(); ok {
		return t.Add(-d)
	}
	return c.addMonths(t, -s.N)
}
