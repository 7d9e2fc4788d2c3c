package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Folded is a Case with what folding its log needs besides: what no caller sees, and
// what only the newest state of a case has.
type Folded struct {
	cvd.Case
	AssigneeNumber uint32           // index into Actors, 1-based; 0 is nobody
	Who            storage.Term     // of the assignee
	Due            storage.Millis   // when Tick is to look at the case …
	DueKnown       bool             // … if it was computed here
	DueDate        time.Time        // of the policies' dates, that which comes next
	unread         int              // see Unread
	ActorTags      []storage.Term   // keyed hashes of Actors
	actorSeqs      []cvd.Seq        // the records that hold their names …
	ActorHashes    []storage.Hash   // … and the hashes of their private parts
	Persons        []storage.Term   // and of By.Person, as far as it was given
	Titled         cvd.Seq          // the record that holds the title
	TitleHash      storage.Hash     // of the private part of that record
	pending        uint32           // records of a batch that are still to come
	revealed       map[cvd.Seq]bool // records whose texts were filled in
	stale          bool             // one of them was erased since
	hold           map[cvd.Seq]bool // records that lack their private part without a later record that says why
	owned          ownership
	hand           *inner.Hand
	Erased         map[cvd.Seq]bool // records whose private part was removed on purpose
	emptied        cvd.Seq          // the record that erased every private part; 0: none did
	Part           uint32           // that records belong to now; see PartBegun
	Parts          uint32           // the highest there is
	TitlePart      uint32
	ended          *endedEmbargo // what the end of the embargo made void
	Kin            []KinEnd      // early ends of its own embargo, and of related ones
	Imported       time.Time     // the newest import: see By.Silent
	sums           sums          // see Facts
}

func NewCase(id cvd.CaseID) *Folded {
	return &Folded{Case: cvd.Case{ID: id}, owned: ownAll, hand: new(inner.Hand), hold: map[cvd.Seq]bool{}, revealed: map[cvd.Seq]bool{}}
}

// SamePerson reports whether two actors may be one person: by name, or by the
// host's word.
func (c *Folded) SamePerson(a, b uint32) bool {
	if a == b || inner.At(c.ActorTags, a) == nil || inner.At(c.ActorTags, b) == nil {
		return true
	}
	a, b = a-1, b-1
	if c.ActorTags[a] == "" || c.ActorTags[b] == "" {
		return true // erased: nobody knows any more
	}
	return c.ActorTags[a] == c.ActorTags[b] || c.Persons[a] != "" && c.Persons[a] == c.Persons[b]
}

// Apart returns a copy on which commands may be decided while others decide on
// the same snapshot: what only grows has no room to grow into that they share. A
// decision on one case needs none of it, because it holds the case's slot.
func (c *Folded) Apart() *Folded {
	w := c.Working()
	w.Events, w.Actors, w.ActorTags = slices.Clip(w.Events), slices.Clip(w.Actors), slices.Clip(w.ActorTags)
	w.Persons, w.actorSeqs, w.ActorHashes = slices.Clip(w.Persons), slices.Clip(w.actorSeqs), slices.Clip(w.ActorHashes)
	w.Streams, w.Attachments, w.Publications = slices.Clip(w.Streams), slices.Clip(w.Attachments), slices.Clip(w.Publications)
	w.DateChanges, w.Recorded, w.Reminded = slices.Clip(w.DateChanges), slices.Clip(w.Recorded), slices.Clip(w.Reminded)
	w.Updates, w.Closings = slices.Clip(w.Updates), slices.Clip(w.Closings)
	w.Messages, w.Claims = slices.Clip(w.Messages), slices.Clip(w.Claims)
	return w
}

func reminded(c *cvd.Case, id string) bool {
	return slices.ContainsFunc(c.Reminded, func(r cvd.Reminded) bool { return r.ID == id })
}
