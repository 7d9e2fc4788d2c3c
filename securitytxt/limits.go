package securitytxt

import (
	"errors"
	"fmt"
	"strings"
)

// The limits that RFC 9116 section 5.4 suggests to readers.
const (
	DefaultMaxBytes = 32 << 10 // bytes a file
	DefaultMaxLines = 1000     // lines a file
	DefaultMaxField = 2048     // characters a field
)

// Limits bound what a file may cost. Zero or less means the default, which is
// the RFC's. Past the RFC's numbers a file gets a warning, whatever the Limits.
type Limits struct {
	Bytes int // bytes a file
	Lines int // lines a file
	Field int // characters a line that holds a field
}

// ErrLimit is what every *LimitError is.
var ErrLimit = errors.New("securitytxt: file is past a limit")

// A LimitError says which limit a file is past. errors.Is finds ErrLimit.
type LimitError struct {
	Code  Code // CodeTooLarge, CodeTooManyLines or CodeFieldTooLong
	Limit int  // in bytes or in lines, as Code says
	Line  int  // the first line that is past it, 0 for CodeTooLarge
}

// Error names the limit and nothing of the file.
func (e *LimitError) Error() string {
	return fmt.Sprintf("securitytxt: file is past the limit of %d (%s)", e.Limit, e.Code)
}

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultMaxBytes
	}
	if l.Lines <= 0 {
		l.Lines = DefaultMaxLines
	}
	if l.Field <= 0 {
		l.Field = DefaultMaxField
	}
	return l
}

// Parse is [Parse] with the default Limits.
func Parse(b []byte) (*Document, error) { return Limits{}.Parse(b) }

// Parse reads a file. Its Document is never nil. The error is nil or a
// *LimitError: then the Document is Truncated and holds the whole lines before
// the limit, without the field that is too long. The cost is linear in the
// smaller of len(b) and l.Bytes. b is not kept.
func (l Limits) Parse(b []byte) (*Document, error) {
	l = l.withDefaults()
	p := parser{limits: l, doc: &Document{}}
	size := len(b)
	if size > l.Bytes {
		b = b[:l.Bytes]
		p.exceed(CodeTooLarge, l.Bytes, 0)
	}
	if size > DefaultMaxBytes {
		p.finding(CodeTooLarge, 0, "")
	}
	s := string(b)
	if size > len(b) {
		// Half a line would be a false field.
		s = s[:strings.LastIndexByte(s, '\n')+1]
	}
	p.run(s)
	p.doc.Truncated = p.err != nil
	if p.err != nil {
		return p.doc, p.err
	}
	return p.doc, nil
}
