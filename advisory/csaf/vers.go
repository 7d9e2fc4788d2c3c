package csaf

import (
	"slices"
	"strings"
)

// versionSet is a product version range: VERS (vers:type/constraints) or the
// fallback of CSAF, which has constraints only (vls).
type versionSet struct {
	kind        string // VERS type, "" for vls
	all         bool   // *
	constraints []constraint
	compare     func(a, b string) int // nil where the type's order is not known
	ordered     []constraint          // by version, if the order is known
}

type constraint struct{ comparator, version string }

// parseRange reads a range. The fault is "" or why the text is not one of the
// two forms that CSAF 2.1, section 3.1.2.3.2, allows. The set is usable as far
// as it was understood.
func parseRange(s string) (versionSet, string) {
	rest, isVERS := strings.CutPrefix(s, "vers:")
	set := versionSet{compare: compareNatural}
	if isVERS {
		var ok bool
		set.kind, rest, ok = strings.Cut(rest, "/")
		if !ok || set.kind == "" || !allOf(set.kind, lower+digits+".-") || !strings.Contains(lower, set.kind[:1]) {
			return set, "the VERS has no type in lower case"
		}
		set.compare = versOrders[set.kind]
		if set.kind == "all" {
			set.all = true
			if rest != "*" {
				return set, "the only form of the VERS type all is vers:all/*"
			}
			return set, ""
		}
	}
	if rest == "*" && isVERS {
		set.all = true
		return set, ""
	}
	if rest == "" || strings.ContainsFunc(rest, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return set, "the range is empty or has white space or characters outside ASCII"
	}
	for part := range strings.SplitSeq(rest, "|") {
		c := readConstraint(part)
		if c.version == "" || strings.ContainsAny(c.version, "<>=!*") {
			return set, "a version constraint has no version or an unknown comparator"
		}
		if isVERS && c.comparator == "=" && strings.HasPrefix(part, "=") {
			return set, "the comparator = is not written in canonical VERS"
		}
		set.constraints = append(set.constraints, c)
	}
	if isVERS {
		return set, set.canonicalFault()
	}
	return set, ""
}

func readConstraint(s string) constraint {
	for _, op := range []string{">=", "<=", "!=", "<", ">", "="} {
		if v, ok := strings.CutPrefix(s, op); ok {
			return constraint{op, v}
		}
	}
	return constraint{"=", s}
}

// canonicalFault applies the rules about order, so far as the order of the
// type's versions is known.
func (s versionSet) canonicalFault() string {
	seen := map[string]bool{}
	for _, c := range s.constraints {
		if seen[c.version] {
			return "a version occurs more than once"
		}
		seen[c.version] = true
	}
	if s.compare == nil {
		return ""
	}
	for i := 1; i < len(s.constraints); i++ {
		if s.compare(s.constraints[i-1].version, s.constraints[i].version) >= 0 {
			return "the versions are not sorted"
		}
	}
	last := ""
	for _, c := range s.constraints {
		if c.comparator == "!=" {
			continue
		}
		if last == "=" && c.comparator[0] == '<' ||
			last != "" && last[0] == '<' && c.comparator[0] == '<' || last != "" && last[0] == '>' && c.comparator[0] == '>' {
			return "constraints include each other"
		}
		if c.comparator != "=" || last == "" || last == "=" {
			last = c.comparator
		}
	}
	return ""
}

// single reports whether the range is one version.
func (s versionSet) single() bool {
	return len(s.constraints) == 1 && s.constraints[0].comparator == "="
}

// openEnded reports whether the range has no upper end.
func (s versionSet) openEnded() bool {
	if s.all {
		return true
	}
	var last constraint
	for _, c := range s.constraints {
		if c.comparator == "!=" {
			continue
		}
		if last.version == "" || s.compare == nil || s.compare(c.version, last.version) >= 0 {
			last = c
		}
	}
	return strings.HasPrefix(last.comparator, ">")
}

// sorted returns the constraints in the order of versions.
func (s versionSet) sorted() []constraint {
	if s.ordered != nil || s.compare == nil {
		return s.ordered
	}
	out := slices.Clone(s.constraints)
	slices.SortStableFunc(out, func(a, b constraint) int { return s.compare(a.version, b.version) })
	return out
}

// contains reports whether a version is in the range.
func (s versionSet) contains(version string) bool {
	if s.all {
		return true
	}
	return s.containsAt(s.sorted(), func(c string) int { return s.compare(version, c) })
}

// containsAt asks for a point that is known by how it compares with versions.
func (s versionSet) containsAt(sorted []constraint, point func(version string) int) bool {
	inside := false
	for _, c := range sorted {
		if point(c.version) == 0 {
			switch c.comparator {
			case "!=":
				return false
			case "=", "<=", ">=":
				return true
			}
		}
	}
	// The bounds are signposts: below the first upper bound and above a lower
	// bound up to the next upper bound is inside.
	first := true
	for _, c := range sorted {
		switch c.comparator[0] {
		case '<':
			if first && point(c.version) < 0 {
				return true
			}
			if inside && point(c.version) < 0 {
				return true
			}
			inside, first = false, false
		case '>':
			inside, first = point(c.version) > 0, false
		}
	}
	return inside
}

// below reports whether the sorted constraints a end before b begin.
func (s versionSet) below(a, b []constraint) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	last, first := a[len(a)-1], b[0]
	return !strings.HasPrefix(last.comparator, ">") && last.comparator != "!=" &&
		!strings.HasPrefix(first.comparator, "<") && first.comparator != "!=" && s.compare(last.version, first.version) < 0
}

// overlaps reports whether two ranges have a version in common. Between two
// different versions there may always be another.
func (s versionSet) overlaps(t versionSet) bool {
	if s.compare == nil || t.compare == nil || s.kind != t.kind && !s.all && !t.all {
		return false
	}
	if s.all || t.all {
		return true
	}
	a, b := s.sorted(), t.sorted()
	if s.below(a, b) || s.below(b, a) {
		return false
	}
	var bounds []string
	for _, c := range append(slices.Clone(a), b...) {
		bounds = append(bounds, c.version)
	}
	slices.SortFunc(bounds, s.compare)
	for _, at := range bounds {
		for _, gap := range []int{-1, 0, 1} { // just below the bound, the bound, just above
			point := func(v string) int {
				if c := s.compare(at, v); c != 0 {
					return c
				}
				return gap
			}
			if s.containsAt(a, point) && t.containsAt(b, point) {
				return true
			}
		}
	}
	return false
}
