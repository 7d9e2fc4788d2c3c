// Package formats writes and reads advisories in a format that is chosen by name. It
// is the one place that imports every format; who needs a single one imports that.
package formats

import (
	"errors"
	"io"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/openvex"
	"github.com/cvdkit/cvdkit/advisory/osv"
)

// Format names a format.
type Format string

// The formats. The last three are for people and cannot be read.
const (
	CSAF20   Format = "csaf20"
	CSAF21   Format = "csaf21"
	CVE      Format = "cve"
	OSV      Format = "osv"
	OpenVEX  Format = "openvex"
	Markdown Format = "md"
	HTML     Format = "html"
	Text     Format = "text"
)

// Document is what the documents of all formats that can be read have in common.
type Document interface {
	// Advisory returns the model of the document, and what has no place in it.
	Advisory() (*advisory.Advisory, []advisory.Loss)
	// JSON returns the document as bytes.
	JSON() []byte
}

// format is a row of the registry: all that is to be said of a format.
type format struct {
	name      Format
	media     string // media type; "" is JSON
	extension string
	write     func(a *advisory.Advisory, o *Options) (Document, []advisory.Loss, error) // or
	print     func(w io.Writer, a *advisory.Advisory) error                             // for people
	// is reports whether a document is in the format, and wrap makes a document of it.
	is   func(root *jsontree.Node) bool
	wrap func(root *jsontree.Node) (Document, error)
	// check returns the faults of a document against the schema; nil for CSAF, which
	// has a validator of its own.
	check func(d Document) []advisory.Problem
}

// registry lists the formats. A new format is a new row.
func registry() []format {
	return []format{
		{
			name: CSAF20, extension: ".json", is: isCSAF(csaf.V20), wrap: document(csaf.FromTree),
			write: func(a *advisory.Advisory, _ *Options) (Document, []advisory.Loss, error) {
				return written(csaf.FromAdvisory(a, csaf.V20))
			},
		},
		{
			name: CSAF21, extension: ".json", is: isCSAF(csaf.V21), wrap: document(csaf.FromTree),
			write: func(a *advisory.Advisory, _ *Options) (Document, []advisory.Loss, error) {
				return written(csaf.FromAdvisory(a, csaf.V21))
			},
		},
		{
			name: CVE, extension: ".json", wrap: document(cve.FromTree), check: checker[*cve.Record],
			is: func(root *jsontree.Node) bool { return root.Text("dataType") == "CVE_RECORD" },
			write: func(a *advisory.Advisory, o *Options) (Document, []advisory.Loss, error) {
				return written(cve.FromAdvisory(a, &o.CVE))
			},
		},
		{
			name: OpenVEX, extension: ".json", wrap: document(openvex.FromTree), check: checker[*openvex.Document],
			is: func(root *jsontree.Node) bool {
				return strings.HasPrefix(root.Text("@context"), "https://openvex.dev/ns")
			},
			write: func(a *advisory.Advisory, _ *Options) (Document, []advisory.Loss, error) {
				return written(openvex.FromAdvisory(a))
			},
		},
		{
			name: OSV, extension: ".json", wrap: document(osv.FromTree), check: checker[*osv.Entry],
			is: func(root *jsontree.Node) bool { return root.Has("id") && root.Has("modified") },
			write: func(a *advisory.Advisory, _ *Options) (Document, []advisory.Loss, error) {
				return written(osv.FromAdvisory(a))
			},
		},
		{name: Markdown, media: "text/markdown; charset=utf-8", extension: ".md", print: advisory.Markdown},
		{name: HTML, media: "text/html; charset=utf-8", extension: ".html", print: advisory.HTML},
		{name: Text, media: "text/plain; charset=utf-8", extension: ".txt", print: advisory.Text},
	}
}

func isCSAF(v csaf.Version) func(*jsontree.Node) bool {
	return func(root *jsontree.Node) bool {
		d, err := csaf.FromTree(root)
		return err == nil && d.Version() == v
	}
}

// document makes a wrap of a package's FromTree.
func document[D Document](wrap func(*jsontree.Node) (D, error)) func(*jsontree.Node) (Document, error) {
	return func(root *jsontree.Node) (Document, error) {
		d, err := wrap(root)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

// written makes the results of a package's FromAdvisory those of write.
func written[D Document](d D, losses []advisory.Loss, err error) (Document, []advisory.Loss, error) {
	if err != nil {
		return nil, nil, err
	}
	return d, losses, nil
}

func checker[D interface{ Check() []advisory.Problem }](d Document) []advisory.Problem {
	return d.(D).Check()
}

// ErrUnknown is returned for a name that is no format, and for a text that is in none
// of the formats that can be read.
var ErrUnknown = errors.New("formats: not a known format")

// All lists the formats. The caller owns the slice.
func All() []Format { return []Format{CSAF20, CSAF21, CVE, OSV, OpenVEX, Markdown, HTML, Text} }

// Parse returns the format of a name, and ErrUnknown if there is none.
func Parse(name string) (Format, error) {
	if _, ok := Format(name).row(); !ok {
		return "", ErrUnknown
	}
	return Format(name), nil
}

// row returns the row of a format.
func (f Format) row() (format, bool) {
	for _, r := range registry() {
		if r.name == f {
			return r, true
		}
	}
	return format{}, false
}

// MediaType returns the format's media type.
func (f Format) MediaType() string {
	if r, _ := f.row(); r.media != "" {
		return r.media
	}
	return "application/json"
}

// Extension returns the usual end of a file's name, such as ".json".
func (f Format) Extension() string {
	r, _ := f.row()
	return r.extension
}

// ForPeople reports whether the format is for people: it cannot be read.
func (f Format) ForPeople() bool {
	r, _ := f.row()
	return r.print != nil
}

// Options are the options of the formats that have some.
type Options struct {
	CVE cve.Options // of CVE records
}

// Encode writes an advisory. A nil Options is the zero Options. The losses are those
// of the format's writer; the human forms show everything that people need and list
// none. Nothing is written where the format refuses the advisory: then the error is
// the format's, usually an *advisory.Error. Other errors are those of w.
func Encode(w io.Writer, f Format, a *advisory.Advisory, o *Options) ([]advisory.Loss, error) {
	if o == nil {
		o = &Options{}
	}
	r, ok := f.row()
	switch {
	case !ok:
		return nil, ErrUnknown
	case r.print != nil:
		return nil, r.print(w, a)
	}
	d, losses, err := r.write(a, o)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(d.JSON())
	return losses, err
}

// Open reads a document in a machine format, which it recognizes by the members that
// every document of the format has. The error is ErrUnknown, a *csaf.SyntaxError
// (which every format shares), or that of r. The text may have 32 MiB, 256 levels and
// two million values.
func Open(r io.Reader) (Document, Format, error) {
	root, err := jsontree.Read(r, jsontree.Limits{})
	if err != nil {
		return nil, "", err
	}
	for _, f := range registry() {
		if f.is != nil && f.is(root) {
			d, err := f.wrap(root)
			return d, f.name, err
		}
	}
	return nil, "", ErrUnknown
}

// Check returns the faults of a document of a format against the format's schema, and
// false for CSAF, of which a csaf.Validator says more, and for what is for people.
func Check(d Document, f Format) ([]advisory.Problem, bool) {
	r, ok := f.row()
	if !ok || r.check == nil {
		return nil, false
	}
	return r.check(d), true
}

// Decode is Open and the document's Advisory. The losses are those of the format's
// reader.
func Decode(r io.Reader) (*advisory.Advisory, Format, []advisory.Loss, error) {
	d, f, err := Open(r)
	if err != nil {
		return nil, "", nil, err
	}
	a, losses := d.Advisory()
	return a, f, losses, nil
}
