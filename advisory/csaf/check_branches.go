package csaf

import "strings"

const (
	productVersion = "product_version"
	versionRange   = "product_version_range"
)

func (r *run) eachBranch(category string, f func(b *branch)) {
	for _, b := range r.branches {
		if b.category == category {
			f(b)
		}
	}
}

func checkVersionRange(r *run) {
	words := []string{"after", "all", "before", "earlier", "later", "prior", "versions"}
	r.eachBranch(productVersion, func(b *branch) {
		name := strings.ToLower(b.name)
		found := strings.ContainsAny(name, "<>")
		for _, w := range words {
			// 2.0 calls it sufficient to look for the text anywhere; its own
			// cases have "after-eight" as a valid name, so it is words as in 2.1.
			found = found || hasWord(name, w)
		}
		if found {
			r.add(b.path()+"/name", "holds a version range")
		}
	})
}

func checkDepth(r *run) {
	for _, p := range r.products {
		if p.branch != nil && p.branch.depth > 30 {
			r.add(p.path(), "the path has more than 30 branches")
		}
	}
}

func checkBranchCategories(r *run) {
	for _, p := range r.products {
		if p.branch == nil {
			continue
		}
		// From the product up, the categories must be met in the reverse order.
		want := []string{productVersion, "product_name", "vendor"}
		for b := p.branch; b != nil && len(want) > 0; b = b.parent {
			if b.category == want[0] {
				want = want[1:]
			}
		}
		if len(want) > 0 {
			r.add(p.path(), "there is no "+want[0]+" at its place in the path to the product")
		}
	}
}

func checkRangeUsed(r *run) {
	r.eachBranch(versionRange, func(b *branch) { r.add(b.path()+"/category", "is product_version_range") })
}

func checkVPrefix(r *run) {
	r.eachBranch(productVersion, func(b *branch) {
		if len(b.name) > 1 && (b.name[0] == 'v' || b.name[0] == 'V') && b.name[1] >= '0' && b.name[1] <= '9' {
			r.add(b.path()+"/name", "the version begins with "+b.name[:1])
		}
	})
}

// onPath calls f for the branches that lead to each product in branches.
func (r *run) onPath(f func(p *product, path []*branch)) {
	var path []*branch
	for _, p := range r.products {
		if p.branch == nil {
			continue
		}
		path = path[:0]
		for b := p.branch; b != nil; b = b.parent {
			path = append(path, b)
		}
		f(p, path)
	}
}

func checkStacked(r *run) {
	reported := map[*branch]bool{}
	r.onPath(func(_ *product, path []*branch) {
		seen := map[string]*branch{}
		for _, b := range path {
			if b.category == "product_family" || b.category == "" {
				continue
			}
			if lower := seen[b.category]; lower != nil && !reported[lower] {
				reported[lower] = true
				r.add(lower.path()+"/category", b.category+" is used more than once in the path")
			}
			seen[b.category] = b
		}
	})
}

func checkVersionAndRange(r *run) {
	reported := map[*branch]bool{}
	r.onPath(func(_ *product, path []*branch) {
		var version, span *branch
		for _, b := range path {
			switch b.category {
			case productVersion:
				version = b
			case versionRange:
				span = b
			}
		}
		if version == nil || span == nil {
			return
		}
		lower := version
		if span.depth > version.depth {
			lower = span
		}
		if !reported[lower] {
			reported[lower] = true
			r.add(lower.path()+"/category", "product_version and product_version_range are in one path")
		}
	})
}

func checkVendorName(r *run) {
	r.eachBranch("vendor", func(b *branch) {
		if strings.EqualFold(strings.Join(strings.Fields(b.name), ""), "opensource") {
			r.add(b.path()+"/name", "is not the name of a vendor")
		}
	})
}
