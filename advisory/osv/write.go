package osv

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

const (
	schemaVersion = "1.7.5"
	vuln          = "/vulnerabilities/0"
	noPlace       = "an OSV entry has no place for it"
)

// FromAdvisory writes an advisory about one vulnerability as an entry. The ID is the
// advisory's own if its prefix is a registered one; else the first identifier of the
// vulnerability that has one and is no CVE ID; else the advisory's own after "x_".
// What the entry cannot hold is in the losses; it holds affected packages only.
//
// The error is an *advisory.Error: with ErrConfidential unless the label is
// TLP:CLEAR, ErrSeveral for more than one vulnerability (see advisory.Split),
// ErrIncomplete without a vulnerability or without the time of the last change, and
// ErrInvalid, with the place in the entry, where the result would not pass Check.
func FromAdvisory(a *advisory.Advisory) (*Entry, []advisory.Loss, error) {
	switch {
	case a.TLP != tlp.Clear:
		return nil, nil, &advisory.Error{Rule: advisory.ErrConfidential, Path: "/tlp", Reason: "an OSV entry is public; the label must be TLP:CLEAR"}
	case len(a.Vulnerabilities) > 1:
		return nil, nil, &advisory.Error{Rule: advisory.ErrSeveral, Path: "/vulnerabilities", Reason: "one entry for each vulnerability"}
	case len(a.Vulnerabilities) == 0:
		return nil, nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: vuln, Reason: "an OSV entry needs a vulnerability"}
	case a.Tracking.Updated.IsZero():
		return nil, nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/tracking/updated", Reason: "an OSV entry needs a time of modification"}
	}
	w := &writer{x: advisory.NewIndex(a), a: a, v: &a.Vulnerabilities[0]}
	id, aliases := w.ids()
	summary := w.v.Title
	if summary == "" {
		summary = a.Title
	}
	root := jsontree.NewObject(
		wire.Text("schema_version", schemaVersion), wire.Text("id", id), wire.Time("modified", a.Tracking.Updated),
		wire.Time("published", a.Tracking.Released), wire.Time("withdrawn", a.Tracking.Withdrawn),
		wire.Strings("aliases", aliases), wire.Text("summary", summary), wire.Text("details", w.details()),
		wire.List("severity", w.severity()), wire.List("affected", w.affected()),
		wire.List("references", w.references()), wire.List("credits", w.credits()),
		wire.Node("database_specific", wire.Object(wire.Strings("cwe_ids", w.weaknesses()))),
	)
	w.listLosses()
	e := &Entry{wire.NewDocument(root)}
	if faults := e.Check(); len(faults) > 0 {
		return nil, nil, &advisory.Error{Rule: advisory.ErrInvalid, Path: faults[0].Path, Reason: faults[0].Reason}
	}
	return e, w.losses, nil
}

type writer struct {
	x      *advisory.Index
	a      *advisory.Advisory
	v      *advisory.Vulnerability
	losses wire.Losses
}

func (w *writer) ids() (id string, aliases []string) {
	names := []string{}
	for _, x := range w.v.IDs {
		names = append(names, x.Text)
	}
	switch {
	case isID(w.a.ID):
		id = w.a.ID
	default:
		for _, n := range names {
			if id == "" && isID(n) && !strings.HasPrefix(n, "CVE-") {
				id = n
			}
		}
	}
	if id == "" {
		id = "x_" + w.a.ID
	}
	w.losses.If(id != w.a.ID, "/id", "the entry's ID has a registered prefix or x_")
	seen := map[string]bool{id: true}
	for _, n := range append([]string{w.v.CVE}, names...) {
		if n != "" && !seen[n] {
			seen[n] = true
			aliases = append(aliases, n)
		}
	}
	if !slices.Contains(names, id) && id != w.v.CVE {
		w.losses.Fill(vuln+"/ids", "the ID of an entry is a name of the vulnerability too")
	}
	if w.v.CVE == "" && slices.ContainsFunc(append([]string{id}, aliases...), advisory.ValidCVE) {
		w.losses.Fill(vuln+"/cve", "an alias that is a CVE ID is the vulnerability's own")
	}
	if w.v.CVE != "" && !advisory.ValidCVE(w.v.CVE) {
		w.losses.Kind(advisory.Malformed, vuln+"/cve", "it is no CVE ID; it was written as an alias")
		w.losses.Fill(vuln+"/ids", "what is no CVE ID was written as an alias")
	}
	w.losses.If(len(w.v.IDs) > 0, vuln+"/ids", "an OSV entry does not name the system of an alias")
	return id, aliases
}

func (w *writer) details() string {
	if s := w.v.Description(); s != "" {
		return s
	}
	whole := advisory.Vulnerability{Notes: w.a.Notes}
	return whole.Description()
}

func (w *writer) severity() []*jsontree.Node {
	var out []*jsontree.Node
	for i, s := range w.v.Scores {
		at := vuln + advisory.At("scores", i)
		if s.CVSS.IsZero() {
			w.losses.Add(at, noPlace)
			continue
		}
		w.losses.If(len(s.Products) > 0, at+"/products", noPlace)
		w.losses.If(s.Source != "", at+"/source", noPlace)
		out = append(out, wire.Object(
			wire.Text("type", "CVSS_V"+s.CVSS.Version()[:1]), wire.Text("score", s.CVSS.String())))
	}
	return out
}

// affected writes the affected products that are packages, one element for each
// package.
func (w *writer) affected() []*jsontree.Node {
	type element struct {
		key      [3]string
		ranges   []*jsontree.Node
		versions []string
	}
	var list []*element
	byKey := map[[3]string]*element{}
	w.losses.Add("/products", "an OSV entry has no product IDs and names products by package and version")
	w.losses.Add(vuln+"/status", "an OSV entry lists affected packages only")
	for i := range w.a.Products {
		p := &w.a.Products[i]
		if !w.isAffected(p.ID) {
			continue
		}
		ecosystem, name, purl, ok := packageOf(p)
		if !ok && p.Range.Scheme == "git" && p.Repo != "" {
			ok = true // commits need no package
		}
		if !ok {
			w.losses.Add(advisory.At("products", i), "an affected product without a package of a registered ecosystem")
			continue
		}
		key := [3]string{ecosystem, name, purl}
		e := byKey[key]
		if e == nil {
			e = &element{key: key}
			byKey[key] = e
			list = append(list, e)
		}
		if p.Range.Scheme == "git" && p.Repo != "" {
			e.ranges = append(e.ranges, w.commits(i, p)...)
			continue
		}
		switch {
		case p.Version != "":
			e.versions = append(e.versions, p.Version)
		case p.Range.Text != "":
			w.losses.Add(advisory.At("products", i, "range"), "the range is in words")
			e.ranges = append(e.ranges, rangeNode(ecosystem, advisory.Interval{}))
		case len(p.Range.Intervals) == 0:
			e.ranges = append(e.ranges, rangeNode(ecosystem, advisory.Interval{}))
		}
		for _, v := range p.Range.Intervals {
			if v.From != "" && v.From == v.Through {
				e.versions = append(e.versions, v.From)
				continue
			}
			e.ranges = append(e.ranges, rangeNode(ecosystem, v))
		}
	}
	var out []*jsontree.Node
	for _, e := range list {
		out = append(out, wire.Object(
			wire.Node("package", wire.Object(wire.Text("ecosystem", e.key[0]), wire.Text("name", e.key[1]), wire.Text("purl", e.key[2]))),
			wire.List("ranges", e.ranges), wire.Strings("versions", e.versions)))
	}
	return out
}

func (w *writer) isAffected(id string) bool {
	return w.x.About(0, id).Has(advisory.FirstAffected, advisory.Affected, advisory.LastAffected)
}

// rangeNode writes one interval: events of one range are not mixed, since fixed and
// last_affected exclude each other.
func rangeNode(ecosystem string, v advisory.Interval) *jsontree.Node {
	base, _, _ := strings.Cut(ecosystem, ":")
	kind := "ECOSYSTEM"
	if semverEcosystems[base] && (v.From == "" || isSemver(v.From)) && (v.Before == "" || isSemver(v.Before)) &&
		(v.Through == "" || isSemver(v.Through)) {
		kind = "SEMVER"
	}
	from := v.From
	if from == "" {
		from = "0"
	}
	events := []*jsontree.Node{wire.Object(wire.Text("introduced", from))}
	if v.Before != "" {
		events = append(events, wire.Object(wire.Text("fixed", v.Before)))
	}
	if v.Through != "" && v.Before == "" { // an interval ends once
		events = append(events, wire.Object(wire.Text("last_affected", v.Through)))
	}
	return wire.Object(wire.Text("type", kind), wire.List("events", events))
}

// commits writes a range of commits.
func (w *writer) commits(i int, p *advisory.Product) []*jsontree.Node {
	var out []*jsontree.Node
	for j, v := range p.Range.Intervals {
		from := v.From
		if from == "" {
			from = "0"
		}
		good := isCommit(from) && (v.Before == "" || isCommit(v.Before)) && (v.Through == "" || isCommit(v.Through))
		if !good {
			w.losses.Kind(advisory.Malformed, advisory.At("products", i, "range", "intervals", j), "it is not a full commit hash")
			continue
		}
		events := []*jsontree.Node{wire.Object(wire.Text("introduced", from))}
		if v.Before != "" {
			events = append(events, wire.Object(wire.Text("fixed", v.Before)))
		} else if v.Through != "" {
			events = append(events, wire.Object(wire.Text("last_affected", v.Through)))
		}
		out = append(out, wire.Object(wire.Text("type", "GIT"), wire.Text("repo", p.Repo), wire.List("events", events)))
	}
	return out
}

func (w *writer) references() []*jsontree.Node {
	var out []*jsontree.Node
	add := func(path string, refs []advisory.Reference) {
		for i, r := range refs {
			at := path + advisory.At("references", i)
			if !shape.URI(r.URL) {
				w.losses.Kind(advisory.Malformed, at, "a reference of an OSV entry has a URL")
				continue
			}
			kind := r.Type
			if !strings.Contains(" "+referenceTypes+" ", " "+kind+" ") || kind == "" {
				w.losses.If(kind != "", at+"/type", noPlace)
				kind = advisory.RefWeb
				if r.Self {
					kind = advisory.RefAdvisory
				}
				w.losses.Fill(at+"/type", "an OSV entry needs it; it was filled in")
			}
			w.losses.If(r.Summary != "", at+"/summary", noPlace)
			w.losses.If(r.Self, at+"/self", noPlace)
			out = append(out, wire.Object(wire.Text("type", kind), wire.Text("url", r.URL)))
		}
	}
	add(vuln, w.v.References)
	w.losses.If(len(w.a.References) > 0, "/references", "an OSV entry has one list of references")
	w.losses.If(len(w.a.References) > 0, vuln+"/references", "an OSV entry has one list of references")
	add("", w.a.References)
	return out
}

func (w *writer) credits() []*jsontree.Node {
	var out []*jsontree.Node
	add := func(path string, list []advisory.Credit) {
		for i, c := range list {
			at := path + advisory.At("credits", i)
			names := c.Names
			if len(names) == 0 {
				names = []string{c.Organization}
			}
			w.losses.If(c.Organization != "" || len(c.Names) > 1, at, "a credit of an OSV entry is one name")
			w.losses.If(c.Summary != "", at+"/summary", noPlace)
			kind := strings.ToUpper(strings.ReplaceAll(c.Role, " ", "_"))
			if !strings.Contains(" "+creditTypes+" ", " "+kind+" ") {
				w.losses.If(kind != "", at+"/role", noPlace)
				kind = ""
			}
			for _, n := range names {
				if n != "" {
					out = append(out, wire.Object(wire.Text("name", n), wire.Strings("contact", c.URLs), wire.Text("type", kind)))
				}
			}
		}
	}
	add(vuln, w.v.Credits)
	w.losses.If(len(w.a.Credits) > 0, "/credits", "an OSV entry has one list of credits")
	w.losses.If(len(w.a.Credits) > 0, vuln+"/credits", "an OSV entry has one list of credits")
	add("", w.a.Credits)
	return out
}

func (w *writer) weaknesses() []string {
	var out []string
	for i, x := range w.v.Weaknesses {
		w.losses.If(x.Name != "", vuln+advisory.At("weaknesses", i, "name"), noPlace)
		w.losses.If(x.Version != "", vuln+advisory.At("weaknesses", i, "version"), noPlace)
		out = append(out, x.ID)
	}
	return out
}

// listLosses lists what no part of the entry is about.
func (w *writer) listLosses() {
	a, v := w.a, w.v
	note := len(v.Notes) == 1 && v.Notes[0].Category == advisory.NoteDescription && v.Notes[0].Title == "" &&
		v.Notes[0].Audience == "" && len(v.Notes[0].Products) == 0
	for path, lost := range map[string]bool{
		"/aliases": len(a.Aliases) > 0, "/category": a.Category != "", "/language": a.Language != "", "/original": a.Original != "",
		"/sharing": a.Sharing != "", "/severity": a.Severity != "", "/license": a.License != "", "/publisher": true,
		"/tracking/status": true, "/tracking/version": true, "/tracking/revisions": true, "/notes": len(a.Notes) > 0,
		"/title": v.Title != "" && a.Title != v.Title, vuln + "/title": v.Title == "",
		vuln + "/discovered": !v.Discovered.IsZero(), vuln + "/disclosed": !v.Disclosed.IsZero(),
		vuln + "/exploited": len(v.Exploited) > 0, vuln + "/flags": len(v.Flags) > 0,
		vuln + "/threats": len(v.Threats) > 0, vuln + "/remediations": len(v.Remediations) > 0,
		vuln + "/involvements": len(v.Involvements) > 0, vuln + "/timeline": len(v.Timeline) > 0,
		vuln + "/notes": !note,
	} {
		w.losses.If(lost, path, noPlace)
	}
	w.losses.Sort()
}
