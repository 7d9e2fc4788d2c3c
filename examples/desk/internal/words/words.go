// Package words says what a case is in the words of the desk: the same on its pages, in
// its filters, and in the files that it writes.
package words

import (
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// State is how far a case is.
func State(s cvd.Stage, rm vultron.RM) string {
	switch s {
	case cvd.StageSubmission:
		return "Submission"
	case cvd.StageQuarantine:
		return "Quarantine"
	case cvd.StageDismissed:
		return "Dismissed"
	case cvd.StageMerged:
		return "Merged"
	}
	switch rm {
	case vultron.RMStart, vultron.RMReceived:
		return "To be triaged"
	case vultron.RMInvalid:
		return "Not valid"
	case vultron.RMValid:
		return "Valid"
	case vultron.RMDeferred:
		return "Deferred"
	case vultron.RMAccepted:
		return "In work"
	}
	return "Closed"
}

// Severity is how bad it is.
func Severity(r cvd.Rating) string {
	switch r {
	case cvd.RatingNone:
		return "None"
	case cvd.RatingLow:
		return "Low"
	case cvd.RatingMedium:
		return "Medium"
	case cvd.RatingHigh:
		return "High"
	case cvd.RatingCritical:
		return "Critical"
	}
	return "Not rated"
}

// Embargo is what holds of it.
func Embargo(e vultron.EM) string {
	switch e {
	case vultron.EMProposed:
		return "Proposed"
	case vultron.EMActive:
		return "In force"
	case vultron.EMRevise:
		return "In force, change proposed"
	case vultron.EMExited:
		return "Ended"
	}
	return "None"
}

// Plural is a number of things.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
