package csaf

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// document converts /document.
func (u *upgrade) document() {
	u.root.Set("$schema", jsontree.NewString(schemaURL21))
	u.meta.Set("csaf_version", jsontree.NewString(string(V21)))
	u.label()
	u.license()
	p := u.meta.Get("publisher")
	if p.Text("category") == "other" {
		const path = "/document/publisher/category"
		if u.OtherIsMultiplier {
			p.Set("category", jsontree.NewString("multiplier"))
			u.warn(path, "other", "the category was set to multiplier")
		} else {
			u.warn(path, "other", "some parties of the category other are multipliers in CSAF 2.1")
		}
	}
	id, title := u.meta.Text("tracking", "id"), u.meta.Text("title")
	if id != "" && strings.Contains(title, id) {
		before, after, _ := strings.Cut(title, id)
		const separators = " \t:-–—()[]{}|,;"
		before, after = strings.TrimRight(before, separators), strings.TrimLeft(after, separators)
		joined := strings.TrimSpace(before + " " + after)
		if joined == "" {
			joined = title // a title must not be empty
		}
		u.meta.Set("title", jsontree.NewString(joined))
		u.warn("/document/title", title, "the tracking ID was removed from the title")
	}
}

func (u *upgrade) label() {
	const path = "/document/distribution/tlp/label"
	if u.meta.Get("distribution") == nil {
		u.meta.Set("distribution", jsontree.NewObject())
	}
	dist := u.meta.Get("distribution")
	if dist.Get("tlp") == nil {
		dist.Set("tlp", jsontree.NewObject())
	}
	tlpNode := dist.Get("tlp")
	label := tlpNode.Text("label")
	switch label {
	case "WHITE":
		label = "CLEAR"
	case "":
		label = "CLEAR"
		u.warn(path, "", "there was no TLP label; the default CLEAR was set")
	}
	if text := labelInText(dist.Text("text")); text != "" && text != label {
		if u.LabelFromText {
			u.warn("/document/distribution/text", text, "the TLP label was taken from the distribution text; the label itself gives "+label)
			label = text
		} else {
			u.warn("/document/distribution/text", text, "the distribution text names another TLP label than the result has")
		}
	}
	tlpNode.Set("label", jsontree.NewString(label))
}

// labelInText finds "TLP v2.0: TLP:" and a label.
func labelInText(text string) string {
	_, rest, ok := strings.Cut(text, "TLP v2.0: TLP:")
	if !ok {
		return ""
	}
	for _, l := range []string{"AMBER+STRICT", "AMBER", "CLEAR", "GREEN", "RED"} {
		if strings.HasPrefix(rest, l) {
			return l
		}
	}
	return ""
}

// license looks in legal disclaimers for licence expressions of listed
// licences: the text, one of its lines, or what follows SPDX-License-Identifier.
func (u *upgrade) license() {
	type candidate struct{ path, text string }
	var found []candidate
	for i, n := range u.meta.Get("notes").Items() {
		if n.Text("category") != "legal_disclaimer" {
			continue
		}
		for line := range strings.Lines(n.Text("text")) {
			if _, after, ok := strings.Cut(line, "SPDX-License-Identifier:"); ok {
				line = after
			}
			line = strings.TrimSpace(line)
			e, ok := parseLicense(line)
			if ok && !e.unlisted() && !slices.ContainsFunc(found, func(c candidate) bool { return c.text == line }) {
				found = append(found, candidate{at("document", "notes", i, "text"), line})
			}
		}
	}
	switch {
	case len(found) == 1:
		u.meta.Set("license_expression", jsontree.NewString(found[0].text))
		u.warn(found[0].path, found[0].text, "a licence expression was found and set for the document")
	case len(found) > 1:
		for _, c := range found {
			u.warn(c.path, c.text, "more than one licence expression was found, so none was set for the document")
		}
	}
}

// paths turns relationships into product paths.
func (u *upgrade) paths() {
	relationships := u.tree20().Delete("relationships")
	if relationships == nil {
		return
	}
	out := jsontree.NewArray()
	for _, n := range relationships.Items() {
		out.Append(jsontree.NewObject(
			jsontree.Member{Name: "beginning_product_reference", Value: n.Get("product_reference")},
			jsontree.Member{Name: "full_product_name", Value: n.Get("full_product_name")},
			jsontree.Member{Name: "subpaths", Value: jsontree.NewArray(jsontree.NewObject(
				jsontree.Member{Name: "category", Value: n.Get("category")},
				jsontree.Member{Name: "next_product_reference", Value: n.Get("relates_to_product_reference")},
			))},
		))
	}
	u.tree20().Set("product_paths", out)
}

func (u *upgrade) tree20() *jsontree.Node { return u.root.Get("product_tree") }
