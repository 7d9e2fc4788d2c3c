package advisory

import (
	"errors"
	"strconv"
	"strings"
)

// Loss is something that a conversion left out or changed.
type Loss struct {
	// Path is a JSON pointer: when writing, into the model (names of fields in lower
	// case, such as /vulnerabilities/0/scores/1/epss); when reading, into the document.
	Path string
	// Reason is one of a fixed set of sentences; it holds no text of the advisory.
	Reason string
}

// String returns the path and the reason.
func (l Loss) String() string { return l.Path + ": " + l.Reason }

// What the writers refuse. An *Error wraps one of them.
var (
	// ErrConfidential: the format is public, or cannot carry the label, and the
	// advisory's TLP label does not permit what writing it would tell.
	ErrConfidential = errors.New("advisory: the TLP label does not permit this format")
	// ErrIncomplete: the format needs something that the advisory lacks.
	ErrIncomplete = errors.New("advisory: something that the format needs is missing")
	// ErrSeveral: the format holds one vulnerability; see Split.
	ErrSeveral = errors.New("advisory: the format holds one vulnerability")
	// ErrFormat: the text is not a document of the format.
	ErrFormat = errors.New("advisory: not a document of this format")
)

// Error says what is missing or not permitted, and where. It holds no text of the
// advisory.
type Error struct {
	Rule   error  // one of the Err values
	Path   string // JSON pointer into the model or the document
	Reason string
}

// Error returns rule, path and reason.
func (e *Error) Error() string {
	s := e.Rule.Error()
	if e.Path != "" {
		s += ": " + e.Path
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// Unwrap returns the rule.
func (e *Error) Unwrap() error { return e.Rule }

// At builds a JSON pointer from names and indexes.
func At(parts ...any) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		switch p := p.(type) {
		case int:
			b.WriteString(strconv.Itoa(p))
		case string:
			b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
		}
	}
	return b.String()
}
