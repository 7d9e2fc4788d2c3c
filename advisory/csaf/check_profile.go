package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// The tests 6.1.27.x and 6.2.39.x apply to the profiles that they name.

func inProfile(check func(*run), categories ...string) func(*run) {
	return func(r *run) {
		if r.is(categories...) {
			check(r)
		}
	}
}

func some(list *jsontree.Node, f func(*jsontree.Node) bool) bool {
	for _, n := range list.Items() {
		if f(n) {
			return true
		}
	}
	return false
}

func checkDocumentNotes(r *run) {
	if !some(r.document("notes"), func(n *jsontree.Node) bool {
		return hasString([]string{"description", "details", "general", "summary"}, n.Text("category"))
	}) {
		r.add("/document/notes", "there is no note of the category description, details, general or summary")
	}
}

func checkDescriptionNote(r *run) {
	if !some(r.document("notes"), func(n *jsontree.Node) bool { return n.Text("category") == "description" }) {
		r.add("/document/notes", "there is no note of the category description")
	}
}

func checkExternalReference(r *run) {
	if !some(r.document("references"), isExternal) {
		r.add("/document/references", "there is no reference to an external source")
	}
}

func isExternal(ref *jsontree.Node) bool {
	return !ref.Has("category") || ref.Text("category") == "external"
}

func checkNoVulnerabilities(r *run) { r.without("vulnerabilities") }
func checkNoProductTree(r *run)     { r.without("product_tree") }
func (r *run) without(m string) {
	if r.root.Has(m) {
		r.add("/"+m, "the profile does not allow it")
	}
}

func checkHasVulnerabilities(r *run) { r.with("vulnerabilities") }
func checkHasProductTree(r *run)     { r.with("product_tree") }
func (r *run) with(m string) {
	if !r.root.Has(m) {
		r.add("/"+m, "is missing")
	}
}

func checkVulnerabilityNotes(r *run)  { r.everyVulnerability("notes") }
func checkVulnerabilityStatus(r *run) { r.everyVulnerability("product_status") }
func checkKnownAffected(r *run)       { r.everyVulnerability("product_status", "known_affected") }
func (r *run) everyVulnerability(names ...string) {
	for i, v := range r.vulns {
		if v.Get(names...) == nil {
			r.add(at("vulnerabilities", i)+"/"+strings.Join(names, "/"), "is missing")
		}
	}
}

func checkVEXStatus(r *run) {
	for i, v := range r.vulns {
		s := v.Get("product_status")
		if !s.Has("fixed") && !s.Has("known_affected") && !s.Has("known_not_affected") && !s.Has("under_investigation") {
			r.add(at("vulnerabilities", i, "product_status"), "has none of fixed, known_affected, known_not_affected and under_investigation")
		}
	}
}

func checkVulnerabilityID(r *run) {
	for i, v := range r.vulns {
		if v.Has("cve") {
			continue
		}
		ids := v.Get("ids")
		if ids == nil {
			r.add(at("vulnerabilities", i), "has neither cve nor ids")
			continue
		}
		if !r.spec.AtLeast(V21) || some(ids, func(n *jsontree.Node) bool { return !n.Has("group_ids") && !n.Has("product_ids") }) {
			continue
		}
		have := r.coverage(ids, nil)
		eachStatus(v, statusNames, func(status string, j int, id string) {
			if !have[id] {
				r.add(at("vulnerabilities", i, "product_status", status, j), "the product "+quote(id)+" has no vulnerability ID")
			}
		})
	}
}

func checkImpactStatement(r *run) {
	for i, v := range r.vulns {
		have := r.coverage(v.Get("flags"), nil)
		for id := range r.coverage(v.Get("threats"), func(n *jsontree.Node) bool { return n.Text("category") == "impact" }) {
			have[id] = true
		}
		eachStatus(v, []string{"known_not_affected"}, func(status string, j int, id string) {
			if !have[id] {
				r.add(at("vulnerabilities", i, "product_status", status, j), "there is no impact statement for the product "+quote(id))
			}
		})
	}
}

func checkActionStatement(r *run) {
	for i, v := range r.vulns {
		have := r.coverage(v.Get("remediations"), nil)
		eachStatus(v, []string{"known_affected"}, func(status string, j int, id string) {
			if !have[id] {
				r.add(at("vulnerabilities", i, "product_status", status, j), "there is no action statement for the product "+quote(id))
			}
		})
	}
}

func checkTwoRevisions(r *run) {
	if r.document("tracking", "revision_history").Len() < 2 {
		r.add(historyPath, "has fewer than two items")
	}
}

// exactlyOneNote is the rule that one note has the title, and that it has the
// category.
func (r *run) exactlyOneNote(title, category string) {
	found := -1
	for i, n := range r.document("notes").Items() {
		if n.Text("title") != title {
			continue
		}
		if found >= 0 {
			r.add(at("document", "notes", i), "another note has the title "+quote(title))
			return
		}
		found = i
	}
	switch {
	case found < 0:
		r.add("/document/notes", "there is no note with the title "+quote(title))
	case r.document("notes").Item(found).Text("category") != category:
		r.add(at("document", "notes", found), "the note is not of the category "+category)
	}
}

// supersedingReference is the rule that an external reference begins with the
// term.
func (r *run) supersedingReference(term string) {
	found := -1
	for i, ref := range r.document("references").Items() {
		if strings.HasPrefix(ref.Text("summary"), term) {
			// The default of category is not enough here.
			if ref.Text("category") == "external" {
				return
			}
			found = i
		}
	}
	if found >= 0 {
		r.add(at("document", "references", found), "the reference is not of the category external")
		return
	}
	r.add("/document/references", "there is no reference whose summary begins with "+quote(term))
}

// inEnglish runs a check with the English term in English documents, and
// inOther with the recorded translation in others. Without a translation the
// standard has the test skipped.
func inEnglish(term string, check func(*run, string)) func(*run) {
	return func(r *run) {
		if r.english() {
			check(r, term)
		}
	}
}

func inOther(key string, check func(*run, string)) func(*run) {
	return func(r *run) {
		if r.english() {
			return
		}
		if t := translation(r.meta.Text("lang"), key); t != "" {
			check(r, t)
		} else {
			r.unsupported("translation of " + key + " into " + r.meta.Text("lang"))
		}
	}
}

func descriptionNote(r *run, title string) { r.exactlyOneNote(title, "description") }
func supersededBy(r *run, term string)     { r.supersedingReference(term) }
func licenseNote(r *run, title string) {
	if e, ok := parseLicense(r.meta.Text("license_expression")); ok && e.unlisted() {
		r.exactlyOneNote(title, "legal_disclaimer")
	}
}

func checkNoExtensions(r *run) {
	for _, path := range []string{"/document/x_extensions", "/x_extensions"} {
		if r.root.Find(path) != nil {
			r.add(path, "a withdrawn or superseded document has an extension")
		}
	}
}

// translations are the terms that the TC has recorded, by primary language.
var translations = map[string]map[string]string{
	"de": {
		"license":                    "Lizenz",
		"product_description":        "Produktbeschreibung",
		"reasoning_for_supersession": "Begründung für die Ersetzung",
		"reasoning_for_withdrawal":   "Begründung für die Zurückziehung",
		"superseding_document":       "Ersetzendes Dokument",
	},
}

func translation(lang, key string) string {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	return translations[primary][key]
}
