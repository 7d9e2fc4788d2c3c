package cve

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

func (w *writer) remediations() (workarounds, solutions []*jsontree.Node) {
	for i, r := range w.v.Remediations {
		at := vuln + advisory.At("remediations", i)
		text := w.say(at+"/details", r.Details)
		switch {
		case r.Details == "":
			w.losses.Add(at, noPlace)
			continue
		case r.Category == advisory.Workaround || r.Category == advisory.Mitigation:
			workarounds = append(workarounds, text)
		default:
			solutions = append(solutions, text)
		}
		w.losses.If(r.Category != advisory.Workaround && r.Category != advisory.VendorFix, at+"/category", noPlace)
		w.losses.If(len(r.Products) > 0, at+"/products", noPlace)
		w.losses.If(r.URL != "", at+"/url", noPlace)
		w.losses.If(!r.Date.IsZero(), at+"/date", noPlace)
		w.losses.If(len(r.Entitlements) > 0, at+"/entitlements", noPlace)
		w.losses.If(r.Restart != "", at+"/restart", noPlace)
		w.losses.If(r.RestartDetails != "", at+"/restartdetails", noPlace)
	}
	if len(workarounds) > 0 && len(solutions) > 0 {
		w.losses.Add(vuln+"/remediations", "a CVE record lists workarounds apart from solutions")
	}
	return workarounds, solutions
}

// threats writes the threats of a category.
func (w *writer) threats(category string) []*jsontree.Node {
	var out []*jsontree.Node
	for i, t := range w.v.Threats {
		at := vuln + advisory.At("threats", i)
		if t.Category != category || t.Details == "" {
			continue
		}
		w.losses.If(len(t.Products) > 0, at+"/products", noPlace)
		w.losses.If(!t.Date.IsZero(), at+"/date", noPlace)
		out = append(out, w.say(at+"/details", t.Details))
	}
	return out
}

// impacts writes impacts, with the CAPEC ID that the text begins with.
func (w *writer) impacts() []*jsontree.Node {
	var out []*jsontree.Node
	for i, t := range w.v.Threats {
		at := vuln + advisory.At("threats", i)
		switch {
		case t.Details == "" || t.Category != advisory.ThreatImpact && t.Category != advisory.ThreatExploit:
			w.losses.Add(at, noPlace)
			continue
		case t.Category != advisory.ThreatImpact:
			continue
		case len(t.Products) > 0: // an impact statement of VEX, which says why not
			w.losses.Add(at, noPlace)
			continue
		}
		w.losses.If(!t.Date.IsZero(), at+"/date", noPlace)
		id, _, _ := strings.Cut(t.Details, " ")
		if id = strings.TrimSuffix(id, ":"); !isCAPEC(id) {
			id = ""
		}
		out = append(out, wire.Object(wire.Text("capecId", id),
			wire.List("descriptions", []*jsontree.Node{w.say(at+"/details", t.Details)})))
	}
	return out
}

func (w *writer) timeline() []*jsontree.Node {
	var out []*jsontree.Node
	for i, e := range w.v.Timeline {
		if e.Text == "" || e.At.IsZero() {
			w.losses.Add(vuln+advisory.At("timeline", i), "an event of a CVE record has a time and a text")
			continue
		}
		out = append(out, wire.Object(wire.Time("time", e.At), wire.Text("lang", w.lang),
			wire.Text("value", w.clip(vuln+advisory.At("timeline", i, "text"), e.Text, 4096))))
	}
	return out
}

// credits writes one entry for each name, since a credit of the record is one person,
// team or tool.
func (w *writer) credits() []*jsontree.Node {
	var out []*jsontree.Node
	add := func(path string, list []advisory.Credit) {
		for i, c := range list {
			at := path + advisory.At("credits", i)
			w.losses.If(len(c.Names) > 0 && c.Organization != "" || len(c.Names) > 1, at, "a credit of a CVE record is one name")
			w.losses.If(len(c.URLs) > 0, at+"/urls", noPlace)
			w.losses.If(c.Summary != "", at+"/summary", noPlace)
			role := c.Role
			if !has(advisory.Roles(), role) {
				w.losses.If(role != "", at+"/role", noPlace)
				role = ""
			}
			names := c.Names
			if len(names) == 0 {
				names = []string{c.Organization}
				w.losses.Add(at, "a credit of a CVE record is one name")
			}
			for _, n := range names {
				if n != "" {
					out = append(out, wire.Object(wire.Text("lang", w.lang), wire.Text("value", w.clip(at+"/names", n, 4096)), wire.Text("type", role)))
				}
			}
		}
	}
	add(vuln, w.v.Credits)
	w.losses.If(len(w.a.Credits) > 0, "/credits", "a CVE record has one list of credits")
	w.losses.If(len(w.a.Credits) > 0, vuln+"/credits", "a CVE record has one list of credits")
	add("", w.a.Credits)
	return out
}

// listLosses lists what no part of the record is about.
func (w *writer) listLosses() {
	a, v := w.a, w.v
	for path, lost := range map[string]bool{
		"/aliases": len(a.Aliases) > 0, "/category": a.Category != "", "/language": a.Language != "", "/original": a.Original != "",
		"/sharing": a.Sharing != "", "/severity": a.Severity != "", "/license": a.License != "",
		"/publisher/name": true, "/publisher/category": a.Publisher.Category != "",
		"/publisher/namespace": a.Publisher.Namespace != "", "/publisher/contact": a.Publisher.Contact != "",
		"/publisher/authority": a.Publisher.Authority != "", "/tracking/status": true, "/tracking/version": true,
		"/tracking/revisions": true, "/tracking/withdrawn": !a.Tracking.Withdrawn.IsZero(),
		"/notes": len(a.Notes) > 0, "/title": v.Title != "" && a.Title != v.Title,
		vuln + "/ids": len(v.IDs) > 0, vuln + "/discovered": !v.Discovered.IsZero(),
		vuln + "/exploited": len(v.Exploited) > 0, vuln + "/flags": len(v.Flags) > 0,
		vuln + "/involvements": len(v.Involvements) > 0,
	} {
		w.losses.If(lost, path, noPlace)
	}
	for i, n := range v.Notes {
		at := vuln + advisory.At("notes", i)
		if n.Category != advisory.NoteDescription && !isConfiguration(n) {
			w.losses.Add(at, noPlace)
			continue
		}
		w.losses.If(n.Title != "" && !isConfiguration(n), at+"/title", noPlace)
		w.losses.If(n.Audience != "", at+"/audience", noPlace)
		w.losses.If(len(n.Products) > 0, at+"/products", noPlace)
	}
}

// rejectionLosses lists what a rejected record does not say.
func (w *writer) rejectionLosses() {
	w.listLosses()
	const why = "a rejected CVE record has its reason and nothing else"
	for _, name := range []string{"weaknesses", "disclosed", "status", "threats", "scores", "remediations", "references",
		"credits", "timeline", "title", "notes", "ids"} {
		w.losses.Add(vuln+"/"+name, why)
	}
	for _, path := range []string{"/products", "/references", "/credits", "/title", "/id", "/notes"} {
		w.losses.Add(path, why)
	}
}
