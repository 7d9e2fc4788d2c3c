package cvd

import (
	"slices"
	"time"
)

func (m *Matter) wire(w *wire) {
	num(w, &m.Vendor)
	num(w, &m.Vuln)
	num(w, &m.Incident)
}

type assessmentRecorded struct {
	Matter  Matter
	Step    Step
	At      time.Time
	Product StreamID
	Instead bool

	Source, Evidence Private
}

func (*assessmentRecorded) name() string { return "assessment.recorded/1" }
func (x *assessmentRecorded) body(w *wire) {
	x.Matter.wire(w)
	num(w, &x.Step)
	w.instant(&x.At)
	num(w, &x.Product)
	w.flag(&x.Instead)
}
func (x *assessmentRecorded) private(w *wire) {
	text(w, &x.Source)
	text(w, &x.Evidence)
}
func (x *assessmentRecorded) apply(c *folded, e *envelope) {
	n := len(c.Assessments)
	c.Assessments = append(c.Assessments[:n:n], Assessment{
		Matter: x.Matter, Step: x.Step, At: x.At, Made: e.at.Time(), Product: x.Product, Instead: x.Instead,
	})
	c.event(e, Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), uint16(x.Step)))
}
func (x *assessmentRecorded) reveal(c *folded, e *envelope) {
	y := &c.Assessments[c.Events[e.seq-1].ref-1]
	y.Source, y.Evidence = x.Source, x.Evidence
}

type reportSubmitted struct {
	Matter  Matter
	Stages  []ReportStage
	At      time.Time
	File    AttachmentID
	Request RequestID
	Table   string

	Authority, Reference, Values, Reason Private
}

func (*reportSubmitted) name() string { return "authority.submitted/1" }
func (x *reportSubmitted) body(w *wire) {
	x.Matter.wire(w)
	many(w, &x.Stages, func(w *wire, s *ReportStage) { num(w, s) })
	w.instant(&x.At)
	num(w, &x.File)
	num(w, &x.Request)
	text(w, &x.Table)
}
func (x *reportSubmitted) private(w *wire) {
	text(w, &x.Authority)
	text(w, &x.Reference)
	text(w, &x.Values)
	text(w, &x.Reason)
}
func (x *reportSubmitted) apply(c *folded, e *envelope) {
	n := len(c.AuthorityReports)
	c.AuthorityReports = append(c.AuthorityReports[:n:n], AuthorityReport{
		ID: SubmissionID(n + 1), Matter: x.Matter, Stages: x.Stages, At: x.At, Made: e.at.Time(), File: x.File, Request: x.Request, Table: x.Table,
	})
	if at(c.Requests, x.Request) != nil {
		c.Requests = slices.Clone(c.Requests)
		c.Requests[x.Request-1].Answered = x.At
	}
	var last ReportStage
	for _, s := range x.Stages {
		last = max(last, s)
	}
	c.event(e, Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), uint16(last)))
}
func (x *reportSubmitted) reveal(c *folded, e *envelope) {
	y := &c.AuthorityReports[c.Events[e.seq-1].ref-1]
	y.Authority, y.Reference, y.Values, y.Reason = x.Authority, x.Reference, x.Values, x.Reason
}

type requestRecorded struct {
	Kind    RequestKind
	Matter  Matter
	At, Due time.Time

	Authority, Reference, Text Private
}

func (*requestRecorded) name() string { return "authority.requested/1" }
func (x *requestRecorded) body(w *wire) {
	num(w, &x.Kind)
	x.Matter.wire(w)
	w.instant(&x.At)
	w.instant(&x.Due)
}
func (x *requestRecorded) private(w *wire) {
	text(w, &x.Authority)
	text(w, &x.Reference)
	text(w, &x.Text)
}
func (x *requestRecorded) apply(c *folded, e *envelope) {
	n := len(c.Requests)
	c.Requests = append(c.Requests[:n:n], AuthorityRequest{ID: RequestID(n + 1), Kind: x.Kind, Matter: x.Matter, At: x.At, Due: x.Due, Made: e.at.Time()})
	c.event(e, Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), uint16(x.Kind)))
}
func (x *requestRecorded) reveal(c *folded, e *envelope) {
	y := &c.Requests[c.Events[e.seq-1].ref-1]
	y.Authority, y.Reference, y.Text = x.Authority, x.Reference, x.Text
}

type requestAnswered struct {
	Request RequestID
	At      time.Time
	Granted bool

	Answer Private
}

func (*requestAnswered) name() string { return "authority.answered/1" }
func (x *requestAnswered) body(w *wire) {
	num(w, &x.Request)
	w.instant(&x.At)
	w.flag(&x.Granted)
}
func (x *requestAnswered) private(w *wire) { text(w, &x.Answer) }
func (x *requestAnswered) apply(c *folded, e *envelope) {
	if at(c.Requests, x.Request) != nil {
		c.Requests = slices.Clone(c.Requests)
		c.Requests[x.Request-1].Answered, c.Requests[x.Request-1].Granted = x.At, x.Granted
	}
	c.event(e, Event{When: x.At}.With(uint32(x.Request), 0))
}
func (x *requestAnswered) reveal(c *folded, _ *envelope) {
	if y := at(c.Requests, x.Request); y != nil {
		y.Answer = x.Answer
	}
}

type usersInformed struct {
	Matter  Matter
	At      time.Time
	Machine bool

	Audience, Text, Mitigation, Way, Reason Private
}

func (*usersInformed) name() string { return "users.informed/1" }
func (x *usersInformed) body(w *wire) {
	x.Matter.wire(w)
	w.instant(&x.At)
	w.flag(&x.Machine)
}
func (x *usersInformed) private(w *wire) {
	text(w, &x.Audience)
	text(w, &x.Text)
	text(w, &x.Mitigation)
	text(w, &x.Way)
	text(w, &x.Reason)
}
func (x *usersInformed) apply(c *folded, e *envelope) {
	n := len(c.Informed)
	c.Informed = append(c.Informed[:n:n], UserNotice{Matter: x.Matter, At: x.At, Made: e.at.Time(), Machine: x.Machine})
	c.event(e, Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), 0))
}
func (x *usersInformed) reveal(c *folded, e *envelope) {
	y := &c.Informed[c.Events[e.seq-1].ref-1]
	y.Audience, y.Text, y.Mitigation, y.Way, y.Reason = x.Audience, x.Text, x.Mitigation, x.Way, x.Reason
}
