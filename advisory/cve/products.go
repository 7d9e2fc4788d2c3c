package cve

import (
	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// statusOf translates states. Products whose state is recommended only are left out.
func statusOf(s advisory.State) string {
	switch s {
	case advisory.FirstAffected, advisory.Affected, advisory.LastAffected:
		return "affected"
	case advisory.FirstFixed, advisory.Fixed, advisory.NotAffected:
		return "unaffected"
	case advisory.UnderInvestigation, advisory.Unknown:
		return "unknown"
	}
	return ""
}

// entryList is entries in their order, and by key.
type entryList struct {
	list  []*entry
	byKey map[[3]string]*entry
}

// entry is one element of "affected" while it is built.
type entry struct {
	key       [3]string
	first     *advisory.Product
	versions  []*jsontree.Node
	seen      map[string]bool
	byDefault string
	cpes      []string
}

// affected writes the products with a status, one entry for each vendor, product and
// package.
func (w *writer) affected() []*jsontree.Node {
	w.losses.Add("/products", "a CVE record has no product IDs and names products by vendor, product and version")
	w.losses.Add(vuln+"/status", "a CVE record knows affected, unaffected and unknown versions")
	entries := &entryList{byKey: map[[3]string]*entry{}}
	for i := range w.a.Products {
		p := &w.a.Products[i]
		for _, state := range w.x.About(0, p.ID).States {
			if status := statusOf(state); status != "" {
				w.place(entries, p, status)
			}
		}
	}
	var out []*jsontree.Node
	for _, e := range entries.list {
		vendor, name, repo := e.key[0], e.key[1], e.first.Repo
		if !usable(repo) {
			repo = ""
		}
		members := []jsontree.Member{
			wire.Text("vendor", w.clip("/products", vendor, 512)), wire.Text("product", w.clip("/products", name, 2048)),
		}
		if w.purl {
			members = append(members, wire.Text("packageURL", e.key[2]))
		}
		out = append(out, wire.Object(append(members,
			wire.Strings("cpes", e.cpes), wire.Text("repo", repo), wire.Text("defaultStatus", e.byDefault),
			wire.List("versions", e.versions))...))
	}
	return out
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// place adds a product and its status to the entry of its name, or to a new one.
func (w *writer) place(entries *entryList, p *advisory.Product, status string) {
	key := [3]string{p.Vendor, p.Name, ""}
	if key[1] == "" {
		key[1] = p.Display()
	}
	if key[0] == "" {
		key[0] = "n/a" // the format's word for a vendor that is not known
	}
	if len(p.PURLs) > 0 {
		if purl := advisory.UnversionedPURL(p.PURLs[0]); isPURL(purl) && len(purl) <= 2048 {
			key[2] = purl
		}
	}
	e := entries.byKey[key]
	if e == nil {
		e = &entry{key: key, first: p, seen: map[string]bool{}}
		entries.byKey[key] = e
		entries.list = append(entries.list, e)
	}
	if p.CPE != "" && len(p.CPE) <= 2048 && !has(e.cpes, p.CPE) {
		e.cpes = append(e.cpes, p.CPE)
	}
	nodes := w.versionNodes(p, status)
	if len(nodes) == 0 && e.byDefault == "" {
		e.byDefault = status
	} else if len(nodes) == 0 && e.byDefault != status {
		nodes = append(nodes, wire.Object(wire.Text("version", "n/a"), wire.Text("status", status)))
	}
	for _, n := range nodes {
		if text := string(n.AppendJSON(nil)); !e.seen[text] {
			e.seen[text] = true
			e.versions = append(e.versions, n)
		}
	}
}

// versionNodes writes a version or the intervals of a range. None means that the
// product has no version: the status is the default of its name.
func (w *writer) versionNodes(p *advisory.Product, status string) []*jsontree.Node {
	short := func(v string) string { return w.clip("/products", v, 1024) }
	single := func(v string) *jsontree.Node {
		return wire.Object(wire.Text("version", short(v)), wire.Text("status", status))
	}
	switch {
	case p.Version != "":
		return []*jsontree.Node{single(p.Version)}
	case p.Range.Text == advisory.OtherVersions:
		return nil
	case p.Range.Text != "":
		return []*jsontree.Node{single(p.Range.Text)}
	}
	kind := p.Range.Scheme
	switch kind {
	case "", "all":
		kind = "custom"
	case "pypi":
		kind = "python"
	}
	var out []*jsontree.Node
	for _, v := range p.Range.Intervals {
		if v.From != "" && v.From == v.Through {
			out = append(out, single(v.From))
			continue
		}
		from, end, limit := v.From, "lessThan", v.Before
		if from == "" {
			from = "0" // the earliest possible version
		}
		switch {
		case v.Through != "":
			end, limit = "lessThanOrEqual", v.Through
		case v.Before == "":
			end, limit = "lessThanOrEqual", "*"
		}
		out = append(out, wire.Object(wire.Text("version", short(from)), wire.Text("status", status),
			wire.Text(end, short(limit)), wire.Text("versionType", w.clip("/products", kind, 128))))
	}
	return out
}
