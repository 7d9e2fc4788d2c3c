package advisory

import (
	"regexp"
	"strings"
	"sync"
)

// OtherVersions is the Range.Text of a product that stands for every version that the
// advisory does not name apart: the defaultStatus of a CVE record.
const OtherVersions = "all other versions"

// ReadRange reads a version or a range as people write it, such as "< 4.2",
// ">= 1.2.0, < 1.4.7", "before 2.0", "1.0 through 1.4", "2.3 and earlier" or
// "all versions". A single version comes back as an interval that begins and ends
// with it. What is not understood, or says more than intervals can, becomes
// Range.Text: nothing is guessed. The scheme is taken as it is given.
func ReadRange(scheme, s string) Range {
	s = strings.TrimSpace(s)
	words := Range{Text: s}
	if s == "" {
		return Range{}
	}
	if v, ok := comparators(s); ok {
		return Range{Scheme: scheme, Intervals: v}
	}
	lower := strings.ToLower(s)
	switch lower {
	case "*", "all", "all versions", "any", "every version", "x":
		return Range{Scheme: scheme, Intervals: []Interval{{}}}
	}
	for _, p := range rangePatterns() {
		if m := p.expr.FindStringSubmatch(s); m != nil {
			from, to := p.read(m)
			if !isVersionWord(from, p.from) || !isVersionWord(to, p.to) {
				continue
			}
			v := Interval{From: from}
			if p.exclusive {
				v.Before = to
			} else {
				v.Through = to
			}
			return Range{Scheme: scheme, Intervals: []Interval{v}}
		}
	}
	if strings.ContainsAny(s, ",;<>=|") || hasRangeWord(lower) {
		return words
	}
	return Range{Scheme: scheme, Intervals: []Interval{{From: s, Through: s}}}
}

// hasRangeWord reports whether a text speaks of more than one version.
func hasRangeWord(lower string) bool {
	for _, w := range strings.FieldsFunc(lower, func(r rune) bool { return (r < 'a' || r > 'z') && r < 0x80 }) {
		switch w {
		case "after", "all", "before", "earlier", "later", "prior", "versions", "through", "until", "up", "newer",
			"older", "above", "below", "and", "or", "to", "except", "than", "multiple", "any":
			return true
		}
	}
	return false
}

// RangeOf makes a range of intervals, and a range in words where an end is no single
// version, such as "2.0.*" or "1.0.1, 1.3.3".
func RangeOf(scheme string, intervals ...Interval) Range {
	if len(intervals) == 0 {
		return Range{}
	}
	r := Range{Scheme: scheme, Intervals: intervals}
	for _, v := range intervals {
		for _, end := range []string{v.From, v.Before, v.Through} {
			if strings.ContainsAny(end, "*,;<>=| \t\r\n") && v.From != v.Through {
				return Range{Text: r.Display()}
			}
		}
	}
	return r
}

// Single returns the version of a range that is one version, and false for others.
func (r Range) Single() (string, bool) {
	if len(r.Intervals) == 1 && r.Intervals[0].From != "" && r.Intervals[0].From == r.Intervals[0].Through {
		return r.Intervals[0].From, true
	}
	return "", false
}

// isVersionWord reports whether a word may be a version: it has a digit and no
// wildcard, or is not needed.
func isVersionWord(s string, needed bool) bool {
	return s == "" && !needed || strings.ContainsAny(s, "0123456789") && !strings.ContainsAny(s, "*")
}

type rangePattern struct {
	expr                *regexp.Regexp
	from, to, exclusive bool
	read                func(m []string) (from, to string)
}

var rangePatterns = sync.OnceValue(func() []rangePattern {
	const v = `(?:versions?\s+)?v?([0-9][^\s,;<>=|]*)`
	end := func(m []string) (string, string) { return "", m[1] }
	both := func(m []string) (string, string) { return m[1], m[2] }
	return []rangePattern{
		{regexp.MustCompile(`(?i)^(?:all\s+)?(?:versions?\s+)?(?:before|prior\s+to|earlier\s+than|lower\s+than|less\s+than)\s+` + v + `$`), false, true, true, end},
		{regexp.MustCompile(`(?i)^(?:all\s+)?(?:versions?\s+)?(?:up\s+to(?:\s+and\s+including)?|through|until\s+and\s+including)\s+` + v + `$`), false, true, false, end},
		{regexp.MustCompile(`(?i)^` + v + `\s*(?:and|or)\s+(?:all\s+)?(?:earlier|prior|below|before|older|lower)(?:\s+versions?|\s+releases?)?$`), false, true, false, end},
		{regexp.MustCompile(`(?i)^(?:from\s+)?` + v + `\s+(?:through|thru)\s+` + v + `$`), true, true, false, both},
		{regexp.MustCompile(`(?i)^(?:from\s+)?` + v + `\s+(?:before|prior\s+to)\s+` + v + `$`), true, true, true, both},
		{regexp.MustCompile(`(?i)^` + v + `\s*(?:and|or)\s+(?:all\s+)?(?:later|newer|above)(?:\s+versions?)?$`), true, false, false,
			func(m []string) (string, string) { return m[1], "" }},
	}
})

// comparators reads constraints with < <= > >= and =, separated by commas, "and" or
// blanks. An exclusive start is not read.
func comparators(s string) ([]Interval, bool) {
	if !strings.ContainsAny(s, "<>=") {
		return nil, false
	}
	rest := strings.NewReplacer(" and ", ",", " AND ", ",", "&&", ",", "≤", "<=", "≥", ">=", "==", "=").Replace(s)
	var out []Interval
	for rest = strings.TrimLeft(rest, " ,"); rest != ""; rest = strings.TrimLeft(rest, " ,") {
		op := rest[:len(rest)-len(strings.TrimLeft(rest, "<>="))]
		rest = strings.TrimLeft(rest[len(op):], " ")
		n := strings.IndexAny(rest, " ,<>=|")
		if n < 0 {
			n = len(rest)
		}
		version := rest[:n]
		if rest = rest[n:]; version == "" || strings.ContainsAny(version, "*;") {
			return nil, false
		}
		open := len(out) > 0 && out[len(out)-1].From != "" && out[len(out)-1].Before == "" && out[len(out)-1].Through == ""
		switch {
		case op == "=" && !open:
			out = append(out, Interval{From: version, Through: version})
		case op == ">=" && !open:
			out = append(out, Interval{From: version})
		case op == "<" && open:
			out[len(out)-1].Before = version
		case op == "<=" && open:
			out[len(out)-1].Through = version
		case op == "<" && len(out) == 0:
			out = append(out, Interval{Before: version})
		case op == "<=" && len(out) == 0:
			out = append(out, Interval{Through: version})
		default:
			return nil, false
		}
	}
	return out, len(out) > 0
}
