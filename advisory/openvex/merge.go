package openvex

import (
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Merged says who issues a document that is merged of others.
type Merged struct {
	ID     string    // IRI of the new document
	Author string    // who issues it
	At     time.Time // when it is issued
}

// Merge returns a document with the statements of all documents, in the order of their
// times; of those with the same time, in the order of the documents. A statement
// without a time gets the time of its document, since it would lose it. Equal
// statements stand once. The documents are not changed.
//
// The error is an *advisory.Error: ErrIncomplete without an ID, an author, a time or a
// statement, ErrInvalid where the result would not pass Check.
func Merge(m Merged, docs ...*Document) (*Document, error) {
	switch {
	case !isIRI(m.ID):
		return nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/@id", Reason: "a merged document needs an IRI; Merged.ID gives it"}
	case m.Author == "":
		return nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/author", Reason: "a merged document needs an author; Merged.Author gives it"}
	case m.At.IsZero():
		return nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/timestamp", Reason: "a merged document needs a time; Merged.At gives it"}
	}
	var list []*jsontree.Node
	for _, d := range docs {
		for _, s := range d.doc.Root().Get("statements").Items() {
			s = s.Clone()
			if stamp := d.doc.Root().Text("timestamp"); stamp != "" && !s.Has("timestamp") {
				s.Set("timestamp", jsontree.NewString(stamp))
			}
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b *jsontree.Node) int { return timeOf(a).Compare(timeOf(b)) })
	return issue(jsontree.NewObject(
		wire.Text("@context", context), wire.Text("@id", m.ID), wire.Text("author", m.Author),
		wire.Time("timestamp", m.At), wire.Node("version", jsontree.NewInt(1)),
	), list)
}

// Filter returns the document with those statements only that are about one of the
// vulnerabilities, by name or alias, and about one of the products, by @id or
// identifier, also of a subcomponent. An empty list is no condition. A package URL
// without a version matches every version. Products that do not match are left out of a
// statement. The document is not changed.
//
// The error is an *advisory.Error with ErrIncomplete if nothing is left.
func (d *Document) Filter(vulnerabilities, products []string) (*Document, error) {
	var list []*jsontree.Node
	for _, s := range d.doc.Root().Get("statements").Items() {
		if len(vulnerabilities) > 0 && !namesOneOf(s.Get("vulnerability"), vulnerabilities) {
			continue
		}
		s = s.Clone()
		if len(products) > 0 {
			var kept []*jsontree.Node
			for _, p := range s.Get("products").Items() {
				if isOneOf(p, products) {
					kept = append(kept, p)
				}
			}
			if len(kept) == 0 {
				continue
			}
			s.Set("products", jsontree.NewArray(kept...))
		}
		list = append(list, s)
	}
	root := d.doc.Root().Clone()
	return issue(root, list)
}

// issue puts statements into a document and checks it.
func issue(root *jsontree.Node, list []*jsontree.Node) (*Document, error) {
	if len(list) == 0 {
		return nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/statements", Reason: "no statement is left"}
	}
	root.Set("statements", jsontree.NewArray(wire.Distinct(list, nil)...))
	d := &Document{wire.NewDocument(root)}
	if faults := d.Check(); len(faults) > 0 {
		return nil, &advisory.Error{Rule: advisory.ErrInvalid, Path: faults[0].Path, Reason: faults[0].Reason}
	}
	return d, nil
}

// timeOf is the time of a statement, zero if it has none.
func timeOf(s *jsontree.Node) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s.Text("timestamp"))
	if err != nil {
		return time.Time{}
	}
	return t
}

func namesOneOf(v *jsontree.Node, names []string) bool {
	if slices.Contains(names, v.Text("name")) || slices.Contains(names, v.Text("@id")) || slices.Contains(names, v.Text()) {
		return true
	}
	for _, alias := range v.Get("aliases").Items() {
		if slices.Contains(names, alias.Text()) {
			return true
		}
	}
	return false
}

// isOneOf reports whether a product, or a part of it, has one of the identifiers.
func isOneOf(p *jsontree.Node, ids []string) bool {
	have := []string{p.Text(), p.Text("@id"), p.Text("identifiers", "purl"), p.Text("identifiers", "cpe23"), p.Text("identifiers", "cpe22")}
	for _, h := range have {
		for _, id := range ids {
			if h != "" && (h == id || strings.HasPrefix(id, "pkg:") && id == advisory.UnversionedPURL(id) && id == advisory.UnversionedPURL(h)) {
				return true
			}
		}
	}
	return slices.ContainsFunc(p.Get("subcomponents").Items(), func(part *jsontree.Node) bool { return isOneOf(part, ids) })
}
