package policy

import (
	"fmt"
	"time"
)

// LocalTimeError says that a local time does not stand for one instant, because
// clocks are set forward or back in that hour. Somebody has to choose.
type LocalTimeError struct {
	Skipped bool // there is no such time; else it is there twice
	// First and Second are the choices. Of a skipped time the one is as long after
	// the change as the time was to be, the other as long before it.
	First, Second time.Time `json:",omitzero"`
}

// Error says why the local time is no instant.
func (e *LocalTimeError) Error() string {
	what := "is there twice"
	if e.Skipped {
		what = "does not exist"
	}
	return fmt.Sprintf("policy: the local time %s: it may mean %s or %s", what, e.First.Format(time.RFC3339), e.Second.Format(time.RFC3339))
}

// LocalTime returns the instant of a local date and time, to the minute, for
// example of the end of an embargo. time.Date silently picks one of two where
// clocks change; LocalTime returns a *LocalTimeError that holds both. A date that
// does not exist, such as 31 June, is an error too.
func LocalTime(loc *time.Location, year int, month time.Month, day, hour, minute int) (time.Time, error) {
	naive := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	if y, m, d := naive.Date(); y != year || m != month || d != day || naive.Hour() != hour || naive.Minute() != minute {
		return time.Time{}, fmt.Errorf("policy: there is no %04d-%02d-%02d %02d:%02d", year, int(month), day, hour, minute)
	}
	// Offsets change by far less than a day, so these two are those around it.
	_, before := naive.Add(-24 * time.Hour).In(loc).Zone()
	_, after := naive.Add(24 * time.Hour).In(loc).Zone()
	first := naive.Add(-time.Duration(before) * time.Second).In(loc)
	second := naive.Add(-time.Duration(after) * time.Second).In(loc)
	if second.Before(first) {
		first, second = second, first
	}
	fits := func(t time.Time) bool {
		_, offset := t.Zone()
		return t.Add(time.Duration(offset) * time.Second).UTC().Equal(naive)
	}
	switch a, b := fits(first), fits(second); {
	case a && b && !first.Equal(second):
		return time.Time{}, &LocalTimeError{First: first, Second: second}
	case a:
		return first, nil
	case b:
		return second, nil
	}
	return time.Time{}, &LocalTimeError{Skipped: true, First: first, Second: second}
}
