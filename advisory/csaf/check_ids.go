package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

var statusPlaces = func() []string {
	var out []string
	for _, s := range statusNames {
		out = append(out, "/vulnerabilities[]/product_status/"+s+"[]")
	}
	return out
}()

// productRefs and groupRefs are the places that refer to products and groups. A
// place that only one version has is never found in the other.
var (
	productRefs20 = where(append([]string{
		"/product_tree/product_groups[]/product_ids[]",
		"/product_tree/relationships[]/product_reference",
		"/product_tree/relationships[]/relates_to_product_reference",
		"/vulnerabilities[]/flags[]/product_ids[]",
		"/vulnerabilities[]/remediations[]/product_ids[]",
		"/vulnerabilities[]/scores[]/products[]",
		"/vulnerabilities[]/threats[]/product_ids[]",
	}, statusPlaces...)...)
	productRefs21 = where(append([]string{
		"/document/notes[]/product_ids[]",
		"/product_tree/product_groups[]/product_ids[]",
		"/product_tree/product_paths[]/beginning_product_reference",
		"/product_tree/product_paths[]/subpaths[]/next_product_reference",
		"/vulnerabilities[]/first_known_exploitation_dates[]/product_ids[]",
		"/vulnerabilities[]/flags[]/product_ids[]",
		"/vulnerabilities[]/ids[]/product_ids[]",
		"/vulnerabilities[]/involvements[]/product_ids[]",
		"/vulnerabilities[]/metrics[]/products[]",
		"/vulnerabilities[]/notes[]/product_ids[]",
		"/vulnerabilities[]/remediations[]/product_ids[]",
		"/vulnerabilities[]/threats[]/product_ids[]",
	}, statusPlaces...)...)
	groupRefs20 = where(
		"/vulnerabilities[]/flags[]/group_ids[]",
		"/vulnerabilities[]/remediations[]/group_ids[]",
		"/vulnerabilities[]/threats[]/group_ids[]",
	)
	groupRefs21 = where(
		"/document/notes[]/group_ids[]",
		"/vulnerabilities[]/first_known_exploitation_dates[]/group_ids[]",
		"/vulnerabilities[]/flags[]/group_ids[]",
		"/vulnerabilities[]/ids[]/group_ids[]",
		"/vulnerabilities[]/involvements[]/group_ids[]",
		"/vulnerabilities[]/notes[]/group_ids[]",
		"/vulnerabilities[]/remediations[]/group_ids[]",
		"/vulnerabilities[]/threats[]/group_ids[]",
	)
)

func (r *run) productRefs() places {
	if r.spec.AtLeast(V21) {
		return productRefs21
	}
	return productRefs20
}

func (r *run) groupRefs() places {
	if r.spec.AtLeast(V21) {
		return groupRefs21
	}
	return groupRefs20
}

func checkMissingProduct(r *run) {
	r.each(r.productRefs(), func(n *jsontree.Node, s *spot) {
		if n.Kind() == jsontree.String && r.byID[n.Text()] == nil {
			r.add(s.path(), "the product "+quote(n.Text())+" is not defined")
		}
	})
}

func checkMultipleProduct(r *run) {
	for _, p := range r.products {
		if p.node.Has("product_id") && r.byID[p.id] != p {
			r.add(p.path()+"/product_id", "the product "+quote(p.id)+" is defined more than once")
		}
	}
}

// references returns the products that a relationship or product path names.
func references(from *jsontree.Node) []string {
	var out []string
	for _, m := range []string{"product_reference", "relates_to_product_reference", "beginning_product_reference"} {
		if from.Has(m) {
			out = append(out, from.Text(m))
		}
	}
	for _, s := range from.Get("subpaths").Items() {
		out = append(out, s.Text("next_product_reference"))
	}
	return out
}

// checkCircular follows the references of defined products, each product once.
func checkCircular(r *run) {
	const (
		open = 1
		done = 2
	)
	state := map[string]int{}
	edges := map[string][]string{}
	for _, p := range r.products {
		if p.from != nil {
			edges[p.id] = append(edges[p.id], references(p.from)...)
		}
	}
	var circular func(id string) bool
	circular = func(id string) bool {
		if state[id] != 0 {
			return state[id] == open
		}
		state[id] = open
		found := false
		for _, next := range edges[id] {
			if edges[next] != nil && circular(next) {
				found = true
			}
		}
		state[id] = done
		return found
	}
	for _, p := range r.products {
		if p.from != nil && state[p.id] == 0 && circular(p.id) {
			r.add(p.path()+"/product_id", "the definition of the product "+quote(p.id)+" ends in a circle")
		}
	}
}

func checkMissingGroup(r *run) {
	r.each(r.groupRefs(), func(n *jsontree.Node, s *spot) {
		if _, ok := r.groups[n.Text()]; !ok && n.Kind() == jsontree.String {
			r.add(s.path(), "the product group "+quote(n.Text())+" is not defined")
		}
	})
}

func checkMultipleGroup(r *run) {
	seen := map[string]bool{}
	for i, g := range r.tree.Get("product_groups").Items() {
		if id := g.Text("group_id"); g.Has("group_id") {
			if seen[id] {
				r.add(at("product_tree", "product_groups", i, "group_id"), "the product group "+quote(id)+" is defined more than once")
			}
			seen[id] = true
		}
	}
}

func checkUnusedProduct(r *run) {
	if r.is("csaf_informational_advisory") {
		return
	}
	used := map[string]bool{}
	r.each(r.productRefs(), func(n *jsontree.Node, _ *spot) { used[n.Text()] = true })
	for _, p := range r.products {
		if p.node.Has("product_id") && !used[p.id] {
			r.add(p.path()+"/product_id", "the product "+quote(p.id)+" is never used")
		}
	}
}

// quote shortens what a document says, for messages.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return "“" + s + "”"
}
