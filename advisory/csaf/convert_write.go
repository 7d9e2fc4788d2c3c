package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

func (w *writer) vulnerabilities() []*jsontree.Node {
	var out []*jsontree.Node
	for i := range w.a.Vulnerabilities {
		v := &w.a.Vulnerabilities[i]
		path := advisory.At("vulnerabilities", i)
		members := []jsontree.Member{
			wire.List("acknowledgments", w.acknowledgments(path, v.Credits)),
			wire.Text("cve", v.CVE),
		}
		members = append(members, w.weaknesses(path, v))
		if w.v21 {
			members = append(members, wire.Time("disclosure_date", v.Disclosed))
		}
		members = append(members, wire.Time("discovery_date", v.Discovered))
		if w.only21(len(v.Exploited) > 0, path+"/exploited") {
			members = append(members, wire.List("first_known_exploitation_dates", exploitationNodes(v.Exploited)))
		}
		members = append(members,
			wire.List("flags", flagNodes(v.Flags)), wire.List("ids", idNodes(v.IDs)),
			wire.List("involvements", w.involvements(path, v.Involvements)))
		if w.v21 {
			members = append(members, wire.List("metrics", w.scores(path, v)))
		}
		members = append(members,
			wire.List("notes", append(w.notes(path, v.Notes), w.timeline(path, v.Timeline)...)),
			wire.Node("product_status", w.status(path, v.Status)),
			wire.List("references", w.references(path, v.References)))
		if !w.v21 {
			members = append(members, wire.Time("release_date", v.Disclosed))
		}
		members = append(members, wire.List("remediations", w.remediations(path, v)))
		if !w.v21 {
			members = append(members, wire.List("scores", w.scores(path, v)))
		}
		members = append(members, wire.List("threats", threatNodes(v.Threats)), wire.Text("title", v.Title))
		n := wire.Object(members...)
		w.losses.If(n == nil, path, "CSAF has no vulnerability of which nothing is said")
		out = append(out, n)
	}
	return out
}

// weaknesses fills in the name from the CWE catalogue, and for 2.1 the version, where
// the model lacks them.
func (w *writer) weaknesses(path string, v *advisory.Vulnerability) jsontree.Member {
	catalogue := cweCatalogue()
	var nodes []*jsontree.Node
	for i, x := range v.Weaknesses {
		at := path + advisory.At("weaknesses", i)
		if !w.v21 && i > 0 {
			w.losses.Add(at, "CSAF 2.0 holds one weakness")
			continue
		}
		if x.Version == "" && w.v21 {
			x.Version = catalogue.latest(w.a.Tracking.Updated.UTC().Format("2006-01-02"))
			w.losses.Add(at+"/version", needed)
		}
		if x.Name == "" {
			version := x.Version
			if version == "" {
				version = catalogue.latest("9999-12-31")
			}
			if entry, _, ok := catalogue.find(x.ID, version); ok {
				x.Name = entry.name
			}
			w.losses.Add(at+"/name", needed)
		}
		if x.Name == "" {
			w.losses.Add(at, "the CWE catalogue has no name for it, and CSAF needs one")
			continue
		}
		members := []jsontree.Member{wire.Text("id", x.ID), wire.Text("name", x.Name)}
		if w.only21(x.Version != "", at+"/version") {
			members = append(members, wire.Text("version", x.Version))
		}
		nodes = append(nodes, wire.Object(members...))
	}
	if w.v21 {
		return wire.List("cwes", nodes)
	}
	if len(nodes) == 0 {
		return jsontree.Member{Name: "cwe"}
	}
	return wire.Node("cwe", nodes[0])
}

func exploitationNodes(list []advisory.Exploitation) []*jsontree.Node {
	var out []*jsontree.Node
	for _, e := range list {
		out = append(out, wire.Object(wire.Time("date", e.Known), wire.Time("exploitation_date", e.Exploited),
			wire.Strings("product_ids", e.Products)))
	}
	return out
}

func flagNodes(list []advisory.Flag) []*jsontree.Node {
	var out []*jsontree.Node
	for _, f := range list {
		out = append(out, wire.Object(wire.Time("date", f.Date), wire.Text("label", string(f.Label)),
			wire.Strings("product_ids", f.Products)))
	}
	return out
}

func idNodes(list []advisory.Identifier) []*jsontree.Node {
	var out []*jsontree.Node
	for _, id := range list {
		out = append(out, wire.Object(wire.Text("system_name", id.System), wire.Text("text", id.Text)))
	}
	return out
}

func threatNodes(list []advisory.Threat) []*jsontree.Node {
	var out []*jsontree.Node
	for _, t := range list {
		out = append(out, wire.Object(wire.Text("category", t.Category), wire.Time("date", t.Date),
			wire.Text("details", t.Details), wire.Strings("product_ids", t.Products)))
	}
	return out
}

func (w *writer) involvements(path string, list []advisory.Involvement) []*jsontree.Node {
	var out []*jsontree.Node
	for i, x := range list {
		at := path + advisory.At("involvements", i)
		var members []jsontree.Member
		if w.only21(x.Contact != "", at+"/contact") {
			members = append(members, wire.Text("contact", x.Contact))
		}
		members = append(members, wire.Time("date", x.Date), wire.Text("party", x.Party))
		if w.only21(len(x.Products) > 0, at+"/products") {
			members = append(members, wire.Strings("product_ids", x.Products))
		}
		out = append(out, wire.Object(append(members, wire.Text("status", x.Status), wire.Text("summary", x.Summary))...))
	}
	return out
}

// timeline writes the events as a note, from which they are read back.
func (w *writer) timeline(path string, events []advisory.Event) []*jsontree.Node {
	text, ok := timelineText(events)
	if !ok {
		w.losses.If(len(events) > 0, path+"/timeline", notInCSAF)
		return nil
	}
	return []*jsontree.Node{wire.Object(
		wire.Text("category", advisory.NoteDetails), wire.Text("text", text), wire.Text("title", timeline))}
}

func (w *writer) status(path string, list []advisory.ProductStatus) *jsontree.Node {
	ids := map[advisory.State][]string{}
	for _, s := range list {
		state := s.State
		if state == advisory.Unknown && !w.v21 {
			state = advisory.UnderInvestigation
			w.losses.Add(path+"/status", "CSAF 2.0 has no unknown; under_investigation was written")
		}
		ids[state] = append(ids[state], s.Products...)
	}
	var members []jsontree.Member
	for _, s := range advisory.States() {
		members = append(members, wire.Strings(string(s), ids[s]))
	}
	return wire.Object(members...)
}

// affectedProducts lists the products to which a statement without products applies.
func affectedProducts(v *advisory.Vulnerability) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range []advisory.State{advisory.FirstAffected, advisory.Affected, advisory.LastAffected} {
		for _, id := range v.Of(s) {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

func (w *writer) scores(path string, v *advisory.Vulnerability) []*jsontree.Node {
	var out []*jsontree.Node
	for i, s := range v.Scores {
		at := path + advisory.At("scores", i)
		products := s.Products
		if len(products) == 0 {
			products = affectedProducts(v)
			w.losses.Add(at+"/products", "CSAF needs it; the affected products were written")
		}
		content := w.score(at, s)
		if len(products) == 0 || content == nil {
			w.losses.If(content != nil, at, "CSAF needs a product for a score")
			continue
		}
		if w.v21 {
			out = append(out, wire.Object(
				wire.Node("content", content), wire.Strings("products", products), wire.Text("source", s.Source)))
			continue
		}
		w.losses.If(s.Source != "", at+"/source", notIn20)
		content.Set("products", jsontree.NewStrings(products...))
		out = append(out, content)
	}
	return out
}

func (w *writer) score(at string, s advisory.Score) *jsontree.Node {
	switch {
	case !s.CVSS.IsZero():
		name := "cvss_v" + s.CVSS.Version()[:1]
		if name == "cvss_v4" && !w.only21(true, at) {
			return nil
		}
		return wire.Object(wire.Node(name, scoreNode(s.CVSS)))
	case !w.only21(true, at):
		return nil
	case s.EPSS != nil:
		return wire.Object(wire.Node("epss", wire.Object(wire.Text("percentile", s.EPSS.Percentile),
			wire.Text("probability", s.EPSS.Probability), wire.Time("timestamp", s.EPSS.At))))
	case s.SSVC != nil:
		var selections []*jsontree.Node
		for _, x := range s.SSVC.Selections {
			var values []*jsontree.Node
			for _, key := range x.Values {
				values = append(values, wire.Object(wire.Text("key", key)))
			}
			selections = append(selections, wire.Object(wire.Text("namespace", x.Namespace), wire.Text("key", x.Key),
				wire.Text("version", x.Version), wire.List("values", values)))
		}
		return wire.Object(wire.Node("ssvc_v2", wire.Object(wire.Text("schemaVersion", ssvcVersion),
			wire.Time("timestamp", s.SSVC.At), wire.List("selections", selections))))
	}
	return wire.Object(wire.Text("qualitative_severity_rating", s.Rating))
}

// scoreNode writes the members that the CVSS schemas need. In 4.0 baseScore is the
// score of the vector as it is.
func scoreNode(v cvss.Vector) *jsontree.Node {
	score := v.BaseScore()
	if v.Version() == "4.0" {
		score = v.Score()
	}
	members := []jsontree.Member{
		wire.Text("version", v.Version()), wire.Text("vectorString", v.String()), wire.Score("baseScore", score),
	}
	if v.Version() != "2.0" {
		members = append(members, wire.Text("baseSeverity", strings.ToUpper(string(cvss.Rate(score)))))
	}
	return wire.Object(members...)
}

func (w *writer) remediations(path string, v *advisory.Vulnerability) []*jsontree.Node {
	var out []*jsontree.Node
	for i, r := range v.Remediations {
		at := path + advisory.At("remediations", i)
		if !w.v21 {
			switch r.Category {
			case advisory.FixPlanned:
				r.Category = advisory.NoneAvailable
				w.losses.Add(at+"/category", "CSAF 2.0 has no fix_planned; none_available was written")
			case advisory.OptionalPatch:
				r.Category = advisory.VendorFix
				w.losses.Add(at+"/category", "CSAF 2.0 has no optional_patch; vendor_fix was written")
			}
		}
		if len(r.Products) == 0 {
			r.Products = affectedProducts(v)
			w.losses.Add(at+"/products", "CSAF needs it; the affected products were written")
		}
		if r.Details == "" {
			r.Details = strings.ReplaceAll(r.Category, "_", " ")
			w.losses.Add(at+"/details", needed)
		}
		out = append(out, wire.Object(
			wire.Text("category", r.Category), wire.Time("date", r.Date), wire.Text("details", r.Details),
			wire.Strings("entitlements", r.Entitlements), wire.Strings("product_ids", r.Products),
			wire.Node("restart_required", wire.Object(wire.Text("category", r.Restart), wire.Text("details", r.RestartDetails))),
			wire.Text("url", r.URL)))
	}
	return out
}
