package tracker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Mapping says how the states of cases and tickets relate. It is data: a host
// keeps it as JSON, edits it, and has Check explain it.
type Mapping struct {
	// Out gives the state of a ticket: the first row that fits the case. If none
	// does, the state is left as it is.
	Out []OutRow `json:"out,omitempty"`
	// Priorities gives the priority of a ticket by the rating of the case: none, low,
	// medium, high or critical. A rating without one leaves it as it is.
	Priorities map[string]string `json:"priorities,omitempty"`
	// In says what the states of tickets mean to a case. One without a row becomes a
	// note.
	In []InRow `json:"in,omitempty"`
	// Owners translates accounts of the tracker to actors of the host. One without
	// an entry keeps its name.
	Owners map[string]string `json:"owners,omitempty"`
	// Products gives the project of a ticket by the product stream that it is about,
	// by its name. See Part.
	Products map[string]string `json:"products,omitempty"`
}

// OutRow fits a case if all that it names fits.
type OutRow struct {
	Open      *bool  `json:"open,omitempty"`      // Case.Open
	RM        string `json:"rm,omitempty"`        // of the team, for example "Accepted"
	EM        string `json:"em,omitempty"`        // of the embargo, for example "Active"
	Published *bool  `json:"published,omitempty"` // the team has published it
	Status    string `json:"status"`              // of the ticket
}

// InRow says what it means that a ticket got a state.
type InRow struct {
	Status string `json:"status"` // of the ticket
	// Claim makes a claim of it: "vendor-aware", "fix-ready", "fix-deployed",
	// "public", "exploit-public" or "attacks-observed". It acts once the team adopts
	// it. "": a note only.
	Claim string `json:"claim,omitempty"`
}

var claims = map[string]vultron.CSEvent{
	"vendor-aware": vultron.VendorAware, "fix-ready": vultron.FixReady, "fix-deployed": vultron.FixDeployed,
	"public": vultron.PublicAware, "exploit-public": vultron.ExploitPublic, "attacks-observed": vultron.AttacksObserved,
}

const (
	maxMapping = 1 << 20 // bounds what ParseMapping reads
	maxRows    = 1000    // bounds what Check compares row by row
)

// ParseMapping reads a mapping from JSON of at most 1 MiB. Fields that it does not
// know are errors, since they are slips, and so is anything after the object. Errors
// name the line.
func ParseMapping(data []byte) (m Mapping, err error) {
	if len(data) > maxMapping {
		return Mapping{}, errors.New("tracker: mapping: it has more than 1 MiB")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	at := func() int { return 1 + bytes.Count(data[:min(d.InputOffset(), int64(len(data)))], []byte("\n")) }
	if err := d.Decode(&m); err != nil {
		line := at()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = 1 + bytes.Count(data[:min(syntax.Offset, int64(len(data)))], []byte("\n"))
		}
		return Mapping{}, fmt.Errorf("tracker: mapping: line %d: %w", line, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Mapping{}, fmt.Errorf("tracker: mapping: line %d: something follows the object", at())
	}
	return m, nil
}

// status returns the state of a case's ticket, "" to leave it.
func (m *Mapping) status(c *cvd.Case) string {
	for _, r := range m.Out {
		if r.fits(c.Open(), c.RM().String(), c.Embargo.State.String(), len(c.Publications) > 0) {
			return r.Status
		}
	}
	return ""
}

func (r *OutRow) fits(open bool, rm, em string, published bool) bool {
	return (r.Open == nil || *r.Open == open) && (r.RM == "" || strings.EqualFold(r.RM, rm)) &&
		(r.EM == "" || strings.EqualFold(r.EM, em)) && (r.Published == nil || *r.Published == published)
}

func (m *Mapping) priority(c *cvd.Case) string { return m.Priorities[c.Rating().String()] }

func (m *Mapping) in(status string) (InRow, bool) {
	i := slices.IndexFunc(m.In, func(r InRow) bool { return strings.EqualFold(r.Status, status) })
	if i < 0 {
		return InRow{Status: status}, false
	}
	return m.In[i], true
}

// actor is who acts in a case, of an account of the tracker.
func (m *Mapping) actor(name, account string) cvd.Private {
	if a := m.Owners[account]; a != "" {
		return cvd.Private(a)
	}
	return cvd.Private(name + ":" + account)
}

// Finding is what Check says of a mapping.
type Finding struct {
	Place   string // for example "out[2].status"
	Problem string // and what to do about it
	Fatal   bool   // New refuses the mapping
}

// String returns the finding in one line.
func (f Finding) String() string {
	if f.Fatal {
		return f.Place + ": " + f.Problem
	}
	return f.Place + ": note: " + f.Problem
}

// Check explains what is wrong with a mapping: by itself, and against what the
// tracker has. The zero Schema checks the mapping by itself.
func (m *Mapping) Check(s Schema) (out []Finding) {
	say := func(fatal bool, place, format string, a ...any) {
		out = append(out, Finding{place, fmt.Sprintf(format, a...), fatal})
	}
	known := func(place, what, value string, of []string) {
		switch {
		case of == nil || slices.Contains(of, value):
		case slices.ContainsFunc(of, func(x string) bool { return strings.EqualFold(x, value) }):
			say(true, place, "the tracker writes %s %q otherwise; it has %s", what, value, strings.Join(of, ", "))
		default:
			say(true, place, "the tracker has no %s %q; it has %s", what, value, strings.Join(of, ", "))
		}
	}
	for name, n := range map[string]int{"out": len(m.Out), "in": len(m.In)} {
		if n > maxRows {
			say(true, name, "it has more than %d rows", maxRows)
			return out
		}
	}
	for i, r := range m.Out {
		place := fmt.Sprintf("out[%d]", i)
		if r.Status == "" {
			say(true, place+".status", "it is empty: name the state that the ticket gets")
		} else {
			known(place+".status", "state", r.Status, s.Statuses)
		}
		if words := rmWords(); r.RM != "" && !fold(words, r.RM) {
			say(true, place+".rm", "there is no such state; there are %s", strings.Join(words, ", "))
		}
		if words := emWords(); r.EM != "" && !fold(words, r.EM) {
			say(true, place+".em", "there is no such state; there are %s", strings.Join(words, ", "))
		}
	}
	for i, fits := range m.firstFits() {
		if !fits {
			say(false, fmt.Sprintf("out[%d]", i), "no case reaches this row: an earlier one takes all that it fits")
		}
	}
	if left := m.unmapped(); len(m.Out) > 0 && len(left) > 0 {
		say(false, "out", "cases that are %s leave the state of the ticket as it is", strings.Join(left, ", "))
	}
	ratings := []string{"none", "low", "medium", "high", "critical"}
	for _, r := range sortedKeys(m.Priorities) {
		if !slices.Contains(ratings, r) {
			say(true, "priorities."+r, "there is no such rating; there are %s", strings.Join(ratings, ", "))
		}
		known("priorities."+r, "priority", m.Priorities[r], s.Priorities)
	}
	for i, r := range m.In {
		place := fmt.Sprintf("in[%d]", i)
		known(place+".status", "state", r.Status, s.Statuses)
		if _, ok := claims[r.Claim]; r.Claim != "" && !ok {
			say(true, place+".claim", "there is no such claim; there are %s", strings.Join(sortedKeys(claims), ", "))
		}
		if j := slices.IndexFunc(m.In, func(x InRow) bool { return strings.EqualFold(x.Status, r.Status) }); j < i {
			say(true, place, "in[%d] is about the same state", j)
		}
	}
	for _, p := range sortedKeys(m.Products) {
		known("products."+p, "project", m.Products[p], s.Projects)
	}
	for _, x := range s.Missing {
		say(true, "tracker", "%s", x)
	}
	return out
}
