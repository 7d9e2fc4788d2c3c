package csaf

import (
	"cmp"
	"strings"
)

// isVersion is the pattern of version_t: an integer or a semantic version.
func isVersion(s string) bool { return isInteger(s) || isSemver(s) }

func isInteger(s string) bool {
	return s != "" && allOf(s, digits) && (s == "0" || s[0] != '0')
}

// isSemver is the grammar of Semantic Versioning 2.0.0.
func isSemver(s string) bool {
	rest, build, hasBuild := strings.Cut(s, "+")
	core, pre, hasPre := strings.Cut(rest, "-")
	if hasBuild && !identifiers(build, false) || hasPre && !identifiers(pre, true) {
		return false
	}
	parts := strings.Split(core, ".")
	return len(parts) == 3 && isInteger(parts[0]) && isInteger(parts[1]) && isInteger(parts[2])
}

func identifiers(s string, noLeadingZero bool) bool {
	for id := range strings.SplitSeq(s, ".") {
		if id == "" || !allOf(id, digits+lower+upper+"-") {
			return false
		}
		if noLeadingZero && id[0] == '0' && len(id) > 1 && allOf(id, digits) {
			return false
		}
	}
	return true
}

// docVersion is a version number of a document. An integer n counts as n.0.0,
// which CSAF 2.1 prescribes for the comparison of mixed histories.
type docVersion struct {
	text    string
	integer bool
	core    [3]string
	pre     string
	build   string
}

// parseVersion returns false for what is no version_t.
func parseVersion(s string) (docVersion, bool) {
	if isInteger(s) {
		return docVersion{text: s, integer: true, core: [3]string{s, "0", "0"}}, true
	}
	if !isSemver(s) {
		return docVersion{text: s}, false
	}
	v := docVersion{text: s}
	rest, build, _ := strings.Cut(s, "+")
	core, pre, _ := strings.Cut(rest, "-")
	v.build, v.pre = build, pre
	copy(v.core[:], strings.Split(core, "."))
	return v, true
}

// compareDigits compares integers without leading zeros of any length.
func compareDigits(a, b string) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// compare follows semantic versioning: build metadata does not count.
func (v docVersion) compare(w docVersion) int {
	for i := range v.core {
		if c := compareDigits(v.core[i], w.core[i]); c != 0 {
			return c
		}
	}
	return comparePre(v.pre, w.pre)
}

func comparePre(a, b string) int {
	if a == b {
		return 0
	}
	if a == "" || b == "" { // a release is later than its pre-releases
		return cmp.Compare(len(b), len(a))
	}
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		xn, yn := allOf(x[i], digits), allOf(y[i], digits)
		switch {
		case xn && yn:
			if c := compareDigits(x[i], y[i]); c != 0 {
				return c
			}
		case xn != yn:
			if xn {
				return -1
			}
			return 1
		default:
			if c := strings.Compare(x[i], y[i]); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(len(x), len(y))
}
