package openvex

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

const noPlace = "OpenVEX has no place for it"

// FromAdvisory writes an advisory as an OpenVEX document: one statement for the
// products of a vulnerability that share status, justification and action. A product
// is named by its first package URL, else by an IRI under the publisher's namespace.
// A statement not_affected has exactly one of justification and impact statement: a
// justification wins, and the impact statement becomes a status note.
//
// The losses list what the document cannot hold. The error is an *advisory.Error:
// ErrConfidential for every label but TLP:CLEAR, since the document could not carry
// it, and for none; ErrIncomplete without an author, a namespace, a time or a
// statement; ErrInvalid, with the place in the document, where the result would not
// pass Check.
func FromAdvisory(a *advisory.Advisory) (*Document, []advisory.Loss, error) {
	fail := func(rule error, path, reason string) (*Document, []advisory.Loss, error) {
		return nil, nil, &advisory.Error{Rule: rule, Path: path, Reason: reason}
	}
	switch {
	case a.TLP != tlp.Clear:
		return fail(advisory.ErrConfidential, "/tlp", "OpenVEX cannot carry a label; it must be TLP:CLEAR")
	case a.Publisher.Name == "":
		return fail(advisory.ErrIncomplete, "/publisher/name", "OpenVEX needs an author")
	case a.ID == "" || !isIRI(a.ID) && !isIRI(a.Publisher.Namespace):
		return fail(advisory.ErrIncomplete, "/publisher/namespace", "OpenVEX needs an IRI for the document")
	case a.Tracking.Released.IsZero():
		return fail(advisory.ErrIncomplete, "/tracking/released", "OpenVEX needs a time of issue")
	}
	w := &writer{a: a, x: advisory.NewIndex(a), names: map[string]bool{}}
	var statements []*jsontree.Node
	for i := range a.Vulnerabilities {
		statements = append(statements, w.vulnerability(i)...)
	}
	if len(statements) == 0 {
		return fail(advisory.ErrIncomplete, "/vulnerabilities", "OpenVEX needs a product with a status")
	}
	root := jsontree.NewObject(
		wire.Text("@context", context), wire.Text("@id", w.documentID()),
		wire.Text("author", a.Publisher.Name), wire.Text("role", a.Publisher.Category),
		wire.Time("timestamp", a.Tracking.Released), wire.Time("last_updated", a.Tracking.Updated),
		wire.Node("version", jsontree.NewInt(w.version())), wire.List("statements", statements),
	)
	w.listLosses()
	d := &Document{wire.NewDocument(root)}
	if faults := d.Check(); len(faults) > 0 {
		return fail(advisory.ErrInvalid, faults[0].Path, faults[0].Reason)
	}
	return d, w.losses, nil
}

type writer struct {
	x      *advisory.Index
	a      *advisory.Advisory
	losses wire.Losses
	names  map[string]bool // of vulnerabilities so far
	// general are the remediations of each vulnerability that name no product.
	general map[int][]int
}

// documentID is the advisory's ID if it is an IRI, as that of an OpenVEX document is.
func (w *writer) documentID() string {
	if isIRI(w.a.ID) {
		return w.a.ID
	}
	return w.iri("/", w.a.ID)
}

// iri makes a name under the publisher's namespace.
func (w *writer) iri(joiner, id string) string {
	return strings.TrimSuffix(w.a.Publisher.Namespace, "/") + joiner + url.PathEscape(id)
}

// version is the advisory's if it counts in integers, else the number of revisions.
func (w *writer) version() int64 {
	if n, err := strconv.ParseInt(w.a.Tracking.Version, 10, 64); err == nil && n > 0 {
		return n
	}
	return int64(max(len(w.a.Tracking.Revisions), 1))
}

var statuses = []struct {
	status string
	states []advisory.State
}{
	{"affected", []advisory.State{advisory.FirstAffected, advisory.Affected, advisory.LastAffected}},
	{"fixed", []advisory.State{advisory.FirstFixed, advisory.Fixed}},
	{"not_affected", []advisory.State{advisory.NotAffected}},
	{"under_investigation", []advisory.State{advisory.UnderInvestigation, advisory.Unknown}},
}

// statement is what is said of some products.
type statement struct {
	status, justification, impact, action, note string
}

func (w *writer) vulnerability(vi int) []*jsontree.Node {
	path, v := advisory.At("vulnerabilities", vi), &w.a.Vulnerabilities[vi]
	name := v.Name()
	if name == "" {
		w.losses.Add(path, "OpenVEX needs a name for a vulnerability")
		return nil
	}
	var aliases []string
	for _, id := range v.IDs {
		if id.Text != name {
			aliases = append(aliases, id.Text)
		}
	}
	w.losses.If(w.names[name], "/vulnerabilities", "OpenVEX joins what is said under one name")
	w.names[name] = true
	w.losses.If(v.CVE != "" && !advisory.ValidCVE(v.CVE) || v.CVE == "" && advisory.ValidCVE(name), path+"/cve", "OpenVEX has a name for a vulnerability, which is its CVE ID if it has that form")
	w.losses.If(v.CVE != "" && !advisory.ValidCVE(v.CVE), path+"/ids", "OpenVEX has a name for a vulnerability, which is its CVE ID if it has that form")
	w.losses.If(len(v.IDs) > 0, path+"/ids", "OpenVEX does not name the system of an alias")
	about := wire.Object(wire.Text("name", name), wire.Text("description", v.Description()), wire.Strings("aliases", unique(aliases)))
	var out []*jsontree.Node
	for _, s := range statuses {
		var order []statement
		groups := map[statement][]string{}
		seen := map[string]bool{}
		for _, state := range s.states {
			for _, id := range v.Of(state) {
				if seen[id] {
					continue
				}
				seen[id] = true
				st, ok := w.statement(vi, s.status, id)
				if !ok {
					continue
				}
				if groups[st] == nil {
					order = append(order, st)
				}
				groups[st] = append(groups[st], id)
			}
		}
		for _, st := range order {
			var products []*jsontree.Node
			for _, id := range groups[st] {
				products = append(products, w.product(id))
			}
			out = append(out, wire.Object(
				wire.Node("vulnerability", about.Clone()), wire.List("products", wire.Distinct(products, nil)),
				wire.Text("status", st.status), wire.Text("status_notes", st.note), wire.Text("justification", st.justification),
				wire.Text("impact_statement", st.impact), wire.Text("action_statement", st.action)))
		}
	}
	w.vulnerabilityLosses(path, v)
	return out
}

// statement gathers what the vulnerability says of a product.
func (w *writer) statement(vi int, status, id string) (statement, bool) {
	path, v, about := advisory.At("vulnerabilities", vi), &w.a.Vulnerabilities[vi], w.x.About(vi, id)
	st := statement{status: status}
	switch status {
	case "not_affected":
		for _, i := range about.Flags {
			if f := v.Flags[i]; st.justification == "" && known(f.Label) {
				st.justification = string(f.Label)
			}
		}
		for _, i := range about.Threats {
			if t := v.Threats[i]; t.Category == advisory.ThreatImpact && st.impact == "" {
				st.impact = t.Details
			}
		}
		if st.justification != "" {
			st.note, st.impact = st.impact, ""
		}
		if st.justification == "" && st.impact == "" {
			w.losses.Add(path+"/status", "OpenVEX needs a reason for not_affected; the product was left out")
			return st, false
		}
	case "affected":
		st.action = w.action(vi, about)
		if st.action == "" {
			st.action = "No remediation is known."
			w.losses.Fill(path+"/remediations", "OpenVEX needs an action for affected; a sentence was written")
		}
	}
	return st, true
}

// action joins the remediations of a product with those of all.
func (w *writer) action(vi int, about *advisory.About) string {
	v := &w.a.Vulnerabilities[vi]
	if w.general == nil {
		w.general = map[int][]int{}
	}
	general, ok := w.general[vi]
	if !ok {
		for i, r := range v.Remediations {
			if len(r.Products) == 0 {
				general = append(general, i)
			}
		}
		w.general[vi] = general
	}
	order := about.Remediations
	if len(general) > 0 {
		order = slices.Concat(order, general)
		slices.Sort(order)
	}
	var actions []string
	for _, i := range order {
		r := &v.Remediations[i]
		if r.Details == "" {
			continue
		}
		action := r.Details
		if r.URL != "" {
			action += " " + r.URL
		}
		actions = append(actions, action)
	}
	return strings.Join(actions, "\n")
}

// known reports whether a justification is one of VEX.
func known(j advisory.Justification) bool {
	switch j {
	case advisory.ComponentNotPresent, advisory.CodeNotPresent, advisory.CodeNotInExecutePath,
		advisory.CodeNotControllable, advisory.MitigationsAlreadyExist:
		return true
	}
	return false
}

func unique(list []string) []string {
	seen := make(map[string]bool, len(list))
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// hashName maps OpenSSL's names to those of IANA, where they differ.
var hashName = map[string]string{
	"sha256": "sha-256", "sha384": "sha-384", "sha512": "sha-512", "sha1": "sha1", "md5": "md5",
	"sha3-224": "sha3-224", "sha3-256": "sha3-256", "sha3-384": "sha3-384", "sha3-512": "sha3-512",
	"blake2s256": "blake2s-256", "blake2b512": "blake2b-512",
}

func (w *writer) product(id string) *jsontree.Node {
	p := w.x.Product(id)
	if p == nil {
		return wire.Object(wire.Text("@id", w.iri("/#", id)))
	}
	// A combination is the product that something is installed on, with that as its part.
	part := w.x.Product(p.Of)
	if part == nil || len(p.Steps) == 0 {
		return w.component(p, nil)
	}
	whole := w.x.Product(p.Steps[len(p.Steps)-1].Product)
	if whole == nil {
		whole = p
	}
	return w.component(whole, []*jsontree.Node{w.component(part, nil)})
}

func (w *writer) component(p *advisory.Product, parts []*jsontree.Node) *jsontree.Node {
	purl, id := "", p.ID
	if !isIRI(id) {
		id = w.iri("/#", p.ID)
	}
	if len(p.PURLs) > 0 {
		purl = advisory.VersionedPURL(p.PURLs[0], p.Version)
		if isIRI(purl) {
			id = purl
		}
	}
	cpe := wire.Text("cpe23", p.CPE)
	if strings.HasPrefix(strings.ToLower(p.CPE), "cpe:/") {
		cpe = wire.Text("cpe22", p.CPE)
	}
	var hashes []jsontree.Member
	if len(p.Hashes) == 1 { // sums of several files are not sums of the component
		for _, h := range p.Hashes[0].Hashes {
			if name := hashName[h.Algorithm]; name != "" {
				hashes = append(hashes, wire.Text(name, h.Value))
			}
		}
	}
	return wire.Object(wire.Text("@id", id), wire.Node("identifiers", wire.Object(wire.Text("purl", purl), cpe)),
		wire.Node("hashes", wire.Object(hashes...)), wire.List("subcomponents", parts))
}

func (w *writer) vulnerabilityLosses(path string, v *advisory.Vulnerability) {
	for name, lost := range map[string]bool{
		"/title": v.Title != "", "/weaknesses": len(v.Weaknesses) > 0, "/discovered": !v.Discovered.IsZero(),
		"/disclosed": !v.Disclosed.IsZero(), "/exploited": len(v.Exploited) > 0, "/flags": len(v.Flags)+len(v.Of(advisory.NotAffected)) > 0,
		"/threats": len(v.Threats)+len(v.Of(advisory.NotAffected)) > 0, "/scores": len(v.Scores) > 0, "/remediations": len(v.Remediations) > 0,
		"/involvements": len(v.Involvements) > 0, "/references": len(v.References) > 0, "/credits": len(v.Credits) > 0,
		"/timeline": len(v.Timeline) > 0, "/notes": len(v.Notes) > 0, "/status": true,
	} {
		reason := noPlace
		switch name {
		case "/status", "/flags", "/threats", "/remediations", "/notes":
			reason = "OpenVEX has status, justification, impact and action in its own words only"
		}
		w.losses.If(lost, path+name, reason)
	}
}

func (w *writer) listLosses() {
	a := w.a
	for path, lost := range map[string]bool{
		"/title": a.Title != "", "/aliases": len(a.Aliases) > 0, "/category": a.Category != "",
		"/language": a.Language != "", "/original": a.Original != "", "/sharing": a.Sharing != "", "/severity": a.Severity != "",
		"/license": a.License != "", "/publisher/namespace": true, "/publisher/contact": a.Publisher.Contact != "",
		"/publisher/authority": a.Publisher.Authority != "", "/tracking/status": true, "/tracking/version": true,
		"/tracking/revisions": true, "/tracking/withdrawn": !a.Tracking.Withdrawn.IsZero(), "/notes": len(a.Notes) > 0,
		"/tracking/updated": a.Tracking.Updated.IsZero(), "/publisher/category": !isCategory(a.Publisher.Category),
		"/references": len(a.References) > 0, "/credits": len(a.Credits) > 0,
	} {
		w.losses.If(lost, path, noPlace)
	}
	w.losses.Add("/tlp", "OpenVEX has no label; the document is TLP:CLEAR")
	w.losses.Add("/id", "OpenVEX names the document by an IRI")
	w.losses.Add("/products", "OpenVEX names products by package URL, CPE or IRI only")
	w.losses.Sort()
}
