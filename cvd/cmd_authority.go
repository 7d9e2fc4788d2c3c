package cvd

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// RecordAssessment records a step from a suspicion to awareness of active
// exploitation or of a severe incident. Awareness is a decision with evidence: a
// suspicion, a feed or an adopted observation of attacks never makes it. The first
// step makes the case follow the clocks of the Cyber Resilience Act for this
// matter, if it does not yet: those of Config.Policies of that name, or of the
// table. The manufacturer is a vendor of the case: a coordinator has no such duty of
// its own.
type RecordAssessment struct {
	Matter  Matter    // a zero Vuln without an Incident is the only vulnerability
	Step    Step      // required
	At      time.Time `json:",omitzero"` // zero: now
	Product StreamID  // of StepDismissed: in which it is not exploitable; 0: in all
	// Instead corrects what was recorded of this step before.
	Instead  bool
	Source   Private // where it comes from, for example a feed
	Evidence Private // required, but for StepSuspected
}

func (x RecordAssessment) decide(d *decision) error {
	k := d.check().enum("Step", uint8(x.Step), uint8(StepAware)).needed("Step", x.Step == 0).happened("At", x.At).
		line("Source", x.Source).text("Evidence", x.Evidence).
		needed("Evidence", x.Evidence == "" && (x.Step != StepSuspected || x.Instead))
	if k.err != nil {
		return k.err
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	if p := d.c.Participants[m.Manufacturer()-1]; p.Roles&RoleVendor == 0 {
		return d.refuse(RuleManufacturer, "participant %d is %s", p.ID, p.Roles)
	}
	if x.Product != 0 && at(d.c.Streams, x.Product) == nil {
		return d.refuse(RuleKnown, "product %d of %d", x.Product, len(d.c.Streams))
	}
	d.emit(&assessmentRecorded{Matter: m, Step: x.Step, At: d.orNow(x.At), Product: x.Product, Instead: x.Instead, Source: x.Source, Evidence: x.Evidence})
	return d.adoptLaw(m)
}

// adoptLaw makes the case follow the clocks of a matter.
func (d *decision) adoptLaw(m Matter) error {
	name := m.law()
	if !newlyAdopted(d.c.Adopted, policy.Adopted{Policy: name, Subject: m.String()}) {
		return nil
	}
	p, _ := policy.ByName(name)
	for _, own := range d.s.cfg.Policies {
		if own.Name == name {
			p = own
		}
	}
	return d.adoptPolicy(p, m.String())
}

func (d *decision) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return d.now.Time()
	}
	return t
}

// matter checks what a duty is about.
func (d *decision) matter(m Matter) (Matter, error) {
	if m.Vendor == Owner {
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

// RecordSubmission records a report that was submitted to an authority: it stops
// the clocks of its stages and of those before, starts the next, and is evidence.
// What happened can always be recorded, late, early or incomplete. A voluntary report
// touches no clock, needs no vendor, and may be about what nobody has to report.
type RecordSubmission struct {
	Matter Matter // a zero Vuln without an Incident is the only vulnerability
	// Stages that the submission served, at least one; StageVoluntary stands alone.
	Stages    []ReportStage
	At        time.Time `json:",omitzero"` // zero: now
	Request   RequestID // that an intermediate report answers; 0: none
	Authority Private   // required
	Reference Private   // the receipt number
	Table     string    // the version of the field table that it was checked against
	Values    Private   // of its fields; see the package cra
	// Forbidden names fields that held what the label of their source does not let
	// out. With any, a Reason is required.
	Forbidden []string
	Reason    Private // required with Forbidden, else empty or what there is to say
	// Name, Type and Content are the bytes that were submitted: kept, and sealed, like
	// the original of a report. Without Content none are.
	Name    Private
	Type    Private   // media type
	Content io.Reader `json:"-"` // is streamed to Config.Blobs
}

func (x RecordSubmission) decide(d *decision) error {
	k := d.check().needed("Stages", len(x.Stages) == 0 || slices.Contains(x.Stages, 0)).count("Stages", len(x.Stages), int(StageFinal)).
		happened("At", x.At).needed("Authority", x.Authority == "").line("Authority", x.Authority).line("Reference", x.Reference).
		line("Table", Private(x.Table)).text("Values", x.Values).text("Reason", x.Reason).
		needed("Reason", len(x.Forbidden) > 0 && x.Reason == "").
		line("Forbidden", Private(strings.Join(x.Forbidden, ","))).line("Name", x.Name).line("Type", x.Type)
	for _, s := range x.Stages {
		k.enum("Stages", uint8(s), uint8(StageVoluntary))
	}
	if k.err != nil {
		return k.err
	}
	if len(x.Stages) > 1 && slices.Contains(x.Stages, StageVoluntary) {
		return d.bad("Stages", "a voluntary report serves no stage of a duty: record it alone", nil)
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	if x.Request != 0 {
		r := at(d.c.Requests, x.Request)
		if r == nil || r.Kind != RequestIntermediate {
			return d.refuse(RuleKnown, "request %d of %d for an intermediate report", x.Request, len(d.c.Requests))
		}
	}
	e := &reportSubmitted{Matter: m, Stages: x.Stages, At: d.orNow(x.At), Request: x.Request, Table: x.Table,
		Authority: x.Authority, Reference: x.Reference, Values: x.Values, Reason: x.Reason}
	if x.Content != nil {
		e.File = d.attach(Owner, tlp.AmberStrict, x.Name, x.Type)
	}
	d.emit(e)
	return nil
}

// RecordRequest records that an authority asks for an intermediate report, with the
// date it set, or that the team asks it to delay the dissemination of a report.
type RecordRequest struct {
	Matter    Matter      // a zero Vuln without an Incident is the only vulnerability
	Kind      RequestKind // required
	At        time.Time   `json:",omitzero"` // zero: now
	Due       time.Time   `json:",omitzero"` // required for RequestIntermediate
	Authority Private     // required
	Reference Private     // the authority's number for it; may be empty
	Text      Private     // what is asked and why; required for RequestDelay
}

func (x RecordRequest) decide(d *decision) error {
	k := d.check().enum("Kind", uint8(x.Kind), uint8(RequestDelay)).needed("Kind", x.Kind == 0).happened("At", x.At).instant("Due", x.Due).
		needed("Due", x.Kind == RequestIntermediate && x.Due.IsZero()).needed("Authority", x.Authority == "").
		line("Authority", x.Authority).line("Reference", x.Reference).text("Text", x.Text).needed("Text", x.Kind == RequestDelay && x.Text == "")
	if k.err != nil {
		return k.err
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	d.emit(&requestRecorded{Kind: x.Kind, Matter: m, At: d.orNow(x.At), Due: x.Due, Authority: x.Authority, Reference: x.Reference, Text: x.Text})
	return nil
}

// RecordAnswer records what an authority answered to a request of the team.
type RecordAnswer struct {
	Request RequestID // that is answered, one of the team
	At      time.Time `json:",omitzero"` // zero: now
	Granted bool      // the delay is granted
	Answer  Private   // in the authority's words; may be empty
}

func (x RecordAnswer) decide(d *decision) error {
	if err := d.check().happened("At", x.At).text("Answer", x.Answer).err; err != nil {
		return err
	}
	r := at(d.c.Requests, x.Request)
	switch {
	case r == nil || r.Kind != RequestDelay:
		return d.refuse(RuleKnown, "request %d of %d of the team", x.Request, len(d.c.Requests))
	case !r.Answered.IsZero():
		return d.refuse(RuleOnce, "request %d was answered", x.Request)
	}
	d.emit(&requestAnswered{Request: x.Request, At: d.orNow(x.At), Granted: x.Granted, Answer: x.Answer})
	return nil
}

// InformUsers records that users were told of a matter and of what they can do. It
// is a duty from awareness on, usually before an advisory exists. Under an embargo it
// needs a reason; the embargo stays in force.
type InformUsers struct {
	Matter     Matter    // a zero Vuln without an Incident is the only vulnerability
	At         time.Time `json:",omitzero"` // zero: now
	Machine    bool      // also in a structured, machine-readable form
	Audience   Private   // required
	Text       Private   // required
	Mitigation Private   // what users can do
	Way        Private   // how they were told
	Reason     Private   // required while an embargo is in force
}

func (x InformUsers) decide(d *decision) error {
	if err := d.check().happened("At", x.At).needed("Audience", x.Audience == "").line("Audience", x.Audience).
		needed("Text", x.Text == "").text("Text", x.Text).text("Mitigation", x.Mitigation).line("Way", x.Way).text("Reason", x.Reason).err; err != nil {
		return err
	}
	m, err := d.matter(x.Matter)
	if err != nil {
		return err
	}
	if d.c.Embargo.State.InForce() && x.Reason == "" {
		return d.refuse(RuleInformReason, "the embargo is %s", d.c.Embargo.State)
	}
	d.emit(&usersInformed{Matter: m, At: d.orNow(x.At), Machine: x.Machine, Audience: x.Audience, Text: x.Text, Mitigation: x.Mitigation, Way: x.Way, Reason: x.Reason})
	return nil
}
