package openvex

import (
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Advisory reads the document into the model. It has no TLP label: the result's is
// unset, and the caller states one. Products get their @id or identifier as ID. Statements about
// one vulnerability are joined; of two about one product the later wins, as the
// specification says. The losses name, by JSON pointer, every value that the model has
// no place for. The document is not checked: a value of the wrong type is a loss.
func (d *Document) Advisory() (*advisory.Advisory, []advisory.Loss) {
	root := d.doc.Root()
	r := &reader{Taker: wire.NewTaker(), a: &advisory.Advisory{}}
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
	for _, n := range root.Get("statements").Items() {
		r.statement(n)
	}
	return a, r.Losses(root)
}

type reader struct {
	*wire.Taker
	a *advisory.Advisory
}

// role takes the author's role where it is a category of publishers.
func (r *reader) role(root *jsontree.Node) string {
	switch root.Text("role") {
	case "coordinator", "discoverer", "multiplier", "other", "translator", "user", "vendor":
		return r.Text(root, "role")
	}
	return ""
}

func (r *reader) statement(n *jsontree.Node) {
	x := n.Get("vulnerability")
	v := r.named(r.Text(x, "name"), r.Strings(x, "aliases"))
	if text := r.Text(x, "description"); text != "" && v.Description() == "" {
		v.Notes = append(v.Notes, advisory.Note{Category: advisory.NoteDescription, Text: text})
	}
	var ids []string
	for _, p := range n.Get("products").Items() {
		if id := r.product(p, false); id != "" {
			ids = append(ids, id)
		}
	}
	state := map[string]advisory.State{
		"affected": advisory.Affected, "fixed": advisory.Fixed, "not_affected": advisory.NotAffected,
		"under_investigation": advisory.UnderInvestigation,
	}[n.Text("status")]
	if state == "" || len(ids) == 0 {
		return
	}
	r.Text(n, "status")
	at := r.Time(n, "timestamp")
	put(v, state, ids)
	if label := r.Text(n, "justification"); label != "" {
		v.Flags = append(v.Flags, advisory.Flag{Label: advisory.Justification(label), Products: ids, Date: at})
	}
	impact := r.Text(n, "impact_statement")
	if impact == "" && state == advisory.NotAffected {
		impact = r.Text(n, "status_notes")
	}
	if impact != "" {
		v.Threats = append(v.Threats, advisory.Threat{Category: advisory.ThreatImpact, Details: impact, Products: ids, Date: at})
	}
	if action := r.Text(n, "action_statement"); action != "" {
		v.Remediations = append(v.Remediations, advisory.Remediation{
			Category: advisory.Mitigation, Details: action, Products: ids, Date: r.Time(n, "action_statement_timestamp"),
		})
	}
}

// named finds or adds a vulnerability.
func (r *reader) named(name string, aliases []string) *advisory.Vulnerability {
	for i := range r.a.Vulnerabilities {
		if v := &r.a.Vulnerabilities[i]; v.Name() == name {
			for _, alias := range aliases {
				addID(v, alias)
			}
			return v
		}
	}
	v := advisory.Vulnerability{}
	for _, s := range append([]string{name}, aliases...) {
		if v.CVE == "" && advisory.ValidCVE(s) && s == name {
			v.CVE = s
		} else {
			addID(&v, s)
		}
	}
	r.a.Vulnerabilities = append(r.a.Vulnerabilities, v)
	return &r.a.Vulnerabilities[len(r.a.Vulnerabilities)-1]
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

// put moves products into a state: a later statement replaces an earlier one.
func put(v *advisory.Vulnerability, state advisory.State, ids []string) {
	moved := map[string]bool{}
	for _, id := range ids {
		moved[id] = true
	}
	var out []advisory.ProductStatus
	found := false
	for _, s := range v.Status {
		var kept []string
		for _, id := range s.Products {
			if !moved[id] {
				kept = append(kept, id)
			}
		}
		if s.State == state {
			kept, found = append(kept, unique(ids)...), true
		}
		if len(kept) > 0 {
			out = append(out, advisory.ProductStatus{State: s.State, Products: kept})
		}
	}
	if !found {
		out = append(out, advisory.ProductStatus{State: state, Products: unique(ids)})
	}
	v.Status = out
}

// product reads a component and returns its ID, "" if it has none.
func (r *reader) product(n *jsontree.Node, part bool) string {
	p := advisory.Product{ID: r.Text(n, "@id")}
	if purl := r.Text(n, "identifiers", "purl"); purl != "" {
		p.PURLs = []string{purl}
	} else if strings.HasPrefix(p.ID, "pkg:") {
		p.PURLs = []string{p.ID}
	}
	p.CPE = r.Text(n, "identifiers", "cpe23")
	if p.CPE == "" {
		p.CPE = r.Text(n, "identifiers", "cpe22")
	}
	if p.ID == "" && len(p.PURLs) > 0 {
		p.ID = p.PURLs[0]
	}
	if p.ID == "" {
		p.ID = p.CPE
	}
	if p.ID == "" {
		return ""
	}
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
	if parts := n.Get("subcomponents").Items(); len(parts) == 1 && !part {
		// The component inside of the product.
		inner, outer := r.product(parts[0], true), p
		if inner != "" {
			r.add(outer)
			p = advisory.Product{
				ID: outer.ID + "#" + inner, Of: inner,
				Steps: []advisory.Step{{Category: "default_component_of", Product: outer.ID}},
			}
		}
	}
	r.add(p)
	return p.ID
}

func (r *reader) add(p advisory.Product) {
	if r.a.Product(p.ID) == nil {
		r.a.Products = append(r.a.Products, p)
	}
}
