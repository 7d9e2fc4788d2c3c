package osv

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Advisory reads the entry into the model. An entry is public, so the label is
// TLP:CLEAR. It has no publisher and no history: call Complete before writing CSAF.
// Products get the IDs P1, P2 and so on; each is affected. A package without a package
// URL gets the one that the table of the OSV specification gives. The losses name, by
// JSON pointer, every value that the model does not hold. The entry is not checked: a
// value of the wrong type is a loss.
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
	if s := r.Text(root, "details"); s != "" {
		v.Notes = []advisory.Note{{Category: advisory.NoteDescription, Text: s}}
	}
	r.names(root)
	r.severity(root, nil)
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
	for _, n := range root.Get("references").Items() {
		v.References = append(v.References, advisory.Reference{URL: r.Text(n, "url"), Type: r.Text(n, "type")})
	}
	for _, n := range root.Get("credits").Items() {
		v.Credits = append(v.Credits, advisory.Credit{
			Names: r.name(n), URLs: r.Strings(n, "contact"),
			Role: strings.ToLower(strings.ReplaceAll(r.Text(n, "type"), "_", " ")),
		})
	}
	for _, id := range r.Strings(root, "database_specific", "cwe_ids") {
		v.Weaknesses = append(v.Weaknesses, advisory.Weakness{ID: id})
	}
}

func (r *reader) name(n *jsontree.Node) []string {
	if s := r.Text(n, "name"); s != "" {
		return []string{s}
	}
	return nil
}

// severity reads the assessments of the entry, or of one package.
func (r *reader) severity(n *jsontree.Node, products []string) {
	for _, x := range n.Get("severity").Items() {
		vector, err := cvss.Parse(x.Text("score"))
		switch {
		case err != nil && strings.HasPrefix(x.Text("type"), "CVSS_"):
			r.Mark(x.Get("score"), advisory.Malformed, "it is no CVSS vector")
		case err != nil: // another scale
		case x.Text("type") != "CVSS_V"+vector.Version()[:1]:
			r.Mark(x, advisory.Contradicts, "the type names another version of CVSS than the vector")
		default:
			r.Text(x, "type")
			r.Text(x, "score")
			r.v.Scores = append(r.v.Scores, advisory.Score{CVSS: vector, Products: products})
		}
	}
}

// affected reads one package: a product for its ranges, one for each range of commits,
// and one for each version that is listed apart.
func (r *reader) affected(n *jsontree.Node) {
	base := advisory.Product{
		Ecosystem: r.Text(n, "package", "ecosystem"), Package: r.Text(n, "package", "name"),
	}
	base.Name = base.Package
	if purl := r.Text(n, "package", "purl"); purl != "" {
		base.PURLs = []string{purl}
	} else if purl := purlOf(base.Ecosystem, base.Package); purl != "" {
		base.PURLs = []string{purl}
	}
	first := len(r.a.Products)
	ranged := base
	var intervals []advisory.Interval
	semver := false
	for _, x := range n.Get("ranges").Items() {
		switch kind := x.Text("type"); kind {
		case "GIT":
			r.commits(base, x)
		case "SEMVER", "ECOSYSTEM":
			r.Text(x, "type")
			semver = semver || kind == "SEMVER"
			intervals = append(intervals, r.events(x.Get("events"))...)
			r.lastKnown(x, intervals)
		}
	}
	r.lastKnown(n, intervals)
	versions := r.Strings(n, "versions")
	if len(intervals) > 0 || len(versions) == 0 && len(r.a.Products) == first {
		scheme := schemeOf(base, semver)
		if len(intervals) == 1 && intervals[0] == (advisory.Interval{}) {
			scheme = "" // all versions, of whatever scheme
		}
		ranged.Range = advisory.RangeOf(scheme, intervals...)
		if v, ok := ranged.Range.Single(); ok {
			ranged.Range, ranged.Version = advisory.Range{}, v
		}
		r.add(ranged)
	}
	for _, version := range versions {
		p := base
		p.Version = version
		r.add(p)
	}
	if n.Get("severity").Len() > 0 {
		var ids []string
		for i := first; i < len(r.a.Products); i++ {
			ids = append(ids, r.a.Products[i].ID)
		}
		r.severity(n, ids)
	}
}

// commits reads a range of commits as a product of its own, which has the repository.
func (r *reader) commits(base advisory.Product, x *jsontree.Node) {
	list := r.events(x.Get("events"))
	if len(list) == 0 {
		return
	}
	r.Text(x, "type")
	p := base
	p.Repo = r.Text(x, "repo")
	if p.Name == "" {
		p.Name = strings.TrimSuffix(p.Repo[strings.LastIndexByte(strings.TrimRight(p.Repo, "/"), '/')+1:], ".git")
	}
	p.Range = advisory.RangeOf("git", list...)
	r.add(p)
}

// lastKnown closes a range that no event ends, by the version that GitHub's database
// names where no version is fixed.
func (r *reader) lastKnown(n *jsontree.Node, list []advisory.Interval) {
	s := n.Text("database_specific", "last_known_affected_version_range")
	if s == "" || len(list) == 0 {
		return
	}
	said := advisory.ReadRange("", s)
	last := &list[len(list)-1]
	if len(said.Intervals) != 1 || said.Intervals[0].From != "" || last.Before != "" || last.Through != "" {
		return
	}
	r.Text(n, "database_specific", "last_known_affected_version_range")
	last.Before, last.Through = said.Intervals[0].Before, said.Intervals[0].Through
}

// schemeOf prefers the package URL's type, which is a versioning scheme of vers.
func schemeOf(p advisory.Product, semver bool) string {
	if len(p.PURLs) > 0 {
		if kind, _, ok := strings.Cut(strings.TrimPrefix(p.PURLs[0], "pkg:"), "/"); ok {
			return strings.ToLower(kind)
		}
	}
	if semver {
		return "semver"
	}
	return ""
}

// event is one event of a range.
type event struct{ kind, version string }

// events pairs each start with the end that follows it in the order of versions: the
// specification recommends to sort events and does not require it.
func (r *reader) events(list *jsontree.Node) []advisory.Interval {
	var all []event
	for _, e := range list.Items() {
		for _, kind := range eventNames {
			if v := r.Text(e, kind); v != "" {
				all = append(all, event{kind, v})
			}
		}
	}
	if out, ok := pair(all); ok {
		return out
	}
	slices.SortStableFunc(all, func(a, b event) int {
		if c := before(b) - before(a); c != 0 {
			return c
		}
		if c := wire.CompareVersions(a.version, b.version); c != 0 {
			return c
		}
		return ends(b) - ends(a) // a range ends before the next begins
	})
	out, ok := pair(all)
	if !ok && len(list.Items()) > 0 {
		r.Mark(list, advisory.Contradicts, "the events do not pair up: some end what did not begin")
	}
	return out
}

// before is 1 for the event at the beginning of all versions, ends is 1 for ends.
func before(e event) int {
	if e.kind == "introduced" && e.version == "0" {
		return 1
	}
	return 0
}

func ends(e event) int {
	if e.kind == "introduced" {
		return 0
	}
	return 1
}

// pair reports false where events do not take turns; then the result has those that do.
func pair(all []event) (out []advisory.Interval, ok bool) {
	open := false
	ok = true
	for _, e := range all {
		switch {
		case e.kind == "introduced":
			if open {
				ok = false // it is inside of what began
				continue
			}
			v := e.version
			if v == "0" {
				v = ""
			}
			out, open = append(out, advisory.Interval{From: v}), true
		case e.version == "*": // a limit that is none
		case !open && e.kind == "limit": // beyond the last end
		case !open:
			ok = false
		default:
			last := &out[len(out)-1]
			if e.kind == "last_affected" {
				last.Through = e.version
			} else {
				last.Before = e.version
			}
			open = false
		}
	}
	return out, ok
}

func (r *reader) add(p advisory.Product) {
	p.ID = "P" + strconv.Itoa(len(r.a.Products)+1)
	r.a.Products = append(r.a.Products, p)
	if len(r.v.Status) == 0 {
		r.v.Status = []advisory.ProductStatus{{State: advisory.Affected}}
	}
	r.v.Status[0].Products = append(r.v.Status[0].Products, p.ID)
}
