package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/policy"
	"time"
)

// policyAdopted keeps the policy version, the calendar's mark and the computed
// instants. A later one of the same policy and subject replaces it.
type policyAdopted struct {
	structural
	Adopted []byte // Adopted.MarshalBinary
	Changes []policy.DateChange
}

func (*policyAdopted) name() string { return "policy.adopted/1" }
func (x *policyAdopted) body(w *wire) {
	w.bytes(&x.Adopted)
	many(w, &x.Changes, func(w *wire, c *policy.DateChange) {
		text(w, &c.ID)
		w.instant(&c.From)
		w.instant(&c.To)
		w.flag(&c.Earlier)
		text(w, &c.Reason)
	})
}
func (x *policyAdopted) apply(c *folded, e *envelope) {
	var a policy.Adopted
	c.event(e, Event{}.With(uint32(len(x.Changes)), 0))
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

// factRecorded is something that happened outside the case, such as a report to
// an authority.
type factRecorded struct {
	Fact    policy.Fact
	At      time.Time
	Subject string
	Instead bool // of what was recorded of this fact before

	Reason Private
}

func (*factRecorded) name() string { return "fact.recorded/1" }
func (x *factRecorded) body(w *wire) {
	text(w, &x.Fact)
	w.instant(&x.At)
	text(w, &x.Subject)
	w.flag(&x.Instead)
}
func (x *factRecorded) private(w *wire)           { text(w, &x.Reason) }
func (x *factRecorded) reveal(*folded, *envelope) {}
func (x *factRecorded) apply(c *folded, e *envelope) {
	c.Recorded = append(c.Recorded, RecordedFact{x.Fact, x.At, x.Subject, x.Instead})
	c.event(e, Event{When: x.At}.With(uint32(len(c.Recorded)), 0))
}

// RecordedFact is what RecordFact recorded. Its reason is that of its Event.
type RecordedFact struct {
	Fact    policy.Fact // which one
	At      time.Time   `json:",omitzero"` // when it was so
	Subject string      // only policies adopted for this subject count it; "": all do
	Instead bool        // it corrects what was recorded or derived of the fact before
}

// reminderRecorded says that a reminder was given. Its presence in the log is
// what makes it happen once.
type reminderRecorded struct {
	structural
	Reminder string // Reminder.ID
	Deadline string
	Kind     policy.ReminderKind
	To       uint32    // the actor who is told; 0: the whole team
	Parties  []PartyID // whose time to answer it is about
}

func (*reminderRecorded) name() string { return "reminder.recorded/1" }
func (x *reminderRecorded) body(w *wire) {
	text(w, &x.Reminder)
	text(w, &x.Deadline)
	text(w, &x.Kind)
	num(w, &x.To)
	many(w, &x.Parties, func(w *wire, p *PartyID) { num(w, p) })
}
func (x *reminderRecorded) apply(c *folded, e *envelope) {
	c.Reminded = append(c.Reminded, Reminded{x.Reminder, x.Deadline, x.Kind, e.at.Time(), x.To, x.Parties})
	for _, id := range x.Parties {
		if p := c.party(id); p != nil {
			p.reminded = 1
			if x.Kind == policy.ReminderDue {
				p.reminded = 2
			}
		}
	}
	c.event(e, Event{}.With(uint32(len(c.Reminded)), 0))
}

// Reminded is a reminder that was given.
type Reminded struct {
	ID       string              // Reminder.ID
	Deadline string              // the name of the deadline
	Kind     policy.ReminderKind // what sort of reminder it was
	At       time.Time           `json:",omitzero"` // when it was recorded
	To       uint32              // see Case.Actor; 0: the whole team
	// Parties are those whose time to answer about the embargo runs out (soon), or
	// is over (due), with the Deadline "answer-window".
	Parties []PartyID
}
