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
