package cvdtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

var guardRules = []rule[storage.Store]{
	{"append/empty-list", "An empty list does nothing.", inAppend, onStore(func(s stored) {
		s.append()
		s.equal(s.listed(storage.Query{Limit: 10}), "[]", "cases")
	})},
	{"append/guard-new-case", "After and Tip both zero: the case must not exist, else ErrConflict.", inAppend, onStore(func(s stored) {
		s.append(opening(1))
		again := opening(1)
		again.Records[0].Body, again.Head.Tip = []byte("another"), storage.Hash{9}
		s.refused(storage.ErrConflict, again)
		s.equal(string(s.load(caseID(1), true)[0].Body), "body 1.1", "the record that was first")
	})},
	{"append/guard-missing-case", "Each log must end exactly at After and Tip: a case that does not exist ends nowhere else than at zero.", inAppend, onStore(func(s stored) {
		s.refused(storage.ErrConflict, following(opening(1)))
		tip := opening(2)
		tip.Tip = storage.Hash{1}
		s.refused(storage.ErrConflict, tip)
		s.equal(s.listed(storage.Query{Limit: 10}), "[]", "cases")
	})},
	{"append/guard-after", "Each log must end exactly at After, else ErrConflict.", inAppend, onStore(func(s stored) {
		a := opening(1)
		b := following(a)
		s.append(a)
		s.append(b)
		for _, after := range []storage.Seq{1, 3} {
			c := following(b)
			c.After = after // with the Tip that is right
			s.refused(storage.ErrConflict, c)
		}
		s.append(following(b))
	})},
	{"append/guard-tip", "Each log must end exactly at Tip, else ErrConflict.", inAppend, onStore(func(s stored) {
		a := opening(1)
		s.append(a)
		for _, tip := range []storage.Hash{{}, {31: 1}} {
			c := following(a)
			c.Tip = tip // with the After that is right
			s.refused(storage.ErrConflict, c)
		}
		s.append(following(a))
	})},
}

var atomicRules = []rule[storage.Store]{
	{"append/conflict-writes-nothing", "All or nothing: after ErrConflict nothing was written, of no case.", inAppend, onStore(func(s stored) {
		testRefusal(s, storage.ErrConflict, func(c *storage.Change) { c.Tip = storage.Hash{1} })
	})},
	{"append/duplicate-writes-nothing", "All or nothing: after a *DuplicateError nothing was written, of no case.", inAppend, onStore(func(s stored) {
		testRefusal(s, nil, func(c *storage.Change) { c.Take = append(c.Take, keyOf(30)) })
	})},
	{"append/lease-lost-writes-nothing", "All or nothing: after ErrLeaseLost nothing was written, of no case.", inAppend, onStore(func(s stored) {
		testRefusal(s, storage.ErrLeaseLost, func(c *storage.Change) { c.Settle[0].Token-- })
	})},
	{"append/guard-before-keys", "First every guard is checked: ErrConflict goes before a *DuplicateError.", inAppend, onStore(func(s stored) {
		a, b := opening(1), opening(2)
		a.Take = []storage.Key{keyOf(1)}
		s.append(a, b)
		c, d := opening(3), following(b)
		c.Take = []storage.Key{keyOf(1)}
		d.Tip = storage.Hash{1}
		s.refused(storage.ErrConflict, d, c)
	})},
}

// testRefusal appends changes of two cases that use every field of Change. One
// of the two, in turn, is spoilt. A nil want stands for a *DuplicateError.
func testRefusal(s stored, want error, spoil func(*storage.Change)) {
	other := opening(3)
	other.Take = []storage.Key{keyOf(30)}
	s.append(other)
	var before [2]storage.Change
	for i := range before {
		c := opening(i + 1)
		c.Records[0].Private = []byte("private")
		c.Take = []storage.Key{keyOf(i)}
		c.Tag = []storage.Term{"old"}
		c.Enqueue = []storage.Delivery{delivery(c, i, 5)}
		before[i] = c
	}
	s.append(before[:]...)
	held := map[storage.LaneID]storage.Delivery{}
	for _, d := range s.claim(10, time.Hour, 10) {
		held[d.Lane] = d
	}
	valid := func(i int) storage.Change {
		c := following(before[i])
		c.Erase = []storage.Seq{1}
		c.Drop, c.Take = []storage.Key{keyOf(i)}, []storage.Key{keyOf(10 + i)}
		c.Untag, c.Tag = []storage.Term{"old"}, []storage.Term{"new"}
		c.Settle = []storage.Delivery{held[laneOf(i)]}
		c.Enqueue = []storage.Delivery{delivery(c, i, 5)}
		return c
	}
	for spoilt := range before {
		changes := []storage.Change{valid(0), valid(1)}
		spoil(&changes[spoilt])
		if want != nil {
			s.refused(want, changes...)
		} else if err := s.Append(s.Context(), changes); !isDuplicate(err, keyOf(30), caseID(3)) {
			s.failf("Append returned %v instead of a *DuplicateError that names the key and its owner", err)
		}
		for i, c := range before {
			what := fmt.Sprintf("case %d of two, after change %d was refused", i+1, spoilt+1)
			records := s.load(c.ID, true)
			s.equal(len(records), 1, "records of %s", what)
			s.equal(string(records[0].Private), "private", "private part of %s", what)
			s.owner(keyOf(i), i+1)
			s.owner(keyOf(10+i), 0)
			s.sameHead(s.heads(storage.Query{Before: storage.Cursor{ID: caseID(i + 2)}, Limit: 1})[0], c.Head)
		}
		s.equal(s.listed(storage.Query{All: []storage.Term{"old"}, Limit: 10}), caseIDs(2, 1), "cases with the old term")
		s.equal(s.listed(storage.Query{All: []storage.Term{"new"}, Limit: 10}), "[]", "cases with the new term")
	}
	// Had a Settle been written, this one were ErrLeaseLost; had an Enqueue, the
	// lane were not empty afterwards.
	for i, c := range before {
		done := unchanged(c)
		done.Settle = []storage.Delivery{held[laneOf(i)]}
		s.append(done)
	}
	s.claimNone(late)
}

func isDuplicate(err error, k storage.Key, owner storage.CaseID) bool {
	var dup *storage.DuplicateError
	return errors.As(err, &dup) && dup.Key == k && dup.Owner == owner
}

var keyRules = []rule[storage.Store]{
	{"keys/unique", "A Key that another case owns is a *DuplicateError with the Key and its Owner.", inAppend, onStore(func(s stored) {
		a, b := opening(1), opening(2)
		a.Take, b.Take = []storage.Key{keyOf(1)}, []storage.Key{keyOf(2), keyOf(1)}
		s.append(a)
		if err := s.Append(s.Context(), []storage.Change{b}); !isDuplicate(err, keyOf(1), caseID(1)) {
			s.failf("Append returned %v", err)
		}
		s.owner(keyOf(1), 1)
		s.owner(keyOf(2), 0)
	})},
	{"keys/unique-within-one-append", "A Key that two changes of one Append take has two owners: a *DuplicateError.", inAppend, onStore(func(s stored) {
		a, b := opening(1), opening(2)
		a.Take, b.Take = []storage.Key{keyOf(1)}, []storage.Key{keyOf(1)}
		err := s.Append(s.Context(), []storage.Change{a, b})
		if !isDuplicate(err, keyOf(1), caseID(1)) && !isDuplicate(err, keyOf(1), caseID(2)) {
			s.failf("Append returned %v", err)
		}
		s.owner(keyOf(1), 0)
	})},
	{"keys/own-again", "Taking an own key again is no error.", inChange, onStore(func(s stored) {
		a := opening(1)
		a.Take = []storage.Key{keyOf(1), keyOf(1)}
		s.append(a)
		b := following(a)
		b.Take = []storage.Key{keyOf(1)}
		s.append(b)
		c := following(b)
		c.Drop, c.Take = []storage.Key{keyOf(1)}, []storage.Key{keyOf(1)}
		s.append(c)
		s.owner(keyOf(1), 1)
	})},
	{"keys/drop-before-take", "Over all changes keys are dropped, then taken: a key can move from any case to any other in one Append.", inAppend, onStore(func(s stored) {
		a, b := opening(1), opening(2)
		a.Take, b.Take = []storage.Key{keyOf(1)}, []storage.Key{keyOf(2)}
		s.append(a, b)
		c, d := following(a), following(b)
		c.Drop, c.Take = []storage.Key{keyOf(1)}, []storage.Key{keyOf(2)}
		d.Drop, d.Take = []storage.Key{keyOf(2)}, []storage.Key{keyOf(1)}
		s.append(c, d)
		s.owner(keyOf(1), 2)
		s.owner(keyOf(2), 1)
	})},
	{"keys/dropped", "A key that was dropped leads nowhere, and can be taken by another case.", inAppend, onStore(func(s stored) {
		a := opening(1)
		a.Take = []storage.Key{keyOf(1), keyOf(2)}
		s.append(a)
		b := following(a)
		b.Drop = []storage.Key{keyOf(1)}
		s.append(b)
		s.owner(keyOf(1), 0)
		s.owner(keyOf(2), 1)
		c := opening(2)
		c.Take = []storage.Key{keyOf(1)}
		s.append(c)
		s.owner(keyOf(1), 2)
	})},
	{"keys/drop-of-another", "Dropping a key that another case owns does nothing.", inChange, onStore(func(s stored) {
		a, b := opening(1), opening(2)
		a.Take, b.Drop = []storage.Key{keyOf(1)}, []storage.Key{keyOf(1), keyOf(9)}
		s.append(a)
		s.append(b)
		s.owner(keyOf(1), 1)
	})},
	{"keys/unknown", "Lookup of a key that no case owns is ErrNotFound.", inLookup, onStore(func(s stored) {
		a := opening(1)
		a.Take = []storage.Key{keyOf(1)}
		s.append(a)
		near := keyOf(1)
		near[31] ^= 1
		s.owner(near, 0)
		s.owner(keyOf(1), 1)
	})},
}
