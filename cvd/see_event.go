package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// seesEvent judges an event as the object that it is about.
func (s sight) seesEvent(e *Event) bool {
	if s.p == nil {
		return s.c.publicEvent(e)
	}
	me, c := s.p.ID, s.c
	if s.p.gone() && e.Party != me {
		return false
	}
	switch e.Kind {
	case EventCaseOpened, EventEmbargoProposed, EventEmbargoAccepted, EventEmbargoRejected, EventEmbargoClosed, EventEmbargoEnded, EventCasePublished:
		return true
	case EventVulnAdded, EventVulnIdentified:
		v := at(c.Vulnerabilities, e.Vuln)
		return v != nil && s.sees(v.object())
	case EventSeveritySet:
		return s.seesSeverity(e)
	case EventStatusRecorded, EventStreamAdded:
		return s.seesStatement(e)
	case EventClaimMade, EventClaimAdopted, EventClaimRetracted:
		x := at(c.Claims, ClaimID(e.ref))
		return x != nil && s.sees(x.object())
	case EventMessagePosted:
		m := at(c.Messages, MessageID(e.ref))
		return m != nil && s.sees(m.object())
	case EventSubmissionLifted, EventSubmissionDecided, EventSubmissionAppealed:
		return me == submitter && e.Kind != EventSubmissionLifted
	case EventReportReceived, EventReportAcknowledged, EventSubmissionReceived:
		r := at(c.Reports, ReportID(e.ref))
		return r != nil && s.sees(r.object())
	case EventDeadlineAnnounced:
		x := at(c.Announced, e.ref)
		return x != nil && s.sees(x.object())
	case EventReleasePlanned, EventReleaseCancelled:
		return s.sees(object{matter: matterDetails, source: e.Party})
	case EventPartyRM, EventPartyConsent, EventPartyAdded, EventPartyChanged, EventReleaseAnswered, EventAccessGranted, EventAccessRevoked:
		return e.Party == me
	}
	return false
}

func (s sight) seesSeverity(e *Event) bool {
	v := at(s.c.Vulnerabilities, e.Vuln)
	if v == nil || !s.sees(v.object()) {
		return false
	}
	for i := range v.Severity {
		if v.Severity[i].Seq == e.Seq {
			return s.sees(v.Severity[i].object(v.ID))
		}
	}
	return false
}

func (s sight) seesStatement(e *Event) bool {
	if e.Kind == EventStreamAdded {
		x := at(s.c.Streams, StreamID(e.ref))
		return x != nil && s.seesStream(x, nil)
	}
	x := s.c.Status(e.Vuln, e.Party, StreamID(e.ref))
	return s.sees(x.object())
}

// publicEvent leaves out what was taken back.
func (c *Case) publicEvent(e *Event) bool {
	return publicEvent(*e) && !e.TakenBack
}

func publicEvent(e Event) bool {
	switch e.Kind {
	case EventReportReceived, EventReportAcknowledged, EventSubmissionReceived, EventCasePublished, EventEmbargoAccepted, EventEmbargoEnded:
		return true
	case EventClaimAdopted:
		return e.Vuln != 0 && !vultron.CSEvent(e.detail).OfVendor()
	}
	return false
}
