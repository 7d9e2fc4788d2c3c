package cvd

import (
	"fmt"
	"log/slog"
	"strconv"

	"github.com/cvdkit/cvdkit/cvd/internal/plain"
)

// Private is text that must not appear where nobody meant to show it: what a
// report says, who sent it, how to reach them. fmt, log/slog and encoding/json
// print it as [redacted]; an empty one prints as nothing. Convert it to string
// to use the text:
//
//	fmt.Println(string(report.Summary))
//
// fmt cannot call methods of values in unexported struct fields. Keep Private
// in exported fields, or give the struct a Format method. Nor does encoding/json
// ask the keys of a map.
type Private string

const redacted = "[redacted]"

func (p Private) hidden() string {
	if p == "" {
		return ""
	}
	return redacted
}

// String returns "[redacted]", or "" for an empty text.
func (p Private) String() string { return p.hidden() }

// GoString returns the same as String, quoted.
func (p Private) GoString() string { return strconv.Quote(p.hidden()) }

// Format prints [redacted] for every verb.
func (p Private) Format(f fmt.State, verb rune) {
	s := p.hidden()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		s = strconv.Quote(s)
	}
	_, _ = f.Write([]byte(s))
}

// MarshalText returns "[redacted]". Encoding a Private on purpose takes a
// conversion to string.
func (p Private) MarshalText() ([]byte, error) { return []byte(p.hidden()), nil }

// LogValue returns "[redacted]".
func (p Private) LogValue() slog.Value { return slog.StringValue(p.hidden()) }

// Display returns the text for a place that shows one line, such as a title in a
// list: without control characters and escape sequences, without characters that
// turn the direction of what follows, without invisible ones, and with no more
// combining marks on a letter than a script needs. Line breaks become blanks. The
// text itself is kept as it was received.
//
// It is plain text: HTML is escaped by whoever writes HTML.
func (p Private) Display() string { return plain.Display(string(p)) }

// DisplayText is Display for a text of several lines, whose line breaks stay.
func (p Private) DisplayText() string { return plain.DisplayText(string(p)) }

// Secret is key material. It prints as [redacted], as Private does. A []byte can
// be assigned to it.
type Secret []byte

// Format prints [redacted] for every verb.
func (s Secret) Format(f fmt.State, verb rune) { Private(s).Format(f, verb) }

// MarshalText returns "[redacted]".
func (s Secret) MarshalText() ([]byte, error) { return Private(s).MarshalText() }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return Private(s).LogValue() }
