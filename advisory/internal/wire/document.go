package wire

import (
	"io"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Document is what the document types of the formats share: a tree that keeps
// everything, and its text.
type Document struct{ root *jsontree.Node }

// NewDocument wraps a tree.
func NewDocument(root *jsontree.Node) Document { return Document{root} }

// Parse reads a text within the default limits of jsontree.
func Parse(text []byte) (Document, error) {
	root, err := jsontree.Parse(text, jsontree.Limits{})
	return Document{root}, err
}

// Read reads r within the default limits of jsontree.
func Read(r io.Reader) (Document, error) {
	root, err := jsontree.Read(r, jsontree.Limits{})
	return Document{root}, err
}

// Root returns the tree.
func (d Document) Root() *jsontree.Node { return d.root }

// JSON returns the document as text, indented by two spaces, with a line feed at the
// end.
func (d Document) JSON() []byte { return append(d.root.AppendIndent(nil, "  "), '\n') }

// MarshalJSON returns the document on one line.
func (d Document) MarshalJSON() ([]byte, error) { return d.root.MarshalJSON() }
