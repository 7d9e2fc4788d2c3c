package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

// pending tells that the team has not decided.
func pending(x *cvd.Submission) bool {
	return x.Stage == cvd.StageSubmission || x.Stage == cvd.StageQuarantine
}

// staged refuses an action that a submission does not know yet: everything that
// begins the work of a case. Nothing is lost by it: Admit comes first.
func (d *Decision) staged(cmd cvd.Action) error {
	if !caselog.Early(d.c.Submission.Stage) {
		return nil
	}
	switch cmd.(type) {
	case cvd.Admit, cvd.Dismiss, cvd.Appeal, cvd.Acknowledge, cvd.Triage, cvd.Merge, cvd.ErasePerson, // decide on it
		cvd.PostMessage, cvd.PostUnverified, cvd.RecordBounce, cvd.Attach, cvd.GrantAccess, cvd.RevokeAccess, // talk with its sender
		cvd.AddID, cvd.Assign, cvd.SetGroups, cvd.ChangeParty, cvd.MarkRead, cvd.SetTitle, cvd.RecordFact, cvd.LegalHold, cvd.LiftHold: // keep order
		return nil
	}
	return d.refuse(cvd.RuleSubmission, "%s is a %s", d.c.Number, d.c.Submission.Stage)
}

// mustWait refuses what is for a submission on which nobody has decided, and that
// is not in quarantine.
func (d *Decision) mustWait() error {
	if s := d.c.Submission.Stage; s != cvd.StageSubmission {
		return d.refuse(cvd.RuleSubmission, "%s is a %s", d.c.Number, s)
	}
	return nil
}
