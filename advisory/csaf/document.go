package csaf

import (
	"cmp"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Version is a version of CSAF.
type Version string

// The versions that this package knows.
const (
	V20 Version = "2.0"
	V21 Version = "2.1"
)

// Compare is negative if v is before w, and positive if it is after w. Versions are
// numbers with dots; a part that is none counts as 0.
func (v Version) Compare(w Version) int {
	if v == w {
		return 0
	}
	a, b := string(v), string(w)
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		if m != n {
			return cmp.Compare(m, n)
		}
	}
	return 0
}

// AtLeast reports whether v is w or after it.
func (v Version) AtLeast(w Version) bool { return v.Compare(w) >= 0 }

const schemaURL21 = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json"

// ErrNotCSAF is returned for JSON that does not say that it is CSAF 2.0 or 2.1:
// /document/csaf_version has neither value, and /$schema is not that of 2.1.
var ErrNotCSAF = errors.New("csaf: /document/csaf_version is neither 2.0 nor 2.1")

// Document is a CSAF document. It holds whatever the text held, also what no
// schema allows.
type Document struct {
	root    *jsontree.Node
	version Version
}

// Parse reads a document within the default limits: 32 MiB of text, 256 levels,
// two million values, numbers of 256 bytes. Parse does not validate. It returns
// a [*jsontree.SyntaxError] or [ErrNotCSAF].
func Parse(text []byte) (*Document, error) {
	root, err := jsontree.Parse(text, jsontree.Limits{})
	if err != nil {
		return nil, err
	}
	return FromTree(root)
}

// Read is Parse for a reader with limits of the caller. An error of r is
// returned as it is.
func Read(r io.Reader, limits jsontree.Limits) (*Document, error) {
	root, err := jsontree.Read(r, limits)
	if err != nil {
		return nil, err
	}
	return FromTree(root)
}

// FromTree wraps a tree, which the document owns from then on.
func FromTree(root *jsontree.Node) (*Document, error) {
	switch v := Version(root.Text("document", "csaf_version")); {
	case v == V20 || v == V21:
		return &Document{root, v}, nil
	case root.Text("$schema") == schemaURL21:
		return &Document{root, V21}, nil
	}
	return nil, ErrNotCSAF
}

// Version returns the version that the document claims.
func (d *Document) Version() Version { return d.version }

// Root returns the tree. Changes of it change the document.
func (d *Document) Root() *jsontree.Node { return d.root }

// Find returns the value at a JSON pointer (RFC 6901), or nil.
func (d *Document) Find(pointer string) *jsontree.Node { return d.root.Find(pointer) }

// ID returns /document/tracking/id.
func (d *Document) ID() string { return d.root.Text("document", "tracking", "id") }

// Title returns /document/title.
func (d *Document) Title() string { return d.root.Text("document", "title") }

// Category returns /document/category, which names the profile.
func (d *Document) Category() string { return d.root.Text("document", "category") }

// Namespace returns /document/publisher/namespace. With ID it identifies the
// document.
func (d *Document) Namespace() string { return d.root.Text("document", "publisher", "namespace") }

// Revision returns /document/tracking/version, the version of the document.
func (d *Document) Revision() string { return d.root.Text("document", "tracking", "version") }

// Status returns /document/tracking/status: draft, interim or final.
func (d *Document) Status() string { return d.root.Text("document", "tracking", "status") }

// TLP returns the label of the document, or tlp.Unset if there is none or it is
// unknown. WHITE of 2.0 is tlp.Clear.
func (d *Document) TLP() tlp.Label {
	l, err := tlp.Parse(d.root.Text("document", "distribution", "tlp", "label"))
	if err != nil {
		return tlp.Unset
	}
	return l
}

// Released returns the initial and the current release date. A date that is
// missing or malformed is the zero time.
func (d *Document) Released() (initial, current time.Time) {
	t := d.root.Get("document", "tracking")
	i, _ := instant.Parse(t.Text("initial_release_date"))
	c, _ := instant.Parse(t.Text("current_release_date"))
	return i.Time(), c.Time()
}

// Filename returns the name that section 5.1 of the standard prescribes for the
// file: the ID in lower case, each run of other characters than a-z, 0-9, + and
// - as one underscore, and the ending ".json".
func (d *Document) Filename() string { return filename(d.ID()) }

func filename(id string) string {
	var b strings.Builder
	replaced := false
	for _, r := range strings.ToLower(id) {
		if r < 128 && strings.ContainsRune(lower+digits+"+-", r) {
			b.WriteRune(r)
			replaced = false
		} else if !replaced {
			b.WriteByte('_')
			replaced = true
		}
	}
	return b.String() + ".json"
}

// JSON returns the document as text, indented by two spaces, with a line feed
// at the end.
func (d *Document) JSON() []byte { return append(d.root.AppendIndent(nil, "  "), '\n') }

// MarshalJSON returns the document on one line.
func (d *Document) MarshalJSON() ([]byte, error) { return d.root.MarshalJSON() }

// Clone returns a copy that shares nothing with d.
func (d *Document) Clone() *Document { return &Document{d.root.Clone(), d.version} }
