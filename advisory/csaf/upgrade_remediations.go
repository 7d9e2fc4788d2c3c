package csaf

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// remediations applies the rules about categories that CSAF 2.1 keeps apart.
// Products that a rule moves are named directly; a remediation whose products
// all stay keeps its groups.
func (u *upgrade) remediations(v *jsontree.Node, path string) {
	list := v.Get("remediations")
	if list == nil {
		return
	}
	done := map[string]bool{} // products that need no fix
	eachStatus(v, []string{"known_not_affected", "first_fixed", "fixed"}, func(_ string, _ int, id string) { done[id] = true })

	out := jsontree.NewArray()
	var origin []int
	for i, rem := range list.Items() {
		if rem.Text("category") != "vendor_fix" {
			out.Append(rem)
			origin = append(origin, i)
			continue
		}
		stay, move := u.divide(rem, func(id string) bool { return done[id] })
		if len(move) == 0 {
			out.Append(rem)
			origin = append(origin, i)
			continue
		}
		u.warn(path+at("remediations", i), strings.Join(move, ", "), "for these products the category vendor_fix became optional_patch")
		if len(stay) > 0 {
			out.Append(withProducts(rem, stay, "vendor_fix"))
			origin = append(origin, i)
		}
		out.Append(withProducts(rem, move, "optional_patch"))
		origin = append(origin, i)
	}
	out, origin = u.noneAvailable(out, origin, path)
	u.fixesToCome(out, origin, v, path)
	u.resolve(v, path)
}

// divide splits the products of a remediation.
func (u *upgrade) divide(rem *jsontree.Node, f func(id string) bool) (no, yes []string) {
	seen := map[string]bool{}
	u.covered(rem, func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		if f(id) {
			yes = append(yes, id)
		} else {
			no = append(no, id)
		}
	})
	return no, yes
}

func withProducts(rem *jsontree.Node, ids []string, category string) *jsontree.Node {
	c := rem.Clone()
	c.Set("category", jsontree.NewString(category))
	c.Set("product_ids", jsontree.NewStrings(ids...))
	c.Delete("group_ids")
	return c
}

// noneAvailable resolves products with none_available that have a vendor fix:
// one that is there makes the first wrong, one to come makes it fix_planned.
func (u *upgrade) noneAvailable(list *jsontree.Node, origin []int, path string) (*jsontree.Node, []int) {
	there, toCome := map[string]bool{}, map[string]bool{}
	for _, rem := range list.Items() {
		if rem.Text("category") != "vendor_fix" {
			continue
		}
		set := toCome
		if d, ok := instant.Parse(rem.Text("date")); ok && !d.Time().After(u.Now) {
			set = there
		}
		u.covered(rem, func(id string) { set[id] = true })
	}
	if len(there)+len(toCome) == 0 {
		return list, origin
	}
	out := jsontree.NewArray()
	var from []int
	keep := func(n *jsontree.Node, i int) {
		out.Append(n)
		from = append(from, origin[i])
	}
	for i, rem := range list.Items() {
		if rem.Text("category") != "none_available" {
			keep(rem, i)
			continue
		}
		var stay, plan, gone []string
		stay, _ = u.divide(rem, func(id string) bool { return there[id] || toCome[id] })
		_, gone = u.divide(rem, func(id string) bool { return there[id] })
		_, plan = u.divide(rem, func(id string) bool { return toCome[id] && !there[id] })
		if len(plan)+len(gone) == 0 {
			keep(rem, i)
			continue
		}
		where := path + at("remediations", origin[i])
		if len(gone) > 0 {
			u.warn(where, strings.Join(gone, ", "), "a fix is available for these products; they were removed from none_available")
		}
		if len(stay) > 0 {
			keep(withProducts(rem, stay, "none_available"), i)
		}
		if len(plan) > 0 {
			u.warn(where, strings.Join(plan, ", "), "for these products the category none_available became fix_planned")
			keep(withProducts(rem, plan, "fix_planned"), i)
		}
	}
	return out, from
}

// fixesToCome removes products that are fix_planned now from the vendor fixes,
// and stores the list.
func (u *upgrade) fixesToCome(list *jsontree.Node, origin []int, v *jsontree.Node, path string) {
	planned := u.coverage(list, func(n *jsontree.Node) bool { return n.Text("category") == "fix_planned" })
	out := jsontree.NewArray()
	for i, rem := range list.Items() {
		if rem.Text("category") == "vendor_fix" {
			stay, gone := u.divide(rem, func(id string) bool { return planned[id] })
			if len(gone) > 0 {
				u.warn(path+at("remediations", origin[i]), strings.Join(gone, ", "), "the fix is planned for these products; they were removed from vendor_fix")
				if len(stay) > 0 {
					out.Append(withProducts(rem, stay, "vendor_fix"))
				}
				continue
			}
		}
		out.Append(rem)
	}
	if out.Len() == 0 {
		v.Delete("remediations")
	} else {
		v.Set("remediations", out)
	}
}

// The tests that a document must pass to keep or take a profile.
var (
	advisoryTests   = []string{"6.1.27.4", "6.1.27.5", "6.1.27.6", "6.1.27.11", "6.1.27.12", "6.1.27.13"}
	withdrawnTests  = []string{"6.1.27.3", "6.1.27.14", "6.1.27.15", "6.1.27.16", "6.1.27.17"}
	supersededTests = []string{"6.1.27.3", "6.1.27.14", "6.1.27.15", "6.1.27.16", "6.1.27.18", "6.1.27.19"}
)

// profile sets the category of the result.
func (u *upgrade) profile(out *Document) {
	const path = "/document/category"
	category := u.meta.Text("category")
	set := func(c string) { u.meta.Set("category", jsontree.NewString(c)) }
	if category == "csaf_security_advisory" {
		u.addFixed()
		u.refresh()
		if !passes(out, advisoryTests...) {
			set("csaf_deprecated_security_advisory")
			u.warn(path, category, "the document does not have what the profile needs in CSAF 2.1; it got the deprecated one")
		}
		return
	}
	if lang, _, _ := strings.Cut(u.meta.Text("lang"), "-"); lang != "" && !strings.EqualFold(lang, "en") {
		return
	}
	for _, p := range []struct {
		word, profile string
		tests         []string
	}{{"Superseded", "csaf_superseded", supersededTests}, {"Withdrawn", "csaf_withdrawn", withdrawnTests}} {
		if !strings.HasPrefix(u.meta.Text("title"), p.word) && !strings.EqualFold(category, p.word) {
			continue
		}
		if set(p.profile); !passes(out, p.tests...) {
			set(category)
			u.warn(path, category, "the document may be "+strings.ToLower(p.word)+", but does not have what the profile "+p.profile+" needs")
		}
		return
	}
}

// addFixed adds the version that ends an affected range, which is not affected
// any more, as a fixed product.
func (u *upgrade) addFixed() {
	affectedIn := map[string][]int{}
	for i, v := range u.vulns {
		eachStatus(v, affectedNames, func(_ string, _ int, id string) { affectedIn[id] = append(affectedIn[id], i) })
	}
	for _, b := range slices.Clone(u.branches) {
		if u.work > maxWork {
			return
		}
		if b.category != versionRange || b.product == nil || affectedIn[b.product.id] == nil {
			continue
		}
		set, fault := parseRange(b.name)
		n := len(set.constraints)
		if fault != "" || n == 0 || set.constraints[n-1].comparator != "<" {
			continue
		}
		id, path := u.fixedProduct(b, set.constraints[n-1].version)
		for _, i := range affectedIn[b.product.id] {
			status := u.vulns[i].Get("product_status")
			list := status.Get("fixed")
			if list == nil {
				list = jsontree.NewArray()
				status.Set("fixed", list)
			}
			if u.work += list.Len(); u.work > maxWork {
				return
			}
			if !slices.Contains(texts(list), id) {
				list.Append(jsontree.NewString(id))
				u.warn(at("vulnerabilities", i), id, "the product that ends the range at "+path+" was added as fixed")
			}
		}
	}
}

// fixedProduct finds or adds a sibling of a range for one version.
func (u *upgrade) fixedProduct(b *branch, version string) (id, path string) {
	owner := u.tree20()
	if b.parent != nil {
		owner = b.parent.node
	}
	list := owner.Get("branches")
	u.work += list.Len()
	for _, n := range list.Items() {
		if n.Text("category") == productVersion && n.Text("name") == version && n.Has("product") {
			return n.Text("product", "product_id"), b.path()
		}
	}
	for id = "CSAFPID-FIXED-" + version; u.byID[id] != nil; id += "-1" {
	}
	var names []string
	for p := b.parent; p != nil; p = p.parent {
		if p.category == "product_name" || p.category == "vendor" {
			names = append([]string{p.name}, names...)
		}
	}
	name := strings.Join(append(names, version), " ")
	node := jsontree.NewObject(
		jsontree.Member{Name: "name", Value: jsontree.NewString(name)},
		jsontree.Member{Name: "product_id", Value: jsontree.NewString(id)},
	)
	list.Append(jsontree.NewObject(
		jsontree.Member{Name: "category", Value: jsontree.NewString(productVersion)},
		jsontree.Member{Name: "name", Value: jsontree.NewString(version)},
		jsontree.Member{Name: "product", Value: node},
	))
	u.byID[id] = &product{node: node, id: id}
	return id, b.path()
}
