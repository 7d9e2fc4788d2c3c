package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// A list by date reads the index from its oldest entry on: years, then one year by its
// months, then one month by its days. Each is asked for no more cases than the page has
// room for; one that has more is asked in parts. So a page costs what it shows, however
// many cases there are.

// FirstDue and lastDue are the years in which the index has dates. What lies before or
// after is at the beginning or the end.
const FirstDue, LastDue = 2000, 2063

// TermUndated marks open cases without a date.
const TermUndated storage.Term = "due:none"

// Undated reports whether a list by date has the case after those with one.
func (c *Folded) Undated() bool { return c.Seq != 0 && c.DueDate.IsZero() && c.Open() }

// Span is a year, a month or a day, by its first day in UTC.
type Span struct {
	Day  time.Time
	Unit string // a layout of package time
}

const (
	DueYear  = "2006"
	DueMonth = "2006-01"
	DueDay   = time.DateOnly
)

func (x Span) Term() storage.Term { return storage.Term("due:" + x.Day.Format(x.Unit)) }

// Parts are the shorter spans that are the same together; none of a day.
func (x Span) Parts() (out []Span) {
	switch x.Unit {
	case DueYear:
		for m := range 12 {
			out = append(out, Span{x.Day.AddDate(0, m, 0), DueMonth})
		}
	case DueMonth:
		for d := range x.Day.AddDate(0, 1, -1).Day() {
			out = append(out, Span{x.Day.AddDate(0, 0, d), DueDay})
		}
	}
	return out
}

// DayOf is the day under which the index has a date.
func DayOf(t time.Time) time.Time {
	t = t.UTC()
	switch y := t.Year(); {
	case y < FirstDue:
		return time.Date(FirstDue, 1, 1, 0, 0, 0, 0, time.UTC)
	case y > LastDue:
		return time.Date(LastDue, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// DueTerms are the index entries of a date.
func DueTerms(t time.Time) (out []storage.Term) {
	for _, unit := range []string{DueYear, DueMonth, DueDay} {
		out = append(out, Span{DayOf(t), unit}.Term())
	}
	return out
}
