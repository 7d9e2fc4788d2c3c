package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// submissionFacts are what the clock of the stage runs by.
func (c *Case) submissionFacts(f *policy.Facts) {
	f.Add(policy.FactDecided, c.Submission.Decided)
	f.Add(policy.FactAppealed, c.Submission.Appealed)
}
