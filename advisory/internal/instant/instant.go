// Package instant reads the dates of all formats: the date and time of RFC 3339 with
// the fraction as it was written, and the forms that real documents have instead.
package instant

import (
	"strings"
	"time"
)

// Instant is a point in time with the fraction of its second as it was written,
// which may have more digits than a time.Time holds. A leap second is the
// second after 59.
type Instant struct {
	unix     int64
	fraction string // without zeros at the end
}

// Parse reads a date and time as [Valid] knows it.
func Parse(s string) (Instant, bool) {
	if !Valid(s) {
		return Instant{}, false
	}
	year, _ := number(s[:4])
	month, _ := number(s[5:7])
	day, _ := number(s[8:10])
	hour, _ := number(s[11:13])
	minute, _ := number(s[14:16])
	second, _ := number(s[17:19])
	zone := s[19:]
	var fraction string
	if zone[0] == '.' {
		i := strings.IndexAny(zone, "Zz+-")
		fraction, zone = strings.TrimRight(zone[1:i], "0"), zone[i:]
	}
	offset, _ := offsetMinutes(zone)
	t := time.Date(year, time.Month(month), day, hour, minute-offset, second, 0, time.UTC)
	return Instant{t.Unix(), fraction}, true
}

// Compare is negative if a is before b, and positive if it is after b.
func (a Instant) Compare(b Instant) int {
	switch {
	case a.unix < b.unix:
		return -1
	case a.unix > b.unix:
		return 1
	}
	return strings.Compare(a.fraction, b.fraction)
}

// After reports whether a is later than b.
func (a Instant) After(b Instant) bool { return a.Compare(b) > 0 }

// Time returns the instant to the nanosecond, in UTC; the zero instant is the
// zero time.
func (a Instant) Time() time.Time {
	if a == (Instant{}) {
		return time.Time{}
	}
	nanos, _ := number((a.fraction + "000000000")[:9])
	return time.Unix(a.unix, int64(nanos)).UTC()
}
