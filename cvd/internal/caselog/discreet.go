package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// discreet leaves out of what the viewer sees what things beyond its clearance tell
// beside themselves. Those have labels of their own, and sight.sees has left them
// out; but a name, a date or a document that tells of them has none.
func (s Sight) discreet(w *cvd.Case) {
	if s.v.Clearance == tlp.Unset {
		return
	}
	hidden := map[cvd.PartyID]bool{}
	for i, p := range w.Participants {
		if !s.clearedPerson(p) {
			w.Participants[i], hidden[p.ID] = nameless(p), true
		}
	}
	unlabelled := s.cleared(object{})
	for i := range w.Messages { // a bounce shows the address
		m := &w.Messages[i]
		m.Deliveries = slices.Clone(m.Deliveries)
		for j := range m.Deliveries {
			if x := &m.Deliveries[j]; hidden[x.Party] || !unlabelled {
				x.Detail = ""
			}
		}
	}
	if !s.cleared(s.c.titleObject()) {
		w.Drafts = nil // they are written about all of the vulnerabilities
	}
	if len(s.c.Reports) > 0 && !s.cleared(objectReport(&s.c.Reports[0])) {
		w.Submission.Quarantine = ""
	}
	w.Decisions = Pick(w.Decisions, func(x *cvd.SSVCDecision) bool { return s.clearedVuln(x.Vuln) })
	w.CVEs = Pick(w.CVEs, func(x *cvd.CVERecord) bool { return s.clearedVuln(x.Vuln) })
	w.Assessments = Pick(w.Assessments, func(x *cvd.Assessment) bool { return s.clearedVuln(x.Matter.Vuln) && s.clearedStream(x.Product) })
	w.AuthorityReports = Pick(w.AuthorityReports, func(x *cvd.AuthorityReport) bool { return s.clearedVuln(x.Matter.Vuln) })
	w.Requests = Pick(w.Requests, func(x *cvd.AuthorityRequest) bool { return s.clearedVuln(x.Matter.Vuln) })
	w.Informed = Pick(w.Informed, func(x *cvd.UserNotice) bool { return s.clearedVuln(x.Matter.Vuln) })
	w.Topics = Pick(w.Topics, func(t *cvd.Topic) bool { return s.clearedStream(t.Stream) })
	w.Events = Pick(w.Events, s.clearedEvent)
	for i := range w.Events {
		s.blankEvent(&w.Events[i])
	}
}

// clearedPerson reports whether a viewer with a clearance may know who a participant
// is. What a report is labelled holds for who sent it, and for who found what the
// reports tell: one of them must be within the clearance.
func (s Sight) clearedPerson(p *cvd.Participant) bool {
	sent, told, any := false, false, false
	for i := range s.c.Reports {
		r := &s.c.Reports[i]
		ok := s.cleared(objectReport(r))
		told = told || ok
		if r.Reporter == p.ID {
			sent, any = true, any || ok
		}
	}
	switch {
	case p.ID == cvd.Owner, p.Roles&(cvd.RoleReporter|cvd.RoleFinder) == 0 && !sent:
		return true
	case sent:
		return any
	}
	return told || len(s.c.Reports) == 0
}

// nameless is a participant without who it is.
func nameless(p *cvd.Participant) *cvd.Participant {
	n := *p
	n.Name, n.Organization, n.Email, n.Phone, n.Address, n.Key, n.Tracking, n.Language = "", "", "", "", "", "", "", ""
	n.Routes, n.Kept(inner.Only{}).Threads, n.Kept(inner.Only{}).Identity = nil, nil, ""
	return &n
}

func (s Sight) clearedVuln(id cvd.VulnID) bool {
	v := inner.At(s.c.Vulnerabilities, id)
	return v == nil || s.cleared(objectVulnerability(v))
}

func (s Sight) clearedStream(id cvd.StreamID) bool {
	x := inner.At(s.c.Streams, id)
	return x == nil || s.cleared(object{label: x.TLP})
}

// clearedEvent leaves out events that tell what something beyond the clearance says.
func (s Sight) clearedEvent(e *cvd.Event) bool {
	c := s.c
	switch e.Kind {
	case cvd.EventSeveritySet:
		if v := inner.At(c.Vulnerabilities, e.Vuln); v != nil {
			for i := range v.Severity {
				if x := &v.Severity[i]; x.Seq == e.Seq && !s.cleared(objectSeverity(x, v.ID)) {
					return false
				}
			}
		}
	case cvd.EventStatusRecorded:
		if x := c.Status(e.Vuln, e.Party, cvd.StreamID(e.Kept(inner.Only{}).Ref)); !s.cleared(objectStatus(&x)) {
			return false
		}
	case cvd.EventStreamAdded:
		return s.clearedStream(cvd.StreamID(e.Kept(inner.Only{}).Ref))
	case cvd.EventClaimMade, cvd.EventClaimAdopted, cvd.EventClaimRetracted:
		x := inner.At(c.Claims, cvd.ClaimID(e.Kept(inner.Only{}).Ref))
		return x == nil || s.cleared(objectClaim(x))
	case cvd.EventMessagePosted, cvd.EventMessageAdmitted, cvd.EventStatementsAdopted, cvd.EventDeliveryBounced:
		m := inner.At(c.Messages, cvd.MessageID(e.Kept(inner.Only{}).Ref))
		return m == nil || s.cleared(ObjectMessage(m))
	case cvd.EventFileAttached:
		a := inner.At(c.Attachments, cvd.AttachmentID(e.Kept(inner.Only{}).Ref))
		return a == nil || s.cleared(object{label: a.TLP})
	case cvd.EventTopicSet:
		t := inner.At(c.Topics, e.Kept(inner.Only{}).Ref)
		return t == nil || s.clearedStream(t.Stream)
	case cvd.EventSSVCDecided, cvd.EventAssessmentRecorded, cvd.EventReportSubmitted, cvd.EventRequestRecorded, cvd.EventUsersInformed:
		return s.clearedVuln(e.Vuln)
	}
	return true
}

// blankEvent leaves of an event about something beyond the clearance that it was:
// the history of a case shows that there are a report and a vulnerability.
func (s Sight) blankEvent(e *cvd.Event) {
	hidden := !s.clearedVuln(e.Vuln)
	switch e.Kind {
	case cvd.EventReportReceived, cvd.EventReportAcknowledged, cvd.EventReportTriaged, cvd.EventSubmissionReceived:
		r := inner.At(s.c.Reports, cvd.ReportID(e.Kept(inner.Only{}).Ref))
		hidden = r != nil && !s.cleared(objectReport(r))
	case cvd.EventSubmissionLifted, cvd.EventSubmissionDecided, cvd.EventSubmissionAppealed:
		hidden = len(s.c.Reports) > 0 && !s.cleared(objectReport(&s.c.Reports[0]))
	}
	if hidden {
		e.Party, e.Reason = 0, ""
	}
}
