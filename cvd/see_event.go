package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// PublicEvent reports whether everybody may know of an event once the case is public;
// not of what was taken back.
func (c *Case) PublicEvent(e *Event) bool {
	return publicEvent(*e) && !e.TakenBack
}

func publicEvent(e Event) bool {
	switch e.Kind {
	case EventReportReceived, EventReportAcknowledged, EventSubmissionReceived, EventCasePublished, EventEmbargoAccepted, EventEmbargoEnded:
		return true
	case EventClaimAdopted:
		return e.Vuln != 0 && !vultron.CSEvent(e.kept.Detail).OfVendor()
	}
	return false
}
