package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// Early tells the stages before the case, in which nobody has begun to work.
func Early(s cvd.Stage) bool { return s != cvd.StageCase }

// Submitter is the sender of a submission, in its case.
const Submitter = cvd.Owner + 1

// blankSubmission leaves of the stage what its sender may know of it: others know
// the case only.
func (s Sight) blankSubmission(w *cvd.Case) {
	x := &w.Submission
	if s.p == nil || s.p.ID != Submitter {
		w.Submission = cvd.Submission{}
		return
	}
	x.Quarantined, x.Quarantine, x.Dismissal, x.DuplicateOf, x.Kept(inner.Only{}).By = false, "", 0, cvd.CaseID{}, nil
	if x.Stage == cvd.StageQuarantine {
		x.Stage = cvd.StageSubmission
	}
}
