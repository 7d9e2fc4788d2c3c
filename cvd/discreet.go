package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// discreet leaves out of what the viewer sees what things beyond its clearance tell
// beside themselves. Those have labels of their own, and sight.sees has left them
// out; but a name, a date or a document that tells of them has none.
func (s sight) discreet(w *Case) {
	if s.v.Clearance == tlp.Unset {
		return
	}
	hidden := map[PartyID]bool{}
	for i, p := range w.Participants {
		if !s.clearedPerson(p) {
			w.Participants[i], hidden[p.ID] = p.nameless(), true
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
	if len(s.c.Reports) > 0 && !s.cleared(s.c.Reports[0].object()) {
		w.Submission.Quarantine = ""
	}
	w.Decisions = pick(w.Decisions, func(x *SSVCDecision) bool { return s.clearedVuln(x.Vuln) })
	w.CVEs = pick(w.CVEs, func(x *CVERecord) bool { return s.clearedVuln(x.Vuln) })
	w.Assessments = pick(w.Assessments, func(x *Assessment) bool { return s.clearedVuln(x.Matter.Vuln) && s.clearedStream(x.Product) })
	w.AuthorityReports = pick(w.AuthorityReports, func(x *AuthorityReport) bool { return s.clearedVuln(x.Matter.Vuln) })
	w.Requests = pick(w.Requests, func(x *AuthorityRequest) bool { return s.clearedVuln(x.Matter.Vuln) })
	w.Informed = pick(w.Informed, func(x *UserNotice) bool { return s.clearedVuln(x.Matter.Vuln) })
	w.Topics = pick(w.Topics, func(t *Topic) bool { return s.clearedStream(t.Stream) })
	w.Events = pick(w.Events, s.clearedEvent)
	for i := range w.Events {
		s.blankEvent(&w.Events[i])
	}
}

// clearedPerson reports whether a viewer with a clearance may know who a participant
// is. What a report is labelled holds for who sent it, and for who found what the
// reports tell: one of them must be within the clearance.
func (s sight) clearedPerson(p *Participant) bool {
	sent, told, any := false, false, false
	for i := range s.c.Reports {
		r := &s.c.Reports[i]
		ok := s.cleared(r.object())
		told = told || ok
		if r.Reporter == p.ID {
			sent, any = true, any || ok
		}
	}
	switch {
	case p.ID == Owner, p.Roles&(RoleReporter|RoleFinder) == 0 && !sent:
		return true
	case sent:
		return any
	}
	return told || len(s.c.Reports) == 0
}

// nameless is a participant without who it is.
func (p *Participant) nameless() *Participant {
	n := *p
	n.Name, n.Organization, n.Email, n.Phone, n.Address, n.Key, n.Tracking, n.Language = "", "", "", "", "", "", "", ""
	n.Routes, n.threads, n.identity = nil, nil, ""
	return &n
}

func (s sight) clearedVuln(id VulnID) bool {
	v := at(s.c.Vulnerabilities, id)
	return v == nil || s.cleared(v.object())
}

func (s sight) clearedStream(id StreamID) bool {
	x := at(s.c.Streams, id)
	return x == nil || s.cleared(object{label: x.TLP})
}

// clearedEvent leaves out events that tell what something beyond the clearance says.
func (s sight) clearedEvent(e *Event) bool {
	c := s.c
	switch e.Kind {
	case EventSeveritySet:
		if v := at(c.Vulnerabilities, e.Vuln); v != nil {
			for i := range v.Severity {
				if x := &v.Severity[i]; x.Seq == e.Seq && !s.cleared(x.object(v.ID)) {
					return false
				}
			}
		}
	case EventStatusRecorded:
		if x := c.Status(e.Vuln, e.Party, StreamID(e.ref)); !s.cleared(x.object()) {
			return false
		}
	case EventStreamAdded:
		return s.clearedStream(StreamID(e.ref))
	case EventClaimMade, EventClaimAdopted, EventClaimRetracted:
		x := at(c.Claims, ClaimID(e.ref))
		return x == nil || s.cleared(x.object())
	case EventMessagePosted, EventMessageAdmitted, EventStatementsAdopted, EventDeliveryBounced:
		m := at(c.Messages, MessageID(e.ref))
		return m == nil || s.cleared(m.object())
	case EventFileAttached:
		a := at(c.Attachments, AttachmentID(e.ref))
		return a == nil || s.cleared(object{label: a.TLP})
	case EventTopicSet:
		t := at(c.Topics, e.ref)
		return t == nil || s.clearedStream(t.Stream)
	case EventSSVCDecided, EventAssessmentRecorded, EventReportSubmitted, EventRequestRecorded, EventUsersInformed:
		return s.clearedVuln(e.Vuln)
	}
	return true
}

// blankEvent leaves of an event about something beyond the clearance that it was:
// the history of a case shows that there are a report and a vulnerability.
func (s sight) blankEvent(e *Event) {
	hidden := !s.clearedVuln(e.Vuln)
	switch e.Kind {
	case EventReportReceived, EventReportAcknowledged, EventReportTriaged, EventSubmissionReceived:
		r := at(s.c.Reports, ReportID(e.ref))
		hidden = r != nil && !s.cleared(r.object())
	case EventSubmissionLifted, EventSubmissionDecided, EventSubmissionAppealed:
		hidden = len(s.c.Reports) > 0 && !s.cleared(s.c.Reports[0].object())
	}
	if hidden {
		e.Party, e.Reason = 0, ""
	}
}
