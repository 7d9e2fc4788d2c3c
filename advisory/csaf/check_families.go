package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// familyKey is equal for versions of one product: the branches that hold them
// differ in versions only, or they are product paths that begin with versions
// of one product and go on alike. Outside of branches nothing says what a
// product is a version of, so all such products share a key.
func (r *run) familyKey(p *product) string {
	switch {
	case p.from != nil:
		base := r.byID[p.from.Text("beginning_product_reference")]
		if base == nil || base.from != nil { // tests 6.1.1, 6.1.3 and 6.3.22
			return "path\x00" + p.id
		}
		return "path\x00" + r.familyKey(base) + subpathKey(p.from.Get("subpaths").Items())
	case p.branch == nil:
		return ""
	}
	return family(p.branch)
}

func subpathKey(subpaths []*jsontree.Node) string {
	var s strings.Builder
	for _, n := range subpaths {
		s.WriteString(n.Text("category") + "\x00" + n.Text("next_product_reference") + "\x00")
	}
	return s.String()
}

// family names a product by its branches without versions.
func family(b *branch) string {
	var s strings.Builder
	for ; b != nil; b = b.parent {
		switch b.category {
		case "product_version", "product_version_range", "patch_level", "service_pack":
		default:
			s.WriteString(b.category + "\x00" + b.name + "\x00")
		}
	}
	return s.String()
}

var (
	affectedNames = []string{"first_affected", "known_affected", "last_affected"}
	fixedNames    = []string{"first_fixed", "fixed"}
)

// families returns the keys and the IDs of the products with the statuses.
func (r *run) families(vuln *jsontree.Node, names []string) (keys, ids map[string]bool) {
	keys, ids = map[string]bool{}, map[string]bool{}
	eachStatus(vuln, names, func(_ string, _ int, id string) {
		if p := r.byID[id]; p != nil {
			keys[r.familyKey(p)] = true
			ids[id] = true
		}
	})
	return keys, ids
}

func checkCorrespondingAffected(r *run) {
	before, _ := r.installedWith()
	for vi, v := range r.vulns {
		keys, ids := r.families(v, affectedNames)
		eachStatus(v, fixedNames, func(status string, i int, id string) {
			p := r.byID[id]
			if p == nil || keys[r.familyKey(p)] || anyOf(before[id], ids) { // an unknown product is test 6.1.1
				return
			}
			r.add(at("vulnerabilities", vi, "product_status", status, i), "no corresponding version of the product "+quote(id)+" is listed as affected")
		})
	}
}

func checkMissingFixed(r *run) {
	_, after := r.installedWith()
	for vi, v := range r.vulns {
		none := r.coverage(v.Get("remediations"), func(n *jsontree.Node) bool {
			return hasWord("fix_planned no_fix_planned none_available", n.Text("category"))
		})
		keys, ids := r.families(v, fixedNames)
		eachStatus(v, affectedNames, func(status string, i int, id string) {
			p := r.byID[id]
			if p == nil || none[id] || keys[r.familyKey(p)] || anyOf(after[id], ids) {
				return
			}
			r.add(at("vulnerabilities", vi, "product_status", status, i), "no corresponding version of the product "+quote(id)+" is listed as fixed")
		})
	}
}

func anyOf(list []string, set map[string]bool) bool {
	for _, s := range list {
		if set[s] {
			return true
		}
	}
	return false
}

// installedWith relates products that are installed with another, and the
// product paths that say so, to what stands before that relation, and back.
func (r *run) installedWith() (before, after map[string][]string) {
	before, after = map[string][]string{}, map[string][]string{}
	paths := map[string]string{} // product paths by beginning and subpaths
	for _, p := range r.products {
		if n := p.from.Get("subpaths"); n != nil {
			paths[p.from.Text("beginning_product_reference")+"\x00"+subpathKey(n.Items())] = p.id
		}
	}
	relate := func(id, earlier string) {
		before[id] = append(before[id], earlier)
		after[earlier] = append(after[earlier], id)
	}
	for _, p := range r.products {
		subpaths := p.from.Get("subpaths").Items()
		for i, s := range subpaths {
			if s.Text("category") != "installed_with" {
				continue
			}
			earlier := p.from.Text("beginning_product_reference")
			if i > 0 {
				earlier = paths[earlier+"\x00"+subpathKey(subpaths[:i])]
			}
			if earlier != "" {
				relate(p.id, earlier)
				relate(s.Text("next_product_reference"), earlier)
			}
			break
		}
	}
	return before, after
}
