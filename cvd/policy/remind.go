package policy

import (
	"fmt"
	"strconv"
	"time"
)

// ReminderKind is what a reminder asks for. None publishes.
type ReminderKind string

// The kinds of reminders.
const (
	ReminderSoon     ReminderKind = "soon"     // the end comes near
	ReminderDue      ReminderKind = "due"      // the end is here
	ReminderEscalate ReminderKind = "escalate" // the end has passed: tell somebody else
)

// Reminder is an instant at which somebody is told of a deadline.
type Reminder struct {
	// ID is stable as long as the date is: record it, and the reminder is sent
	// once. A date that moves has reminders of its own.
	ID       string
	At       time.Time    `json:",omitzero"` // when it is due
	Kind     ReminderKind // ahead of the date, at it, or after it
	Deadline string       // its ID
}

// Reminders lists the reminders of an open deadline, by time. Those that ended,
// that wait for a start, that are projected or that are paused have none.
func (d Deadline) Reminders() []Reminder {
	if !d.Open() || d.Due.IsZero() || d.Projected || d.State == DeadlinePaused {
		return nil
	}
	var rs []Reminder
	put := func(kind ReminderKind, n int, at time.Time) {
		id := fmt.Sprintf("%s/%s%d/%s", d.ID, kind, n, strconv.FormatInt(d.Due.UnixMilli(), 36))
		r := Reminder{ID: id, At: at, Kind: kind, Deadline: d.ID}
		i := len(rs)
		for i > 0 && rs[i-1].At.After(at) {
			i--
		}
		rs = append(rs, Reminder{})
		copy(rs[i+1:], rs[i:])
		rs[i] = r
	}
	for i, s := range d.remind {
		// A clock that starts at a planned instant reminds before its start too.
		if at := s.before(d.Due, d.cal); at.After(d.Start) || !d.Start.Before(d.Due) {
			put(ReminderSoon, i, at)
		}
	}
	put(ReminderDue, 0, d.Due)
	for i, s := range d.escalate {
		after, _ := s.elapsed()
		put(ReminderEscalate, i, d.Due.Add(after))
	}
	if d.LegalLast.After(d.Due) {
		put(ReminderEscalate, len(d.escalate), d.LegalLast.Add(time.Second))
	}
	return rs
}

// PendingReminders returns the reminders that are due and not done, at most one
// for each deadline: where several have passed, only the latest is worth sending,
// and once it is done the earlier ones count as done. done reports whether an ID
// was recorded.
func PendingReminders(ds []Deadline, now time.Time, done func(id string) bool) []Reminder {
	var pending []Reminder
	for _, d := range ds {
		rs := d.Reminders()
		for i := len(rs) - 1; i >= 0; i-- {
			if rs[i].At.After(now) {
				continue
			}
			if !done(rs[i].ID) {
				pending = append(pending, rs[i])
			}
			break
		}
	}
	return pending
}

// NextDue returns when there is next a reminder to record: not after now if one
// is pending, the zero time if there will be none unless a fact changes.
func NextDue(ds []Deadline, now time.Time, done func(id string) bool) (next time.Time) {
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, r := range PendingReminders(ds, now, done) {
		earlier(r.At)
	}
	for _, d := range ds {
		for _, r := range d.Reminders() {
			if r.At.After(now) && !done(r.ID) {
				earlier(r.At)
				break
			}
		}
	}
	return next
}

// Absence is an interval in which a person cannot be reached. From counts, To
// does not; a zero To means until further notice.
type Absence struct {
	Person   string    // a key that the host chooses, not a name
	From, To time.Time `json:",omitzero"` // the interval
}

// FirstPresent returns the first of an order of people who is not absent. It
// reports false if nobody is present: the host then tells all of them.
func FirstPresent(order []string, absences []Absence, at time.Time) (person string, ok bool) {
	for _, p := range order {
		if !Absent(p, absences, at) {
			return p, true
		}
	}
	return "", false
}

// Absent reports whether a person cannot be reached at an instant.
func Absent(person string, absences []Absence, at time.Time) bool {
	for _, a := range absences {
		if a.Person == person && !at.Before(a.From) && (a.To.IsZero() || at.Before(a.To)) {
			return true
		}
	}
	return false
}
