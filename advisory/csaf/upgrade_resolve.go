package csaf

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// moreThanNone are the categories that say more than none_available, which in 2.1
// means that there is nothing at all that one could do.
const moreThanNone = "workaround mitigation optional_patch fix_planned no_fix_planned"

// resolve takes products out of remediations that in 2.1 contradict what else is said
// of them: the status (test 6.1.36), or a remediation that says more (test 6.1.35).
// Other contradictions stay, and the tests of the result name them.
func (u *upgrade) resolve(v *jsontree.Node, path string) {
	list := v.Get("remediations")
	if list == nil {
		return
	}
	groups := map[string]map[string]bool{}
	eachStatus(v, statusNames, func(status string, _ int, id string) {
		if groups[id] == nil {
			groups[id] = map[string]bool{}
		}
		groups[id][statusGroups[status]] = true
	})
	prohibited := func(category, id string) bool {
		for g := range groups[id] {
			if prohibitedRemediations[category][g] {
				return true
			}
		}
		return false
	}
	more := map[string]bool{}
	for _, rem := range list.Items() {
		category := rem.Text("category")
		if !hasWord(moreThanNone, category) {
			continue
		}
		u.covered(rem, func(id string) {
			if !prohibited(category, id) {
				more[id] = true
			}
		})
	}
	out := jsontree.NewArray()
	for i, rem := range list.Items() {
		category := rem.Text("category")
		// A fix for products that were affected and are fixed contradicts their status, not
		// the remediation.
		stay, gone := u.divide(rem, func(id string) bool {
			return prohibited(category, id) && len(groups[id]) == 1 || category == "none_available" && more[id]
		})
		if len(gone) == 0 {
			out.Append(rem)
			continue
		}
		where := path + at("remediations", i)
		if len(stay) > 0 {
			out.Append(withProducts(rem, stay, category))
			u.warn(where, strings.Join(gone, ", "), category+" contradicts what else is said of these products in CSAF 2.1; they were removed from it")
			continue
		}
		u.keepAsNote(v, rem, category, gone)
		u.warn(where, strings.Join(gone, ", "), category+" contradicts what else is said of all its products in CSAF 2.1; it became a note")
	}
	if out.Len() == 0 {
		v.Delete("remediations")
	} else {
		v.Set("remediations", out)
	}
}

// keepAsNote keeps the text of a remediation that can be none in 2.1.
func (u *upgrade) keepAsNote(v, rem *jsontree.Node, category string, products []string) {
	text := rem.Text("details")
	if link := rem.Text("url"); link != "" && !strings.Contains(text, link) {
		text += "\n" + link
	}
	title := strings.ReplaceAll(category, "_", " ")
	title = strings.ToUpper(title[:1]) + title[1:]
	notes := v.Get("notes")
	if notes.Kind() != jsontree.Array {
		notes = jsontree.NewArray()
		v.Set("notes", notes)
	}
	for _, n := range notes.Items() {
		if n.Text("title") == title && n.Text("text") == text && slices.Equal(texts(n.Get("product_ids")), products) {
			return
		}
	}
	notes.Append(jsontree.NewObject(
		jsontree.Member{Name: "category", Value: jsontree.NewString("other")},
		jsontree.Member{Name: "product_ids", Value: jsontree.NewStrings(products...)},
		jsontree.Member{Name: "text", Value: jsontree.NewString(text)},
		jsontree.Member{Name: "title", Value: jsontree.NewString(title)},
	))
}
