package portal

import (
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
)

// location reads a zone as people write it: an IANA name or an offset from UTC.
// nil: it is not known.
func location(s string) *time.Location {
	s = strings.ReplaceAll(s, "\u2212", "-")
	switch strings.ToUpper(s) {
	case "", "UTC", "GMT", "Z":
		return time.UTC
	}
	if len(s) > 64 || strings.EqualFold(s, "local") {
		return nil
	}
	rest := s
	for _, p := range []string{"UTC", "GMT"} {
		if len(rest) > len(p) && strings.EqualFold(rest[:len(p)], p) {
			rest = strings.TrimSpace(rest[len(p):])
		}
	}
	if rest[0] == '+' || rest[0] == '-' {
		for _, form := range []string{"-07:00", "-0700", "-07"} {
			if t, err := time.Parse(form, rest); err == nil {
				_, off := t.Zone()
				return time.FixedZone("UTC"+t.Format("-07:00"), off)
			}
		}
		return nil
	}
	loc, err := time.LoadLocation(s)
	if err != nil {
		return nil
	}
	return loc
}

// localTime is a day and an hour in a zone. An hour that the clocks leave out, or
// have twice, is an error.
func localTime(loc *time.Location, day, hour time.Time) (time.Time, error) {
	return policy.LocalTime(loc, day.Year(), day.Month(), day.Day(), hour.Hour(), hour.Minute())
}
