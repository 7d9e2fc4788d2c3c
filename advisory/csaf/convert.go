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
	notIn20   = "CSAF 2.0 has no place for it"
	notInCSAF = "CSAF has no place for it"
	needed    = "CSAF needs it; it was filled in"
	timeline  = "Timeline"
)

// FromAdvisory writes an advisory as a document of CSAF 2.0 or 2.1 that has passed the
// structural check and the mandatory tests. What the version cannot hold, and what a
// test refuses and can be left out, is in the losses, by its place in the model. A
// range that the rules of 2.1 do not allow stands in the name of the product.
//
// An empty Category becomes csaf_security_advisory or csaf_vex where that profile's
// rules hold, csaf_withdrawn for a withdrawn advisory with its reason (2.1), and else
// csaf_base. The error is an [*advisory.Error]: 2.1 must carry a TLP label and 2.0
// cannot carry AMBER+STRICT; writing AMBER instead would tell more people, so nothing
// is written. With [advisory.ErrIncomplete] or [advisory.ErrInvalid] it names the first
// place that is not as the standard wants it, and [advisory.Advisory.Complete] fills in
// what documents of other formats lack.
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
	if err := present(a); err != nil {
		return nil, nil, err
	}
	w := &writer{a: a, version: v}
	return w.valid(v)
}

// present finds what CSAF cannot do without, so that the error names the model's place.
func present(a *advisory.Advisory) error {
	missing := func(path, reason string) error {
		return &advisory.Error{Rule: advisory.ErrIncomplete, Path: path, Reason: reason}
	}
	switch {
	case a.ID == "":
		return missing("/id", "CSAF needs an ID; Complete makes one")
	case a.Title == "":
		return missing("/title", "CSAF needs a title; Complete makes one")
	case a.Publisher.Name == "":
		return missing("/publisher/name", "CSAF needs the publisher's name; give it to Complete")
	case a.Publisher.Namespace == "":
		return missing("/publisher/namespace", "CSAF needs the publisher's namespace; give it to Complete")
	case len(a.Tracking.Revisions) == 0:
		return missing("/tracking/revisions", "CSAF needs a history; Complete or Release gives it")
	case a.Tracking.Released.IsZero():
		return missing("/tracking/released", "CSAF needs the date of the first release")
	}
	return nil
}

// build writes the document as the writer is set.
func (w *writer) build(v Version) *Document {
	w.losses, w.from = nil, map[*jsontree.Node]string{}
	w.index()
	var head []jsontree.Member
	if w.version.AtLeast(V21) {
		head = append(head, wire.Text("$schema", schemaURL21))
	}
	body := []jsontree.Member{wire.Node("document", w.document(v))}
	if w.isWithdrawn() {
		w.losses.If(len(w.a.Products) > 0, "/products", "a withdrawn CSAF document has no products")
		w.losses.If(len(w.a.Vulnerabilities) > 0, "/vulnerabilities", "a withdrawn CSAF document has no vulnerabilities")
	} else {
		body = append(body, wire.Node("product_tree", w.tree()), wire.List("vulnerabilities", w.vulnerabilities()))
	}
	root := jsontree.NewObject(append(head, body...)...)
	root.SortMembers() // test 6.2.13
	return &Document{root: root, version: v}
}

// writer holds what the parts of FromAdvisory share.
type writer struct {
	a       *advisory.Advisory
	version Version // that is written
	losses  wire.Losses
	from    map[*jsontree.Node]string // places in the model of what can be left out
	parts   map[string]bool           // products that combinations name
	all     []string                  // IDs of the products
	lesser  int                       // 1: the rules of the wanted profile do not hold; 2: those of none
	words   bool                      // ranges stand in the names of products
}

// kept records the place in the model of a value that can be left out.
func (w *writer) kept(n *jsontree.Node, path string) *jsontree.Node {
	if n != nil {
		w.from[n] = path
	}
	return n
}

// member is kept for a member of an object.
func (w *writer) member(m jsontree.Member, path string) jsontree.Member {
	w.kept(m.Value, path)
	return m
}

// set makes an array without equal items, as the schema wants.
func (w *writer) set(name string, nodes []*jsontree.Node) jsontree.Member {
	return wire.List(name, wire.Distinct(nodes, func(i int) {
		w.losses.Kind(advisory.Contradicts, w.from[nodes[i]], "the same is said twice, which CSAF does not allow")
	}))
}

// only21 records a loss in 2.0, and reports whether the version is 2.1.
func (w *writer) only21(has bool, path string) bool {
	w.losses.If(has && !w.version.AtLeast(V21), path, notIn20)
	return w.version.AtLeast(V21)
}

func (w *writer) document(v Version) *jsontree.Node {
	a := w.a
	w.losses.If(!a.Tracking.Withdrawn.IsZero() && !w.isWithdrawn(), "/tracking/withdrawn", notInCSAF)
	w.losses.If(w.isWithdrawn() && !a.Tracking.Withdrawn.Equal(a.Tracking.Updated), "/tracking/withdrawn", "CSAF has the date of the last change for it")
	members := []jsontree.Member{
		wire.List("acknowledgments", w.acknowledgments("", a.Credits)),
		wire.Node("aggregate_severity", wire.Object(wire.Text("text", a.Severity))),
		wire.Text("category", w.category()),
		wire.Text("csaf_version", string(v)),
		wire.Node("distribution", wire.Object(wire.Text("text", a.Sharing), wire.Node("tlp", wire.Object(w.label())))),
		w.member(wire.Text("lang", a.Language), "/language"),
	}
	if w.only21(a.License != "", "/license") {
		members = append(members, w.member(wire.Text("license_expression", a.License), "/license"))
	}
	category := a.Publisher.Category
	if category == "" {
		category = "other"
		w.losses.Fill("/publisher/category", needed)
	}
	members = append(members,
		w.set("notes", w.notes("", a.Notes)),
		wire.Node("publisher", wire.Object(
			wire.Text("category", category), wire.Text("contact_details", a.Publisher.Contact),
			wire.Text("issuing_authority", a.Publisher.Authority), wire.Text("name", a.Publisher.Name),
			wire.Text("namespace", a.Publisher.Namespace))),
		w.set("references", w.references("", a.References)),
		w.member(wire.Text("source_lang", a.Original), "/original"),
		wire.Text("title", a.Title),
		wire.Node("tracking", w.tracking()),
	)
	return jsontree.NewObject(members...)
}

func (w *writer) label() jsontree.Member {
	name := w.a.TLP.Name()
	if !w.version.AtLeast(V21) && w.a.TLP == tlp.Clear {
		name = "WHITE" // 2.0 rests on TLP 1.0
	}
	return wire.Text("label", name)
}

const (
	withdrawn = "csaf_withdrawn"
	baseline  = "csaf_base"
)

// category chooses the profile: section 4 of the standard. Whether its rules hold
// shows in the tests: if not, the document is a csaf_base.
func (w *writer) category() string {
	want := w.wanted()
	if w.lesser == 0 || want == baseline {
		return want
	}
	w.losses.If(w.a.Category != "", "/category", "the document does not keep the rules of its profile")
	if w.lesser == 1 && w.version.AtLeast(V21) && want == "csaf_security_advisory" && w.a.Category != "" {
		return "csaf_deprecated_security_advisory" // of 2.0, which allowed more
	}
	return baseline
}

func (w *writer) wanted() string {
	switch {
	case w.a.Category != "":
		return w.a.Category
	case !w.a.Tracking.Withdrawn.IsZero():
		if w.version.AtLeast(V21) && w.withdrawalNote() {
			return withdrawn
		}
		return baseline
	}
	advise, vex := len(w.a.Products) > 0 && len(w.a.Vulnerabilities) > 0, len(w.a.Vulnerabilities) > 0
	for i := range w.a.Vulnerabilities {
		v := &w.a.Vulnerabilities[i]
		advise = advise && len(v.Notes) > 0 && len(v.Of(advisory.Affected)) > 0
		vex = vex && len(v.Notes) > 0 && len(v.Status) > 0
	}
	switch {
	case advise:
		return "csaf_security_advisory"
	case vex:
		return "csaf_vex"
	}
	return baseline
}

func (w *writer) isWithdrawn() bool { return w.lesser == 0 && w.wanted() == withdrawn }

func (w *writer) withdrawalNote() bool {
	for _, n := range w.a.Notes {
		if n.Title == advisory.WithdrawalNote && n.Category == advisory.NoteDescription {
			return true
		}
	}
	return false
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
		out = append(out, w.kept(n, path+advisory.At("credits", i)))
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
			w.losses.Fill(at+"/category", needed)
		}
		members := []jsontree.Member{
			wire.Text("audience", n.Audience), wire.Text("category", category),
		}
		if w.only21(len(n.Products) > 0, at+"/products") {
			members = append(members, wire.Strings("product_ids", n.Products))
		}
		out = append(out, w.kept(wire.Object(append(members, wire.Text("text", n.Text), wire.Text("title", n.Title))...), at))
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
		out = append(out, w.kept(wire.Object(
			wire.Text("category", category), wire.Text("summary", summary), wire.Text("url", r.URL)), path+advisory.At("references", i)))
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
