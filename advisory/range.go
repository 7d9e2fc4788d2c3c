package advisory

import (
	"net/url"
	"strings"
)

const versPrefix = "vers:"

// ParseRange reads a version range specifier (vers, such as
// "vers:npm/>=1.0|<1.2.3") or its constraints alone (vls in CSAF). What is neither,
// or says more than intervals can ("!=", an exclusive start), or would be printed
// differently, becomes Range.Text: nothing is guessed and nothing lost.
func ParseRange(s string) Range {
	asText := Range{Text: s}
	rest := s
	var r Range
	if body, ok := strings.CutPrefix(s, versPrefix); ok {
		scheme, constraints, ok := strings.Cut(body, "/")
		if !ok || scheme == "" {
			return asText
		}
		r.Scheme, rest = scheme, constraints
		if s == versPrefix+"all/*" {
			return Range{Intervals: []Interval{{}}} // of whatever scheme
		}
	}
	if rest == "*" {
		r.Intervals = []Interval{{}}
	} else {
		for _, part := range strings.Split(rest, "|") {
			if !r.constrain(part) {
				return asText
			}
		}
	}
	if r.String() != s {
		return asText
	}
	return r
}

// constrain adds one constraint, and reports whether the model can hold it.
func (r *Range) constrain(part string) bool {
	op := part[:len(part)-len(strings.TrimLeft(part, "<>=!"))]
	v, err := url.PathUnescape(part[len(op):])
	if err != nil || v == "" || v == "*" {
		return false
	}
	open := func() *Interval { // the last interval, if it has a start and no end
		if n := len(r.Intervals); n > 0 {
			if last := &r.Intervals[n-1]; last.From != "" && last.Before == "" && last.Through == "" {
				return last
			}
		}
		return nil
	}
	switch op {
	case "":
		if open() != nil {
			return false
		}
		r.Intervals = append(r.Intervals, Interval{From: v, Through: v})
	case ">=":
		if open() != nil {
			return false
		}
		r.Intervals = append(r.Intervals, Interval{From: v})
	case "<", "<=":
		last := open()
		if last == nil {
			if len(r.Intervals) > 0 {
				return false
			}
			r.Intervals = []Interval{{}}
			last = &r.Intervals[0]
		}
		if op == "<" {
			last.Before = v
		} else {
			last.Through = v
		}
	default:
		return false
	}
	return true
}

// String returns the range as vers where it has a scheme, else as constraints alone,
// and Text where it is that. It is "" for the zero Range.
func (r Range) String() string {
	if r.Text != "" || len(r.Intervals) == 0 {
		return r.Text
	}
	var parts []string
	for _, v := range r.Intervals {
		if v.From != "" && v.From == v.Through {
			parts = append(parts, escapeVersion(v.From))
			continue
		}
		if v.From != "" {
			parts = append(parts, ">="+escapeVersion(v.From))
		}
		switch {
		case v.Before != "":
			parts = append(parts, "<"+escapeVersion(v.Before))
		case v.Through != "":
			parts = append(parts, "<="+escapeVersion(v.Through))
		case v.From == "":
			parts = append(parts, "*")
		}
	}
	s := strings.Join(parts, "|")
	switch {
	case s == "*" && r.Scheme == "":
		return versPrefix + "all/*" // constraints alone cannot say it
	case r.Scheme != "":
		s = versPrefix + r.Scheme + "/" + s
	}
	return s
}

// escapeVersion quotes the characters that mean something in vers.
func escapeVersion(s string) string {
	const special = "%<>=!*| \t\r\n"
	if !strings.ContainsAny(s, special) {
		return s
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(special, s[i]) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[s[i]>>4])
			b.WriteByte(hex[s[i]&15])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
