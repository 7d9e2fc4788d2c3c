package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// folded is a Case with what folding its log needs besides: what no caller sees, and
// what only the newest state of a case has.
type folded struct {
	Case
	assignee    uint32         // index into Actors, 1-based; 0 is nobody
	who         storage.Term   // of the assignee
	due         storage.Millis // when Tick is to look at the case …
	dueKnown    bool           // … if it was computed here
	dueDate     time.Time      // of the policies' dates, that which comes next
	unread      int            // see Unread
	actorTags   []storage.Term // keyed hashes of Actors
	actorSeqs   []Seq          // the records that hold their names …
	actorHashes []storage.Hash // … and the hashes of their private parts
	persons     []storage.Term // and of By.Person, as far as it was given
	titled      Seq            // the record that holds the title
	titleHash   storage.Hash   // of the private part of that record
	pending     uint32         // records of a batch that are still to come
	revealed    map[Seq]bool   // records whose texts were filled in
	stale       bool           // one of them was erased since
	hold        map[Seq]bool   // records that lack their private part without a later record that says why
	owned       ownership
	hand        *hand
	erased      map[Seq]bool // records whose private part was removed on purpose
	emptied     Seq          // the record that erased every private part; 0: none did
	part        uint32       // that records belong to now; see partBegun
	parts       uint32       // the highest there is
	titlePart   uint32
	ended       *endedEmbargo // what the end of the embargo made void
	kin         []kinEnd      // early ends of its own embargo, and of related ones
	imported    time.Time     // the newest import: see By.Silent
	sums        sums          // see Facts
}

func newCase(id CaseID) *folded {
	return &folded{Case: Case{ID: id}, owned: ownAll, hand: new(hand), hold: map[Seq]bool{}, revealed: map[Seq]bool{}}
}
