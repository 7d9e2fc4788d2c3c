package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

func (d *Decision) decideRecordAssessment(x cvd.RecordAssessment) error {
	k := d.check().enum("Step", uint8(x.Step), uint8(cvd.StepAware)).needed("Step", x.Step == 0).happened("At", x.At).
		line("Source", x.Source).text("Evidence", x.Evidence).
		needed("Evidence", x.Evidence == "" && (x.Step != cvd.StepSuspected || x.Instead))
	if k.err != nil {
		return k.err
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	if p := d.c.Participants[m.Manufacturer()-1]; p.Roles&cvd.RoleVendor == 0 {
		return d.refuse(cvd.RuleManufacturer, "participant %d is %s", p.ID, p.Roles)
	}
	if x.Product != 0 && inner.At(d.c.Streams, x.Product) == nil {
		return d.refuse(cvd.RuleKnown, "product %d of %d", x.Product, len(d.c.Streams))
	}
	d.emit(&caselog.AssessmentRecorded{Matter: m, Step: x.Step, At: d.orNow(x.At), Product: x.Product, Instead: x.Instead, Source: x.Source, Evidence: x.Evidence})
	return d.adoptLaw(m)
}

// adoptLaw makes the case follow the clocks of a matter.
func (d *Decision) adoptLaw(m cvd.Matter) error {
	name := law(m)
	if !newlyAdopted(d.c.Adopted, policy.Adopted{Policy: name, Subject: m.String()}) {
		return nil
	}
	p, _ := policy.ByName(name)
	for _, own := range d.s.Cfg.Policies {
		if own.Name == name {
			p = own
		}
	}
	return d.adoptPolicy(p, m.String())
}

func (d *Decision) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return d.now.Time()
	}
	return t
}

// matter checks what a duty is about.
func (d *Decision) matter(m cvd.Matter) (cvd.Matter, error) {
	if m.Vendor == cvd.Owner {
		m.Vendor = 0
	}
	if m.Vendor != 0 {
		if _, err := d.must(m.Vendor); err != nil {
			return m, err
		}
	}
	if m.Incident != 0 {
		if m.Vuln != 0 {
			return m, d.bad("Matter", "it is of a vulnerability or of an incident, not of both", nil)
		}
		return m, nil
	}
	v, err := d.mustVuln(m.Vuln)
	m.Vuln = v
	return m, err
}

func (d *Decision) decideRecordSubmission(x cvd.RecordSubmission) error {
	k := d.check().needed("Stages", len(x.Stages) == 0 || slices.Contains(x.Stages, 0)).count("Stages", len(x.Stages), int(cvd.StageFinal)).
		happened("At", x.At).needed("Authority", x.Authority == "").line("Authority", x.Authority).line("Reference", x.Reference).
		line("Table", cvd.Private(x.Table)).text("Values", x.Values).text("Reason", x.Reason).
		needed("Reason", len(x.Forbidden) > 0 && x.Reason == "").
		line("Forbidden", cvd.Private(strings.Join(x.Forbidden, ","))).line("Name", x.Name).line("Type", x.Type)
	for _, s := range x.Stages {
		k.enum("Stages", uint8(s), uint8(cvd.StageVoluntary))
	}
	if k.err != nil {
		return k.err
	}
	if len(x.Stages) > 1 && slices.Contains(x.Stages, cvd.StageVoluntary) {
		return d.bad("Stages", "a voluntary report serves no stage of a duty: record it alone", nil)
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	if x.Request != 0 {
		r := inner.At(d.c.Requests, x.Request)
		if r == nil || r.Kind != cvd.RequestIntermediate {
			return d.refuse(cvd.RuleKnown, "request %d of %d for an intermediate report", x.Request, len(d.c.Requests))
		}
	}
	e := &caselog.ReportSubmitted{Matter: m, Stages: x.Stages, At: d.orNow(x.At), Request: x.Request, Table: x.Table,
		Authority: x.Authority, Reference: x.Reference, Values: x.Values, Reason: x.Reason}
	if x.Content != nil {
		e.File = d.attach(cvd.Owner, tlp.AmberStrict, x.Name, x.Type)
	}
	d.emit(e)
	return nil
}

func (d *Decision) decideRecordRequest(x cvd.RecordRequest) error {
	k := d.check().enum("Kind", uint8(x.Kind), uint8(cvd.RequestDelay)).needed("Kind", x.Kind == 0).happened("At", x.At).instant("Due", x.Due).
		needed("Due", x.Kind == cvd.RequestIntermediate && x.Due.IsZero()).needed("Authority", x.Authority == "").
		line("Authority", x.Authority).line("Reference", x.Reference).text("Text", x.Text).needed("Text", x.Kind == cvd.RequestDelay && x.Text == "")
	if k.err != nil {
		return k.err
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	d.emit(&caselog.RequestRecorded{Kind: x.Kind, Matter: m, At: d.orNow(x.At), Due: x.Due, Authority: x.Authority, Reference: x.Reference, Text: x.Text})
	return nil
}

func (d *Decision) decideRecordAnswer(x cvd.RecordAnswer) error {
	if err := d.check().happened("At", x.At).text("Answer", x.Answer).err; err != nil {
		return err
	}
	r := inner.At(d.c.Requests, x.Request)
	switch {
	case r == nil || r.Kind != cvd.RequestDelay:
		return d.refuse(cvd.RuleKnown, "request %d of %d of the team", x.Request, len(d.c.Requests))
	case !r.Answered.IsZero():
		return d.refuse(cvd.RuleOnce, "request %d was answered", x.Request)
	}
	d.emit(&caselog.RequestAnswered{Request: x.Request, At: d.orNow(x.At), Granted: x.Granted, Answer: x.Answer})
	return nil
}

func (d *Decision) decideInformUsers(x cvd.InformUsers) error {
	if err := d.check().happened("At", x.At).needed("Audience", x.Audience == "").line("Audience", x.Audience).
		needed("Text", x.Text == "").text("Text", x.Text).text("Mitigation", x.Mitigation).line("Way", x.Way).text("Reason", x.Reason).err; err != nil {
		return err
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	if d.c.Embargo.State.InForce() && x.Reason == "" {
		return d.refuse(cvd.RuleInformReason, "the embargo is %s", d.c.Embargo.State)
	}
	d.emit(&caselog.UsersInformed{Matter: m, At: d.orNow(x.At), Machine: x.Machine, Audience: x.Audience, Text: x.Text, Mitigation: x.Mitigation, Way: x.Way, Reason: x.Reason})
	return nil
}

// law is the policy of the table that has the clocks of a matter.
func law(m cvd.Matter) string {
	if m.Incident != 0 {
		return "cra-incident"
	}
	return "cra-vulnerability"
}
