package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// helper converts a product identification helper.
func (u *upgrade) helper(p *product) {
	h := p.helper
	if h == nil {
		return
	}
	if cpe := h.Get("cpe"); cpe != nil && !isCPE21(cpe.Text()) {
		h.Delete("cpe")
		u.warn(p.helperPath("cpe"), cpe.Text(), "the CPE is invalid and was removed")
	}
	for i, n := range h.Get("hashes").Items() {
		for j, f := range n.Get("file_hashes").Items() {
			u.hash(f, p.helperPath("hashes", i, "file_hashes", j))
		}
		unique(n, "file_hashes")
	}
	for _, list := range []string{"model_numbers", "serial_numbers", "skus"} {
		u.numbers(h, list, p)
	}
	for _, list := range []string{"hashes", "sbom_urls", "skus", "x_generic_uris"} {
		unique(h, list)
	}
	u.purl(h, p)
	if h.Len() == 0 {
		p.node.Delete("product_identification_helper")
	}
}

// purl moves the package URL into the list that 2.1 has, with its type in lower
// case, which is the canonical form.
func (u *upgrade) purl(h *jsontree.Node, p *product) {
	purl := h.Delete("purl")
	if purl == nil {
		return
	}
	s := purl.Text()
	if kind, rest, ok := strings.Cut(s, "/"); ok {
		s = strings.ToLower(kind) + "/" + rest
	}
	if !isPurl21(s) {
		u.warn(p.helperPath("purl"), purl.Text(), "the PURL is invalid in CSAF 2.1 and was removed")
		return
	}
	h.Set("purls", jsontree.NewStrings(s))
}

// unique keeps the first of equal items.
func unique(owner *jsontree.Node, list string) {
	items := owner.Get(list)
	if items.Kind() != jsontree.Array {
		return
	}
	out := jsontree.NewArray()
	seen := map[string]bool{}
	for _, it := range items.Items() {
		k := string(shape.Canonical(nil, it))
		if !seen[k] {
			seen[k] = true
			out.Append(it)
		}
	}
	owner.Set(list, out)
}

// hash spells the algorithm as CSAF 2.1 does and the value in lower case.
func (u *upgrade) hash(f *jsontree.Node, path string) {
	if v := f.Get("value"); v.Kind() == jsontree.String {
		f.Set("value", jsontree.NewString(strings.ToLower(v.Text())))
	}
	a := f.Text("algorithm")
	for known := range strings.FieldsSeq(knownAlgorithms) {
		if plainAlgorithm(a) == plainAlgorithm(known) {
			f.Set("algorithm", jsontree.NewString(known))
			return
		}
	}
	// CSAF 2.1 allows nothing but letters, digits and hyphens.
	name := strings.Map(func(c rune) rune {
		if c < 128 && strings.ContainsRune(lower+digits, c) {
			return c
		}
		return '-'
	}, strings.ToLower(a))
	if name = strings.TrimLeft(name, "-"); name == "" {
		name = "unknown"
	}
	f.Set("algorithm", jsontree.NewString(name))
	u.warn(path+"/algorithm", a, "the hash algorithm is unknown; it was converted to "+name)
}

// numbers marks partial numbers with a star and escapes backslashes.
func (u *upgrade) numbers(h *jsontree.Node, list string, p *product) {
	items := h.Get(list)
	if items.Kind() != jsontree.Array {
		return
	}
	out := jsontree.NewArray()
	for i, it := range items.Items() {
		was := it.Text()
		s := strings.ReplaceAll(was, `\`, `\\`)
		path := p.helperPath(list, i)
		if !u.CompleteNumbers && !strings.HasSuffix(s, "*") {
			s += "*"
			u.warn(path, was, "the number may be partial; a star was added")
		}
		if unescapedStars(s) > 1 {
			u.warn(path, was, "the number had more than one star and was removed")
			continue
		}
		out.Append(jsontree.NewString(s))
	}
	if out.Len() == 0 {
		h.Delete(list)
	} else {
		h.Set(list, out)
	}
}
