package csaf

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
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
			w.member(wire.Text("cve", v.CVE), path+"/cve"),
		}
		members = append(members, w.weaknesses(path, v))
		if w.version.AtLeast(V21) {
			members = append(members, w.member(wire.Time("disclosure_date", v.Disclosed), path+"/disclosed"))
		}
		members = append(members, w.member(wire.Time("discovery_date", v.Discovered), path+"/discovered"))
		if w.only21(len(v.Exploited) > 0, path+"/exploited") {
			members = append(members, w.set("first_known_exploitation_dates", w.exploited(path, v)))
		}
		members = append(members,
			w.set("flags", w.flags(path, v.Flags)), w.set("ids", w.ids(path, v.IDs)),
			w.set("involvements", w.involvements(path, v.Involvements)))
		if w.version.AtLeast(V21) {
			members = append(members, w.set("metrics", w.scores(path, v)))
		}
		members = append(members,
			w.set("notes", slices.Concat(w.notes(path, v.Notes), w.timeline(path, v.Timeline), w.homeless(path, v))),
			wire.Node("product_status", w.status(path, v.Status)),
			w.set("references", w.references(path, v.References)))
		if !w.version.AtLeast(V21) {
			members = append(members, wire.Time("release_date", v.Disclosed))
		}
		members = append(members, w.set("remediations", w.remediations(path, v)))
		if !w.version.AtLeast(V21) {
			members = append(members, w.set("scores", w.scores(path, v)))
		}
		members = append(members, w.set("threats", w.threats(path, v.Threats)), wire.Text("title", v.Title))
		n := wire.Object(members...)
		w.losses.If(n == nil, path, "CSAF has no vulnerability of which nothing is said")
		out = append(out, w.kept(n, path))
	}
	return out
}

// weaknesses takes the name from the CWE catalogue, and for 2.1 the version where the
// model lacks one that the catalogue knows.
func (w *writer) weaknesses(path string, v *advisory.Vulnerability) jsontree.Member {
	catalogue := cweCatalogue()
	var nodes []*jsontree.Node
	for i, x := range v.Weaknesses {
		at := path + advisory.At("weaknesses", i)
		if !w.version.AtLeast(V21) && len(nodes) > 0 {
			w.losses.Add(at, "CSAF 2.0 holds one weakness")
			continue
		}
		version, name, ok := catalogue.name(x.ID, x.Version, x.Name, w.a.Tracking.Updated.UTC().Format("2006-01-02"))
		if !ok {
			w.losses.Kind(advisory.Malformed, at, "the CWE catalogue does not have it as a weakness, and CSAF needs its name")
			continue
		}
		switch {
		case x.Name == "":
			w.losses.Fill(at+"/name", needed)
		case x.Name != name:
			w.losses.Kind(advisory.Contradicts, at+"/name", "the CWE catalogue has another name, which was written")
		}
		members := []jsontree.Member{wire.Text("id", x.ID), wire.Text("name", name)}
		if w.version.AtLeast(V21) {
			w.losses.If(x.Version != "" && x.Version != version, at+"/version", "the CWE catalogue does not have it in that version")
			if x.Version == "" {
				w.losses.Fill(at+"/version", needed)
			}
			members = append(members, wire.Text("version", version))
		} else {
			w.losses.If(x.Version != "", at+"/version", notIn20)
		}
		nodes = append(nodes, w.kept(wire.Object(members...), at))
	}
	if w.version.AtLeast(V21) {
		return w.set("cwes", nodes)
	}
	if len(nodes) == 0 {
		return jsontree.Member{Name: "cwe"}
	}
	return wire.Node("cwe", nodes[0])
}

func (w *writer) exploited(path string, v *advisory.Vulnerability) []*jsontree.Node {
	var out []*jsontree.Node
	for i, e := range v.Exploited {
		at := path + advisory.At("exploited", i)
		if e.Exploited.IsZero() && !e.Known.IsZero() {
			e.Exploited = e.Known
			w.losses.Fill(at+"/exploited", "CSAF needs it; the day when it became known was written")
		}
		if e.Known.IsZero() && !e.Exploited.IsZero() {
			e.Known = e.Exploited
			w.losses.Fill(at+"/known", "CSAF needs it; the day of the exploitation was written")
		}
		products := e.Products
		if len(products) == 0 {
			if products = affectedProducts(v); len(products) == 0 {
				w.losses.Add(at, "CSAF needs a product for it")
				continue
			}
			w.losses.Fill(at+"/products", "CSAF needs it; the affected products were written")
		}
		out = append(out, w.kept(wire.Object(wire.Time("date", e.Known), wire.Time("exploitation_date", e.Exploited),
			wire.Strings("product_ids", products)), at))
	}
	return out
}

func (w *writer) flags(path string, list []advisory.Flag) []*jsontree.Node {
	var out []*jsontree.Node
	for i, f := range list {
		out = append(out, w.kept(wire.Object(wire.Time("date", f.Date), wire.Text("label", string(f.Label)),
			wire.Strings("product_ids", f.Products)), path+advisory.At("flags", i)))
	}
	return out
}

func (w *writer) ids(path string, list []advisory.Identifier) []*jsontree.Node {
	var out []*jsontree.Node
	for i, id := range list {
		at := path + advisory.At("ids", i)
		if id.System == "" {
			id.System = "other"
			w.losses.Fill(at+"/system", needed)
		}
		out = append(out, w.kept(wire.Object(wire.Text("system_name", id.System), wire.Text("text", id.Text)), at))
	}
	return out
}

func (w *writer) threats(path string, list []advisory.Threat) []*jsontree.Node {
	var out []*jsontree.Node
	for i, t := range list {
		out = append(out, w.kept(wire.Object(wire.Text("category", t.Category), wire.Time("date", t.Date),
			wire.Text("details", t.Details), wire.Strings("product_ids", t.Products)), path+advisory.At("threats", i)))
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
		out = append(out, w.kept(wire.Object(append(members, wire.Text("status", x.Status), wire.Text("summary", x.Summary))...), at))
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
	return []*jsontree.Node{w.kept(wire.Object(
		wire.Text("category", advisory.NoteDetails), wire.Text("text", text), wire.Text("title", timeline)), path+"/timeline")}
}

func (w *writer) status(path string, list []advisory.ProductStatus) *jsontree.Node {
	ids := map[advisory.State][]string{}
	seen := map[advisory.State]map[string]bool{}
	for i, s := range list {
		state := s.State
		if state == advisory.Unknown && !w.version.AtLeast(V21) {
			state = advisory.UnderInvestigation
			w.losses.Add(path+"/status", "CSAF 2.0 has no unknown; under_investigation was written")
		}
		if seen[state] == nil {
			seen[state] = make(map[string]bool, len(s.Products))
		}
		for j, id := range s.Products {
			if seen[state][id] {
				w.losses.Kind(advisory.Contradicts, path+advisory.At("status", i, "products", j), "the same is said twice, which CSAF does not allow")
				continue
			}
			seen[state][id] = true
			ids[state] = append(ids[state], id)
		}
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

// openProducts are those of which it is not known whether they are affected.
func openProducts(v *advisory.Vulnerability) []string {
	return slices.Concat(v.Of(advisory.UnderInvestigation), v.Of(advisory.Unknown))
}

func (w *writer) scores(path string, v *advisory.Vulnerability) []*jsontree.Node {
	var out []*jsontree.Node
	for i, s := range v.Scores {
		at := path + advisory.At("scores", i)
		products := s.Products
		if len(products) == 0 {
			if products = affectedProducts(v); len(products) == 0 {
				products = openProducts(v)
			}
			w.losses.Fill(at+"/products", "CSAF needs it; the affected products were written")
		}
		content := w.score(at, s)
		if len(products) == 0 || content == nil {
			w.losses.If(content != nil, at, "CSAF needs a product for a score")
			continue
		}
		if w.version.AtLeast(V21) {
			out = append(out, w.kept(wire.Object(
				wire.Node("content", content), wire.Strings("products", products), w.member(wire.Text("source", s.Source), at+"/source")), at))
			continue
		}
		w.losses.If(s.Source != "", at+"/source", notIn20)
		content.Set("products", jsontree.NewStrings(products...))
		out = append(out, w.kept(content, at))
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
		return wire.Object(wire.Node(name, wire.ScoreNode(s.CVSS)))
	case !w.only21(true, at):
		return nil
	case s.EPSS != nil:
		return wire.Object(wire.Node("epss", wire.Object(wire.Text("percentile", s.EPSS.Percentile),
			wire.Text("probability", s.EPSS.Probability), wire.Time("timestamp", s.EPSS.At))))
	case s.SSVC != nil:
		return wire.Object(wire.Node("ssvc_v2", wire.SSVCNode(s.SSVC)))
	}
	return wire.Object(wire.Text("qualitative_severity_rating", s.Rating))
}

func (w *writer) remediations(path string, v *advisory.Vulnerability) []*jsontree.Node {
	var out []*jsontree.Node
	for i, r := range v.Remediations {
		at := path + advisory.At("remediations", i)
		if !w.version.AtLeast(V21) {
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
			if r.Products = affectedProducts(v); len(r.Products) == 0 {
				continue // see homeless
			}
			w.losses.Fill(at+"/products", "CSAF needs it; the affected products were written")
		}
		if r.Details == "" {
			r.Details = strings.ReplaceAll(r.Category, "_", " ")
			w.losses.Fill(at+"/details", needed)
		}
		out = append(out, w.kept(wire.Object(
			wire.Text("category", r.Category), wire.Time("date", r.Date), wire.Text("details", r.Details),
			wire.Strings("entitlements", r.Entitlements), wire.Strings("product_ids", r.Products),
			wire.Node("restart_required", wire.Object(wire.Text("category", r.Restart), wire.Text("details", r.RestartDetails))),
			w.member(wire.Text("url", r.URL), at+"/url")), at))
	}
	return out
}

// homeless writes remediations that CSAF needs a product for, where none is affected,
// as notes.
func (w *writer) homeless(path string, v *advisory.Vulnerability) []*jsontree.Node {
	var out []*jsontree.Node
	for i, r := range v.Remediations {
		if len(r.Products) > 0 || r.Details == "" || len(affectedProducts(v)) > 0 {
			continue
		}
		at := path + advisory.At("remediations", i)
		w.losses.Add(at, "CSAF needs an affected product for it; it was written as a note")
		w.losses.Fill(path+"/notes", "a remediation without an affected product was added")
		out = append(out, w.kept(wire.Object(wire.Text("category", advisory.NoteOther), wire.Text("text", r.Details),
			wire.Text("title", "Remediation ("+strings.ReplaceAll(r.Category, "_", " ")+")")), at))
	}
	return out
}
