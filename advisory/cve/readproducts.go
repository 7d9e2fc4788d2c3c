package cve

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// product reads an entry of "affected": one product for each version and status.
func (r *reader) product(n *jsontree.Node) {
	base := advisory.Product{Vendor: r.Text(n, "vendor"), Name: r.Text(n, "product"), Repo: r.Text(n, "repo")}
	if isNothing(base.Vendor) {
		base.Vendor = ""
	}
	if isNothing(base.Name) {
		base.Name = ""
	}
	r.packaged(n, &base)
	if base.Name == "" && base.Vendor == "" {
		base.Title = "a product that is not named"
	}
	if cpes := n.Get("cpes"); cpes.Len() > 0 {
		base.CPE = r.Text(cpes.Item(0))
	}
	versions := n.Get("versions").Items()
	if status := n.Text("defaultStatus"); stateOf[status] != "" {
		r.Text(n, "defaultStatus")
		if status != "unknown" || len(versions) == 0 {
			p := base
			if len(versions) > 0 {
				p.Range = advisory.Range{Text: advisory.OtherVersions}
			}
			r.add(p, status)
		}
	}
	for _, x := range versions {
		r.version(base, x)
	}
}

// packaged reads where a package comes from.
func (r *reader) packaged(n *jsontree.Node, p *advisory.Product) {
	name := r.Text(n, "packageName")
	if p.Name == "" {
		p.Name = name
	}
	p.Package = name
	if purl := r.Text(n, "packageURL"); purl != "" {
		p.PURLs = []string{purl}
		r.Use(n, "collectionURL")
		return
	}
	if u, err := url.Parse(n.Text("collectionURL")); err == nil && name != "" {
		if kind := registries[strings.TrimPrefix(u.Host, "www.")]; kind != "" {
			r.Text(n, "collectionURL")
			if kind == "maven" {
				name = strings.Replace(name, ":", "/", 1)
			}
			p.PURLs = []string{advisory.MakePURL(kind, name)}
		}
	}
}

// registries maps hosts of collection URLs to types of package URLs.
var registries = map[string]string{
	"registry.npmjs.org": "npm", "npmjs.com": "npm", "pypi.org": "pypi", "pypi.python.org": "pypi", "crates.io": "cargo",
	"rubygems.org": "gem", "nuget.org": "nuget", "api.nuget.org": "nuget", "packagist.org": "composer", "pkg.go.dev": "golang",
	"proxy.golang.org": "golang", "repo.maven.apache.org": "maven", "repo1.maven.org": "maven", "mvnrepository.com": "maven",
	"hex.pm": "hex", "pub.dev": "pub", "hackage.haskell.org": "hackage", "cran.r-project.org": "cran",
}

// isNothing: the words that records use for a value that is not known.
func isNothing(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "n/a", "na", "-", "unspecified", "unknown", "not specified", "undefined":
		return true
	}
	return false
}

// schemes translates version types that vers names otherwise.
var schemes = map[string]string{
	"custom": "", "other": "", "unspecified": "", "unknown": "", "python": "pypi", "rubygems": "gem", "go": "golang",
	"dpkg": "deb", "debian": "deb", "pep440": "pypi", "semver 2.0": "semver", "semantic": "semver",
}

func schemeOf(versionType string) string {
	s := strings.ToLower(strings.TrimSpace(versionType))
	if scheme, ok := schemes[s]; ok {
		return scheme
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "" {
		return ""
	}
	return s
}

// version reads one version or range. "changes" split a range: from each on another
// status holds.
func (r *reader) version(base advisory.Product, x *jsontree.Node) {
	status := x.Text("status")
	if stateOf[status] == "" {
		return
	}
	r.Text(x, "status")
	version, before, through := r.Text(x, "version"), r.Text(x, "lessThan"), r.Text(x, "lessThanOrEqual")
	scheme := schemeOf(x.Text("versionType"))
	if before == "" && through == "" {
		r.add(single(base, scheme, version), status)
		return
	}
	if scheme != "" || schemes[strings.ToLower(x.Text("versionType"))] == "" {
		r.Text(x, "versionType")
	}
	from := start(version)
	if before != "" && through != "" {
		r.Mark(x.Get("lessThanOrEqual"), advisory.Contradicts, "the range has two ends; lessThan was kept")
		through = ""
	}
	end := advisory.Interval{From: from, Before: limit(before), Through: limit(through)}
	changes := r.changes(x)
	if !ascending(from, changes) {
		// Points of several branches, as hot fixes are: the range stays whole, and each
		// point is a version of its own.
		r.Mark(x.Get("changes"), advisory.Contradicts, "the changes are not in order; each was read as one version")
		r.ranged(base, scheme, status, []advisory.Interval{end})
		for _, c := range changes {
			if c.status != status && c.at != before {
				r.add(single(base, scheme, c.at), c.status)
			}
		}
		return
	}
	pieces := map[string][]advisory.Interval{}
	var order []string
	put := func(v advisory.Interval) {
		if v.From != "" && v.From == v.Before {
			return // nothing lies between
		}
		if pieces[status] == nil {
			order = append(order, status)
		}
		pieces[status] = append(pieces[status], v)
	}
	for _, c := range changes {
		r.Use(c.node)
		if c.status == status {
			continue
		}
		if start(c.at) != from {
			put(advisory.Interval{From: from, Before: c.at})
		}
		from, status = start(c.at), c.status
	}
	end.From = from
	put(end)
	for _, status := range order {
		r.ranged(base, scheme, status, pieces[status])
	}
}

// change is a point from which on another status holds.
type change struct {
	node       *jsontree.Node
	at, status string
}

func (r *reader) changes(x *jsontree.Node) []change {
	var out []change
	for _, n := range x.Get("changes").Items() {
		if c := (change{n, n.Text("at"), n.Text("status")}); c.at != "" && stateOf[c.status] != "" {
			out = append(out, c)
		}
	}
	return out
}

// ascending reports whether the changes are in the order of versions.
func ascending(from string, list []change) bool {
	for _, c := range list {
		if start(c.at) != from && wire.CompareVersions(from, c.at) > 0 {
			return false
		}
		from = start(c.at)
	}
	return true
}

// ranged adds a product for a range.
func (r *reader) ranged(base advisory.Product, scheme, status string, list []advisory.Interval) {
	p := base
	p.Range = rangeOf(scheme, list)
	if v, ok := p.Range.Single(); ok {
		p.Range, p.Version = advisory.Range{}, v
	}
	r.add(p, status)
}

// single reads a version without an end, which may be a range in words.
func single(base advisory.Product, scheme, version string) advisory.Product {
	p := base
	if isNothing(version) {
		return p
	}
	p.Range = advisory.ReadRange(scheme, version)
	if v, ok := p.Range.Single(); ok {
		p.Range, p.Version = advisory.Range{}, v
	}
	return p
}

// rangeOf makes a range. An end such as "< 4.2" or "<= 3", where the start says
// nothing, is a range of its own.
func rangeOf(scheme string, list []advisory.Interval) advisory.Range {
	if v := list[0]; len(list) == 1 && v.From == "" && strings.ContainsAny(v.Before+v.Through, "<>=") {
		return advisory.ReadRange(scheme, v.Before+v.Through)
	}
	return advisory.RangeOf(scheme, list...)
}

// start translates the format's words for the earliest version, limit those for the
// last.
func start(s string) string {
	if s == "0" || s == "*" || isNothing(s) {
		return ""
	}
	return s
}

func limit(s string) string {
	if s == "*" || isNothing(s) {
		return ""
	}
	return s
}

var stateOf = map[string]advisory.State{
	"affected": advisory.Affected, "unaffected": advisory.NotAffected, "unknown": advisory.Unknown,
}

func (r *reader) add(p advisory.Product, status string) {
	state := stateOf[status]
	p.ID = "P" + strconv.Itoa(len(r.a.Products)+1)
	r.a.Products = append(r.a.Products, p)
	for i := range r.v.Status {
		if r.v.Status[i].State == state {
			r.v.Status[i].Products = append(r.v.Status[i].Products, p.ID)
			return
		}
	}
	r.v.Status = append(r.v.Status, advisory.ProductStatus{State: state, Products: []string{p.ID}})
}
