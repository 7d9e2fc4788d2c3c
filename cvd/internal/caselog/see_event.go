package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// SeesEvent judges an event as the object that it is about.
func (s Sight) SeesEvent(e *cvd.Event) bool {
	if s.p == nil {
		return s.c.PublicEvent(e)
	}
	me, c := s.p.ID, s.c
	if s.p.Gone() && e.Party != me {
		return false
	}
	switch e.Kind {
	case cvd.EventCaseOpened, cvd.EventEmbargoProposed, cvd.EventEmbargoAccepted, cvd.EventEmbargoRejected, cvd.EventEmbargoClosed, cvd.EventEmbargoEnded, cvd.EventCasePublished:
		return true
	case cvd.EventVulnAdded, cvd.EventVulnIdentified:
		v := inner.At(c.Vulnerabilities, e.Vuln)
		return v != nil && s.Sees(objectVulnerability(v))
	case cvd.EventSeveritySet:
		return s.seesSeverity(e)
	case cvd.EventStatusRecorded, cvd.EventStreamAdded:
		return s.seesStatement(e)
	case cvd.EventClaimMade, cvd.EventClaimAdopted, cvd.EventClaimRetracted:
		x := inner.At(c.Claims, cvd.ClaimID(e.Kept(inner.Only{}).Ref))
		return x != nil && s.Sees(objectClaim(x))
	case cvd.EventMessagePosted:
		m := inner.At(c.Messages, cvd.MessageID(e.Kept(inner.Only{}).Ref))
		return m != nil && s.Sees(ObjectMessage(m))
	case cvd.EventSubmissionLifted, cvd.EventSubmissionDecided, cvd.EventSubmissionAppealed:
		return me == Submitter && e.Kind != cvd.EventSubmissionLifted
	case cvd.EventReportReceived, cvd.EventReportAcknowledged, cvd.EventSubmissionReceived:
		r := inner.At(c.Reports, cvd.ReportID(e.Kept(inner.Only{}).Ref))
		return r != nil && s.Sees(objectReport(r))
	case cvd.EventDeadlineAnnounced:
		x := inner.At(c.Announced, e.Kept(inner.Only{}).Ref)
		return x != nil && s.Sees(objectAnnouncement(x))
	case cvd.EventReleasePlanned, cvd.EventReleaseCancelled:
		return s.Sees(object{matter: matterDetails, source: e.Party})
	case cvd.EventPartyRM, cvd.EventPartyConsent, cvd.EventPartyAdded, cvd.EventPartyChanged, cvd.EventReleaseAnswered, cvd.EventAccessGranted, cvd.EventAccessRevoked:
		return e.Party == me
	}
	return false
}

func (s Sight) seesSeverity(e *cvd.Event) bool {
	v := inner.At(s.c.Vulnerabilities, e.Vuln)
	if v == nil || !s.Sees(objectVulnerability(v)) {
		return false
	}
	for i := range v.Severity {
		if v.Severity[i].Seq == e.Seq {
			return s.Sees(objectSeverity(&v.Severity[i], v.ID))
		}
	}
	return false
}

func (s Sight) seesStatement(e *cvd.Event) bool {
	if e.Kind == cvd.EventStreamAdded {
		x := inner.At(s.c.Streams, cvd.StreamID(e.Kept(inner.Only{}).Ref))
		return x != nil && s.seesStream(x, nil)
	}
	x := s.c.Status(e.Vuln, e.Party, cvd.StreamID(e.Kept(inner.Only{}).Ref))
	return s.Sees(objectStatus(&x))
}
