package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
)

// result is a line of the output: members in their order.
type result []member

type member struct {
	name  string
	value any
}

func (r result) json() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(encoded(m.name))
		b.WriteByte(':')
		b.Write(encoded(m.value))
	}
	b.WriteByte('}')
	return b.Bytes()
}

func encoded(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // maps, lists and texts have a form
	}
	return bytes.TrimSpace(b.Bytes())
}

// problem is an error as a line tells it.
type problem struct {
	Kind    string `json:"kind"`
	Field   string `json:"field,omitempty"`   // a JSON pointer into the line
	Problem string `json:"problem,omitempty"` // in words
	Case    string `json:"case,omitempty"`    // that has what belongs to one case only
}

func (p *problem) Error() string { return p.Problem }

// wrong is an error of the script itself.
func wrong(kind, field, words string) error {
	return &problem{Kind: kind, Field: field, Problem: words}
}

// outcome says that a line was done, was refused by a rule, or is wrong.
func (d *desk) outcome(err error) result {
	var refused *cvd.Refusal
	var input *cvd.InputError
	var form *cvdjson.Error
	var double *cvd.DuplicateError
	var own *problem
	switch {
	case err == nil:
		return result{{"ok", true}}
	case errors.As(err, &refused):
		r := result{{"refused", refused.Rule}, {"rule", refused.Rule.Text()}}
		if refused.Detail != "" {
			r = append(r, member{"detail", refused.Detail})
		}
		return r
	case errors.As(err, &own):
		return result{{"error", own}}
	case errors.As(err, &input):
		return result{{"error", problem{Kind: "input", Field: cvdjson.Pointer(input.Field), Problem: input.Problem}}}
	case errors.As(err, &form):
		return result{{"error", problem{Kind: "input", Field: form.Pointer, Problem: form.Problem}}}
	case errors.As(err, &double):
		return result{{"error", problem{Kind: "duplicate", Problem: "it leads to another case", Case: d.labelOf(double.Owner)}}}
	}
	for _, x := range []struct {
		is   error
		kind string
	}{
		{cvd.ErrNotFound, "not_found"}, {cvd.ErrDenied, "denied"}, {cvd.ErrStale, "stale"}, {cvd.ErrConflict, "conflict"},
		{cvd.ErrNewer, "newer"}, {cvd.ErrAhead, "ahead"}, {cvd.ErrTampered, "tampered"},
	} {
		if errors.Is(err, x.is) {
			return result{{"error", problem{Kind: x.kind, Problem: strings.TrimPrefix(err.Error(), "cvd: ")}}}
		}
	}
	return result{{"error", problem{Kind: "other", Problem: err.Error()}}}
}

func trimMark(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\ufeff")) }

// blank tells of a line that says nothing: it is empty, or a comment.
func blank(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) == 0 || b[0] == '#'
}
