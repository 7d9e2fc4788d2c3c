package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
)

// RecordedFact is what RecordFact recorded. Its reason is that of its Event.
type RecordedFact struct {
	Fact    policy.Fact // which one
	At      time.Time   `json:",omitzero"` // when it was so
	Subject string      // only policies adopted for this subject count it; "": all do
	Instead bool        // it corrects what was recorded or derived of the fact before
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
