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

// ErrUnknown is returned for a name that is no format, and for a text that is in none
// of the formats that can be read.
var ErrUnknown = errors.New("formats: not a known format")

// All lists the formats. The caller owns the slice.
func All() []Format { return []Format{CSAF20, CSAF21, CVE, OSV, OpenVEX, Markdown, HTML, Text} }

// Parse returns the format of a name, and ErrUnknown if there is none.
func Parse(name string) (Format, error) {
	for _, f := range All() {
		if string(f) == name {
			return f, nil
		}
	}
	return "", ErrUnknown
}

// MediaType returns the format's media type.
func (f Format) MediaType() string {
	switch f {
	case Markdown:
		return "text/markdown; charset=utf-8"
	case HTML:
		return "text/html; charset=utf-8"
	case Text:
		return "text/plain; charset=utf-8"
	}
	return "application/json"
}

// Extension returns the usual end of a file's name, such as ".json".
func (f Format) Extension() string {
	switch f {
	case Markdown:
		return ".md"
	case HTML:
		return ".html"
	case Text:
		return ".txt"
	}
	return ".json"
}

// Options are the options of the formats that have some.
type Options struct {
	CVE cve.Options
}

// Encode writes an advisory. A nil Options is the zero Options. The losses are those
// of the format's writer; the human forms show everything that people need and list
// none. Nothing is written where the format refuses the advisory: then the error is
// the format's, usually an *advisory.Error. Other errors are those of w.
func Encode(w io.Writer, f Format, a *advisory.Advisory, o *Options) ([]advisory.Loss, error) {
	if o == nil {
		o = &Options{}
	}
	switch f {
	case CSAF20:
		return encode(w)(csaf.FromAdvisory(a, csaf.V20))
	case CSAF21:
		return encode(w)(csaf.FromAdvisory(a, csaf.V21))
	case CVE:
		return encode(w)(cve.FromAdvisory(a, &o.CVE))
	case OSV:
		return encode(w)(osv.FromAdvisory(a))
	case OpenVEX:
		return encode(w)(openvex.FromAdvisory(a))
	case Markdown:
		return nil, advisory.Markdown(w, a)
	case HTML:
		return nil, advisory.HTML(w, a)
	case Text:
		return nil, advisory.Text(w, a)
	}
	return nil, ErrUnknown
}

// printer is what the document types have in common.
type printer interface{ JSON() []byte }

// encode finishes a format's FromAdvisory.
func encode(w io.Writer) func(d printer, losses []advisory.Loss, err error) ([]advisory.Loss, error) {
	return func(d printer, losses []advisory.Loss, err error) ([]advisory.Loss, error) {
		if err != nil {
			return nil, err
		}
		_, err = w.Write(d.JSON())
		return losses, err
	}
}

// Decode reads an advisory in a machine format, which it recognizes by the members
// that every document of the format has. The losses are those of the format's
// reader. The error is ErrUnknown, a *jsontree.SyntaxError (which every format shares),
// or that of r. The text may have 32 MiB, 256 levels and two million values.
func Decode(r io.Reader) (*advisory.Advisory, Format, []advisory.Loss, error) {
	root, err := jsontree.Read(r, jsontree.Limits{})
	if err != nil {
		return nil, "", nil, err
	}
	if d, err := csaf.FromTree(root); err == nil {
		a, losses := d.Advisory()
		if d.Version() == csaf.V21 {
			return a, CSAF21, losses, nil
		}
		return a, CSAF20, losses, nil
	}
	text := root.AppendJSON(nil)
	switch {
	case root.Text("dataType") == "CVE_RECORD":
		return decode(CVE)(cve.Parse(text))
	case strings.HasPrefix(root.Text("@context"), "https://openvex.dev/ns"):
		return decode(OpenVEX)(openvex.Parse(text))
	case root.Has("id") && root.Has("modified"):
		return decode(OSV)(osv.Parse(text))
	}
	return nil, "", nil, ErrUnknown
}

// reader is what the document types have in common.
type reader interface {
	Advisory() (*advisory.Advisory, []advisory.Loss)
}

// decode finishes a format's Parse.
func decode(f Format) func(d reader, err error) (*advisory.Advisory, Format, []advisory.Loss, error) {
	return func(d reader, err error) (*advisory.Advisory, Format, []advisory.Loss, error) {
		if err != nil {
			return nil, "", nil, err
		}
		a, losses := d.Advisory()
		return a, f, losses, nil
	}
}
