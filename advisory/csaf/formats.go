package csaf

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
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

// isDateTime is the format date-time of JSON Schema.
func isDateTime(s string) bool { return instant.Valid(s) }

func pattern(expr string) func(string) bool { return shape.Pattern(expr) }

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
