package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
)

// AdoptPolicy makes the case follow a policy: its dates are computed, kept, and
// reminded of. The case keeps this version of the policy whatever later versions
// say. Adopting the same policy again for the same subject changes the version.
type AdoptPolicy struct {
	Policy  policy.Policy // with its version, which the case keeps
	Subject string        // tells apart several of one policy, such as a vulnerability's number
}

// RecordFact records something that clocks depend on and that does not happen
// in the case: a report to an authority, an extension that was agreed. Dates that
// change by it are recorded with it.
type RecordFact struct {
	Fact    policy.Fact // which one; required
	At      time.Time   `json:",omitzero"` // zero: now
	Subject string      // only for policies adopted for this subject
	Instead bool        // corrects what was recorded or derived of this fact before
	Reason  Private     // for the team
}

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
