package client

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// A Watch says which products are ours, or are parts of ours.
type Watch struct {
	// PURLs are package URLs. Version, qualifiers and subpath do not count.
	PURLs []string
	// Names are vendors and products, compared without regard to case. An empty
	// vendor stands for any.
	Names []Name
}

// A Name is how a vendor calls a product.
type Name struct {
	Vendor  string // "" stands for any
	Product string // without a version
}

// A Match is a product of the document that is one of ours.
type Match struct {
	ProductID string // in the document
	Title     string // of the product, in the document
	Watched   string // the PURL or the name of the Watch
}

// Match returns the products of a document that are watched.
func (w Watch) Match(d *csaf.Document) []Match {
	if len(w.PURLs) == 0 && len(w.Names) == 0 {
		return nil
	}
	purls := make(map[string]string, len(w.PURLs))
	for _, p := range w.PURLs {
		purls[barePURL(p)] = p
	}
	a, _ := d.Advisory()
	var list []Match
products:
	for _, p := range a.Products {
		for _, u := range p.PURLs {
			if watched, ok := purls[barePURL(u)]; ok {
				list = append(list, Match{p.ID, p.Title, watched})
				continue products
			}
		}
		for _, n := range w.Names {
			if strings.EqualFold(n.Product, p.Name) && (n.Vendor == "" || strings.EqualFold(n.Vendor, p.Vendor)) {
				list = append(list, Match{p.ID, p.Title, strings.TrimSpace(n.Vendor + " " + n.Product)})
				continue products
			}
		}
	}
	return list
}

// barePURL cuts a package URL down to type, namespace and name.
func barePURL(s string) string {
	s, _, _ = strings.Cut(s, "#")
	s, _, _ = strings.Cut(s, "?")
	if at := strings.LastIndexByte(s, '@'); at > strings.LastIndexByte(s, '/') {
		s = s[:at]
	}
	return strings.ToLower(s)
}
