package cvss

import (
	"errors"
	"fmt"
	"strings"

	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
)

// ErrMalformed is matched by every error of Parse.
var ErrMalformed = errors.New("cvss: malformed vector")

// Error says where and why a text is no vector. It never carries the text.
type Error struct {
	Version string // "2.0", "3.0", "3.1" or "4.0", or "" if the prefix is unknown
	Offset  int    // byte offset of the part at fault; the text's length if something is missing
	Metric  string // the metric at fault, if it is one of the version
	Reason  string // one of a fixed set of sentences
}

// Error names the version, the byte offset, the metric and the reason.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("cvss: ")
	if e.Version != "" {
		b.WriteString(e.Version + " ")
	}
	fmt.Fprintf(&b, "vector, byte %d: ", e.Offset)
	if e.Metric != "" {
		b.WriteString(e.Metric + ": ")
	}
	b.WriteString(e.Reason)
	return b.String()
}

// Unwrap returns ErrMalformed.
func (e *Error) Unwrap() error { return ErrMalformed }

// Vector is one parsed vector. The zero Vector has no version, no text and no
// scores.
type Vector struct {
	text   string
	scheme *scheme
	// Per metric of the scheme: 1 + index of its value, 0 if absent.
	values [32]uint8
	v30    gocvss30.CVSS30
	v31    gocvss31.CVSS31
}

// Parse reads a vector of any version. A text without a "CVSS:" prefix is read as
// 2.0. Spelling is exact: case counts, and no white space, no parentheses and no
// closing slash are accepted. 2.0 and 4.0 bind the order of metrics; 2.0 wants an
// optional group whole; 3.x takes any order. Every error is an *Error.
func Parse(s string) (Vector, error) {
	var sch *scheme
	switch {
	case strings.HasPrefix(s, v40.prefix):
		sch = &v40
	case strings.HasPrefix(s, v31.prefix):
		sch = &v31
	case strings.HasPrefix(s, v30.prefix):
		sch = &v30
	case s == "":
		return Vector{}, &Error{Reason: "the text is empty"}
	case strings.HasPrefix(s, "CVSS:"):
		return Vector{}, &Error{Offset: len("CVSS:"), Reason: "the version is not 3.0, 3.1 or 4.0"}
	default:
		sch = &v20
	}
	v := Vector{text: s, scheme: sch}
	if err := v.scan(); err != nil {
		return Vector{}, err
	}
	if err := v.load(); err != nil {
		return Vector{}, &Error{Version: sch.version, Offset: len(s), Reason: "the scorer refuses the vector"}
	}
	return v, nil
}

// scan fills values. It looks at each byte once, and stops at the first metric that
// is unknown, repeated or out of order, so long texts cost nothing.
func (v *Vector) scan() error {
	sch, at := v.scheme, len(v.scheme.prefix)
	fail := func(off int, name, reason string) error {
		return &Error{Version: sch.version, Offset: off, Metric: name, Reason: reason}
	}
	last := -1
	for rest := v.text[at:]; ; {
		part, tail, more := strings.Cut(rest, "/")
		name, value, colon := strings.Cut(part, ":")
		i := sch.index(name)
		switch {
		case part == "":
			return fail(at, "", "an empty metric")
		case i < 0:
			return fail(at, "", "not a metric of this version")
		case !colon:
			return fail(at, name, "a metric without a value")
		case v.values[i] != 0:
			return fail(at, name, "the metric is given twice")
		case sch.ordered && i < last:
			return fail(at, name, "the metric is out of order")
		}
		j := sch.metrics[i].index(value)
		if j < 0 {
			return fail(at+len(name)+1, name, "not a value of this metric")
		}
		v.values[i] = uint8(j + 1)
		last = i
		if !more {
			break
		}
		at += len(part) + 1
		rest = tail
	}
	for i, m := range sch.metrics {
		switch {
		case v.values[i] != 0:
		case m.group == base:
			return fail(len(v.text), m.name, "the base metric is missing")
		case sch.whole && v.has(m.group):
			return fail(len(v.text), m.name, "the metric is missing, and its group must be whole")
		}
	}
	return nil
}

func (s *scheme) index(name string) int {
	for i := range s.metrics {
		if s.metrics[i].name == name {
			return i
		}
	}
	return -1
}

func (m *metric) index(value string) int {
	for i, v := range m.values {
		if v == value {
			return i
		}
	}
	return -1
}

// has reports whether a metric of the group is in the text, defined or not.
func (v *Vector) has(g group) bool {
	for i, m := range v.scheme.metrics {
		if m.group == g && v.values[i] != 0 {
			return true
		}
	}
	return false
}

// load hands a scanned 3.x vector to go-cvss, which scores it.
func (v *Vector) load() error {
	switch v.scheme {
	case &v30:
		p, err := gocvss30.ParseVector(v.text)
		if err != nil {
			return err
		}
		v.v30 = *p
	case &v31:
		p, err := gocvss31.ParseVector(v.text)
		if err != nil {
			return err
		}
		v.v31 = *p
	}
	return nil
}
