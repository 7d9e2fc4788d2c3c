package openvex

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Advisory reads the document into the model. It has no TLP label, no title and no
// namespace: call Complete with them. Products get their @id or identifier as ID, and
// a subcomponent in a product is a product of its own. Statements about one
// vulnerability are joined; of two about one product the later in time wins, as the
// specification says, and what the earlier said of it is listed. Documents of version
// 0.0 are read too. The losses name, by JSON pointer, every value that the model does
// not hold. The document is not checked: a value of the wrong type is a loss.
func (d *Document) Advisory() (*advisory.Advisory, []advisory.Loss) {
	root := d.doc.Root()
	r := &reader{
		Taker: wire.NewTaker(), a: &advisory.Advisory{},
		products: map[string]bool{}, names: map[string]int{}, said: map[place]int{},
	}
	a := r.a
	r.Text(root, "@context")
	a.ID = r.Text(root, "@id")
	a.Publisher.Name, a.Publisher.Category = r.Text(root, "author"), r.role(root)
	a.Tracking.Released, a.Tracking.Updated = r.Time(root, "timestamp"), r.Time(root, "last_updated")
	if a.Tracking.Updated.IsZero() {
		a.Tracking.Updated = a.Tracking.Released
	}
	if n, ok := root.Get("version").Int(); ok && n > 0 {
		r.Use(root, "version")
		a.Tracking.Version = strconv.FormatInt(n, 10)
	}
	var all []*statementIn
	for i, n := range root.Get("statements").Items() {
		if s := r.statement(n, i); s != nil {
			all = append(all, s)
		}
	}
	r.apply(all)
	return a, r.Losses(root)
}

type reader struct {
	*wire.Taker
	a        *advisory.Advisory
	products map[string]bool
	names    map[string]int // vulnerabilities by name
	said     map[place]int  // which statement holds
}

type place struct {
	vulnerability int
	product       string
}

// statementIn is a statement that was read.
type statementIn struct {
	node          *jsontree.Node
	index         int
	vulnerability int
	state         advisory.State
	products      []string
	at            time.Time
}

// role takes the author's role where it is a category of publishers.
func (r *reader) role(root *jsontree.Node) string {
	if role := root.Text("role"); role != "" && isCategory(role) {
		return r.Text(root, "role")
	}
	return ""
}

// isCategory reports whether a role is a category of publishers, or none.
func isCategory(role string) bool {
	switch role {
	case "", "coordinator", "discoverer", "multiplier", "other", "translator", "user", "vendor":
		return true
	}
	return false
}

var states = map[string]advisory.State{
	"affected": advisory.Affected, "fixed": advisory.Fixed, "not_affected": advisory.NotAffected,
	"under_investigation": advisory.UnderInvestigation,
}

func (r *reader) statement(n *jsontree.Node, index int) *statementIn {
	x := n.Get("vulnerability")
	name := x.Text()
	if x.Kind() == jsontree.String { // as version 0.0 wrote it
		r.Text(x)
	} else {
		name = r.Text(x, "name")
	}
	if name == "" {
		name = x.Text("@id")
	}
	vi := r.named(name, r.Strings(x, "aliases"))
	v := &r.a.Vulnerabilities[vi]
	text := r.Text(x, "description")
	if text == "" {
		text = r.Text(n, "vuln_description")
	}
	if text != "" && v.Description() == "" {
		v.Notes = append(v.Notes, advisory.Note{Category: advisory.NoteDescription, Text: text})
	}
	r.link(x, v)
	state := states[n.Text("status")]
	var ids []string
	for _, p := range n.Get("products").Items() {
		ids = append(ids, r.product(p, n.Get("subcomponents"))...)
	}
	if state == "" || len(ids) == 0 {
		return nil
	}
	r.Text(n, "status")
	r.Strings(n, "subcomponents")
	// Without a time of its own a statement is as old as the document.
	at, err := time.Parse(time.RFC3339Nano, n.Text("timestamp"))
	if err != nil {
		at = r.a.Tracking.Released
	}
	return &statementIn{n, index, vi, state, unique(ids), at}
}

// link keeps the page of a vulnerability as a reference.
func (r *reader) link(x *jsontree.Node, v *advisory.Vulnerability) {
	id := x.Text("@id")
	if !strings.HasPrefix(id, "https://") && !strings.HasPrefix(id, "http://") {
		return
	}
	r.Text(x, "@id")
	for _, ref := range v.References {
		if ref.URL == id {
			return
		}
	}
	v.References = append(v.References, advisory.Reference{URL: id})
}

// apply lets the latest statement about each product hold.
func (r *reader) apply(all []*statementIn) {
	ordered := slices.Clone(all)
	slices.SortStableFunc(ordered, func(a, b *statementIn) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.index, b.index))
	})
	for _, s := range ordered {
		for _, id := range s.products {
			r.said[place{s.vulnerability, id}] = s.index
		}
	}
	for _, s := range all {
		var ids []string
		for _, id := range s.products {
			if r.said[place{s.vulnerability, id}] == s.index {
				ids = append(ids, id)
			}
		}
		if len(ids) < len(s.products) {
			r.Lose(advisory.Contradicts, jsontree.Index("/statements", s.index), "a later statement about the same product replaces it")
		}
		if len(ids) == 0 {
			r.Use(s.node)
			continue
		}
		r.tell(s, ids)
	}
}

// tell puts a statement about products into the model.
func (r *reader) tell(s *statementIn, ids []string) {
	n, v := s.node, &r.a.Vulnerabilities[s.vulnerability]
	put(v, s.state, ids)
	stamp := func() time.Time { return r.Time(n, "timestamp") } // taken where it is kept
	if label := n.Text("justification"); label != "" && s.state == advisory.NotAffected {
		r.Text(n, "justification")
		v.Flags = append(v.Flags, advisory.Flag{Label: advisory.Justification(label), Products: ids, Date: stamp()})
	}
	impact := r.Text(n, "impact_statement")
	if impact == "" && s.state == advisory.NotAffected {
		impact = r.Text(n, "status_notes")
	} else if note := r.Text(n, "status_notes"); note != "" {
		v.Notes = append(v.Notes, advisory.Note{Category: advisory.NoteOther, Title: statusNote, Text: note, Products: ids})
	}
	if impact != "" {
		v.Threats = append(v.Threats, advisory.Threat{Category: advisory.ThreatImpact, Details: impact, Products: ids, Date: stamp()})
	}
	action := n.Text("action_statement")
	if action == "" {
		return
	}
	// Something to do for a product that is fixed or not affected is told as a note.
	r.Text(n, "action_statement")
	if s.state != advisory.Affected && s.state != advisory.UnderInvestigation {
		v.Notes = append(v.Notes, advisory.Note{Category: advisory.NoteOther, Title: actionNote, Text: action, Products: ids})
		return
	}
	v.Remediations = append(v.Remediations, advisory.Remediation{
		Category: advisory.Mitigation, Details: action, Products: ids, Date: r.Time(n, "action_statement_timestamp"),
	})
}

// The titles of notes that statements become.
const (
	statusNote = "Status note"
	actionNote = "Action"
)

// named finds or adds a vulnerability.
func (r *reader) named(name string, aliases []string) int {
	i, ok := r.names[name]
	if !ok {
		v := advisory.Vulnerability{}
		if advisory.ValidCVE(name) {
			v.CVE = name
		}
		i = len(r.a.Vulnerabilities)
		r.names[name] = i
		r.a.Vulnerabilities = append(r.a.Vulnerabilities, v)
	}
	v := &r.a.Vulnerabilities[i]
	for _, s := range append([]string{name}, aliases...) {
		addID(v, s)
	}
	return i
}

func addID(v *advisory.Vulnerability, s string) {
	for _, id := range v.IDs {
		if id.Text == s {
			return
		}
	}
	if s != "" && s != v.CVE {
		v.IDs = append(v.IDs, advisory.Identifier{System: "OpenVEX", Text: s})
	}
}

// put adds products to a state.
func put(v *advisory.Vulnerability, state advisory.State, ids []string) {
	for i := range v.Status {
		if v.Status[i].State == state {
			v.Status[i].Products = append(v.Status[i].Products, ids...)
			return
		}
	}
	v.Status = append(v.Status, advisory.ProductStatus{State: state, Products: slices.Clone(ids)})
}

// product reads a product, or each of its subcomponents, and returns the IDs; none if
// it has none.
func (r *reader) product(n, parts *jsontree.Node) []string {
	outer, ok := r.component(n)
	if !ok {
		return nil
	}
	r.add(outer)
	if own := n.Get("subcomponents"); own != nil {
		parts = own
	}
	var ids []string
	for _, part := range parts.Items() {
		inner, ok := r.component(part)
		if !ok {
			continue
		}
		r.add(inner)
		p := advisory.Product{
			ID: outer.ID + "#" + inner.ID, Of: inner.ID,
			Steps: []advisory.Step{{Category: "default_component_of", Product: outer.ID}},
		}
		r.add(p)
		ids = append(ids, p.ID)
	}
	if len(ids) == 0 {
		return []string{outer.ID}
	}
	return ids
}

// component reads what names a product.
func (r *reader) component(n *jsontree.Node) (advisory.Product, bool) {
	p := advisory.Product{ID: r.Text(n, "@id")}
	if n.Kind() == jsontree.String { // as version 0.0 wrote it
		p.ID = r.Text(n)
	}
	if purl := r.Text(n, "identifiers", "purl"); purl != "" {
		p.PURLs = []string{purl}
	} else if strings.HasPrefix(p.ID, "pkg:") {
		p.PURLs = []string{p.ID}
	}
	p.CPE = r.Text(n, "identifiers", "cpe23")
	if p.CPE == "" {
		p.CPE = r.Text(n, "identifiers", "cpe22")
	}
	p.ID = cmp.Or(p.ID, first(p.PURLs), p.CPE)
	for _, m := range n.Get("hashes").Members() {
		for openssl, iana := range hashName {
			if iana != m.Name || m.Value.Text() == "" {
				continue
			}
			if p.Hashes == nil {
				p.Hashes = []advisory.FileHashes{{}}
			}
			p.Hashes[0].Hashes = append(p.Hashes[0].Hashes, advisory.Hash{Algorithm: openssl, Value: r.Text(m.Value)})
		}
	}
	return p, p.ID != ""
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func (r *reader) add(p advisory.Product) {
	if !r.products[p.ID] {
		r.products[p.ID] = true
		r.a.Products = append(r.a.Products, p)
	}
}
