package pgpmime

import (
	"io"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// A Part is a leaf of a mail.
type Part struct {
	// Path is where it stands, for instance "1.2".
	Path string
	// Type is the media type, in lower case, without parameters.
	Type string
	// Charset is that of a text, as stated.
	Charset string
	// Name is the file name that the sender gave. It leads nowhere: it has no
	// directories, no control characters, no "..".
	Name string
	// Size is that of the decoded content, in bytes.
	Size int64
	// Attached tells a file from a text of the mail.
	Attached bool
	// Encrypted tells that the part came encrypted, and was opened.
	Encrypted bool
	// Closed tells that it is here as it came, and Unread says why.
	Closed bool
	// Signatures cover this part, all of it, inside of its encryption. Without
	// one it deserves the trust of an anonymous note.
	Signatures []pgp.Signature

	open    func() io.Reader
	chain   []int // of layers, outermost first
	display bool  // repeats protected headers for old programs
	legacy  bool  // begins with such lines
	source  *node
}

// Open returns the decoded content from its start. It may be called again. Reading
// fails after Mail.Close.
func (p Part) Open() io.Reader {
	if p.open == nil {
		return strings.NewReader("")
	}
	return p.open()
}

// MaxText is the longest text that Text returns, in bytes.
const MaxText = 4 << 20

// Text returns the content as UTF-8 with LF line ends, up to MaxText, and whether
// its charset was understood. Of HTML it is the text. It is not safe for a
// terminal; see pgp.Printable.
func (p Part) Text() (string, bool) {
	r, ok := charsetReader(p.Charset, p.Open())
	var text string
	if p.Type == "text/html" {
		text = htmlText(r, MaxText)
	} else {
		raw, err := io.ReadAll(io.LimitReader(r, MaxText))
		text, ok = string(raw), ok && err == nil
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	if p.legacy && p.Type == "text/plain" { // RFC 9788, section 4.5.3.2
		_, text, _ = strings.Cut(text, "\n\n")
	}
	return text, ok && !strings.Contains(text, "\ufffd")
}

// isText tells what can be the text of the mail.
func (p Part) isText() bool {
	return (p.Type == "text/plain" || p.Type == "text/html") && !p.Closed && !p.display && !p.Attached
}

// trust ranks parts: what is written inside an encryption or under a valid
// signature is not to be hidden by what a mail server put before it.
func (p Part) trust() int {
	switch {
	case p.Encrypted:
		return 2
	case pgp.Best(p.Signatures) == pgp.Valid:
		return 1
	}
	return 0
}
