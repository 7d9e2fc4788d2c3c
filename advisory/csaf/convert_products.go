package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// treeNode is a branch while the tree is built.
type treeNode struct {
	advisory.Branch
	product  *jsontree.Node
	children []*treeNode
}

// tree writes the products: those with a vendor or a name as branches, combinations
// as relationships (2.0) or product paths (2.1), all others as full product names.
func (w *writer) tree() *jsontree.Node {
	top := &treeNode{}
	var names, paths []*jsontree.Node
	for i := range w.a.Products {
		p := &w.a.Products[i]
		at := advisory.At("products", i)
		full := w.fullName(at, p)
		w.losses.If(p.Ecosystem != "", at+"/ecosystem", notInCSAF)
		w.losses.If(p.Package != "", at+"/package", notInCSAF)
		w.losses.If(p.Repo != "", at+"/repo", notInCSAF)
		branches := p.Branches
		if len(branches) == 0 {
			branches = canonicalPath(p)
		}
		switch {
		case p.Of != "" && (w.v21 || len(p.Steps) == 1):
			w.losses.If(len(branches) > 0, at, "a combination has no vendor, name and version of its own in CSAF")
			paths = append(paths, w.combination(p, full))
		case len(branches) > 0:
			w.losses.If(p.Of != "", at+"/steps", notIn20)
			top.add(branches, full)
		default:
			w.losses.If(p.Of != "", at+"/steps", notIn20)
			w.losses.If(p.Version != "", at+"/version", "CSAF says the version of a product without vendor and name in its title only")
			w.losses.If(!p.Range.IsZero(), at+"/range", "CSAF says the range of a product without vendor and name in its title only")
			names = append(names, full)
		}
	}
	combined := "relationships"
	if w.v21 {
		combined = "product_paths"
	}
	return wire.Object(
		wire.List("branches", top.nodes()), wire.List("full_product_names", names), wire.List(combined, paths))
}

// canonicalPath is the path of a product that is vendor, name and version.
func canonicalPath(p *advisory.Product) []advisory.Branch {
	if p.Vendor == "" && p.Name == "" {
		return nil
	}
	var out []advisory.Branch
	for _, b := range []advisory.Branch{
		{Category: "vendor", Name: p.Vendor}, {Category: "product_name", Name: p.Name},
		{Category: "product_version", Name: p.Version}, {Category: "product_version_range", Name: p.Range.String()},
	} {
		if b.Name != "" {
			out = append(out, b)
		}
	}
	return out
}

// add puts a product at the end of a path. Levels of the same category and name are
// shared, but a level has either a product or further levels.
func (t *treeNode) add(path []advisory.Branch, product *jsontree.Node) {
	if len(path) == 0 {
		t.product = product
		return
	}
	var next *treeNode
	if len(path) > 1 {
		for _, c := range t.children {
			if c.Branch == path[0] && c.product == nil {
				next = c
			}
		}
	}
	if next == nil {
		next = &treeNode{Branch: path[0]}
		t.children = append(t.children, next)
	}
	next.add(path[1:], product)
}

func (t *treeNode) nodes() []*jsontree.Node {
	var out []*jsontree.Node
	for _, c := range t.children {
		out = append(out, wire.Object(
			wire.List("branches", c.nodes()), wire.Text("category", c.Category), wire.Text("name", c.Name),
			wire.Node("product", c.product)))
	}
	return out
}

func (w *writer) fullName(path string, p *advisory.Product) *jsontree.Node {
	w.losses.If(p.Title == "", path+"/title", needed)
	var hashes []*jsontree.Node
	for _, f := range p.Hashes {
		var sums []*jsontree.Node
		for _, h := range f.Hashes {
			sums = append(sums, wire.Object(wire.Text("algorithm", h.Algorithm), wire.Text("value", strings.ToLower(h.Value))))
		}
		hashes = append(hashes, wire.Object(wire.List("file_hashes", sums), wire.Text("filename", f.Filename)))
	}
	purls := wire.Strings("purls", p.PURLs)
	if !w.v21 {
		w.losses.If(len(p.PURLs) > 1, path+"/purls", "CSAF 2.0 holds one package URL")
		purls = wire.Text("purl", firstOf(p.PURLs))
	}
	return wire.Object(
		wire.Text("name", p.Display()), wire.Text("product_id", p.ID),
		wire.Node("product_identification_helper", wire.Object(
			wire.Text("cpe", p.CPE), wire.List("hashes", hashes), wire.Strings("model_numbers", p.Models), purls,
			wire.Strings("sbom_urls", p.SBOMs), wire.Strings("serial_numbers", p.Serials), wire.Strings("skus", p.SKUs))))
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func (w *writer) combination(p *advisory.Product, full *jsontree.Node) *jsontree.Node {
	if !w.v21 {
		return wire.Object(
			wire.Text("category", p.Steps[0].Category), wire.Node("full_product_name", full),
			wire.Text("product_reference", p.Of), wire.Text("relates_to_product_reference", p.Steps[0].Product))
	}
	var steps []*jsontree.Node
	for _, s := range p.Steps {
		steps = append(steps, wire.Object(wire.Text("category", s.Category), wire.Text("next_product_reference", s.Product)))
	}
	return wire.Object(
		wire.Text("beginning_product_reference", p.Of), wire.Node("full_product_name", full), wire.List("subpaths", steps))
}

// readTree reads what tree writes, and every other tree.
func (r *reader) readTree(tree *jsontree.Node) {
	for _, n := range tree.Get("full_product_names").Items() {
		r.product(n, nil)
	}
	r.readBranches(tree.Get("branches"), nil)
	for _, n := range tree.Get("relationships").Items() {
		if p := r.product(n.Get("full_product_name"), nil); p != nil {
			p.Of = r.Text(n, "product_reference")
			p.Steps = []advisory.Step{{Category: r.Text(n, "category"), Product: r.Text(n, "relates_to_product_reference")}}
		}
	}
	for _, n := range tree.Get("product_paths").Items() {
		if p := r.product(n.Get("full_product_name"), nil); p != nil {
			p.Of = r.Text(n, "beginning_product_reference")
			for _, s := range n.Get("subpaths").Items() {
				p.Steps = append(p.Steps, advisory.Step{Category: r.Text(s, "category"), Product: r.Text(s, "next_product_reference")})
			}
		}
	}
	for _, g := range tree.Get("product_groups").Items() {
		for _, id := range g.Get("product_ids").Items() {
			r.groups[g.Text("group_id")] = append(r.groups[g.Text("group_id")], id.Text())
		}
	}
}

func (r *reader) readBranches(list *jsontree.Node, path []advisory.Branch) {
	for _, n := range list.Items() {
		here := append(path[:len(path):len(path)], advisory.Branch{Category: n.Text("category"), Name: n.Text("name")})
		if n.Has("product") {
			r.product(n.Get("product"), here)
		}
		r.readBranches(n.Get("branches"), here)
		if n.Has("product") || n.Get("branches").Len() > 0 {
			r.Text(n, "category")
			r.Text(n, "name")
		}
	}
}

// product reads a full product name at the end of a path, and returns it as long as
// no further product is read.
func (r *reader) product(n *jsontree.Node, path []advisory.Branch) *advisory.Product {
	id := r.Text(n, "product_id")
	if id == "" {
		return nil
	}
	h := n.Get("product_identification_helper")
	p := advisory.Product{
		ID: id, Title: r.Text(n, "name"), CPE: r.Text(h, "cpe"),
		PURLs: r.Strings(h, "purls"), SBOMs: r.Strings(h, "sbom_urls"), Models: r.Strings(h, "model_numbers"),
		Serials: r.Strings(h, "serial_numbers"), SKUs: r.Strings(h, "skus"),
	}
	if purl := r.Text(h, "purl"); purl != "" {
		p.PURLs = []string{purl}
	}
	for _, f := range h.Get("hashes").Items() {
		file := advisory.FileHashes{Filename: r.Text(f, "filename")}
		for _, s := range f.Get("file_hashes").Items() {
			file.Hashes = append(file.Hashes, advisory.Hash{Algorithm: r.Text(s, "algorithm"), Value: strings.ToLower(r.Text(s, "value"))})
		}
		p.Hashes = append(p.Hashes, file)
	}
	for _, b := range path {
		switch b.Category {
		case "vendor":
			p.Vendor = b.Name
		case "product_name":
			p.Name = b.Name
		case "product_version":
			p.Version = b.Name
		case "product_version_range":
			p.Range = advisory.ParseRange(b.Name)
		}
	}
	if !samePath(path, canonicalPath(&p)) {
		p.Branches = path
	}
	r.out.Products = append(r.out.Products, p)
	return &r.out.Products[len(r.out.Products)-1]
}

func samePath(a, b []advisory.Branch) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
