package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// actorSeen introduces whoever acts in a case for the first time. Later records
// name the actor by number, so that one erasure removes a person from all.
type actorSeen struct {
	Tag    storage.Term // keyed hash of the name
	Person storage.Term // of By.Person; "": it was not given
	Actor  Private
}

func (*actorSeen) name() string { return "actor.seen/1" }
func (x *actorSeen) body(w *wire) {
	text(w, &x.Tag)
	text(w, &x.Person)
}
func (x *actorSeen) private(w *wire) { text(w, &x.Actor) }
func (x *actorSeen) apply(c *folded, e *envelope) {
	c.Actors = append(c.Actors, "")
	c.actorTags = append(c.actorTags, x.Tag)
	c.persons = append(c.persons, x.Person)
	c.actorSeqs, c.actorHashes = append(c.actorSeqs, e.seq), append(c.actorHashes, e.digest)
	c.event(e, Event{}.With(uint32(len(c.Actors)), 0))
}
func (x *actorSeen) reveal(c *folded, e *envelope) {
	c.Actors[c.Events[e.seq-1].ref-1] = x.Actor
}

type caseOpened struct {
	Number string
	Kind   Kind
	Origin Origin
	Title  Private
	Keys   []storage.Key // of Open.IDs
	Check  secretCheck   // zero: another case was in the Store before
}

func (*caseOpened) name() string { return "case.opened/1" }
func (x *caseOpened) body(w *wire) {
	text(w, &x.Number)
	num(w, &x.Kind)
	num(w, &x.Origin)
	w.fixed(x.Check[:])
}
func (x *caseOpened) private(w *wire) {
	text(w, &x.Title)
	many(w, &x.Keys, func(w *wire, k *storage.Key) { w.fixed(k[:]) })
}
func (x *caseOpened) apply(c *folded, e *envelope) {
	c.Number, c.Kind, c.Origin, c.Opened = x.Number, x.Kind, x.Origin, e.at.Time()
	c.titled, c.titleHash = e.seq, e.digest
	c.event(e, Event{}.With(0, uint16(x.Origin)))
}
func (x *caseOpened) reveal(c *folded, _ *envelope) { c.Title = x.Title }

type caseTitled struct {
	Title Private
}

func (*caseTitled) name() string      { return "case.titled/1" }
func (*caseTitled) body(*wire)        {}
func (x *caseTitled) private(w *wire) { text(w, &x.Title) }
func (x *caseTitled) apply(c *folded, e *envelope) {
	c.titled, c.titleHash, c.titlePart = e.seq, e.digest, c.part
	c.event(e, Event{})
}
func (x *caseTitled) reveal(c *folded, _ *envelope) { c.Title = x.Title }

type caseAssigned struct {
	structural
	Actor uint32       // 0: nobody
	Who   storage.Term // keyed hash of the name, for lists
}

func (*caseAssigned) name() string { return "case.assigned/1" }
func (x *caseAssigned) body(w *wire) {
	num(w, &x.Actor)
	text(w, &x.Who)
}
func (x *caseAssigned) apply(c *folded, e *envelope) {
	c.assignee, c.who, c.Assigned = x.Actor, x.Who, x.Actor != 0
	c.event(e, Event{}.With(x.Actor, 0))
}

type casePublished struct {
	At         time.Time
	Unchecked  bool
	Advisories []string // public by then
	Vulns      []VulnID // that it is about
	Emergency  bool     // past a planned release
	SHA256     []string
	Model      string // digest of the advisory that was checked

	Reason Private // of the emergency
}

func (*casePublished) name() string { return "case.published/1" }
func (x *casePublished) body(w *wire) {
	w.instant(&x.At)
	w.flag(&x.Unchecked)
	many(w, &x.Advisories, func(w *wire, s *string) { text(w, s) })
	many(w, &x.Vulns, func(w *wire, v *VulnID) { num(w, v) })
	w.flag(&x.Emergency)
	many(w, &x.SHA256, func(w *wire, s *string) { text(w, s) })
	text(w, &x.Model)
}
func (x *casePublished) private(w *wire) { text(w, &x.Reason) }
func (x *casePublished) reveal(c *folded, e *envelope) {
	c.Publications[c.Events[e.seq-1].ref-1].Emergency = x.Reason
}
func (x *casePublished) apply(c *folded, e *envelope) {
	c.Publications = append(c.Publications, Publication{At: x.At, Unchecked: x.Unchecked, Advisories: x.Advisories, SHA256: x.SHA256, AdvisorySHA256: x.Model, Vulnerabilities: x.Vulns})
	if x.Emergency {
		c.Release.Emergency = x.At
	}
	for _, id := range x.Vulns {
		if v := c.vuln(id); v != nil && v.Published.IsZero() {
			v.Published, v.publishedPart = x.At, c.part
		}
	}
	c.event(e, Event{When: x.At}.With(uint32(len(c.Publications)), 0))
}

type caseClosed struct {
	Override bool // although an embargo was active
	Reason   Private
}

func (*caseClosed) name() string                { return "case.closed/1" }
func (x *caseClosed) body(w *wire)              { w.flag(&x.Override) }
func (x *caseClosed) private(w *wire)           { text(w, &x.Reason) }
func (x *caseClosed) reveal(*folded, *envelope) {}
func (x *caseClosed) apply(c *folded, e *envelope) {
	c.Closings = append(c.Closings, e.at.Time())
	var d uint16
	if x.Override {
		d = 1
	}
	c.event(e, Event{}.With(0, d))
}
