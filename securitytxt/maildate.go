package securitytxt

import (
	"strings"
	"time"
)

// parseMailDate reads a date-time of RFC 5322 3.3, with the zone names of its
// section 4.3 that mean one offset, and UTC. A comment may end it. A weekday
// that is not that of the date makes the date doubtful: it is refused.
func parseMailDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if i := strings.LastIndex(s, " ("); i > 0 && strings.HasSuffix(s, ")") {
		s = s[:i]
	}
	weekday, rest, named := strings.Cut(s, ",")
	if !named {
		weekday, rest = "", s
	}
	part := strings.Fields(rest)
	if len(part) != 5 || len(part[0]) > 2 || len(part[2]) != 4 || len(part[1]) != 3 {
		return time.Time{}, false
	}
	day, year := digits(part[0]), digits(part[2])
	month := nameIndex("JanFebMarAprMayJunJulAugSepOctNovDec", part[1]) + 1
	clock := part[3]
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	if len(clock) != len("15:04:05") || clock[2] != ':' || clock[5] != ':' {
		return time.Time{}, false
	}
	hour, min, sec := digits(clock[:2]), digits(clock[3:5]), digits(clock[6:])
	offset, ok := mailOffset(part[4])
	if !ok || month < 1 || day < 1 || year < 1900 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || min < 0 || min > 59 || sec < 0 || sec > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, min, sec, 0, time.UTC)
	if named && nameIndex("SunMonTueWedThuFriSat", strings.TrimSpace(weekday)) != int(t.Weekday()) {
		return time.Time{}, false
	}
	return t.Add(-offset), true
}

// nameIndex finds a name of three letters in a row of such, or returns -1.
func nameIndex(names, s string) int {
	for i := 0; len(s) == 3 && i < len(names); i += 3 {
		if strings.EqualFold(names[i:i+3], s) {
			return i / 3
		}
	}
	return -1
}

func mailOffset(s string) (time.Duration, bool) {
	if len(s) == 5 && (s[0] == '+' || s[0] == '-') {
		return parseOffset(s[:3] + ":" + s[3:])
	}
	switch strings.ToUpper(s) {
	case "GMT", "UT", "UTC", "Z":
		return 0, true
	case "EDT":
		return -4 * time.Hour, true
	case "EST", "CDT":
		return -5 * time.Hour, true
	case "CST", "MDT":
		return -6 * time.Hour, true
	case "MST", "PDT":
		return -7 * time.Hour, true
	case "PST":
		return -8 * time.Hour, true
	}
	return 0, false
}
