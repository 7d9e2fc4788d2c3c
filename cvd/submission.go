package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Stage says how far something that came in has got. The numbers are stored.
type Stage uint8

// The stages.
const (
	StageCase       Stage = iota // a case: it was admitted, or needed no admission
	StageSubmission              // the team has not decided on it
	StageQuarantine              // likewise, and something speaks against it: nobody was told that it arrived
	StageDismissed               // the team takes it no further; one appeal is possible
	StageMerged                  // it went into another case
)

// Open reports whether the team is not done with a case of this stage in which it has
// come as far as rm.
func (s Stage) Open(rm vultron.RM) bool { return rm != vultron.RMClosed && s != StageDismissed }

// Dismissal says why a submission was dismissed. Its sender is not told. The
// numbers are stored.
type Dismissal uint8

// The grounds of a dismissal.
const (
	DismissalUnstated   Dismissal = iota
	DismissalSpam                 // no report at all
	DismissalNoFlaw               // a report of what is no vulnerability
	DismissalNotOurs              // of what is another's; the reply can name whose
	DismissalDuplicate            // of what is known
	DismissalIncomplete           // what was asked for did not come
	DismissalScanner              // the output of a tool, and nobody has checked it
	DismissalTest                 // somebody tried out the way
)

// Submission is what the stage before the case knows. For a case that did not
// begin with it, it is zero.
type Submission struct {
	Stage       Stage     // how far it has got; zero: it is a case
	Quarantined bool      // its sender was told nothing: until Acknowledge or Admit; seen by the team only
	Asked       time.Time `json:",omitzero"` // what is missing was asked for
	Appealed    time.Time `json:",omitzero"` // its sender asked for another look
	Decided     time.Time `json:",omitzero"` // it was admitted or dismissed; zero: it waits
	Dismissal   Dismissal // seen by the team only
	DuplicateOf CaseID    // with DismissalDuplicate; seen by the team only
	Quarantine  Private   // why; seen by the team only

	kept submissionKept
}

// submissionFacts are what the clock of the stage runs by.
func (c *Case) submissionFacts(f *policy.Facts) {
	f.Add(policy.FactDecided, c.Submission.Decided)
	f.Add(policy.FactAppealed, c.Submission.Appealed)
}
