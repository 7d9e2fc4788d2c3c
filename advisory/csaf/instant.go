package csaf

import (
	"strings"
	"time"
)

// instant is a point in time with the fraction of its second as it was written,
// which may have more digits than a time.Time holds. A leap second is the
// second after 59.
type instant struct {
	unix     int64
	fraction string // without zeros at the end
}

// parseTime reads the format date-time.
func parseTime(s string) (instant, bool) {
	if !isDateTime(s) {
		return instant{}, false
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
	return instant{t.Unix(), fraction}, true
}

func (a instant) compare(b instant) int {
	switch {
	case a.unix < b.unix:
		return -1
	case a.unix > b.unix:
		return 1
	}
	return strings.Compare(a.fraction, b.fraction)
}

func (a instant) after(b instant) bool { return a.compare(b) > 0 }

// Time returns the instant to the nanosecond, in UTC; the zero instant is the
// zero time.
func (a instant) Time() time.Time {
	if a == (instant{}) {
		return time.Time{}
	}
	nanos, _ := number((a.fraction + "000000000")[:9])
	return time.Unix(a.unix, int64(nanos)).UTC()
}
