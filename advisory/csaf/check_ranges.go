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
type overlap struct{ span, other sibling }

// overlapping returns the pairs among the children of each branch. Eight tests
// ask, so they are found once for each run.
func (r *run) overlapping() []overlap {
	if r.overlapsDone {
		return r.overlaps
	}
	r.overlapsDone = true
	groups := map[*branch][]sibling{}
	var parents []*branch // with a range below
	known := map[*branch]bool{}
	for _, b := range r.branches {
		if b.category != versionRange && b.category != productVersion {
			continue
		}
		s := sibling{branch: b}
		if b.category == versionRange {
			set, fault := parseRange(b.name)
			set.ordered = set.sorted()
			s.set, s.usable = set, fault == "" && (set.compare != nil || set.all)
			if !known[b.parent] {
				known[b.parent] = true
				parents = append(parents, b.parent)
			}
		}
		groups[b.parent] = append(groups[b.parent], s)
	}
	for _, parent := range parents {
		for _, span := range groups[parent] {
			if !span.usable {
				continue
			}
			for _, other := range groups[parent] {
				n := 2 + len(span.set.constraints) + len(other.set.constraints)
				if r.work += n * n; r.work > maxWork {
					return nil // the run ends with ErrTooComplex
				}
				if other.branch != span.branch && span.overlaps(other) {
					r.overlaps = append(r.overlaps, overlap{span, other})
				}
			}
		}
	}
	return r.overlaps
}

func (s sibling) overlaps(other sibling) bool {
	if other.category == productVersion {
		return s.set.contains(other.name)
	}
	return other.usable && s.set.overlaps(other.set)
}

func isVERS(s sibling) bool       { return s.category == versionRange && s.set.kind != "" }
func isVLS(s sibling) bool        { return s.category == versionRange && s.set.kind == "" }
func isOneVersion(s sibling) bool { return s.category == productVersion }
func isRange(s sibling) bool      { return s.category == versionRange }

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
func overlapStatus(accept func(sibling) bool, same bool) func(*run) {
	return func(r *run) {
		if len(r.vulns) == 0 {
			return
		}
		var pairs []overlap
		for _, p := range r.overlapping() {
			if p.other.product != nil && accept(p.other) {
				pairs = append(pairs, p)
			}
		}
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

func checkOverlapBranch(r *run)        { r.overlapInBranch(isRange) }
func checkOverlapVersionBranch(r *run) { r.overlapInBranch(isOneVersion) }

func (r *run) overlapInBranch(accept func(sibling) bool) {
	reported := map[*branch]bool{}
	for _, p := range r.overlapping() {
		if len(p.other.children) > 0 && accept(p.other) && !reported[p.span.branch] {
			reported[p.span.branch] = true
			r.add(p.span.path()+"/name", "the range overlaps with a sibling")
		}
	}
}
