package csaf

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// vulnerability converts an item of /vulnerabilities.
func (u *upgrade) vulnerability(i int, v *jsontree.Node) {
	path := at("vulnerabilities", i)
	if d := v.Delete("release_date"); d != nil {
		v.Set("disclosure_date", d)
	}
	u.weakness(v, path)
	for j, id := range v.Get("ids").Items() {
		u.id(id, path+at("ids", j))
	}
	u.metrics(v, path)
	u.notes(v.Get("notes"), vulnerabilityTitles, path+"/notes")
	u.ssvcNotes(v, path)
	u.remediations(v, path)
}

// weakness finds the catalogue version that a CWE was taken from: the newest at
// the current release date that has the ID and the name, else the first after.
func (u *upgrade) weakness(v *jsontree.Node, path string) {
	cwe := v.Delete("cwe")
	if cwe == nil {
		return
	}
	id, name := cwe.Text("id"), strings.TrimSpace(cwe.Text("name"))
	c := cweCatalogue()
	_, released := (&Document{u.root, V20}).Released()
	day := released.Format("2006-01-02")
	var before, after string
	for i, date := range c.dates {
		w, _, ok := c.find(id, c.versions[i])
		switch {
		case !ok || w.name != name:
		case date < day:
			before = c.versions[i]
		case after == "":
			after = c.versions[i]
		}
	}
	version := before
	if version == "" {
		version = after
	}
	if version == "" {
		u.warn(path+"/cwe", id+" "+name, "no version of CWE has this ID with this name; the weakness was removed")
		if v.Len() == 0 { // a vulnerability must not be empty
			v.Set("title", jsontree.NewString(id+" "+name))
		}
		return
	}
	v.Set("cwes", jsontree.NewArray(jsontree.NewObject(
		jsontree.Member{Name: "id", Value: jsontree.NewString(id)},
		jsontree.Member{Name: "name", Value: jsontree.NewString(name)},
		jsontree.Member{Name: "version", Value: jsontree.NewString(version)},
	)))
}

// id converts an ID by the mapping of the Registry for Vulnerability ID Systems
// (mapping version 1, whose one entry is about issues of the TC).
func (u *upgrade) id(n *jsontree.Node, path string) {
	system, text := n.Text("system_name"), n.Text("text")
	value := system + " " + text
	sys := findIDSystem(system)
	if sys != nil && sys.match(text) {
		return
	}
	const issues = "https://github.com/oasis-tcs/csaf"
	mapped := system == "OASIS Open CSAF TC GitHub Issues" || system == issues
	switch number, ok := issueNumber(text); {
	case mapped && ok:
		n.Set("system_name", jsontree.NewString(issues))
		n.Set("text", jsontree.NewString("#"+number))
		u.warn(path, value, "an ID of a registered vulnerability ID system was converted to "+issues+" #"+number)
	case sys != nil || mapped:
		u.warn(path, value, "an ID of a registered vulnerability ID system could not be converted: there is no rule for this text")
	default:
		u.warn(path, value, "an ID of a potentially unregistered vulnerability ID system was not changed")
	}
}

// issueNumber reads "Issue #012" and "12".
func issueNumber(s string) (string, bool) {
	folded := strings.ToLower(s)
	for _, prefix := range []string{"issues", "issue"} {
		if rest, ok := strings.CutPrefix(folded, prefix); ok {
			if folded = strings.TrimLeft(rest, " \t"); folded == rest {
				return "", false
			}
			folded = strings.TrimPrefix(folded, "#")
			break
		}
	}
	if folded == "" || !allOf(folded, digits) || allOf(folded, "0") {
		return "", false
	}
	return strings.TrimLeft(folded, "0"), true
}

// metrics turns scores into metrics and takes CVSS v4.0 vectors from references
// to the calculator of FIRST.
func (u *upgrade) metrics(v *jsontree.Node, path string) {
	metrics := jsontree.NewArray()
	seen := map[string]bool{}
	add := func(content, products *jsontree.Node) {
		m := jsontree.NewObject(jsontree.Member{Name: "content", Value: content}, jsontree.Member{Name: "products", Value: products})
		if k := string(shape.Canonical(nil, m)); !seen[k] { // metrics are a set, scores were not
			seen[k] = true
			metrics.Append(m)
		}
	}
	for _, s := range v.Delete("scores").Items() {
		products := s.Delete("products")
		add(s, products)
	}
	for i, ref := range v.Get("references").Items() {
		const calculator = "https://www.first.org/cvss/calculator/4"
		link := ref.Text("url")
		parsed, err := url.Parse(link)
		if err != nil || !strings.HasPrefix(link, calculator) || parsed.Fragment == "" {
			continue
		}
		at := path + at("references", i, "url")
		vector, err := cvss.Parse(parsed.Fragment)
		var affectedOnes []string
		eachStatus(v, affectedNames, func(_ string, _ int, id string) {
			if !slices.Contains(affectedOnes, id) && len(affectedOnes) < maxFindings {
				affectedOnes = append(affectedOnes, id)
			}
		})
		switch {
		case err != nil || vector.Version() != "4.0":
			u.warn(at, parsed.Fragment, "the CVSS v4.0 vector of the reference could not be converted: it is malformed")
		case len(affectedOnes) == 0:
			u.warn(at, parsed.Fragment, "the CVSS v4.0 vector of the reference could not be converted: there are no affected products")
		default:
			add(jsontree.NewObject(jsontree.Member{Name: "cvss_v4", Value: cvss4Object(vector)}), jsontree.NewStrings(affectedOnes...))
		}
	}
	if metrics.Len() > 0 {
		v.Set("metrics", metrics)
	}
}

func cvss4Object(v cvss.Vector) *jsontree.Node {
	score := v.Score()
	return jsontree.NewObject(
		jsontree.Member{Name: "baseScore", Value: jsontree.NewNumber(strconv.FormatFloat(score, 'f', 1, 64))},
		jsontree.Member{Name: "baseSeverity", Value: jsontree.NewString(strings.ToUpper(string(cvss.Rate(score))))},
		jsontree.Member{Name: "vectorString", Value: jsontree.NewString(v.Canonical())},
		jsontree.Member{Name: "version", Value: jsontree.NewString("4.0")},
	)
}

// ssvcNotes converts notes with the title SSVC that hold a selection list as
// JSON. Vectors name no versions of decision points, so converting them would
// add what the document does not say.
func (u *upgrade) ssvcNotes(v *jsontree.Node, path string) {
	notes := v.Get("notes")
	for i := notes.Len() - 1; i >= 0; i-- {
		n := notes.Item(i)
		if n.Text("title") != "SSVC" || n.Text("category") != "other" {
			continue
		}
		at := path + at("notes", i)
		list, err := jsontree.Parse([]byte(n.Text("text")), jsontree.Limits{})
		r := testRun(&Document{jsontree.NewObject(), V21})
		r.rule = &r.rules[0]
		if err == nil {
			r.checkShape(ssvcShape(), list, func() string { return "" }, false)
		}
		var products []string
		eachStatus(v, statusNames, func(_ string, _ int, id string) {
			if !slices.Contains(products, id) && len(products) < maxFindings {
				products = append(products, id)
			}
		})
		if err != nil || r.count > 0 || len(products) == 0 {
			u.warn(at, n.Text("text"), "the SSVC data of the note could not be converted without loss; the note was kept")
			continue
		}
		if v.Get("metrics") == nil {
			v.Set("metrics", jsontree.NewArray())
		}
		v.Get("metrics").Append(jsontree.NewObject(
			jsontree.Member{Name: "content", Value: jsontree.NewObject(jsontree.Member{Name: "ssvc_v2", Value: list})},
			jsontree.Member{Name: "products", Value: jsontree.NewStrings(products...)},
		))
		notes.RemoveItem(i)
	}
	if notes != nil && notes.Len() == 0 {
		v.Delete("notes")
	}
}

// Titles of notes with a special meaning (CSAF 2.1, sections 3.2.2.8 and
// 3.2.4.10), by category.
var (
	documentTitles = map[string]string{
		"Product Description": "description", "General Security Recommendations": "general", "License": "legal_disclaimer",
		"Summary": "summary",
	}
	vulnerabilityTitles = map[string]string{
		"CVE Description": "description", "Preconditions": "description", "Vulnerability Summary": "summary",
	}
)

// notes binds notes whose special title is extended by the name of a product.
func (u *upgrade) notes(list *jsontree.Node, titles map[string]string, path string) {
	for i, n := range list.Items() {
		title := n.Text("title")
		for special, category := range titles {
			rest, ok := strings.CutPrefix(title, special)
			if rest = strings.Trim(rest, " \t:-–—()"); !ok || rest == "" || n.Text("category") != category {
				continue
			}
			for _, word := range []string{"for ", "of "} {
				rest = strings.TrimPrefix(rest, word)
			}
			ids := u.named(rest)
			at := jsontree.Index(path, i)
			if len(ids) == 0 {
				u.warn(at, title, "the note may be about a product, but no product has the name")
				continue
			}
			n.Set("product_ids", jsontree.NewStrings(ids...))
			u.warn(at, title, "the note is about a product; it was bound to "+strings.Join(ids, ", "))
		}
	}
}

// named returns the products with a name, or below branches with it.
func (u *upgrade) named(name string) []string {
	var out []string
	if u.work += len(u.products) + len(u.branches); u.work > maxWork {
		return nil
	}
	for _, p := range u.products {
		if strings.EqualFold(p.node.Text("name"), name) {
			out = append(out, p.id)
		}
	}
	if out != nil {
		return out
	}
	for _, b := range u.branches {
		if strings.EqualFold(b.name, name) && hasWord("product_name product_version product_family", b.category) {
			for _, id := range b.products(nil) {
				if !slices.Contains(out, id) && len(out) < maxFindings {
					out = append(out, id)
				}
			}
		}
	}
	return out
}
