package caselog

import (
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
	Part           uint32           // that records belong to now; see partBegun
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
