package cvd

import (
	"time"

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

// early tells the stages before the case, in which nobody has begun to work.
func (s Stage) early() bool { return s != StageCase }

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

	by []uint32 // who dismissed it, as actors
}

// submitter is the sender of a submission, in its case.
const submitter = Owner + 1

// pending tells that the team has not decided.
func (x *Submission) pending() bool {
	return x.Stage == StageSubmission || x.Stage == StageQuarantine
}

// staged refuses an action that a submission does not know yet: everything that
// begins the work of a case. Nothing is lost by it: Admit comes first.
func (d *decision) staged(cmd Action) error {
	if !d.c.Submission.Stage.early() {
		return nil
	}
	switch cmd.(type) {
	case Admit, Dismiss, Appeal, Acknowledge, Triage, Merge, ErasePerson, // decide on it
		PostMessage, PostUnverified, RecordBounce, Attach, GrantAccess, RevokeAccess, // talk with its sender
		AddID, Assign, SetGroups, ChangeParty, MarkRead, SetTitle, RecordFact, LegalHold, LiftHold: // keep order
		return nil
	}
	return d.refuse(RuleSubmission, "%s is a %s", d.c.Number, d.c.Submission.Stage)
}

// mustWait refuses what is for a submission on which nobody has decided, and that
// is not in quarantine.
func (d *decision) mustWait() error {
	if s := d.c.Submission.Stage; s != StageSubmission {
		return d.refuse(RuleSubmission, "%s is a %s", d.c.Number, s)
	}
	return nil
}

// blankSubmission leaves of the stage what its sender may know of it: others know
// the case only.
func (s sight) blankSubmission(w *Case) {
	x := &w.Submission
	if s.p == nil || s.p.ID != submitter {
		w.Submission = Submission{}
		return
	}
	x.Quarantined, x.Quarantine, x.Dismissal, x.DuplicateOf, x.by = false, "", 0, CaseID{}, nil
	if x.Stage == StageQuarantine {
		x.Stage = StageSubmission
	}
}
