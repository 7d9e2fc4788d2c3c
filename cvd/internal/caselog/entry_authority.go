package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

func wireMatter(m *cvd.Matter, w *Wire) {
	num(w, &m.Vendor)
	num(w, &m.Vuln)
	num(w, &m.Incident)
}

type AssessmentRecorded struct {
	Matter  cvd.Matter
	Step    cvd.Step
	At      time.Time
	Product cvd.StreamID
	Instead bool

	Source, Evidence cvd.Private
}

func (*AssessmentRecorded) RecordName() string { return "assessment.recorded/1" }

func (x *AssessmentRecorded) Body(w *Wire) {
	wireMatter(&x.Matter, w)
	num(w, &x.Step)
	w.Instant(&x.At)
	num(w, &x.Product)
	w.flag(&x.Instead)
}

func (x *AssessmentRecorded) Private(w *Wire) {
	text(w, &x.Source)
	text(w, &x.Evidence)
}

func (x *AssessmentRecorded) apply(c *Folded, e *Envelope) {
	n := len(c.Assessments)
	c.Assessments = append(c.Assessments[:n:n], cvd.Assessment{
		Matter: x.Matter, Step: x.Step, At: x.At, Made: e.At.Time(), Product: x.Product, Instead: x.Instead,
	})
	event(&c.Case, e, cvd.Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), uint16(x.Step)))
}

func (x *AssessmentRecorded) reveal(c *Folded, e *Envelope) {
	y := &c.Assessments[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1]
	y.Source, y.Evidence = x.Source, x.Evidence
}

type ReportSubmitted struct {
	Matter  cvd.Matter
	Stages  []cvd.ReportStage
	At      time.Time
	File    cvd.AttachmentID
	Request cvd.RequestID
	Table   string

	Authority, Reference, Values, Reason cvd.Private
}

func (*ReportSubmitted) RecordName() string { return "authority.submitted/1" }

func (x *ReportSubmitted) Body(w *Wire) {
	wireMatter(&x.Matter, w)
	many(w, &x.Stages, func(w *Wire, s *cvd.ReportStage) { num(w, s) })
	w.Instant(&x.At)
	num(w, &x.File)
	num(w, &x.Request)
	text(w, &x.Table)
}

func (x *ReportSubmitted) Private(w *Wire) {
	text(w, &x.Authority)
	text(w, &x.Reference)
	text(w, &x.Values)
	text(w, &x.Reason)
}

func (x *ReportSubmitted) apply(c *Folded, e *Envelope) {
	n := len(c.AuthorityReports)
	c.AuthorityReports = append(c.AuthorityReports[:n:n], cvd.AuthorityReport{
		ID: cvd.SubmissionID(n + 1), Matter: x.Matter, Stages: x.Stages, At: x.At, Made: e.At.Time(), File: x.File, Request: x.Request, Table: x.Table,
	})
	if inner.At(c.Requests, x.Request) != nil {
		c.Requests = slices.Clone(c.Requests)
		c.Requests[x.Request-1].Answered = x.At
	}
	var last cvd.ReportStage
	for _, s := range x.Stages {
		last = max(last, s)
	}
	event(&c.Case, e, cvd.Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), uint16(last)))
}

func (x *ReportSubmitted) reveal(c *Folded, e *Envelope) {
	y := &c.AuthorityReports[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1]
	y.Authority, y.Reference, y.Values, y.Reason = x.Authority, x.Reference, x.Values, x.Reason
}

type RequestRecorded struct {
	Kind    cvd.RequestKind
	Matter  cvd.Matter
	At, Due time.Time

	Authority, Reference, Text cvd.Private
}

func (*RequestRecorded) RecordName() string { return "authority.requested/1" }

func (x *RequestRecorded) Body(w *Wire) {
	num(w, &x.Kind)
	wireMatter(&x.Matter, w)
	w.Instant(&x.At)
	w.Instant(&x.Due)
}

func (x *RequestRecorded) Private(w *Wire) {
	text(w, &x.Authority)
	text(w, &x.Reference)
	text(w, &x.Text)
}

func (x *RequestRecorded) apply(c *Folded, e *Envelope) {
	n := len(c.Requests)
	c.Requests = append(c.Requests[:n:n], cvd.AuthorityRequest{ID: cvd.RequestID(n + 1), Kind: x.Kind, Matter: x.Matter, At: x.At, Due: x.Due, Made: e.At.Time()})
	event(&c.Case, e, cvd.Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), uint16(x.Kind)))
}

func (x *RequestRecorded) reveal(c *Folded, e *Envelope) {
	y := &c.Requests[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1]
	y.Authority, y.Reference, y.Text = x.Authority, x.Reference, x.Text
}

type RequestAnswered struct {
	Request cvd.RequestID
	At      time.Time
	Granted bool

	Answer cvd.Private
}

func (*RequestAnswered) RecordName() string { return "authority.answered/1" }

func (x *RequestAnswered) Body(w *Wire) {
	num(w, &x.Request)
	w.Instant(&x.At)
	w.flag(&x.Granted)
}

func (x *RequestAnswered) Private(w *Wire) { text(w, &x.Answer) }

func (x *RequestAnswered) apply(c *Folded, e *Envelope) {
	if inner.At(c.Requests, x.Request) != nil {
		c.Requests = slices.Clone(c.Requests)
		c.Requests[x.Request-1].Answered, c.Requests[x.Request-1].Granted = x.At, x.Granted
	}
	event(&c.Case, e, cvd.Event{When: x.At}.With(uint32(x.Request), 0))
}

func (x *RequestAnswered) reveal(c *Folded, _ *Envelope) {
	if y := inner.At(c.Requests, x.Request); y != nil {
		y.Answer = x.Answer
	}
}

type UsersInformed struct {
	Matter  cvd.Matter
	At      time.Time
	Machine bool

	Audience, Text, Mitigation, Way, Reason cvd.Private
}

func (*UsersInformed) RecordName() string { return "users.informed/1" }

func (x *UsersInformed) Body(w *Wire) {
	wireMatter(&x.Matter, w)
	w.Instant(&x.At)
	w.flag(&x.Machine)
}

func (x *UsersInformed) Private(w *Wire) {
	text(w, &x.Audience)
	text(w, &x.Text)
	text(w, &x.Mitigation)
	text(w, &x.Way)
	text(w, &x.Reason)
}

func (x *UsersInformed) apply(c *Folded, e *Envelope) {
	n := len(c.Informed)
	c.Informed = append(c.Informed[:n:n], cvd.UserNotice{Matter: x.Matter, At: x.At, Made: e.At.Time(), Machine: x.Machine})
	event(&c.Case, e, cvd.Event{When: x.At, Party: x.Matter.Manufacturer(), Vuln: x.Matter.Vuln}.With(uint32(n+1), 0))
}

func (x *UsersInformed) reveal(c *Folded, e *Envelope) {
	y := &c.Informed[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1]
	y.Audience, y.Text, y.Mitigation, y.Way, y.Reason = x.Audience, x.Text, x.Mitigation, x.Way, x.Reason
}
