package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// tree converts the product tree but for the relationships.
func (u *upgrade) tree() {
	for _, b := range u.branches {
		if b.category == "legacy" {
			b.node.Set("category", jsontree.NewString("product_name"))
			u.warn(b.path()+"/category", "legacy", "the category does not exist in CSAF 2.1; it was replaced by product_name")
		}
	}
	u.ranges()
	u.refresh()
	u.stacked()
	u.refresh()
	u.versionAndRange()
	u.refresh()
	for _, b := range u.branches {
		if b.category == versionRange {
			u.span(b)
		}
	}
	u.refresh()
	for _, p := range u.products {
		u.helper(p)
	}
}

// leaves calls f for the branches from the root to each product.
func (u *upgrade) leaves(f func(path []*branch)) {
	for _, p := range u.products {
		var path []*branch
		for b := p.branch; b != nil; b = b.parent {
			path = append([]*branch{b}, path...)
		}
		if path != nil {
			f(path)
		}
	}
}

func repeated(path []*branch) string {
	seen := map[string]bool{}
	for _, b := range path {
		if b.category != "product_family" && seen[b.category] {
			return b.category
		}
		seen[b.category] = true
	}
	return ""
}

// stacked resolves categories that occur more than once in a path. First
// vendors that are none are taken out, with the branches below them moved up,
// then a product version that stands for a product is renamed.
func (u *upgrade) stacked() {
	type fault struct{ path, category string }
	var faults []fault
	u.leaves(func(path []*branch) {
		if c := repeated(path); c != "" {
			faults = append(faults, fault{path[len(path)-1].path(), c})
		}
	})
	if len(faults) == 0 {
		return
	}
	drop := map[*branch]bool{}
	u.leaves(func(path []*branch) {
		if repeated(path) != "vendor" {
			return
		}
		for _, b := range path {
			if b.category == "vendor" && hasWord("opensource noassertion undefined unknown", squeeze(b.name)) && b.node.Has("branches") {
				drop[b] = true
			}
		}
	})
	u.lift(drop)
	u.refresh()
	u.leaves(func(path []*branch) {
		if repeated(path) == productVersion {
			promote(path, false)
		}
	})
	u.refresh()
	left := map[string]bool{}
	u.leaves(func(path []*branch) {
		if c := repeated(path); c != "" {
			left[c] = true
		}
	})
	for _, f := range faults {
		if left[f.category] {
			u.fail(f.path, f.category, "the category is stacked in the path, which could not be resolved")
		} else {
			u.warn(f.path, f.category, "the category was stacked in the path; this was resolved")
		}
	}
}

// lift replaces branches by the branches below them.
func (u *upgrade) lift(drop map[*branch]bool) {
	for i := len(u.branches) - 1; i >= 0; i-- { // children first
		b := u.branches[i]
		if !drop[b] {
			continue
		}
		owner := u.tree20()
		if b.parent != nil {
			owner = b.parent.node
		}
		list := jsontree.NewArray()
		for _, n := range owner.Get("branches").Items() {
			if n == b.node {
				list.Append(n.Get("branches").Items()...)
			} else {
				list.Append(n)
			}
		}
		owner.Set("branches", list)
	}
}

// promote turns the first product version of a path into a product name, and
// the product name before it into a family. With families it also takes a
// version that follows a family.
func promote(path []*branch, families bool) bool {
	for i, b := range path {
		if b.node.Text("category") != productVersion {
			continue
		}
		if i == 0 {
			return false
		}
		before := path[i-1].node
		switch c := before.Text("category"); {
		case c == "product_name":
			before.Set("category", jsontree.NewString("product_family"))
		case c != "product_family" || !families:
			return false
		}
		b.node.Set("category", jsontree.NewString("product_name"))
		b.node.Set("name", jsontree.NewString(before.Text("name")+" "+b.node.Text("name")))
		return true
	}
	return false
}

// versionAndRange resolves paths with a product version before a range.
func (u *upgrade) versionAndRange() {
	u.leaves(func(path []*branch) {
		version, span := -1, -1
		for i, b := range path {
			switch b.node.Text("category") { // the branches before may be done already
			case productVersion:
				version = i
			case versionRange:
				span = i
			}
		}
		if version < 0 || span < 0 {
			return
		}
		at, value := path[len(path)-1].path(), path[version].node.Text("name")
		if version < span && promote(path, true) {
			u.warn(at, value, "product_version and product_version_range were in one path; this was resolved")
		} else {
			u.fail(at, value, "product_version and product_version_range are in one path, which could not be resolved")
		}
	})
}

// span converts a range that is open upwards or a single version.
func (u *upgrade) span(b *branch) {
	set, fault := parseRange(b.name)
	if fault != "" {
		return // not understood; test 6.1.50 of the result names it
	}
	path := b.path() + "/name"
	toVersion := func(name string) {
		b.node.Set("category", jsontree.NewString(productVersion))
		b.node.Set("name", jsontree.NewString(name))
	}
	n := len(set.constraints)
	switch {
	case set.single():
		name := b.name
		if set.kind != "" {
			name = set.constraints[0].version
		}
		toVersion(name)
		u.warn(path, b.name, "the range was a single version; it is a product_version now")
	case !set.openEnded() || set.all:
	case n == 1:
		toVersion(set.constraints[0].version)
		u.warn(path, b.name, "the range was open upwards; it is the product_version that it began with now")
	case set.constraints[n-1].comparator == ">=":
		at := strings.LastIndex(b.name, ">=")
		b.node.Set("name", jsontree.NewString(b.name[:at]+b.name[at+2:]))
		u.warn(path, b.name, "the range was open upwards; it ends with the version that its last part began with now")
	default:
		u.fail(path, b.name, "the range is open upwards, which could not be resolved")
	}
}
