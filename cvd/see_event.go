package cvd

import "github.com/cvdkit/cvdkit/cvd/vultron"

// seesEvent judges an event as the object that it is about.
func (s sight) seesEvent(e *Event) bool {
	if s.p == nil {
		return publicEvent(*e)
	}
	me, c := s.p.ID, s.c
	switch e.Name {
	case "case.opened/1", "embargo.proposed/1", "embargo.accepted/1", "embargo.rejected/1", "embargo.closed/1", "embargo.ended/1", "case.published/1":
		return true
	case "vuln.added/1", "vuln.identified/1":
		v := at(c.Vulnerabilities, e.Vuln)
		return v != nil && s.sees(v.object())
	case "severity.set/1":
		return s.seesSeverity(e)
	case "status.recorded/1", "stream.added/1":
		return s.seesStatement(e)
	case "claim.made/1", "claim.adopted/1":
		x := at(c.Claims, ClaimID(e.Ref))
		return x != nil && s.sees(x.object())
	case "message.posted/1":
		m := at(c.Messages, MessageID(e.Ref))
		return m != nil && s.sees(m.object())
	case "report.received/1", "report.acknowledged/1":
		r := at(c.Reports, ReportID(e.Ref))
		return r != nil && s.sees(r.object())
	case "deadline.announced/1":
		x := at(c.Announced, e.Ref)
		return x != nil && s.sees(x.object())
	case "release.planned/1":
		return s.sees(object{matter: matterDetails, source: e.Party})
	case "party.rm/1", "party.consent/1", "party.added/1", "release.answered/1", "access.granted/1", "access.revoked/1":
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
	if e.Name == "stream.added/1" {
		x := at(s.c.Streams, StreamID(e.Ref))
		return x != nil && s.seesStream(x, nil)
	}
	x := s.c.Status(e.Vuln, e.Party, StreamID(e.Ref))
	return s.sees(x.object())
}

func publicEvent(e Event) bool {
	switch e.Name {
	case "report.received/1", "report.acknowledged/1", "case.published/1", "embargo.accepted/1", "embargo.ended/1":
		return true
	case "claim.adopted/1":
		return e.Vuln != 0 && !ofVendor(vultron.CSEvent(e.Detail))
	}
	return false
}
