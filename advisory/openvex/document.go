package openvex

import (
	"io"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Document is an OpenVEX document. It holds whatever the text held, also what no
// schema allows.
type Document struct{ doc wire.Document }

const (
	contextPrefix = "https://openvex.dev/ns"
	context       = contextPrefix + "/v0.2.0"
)

// Parse reads a document of at most 32 MiB, 256 levels and two million values. It does
// not check it. The error is a *jsontree.SyntaxError, or an *advisory.Error with ErrFormat if
// the @context is not OpenVEX's.
func Parse(text []byte) (*Document, error) { return wrap(wire.Parse(text)) }

// Read is Parse for a reader. An error of r is returned as it is.
func Read(r io.Reader) (*Document, error) { return wrap(wire.Read(r)) }

// FromTree wraps a tree, which the document owns from then on. The error is that of Parse.
func FromTree(root *jsontree.Node) (*Document, error) { return wrap(wire.NewDocument(root), nil) }

func wrap(d wire.Document, err error) (*Document, error) {
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(d.Root().Text("@context"), contextPrefix) {
		return nil, &advisory.Error{Rule: advisory.ErrFormat, Path: "/@context", Reason: "it is not that of OpenVEX"}
	}
	return &Document{d}, nil
}

// ID returns the document's IRI.
func (d *Document) ID() string { return d.doc.Root().Text("@id") }

// Version returns the document's version, and 0 if it is none.
func (d *Document) Version() int64 {
	n, _ := d.doc.Root().Get("version").Int()
	return n
}

// JSON returns the document as text, indented by two spaces, with a line feed at the
// end.
func (d *Document) JSON() []byte { return d.doc.JSON() }

// MarshalJSON returns the document on one line.
func (d *Document) MarshalJSON() ([]byte, error) { return d.doc.MarshalJSON() }

// Check returns the faults of the document's structure against the schema of 0.2.0.
func (d *Document) Check() []advisory.Problem { return shape.Check(documentShape(), d.doc.Root()) }
