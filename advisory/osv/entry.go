package osv

import (
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Entry is an OSV entry. It holds whatever the text held, also what no schema allows.
type Entry struct{ doc wire.Document }

// Parse reads an entry of at most 32 MiB, 256 levels and two million values. It does
// not check it. The error is a *jsontree.SyntaxError, or an *advisory.Error with ErrFormat if
// there is no id and no modified.
func Parse(text []byte) (*Entry, error) { return wrap(wire.Parse(text)) }

// Read is Parse for a reader. An error of r is returned as it is.
func Read(r io.Reader) (*Entry, error) { return wrap(wire.Read(r)) }

// FromTree wraps a tree, which the entry owns from then on. The error is that of Parse.
func FromTree(root *jsontree.Node) (*Entry, error) { return wrap(wire.NewDocument(root), nil) }

func wrap(d wire.Document, err error) (*Entry, error) {
	if err != nil {
		return nil, err
	}
	if !d.Root().Has("id") || !d.Root().Has("modified") {
		return nil, &advisory.Error{Rule: advisory.ErrFormat, Reason: "an OSV entry has an id and a time of modification"}
	}
	return &Entry{d}, nil
}

// ID returns the entry's ID.
func (e *Entry) ID() string { return e.doc.Root().Text("id") }

// Modified returns when the entry was last changed, and the zero time if that is
// malformed.
func (e *Entry) Modified() time.Time {
	t, err := time.Parse(time.RFC3339Nano, e.doc.Root().Text("modified"))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// JSON returns the entry as text, indented by two spaces, with a line feed at the end.
func (e *Entry) JSON() []byte { return e.doc.JSON() }

// MarshalJSON returns the entry on one line.
func (e *Entry) MarshalJSON() ([]byte, error) { return e.doc.MarshalJSON() }

// Check returns the faults of the entry's structure against the schema.
func (e *Entry) Check() []advisory.Problem { return shape.Check(entryShape(), e.doc.Root()) }
