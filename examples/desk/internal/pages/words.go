package pages

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func stateWords(s cvd.Stage, rm vultron.RM) string {
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

func ratingWords(r cvd.Rating) string {
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

func embargoWords(e vultron.EM) string {
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
