package securitytxt

import "time"

// parseTime reads a date-time of RFC 3339 5.6. time.Parse does not follow that
// grammar: it refuses a lower-case t or z and leap seconds, and takes a comma, an
// hour of one digit and an offset of 24 hours.
//
// A leap second is taken where one can be, at the end of a month in UTC, and
// counts as the second after it.
func parseTime(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[4] != '-' || s[7] != '-' ||
		s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	year, month, day := digits(s[:4]), digits(s[5:7]), digits(s[8:10])
	hour, min, sec := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || min < 0 || min > 59 || sec < 0 || sec > 60 {
		return time.Time{}, false
	}
	s = s[19:]
	nanos := 0
	if s[0] == '.' {
		i, unit := 1, 100_000_000
		for ; i < len(s) && isDigit(s[i]); i++ {
			nanos += int(s[i]-'0') * unit
			unit /= 10 // what is finer than a nanosecond is cut off
		}
		if i == 1 {
			return time.Time{}, false
		}
		s = s[i:]
	}
	offset, ok := parseOffset(s)
	if !ok {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, min, sec, nanos, time.UTC).Add(-offset)
	if sec == 60 {
		// time.Date has already carried the 60th second over.
		if t.Hour() != 0 || t.Minute() != 0 || t.Second() != 0 || t.Day() != 1 {
			return time.Time{}, false
		}
	}
	return t, inEra(t)
}

// inEra reports whether RFC 3339 1 knows the instant: the years 0 to 9999. An offset
// leads out of them at both ends, and such an instant can be written in UTC by
// neither RFC 3339 nor JSON.
func inEra(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 0 && year <= 9999
}

// parseOffset reads "Z" or a numeric offset, the last part of a date-time.
func parseOffset(s string) (time.Duration, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	hour, min := digits(s[1:3]), digits(s[4:6])
	if hour < 0 || hour > 23 || min < 0 || min > 59 {
		return 0, false
	}
	d := time.Duration(hour)*time.Hour + time.Duration(min)*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d, true
}

// digits returns the number that s spells, or -1 if a byte is no digit.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
