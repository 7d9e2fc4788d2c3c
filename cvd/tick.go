package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Ticked is what one call of Tick did.
type Ticked struct {
	Cases     int     // looked at
	Reminders []Alert // in the order in which they were recorded
	// Problems holds the cases that could not be looked at, for the host's log.
	Problems []CaseProblem
	// Next is when to call again: now if there may be more to do, else when the
	// next case is due, or the zero time if none is.
	Next time.Time `json:",omitzero"`
}

// CaseProblem is the error of one case, in a call that goes on to others.
type CaseProblem struct {
	Case CaseID // that was left out
	Err  error  // for example ErrTampered, ErrNewer
}

// Alert is a reminder that was recorded by this call. The team is also sent a
// message about it, if Team.Routes says how.
type Alert struct {
	Case     CaseID              // of which it reminds
	Number   string              // its number, for people
	Kind     policy.ReminderKind // what sort of reminder it is
	Deadline policy.Deadline     // of which it reminds, as computed now
	Assignee bool                // the assignee is to be told; View has the name
	To       Private             // else this one of Config.OnCall; "": everybody
	// Parties are those whose time to answer about the embargo is over, with the
	// Deadline "answer-window".
	Parties []PartyID
}
