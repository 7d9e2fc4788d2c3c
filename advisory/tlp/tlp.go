package tlp

import (
	"errors"
	"strings"
)

// Label is one label of TLP 2.0. Its numbers are not stable: store the text.
type Label uint8

// The labels, from nothing stated to the strictest.
const (
	Unset       Label = iota // not stated; compared as stricter than Red
	Clear                    // TLP:CLEAR, no limit on disclosure
	Green                    // TLP:GREEN, the recipient's community
	Amber                    // TLP:AMBER, the recipient's organization and its clients
	AmberStrict              // TLP:AMBER+STRICT, the recipient's organization only
	Red                      // TLP:RED, the named recipients only
)

// ErrUnknown is returned for a text or a number that is no label. It never
// carries the text.
var ErrUnknown = errors.New("tlp: not a label of TLP 2.0 (RED, AMBER+STRICT, AMBER, GREEN, CLEAR)")

const prefix = "TLP:"

var names = [...]string{
	Clear:       "CLEAR",
	Green:       "GREEN",
	Amber:       "AMBER",
	AmberStrict: "AMBER+STRICT",
	Red:         "RED",
}

// Labels lists the five labels from the most open to the strictest. The caller
// owns the slice.
func Labels() []Label {
	return []Label{Clear, Green, Amber, AmberStrict, Red}
}

// Parse reads a label with or without the "TLP:" prefix, in any case, with
// surrounding white space ignored. WHITE, the name in TLP 1.0, is read as Clear.
// An empty text is not a label: Parse returns Unset and ErrUnknown for it, as for
// every unknown text.
func Parse(s string) (Label, error) {
	s = strings.TrimSpace(s)
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		s = s[len(prefix):]
	}
	for _, l := range Labels() {
		if strings.EqualFold(s, names[l]) {
			return l, nil
		}
	}
	if strings.EqualFold(s, "WHITE") {
		return Clear, nil
	}
	return Unset, ErrUnknown
}

// Valid reports whether l is one of the five labels. Unset is not.
func (l Label) Valid() bool { return l >= Clear && l <= Red }

// Name returns the label without its prefix, such as "AMBER+STRICT", and "" for
// Unset and for numbers that are no label.
func (l Label) Name() string {
	if !l.Valid() {
		return ""
	}
	return names[l]
}

// String returns the label as FIRST writes it, such as "TLP:AMBER+STRICT", and
// "" for Unset and for numbers that are no label.
func (l Label) String() string {
	if !l.Valid() {
		return ""
	}
	return prefix + names[l]
}

// rank orders labels; what is not stated, or not a label, ranks above Red.
func (l Label) rank() int {
	if l.Valid() {
		return int(l)
	}
	return int(Red) + 1
}

// Stricter reports whether l permits less disclosure than m does. Unset is
// stricter than every label.
func (l Label) Stricter(m Label) bool { return l.rank() > m.rank() }

// AtMost reports whether a document labelled l may go where documents up to
// ceiling may go. An Unset document goes nowhere, and an Unset ceiling admits only
// Clear, so a forgotten value of either kind never widens disclosure.
func (l Label) AtMost(ceiling Label) bool {
	if !ceiling.Valid() {
		ceiling = Clear
	}
	return l.rank() <= ceiling.rank()
}

// Strictest returns the label of a document that joins parts with the given
// labels. It is Unset where one of them is, or where there are none.
func Strictest(labels ...Label) Label {
	out := Unset
	for i, l := range labels {
		if i == 0 || l.Stricter(out) {
			out = l
		}
	}
	return out
}

// MarshalText returns String, and an empty text for Unset. It returns ErrUnknown
// only for a number that is no label.
func (l Label) MarshalText() ([]byte, error) {
	if l != Unset && !l.Valid() {
		return nil, ErrUnknown
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads what Parse reads, and an empty text as Unset. On an error l
// is left as it was.
func (l *Label) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*l = Unset
		return nil
	}
	got, err := Parse(string(text))
	if err != nil {
		return err
	}
	*l = got
	return nil
}
