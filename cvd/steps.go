package cvd

import (
	"context"
	"time"
)

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
