package csaf

import (
	"cmp"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
)

// versOrders are the VERS types with a known order of versions. A type in
// registeredVERS that is missing here is recognised but not compared.
var versOrders = map[string]func(a, b string) int{
	"semver": compareSemver, "npm": compareSemver, "cargo": compareSemver, "golang": compareSemver, "dart": compareSemver,
	"intdot":        compareNatural,
	"generic":       compareNatural,
	"lexicographic": strings.Compare,
	"datetime":      compareDates,
	"deb":           compareDebian,
}

// registeredVERS are the types of the VERS specification.
const registeredVERS = "alpm apk cargo composer cpan dart deb gem golang hackage maven nuget npm pypi rpm " +
	"all datetime generic intdot lexicographic none semver"

func compareSemver(a, b string) int {
	x, ok1 := parseVersion(strings.TrimPrefix(a, "v"))
	y, ok2 := parseVersion(strings.TrimPrefix(b, "v"))
	if ok1 && ok2 {
		return x.compare(y)
	}
	return compareNatural(a, b)
}

func compareDates(a, b string) int {
	x, ok1 := instant.Parse(a)
	y, ok2 := instant.Parse(b)
	if ok1 && ok2 {
		return x.Compare(y)
	}
	return strings.Compare(a, b)
}

// compareNatural compares runs of digits as numbers and other runs as words,
// ignoring separators and a leading v. Missing parts count as zero. A word is
// earlier than a number; at the end of a version a word for a pre-release makes
// it earlier (1.0-rc1 before 1.0) and any other later (10.9 before 10.9a).
func compareNatural(a, b string) int {
	x, y := versionParts(a), versionParts(b)
	for i := range max(len(x), len(y)) {
		var c int
		switch {
		case i >= len(y):
			c = compareToNothing(x[i])
		case i >= len(x):
			c = -compareToNothing(y[i])
		default:
			c = compareParts(x[i], y[i])
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func compareParts(p, q string) int {
	switch pn, qn := allOf(p, digits), allOf(q, digits); {
	case pn && qn:
		return compareDigits(stripZeros(p), stripZeros(q))
	case pn:
		return 1
	case qn:
		return -1
	}
	return strings.Compare(strings.ToLower(p), strings.ToLower(q))
}

func compareToNothing(part string) int {
	switch {
	case allOf(part, "0"):
		return 0
	case hasWord("alpha beta rc pre dev snapshot m preview", strings.ToLower(part)):
		return -1
	}
	return 1
}

func stripZeros(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return "0"
}

func versionParts(s string) []string {
	if len(s) > 1 && (s[0] == 'v' || s[0] == 'V') && strings.IndexByte(digits, s[1]) >= 0 {
		s = s[1:]
	}
	var out []string
	start := 0
	class := func(c byte) int {
		switch {
		case '0' <= c && c <= '9':
			return 1
		case strings.IndexByte(".-_+:~, ", c) >= 0:
			return 0
		}
		return 2
	}
	for i := 1; i <= len(s); i++ {
		if i == len(s) || class(s[i]) != class(s[start]) {
			if class(s[start]) != 0 {
				out = append(out, s[start:i])
			}
			start = i
		}
	}
	return out
}

// epoch splits a numeric epoch before a colon from a Debian version.
func epoch(s string) (string, string) {
	if e, rest, ok := strings.Cut(s, ":"); ok && e != "" && allOf(e, digits) {
		return stripZeros(e), rest
	}
	return "0", s
}

// compareDebian follows Debian policy, section 5.6.12: epoch, upstream version,
// revision; ~ sorts before everything, letters before other characters.
func compareDebian(a, b string) int {
	ea, ra := epoch(a)
	eb, rb := epoch(b)
	ua, va, _ := cutLast(ra, "-")
	ub, vb, _ := cutLast(rb, "-")
	return cmp.Or(compareDigits(ea, eb), compareDebianPart(ua, ub), compareDebianPart(va, vb))
}

func compareDebianPart(a, b string) int {
	order := func(s string, i int) int {
		switch {
		case i >= len(s) || '0' <= s[i] && s[i] <= '9':
			return 0
		case s[i] == '~':
			return -1
		case 'a' <= s[i] && s[i] <= 'z' || 'A' <= s[i] && s[i] <= 'Z':
			return int(s[i])
		}
		return int(s[i]) + 256
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		for i < len(a) && order(a, i) != 0 || j < len(b) && order(b, j) != 0 {
			if c := cmp.Compare(order(a, i), order(b, j)); c != 0 {
				return c
			}
			i, j = i+1, j+1
		}
		x, y := i, j
		for i < len(a) && order(a, i) == 0 {
			i++
		}
		for j < len(b) && order(b, j) == 0 {
			j++
		}
		if c := compareDigits(stripZeros(a[min(x, i):i]), stripZeros(b[min(y, j):j])); c != 0 {
			return c
		}
	}
	return 0
}
