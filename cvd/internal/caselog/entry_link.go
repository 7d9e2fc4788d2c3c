package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type CaseLinked struct {
	Kind   cvd.LinkKind
	Case   cvd.CaseID
	Number string

	Reason cvd.Private
	Keys   []storage.Key // that came with the other case
}

func (*CaseLinked) RecordName() string { return "case.linked/1" }

func (x *CaseLinked) Body(w *Wire) {
	num(w, &x.Kind)
	w.fixed(x.Case[:])
	text(w, &x.Number)
}

func (x *CaseLinked) Private(w *Wire) {
	text(w, &x.Reason)
	many(w, &x.Keys, func(w *Wire, k *storage.Key) { w.fixed(k[:]) })
}

func (x *CaseLinked) reveal(*Folded, *Envelope) {}

func (x *CaseLinked) apply(c *Folded, e *Envelope) {
	// Full slice expression: snapshots share the array and must not see this.
	if s := &c.Submission; x.Kind == cvd.LinkMergedInto && Early(s.Stage) {
		s.Stage, s.Decided = cvd.StageMerged, e.At.Time()
	}
	c.Links = append(c.Links[:len(c.Links):len(c.Links)], cvd.Link{Kind: x.Kind, Case: x.Case, Number: x.Number, At: e.At.Time()})
	event(&c.Case, e, cvd.Event{}.With(uint32(len(c.Links)), uint16(x.Kind)))
}

// CaseHanded says who coordinates from now on.
type CaseHanded struct {
	To cvd.PartyID

	Reason cvd.Private
}

func (*CaseHanded) RecordName() string          { return "case.handed/1" }
func (x *CaseHanded) Body(w *Wire)              { num(w, &x.To) }
func (x *CaseHanded) Private(w *Wire)           { text(w, &x.Reason) }
func (x *CaseHanded) reveal(*Folded, *Envelope) {}

func (x *CaseHanded) apply(c *Folded, e *Envelope) {
	c.Lead = x.To
	if p := c.party(x.To); p != nil {
		p.Roles |= cvd.RoleCoordinator
	}
	event(&c.Case, e, cvd.Event{Party: x.To})
}

// PartsMoved says which parts are handled in another case from now on.
type PartsMoved struct {
	structural
	To      cvd.CaseID
	Reports []cvd.ReportID
	Vulns   []cvd.VulnID
}

func (*PartsMoved) RecordName() string { return "parts.moved/1" }

func (x *PartsMoved) Body(w *Wire) {
	w.fixed(x.To[:])
	many(w, &x.Reports, func(w *Wire, r *cvd.ReportID) { num(w, r) })
	many(w, &x.Vulns, func(w *Wire, v *cvd.VulnID) { num(w, v) })
}

func (x *PartsMoved) apply(c *Folded, e *Envelope) {
	for _, id := range x.Reports {
		if r := c.report(id); r != nil {
			r.MovedTo, r.Kept(inner.Only{}).Sketch, r.Kept(inner.Only{}).Marks = x.To, nil, nil
		}
	}
	for _, id := range x.Vulns {
		if v := c.vuln(id); v != nil {
			v.MovedTo = x.To
		}
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(len(x.Reports)), 0))
}

// ReadMarked says how far the team has read.
type ReadMarked struct {
	structural
	Upto cvd.Seq
}

func (*ReadMarked) RecordName() string { return "read.marked/1" }
func (x *ReadMarked) Body(w *Wire)     { Signed(w, &x.Upto) }

func (x *ReadMarked) apply(c *Folded, e *Envelope) {
	c.Read, c.unread = x.Upto, 0
	if x.Upto < e.Seq-1 {
		u := c.Unread()
		c.unread = len(u.Reports) + len(u.Messages)
	}
	event(&c.Case, e, cvd.Event{})
}

// hideTeamwork removes what only the team sees of its own organisation.
func hideTeamwork(c *cvd.Case) {
	c.Links, c.Decisions, c.Read, c.Held = nil, nil, 0, false
	c.IDs, c.RelatedEnds, c.Drafts, c.Groups, c.CVEs = nil, nil, nil, nil, nil
	for i := range c.Streams {
		c.Streams[i].Groups = nil
	}
	c.Updates, c.Closings, c.Waits = nil, nil, nil
	for i := range c.Reports {
		c.Reports[i].MovedTo = cvd.CaseID{}
	}
	for i := range c.Vulnerabilities {
		c.Vulnerabilities[i].MovedTo = cvd.CaseID{}
	}
}
