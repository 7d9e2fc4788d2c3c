package caselog

import (
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// PolicyAdopted keeps the policy version, the calendar's mark and the computed
// instants. A later one of the same policy and subject replaces it.
type PolicyAdopted struct {
	structural
	Adopted []byte // Adopted.MarshalBinary
	Changes []policy.DateChange
}

func (*PolicyAdopted) RecordName() string { return "policy.adopted/1" }

func (x *PolicyAdopted) Body(w *Wire) {
	w.bytes(&x.Adopted)
	many(w, &x.Changes, func(w *Wire, c *policy.DateChange) {
		text(w, &c.ID)
		w.Instant(&c.From)
		w.Instant(&c.To)
		w.flag(&c.Earlier)
		text(w, &c.Reason)
	})
}

func (x *PolicyAdopted) apply(c *Folded, e *Envelope) {
	var a policy.Adopted
	event(&c.Case, e, cvd.Event{}.With(uint32(len(x.Changes)), 0))
	if a.UnmarshalBinary(x.Adopted) != nil {
		return // of a newer version: its dates stay in the log
	}
	all := make([]policy.Adopted, 0, len(c.Adopted)+1) // small, and snapshots share it
	found := false
	for _, old := range c.Adopted {
		if old.Policy == a.Policy && old.Subject == a.Subject {
			old, found = a, true
		}
		all = append(all, old)
	}
	if !found {
		all = append(all, a)
	}
	c.Adopted = all
	c.DateChanges = append(c.DateChanges, x.Changes...)
}

// FactRecorded is something that happened outside the case, such as a report to
// an authority.
type FactRecorded struct {
	Fact    policy.Fact
	At      time.Time
	Subject string
	Instead bool // of what was recorded of this fact before

	Reason cvd.Private
}

func (*FactRecorded) RecordName() string { return "fact.recorded/1" }

func (x *FactRecorded) Body(w *Wire) {
	text(w, &x.Fact)
	w.Instant(&x.At)
	text(w, &x.Subject)
	w.flag(&x.Instead)
}

func (x *FactRecorded) Private(w *Wire)           { text(w, &x.Reason) }
func (x *FactRecorded) reveal(*Folded, *Envelope) {}

func (x *FactRecorded) apply(c *Folded, e *Envelope) {
	c.Recorded = append(c.Recorded, cvd.RecordedFact{Fact: x.Fact, At: x.At, Subject: x.Subject, Instead: x.Instead})
	event(&c.Case, e, cvd.Event{When: x.At}.With(uint32(len(c.Recorded)), 0))
}

// ReminderRecorded says that a reminder was given. Its presence in the log is
// what makes it happen once.
type ReminderRecorded struct {
	structural
	Reminder string // Reminder.ID
	Deadline string
	Kind     policy.ReminderKind
	To       uint32        // the actor who is told; 0: the whole team
	Parties  []cvd.PartyID // whose time to answer it is about
}

func (*ReminderRecorded) RecordName() string { return "reminder.recorded/1" }

func (x *ReminderRecorded) Body(w *Wire) {
	text(w, &x.Reminder)
	text(w, &x.Deadline)
	text(w, &x.Kind)
	num(w, &x.To)
	many(w, &x.Parties, func(w *Wire, p *cvd.PartyID) { num(w, p) })
}

func (x *ReminderRecorded) apply(c *Folded, e *Envelope) {
	c.Reminded = append(c.Reminded, cvd.Reminded{ID: x.Reminder, Deadline: x.Deadline, Kind: x.Kind, At: e.At.Time(), To: x.To, Parties: x.Parties})
	for _, id := range x.Parties {
		if p := c.party(id); p != nil {
			p.Kept(inner.Only{}).Reminded = 1
			if x.Kind == policy.ReminderDue {
				p.Kept(inner.Only{}).Reminded = 2
			}
		}
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(len(c.Reminded)), 0))
}

// Calendar returns the calendar for a policy.
func (s *Book) Calendar(pol string) policy.Calendar {
	if c, ok := s.Cfg.Calendars[pol]; ok {
		return c
	}
	return s.Cfg.Calendar
}

func (s *Book) Deadlines(c *cvd.Case, facts func(subject string) policy.Facts, now time.Time) ([]policy.Deadline, error) {
	var all []policy.Deadline
	var unknown []error
	for _, a := range c.Adopted {
		if m, ok := cvd.ParseMatter(a.Subject); ok && c.Elsewhere(m) {
			continue // its clocks run in the other case
		}
		ds, err := a.Deadlines(facts(a.Subject), s.Calendar(a.Policy), now)
		if err != nil {
			unknown = append(unknown, fmt.Errorf("%w: %s, version %d", err, a.Policy, a.Version))
		}
		all = append(all, ds...)
	}
	return all, errors.Join(unknown...)
}
