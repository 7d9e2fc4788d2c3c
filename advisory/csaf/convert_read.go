package csaf

import (
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// reader holds what the parts of Advisory share.
type reader struct {
	*wire.Taker
	out    *advisory.Advisory
	groups map[string][]string
}

// Advisory reads the document into the model. The losses name, by JSON pointer,
// every value that the model has no place for; it is complete, whatever the document
// holds. Product groups are replaced by their products. The document is not
// validated: a value of the wrong type is a loss.
func (d *Document) Advisory() (*advisory.Advisory, []advisory.Loss) {
	r := &reader{Taker: wire.NewTaker(), out: &advisory.Advisory{}, groups: map[string][]string{}}
	r.Text(d.root, "$schema")
	r.document(d.root.Get("document"), d.TLP().Name())
	r.readTree(d.root.Get("product_tree"))
	for _, n := range d.root.Get("vulnerabilities").Items() {
		r.out.Vulnerabilities = append(r.out.Vulnerabilities, r.vulnerability(n))
	}
	return r.out, r.Losses(d.root)
}

func (r *reader) document(n *jsontree.Node, label string) {
	a := r.out
	a.ID, a.Aliases = r.Text(n, "tracking", "id"), r.Strings(n, "tracking", "aliases")
	a.Title, a.Category, a.Language = r.Text(n, "title"), r.Text(n, "category"), r.Text(n, "lang")
	a.Original = r.Text(n, "source_lang")
	a.Severity, a.License = r.Text(n, "aggregate_severity", "text"), r.Text(n, "license_expression")
	a.Sharing = r.Text(n, "distribution", "text")
	r.Text(n, "csaf_version")
	if label != "" {
		r.Text(n, "distribution", "tlp", "label")
		// The name is that of a label, so it can be read.
		_ = a.TLP.UnmarshalText([]byte(label))
	}
	p := n.Get("publisher")
	a.Publisher = advisory.Publisher{
		Name: r.Text(p, "name"), Category: r.Text(p, "category"), Namespace: r.Text(p, "namespace"),
		Contact: r.Text(p, "contact_details"), Authority: r.Text(p, "issuing_authority"),
	}
	t := n.Get("tracking")
	a.Tracking = advisory.Tracking{
		Status: advisory.Status(r.Text(t, "status")), Version: r.Text(t, "version"),
		Released: r.Time(t, "initial_release_date"), Updated: r.Time(t, "current_release_date"),
	}
	for _, h := range t.Get("revision_history").Items() {
		a.Tracking.Revisions = append(a.Tracking.Revisions, advisory.Revision{
			Version: r.Text(h, "number"), Date: r.Time(h, "date"), Summary: r.Text(h, "summary"),
		})
	}
	if a.Category == withdrawn {
		a.Tracking.Withdrawn = a.Tracking.Updated
	}
	a.Notes, a.References, a.Credits = r.notes(n.Get("notes")), r.refs(n.Get("references")), r.credits(n.Get("acknowledgments"))
}

func (r *reader) notes(list *jsontree.Node) []advisory.Note {
	var out []advisory.Note
	for _, n := range list.Items() {
		out = append(out, advisory.Note{
			Category: r.Text(n, "category"), Title: r.Text(n, "title"), Text: r.Text(n, "text"),
			Audience: r.Text(n, "audience"), Products: r.products(n, "product_ids"),
		})
	}
	return out
}

func (r *reader) refs(list *jsontree.Node) []advisory.Reference {
	var out []advisory.Reference
	for _, n := range list.Items() {
		ref := advisory.Reference{URL: r.Text(n, "url"), Summary: r.Text(n, "summary")}
		if ref.Summary == ref.URL {
			ref.Summary = ""
		}
		switch n.Text("category") {
		case "self":
			ref.Self = true
			r.Use(n, "category")
		case "external":
			r.Use(n, "category")
		}
		out = append(out, ref)
	}
	return out
}

func (r *reader) credits(list *jsontree.Node) []advisory.Credit {
	var out []advisory.Credit
	for _, n := range list.Items() {
		c := advisory.Credit{
			Names: r.Strings(n, "names"), Organization: r.Text(n, "organization"),
			Summary: r.Text(n, "summary"), URLs: r.Strings(n, "urls"),
		}
		for _, role := range advisory.Roles() {
			if c.Summary == role {
				c.Role, c.Summary = role, ""
			}
		}
		out = append(out, c)
	}
	return out
}

// products reads a list of products, with those of the groups beside it.
func (r *reader) products(n *jsontree.Node, name string) []string {
	out := r.Strings(n, name)
	seen := map[string]bool{}
	for _, id := range out {
		seen[id] = true
	}
	for _, g := range n.Get("group_ids").Items() {
		members, ok := r.groups[g.Text()]
		if !ok {
			continue
		}
		r.Text(g)
		for _, id := range members {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

func (r *reader) vulnerability(n *jsontree.Node) advisory.Vulnerability {
	v := advisory.Vulnerability{
		CVE: r.Text(n, "cve"), Title: r.Text(n, "title"),
		Discovered: r.Time(n, "discovery_date"), Disclosed: r.Time(n, "disclosure_date"),
		References: r.refs(n.Get("references")), Credits: r.credits(n.Get("acknowledgments")),
	}
	if v.Disclosed.IsZero() {
		v.Disclosed = r.Time(n, "release_date")
	}
	weaknesses := n.Get("cwes").Items()
	if cwe := n.Get("cwe"); cwe != nil {
		weaknesses = append([]*jsontree.Node{cwe}, weaknesses...)
	}
	for _, w := range weaknesses {
		v.Weaknesses = append(v.Weaknesses, advisory.Weakness{
			ID: r.Text(w, "id"), Name: r.Text(w, "name"), Version: r.Text(w, "version"),
		})
	}
	for _, id := range n.Get("ids").Items() {
		v.IDs = append(v.IDs, advisory.Identifier{System: r.Text(id, "system_name"), Text: r.Text(id, "text")})
	}
	for _, note := range r.notes(n.Get("notes")) {
		if events, ok := readTimeline(note); ok && v.Timeline == nil {
			v.Timeline = events
			continue
		}
		v.Notes = append(v.Notes, note)
	}
	for _, s := range advisory.States() {
		if ids := r.Strings(n, "product_status", string(s)); len(ids) > 0 {
			v.Status = append(v.Status, advisory.ProductStatus{State: s, Products: ids})
		}
	}
	r.statements(n, &v)
	for _, s := range n.Get("scores").Items() {
		r.readScores(s, r.Strings(s, "products"), "", &v)
	}
	for _, m := range n.Get("metrics").Items() {
		r.readScores(m.Get("content"), r.Strings(m, "products"), r.Text(m, "source"), &v)
	}
	return v
}

// statements reads what is said about products.
func (r *reader) statements(n *jsontree.Node, v *advisory.Vulnerability) {
	for _, x := range n.Get("first_known_exploitation_dates").Items() {
		v.Exploited = append(v.Exploited, advisory.Exploitation{
			Known: r.Time(x, "date"), Exploited: r.Time(x, "exploitation_date"), Products: r.products(x, "product_ids"),
		})
	}
	for _, x := range n.Get("flags").Items() {
		v.Flags = append(v.Flags, advisory.Flag{
			Label: advisory.Justification(r.Text(x, "label")), Date: r.Time(x, "date"), Products: r.products(x, "product_ids"),
		})
	}
	for _, x := range n.Get("threats").Items() {
		v.Threats = append(v.Threats, advisory.Threat{
			Category: r.Text(x, "category"), Details: r.Text(x, "details"), Date: r.Time(x, "date"),
			Products: r.products(x, "product_ids"),
		})
	}
	for _, x := range n.Get("remediations").Items() {
		v.Remediations = append(v.Remediations, advisory.Remediation{
			Category: r.Text(x, "category"), Details: r.Text(x, "details"), URL: r.Text(x, "url"), Date: r.Time(x, "date"),
			Entitlements: r.Strings(x, "entitlements"), Restart: r.Text(x, "restart_required", "category"),
			RestartDetails: r.Text(x, "restart_required", "details"), Products: r.products(x, "product_ids"),
		})
	}
	for _, x := range n.Get("involvements").Items() {
		v.Involvements = append(v.Involvements, advisory.Involvement{
			Party: r.Text(x, "party"), Status: r.Text(x, "status"), Date: r.Time(x, "date"),
			Summary: r.Text(x, "summary"), Contact: r.Text(x, "contact"), Products: r.products(x, "product_ids"),
		})
	}
}

// readScores reads the assessments of one item, each as a Score.
func (r *reader) readScores(n *jsontree.Node, products []string, source string, v *advisory.Vulnerability) {
	add := func(s advisory.Score) {
		s.Products, s.Source = products, source
		v.Scores = append(v.Scores, s)
	}
	for _, name := range []string{"cvss_v2", "cvss_v3", "cvss_v4"} {
		versions := map[string][]string{"cvss_v2": {"2.0"}, "cvss_v3": {"3.0", "3.1"}, "cvss_v4": {"4.0"}}
		if vector, ok := r.CVSS(n.Get(name), versions[name]...); ok {
			add(advisory.Score{CVSS: vector})
		}
	}
	if x := n.Get("epss"); x != nil {
		add(advisory.Score{EPSS: &advisory.EPSS{
			Probability: r.Text(x, "probability"), Percentile: r.Text(x, "percentile"), At: r.Time(x, "timestamp"),
		}})
	}
	if x := n.Get("ssvc_v2"); x != nil {
		add(advisory.Score{SSVC: r.SSVC(x)})
	}
	if rating := r.Text(n, "qualitative_severity_rating"); rating != "" {
		add(advisory.Score{Rating: rating})
	}
}

// readTimeline reads the note that timeline writes.
func readTimeline(n advisory.Note) ([]advisory.Event, bool) {
	if n.Title != timeline || n.Category != advisory.NoteDetails || n.Audience != "" || len(n.Products) > 0 {
		return nil, false
	}
	var out []advisory.Event
	for _, line := range strings.Split(n.Text, "\n") {
		stamp, text, ok := strings.Cut(line, " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if !ok || err != nil {
			return nil, false
		}
		out = append(out, advisory.Event{At: at.UTC(), Text: text})
	}
	if text, ok := timelineText(out); !ok || text != n.Text {
		return nil, false
	}
	return out, true
}
