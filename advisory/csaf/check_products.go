package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

var (
	hashPlaces = where("{product}/product_identification_helper/hashes[]/file_hashes")
	filePlaces = where("{product}/product_identification_helper/hashes[]/file_hashes[]")
	purlPlaces = where("{product}/product_identification_helper/purl", "{product}/product_identification_helper/purls[]")
)

func checkSameAlgorithm(r *run) {
	r.each(hashPlaces, func(n *jsontree.Node, s *spot) {
		seen := map[string]bool{}
		for _, h := range n.Items() {
			a := h.Text("algorithm")
			if seen[plainAlgorithm(a)] {
				r.add(s.path(), "the algorithm "+quote(a)+" is used more than once")
				return
			}
			seen[plainAlgorithm(a)] = true
		}
	})
}

// plainAlgorithm is one spelling of the names that stand for one algorithm, such as
// "SHA-256", "sha256" and "SHA_256".
func plainAlgorithm(s string) string {
	if allOf(s, lower+digits) {
		return s
	}
	return strings.NewReplacer("-", "", "_", "", "/", "", " ", "").Replace(strings.ToLower(s))
}

func checkMD5(r *run)  { r.onlyAlgorithm("md5") }
func checkSHA1(r *run) { r.onlyAlgorithm("sha1") }
func (r *run) onlyAlgorithm(name string) {
	r.each(hashPlaces, func(n *jsontree.Node, s *spot) {
		for _, h := range n.Items() {
			if plainAlgorithm(h.Text("algorithm")) != name {
				return
			}
		}
		if n.Len() > 0 {
			r.add(s.path(), name+" is the only algorithm")
		}
	})
}

func checkShortHash(r *run) {
	r.each(filePlaces, func(n *jsontree.Node, s *spot) {
		if v := n.Get("value"); v.Kind() == jsontree.String && len(v.Text()) < 64 {
			r.add(s.path()+"/value", "the hash has fewer than 64 characters")
		}
	})
}

// knownAlgorithms are the digests that CSAF 2.1 names, in its spelling.
const knownAlgorithms = "blake2b512 blake2s256 md4 md5 md5-sha1 mdc2 ripemd ripemd160 rmd160 sha1 sha224 sha256 sha3-224 " +
	"sha3-256 sha3-384 sha3-512 sha384 sha512 sha512-224 sha512-256 shake128 shake256 sm3 ssl3-md5 ssl3-sha1 whirlpool"

func checkUnknownAlgorithm(r *run) {
	r.each(filePlaces, func(n *jsontree.Node, s *spot) {
		if a := n.Text("algorithm"); !hasWord(knownAlgorithms, a) {
			r.add(s.path()+"/algorithm", "the algorithm "+quote(a)+" is neither mentioned in the standard nor supported")
		}
	})
}

func checkPurl(r *run) {
	r.each(purlPlaces, func(n *jsontree.Node, s *spot) {
		if _, fault := parsePurl(n.Text()); fault != "" {
			r.add(s.path(), fault)
		}
	})
}

func checkPurlQualifiers(r *run) {
	for _, p := range r.products {
		purls := p.helper.Get("purls").Items()
		if len(purls) < 2 {
			continue
		}
		first, fault := parsePurl(purls[0].Text())
		for i, n := range purls[1:] {
			other, f := parsePurl(n.Text())
			if fault == "" && f == "" && (first.kind != other.kind || first.namespace != other.namespace ||
				first.name != other.name || first.version != other.version || first.subpath != other.subpath) {
				r.add(p.helperPath("purls", i+1), "differs from the first PURL in more than its qualifiers")
			}
		}
	}
}

func checkMissingHelper(r *run) {
	for _, p := range r.products {
		if p.helper == nil {
			r.add(p.path(), "the product has no identification helper")
		}
	}
}

func stars(list string) func(*run) {
	return func(r *run) {
		for _, p := range r.products {
			for i, n := range p.helper.Get(list).Items() {
				if unescapedStars(n.Text()) > 1 {
					r.add(p.helperPath(list, i), "has more than one star that is not escaped")
				}
			}
		}
	}
}

func unescapedStars(s string) int {
	count := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '*':
			count++
		}
	}
	return count
}

func checkHardware(r *run) {
	used := map[string]bool{}
	for _, p := range r.products {
		if p.from != nil {
			for _, id := range references(p.from) {
				used[id] = true
			}
		}
	}
	for _, p := range r.products {
		if (p.helper.Has("serial_numbers") || p.helper.Has("model_numbers")) && !used[p.id] {
			r.add(p.path(), "has a serial or model number, but no product path refers to it")
		}
	}
}

// checkSameHelper compares each item of each helper; a file with the same hashes
// counts as the same whatever its name, because the hash identifies it.
func checkSameHelper(r *run) {
	type key struct{ category, value string }
	first := map[key]*product{}
	for _, p := range r.products {
		for _, m := range p.helper.Members() {
			items := m.Value.Items()
			if m.Value.Kind() != jsontree.Array {
				items = []*jsontree.Node{m.Value}
			}
			for i, it := range items {
				k := key{m.Name, string(shape.Canonical(nil, it))}
				if was := first[k]; was == nil {
					first[k] = p
				} else if was != p {
					path := p.helperPath(m.Name)
					if m.Value.Kind() == jsontree.Array {
						path = jsontree.Index(path, i)
					}
					r.add(path, "another product has the same value")
				}
			}
		}
	}
}

func checkNestedPath(r *run) {
	formed := map[string]bool{}
	for _, p := range r.products {
		if p.from != nil {
			formed[p.id] = true
		}
	}
	for i, n := range r.tree.Get("product_paths").Items() {
		if formed[n.Text("beginning_product_reference")] {
			r.add(at("product_tree", "product_paths", i, "beginning_product_reference"), "refers to a product that is formed by a product path")
		}
		for j, s := range n.Get("subpaths").Items() {
			if formed[s.Text("next_product_reference")] {
				r.add(at("product_tree", "product_paths", i, "subpaths", j, "next_product_reference"), "refers to a product that is formed by a product path")
			}
		}
	}
}
