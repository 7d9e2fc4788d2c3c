package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// The reasons of losses; they repeat.
const (
	notIn20     = "CSAF 2.0 has no place for it"
	notInCSAF   = "CSAF has no place for it"
	needed      = "CSAF needs it; it was filled in"
	timeline    = "Timeline"
	ssvcVersion = "2.0.0"
)

// FromAdvisory writes an advisory as a document of CSAF 2.0 or 2.1. What the version
// cannot hold is in the losses, by its place in the model. The document is built, not
// validated: an advisory without faults by [advisory.Advisory.Check], with notes and
// a status for each vulnerability, gives a document that passes the mandatory tests.
//
// An empty Category becomes csaf_security_advisory where that profile's rules hold,
// else csaf_base. The error is an [*advisory.Error]: 2.1 must carry a TLP label and
// 2.0 cannot carry AMBER+STRICT; writing AMBER instead would tell more people, so
// nothing is written.
func FromAdvisory(a *advisory.Advisory, v Version) (*Document, []advisory.Loss, error) {
	switch {
	case v != V20 && v != V21:
		return nil, nil, &advisory.Error{Rule: advisory.ErrFormat, Reason: "CSAF is written in version 2.0 or 2.1"}
	case a.TLP == tlp.Unset && v == V21:
		return nil, nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/tlp", Reason: "CSAF 2.1 must carry a TLP label"}
	case a.TLP != tlp.Unset && !a.TLP.Valid():
		return nil, nil, &advisory.Error{Rule: advisory.ErrConfidential, Path: "/tlp", Reason: "not a TLP label"}
	case a.TLP == tlp.AmberStrict && v == V20:
		return nil, nil, &advisory.Error{Rule: advisory.ErrConfidential, Path: "/tlp", Reason: "CSAF 2.0 has no AMBER+STRICT"}
	}
	w := &writer{a: a, v21: v == V21}
	var head []jsontree.Member
	if w.v21 {
		head = append(head, wire.Text("$schema", schemaURL21))
	}
	root := jsontree.NewObject(append(head,
		wire.Node("document", w.document(v)),
		wire.Node("product_tree", w.tree()),
		wire.List("vulnerabilities", w.vulnerabilities()),
	)...)
	return &Document{root: root, version: v}, w.losses, nil
}

// writer holds what the parts of FromAdvisory share.
type writer struct {
	a      *advisory.Advisory
	v21    bool
	losses wire.Losses
}

// only21 records a loss in 2.0, and reports whether the version is 2.1.
func (w *writer) only21(has bool, path string) bool {
	w.losses.If(has && !w.v21, path, notIn20)
	return w.v21
}

func (w *writer) document(v Version) *jsontree.Node {
	a := w.a
	w.losses.If(!a.Tracking.Withdrawn.IsZero(), "/tracking/withdrawn", notInCSAF)
	members := []jsontree.Member{
		wire.List("acknowledgments", w.acknowledgments("", a.Credits)),
		wire.Node("aggregate_severity", wire.Object(wire.Text("text", a.Severity))),
		wire.Text("category", w.category()),
		wire.Text("csaf_version", string(v)),
		wire.Node("distribution", wire.Object(wire.Text("text", a.Sharing), wire.Node("tlp", wire.Object(w.label())))),
		wire.Text("lang", a.Language),
	}
	if w.only21(a.License != "", "/license") {
		members = append(members, wire.Text("license_expression", a.License))
	}
	category := a.Publisher.Category
	if category == "" {
		category = "other"
		w.losses.Add("/publisher/category", needed)
	}
	members = append(members,
		wire.List("notes", w.notes("", a.Notes)),
		wire.Node("publisher", wire.Object(
			wire.Text("category", category), wire.Text("contact_details", a.Publisher.Contact),
			wire.Text("issuing_authority", a.Publisher.Authority), wire.Text("name", a.Publisher.Name),
			wire.Text("namespace", a.Publisher.Namespace))),
		wire.List("references", w.references("", a.References)),
		wire.Text("title", a.Title),
		wire.Node("tracking", w.tracking()),
	)
	return jsontree.NewObject(members...)
}

func (w *writer) label() jsontree.Member {
	name := w.a.TLP.Name()
	if !w.v21 && w.a.TLP == tlp.Clear {
		name = "WHITE" // 2.0 rests on TLP 1.0
	}
	return wire.Text("label", name)
}

// category chooses the profile: section 4.4 of the standard.
func (w *writer) category() string {
	if w.a.Category != "" {
		return w.a.Category
	}
	fits := len(w.a.Products) > 0 && len(w.a.Vulnerabilities) > 0
	for i := range w.a.Vulnerabilities {
		v := &w.a.Vulnerabilities[i]
		fits = fits && len(v.Notes) > 0 && len(v.Of(advisory.Affected)) > 0
	}
	if fits {
		return "csaf_security_advisory"
	}
	return "csaf_base"
}

func (w *writer) tracking() *jsontree.Node {
	t := &w.a.Tracking
	var history []*jsontree.Node
	for _, r := range t.Revisions {
		history = append(history, wire.Object(
			wire.Time("date", r.Date), wire.Text("number", r.Version), wire.Text("summary", r.Summary)))
	}
	return wire.Object(
		wire.Strings("aliases", w.a.Aliases), wire.Time("current_release_date", t.Updated),
		wire.Text("id", w.a.ID), wire.Time("initial_release_date", t.Released),
		wire.List("revision_history", history), wire.Text("status", string(t.Status)),
		wire.Text("version", t.Version))
}

// acknowledgments writes credits. CSAF has no roles: a role stands in for a missing
// summary, and is read back from there.
func (w *writer) acknowledgments(path string, credits []advisory.Credit) []*jsontree.Node {
	var out []*jsontree.Node
	for i, c := range credits {
		summary := c.Summary
		if summary == "" {
			summary = c.Role
		} else {
			w.losses.If(c.Role != "", path+advisory.At("credits", i, "role"), notInCSAF)
		}
		n := wire.Object(
			wire.Strings("names", c.Names), wire.Text("organization", c.Organization),
			wire.Text("summary", summary), wire.Strings("urls", c.URLs))
		w.losses.If(n == nil, path+advisory.At("credits", i), "CSAF has no empty credit")
		out = append(out, n)
	}
	return out
}

func (w *writer) notes(path string, notes []advisory.Note) []*jsontree.Node {
	var out []*jsontree.Node
	for i, n := range notes {
		at := path + advisory.At("notes", i)
		category := n.Category
		if category == "" {
			category = advisory.NoteOther
			w.losses.Add(at+"/category", needed)
		}
		members := []jsontree.Member{
			wire.Text("audience", n.Audience), wire.Text("category", category),
		}
		if w.only21(len(n.Products) > 0, at+"/products") {
			members = append(members, wire.Strings("product_ids", n.Products))
		}
		out = append(out, wire.Object(append(members, wire.Text("text", n.Text), wire.Text("title", n.Title))...))
	}
	return out
}

func (w *writer) references(path string, refs []advisory.Reference) []*jsontree.Node {
	var out []*jsontree.Node
	for i, r := range refs {
		w.losses.If(r.Type != "", path+advisory.At("references", i, "type"), notInCSAF)
		category, summary := "external", r.Summary
		if r.Self {
			category = "self"
		}
		if summary == "" {
			summary = r.URL // needed; read back as no summary
		}
		out = append(out, wire.Object(
			wire.Text("category", category), wire.Text("summary", summary), wire.Text("url", r.URL)))
	}
	return out
}

// timelineText writes events one a line, and reports whether they can be read back.
func timelineText(events []advisory.Event) (string, bool) {
	var lines []string
	for _, e := range events {
		if e.Text == "" || strings.TrimSpace(e.Text) != e.Text || strings.ContainsAny(e.Text, "\r\n") {
			return "", false
		}
		lines = append(lines, wire.Stamp(e.At)+" "+e.Text)
	}
	return strings.Join(lines, "\n"), len(events) > 0
}
