package csaf

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// isURI follows the format uri of JSON Schema: an absolute URI of RFC 3986.
func isURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() {
		return false
	}
	if h := u.Hostname(); strings.Contains(h, ":") {
		a, err := netip.ParseAddr(h)
		return err == nil && a.Is6() && strings.HasPrefix(u.Host, "[")
	}
	return true
}

// isDateTime follows the format date-time of JSON Schema: RFC 3339, section
// 5.6, where T and Z may be lower case and a leap second may stand where a leap
// second can be.
func isDateTime(s string) bool {
	if len(s) < 20 || s[10] != 'T' && s[10] != 't' {
		return false
	}
	return isDate(s[:10]) && isTime(s[11:])
}

func isDate(s string) bool {
	year, ok1 := number(s[:4])
	month, ok2 := number(s[5:7])
	day, ok3 := number(s[8:10])
	if !ok1 || !ok2 || !ok3 || s[4] != '-' || s[7] != '-' || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return day <= days
}

func isTime(s string) bool {
	if len(s) < 9 || s[2] != ':' || s[5] != ':' {
		return false
	}
	hour, ok1 := number(s[:2])
	minute, ok2 := number(s[3:5])
	second, ok3 := number(s[6:8])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 60 {
		return false
	}
	s = s[8:]
	if s[0] == '.' {
		digits := len(s[1:]) - len(strings.TrimLeft(s[1:], "0123456789"))
		if digits == 0 {
			return false
		}
		s = s[1+digits:]
	}
	offset, ok := offsetMinutes(s)
	if !ok {
		return false
	}
	// A leap second is the last one of a day in UTC.
	return second < 60 || ((hour*60+minute-offset)%1440+1440)%1440 == 1439
}

// offsetMinutes reads Z or ±hh:mm.
func offsetMinutes(s string) (int, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	h, ok1 := number(s[1:3])
	m, ok2 := number(s[4:6])
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, false
	}
	if s[0] == '-' {
		return -h*60 - m, true
	}
	return h*60 + m, true
}

// number reads digits only.
func number(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// pattern compiles an expression at its first use.
func pattern(expr string) func(string) bool {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	return func(s string) bool { return re().MatchString(s) }
}

func allOf(s, cut string) bool { return strings.Trim(s, cut) == "" }

const (
	digits = "0123456789"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// The patterns below are written by hand because documents hold them by the
// thousand.

// isCVE is ^CVE-[0-9]{4}-[0-9]{4,}$.
func isCVE(s string) bool {
	return len(s) >= 13 && s[:4] == "CVE-" && allOf(s[4:8], digits) && s[8] == '-' && allOf(s[9:], digits)
}

// isCWE is ^CWE-[1-9]\d{0,5}$.
func isCWE(s string) bool {
	return len(s) >= 5 && len(s) <= 10 && s[:4] == "CWE-" && s[4] != '0' && allOf(s[4:], digits)
}

// isTrimmed is ^[^\s\-_\.](.*[^\s\-_\.])?$.
func isTrimmed(s string) bool { return bounded(s, "\t\n\f\r -_.") }

// isUnspaced is ^[\S](.*[\S])?$.
func isUnspaced(s string) bool { return bounded(s, "\t\n\f\r ") }

func bounded(s, banned string) bool {
	return s != "" && !strings.Contains(banned, s[:1]) && !strings.Contains(banned, s[len(s)-1:]) &&
		!strings.Contains(s, "\n")
}

// isHash20 is ^[0-9a-fA-F]{32,}$, isHash21 the same in lower case.
func isHash20(s string) bool { return len(s) >= 32 && allOf(s, digits+"abcdefABCDEF") }
func isHash21(s string) bool { return len(s) >= 32 && allOf(s, digits+"abcdef") }

// isPurl20 is ^pkg:[A-Za-z\.\-\+][A-Za-z0-9\.\-\+]*/.+.
func isPurl20(s string) bool {
	return isPurlLike(s, lower+upper+".-+", lower+upper+digits+".-+")
}

// isPurl21 is ^pkg:[a-z][a-z0-9\.\-]*\/.+.
func isPurl21(s string) bool { return isPurlLike(s, lower, lower+digits+".-") }

func isPurlLike(s, first, rest string) bool {
	s, ok := strings.CutPrefix(s, "pkg:")
	typ, name, slash := strings.Cut(s, "/")
	return ok && slash && typ != "" && strings.Contains(first, typ[:1]) && allOf(typ[1:], rest) &&
		name != "" && name[0] != '\n'
}

// isAlgorithm21 is ^[0-9a-z][0-9a-z-]*$.
func isAlgorithm21(s string) bool { return s != "" && s[0] != '-' && allOf(s, digits+lower+"-") }

var (
	isLang = pattern(`^(([A-Za-z]{2,3}(-[A-Za-z]{3}(-[A-Za-z]{3}){0,2})?|[A-Za-z]{4,8})(-[A-Za-z]{4})?` +
		`(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[A-WY-Za-wy-z0-9](-[A-Za-z0-9]{2,8})+)*` +
		`(-[Xx](-[A-Za-z0-9]{1,8})+)?|[Xx](-[A-Za-z0-9]{1,8})+|[Ii]-[Dd][Ee][Ff][Aa][Uu][Ll][Tt]|[Ii]-[Mm][Ii][Nn][Gg][Oo])$`)
	isCWEVersion  = pattern(`^[1-9]\d*\.([0-9]|([1-9]\d+))(\.\d+)?$`)
	isSharingID   = pattern(`^(([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})|(0{8}-(0{4}-){3}0{12})|(f{8}-(f{4}-){3}f{12}))$`)
	isProbability = pattern(`^((0\.[0-9]+)|(1\.0+))$`)
)
