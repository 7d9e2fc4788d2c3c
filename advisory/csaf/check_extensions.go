package csaf

import (
	"net/url"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// eachExtensions calls f for each list of extensions with the location that
// metadata uses for it.
func (r *run) eachExtensions(f func(list *jsontree.Node, path, location string)) {
	visit := func(owner *jsontree.Node, path func() string, location string) {
		if x := owner.Get("x_extensions"); x != nil {
			f(x, path()+"/x_extensions", location)
		}
	}
	fixed := func(p string) func() string { return func() string { return p } }
	visit(r.meta, fixed("/document"), "$.document.x_extensions")
	for _, p := range r.products {
		visit(p.node, p.path, productLocation(p))
	}
	for vi, v := range r.vulns {
		for i, m := range v.Get("metrics").Items() {
			visit(m.Get("content"), func() string { return at("vulnerabilities", vi, "metrics", i, "content") },
				"$.vulnerabilities[*].metrics[*].content.x_extensions")
		}
		visit(v, func() string { return at("vulnerabilities", vi) }, "$.vulnerabilities[*].x_extensions")
	}
	visit(r.root, fixed(""), "$.x_extensions")
}

func productLocation(p *product) string {
	switch {
	case p.branch != nil:
		return "$.product_tree.branches..product.x_extensions"
	case p.from != nil:
		return "$.product_tree.product_paths[*].full_product_name.x_extensions"
	}
	return "$.product_tree.full_product_names[*].x_extensions"
}

func (r *run) eachExtension(f func(n *jsontree.Node, path, location string)) {
	r.eachExtensions(func(list *jsontree.Node, path, location string) {
		for i, n := range list.Items() {
			f(n, jsontree.Index(path, i), location)
		}
	})
}

// class returns the class of an extension. OASIS keeps official extensions on
// its own document server.
func (r *run) class(n *jsontree.Node) ExtensionClass {
	id := n.Text("$schema")
	if e, ok := r.v.Extensions[id]; ok {
		return e.Class
	}
	if u, err := url.Parse(id); err == nil && strings.EqualFold(u.Hostname(), "docs.oasis-open.org") && strings.HasPrefix(u.Path, "/csaf/") {
		return Official
	}
	return Experimental
}

// String returns the class as CSAF 2.1 names it.
func (c ExtensionClass) String() string {
	switch c {
	case Official:
		return "official"
	case Registered:
		return "registered"
	}
	return "experimental"
}

// extension returns what the host says of an extension. One that is not known
// is noted with its class, which the standard wants in the warning.
func (r *run) extension(n *jsontree.Node) (Extension, bool) {
	id := n.Text("$schema")
	e, ok := r.v.Extensions[id]
	if !ok {
		r.unsupported(r.class(n).String() + " extension " + id)
	}
	return e, ok
}

func checkExtensionContent(r *run) {
	if r.sound {
		return
	}
	content := extensionContent()
	r.eachExtension(func(n *jsontree.Node, path, _ string) { r.checkShape(content, n, func() string { return path }, false) })
}

func (r *run) extensionFaults(n *jsontree.Node) []ExtensionFault {
	if e, ok := r.extension(n); ok && e.Check != nil {
		return e.Check(n.AppendJSON(nil))
	}
	return nil
}

func checkExtensionSchema(r *run) {
	r.eachExtension(func(n *jsontree.Node, path, _ string) {
		for _, f := range r.extensionFaults(n) {
			r.add(path+f.Path, f.Message)
		}
	})
}

func checkExtensionMetadata(r *run) {
	used := map[string]bool{}
	r.eachExtension(func(n *jsontree.Node, _, _ string) { used[n.Text("$schema")] = true })
	r.eachExtensions(func(list *jsontree.Node, path, location string) {
		count := map[string]int{}
		for i, n := range list.Items() {
			e, ok := r.extension(n)
			if !ok {
				continue
			}
			id := n.Text("$schema")
			count[id]++
			if e.MaxOccurrence != nil && count[id] == e.MaxOccurrence[location]+1 {
				r.add(path, "the extension "+quote(id)+" is used more often than it may be here")
			}
			for _, other := range e.Incompatible {
				if used[other] && count[id] == 1 {
					r.add(jsontree.Index(path, i), "the extension does not go with "+quote(other))
				}
			}
		}
	})
}

func extensionsThat(message string, bad func(r *run, n *jsontree.Node) bool, member string) func(*run) {
	return func(r *run) {
		r.eachExtension(func(n *jsontree.Node, path, _ string) {
			if bad(r, n) {
				r.add(path+member, message)
			}
		})
	}
}

var (
	checkRegisteredExtension = extensionsThat("the extension is neither official nor registered",
		func(r *run, n *jsontree.Node) bool { return r.class(n) == Experimental }, "")
	checkOfficialExtension = extensionsThat("the extension is not official",
		func(r *run, n *jsontree.Node) bool { return r.class(n) != Official }, "")
	checkCriticalExtension = extensionsThat("the extension is critical",
		func(_ *run, n *jsontree.Node) bool { return n.Get("critical").True() }, "/critical")
	checkEssentialExtension = extensionsThat("the extension is essential",
		func(_ *run, n *jsontree.Node) bool { return n.Text("category") == "essential" }, "/category")
	checkExperimentalClear = extensionsThat("an experimental extension is in a document with the label CLEAR",
		func(r *run, n *jsontree.Node) bool { return r.label() == tlp.Clear && r.class(n) == Experimental }, "")
	checkExperimentalOther = extensionsThat("the extension is experimental",
		func(r *run, n *jsontree.Node) bool { return r.label() != tlp.Clear && r.class(n) == Experimental }, "")
)

// noExtensionsAt fails for each list of extensions at a location.
func noExtensionsAt(locations ...string) func(*run) {
	return func(r *run) {
		r.eachExtensions(func(_ *jsontree.Node, path, location string) {
			if hasString(locations, location) {
				r.add(path, "extensions are used here")
			}
		})
	}
}
