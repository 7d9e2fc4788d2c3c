package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// english reports whether the document is in English or names no language.
func (r *run) english() bool {
	lang := r.meta.Text("lang")
	primary, _, _ := strings.Cut(lang, "-")
	return lang == "" || strings.EqualFold(primary, "en")
}

func (r *run) label() tlp.Label { return r.doc.TLP() }

// eachLanguage calls f for the language members that the document has.
func (r *run) eachLanguage(f func(path, tag string)) {
	for _, m := range []string{"lang", "source_lang"} {
		if n := r.document(m); n.Kind() == jsontree.String {
			f("/document/"+m, n.Text())
		}
	}
}

func checkLanguage(r *run) {
	r.eachLanguage(func(path, tag string) {
		if fault := languageFault(tag); fault != "" {
			r.add(path, fault)
		}
	})
}

func checkPrivateLanguage(r *run) {
	r.eachLanguage(func(path, tag string) {
		if privateLanguage(tag) {
			r.add(path, "has a subtag that is reserved for private use")
		}
	})
}

func checkDefaultLanguage(r *run) {
	r.eachLanguage(func(path, tag string) {
		if strings.EqualFold(tag, "i-default") {
			r.add(path, "is i-default")
		}
	})
}

func checkTranslator(r *run) {
	if r.document("publisher").Text("category") == "translator" {
		r.presentAndSet("source_lang")
	}
}

func checkMissingLanguage(r *run) { r.presentAndSet("lang") }
func checkMissingLicense(r *run)  { r.presentAndSet("license_expression") }
func (r *run) presentAndSet(m string) {
	n := r.document(m)
	switch {
	case n == nil:
		r.add("/document/"+m, "is missing")
	case n.Text() == "":
		r.add("/document/"+m, "is present but has no value")
	}
}

func checkTranslation(r *run) {
	lang, source := r.meta.Text("lang"), r.meta.Text("source_lang")
	if lang != "" && strings.EqualFold(lang, source) {
		r.add("/document/lang", "is the same as the source language")
		r.add("/document/source_lang", "is the same as the document language")
	}
}

// Profiles by version: the value of /document/category and the name.
var (
	profiles20 = []string{
		"csaf_security_incident_response", "csaf_informational_advisory", "csaf_security_advisory", "csaf_vex",
	}
	profiles21 = append([]string{
		"csaf_deprecated_security_advisory", "csaf_superseded", "csaf_withdrawn",
	}, profiles20...)
)

func (r *run) profiles() []string {
	if r.spec.AtLeast(V21) {
		return profiles21
	}
	return profiles20
}

func checkCategoryName(r *run) {
	category := r.meta.Text("category")
	if category == "" || category == "csaf_base" || hasString(r.profiles(), category) {
		return
	}
	const path = "/document/category"
	if strings.HasPrefix(strings.ToLower(category), "csaf_") {
		r.add(path, "begins with the reserved prefix csaf_")
		return
	}
	got := squeeze(category)
	for _, p := range r.profiles() {
		// The value and the name of a profile differ in nothing but the prefix.
		if got == squeeze(p) || got == squeeze(strings.TrimPrefix(p, "csaf_")) {
			r.add(path, "is the name of the profile "+p)
			return
		}
	}
}

func checkDeprecatedProfile(r *run) {
	if strings.HasPrefix(r.meta.Text("category"), "csaf_deprecated_") {
		r.add("/document/category", "is a deprecated profile")
	}
}

func checkTLPLabel(r *run) {
	if l := r.document("distribution", "tlp").Text("label"); !hasString([]string{"AMBER", "GREEN", "RED", "WHITE"}, l) {
		r.add("/document/distribution/tlp/label", "there is no valid TLP label")
	}
}

// canonicalURL returns the URL of the document itself, if it gives one.
func (r *run) canonicalURL() (string, bool) {
	name := r.doc.Filename()
	for _, ref := range r.document("references").Items() {
		u := ref.Text("url")
		if ref.Text("category") == "self" && strings.HasPrefix(u, "https://") && strings.HasSuffix(u, name) {
			return u, true
		}
	}
	return "", false
}

func checkCanonicalURL(r *run) {
	if _, ok := r.canonicalURL(); !ok {
		r.add("/document/references", "no reference of the category self is an https URL that ends with the file name of the document")
	}
}

// checkSorted keeps the way to the value on a stack of tokens, as a pointer is
// needed for a fault only.
func checkSorted(r *run) {
	var way []any
	var walk func(n *jsontree.Node)
	walk = func(n *jsontree.Node) {
		ms := n.Members()
		for i := 1; i < len(ms); i++ {
			if ms[i].Name < ms[i-1].Name && !r.full() {
				r.add(at(append(way, ms[i].Name)...), "is not at its place in the alphabet")
				break
			}
		}
		for _, m := range ms {
			if m.Value.Len() > 0 {
				way = append(way, m.Name)
				walk(m.Value)
				way = way[:len(way)-1]
			}
		}
		for i, it := range n.Items() {
			if it.Len() > 0 {
				way = append(way, i)
				walk(it)
				way = way[:len(way)-1]
			}
		}
	}
	walk(r.root)
}

func checkAdditional(r *run) {
	if !r.defined {
		r.checkShape(shapeOf(r.doc.version), r.root, func() string { return "" }, true)
	}
	checkExtensionSchema(r)
}

func checkTitleID(r *run) {
	if id := r.doc.ID(); id != "" && strings.Contains(r.doc.Title(), id) {
		r.add("/document/title", "contains the tracking ID")
	}
}

const (
	maxUUID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
	nilUUID = "00000000-0000-0000-0000-000000000000"
)

func (r *run) sharing() (group *jsontree.Node, id string) {
	group = r.document("distribution", "sharing_group")
	return group, group.Text("id")
}

const (
	groupPath = "/document/distribution/sharing_group"
	labelPath = "/document/distribution/tlp/label"
)

func checkMaxUUIDLabel(r *run) {
	if _, id := r.sharing(); id == maxUUID && r.label() != tlp.Clear {
		r.add(labelPath, "the sharing group is the Max UUID but the label is not CLEAR")
	}
}

func checkClearUUID(r *run) {
	group, id := r.sharing()
	if group == nil || r.label() != tlp.Clear || id == maxUUID || id == nilUUID && r.status("draft") {
		return
	}
	r.add(groupPath+"/id", "a document with the label CLEAR has a sharing group other than the Max UUID")
}

func checkSharingName(r *run) {
	group, id := r.sharing()
	if n := group.Text("name"); n == "Public" && id != maxUUID || n == "No sharing allowed" && id != nilUUID {
		r.add(groupPath+"/name", "the name is reserved for another sharing group ID")
	}
}

func checkMissingSharingName(r *run) {
	group, id := r.sharing()
	want := map[string]string{maxUUID: "Public", nilUUID: "No sharing allowed"}[id]
	if want != "" && group.Text("name") != want {
		r.add(groupPath+"/name", "the sharing group ID needs the name "+quote(want))
	}
}

func checkMaxUUID(r *run) { r.noSharingID(maxUUID, "Max") }
func checkNilUUID(r *run) { r.noSharingID(nilUUID, "Nil") }
func (r *run) noSharingID(id, name string) {
	if _, got := r.sharing(); got == id {
		r.add(groupPath+"/id", "is the "+name+" UUID")
	}
}

func checkClearSharing(r *run) {
	if group, _ := r.sharing(); group != nil && r.label() == tlp.Clear {
		r.add(groupPath, "a document with the label CLEAR has a sharing group")
	}
}
