// Package memtracker is a ticketing system in memory: for tests, examples, and as
// the shortest reading of what a [tracker.Tracker] has to do. People work in it
// through the methods of [Tracker] that take an actor; a Sync works in it through
// [Tracker.As].
package memtracker

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// Statuses are the states that tickets take, the last two are closed. It ignores
// others without a word, as real trackers do.
var statuses = []string{"new", "open", "stalled", "resolved", "rejected"}

// Tracker is a ticketing system. Make it with New. All methods are safe for
// concurrent use.
type Tracker struct {
	now func() time.Time

	mu       sync.Mutex
	tickets  []*ticket // by number, from 1; deleted ones stay as nil
	changes  []tracker.Change
	comments map[string][]Comment
	requests int
	fault    func(op string, done bool) error
}

type ticket struct {
	tracker.Ticket
	version  int
	mergedTo string
}

// Comment is a comment of a ticket.
type Comment struct {
	Actor string    // the account
	Text  string    // as it was written
	At    time.Time // by the tracker's clock
}

// New returns a tracker without tickets. now is its clock.
func New(now func() time.Time) *Tracker {
	return &Tracker{now: now, comments: map[string][]Comment{}}
}

// Statuses returns the states that tickets take.
func (t *Tracker) Statuses() []string { return slices.Clone(statuses) }

// Requests returns how many requests accounts of As have made.
func (t *Tracker) Requests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.requests
}

// Fail has f asked before each request of an account of As, and again when it was
// carried out: an error then is an answer that got lost. f may use the tracker.
func (t *Tracker) Fail(f func(op string, done bool) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = f
}

// Tickets returns all tickets, the oldest first, as they are.
func (t *Tracker) Tickets() (out []tracker.Ticket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.tickets {
		if x != nil && x.mergedTo == "" {
			out = append(out, x.shown())
		}
	}
	return out
}

// Comments returns the comments of a ticket, the oldest first.
func (t *Tracker) Comments(ref string) []Comment {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.comments[ref])
}

// Open makes a ticket by hand and returns its Ref.
func (t *Tracker) Open(actor, title, text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.make(actor, tracker.Fields{Title: title, Body: text}).Ref
}

// Comment adds a comment. A reply is one to whoever opened the ticket.
func (t *Tracker) Comment(ref, actor, text string, reply bool) error {
	return t.human(ref, func(x *ticket) {
		t.comments[x.Ref] = append(t.comments[x.Ref], Comment{actor, text, t.now()})
		t.note(x, actor, tracker.Change{Kind: tracker.KindCommented, Text: cvd.Private(text), Reply: reply})
	})
}

// SetStatus gives a ticket a state; one that there is not changes nothing.
func (t *Tracker) SetStatus(ref, actor, status string) error {
	return t.human(ref, func(x *ticket) { t.set(x, actor, tracker.Fields{Status: status}) })
}

// SetTitle gives a ticket a title.
func (t *Tracker) SetTitle(ref, actor, title string) error {
	return t.human(ref, func(x *ticket) { t.set(x, actor, tracker.Fields{Title: title}) })
}

// SetOwner gives a ticket to somebody; "": to nobody.
func (t *Tracker) SetOwner(ref, actor, owner string) error {
	return t.human(ref, func(x *ticket) {
		t.note(x, actor, tracker.Change{Kind: tracker.KindOwner, Old: x.Owner, New: cvd.Private(owner)})
		x.Owner = cvd.Private(owner)
	})
}

// Move puts a ticket into another project, where it gets another Ref.
func (t *Tracker) Move(ref, actor, project string) (string, error) {
	var to string
	err := t.human(ref, func(x *ticket) {
		n := t.make(actor, tracker.Fields{Marker: x.Marker, Title: string(x.Title), Body: string(x.Body), Status: x.Status, Project: project})
		x.mergedTo, to = n.Ref, n.Ref
		t.note(x, actor, tracker.Change{Kind: tracker.KindMoved, New: cvd.Private(n.Ref)})
	})
	return to, err
}

// Merge lets a ticket go on in another.
func (t *Tracker) Merge(ref, actor, into string) error {
	return t.human(ref, func(x *ticket) {
		x.mergedTo = into
		t.note(x, actor, tracker.Change{Kind: tracker.KindMerged, New: cvd.Private(into)})
	})
}

// Delete removes a ticket.
func (t *Tracker) Delete(ref, actor string) error {
	return t.human(ref, func(x *ticket) {
		t.note(x, actor, tracker.Change{Kind: tracker.KindGone})
		for i := range t.tickets {
			if t.tickets[i] == x {
				t.tickets[i] = nil
			}
		}
	})
}

func (t *Tracker) human(ref string, f func(*ticket)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.find(ref)
	if x == nil {
		return tracker.ErrGone
	}
	f(x)
	return nil
}

// find follows a ticket to where it was moved or merged.
func (t *Tracker) find(ref string) *ticket {
	for range len(t.tickets) + 1 {
		i := slices.IndexFunc(t.tickets, func(x *ticket) bool { return x != nil && x.Ref == ref })
		if i < 0 {
			return nil
		}
		if t.tickets[i].mergedTo == "" {
			return t.tickets[i]
		}
		ref = t.tickets[i].mergedTo
	}
	return nil
}

func (t *Tracker) make(actor string, f tracker.Fields) *ticket {
	x := &ticket{}
	x.Ref, x.Author, x.Created, x.Status, x.Project = fmt.Sprint(len(t.tickets)+1), actor, t.now(), statuses[0], "security"
	x.URL = "/ticket/" + x.Ref
	t.tickets = append(t.tickets, x)
	t.note(x, actor, tracker.Change{Kind: tracker.KindOpened})
	x.assign(f)
	return x
}

func (x *ticket) assign(f tracker.Fields) {
	for _, s := range []struct {
		to   *string
		from string
	}{{&x.Marker, f.Marker}, {&x.Project, f.Project}, {&x.Priority, f.Priority}} {
		if s.from != "" {
			*s.to = s.from
		}
	}
	if f.Title != "" {
		x.Title = cvd.Private(f.Title)
	}
	if f.Body != "" {
		x.Body = cvd.Private(f.Body)
	}
	if slices.Contains(statuses, f.Status) {
		x.Status = f.Status
		x.Closed = slices.Contains(statuses[3:], f.Status)
	}
}

// set writes fields and notes what changed.
func (t *Tracker) set(x *ticket, actor string, f tracker.Fields) {
	before := x.Ticket
	x.assign(f)
	for _, d := range []struct {
		kind     tracker.Kind
		field    string
		old, now string
	}{
		{tracker.KindStatus, "", before.Status, x.Status}, {tracker.KindTitle, "", string(before.Title), string(x.Title)},
		{tracker.KindPriority, "", before.Priority, x.Priority}, {tracker.KindField, "body", string(before.Body), string(x.Body)},
		{tracker.KindField, "marker", before.Marker, x.Marker}, {tracker.KindField, "project", before.Project, x.Project},
	} {
		if d.old != d.now {
			t.note(x, actor, tracker.Change{Kind: d.kind, Field: d.field, Old: cvd.Private(d.old), New: cvd.Private(d.now)})
		}
	}
}

func (t *Tracker) note(x *ticket, actor string, c tracker.Change) {
	x.version++
	x.Updated = t.now()
	c.ID, c.Ref, c.Actor, c.At = fmt.Sprint(len(t.changes)+1), x.Ref, actor, x.Updated
	t.changes = append(t.changes, c)
}

func (x *ticket) shown() tracker.Ticket {
	out := x.Ticket
	out.Version = fmt.Sprint(x.version)
	return out
}
