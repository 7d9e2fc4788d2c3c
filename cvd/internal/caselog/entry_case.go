package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// ActorSeen introduces whoever acts in a case for the first time. Later records
// name the actor by number, so that one erasure removes a person from all.
type ActorSeen struct {
	Tag    storage.Term // keyed hash of the name
	Person storage.Term // of By.Person; "": it was not given
	Actor  cvd.Private
}

func (*ActorSeen) RecordName() string { return "actor.seen/1" }

func (x *ActorSeen) Body(w *Wire) {
	text(w, &x.Tag)
	text(w, &x.Person)
}

func (x *ActorSeen) Private(w *Wire) { text(w, &x.Actor) }

func (x *ActorSeen) apply(c *Folded, e *Envelope) {
	c.Actors = append(c.Actors, "")
	c.ActorTags = append(c.ActorTags, x.Tag)
	c.Persons = append(c.Persons, x.Person)
	c.actorSeqs, c.ActorHashes = append(c.actorSeqs, e.Seq), append(c.ActorHashes, e.Digest)
	event(&c.Case, e, cvd.Event{}.With(uint32(len(c.Actors)), 0))
}

func (x *ActorSeen) reveal(c *Folded, e *Envelope) {
	c.Actors[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1] = x.Actor
}

type CaseOpened struct {
	Number string
	Kind   cvd.Kind
	Origin cvd.Origin
	Title  cvd.Private
	Keys   []storage.Key // of Open.IDs
	Check  SecretCheck   // zero: another case was in the Store before
}

func (*CaseOpened) RecordName() string { return "case.opened/1" }

func (x *CaseOpened) Body(w *Wire) {
	text(w, &x.Number)
	num(w, &x.Kind)
	num(w, &x.Origin)
	w.fixed(x.Check[:])
}

func (x *CaseOpened) Private(w *Wire) {
	text(w, &x.Title)
	many(w, &x.Keys, func(w *Wire, k *storage.Key) { w.fixed(k[:]) })
}

func (x *CaseOpened) apply(c *Folded, e *Envelope) {
	c.Number, c.Kind, c.Origin, c.Opened = x.Number, x.Kind, x.Origin, e.At.Time()
	c.Titled, c.TitleHash = e.Seq, e.Digest
	event(&c.Case, e, cvd.Event{}.With(0, uint16(x.Origin)))
}

func (x *CaseOpened) reveal(c *Folded, _ *Envelope) { c.Title = x.Title }

type CaseTitled struct {
	Title cvd.Private
}

func (*CaseTitled) RecordName() string { return "case.titled/1" }
func (*CaseTitled) Body(*Wire)         {}
func (x *CaseTitled) Private(w *Wire)  { text(w, &x.Title) }

func (x *CaseTitled) apply(c *Folded, e *Envelope) {
	c.Titled, c.TitleHash, c.TitlePart = e.Seq, e.Digest, c.Part
	event(&c.Case, e, cvd.Event{})
}

func (x *CaseTitled) reveal(c *Folded, _ *Envelope) { c.Title = x.Title }

type CaseAssigned struct {
	structural
	Actor uint32       // 0: nobody
	Who   storage.Term // keyed hash of the name, for lists
}

func (*CaseAssigned) RecordName() string { return "case.assigned/1" }

func (x *CaseAssigned) Body(w *Wire) {
	num(w, &x.Actor)
	text(w, &x.Who)
}

func (x *CaseAssigned) apply(c *Folded, e *Envelope) {
	c.AssigneeNumber, c.Who, c.Assigned = x.Actor, x.Who, x.Actor != 0
	event(&c.Case, e, cvd.Event{}.With(x.Actor, 0))
}

type CasePublished struct {
	At         time.Time
	Unchecked  bool
	Advisories []string     // public by then
	Vulns      []cvd.VulnID // that it is about
	Emergency  bool         // past a planned release
	SHA256     []string
	Model      string // digest of the advisory that was checked

	Reason cvd.Private // of the emergency
}

func (*CasePublished) RecordName() string { return "case.published/1" }

func (x *CasePublished) Body(w *Wire) {
	w.Instant(&x.At)
	w.flag(&x.Unchecked)
	many(w, &x.Advisories, func(w *Wire, s *string) { text(w, s) })
	many(w, &x.Vulns, func(w *Wire, v *cvd.VulnID) { num(w, v) })
	w.flag(&x.Emergency)
	many(w, &x.SHA256, func(w *Wire, s *string) { text(w, s) })
	text(w, &x.Model)
}

func (x *CasePublished) Private(w *Wire) { text(w, &x.Reason) }

func (x *CasePublished) reveal(c *Folded, e *Envelope) {
	c.Publications[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1].Emergency = x.Reason
}

func (x *CasePublished) apply(c *Folded, e *Envelope) {
	c.Publications = append(c.Publications, cvd.Publication{At: x.At, Unchecked: x.Unchecked, Advisories: x.Advisories, SHA256: x.SHA256, AdvisorySHA256: x.Model, Vulnerabilities: x.Vulns})
	if x.Emergency {
		c.Release.Emergency = x.At
	}
	for _, id := range x.Vulns {
		if v := c.vuln(id); v != nil && v.Published.IsZero() {
			v.Published, v.Kept(inner.Only{}).PublishedPart = x.At, c.Part
		}
	}
	event(&c.Case, e, cvd.Event{When: x.At}.With(uint32(len(c.Publications)), 0))
}

type CaseClosed struct {
	Override bool // although an embargo was active
	Reason   cvd.Private
}

func (*CaseClosed) RecordName() string          { return "case.closed/1" }
func (x *CaseClosed) Body(w *Wire)              { w.flag(&x.Override) }
func (x *CaseClosed) Private(w *Wire)           { text(w, &x.Reason) }
func (x *CaseClosed) reveal(*Folded, *Envelope) {}

func (x *CaseClosed) apply(c *Folded, e *Envelope) {
	c.Closings = append(c.Closings, e.At.Time())
	var d uint16
	if x.Override {
		d = 1
	}
	event(&c.Case, e, cvd.Event{}.With(0, d))
}
