package cve

import (
	"io"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Record is a CVE record. It holds whatever the text held, also what no schema
// allows.
type Record struct{ doc wire.Document }

// Parse reads a record of at most 32 MiB, 256 levels and two million values. It does
// not check it. The error is a *jsontree.SyntaxError, or an *advisory.Error with ErrFormat
// if the dataType is not CVE_RECORD.
func Parse(text []byte) (*Record, error) { return wrap(wire.Parse(text)) }

// Read is Parse for a reader. An error of r is returned as it is.
func Read(r io.Reader) (*Record, error) { return wrap(wire.Read(r)) }

// FromTree wraps a tree, which the record owns from then on. The error is that of Parse.
func FromTree(root *jsontree.Node) (*Record, error) { return wrap(wire.NewDocument(root), nil) }

func wrap(d wire.Document, err error) (*Record, error) {
	if err != nil {
		return nil, err
	}
	if d.Root().Text("dataType") != dataType {
		return nil, &advisory.Error{Rule: advisory.ErrFormat, Path: "/dataType", Reason: "it is not CVE_RECORD"}
	}
	return &Record{d}, nil
}

// ID returns the CVE ID.
func (r *Record) ID() string { return r.doc.Root().Text("cveMetadata", "cveId") }

// State returns PUBLISHED, REJECTED, or whatever the record says.
func (r *Record) State() string { return r.doc.Root().Text("cveMetadata", "state") }

// JSON returns the record as text, indented by two spaces, with a line feed at the
// end.
func (r *Record) JSON() []byte { return r.doc.JSON() }

// MarshalJSON returns the record on one line.
func (r *Record) MarshalJSON() ([]byte, error) { return r.doc.MarshalJSON() }

// Check returns the faults of the record's structure against the schema. The
// metrics that a CVSS object writes out beside its vector are not checked, nor is what
// is inside of ADP containers.
func (r *Record) Check() []advisory.Problem { return shape.Check(recordShape(), r.doc.Root()) }
