package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// LinkKind says how a case relates to another. The numbers are stored.
type LinkKind uint8

// The kinds of links. Each has its other end.
const (
	LinkRelated LinkKind = iota
	LinkDependsOn
	LinkNeededBy
	LinkDuplicateOf
	LinkDuplicatedBy
	LinkMergedInto  // made by Service.Merge
	LinkMergedFrom  // its other end
	LinkSplitInto   // made by Service.Split
	LinkSplitFrom   // its other end
	LinkContinuedBy // made by Service.Reopen
	LinkContinues   // its other end
)

// other returns the kind of the other end.
func (k LinkKind) other() LinkKind {
	if k == LinkRelated {
		return k
	}
	return (k - 1) ^ 1 + 1
}

// Link leads to another case.
type Link struct {
	Kind   LinkKind  // how this case relates to the other
	Case   CaseID    // the other case
	Number string    // its number, for people
	At     time.Time `json:",omitzero"` // when it was recorded
}

type caseLinked struct {
	Kind   LinkKind
	Case   CaseID
	Number string

	Reason Private
	Keys   []storage.Key // that came with the other case
}

func (*caseLinked) name() string { return "case.linked/1" }
func (x *caseLinked) body(w *wire) {
	num(w, &x.Kind)
	w.fixed(x.Case[:])
	text(w, &x.Number)
}
func (x *caseLinked) private(w *wire) {
	text(w, &x.Reason)
	many(w, &x.Keys, func(w *wire, k *storage.Key) { w.fixed(k[:]) })
}
func (x *caseLinked) reveal(*folded, *envelope) {}
func (x *caseLinked) apply(c *folded, e *envelope) {
	// Full slice expression: snapshots share the array and must not see this.
	if s := &c.Submission; x.Kind == LinkMergedInto && s.Stage.early() {
		s.Stage, s.Decided = StageMerged, e.at.Time()
	}
	c.Links = append(c.Links[:len(c.Links):len(c.Links)], Link{x.Kind, x.Case, x.Number, e.at.Time()})
	c.event(e, Event{}.With(uint32(len(c.Links)), uint16(x.Kind)))
}

// caseHanded says who coordinates from now on.
type caseHanded struct {
	To PartyID

	Reason Private
}

func (*caseHanded) name() string                { return "case.handed/1" }
func (x *caseHanded) body(w *wire)              { num(w, &x.To) }
func (x *caseHanded) private(w *wire)           { text(w, &x.Reason) }
func (x *caseHanded) reveal(*folded, *envelope) {}
func (x *caseHanded) apply(c *folded, e *envelope) {
	c.Lead = x.To
	if p := c.party(x.To); p != nil {
		p.Roles |= RoleCoordinator
	}
	c.event(e, Event{Party: x.To})
}

// partsMoved says which parts are handled in another case from now on.
type partsMoved struct {
	structural
	To      CaseID
	Reports []ReportID
	Vulns   []VulnID
}

func (*partsMoved) name() string { return "parts.moved/1" }
func (x *partsMoved) body(w *wire) {
	w.fixed(x.To[:])
	many(w, &x.Reports, func(w *wire, r *ReportID) { num(w, r) })
	many(w, &x.Vulns, func(w *wire, v *VulnID) { num(w, v) })
}
func (x *partsMoved) apply(c *folded, e *envelope) {
	for _, id := range x.Reports {
		if r := c.report(id); r != nil {
			r.MovedTo, r.sketch, r.marks = x.To, nil, nil
		}
	}
	for _, id := range x.Vulns {
		if v := c.vuln(id); v != nil {
			v.MovedTo = x.To
		}
	}
	c.event(e, Event{}.With(uint32(len(x.Reports)), 0))
}

// readMarked says how far the team has read.
type readMarked struct {
	structural
	Upto Seq
}

func (*readMarked) name() string   { return "read.marked/1" }
func (x *readMarked) body(w *wire) { signed(w, &x.Upto) }
func (x *readMarked) apply(c *folded, e *envelope) {
	c.Read, c.unread = x.Upto, 0
	if x.Upto < e.seq-1 {
		u := c.Unread()
		c.unread = len(u.Reports) + len(u.Messages)
	}
	c.event(e, Event{})
}
