package cvd

import (
	"context"
	"time"
)

// Release is a staged release: one instant for all parties, an answer of each
// vendor, the approval of two people, and outputs in their order. Planning again
// replaces it, with its answers and approvals.
type Release struct {
	At        time.Time         `json:",omitzero"` // the instant, in the zone it was planned in
	Planned   time.Time         `json:",omitzero"` // zero: none is planned
	Answers   []ReleaseAnswer   // the newest of each vendor
	Approvals []ReleaseApproval // seen by the team only
	Outputs   []ReleaseOutput   // in the order in which they come out
	// Emergency is when a publication went past the plan: the outputs wait for
	// nobody since. Zero: none did.
	Emergency time.Time `json:",omitzero"`
}

// ReleaseAnswer is what a vendor says of the planned release. No answer is
// neither go nor hold.
type ReleaseAnswer struct {
	Party  PartyID   // the vendor
	Hold   bool      // it holds the release; false: go
	At     time.Time `json:",omitzero"` // when it was recorded
	Reason Private   // may be empty for go
}

// ReleaseApproval is the approval of one person of the team.
type ReleaseApproval struct {
	Actor       uint32    // see Case.Actor
	At          time.Time `json:",omitzero"` // when it was recorded
	DespiteHold bool      // it overrules a vendor's hold
	Reason      Private   // given with DespiteHold
}

// ReleaseOutput is one thing that the release brings out, such as an advisory or
// a CVE record.
type ReleaseOutput struct {
	Name string    // by which Config.Steps knows it
	Done time.Time `json:",omitzero"` // zero: not yet
	Ref  string    // where it is: a public address or number
	// What became of its ReleaseStep, for the team: how often it was tried, and since when,
	// and why the newest try failed. Failed is zero while it runs, or if it ended with
	// its process.
	Tries         int       `json:",omitempty"`
	Begun, Failed time.Time `json:",omitzero"`  // when the newest try began, and when it failed
	Problem       Private   `json:",omitempty"` // the error of the newest try that failed
	kept          releaseOutputKept
}

// NotificationList is a list of parties that agreed to be told of a release
// ahead, and how long ahead.
type NotificationList struct {
	Name      string        // of lower-case words with dots
	Parties   []PartyID     // who is on it
	Lead      time.Duration // how long before the release they may be told
	Told      time.Time     `json:",omitzero"` // zero: not yet
	Agreement Private       // the list's rules, to which they have agreed
}

// IsPlanned reports whether there is a plan.
func (r *Release) IsPlanned() bool { return !r.Planned.IsZero() }

// Held returns the vendors that hold the release.
func (r *Release) Held() (by []PartyID) {
	for _, a := range r.Answers {
		if a.Hold {
			by = append(by, a.Party)
		}
	}
	return by
}

// Next returns the output whose turn it is.
func (r *Release) Next() (ReleaseOutput, bool) {
	for _, o := range r.Outputs {
		if o.Done.IsZero() {
			return o, true
		}
	}
	return ReleaseOutput{}, false
}

// ReleaseStep brings out one output of a staged release: it publishes the advisory, the CVE
// record, the mails. It returns where that is: a public address or number.
//
// It must be idempotent under StepRun.ID: after a crash it is called again, and then
// what it did before may be out already. It honours its context, which ends before
// another process may try. It may give commands to the Service.
type ReleaseStep func(ctx context.Context, r StepRun) (ref string, err error)

// StepRun is one try of a ReleaseStep.
type StepRun struct {
	ID      string    // of the output in this plan: the same for every try
	Command CommandID // likewise, for a command that the step gives
	Output  string    // as in PlanRelease
	Try     int       // from 1
	Case    *Case     // as the team sees it
}

// ReleaseRun is what one call of RunReleases did.
type ReleaseRun struct {
	Done     int           // steps that succeeded
	Problems []StepProblem // steps that failed, cases that cannot be read or written
	// Waiting are cases whose next output has no step: RecordOutput is awaited.
	Waiting []CaseID
	// Next is when to call again for what waits: the instant of a release, a retry.
	// Zero: nothing does.
	Next time.Time `json:",omitzero"`
}

// StepProblem is the error of one try.
type StepProblem struct {
	Case   CaseID // whose release it is
	Output string // "": the case could not be read or written, and nothing was tried
	Try    int    // its number, from 1
	Err    error  // what the step returned
}
