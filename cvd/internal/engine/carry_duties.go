package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// duties copies the duties to authorities whose vulnerability, or incident, came
// along, with all that was recorded of them: their clocks run on in the other case.
func (k *carrier) duties() error {
	d := k.to
	incidents := map[uint32]uint32{}
	for i := range d.c.Assessments {
		incidents[0] = max(incidents[0], d.c.Assessments[i].Matter.Incident)
	}
	moved := func(m cvd.Matter) (cvd.Matter, bool) {
		vendor, okP := k.parties[m.Vendor]
		vuln, okV := k.vulns[m.Vuln]
		if m.Incident != 0 {
			to, known := incidents[m.Incident]
			if !known {
				incidents[0]++
				to = incidents[0]
				incidents[m.Incident] = to
			}
			return cvd.Matter{Vendor: vendor, Incident: to}, okP && k.whole
		}
		return cvd.Matter{Vendor: vendor, Vuln: vuln}, okP && okV
	}
	for _, x := range k.from.Assessments {
		if m, ok := moved(x.Matter); ok {
			d.emit(&caselog.AssessmentRecorded{Matter: m, Step: x.Step, At: x.At, Product: k.streams[x.Product], Instead: x.Instead, Source: x.Source, Evidence: x.Evidence})
		}
	}
	requests := map[cvd.RequestID]cvd.RequestID{}
	for _, x := range k.from.Requests {
		m, ok := moved(x.Matter)
		if !ok {
			continue
		}
		d.emit(&caselog.RequestRecorded{Kind: x.Kind, Matter: m, At: x.At, Due: x.Due, Authority: x.Authority, Reference: x.Reference, Text: x.Text})
		requests[x.ID] = cvd.RequestID(len(d.c.Requests))
		if x.Kind == cvd.RequestDelay && !x.Answered.IsZero() {
			d.emit(&caselog.RequestAnswered{Request: requests[x.ID], At: x.Answered, Granted: x.Granted, Answer: x.Answer})
		}
	}
	for _, x := range k.from.AuthorityReports {
		m, ok := moved(x.Matter)
		if !ok {
			continue
		}
		file := k.file(x.File, cvd.Owner)
		d.emit(&caselog.ReportSubmitted{Matter: m, Stages: x.Stages, At: x.At, File: file, Request: requests[x.Request], Table: x.Table,
			Authority: x.Authority, Reference: x.Reference, Values: x.Values, Reason: x.Reason})
	}
	for _, x := range k.from.Informed {
		if m, ok := moved(x.Matter); ok {
			d.emit(&caselog.UsersInformed{Matter: m, At: x.At, Machine: x.Machine, Audience: x.Audience, Text: x.Text, Mitigation: x.Mitigation, Way: x.Way, Reason: x.Reason})
		}
	}
	for _, r := range k.from.Recorded {
		if m, ok := cvd.ParseMatter(r.Subject); ok {
			if m, ok = moved(m); ok {
				d.emit(&caselog.FactRecorded{Fact: r.Fact, At: r.At, Subject: m.String(), Instead: r.Instead})
			}
		}
	}
	for _, a := range k.from.Adopted {
		m, ok := cvd.ParseMatter(a.Subject)
		if ok {
			m, ok = moved(m)
		}
		p, known := a.Rules()
		if ok && known && newlyAdopted(d.c.Adopted, policy.Adopted{Policy: a.Policy, Subject: m.String()}) {
			if err := d.adoptPolicy(p, m.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

// file copies a file that is still there.
func (k *carrier) file(id cvd.AttachmentID, from cvd.PartyID) cvd.AttachmentID {
	f, d := inner.At(k.from.Attachments, id), k.to
	if f == nil || k.from.Erased[f.Kept(inner.Only{}).Seq] {
		return 0
	}
	stored := d.copyOf(k.from.ID, f.Blob)
	d.change.Take = append(d.change.Take, d.s.Key("blob", string(stored.Id[:])))
	d.emit(&caselog.FileAttached{Blob: stored.Id, Size: stored.Size, From: from, TLP: f.TLP, Name: f.Name, Type: f.Type, SHA256: stored.Sum})
	return cvd.AttachmentID(len(d.c.Attachments))
}
