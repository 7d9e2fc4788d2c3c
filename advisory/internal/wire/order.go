package wire

import "strings"

// CompareVersions orders versions for the events of a range: digits by value, other
// characters by code, and a pre-release ("1.0-rc1", "1.0rc1", "1.0~rc1") before its
// release. Ecosystems differ in details: it decides whether a list is in order, and
// orders those that are not.
func CompareVersions(a, b string) int {
	a, b = core(a), core(b)
	for a != "" || b != "" {
		x, restA := token(a)
		y, restB := token(b)
		if c := compareTokens(x, y); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return 0
}

func core(s string) string {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "v"), "+")
	return s
}

// token cuts off a run of digits or of letters, without the separators before it.
func token(s string) (t, rest string) {
	s = strings.TrimLeft(s, ".-_~")
	if s == "" {
		return "", ""
	}
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	n := 1
	for n < len(s) && strings.IndexByte(".-_~", s[n]) < 0 && isDigit(s[n]) == isDigit(s[0]) {
		n++
	}
	return s[:n], s[n:]
}

// compareTokens: letters come before the end, which comes before numbers, except zero,
// which is the end.
func compareTokens(x, y string) int {
	rank := func(s string) int {
		switch {
		case s == "":
			return 1
		case s[0] < '0' || s[0] > '9':
			return 0
		case strings.Trim(s, "0") == "":
			return 1
		}
		return 2
	}
	if r, q := rank(x), rank(y); r != q || r == 1 {
		return r - q
	} else if r == 0 {
		return strings.Compare(x, y)
	}
	x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	return strings.Compare(x, y)
}
