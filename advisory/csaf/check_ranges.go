package csaf

import "strings"

func (r *run) eachRange(f func(b *branch, set versionSet, fault string)) {
	r.eachBranch(versionRange, func(b *branch) {
		set, fault := parseRange(b.name)
		f(b, set, fault)
	})
}

func checkRangeRules(r *run) {
	r.eachRange(func(b *branch, set versionSet, fault string) {
		if set.kind != "" && !set.all && set.compare == nil {
			r.unsupported("VERS type " + set.kind)
		}
		if fault != "" {
			r.add(b.path()+"/name", fault)
		}
	})
}

func checkSingleVersion(r *run) {
	r.eachRange(func(b *branch, set versionSet, fault string) {
		if fault == "" && set.single() {
			r.add(b.path()+"/name", "the range is a single version")
		}
	})
}

func checkOpenEnded(r *run) {
	r.eachRange(func(b *branch, set versionSet, fault string) {
		if fault == "" && set.openEnded() {
			r.add(b.path()+"/name", "the range has no upper end")
		}
	})
}

// isVERSLike is the expression of test 6.2.18.
var isVERSLike = pattern(`^vers:[a-z\.\-\+][a-z0-9\.\-\+]*/.+`)

func checkRangeWithoutVERS(r *run) {
	r.eachBranch(versionRange, func(b *branch) {
		if !isVERSLike(b.name) {
			r.add(b.path()+"/name", "is no VERS; check carefully whether VERS can be used or the versions can be enumerated, vls is a fallback only")
		}
	})
}

func checkUnknownVERS(r *run) {
	r.eachBranch(versionRange, func(b *branch) {
		rest, ok := strings.CutPrefix(b.name, "vers:")
		kind, _, slash := strings.Cut(rest, "/")
		if !ok || !slash || kind == "all" || kind == "none" {
			return
		}
		switch registered := hasWord(registeredVERS, kind); {
		case !registered && versOrders[kind] == nil:
			r.add(b.path()+"/name", "the VERS type "+quote(kind)+" is neither registered nor supported")
		case !registered:
			r.add(b.path()+"/name", "the VERS type "+quote(kind)+" is supported, but not registered")
		case versOrders[kind] == nil:
			r.add(b.path()+"/name", "the VERS type "+quote(kind)+" is registered, but not supported")
		}
	})
}

// sibling is a branch with a version or a range.
type sibling struct {
	*branch
	set    versionSet
	usable bool // the range is well-formed and its order is known
}

// overlap is a pair of siblings: a range and one that overlaps with it.
type overlap struct{ span, other *branch }

// overlapping returns the pairs among the children of each branch that accept
// takes.
func (r *run) overlapping(accept func(span, other sibling) bool) []overlap {
	var out []overlap
	groups := map[*branch][]sibling{}
	var order []*branch // parents with a range below
	for _, b := range r.branches {
		if b.category != versionRange && b.category != productVersion {
			continue
		}
		s := sibling{branch: b}
		if b.category == versionRange {
			set, fault := parseRange(b.name)
			s.set, s.usable = set, fault == "" && (set.compare != nil || set.all)
			if len(order) == 0 || order[len(order)-1] != b.parent {
				order = append(order, b.parent)
			}
		}
		groups[b.parent] = append(groups[b.parent], s)
	}
	seen := map[*branch]bool{}
	for _, parent := range order {
		if seen[parent] {
			continue
		}
		seen[parent] = true
		for _, span := range groups[parent] {
			if !span.usable {
				continue
			}
			for _, other := range groups[parent] {
				if r.work += 1 + len(span.set.constraints) + len(other.set.constraints); r.work > maxWork {
					return nil // the run ends with ErrTooComplex
				}
				if other.branch != span.branch && accept(span, other) {
					out = append(out, overlap{span.branch, other.branch})
				}
			}
		}
	}
	return out
}

func overlapsRange(vers bool) func(span, other sibling) bool {
	return func(span, other sibling) bool {
		return other.usable && (other.set.kind != "") == vers && span.set.overlaps(other.set)
	}
}

func overlapsVersion(span, other sibling) bool {
	return other.category == productVersion && span.set.contains(other.name)
}

// products returns the IDs of the products at or below a branch.
func (b *branch) products(out []string) []string {
	if b.product != nil {
		out = append(out, b.product.id)
	}
	for _, c := range b.children {
		out = c.products(out)
	}
	return out
}

// overlapStatus compares the status groups of overlapping siblings: the same
// group, or contradicting ones.
func overlapStatus(accept func(span, other sibling) bool, same bool) func(*run) {
	return func(r *run) {
		if len(r.vulns) == 0 {
			return
		}
		pairs := r.overlapping(func(s, o sibling) bool { return o.product != nil && accept(s, o) })
		if len(pairs) == 0 {
			return
		}
		contradicting := map[string]bool{affected: true, notAffected: true, fixed: true, underInvest: true, unknownGroup: true}
		for vi, v := range r.vulns {
			groups := map[string]map[string]bool{}
			eachStatus(v, statusNames, func(status string, _ int, id string) {
				if groups[id] == nil {
					groups[id] = map[string]bool{}
				}
				groups[id][statusGroups[status]] = true
			})
			if !r.conflict(pairs, groups, contradicting, same) {
				continue
			}
			r.add(at("vulnerabilities", vi, "product_status"), "overlapping version ranges or versions are in "+
				map[bool]string{true: "the same group", false: "contradicting groups"}[same])
		}
	}
}

func (r *run) conflict(pairs []overlap, groups map[string]map[string]bool, contradicting map[string]bool, same bool) bool {
	for _, p := range pairs {
		ids := p.span.products(nil)
		if r.work += 1 + len(ids); r.work > maxWork {
			return false // the run ends with ErrTooComplex
		}
		for _, id := range ids {
			for g := range groups[id] {
				for h := range groups[p.other.product.id] {
					if same && g == h || !same && g != h && contradicting[g] && contradicting[h] {
						return true
					}
				}
			}
		}
	}
	return false
}

func checkOverlapBranch(r *run) {
	r.overlapInBranch(func(s, o sibling) bool {
		return overlapsRange(true)(s, o) || overlapsRange(false)(s, o)
	})
}

func checkOverlapVersionBranch(r *run) { r.overlapInBranch(overlapsVersion) }

func (r *run) overlapInBranch(accept func(span, other sibling) bool) {
	reported := map[*branch]bool{}
	for _, p := range r.overlapping(func(s, o sibling) bool { return len(o.children) > 0 && accept(s, o) }) {
		if !reported[p.span] {
			reported[p.span] = true
			r.add(p.span.path()+"/name", "the range overlaps with a sibling")
		}
	}
}
