package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/civil"
)

// Adopted is what a case keeps of a policy: the version, the calendar and the
// instants that were computed. Rules, holidays and zone data change; the dates
// of a case change only by Readopt, whose result the case records.
//
// Its binary form is stable: later releases read what earlier ones wrote.
type Adopted struct {
	Policy  string `json:"policy"`  // Policy.Name
	Version int    `json:"version"` // Policy.Version
	// Own is the policy itself, where it is a host's and not of the table.
	Own      *Policy       `json:"own,omitempty"`
	Subject  string        `json:"subject,omitempty"` // for which it was adopted; "": the case
	Calendar CalendarMark  `json:"calendar"`          // that it was computed with
	At       time.Time     `json:"at,omitzero"`       // when it was adopted
	Dates    []AdoptedDate `json:"dates,omitempty"`   // of its clocks, in order
}

// CalendarMark tells which calendar was used, without its holidays.
type CalendarMark struct {
	Name   string `json:"name,omitempty"` // Calendar.Name
	Zone   string `json:"zone"`           // IANA name
	Digest string `json:"digest"`         // of zone, weekend, hours and holidays
}

// AdoptedDate is the computed end of one deadline.
type AdoptedDate struct {
	ID        string    `json:"id"`             // Deadline.ID
	Start     time.Time `json:"start,omitzero"` // Deadline.Start
	Due       time.Time `json:"due,omitzero"`   // Deadline.Due
	LegalLast time.Time `json:"last,omitzero"`  // Deadline.LegalLast
	Inputs    string    `json:"inputs"`         // digest of what the date was computed from
}

// DateChange is a difference between adopted dates.
type DateChange struct {
	ID       string    // Deadline.ID
	From, To time.Time `json:",omitzero"` // Due before and after; zero: the date is new, or is gone
	// Earlier tells that Due or LegalLast moved to an earlier instant. A case
	// records that with its reason before anybody relies on the new date.
	Earlier bool
	Reason  string // what changed it, in words
}

// Adopt computes the dates of a policy for a case to keep. now is rounded down to
// milliseconds, as are all instants.
func Adopt(p Policy, f Facts, c Calendar, now time.Time) Adopted {
	a := Adopted{Policy: p.Name, Version: p.Version, Subject: f.Subject, Calendar: c.Mark(), At: milli(now)}
	if i, ok := tabled(p.Name, p.Version); !ok || !samePolicy(builtTable()[i], p) {
		own := p
		a.Own = &own
	}
	for _, d := range p.Deadlines(f, c, now) {
		if !d.Due.IsZero() {
			a.Dates = append(a.Dates, d.adopted(a.Calendar.Digest))
		}
	}
	return a
}

func samePolicy(a, b Policy) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	// An empty list and none are the same rule.
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (d Deadline) adopted(calendar string) AdoptedDate {
	sum := sha256.Sum256([]byte(calendar + "\n" + d.inputs))
	return AdoptedDate{
		ID: d.ID, Start: milli(d.Start), Due: milli(d.Due), LegalLast: milli(d.LegalLast),
		Inputs: hex.EncodeToString(sum[:8]),
	}
}

// Mark returns the calendar's name, zone and digest.
func (c Calendar) Mark() CalendarMark {
	h := sha256.New()
	fmt.Fprintln(h, c.ZoneName(), c.Open, c.Close, c.Weekend == nil, c.Weekend)
	for _, d := range c.Holidays {
		fmt.Fprintln(h, d.Year, int(d.Month), d.Day)
	}
	return CalendarMark{Name: c.Name, Zone: c.ZoneName(), Digest: hex.EncodeToString(h.Sum(nil)[:8])}
}

// Rules returns the policy that was adopted. It reports false where neither the
// table nor the value itself holds that version.
func (a Adopted) Rules() (Policy, bool) {
	if a.Own != nil {
		return *a.Own, true
	}
	return ByVersion(a.Policy, a.Version)
}

// rules is Rules for who only reads them.
func (a *Adopted) rules() (Policy, bool) {
	if a.Own != nil {
		return *a.Own, true
	}
	i, ok := tabled(a.Policy, a.Version)
	if !ok {
		return Policy{}, false
	}
	return builtTable()[i], true
}

// ErrUnknown is returned where a case adopted a version of a policy that
// this release does not hold.
var ErrUnknown = errors.New("policy: the adopted version of the policy is not known")

// Deadlines computes the state of every deadline at now, with the instants that
// were adopted. A date that is not among them yet is computed. The error is
// ErrUnknown.
func (a Adopted) Deadlines(f Facts, c Calendar, now time.Time) ([]Deadline, error) {
	p, ok := a.rules()
	if !ok {
		return nil, ErrUnknown
	}
	f.Subject = a.Subject
	return p.deadlines(f, c, now, &a), nil
}

func (a *Adopted) date(id string) (AdoptedDate, bool) {
	if a != nil {
		for _, d := range a.Dates {
			if d.ID == id {
				return d, true
			}
		}
	}
	return AdoptedDate{}, false
}

// Readopt computes the dates again after facts were added or corrected. Where
// nothing that a date depends on has changed, its instants stay, even if the data
// of the zone is new. The changes are in the order of the policy's clocks; without
// changes there is nothing to record. Ended deadlines keep their dates. The error
// is ErrUnknown.
func (a Adopted) Readopt(f Facts, c Calendar, now time.Time) (Adopted, []DateChange, error) {
	p, ok := a.rules()
	if !ok {
		return a, nil, ErrUnknown
	}
	f.Subject = a.Subject
	next := a
	next.Calendar, next.At, next.Dates = c.Mark(), milli(now), nil
	var changes []DateChange
	kept := map[string]bool{}
	for _, d := range p.Deadlines(f, c, now) {
		old, had := a.date(d.ID)
		kept[d.ID] = true
		switch {
		case d.Due.IsZero() && had:
			changes = append(changes, DateChange{ID: d.ID, From: old.Due, Reason: d.noDate()})
			continue
		case d.Due.IsZero():
			continue
		}
		x := d.adopted(next.Calendar.Digest)
		if had && x.Inputs == old.Inputs {
			x = old
		}
		if !had || !x.Due.Equal(old.Due) || !x.LegalLast.Equal(old.LegalLast) {
			changes = append(changes, dateChange(old, x, had, a.Calendar, next.Calendar))
		}
		next.Dates = append(next.Dates, x)
	}
	for _, old := range a.Dates {
		if !kept[old.ID] {
			if past := strings.Contains(old.ID, "#"); past {
				next.Dates = append(next.Dates, old)
				continue
			}
			changes = append(changes, DateChange{ID: old.ID, From: old.Due, Reason: "its rule does not apply any more"})
		}
	}
	if len(changes) == 0 {
		return a, nil, nil
	}
	return next, changes, nil
}

// noDate says why there is no date.
func (d Deadline) noDate() string {
	switch {
	case d.State == DeadlineNotOwed:
		return d.Waiting
	case d.Waiting == "":
		return "it ended without what its date depends on"
	}
	return "waits for " + d.Waiting
}

func dateChange(old, x AdoptedDate, had bool, before, after CalendarMark) DateChange {
	ch := DateChange{ID: x.ID, From: old.Due, To: x.Due}
	ch.Earlier = had && (x.Due.Before(old.Due) || x.LegalLast.Before(old.LegalLast))
	switch {
	case !had:
		ch.Reason = "its start is known"
	case !x.Start.Equal(old.Start):
		ch.Reason = "its start moved from " + civil.Format(old.Start) + " to " + civil.Format(x.Start)
	case before.Digest != after.Digest:
		ch.Reason = "the calendar changed"
	default:
		ch.Reason = "the rule that applies, an agreement, or a pause changed"
	}
	return ch
}

const (
	adoptedFormat = 1
	maxAdopted    = 1 << 20
)

// adoptedFile is the stable form; instants are milliseconds since 1970.
type adoptedFile struct {
	V        int            `json:"v"`
	Policy   string         `json:"policy"`
	Version  int            `json:"version"`
	Own      *Policy        `json:"own,omitempty"`
	Subject  string         `json:"subject,omitempty"`
	Calendar CalendarMark   `json:"calendar"`
	At       int64          `json:"at"`
	Dates    []adoptedEntry `json:"dates,omitempty"`
}

type adoptedEntry struct {
	ID        string `json:"id"`
	Start     int64  `json:"start"`
	Due       int64  `json:"due"`
	LegalLast int64  `json:"last,omitempty"`
	Inputs    string `json:"inputs"`
}

// milli rounds an instant down to milliseconds, in UTC.
func milli(t time.Time) time.Time { return fromMilli(toMilli(t)) }

func toMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilli(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// MarshalBinary returns the stable form.
func (a Adopted) MarshalBinary() ([]byte, error) {
	f := adoptedFile{V: adoptedFormat, Policy: a.Policy, Version: a.Version, Own: a.Own, Subject: a.Subject,
		Calendar: a.Calendar, At: toMilli(a.At)}
	for _, d := range a.Dates {
		f.Dates = append(f.Dates, adoptedEntry{d.ID, toMilli(d.Start), toMilli(d.Due), toMilli(d.LegalLast), d.Inputs})
	}
	return json.Marshal(f)
}

// UnmarshalBinary reads what MarshalBinary of this or an earlier release wrote,
// at most 1 MiB. Members that it does not know are an error, since a later release
// wrote them for a reason.
func (a *Adopted) UnmarshalBinary(b []byte) error {
	if len(b) > maxAdopted {
		return fmt.Errorf("policy: adopted dates: more than %d bytes", maxAdopted)
	}
	var f adoptedFile
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return fmt.Errorf("policy: adopted dates: %w", err)
	}
	if f.V != adoptedFormat {
		return errors.New("policy: adopted dates: written by a later release")
	}
	*a = Adopted{Policy: f.Policy, Version: f.Version, Own: f.Own, Subject: f.Subject, Calendar: f.Calendar, At: fromMilli(f.At)}
	for _, d := range f.Dates {
		a.Dates = append(a.Dates, AdoptedDate{d.ID, fromMilli(d.Start), fromMilli(d.Due), fromMilli(d.LegalLast), d.Inputs})
	}
	return nil
}
