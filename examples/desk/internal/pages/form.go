package pages

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Kinds of fields.
const (
	kindText   = "text"
	kindArea   = "area"
	kindSelect = "select"
	kindRadio  = "radio"
	kindChecks = "checks"
	kindCheck  = "check"
	kindDate   = "date" // date and time in the zone of the desk
	kindFile   = "file"
)

// field is one of a form.
type field struct {
	Name, Label, Hint, Kind string
	Required                bool
	Focus                   bool
	Options                 []option
	Value                   string // at first, then as it was typed
	Values                  []string
	Error                   string
	ID                      string // unique on the page
}

type option struct {
	Value, Label, Hint string
}

// Has reports whether an option is chosen.
func (f field) Has(value string) bool {
	return value == f.Value && f.Kind != kindChecks || slices.Contains(f.Values, value)
}

// Describe names the elements that explain the field.
func (f field) Describe() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// input is what somebody typed into the form of an action.
type input struct {
	shows    []string // what the action will do, where it waits to be confirmed
	q        *request
	c        *cvd.Case
	values   url.Values
	problems []problem
	files    []cvd.File
	uploads  []cvd.Upload // their contents
	unkept   string       // why the files of the form were not kept; "": they were
}

// problem is something about a field that cannot be; of "" about none.
type problem struct{ Field, Text string }

func (in *input) bad(field, text string) {
	in.problems = append(in.problems, problem{field, text})
}

func (in *input) text(name string) cvd.Private {
	return cvd.Private(strings.TrimSpace(strings.ReplaceAll(in.values.Get(name), "\r\n", "\n")))
}

// need is a text that cannot be empty.
func (in *input) need(name, what string) cvd.Private {
	s := in.text(name)
	if s == "" {
		in.bad(name, what)
	}
	return s
}

func (in *input) number(name string) uint32 {
	n, _ := strconv.ParseUint(in.values.Get(name), 10, 32)
	return uint32(n)
}

func (in *input) parties(name string) (out []cvd.PartyID) {
	for _, s := range in.values[name] {
		if n, err := strconv.ParseUint(s, 10, 32); err == nil && n > 0 {
			out = append(out, cvd.PartyID(n))
		}
	}
	return out
}

// date reads a local date and time. One that a change of the clocks makes twice, or
// never, is asked again: nothing is guessed.
func (in *input) date(name string) time.Time {
	s := in.values.Get(name)
	if s == "" {
		in.bad(name, "Enter a date and a time.")
		return time.Time{}
	}
	t, err := time.Parse("2006-01-02T15:04", s)
	if err != nil {
		in.bad(name, "Enter it as 2026-03-01T14:00.")
		return time.Time{}
	}
	at, err := policy.LocalTime(in.q.cfg.Zone, t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute())
	if twice := (*policy.LocalTimeError)(nil); errors.As(err, &twice) {
		in.bad(name, "Clocks change in that hour. Choose another time, such as "+in.q.When(twice.First)+" less or more an hour.")
	} else if err != nil {
		in.bad(name, "There is no such date.")
	}
	return at
}

// otherCase is a case by its number, open to who asks.
func (in *input) otherCase(name string) *cvd.Case {
	number := in.need(name, "Enter the number of the other case.")
	if number == "" {
		return nil
	}
	if other, _, err := in.q.byNumber(string(number)); err == nil && other.ID != in.c.ID {
		return other
	}
	in.bad(name, "There is no other case with this number.")
	return nil
}

// fill puts what was typed back into fields.
func fill(fs []field, values url.Values, problems []problem) {
	for i := range fs {
		f := &fs[i]
		if values != nil && f.Kind != kindFile {
			f.Value, f.Values = values.Get(f.Name), values[f.Name]
		}
		for _, p := range problems {
			if p.Field == f.Name && f.Error == "" {
				f.Error = p.Text
			}
		}
	}
}

func number[T ~uint32](n T) string { return strconv.FormatUint(uint64(n), 10) }
