package osv

import (
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Advisory reads the entry into the model. An entry is public, so the label is
// TLP:CLEAR. It has no publisher and no history. Products get the IDs P1, P2 and so
// on; each is affected. The losses name, by JSON pointer, every value that the model
// has no place for. The entry is not checked: a value of the wrong type is a loss.
func (e *Entry) Advisory() (*advisory.Advisory, []advisory.Loss) {
	root := e.doc.Root()
	r := &reader{wire.NewTaker(), &advisory.Advisory{TLP: tlp.Clear}, &advisory.Vulnerability{}}
	a, v := r.a, r.v
	r.Text(root, "schema_version")
	a.ID = r.Text(root, "id")
	a.Tracking.Updated, a.Tracking.Released = r.Time(root, "modified"), r.Time(root, "published")
	a.Tracking.Withdrawn = r.Time(root, "withdrawn")
	v.Title = r.Text(root, "summary")
	a.Title = v.Title
	if a.Title == "" {
		a.Title = a.ID
	}
	if s := r.Text(root, "details"); s != "" {
		v.Notes = []advisory.Note{{Category: advisory.NoteDescription, Text: s}}
	}
	r.names(root)
	r.lists(root)
	for _, n := range root.Get("affected").Items() {
		r.affected(n)
	}
	a.Vulnerabilities = []advisory.Vulnerability{*v}
	return a, r.Losses(root)
}

type reader struct {
	*wire.Taker
	a *advisory.Advisory
	v *advisory.Vulnerability
}

// names reads the aliases: the first CVE ID is the vulnerability's own.
func (r *reader) names(root *jsontree.Node) {
	for _, s := range append([]string{r.a.ID}, r.Strings(root, "aliases")...) {
		switch {
		case r.v.CVE == "" && advisory.ValidCVE(s):
			r.v.CVE = s
		case s != "" && !strings.HasPrefix(s, "x_"): // x_ is a name for the entry alone
			system := "OSV"
			if strings.HasPrefix(s, "GHSA-") {
				system = "GitHub Security Advisory"
			}
			r.v.IDs = append(r.v.IDs, advisory.Identifier{System: system, Text: s})
		}
	}
}

func (r *reader) lists(root *jsontree.Node) {
	v := r.v
	for _, n := range root.Get("severity").Items() {
		vector, err := cvss.Parse(n.Text("score"))
		if err == nil && n.Text("type") == "CVSS_V"+vector.Version()[:1] {
			r.Text(n, "type")
			r.Text(n, "score")
			v.Scores = append(v.Scores, advisory.Score{CVSS: vector})
		}
	}
	for _, n := range root.Get("references").Items() {
		v.References = append(v.References, advisory.Reference{URL: r.Text(n, "url"), Type: r.Text(n, "type")})
	}
	for _, n := range root.Get("credits").Items() {
		v.Credits = append(v.Credits, advisory.Credit{
			Names: []string{r.Text(n, "name")}, URLs: r.Strings(n, "contact"),
			Role: strings.ToLower(strings.ReplaceAll(r.Text(n, "type"), "_", " ")),
		})
	}
	for _, id := range r.Strings(root, "database_specific", "cwe_ids") {
		v.Weaknesses = append(v.Weaknesses, advisory.Weakness{ID: id})
	}
}

// affected reads one package: a product for its ranges, and one for each version that
// is listed apart.
func (r *reader) affected(n *jsontree.Node) {
	base := advisory.Product{
		Ecosystem: r.Text(n, "package", "ecosystem"), Package: r.Text(n, "package", "name"),
	}
	base.Name = base.Package
	if purl := r.Text(n, "package", "purl"); purl != "" {
		base.PURLs = []string{purl}
	}
	ranged := base
	for _, x := range n.Get("ranges").Items() {
		if kind := x.Text("type"); kind != "SEMVER" && kind != "ECOSYSTEM" {
			continue // commits are not versions of a package
		}
		if r.Text(x, "type") == "SEMVER" {
			ranged.Range.Scheme = "semver"
		}
		ranged.Range.Intervals = append(ranged.Range.Intervals, r.events(x.Get("events"))...)
	}
	versions := r.Strings(n, "versions")
	if len(ranged.Range.Intervals) > 0 || len(versions) == 0 {
		ranged.Range.Scheme = schemeOf(base, ranged.Range.Scheme)
		r.add(ranged)
	}
	for _, version := range versions {
		p := base
		p.Version = version
		r.add(p)
	}
}

// schemeOf prefers the package URL's type, which is a versioning scheme of vers.
func schemeOf(p advisory.Product, other string) string {
	if len(p.PURLs) > 0 {
		if kind, _, ok := strings.Cut(strings.TrimPrefix(p.PURLs[0], "pkg:"), "/"); ok {
			return kind
		}
	}
	return other
}

// events pairs each introduced with the event that follows it.
func (r *reader) events(list *jsontree.Node) []advisory.Interval {
	var out []advisory.Interval
	for _, e := range list.Items() {
		if from := r.Text(e, "introduced"); from != "" {
			if from == "0" {
				from = ""
			}
			out = append(out, advisory.Interval{From: from})
			continue
		}
		if len(out) == 0 {
			continue // no start: it stays unread, and is listed
		}
		last := &out[len(out)-1]
		if last.Before != "" || last.Through != "" {
			continue
		}
		last.Before, last.Through = r.Text(e, "fixed"), r.Text(e, "last_affected")
	}
	return out
}

func (r *reader) add(p advisory.Product) {
	p.ID = "P" + strconv.Itoa(len(r.a.Products)+1)
	r.a.Products = append(r.a.Products, p)
	if len(r.v.Status) == 0 {
		r.v.Status = []advisory.ProductStatus{{State: advisory.Affected}}
	}
	r.v.Status[0].Products = append(r.v.Status[0].Products, p.ID)
}
