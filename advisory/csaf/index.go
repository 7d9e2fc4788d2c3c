package csaf

import "github.com/cvdkit/cvdkit/advisory/jsontree"

// index is what many tests ask for, gathered once for each run. Nothing in it
// relies on the structure being right.
type index struct {
	meta     *jsontree.Node // /document
	tree     *jsontree.Node // /product_tree
	vulns    []*jsontree.Node
	branches []*branch  // in the order of the document
	products []*product // full product names, in the order of the document
	byID     map[string]*product
	groups   map[string][]string // product IDs of the first group with an ID
	work     int                 // products that groups were expanded to
}

// branch is an element of branches_t.
type branch struct {
	node     *jsontree.Node
	parent   *branch
	i        int
	depth    int // number of "branches" in the path
	category string
	name     string
	children []*branch
	product  *product
}

func (b *branch) path() string {
	return string(b.appendPath(make([]byte, 0, 160)))
}

func (b *branch) appendPath(p []byte) []byte {
	if b == nil {
		return append(p, "/product_tree"...)
	}
	return jsontree.AppendIndex(append(b.parent.appendPath(p), "/branches"...), b.i)
}

// product is a full_product_name_t.
type product struct {
	node   *jsontree.Node
	id     string
	helper *jsontree.Node
	branch *branch // that holds it, if any
	list   string  // otherwise the list below product_tree
	i      int
	from   *jsontree.Node // the relationship or product path that defines it
}

func (p *product) path() string {
	switch {
	case p.branch != nil:
		return p.branch.path() + "/product"
	case p.from != nil:
		return at("product_tree", p.list, p.i, "full_product_name")
	}
	return at("product_tree", p.list, p.i)
}

func (p *product) helperPath(tokens ...any) string {
	return p.path() + "/product_identification_helper" + at(tokens...)
}

func (x *index) build(root *jsontree.Node) {
	x.meta, x.tree = root.Get("document"), root.Get("product_tree")
	x.vulns = root.Get("vulnerabilities").Items()
	x.byID = map[string]*product{}
	x.groups = map[string][]string{}
	x.walk(x.tree.Get("branches"), nil, 1)
	for i, n := range x.tree.Get("full_product_names").Items() {
		x.addProduct(&product{node: n, list: "full_product_names", i: i})
	}
	for _, list := range []string{"relationships", "product_paths"} {
		for i, n := range x.tree.Get(list).Items() {
			if f := n.Get("full_product_name"); f != nil {
				x.addProduct(&product{node: f, list: list, i: i, from: n})
			}
		}
	}
	for _, g := range x.tree.Get("product_groups").Items() {
		id := g.Text("group_id")
		if _, dup := x.groups[id]; !dup {
			x.groups[id] = texts(g.Get("product_ids"))
		}
	}
}

func (x *index) walk(list *jsontree.Node, parent *branch, depth int) []*branch {
	var siblings []*branch
	for i, n := range list.Items() {
		b := &branch{node: n, parent: parent, i: i, depth: depth, category: n.Text("category"), name: n.Text("name")}
		x.branches = append(x.branches, b)
		siblings = append(siblings, b)
		if f := n.Get("product"); f != nil {
			b.product = x.addProduct(&product{node: f, branch: b})
		}
		b.children = x.walk(n.Get("branches"), b, depth+1)
	}
	return siblings
}

func (x *index) addProduct(p *product) *product {
	p.id = p.node.Text("product_id")
	p.helper = p.node.Get("product_identification_helper")
	x.products = append(x.products, p)
	if _, dup := x.byID[p.id]; !dup && p.node.Has("product_id") {
		x.byID[p.id] = p
	}
	return p
}

// texts returns the strings of an array.
func texts(n *jsontree.Node) []string {
	out := make([]string, 0, n.Len())
	for _, it := range n.Items() {
		if it.Kind() == jsontree.String {
			out = append(out, it.Text())
		}
	}
	return out
}

// covered calls f for each product that an item names, directly or through a
// group.
func (x *index) covered(item *jsontree.Node, f func(id string)) {
	for _, id := range item.Get("product_ids").Items() {
		f(id.Text())
	}
	for _, g := range item.Get("group_ids").Items() {
		ids := x.groups[g.Text()]
		if x.work += len(ids); x.work > maxWork {
			return // the run ends with ErrTooComplex
		}
		for _, id := range ids {
			f(id)
		}
	}
}

// coverage is the set of products that the items name for which keep is true.
func (x *index) coverage(items *jsontree.Node, keep func(*jsontree.Node) bool) map[string]bool {
	set := map[string]bool{}
	for _, it := range items.Items() {
		if keep == nil || keep(it) {
			x.covered(it, func(id string) { set[id] = true })
		}
	}
	return set
}

// statusNames are the members of product_status.
var statusNames = []string{
	"first_affected", "first_fixed", "fixed", "known_affected", "known_not_affected", "last_affected", "recommended",
	"under_investigation", "unknown",
}

// Product status groups (CSAF 2.1, section 3.2.4.11).
const (
	affected     = "Affected"
	notAffected  = "Not affected"
	fixed        = "Fixed"
	underInvest  = "Under investigation"
	unknownGroup = "Unknown"
	recommended  = "Recommended"
)

var statusGroups = map[string]string{
	"first_affected": affected, "known_affected": affected, "last_affected": affected,
	"known_not_affected": notAffected,
	"first_fixed":        fixed, "fixed": fixed,
	"under_investigation": underInvest,
	"unknown":             unknownGroup,
	"recommended":         recommended,
}

// eachStatus calls f for each product in the status members with the names, or
// in all of them.
func eachStatus(vuln *jsontree.Node, names []string, f func(status string, i int, id string)) {
	status := vuln.Get("product_status")
	for _, name := range names {
		for i, it := range status.Get(name).Items() {
			f(name, i, it.Text())
		}
	}
}
