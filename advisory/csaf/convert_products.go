package csaf

import (
	"slices"
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
	inner    map[advisory.Branch]*treeNode // children that have no product
}

// index notes which products combinations name.
func (w *writer) index() {
	if w.parts != nil {
		return
	}
	w.parts = map[string]bool{}
	for i := range w.a.Products {
		p := &w.a.Products[i]
		w.all = append(w.all, p.ID)
		if p.Of != "" {
			w.parts[p.Of] = true
			for _, s := range p.Steps {
				w.parts[s.Product] = true
			}
		}
	}
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
			branches = w.path(at, p)
		} else {
			branches = w.checkedBranches(at, branches)
		}
		switch {
		case p.Of != "" && (w.version.AtLeast(V21) || len(p.Steps) == 1):
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
	if w.version.AtLeast(V21) {
		combined = "product_paths"
	}
	return wire.Object(
		wire.List("branches", top.nodes()), wire.List("full_product_names", names), wire.List(combined, paths))
}

const nameOnly = "CSAF does not allow it as a version; it stands in the name of the product only"

// path is the path of a product that is vendor, name and version. A range that the
// rules of the version do not allow stands in the product's name only.
func (w *writer) path(at string, p *advisory.Product) []advisory.Branch {
	out := canonicalPath(p)
	if len(out) == 0 || p.Version == "" && p.Range.IsZero() {
		return out
	}
	last := &out[len(out)-1]
	if last.Category != productVersion && last.Category != versionRange {
		w.losses.If(p.Range.Scheme != "", at+"/range/scheme", "CSAF has no scheme without a range")
		return out
	}
	switch {
	case p.Version != "" && !p.Range.IsZero(): // the model's Check says so too
		w.losses.Kind(advisory.Contradicts, at+"/range", "a product has a version or a range; the version was written")
		q := *p
		q.Range = advisory.Range{}
		return w.path(at, &q)
	case p.Version != "":
		if w.words || !isOneVersionName(p.Version) {
			w.losses.Add(at+"/version", nameOnly)
			return out[:len(out)-1]
		}
	default:
		name, exact := w.rangeName(p.Range)
		if name == "" || w.words {
			w.losses.Add(at+"/range", nameOnly)
			return out[:len(out)-1]
		}
		if !sameRange(advisory.ParseRange(name), p.Range) {
			w.losses.Kind(advisory.Malformed, at+"/range", "CSAF reads the constraints otherwise: they are not in order, or look like words of its own")
		}
		w.losses.If(!exact, at+"/range/scheme", "the range is not one that VERS allows in this scheme; its constraints were written without")
		last.Name = name
	}
	return out
}

// checkedBranches takes a level that is no range away from the ranges of a given path.
func (w *writer) checkedBranches(at string, list []advisory.Branch) []advisory.Branch {
	out := list
	for i, b := range list {
		bad := b.Category == productVersion && !isOneVersionName(b.Name) ||
			w.version.AtLeast(V21) && b.Category == versionRange && w.rangeFault(b.Name) ||
			w.words && (b.Category == productVersion || b.Category == versionRange)
		if !bad {
			continue
		}
		said := at + "/version"
		if b.Category == versionRange {
			said = at + "/range"
		}
		if w.version.AtLeast(V21) && b.Category == versionRange && !w.words {
			if name, _ := w.rangeName(advisory.ReadRange("", b.Name)); name != "" {
				out = slices.Clone(out)
				out[len(out)-len(list)+i].Name = name
				for _, place := range []string{at + "/branches", said} {
					w.losses.Kind(advisory.Malformed, place, "it was written as the rules of CSAF 2.1 want a range")
				}
				continue
			}
		}
		w.losses.Add(at+"/branches", nameOnly)
		w.losses.Add(said, nameOnly)
		out = slices.Concat(out[:len(out)-len(list)+i], list[i+1:])
	}
	return out
}

// isOneVersionName: test 6.1.31.
func isOneVersionName(s string) bool {
	lower := strings.ToLower(s)
	if strings.ContainsAny(lower, "<>") {
		return false
	}
	for _, word := range []string{"after", "all", "before", "earlier", "later", "prior", "versions"} {
		if hasWord(lower, word) {
			return false
		}
	}
	return true
}

// rangeName writes a range as VERS, or as constraints alone where VERS does not allow
// it in the scheme (not exact). "" means that it is no range by the rules of 2.1.
func (w *writer) rangeName(r advisory.Range) (name string, exact bool) {
	name = r.String()
	if !w.version.AtLeast(V21) {
		return name, true
	}
	if r.Scheme == "" || hasWord(registeredVERS, r.Scheme) || versOrders[r.Scheme] != nil {
		if !w.rangeFault(name) {
			return name, true
		}
	}
	r.Scheme = "" // constraints alone; "vers:all/*" for all versions
	if name = r.String(); r.Text != "" || name == "" || w.rangeFault(name) {
		return "", false
	}
	return name, false
}

// rangeFault reports whether test 6.1.50 or 6.1.59 refuses a range.
func (w *writer) rangeFault(name string) bool {
	set, fault := parseRange(name)
	return fault != "" || set.single()
}

func sameRange(a, b advisory.Range) bool {
	return a.Scheme == b.Scheme && a.Text == b.Text && slices.Equal(a.Intervals, b.Intervals)
}

// canonicalPath is the path of a product that is vendor, name and version.
func canonicalPath(p *advisory.Product) []advisory.Branch {
	if p.Vendor == "" && p.Name == "" {
		return nil
	}
	version, span := p.Version, p.Range.String()
	if v, ok := p.Range.Single(); ok && version == "" {
		version, span = v, ""
	}
	var out []advisory.Branch
	for _, b := range []advisory.Branch{
		{Category: "vendor", Name: p.Vendor}, {Category: "product_name", Name: p.Name},
		{Category: "product_version", Name: version}, {Category: "product_version_range", Name: span},
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
		next = t.inner[path[0]]
	}
	if next == nil {
		next = &treeNode{Branch: path[0]}
		t.children = append(t.children, next)
		if len(path) > 1 {
			if t.inner == nil {
				t.inner = map[advisory.Branch]*treeNode{}
			}
			t.inner[path[0]] = next
		}
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
	if p.Title == "" {
		w.losses.Fill(path+"/title", needed)
	}
	var hashes []*jsontree.Node
	for i, f := range p.Hashes {
		at := path + advisory.At("hashes", i)
		if f.Filename == "" {
			f.Filename = p.Display()
			w.losses.Fill(at+"/filename", needed)
		}
		var sums []*jsontree.Node
		for j, h := range f.Hashes {
			sums = append(sums, w.kept(wire.Object(wire.Text("algorithm", h.Algorithm), wire.Text("value", strings.ToLower(h.Value))),
				at+advisory.At("hashes", j)))
		}
		hashes = append(hashes, w.kept(wire.Object(w.set("file_hashes", sums), wire.Text("filename", f.Filename)), at))
	}
	var good []*jsontree.Node
	for i, s := range p.PURLs {
		at := path + advisory.At("purls", i)
		if _, fault := parsePurl(s); fault != "" {
			w.losses.Kind(advisory.Malformed, at, "it is no valid package URL, and CSAF allows no other")
			continue
		}
		good = append(good, w.kept(jsontree.NewString(s), at))
	}
	purls := w.set("purls", good)
	if !w.version.AtLeast(V21) {
		w.losses.If(len(good) > 1, path+"/purls", "CSAF 2.0 holds one package URL")
		purls = jsontree.Member{Name: "purl"}
		if len(good) > 0 {
			purls.Value = good[0]
		}
	}
	texts := func(name, place string, list []string) jsontree.Member {
		var nodes []*jsontree.Node
		for i, s := range list {
			nodes = append(nodes, w.kept(jsontree.NewString(s), path+advisory.At(place, i)))
		}
		return w.set(name, nodes)
	}
	return wire.Object(
		wire.Text("name", p.Display()), wire.Text("product_id", p.ID),
		wire.Node("product_identification_helper", wire.Object(
			w.member(wire.Text("cpe", p.CPE), path+"/cpe"), wire.List("hashes", hashes), texts("model_numbers", "models", p.Models), purls,
			texts("sbom_urls", "sboms", p.SBOMs), texts("serial_numbers", "serials", p.Serials), texts("skus", "skus", p.SKUs))))
}

func (w *writer) combination(p *advisory.Product, full *jsontree.Node) *jsontree.Node {
	if !w.version.AtLeast(V21) {
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
