package cve

import (
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

type reader struct {
	*wire.Taker
	a *advisory.Advisory
	v *advisory.Vulnerability
}

// Advisory reads the CNA container into the model. A record is public, so the label is
// TLP:CLEAR. It has no history, so the result has none: call Release before writing
// it anew. Products get the IDs P1, P2 and so on. The losses name, by JSON pointer,
// every value that the model has no place for. The record is not checked: a value of
// the wrong type is a loss.
func (r *Record) Advisory() (*advisory.Advisory, []advisory.Loss) {
	root := r.doc.Root()
	rd := &reader{wire.NewTaker(), &advisory.Advisory{TLP: tlp.Clear}, &advisory.Vulnerability{}}
	cna := root.Get("containers", "cna")
	rd.Text(root, "dataType")
	rd.Text(root, "dataVersion")
	rd.Text(root, "cveMetadata", "state")
	rd.head(root.Get("cveMetadata"), cna)
	rd.body(cna)
	rd.metrics(cna)
	for _, n := range cna.Get("affected").Items() {
		rd.product(n)
	}
	rd.a.Vulnerabilities = []advisory.Vulnerability{*rd.v}
	return rd.a, rd.Losses(root)
}

func (r *reader) head(meta, cna *jsontree.Node) {
	a, v := r.a, r.v
	v.CVE = r.Text(meta, "cveId")
	a.ID = r.Text(cna, "source", "advisory")
	if a.ID == "" {
		a.ID = v.CVE
	}
	a.Tracking.Released, a.Tracking.Updated = r.Time(meta, "datePublished"), r.Time(meta, "dateUpdated")
	a.Publisher.Name = r.Text(cna, "providerMetadata", "shortName")
	if meta.Text("assignerShortName") == a.Publisher.Name {
		r.Text(meta, "assignerShortName")
	}
	v.Title = r.Text(cna, "title")
	a.Title = v.Title
	if a.Title == "" {
		a.Title = v.CVE
	}
	v.Disclosed = r.Time(cna, "datePublic")
}

// english takes the English text of a list.
func (r *reader) english(list *jsontree.Node, f func(s string)) {
	for _, n := range list.Items() {
		if isEnglish(n.Text("lang")) {
			r.Text(n, "lang")
			f(r.Text(n, "value"))
		}
	}
}

func (r *reader) body(cna *jsontree.Node) {
	v := r.v
	r.english(cna.Get("descriptions"), func(s string) {
		v.Notes = append(v.Notes, advisory.Note{Category: advisory.NoteDescription, Text: s})
	})
	for _, x := range []struct{ name, category string }{{"solutions", advisory.VendorFix}, {"workarounds", advisory.Workaround}} {
		r.english(cna.Get(x.name), func(s string) {
			v.Remediations = append(v.Remediations, advisory.Remediation{Category: x.category, Details: s})
		})
	}
	r.english(cna.Get("exploits"), func(s string) {
		v.Threats = append(v.Threats, advisory.Threat{Category: advisory.ThreatExploit, Details: s})
	})
	for _, n := range cna.Get("problemTypes").Items() {
		for _, d := range n.Get("descriptions").Items() {
			if id := r.Text(d, "cweId"); id != "" {
				r.Text(d, "lang")
				r.Text(d, "type")
				name := strings.TrimSpace(strings.TrimPrefix(r.Text(d, "description"), id))
				v.Weaknesses = append(v.Weaknesses, advisory.Weakness{ID: id, Name: strings.TrimSpace(strings.TrimPrefix(name, ":"))})
			}
		}
	}
	for _, n := range cna.Get("references").Items() {
		ref := advisory.Reference{URL: r.Text(n, "url"), Summary: r.Text(n, "name")}
		for _, t := range n.Get("tags").Items() {
			for kind, tag := range tagOf {
				if ref.Type == "" && t.Text() == tag {
					ref.Type = kind
					r.Text(t)
				}
			}
		}
		v.References = append(v.References, ref)
	}
	for _, n := range cna.Get("timeline").Items() {
		r.Text(n, "lang")
		v.Timeline = append(v.Timeline, advisory.Event{At: r.Time(n, "time"), Text: r.Text(n, "value")})
	}
	for _, n := range cna.Get("credits").Items() {
		r.Text(n, "lang")
		v.Credits = append(v.Credits, advisory.Credit{Names: []string{r.Text(n, "value")}, Role: r.Text(n, "type")})
	}
}

func (r *reader) metrics(cna *jsontree.Node) {
	for _, n := range cna.Get("metrics").Items() {
		for _, version := range []string{"2.0", "3.0", "3.1", "4.0"} {
			x := n.Get(cvssName(version))
			vector, err := cvss.Parse(x.Text("vectorString"))
			if err != nil || vector.Version() != version {
				continue
			}
			r.Text(n, "format")
			for _, m := range scoreNode(vector).Members() {
				have := x.Get(m.Name)
				f, isNumber := have.Float()
				want, wantNumber := m.Value.Float()
				if have.Text() == m.Value.Text() && isNumber == wantNumber && f == want {
					r.Use(have)
				}
			}
			r.v.Scores = append(r.v.Scores, advisory.Score{CVSS: vector})
		}
		if x := n.Get("other", "content"); n.Text("other", "type") == ssvcType && x.Text("schemaVersion") == "2.0.0" {
			r.Text(n, "other", "type")
			r.Text(x, "schemaVersion")
			c := &advisory.Categorization{At: r.Time(x, "timestamp")}
			for _, s := range x.Get("selections").Items() {
				sel := advisory.Selection{Namespace: r.Text(s, "namespace"), Key: r.Text(s, "key"), Version: r.Text(s, "version")}
				for _, value := range s.Get("values").Items() {
					sel.Values = append(sel.Values, r.Text(value, "key"))
				}
				c.Selections = append(c.Selections, sel)
			}
			r.v.Scores = append(r.v.Scores, advisory.Score{SSVC: c})
		}
	}
}

// product reads an entry of "affected": one product for each version and status.
func (r *reader) product(n *jsontree.Node) {
	base := advisory.Product{Vendor: r.Text(n, "vendor"), Name: r.Text(n, "product"), Repo: r.Text(n, "repo")}
	if base.Vendor == "n/a" {
		base.Vendor = ""
	}
	if base.Name == "" {
		base.Name = r.Text(n, "packageName")
	}
	if purl := r.Text(n, "packageURL"); purl != "" {
		base.PURLs = []string{purl}
	}
	if cpes := n.Get("cpes"); cpes.Len() > 0 {
		base.CPE = r.Text(cpes.Item(0))
	}
	if status := r.Text(n, "defaultStatus"); status != "" && (status != "unknown" || n.Get("versions").Len() == 0) {
		p := base
		if n.Get("versions").Len() > 0 {
			p.Range = advisory.Range{Text: "all other versions"}
		}
		r.add(p, status)
	}
	for _, x := range n.Get("versions").Items() {
		p := base
		version, before, through := r.Text(x, "version"), r.Text(x, "lessThan"), r.Text(x, "lessThanOrEqual")
		if before == "" && through == "" {
			p.Version = version
		} else {
			p.Range.Scheme = r.Text(x, "versionType")
			if p.Range.Scheme == "custom" {
				p.Range.Scheme = ""
			}
			p.Range.Intervals = []advisory.Interval{interval(version, before, through)}
		}
		if p.Version == "*" {
			p.Version, p.Range.Intervals = "", []advisory.Interval{{}}
		}
		r.add(p, r.Text(x, "status"))
	}
}

// interval translates the format's words for the first and the last version. A range
// of which both ends are the same version is that version.
func interval(from, before, through string) advisory.Interval {
	if from == "0" {
		from = ""
	}
	if before == "*" {
		before = ""
	}
	if through == "*" {
		through = ""
	}
	return advisory.Interval{From: from, Before: before, Through: through}
}

func (r *reader) add(p advisory.Product, status string) {
	state := map[string]advisory.State{
		"affected": advisory.Affected, "unaffected": advisory.NotAffected, "unknown": advisory.Unknown,
	}[status]
	if state == "" {
		return
	}
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
