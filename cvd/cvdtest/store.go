package cvdtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestStore checks a storage.Store. open returns an empty Store for each rule; it
// registers what has to be closed with t.Cleanup. It takes some hundred Appends.
//
// The rules are checked within one process. That several processes may share
// the data is for a test of the implementation.
//
// Its rules:
//   - append/empty-list: An empty list does nothing.
//   - append/guard-new-case: After and Tip both zero: the case must not exist, else ErrConflict.
//   - append/guard-missing-case: Each log must end exactly at After and Tip: a case that does not exist ends nowhere else than at zero.
//   - append/guard-after: Each log must end exactly at After, else ErrConflict.
//   - append/guard-tip: Each log must end exactly at Tip, else ErrConflict.
//   - append/conflict-writes-nothing: All or nothing: after ErrConflict nothing was written, of no case.
//   - append/duplicate-writes-nothing: All or nothing: after a *DuplicateError nothing was written, of no case.
//   - append/lease-lost-writes-nothing: All or nothing: after ErrLeaseLost nothing was written, of no case.
//   - append/guard-before-keys: First every guard is checked: ErrConflict goes before a *DuplicateError.
//   - keys/unique: A Key that another case owns is a *DuplicateError with the Key and its Owner.
//   - keys/unique-within-one-append: A Key that two changes of one Append take has two owners: a *DuplicateError.
//   - keys/own-again: Taking an own key again is no error.
//   - keys/drop-before-take: Over all changes keys are dropped, then taken: a key can move from any case to any other in one Append.
//   - keys/dropped: A key that was dropped leads nowhere, and can be taken by another case.
//   - keys/drop-of-another: Dropping a key that another case owns does nothing.
//   - keys/unknown: Lookup of a key that no case owns is ErrNotFound.
//   - content/bytes: It stores bytes exactly.
//   - content/empty-private: Private is nil if there was none; an empty one that is not nil is stored.
//   - content/times: Due and At are kept to the millisecond, from 1 to the end of the year 9999.
//   - content/order-of-fields: Erase, Untag, Tag, Records and Head of one Change all take effect; Untag goes before Tag.
//   - content/head-stays: With a Head of Seq 0 the head stays; guard, terms and keys work as ever.
//   - content/erase: Erase removes Private of these records, and nothing else.
//   - content/no-records: A Change without records replaces the head, its terms, keys and deliveries.
//   - content/keeps-no-slice: A Store neither keeps nor changes a slice that it was given.
//   - content/shares-no-slice: A Store returns slices that nobody else holds.
//   - load/order-and-bounds: Load returns at most max records of a case with Seq > after, in order.
//   - load/unknown-case: An unknown case has no records and is no error.
//   - load/private-if-asked: With private, Load returns Private of the records that have it.
//   - load/no-private-unasked: Without private, Load leaves Private nil.
//   - load/has-private: Without private, Load still sets HasPrivate.
//   - heads/newest-first: Without DueBy, Heads lists by descending ID, compared as unsigned bytes.
//   - heads/limit: Limit: at most so many heads; 0 or less returns none.
//   - heads/all: All: the case has each of these terms.
//   - heads/any: Any: if not empty, the case has at least one of these terms, and is listed once.
//   - heads/terms-exact: A Term matches exactly, byte by byte, up to 128 bytes.
//   - heads/terms-of-a-case: Tag and Untag concern the case of their Change only.
//   - heads/newest-state: A head is the newest state of its case.
//   - heads/due: With DueBy: cases whose Due is set and not after it, earliest first, then by ascending ID.
//   - heads/due-with-terms: A listing by Due is narrowed by All and Any as well.
//   - heads/range: With To: cases with a term from From to before To, in the order of these terms, byte by byte, then by ascending ID, under each of their terms.
//   - heads/range-with-terms: A listing by To is narrowed by All and Any as well, and not by DueBy.
//   - paging/newest-first: Before continues after the last head of the previous page.
//   - paging/due: In a listing by Due, Before is both fields of the last head: cases with the same Due are neither lost nor repeated.
//   - paging/range: In a listing by To, Before is the term and the ID of the last head: cases with the same term are neither lost nor repeated.
//   - paging/stable: A case that matches throughout a listing is listed exactly once, whatever happens to others meanwhile.
//   - paging/due-stable: A case whose Due is unchanged throughout a listing is listed exactly once, whatever happens to others meanwhile.
//   - claim/fields: Claim returns Case, Lane and Ref as enqueued, At at the end of the lease, and a Token that it raised.
//   - claim/not-before: Claim leases deliveries whose At is not after now.
//   - claim/limit: Claim leases at most n deliveries.
//   - claim/earliest-first: Claim takes the earliest first.
//   - claim/nothing-lost: What was enqueued can be claimed, of every case and every lane.
//   - claim/enqueued-once: (Lane, Ref) is unique: an Append that enqueues it again fails.
//   - claim/first-in-first-out: Of each lane only the oldest that is not settled can be claimed: none overtakes another, even if it is ready before.
//   - claim/settled-promotes: When the oldest of a lane is settled the next can be claimed, from its own At on.
//   - claim/settled-is-gone: A delivery that was settled is never claimed again; the others of its Claim remain leased.
//   - claim/settle-and-enqueue: One Change can settle the oldest of a lane and enqueue another into it.
//   - lease/exclusive: Until the end of the lease nobody else gets the delivery; then anybody can.
//   - lease/token-raised: Claim raises Token each time, also after Postpone.
//   - lease/settle-stale: A Settle whose Token is not the current one is ErrLeaseLost.
//   - lease/settle-late: A Settle counts as long as its Token is the current one, also after the lease has ended.
//   - lease/postpone: Postpone gives a claimed delivery back, to be claimed from retry on. It is known by Lane, Ref and Token.
//   - lease/postpone-tries: Tries is 0 at first. Postpone keeps the one that it is given, and Claim returns it.
//   - lease/postpone-stale: Postpone with a Token that is not the current one is ErrLeaseLost, and changes nothing.
//   - race/append: Of concurrent Appends after the same end of a log one wins and the others get ErrConflict.
//   - race/new-case: Of concurrent Appends of the same new case one wins and the others get ErrConflict.
//   - race/key: Of concurrent Appends of several cases that take the same Key one wins and the others get a *DuplicateError.
//   - race/many-cases: Concurrent Appends of different cases all succeed, and stay whole.
//   - race/claim: Concurrent Claims never lease the same delivery.
//   - context/append: Every call honours its context: one that has ended before is returned as error, and nothing is written.
//   - context/load: Every call honours its context: one that has ended before is returned as error, and nothing is written.
//   - context/heads: Every call honours its context: one that has ended before is returned as error, and nothing is written.
//   - context/lookup: Every call honours its context: one that has ended before is returned as error, and nothing is written.
//   - context/claim: Every call honours its context: one that has ended before is returned as error, and nothing is written.
//   - context/release: Every call honours its context: one that has ended before is returned as error, and nothing is written.
func TestStore(t *testing.T, open func(t *testing.T) storage.Store) {
	t.Helper()
	runAll(t, storeRules(), open)
}

func storeRules() []rule[storage.Store] {
	var all []rule[storage.Store]
	for _, part := range [][]rule[storage.Store]{
		guardRules, atomicRules, keyRules, contentRules, loadRules,
		headsRules, pagingRules, claimRules, leaseRules, raceRules, contextRules,
	} {
		all = append(all, part...)
	}
	return all
}

const (
	inAppend   = "storage.Store, Append"
	inLoad     = "storage.Store, Load"
	inHeads    = "storage.Store, Heads"
	inLookup   = "storage.Store, Lookup"
	inClaim    = "storage.Store, Claim"
	inPostpone = "storage.Store, Postpone"
	inStore    = "storage.Store"
	inChange   = "storage.Change"
	inRecord   = "storage.Record"
	inQuery    = "storage.Query"
)

// late is after every time that the rules use, and within the year 9999.
const late storage.Millis = 253402300799999

// stored is a Store with the shorthands of the rules.
type stored struct {
	*check
	storage.Store
}

// onStore adapts a rule on stored.
func onStore(f func(s stored)) func(*check, storage.Store) {
	return func(c *check, s storage.Store) { f(stored{c, s}) }
}

// caseID ascends with n and has bytes above 0x7f, which a signed or textual
// comparison puts in the wrong place.
func caseID(n int) (id storage.CaseID) {
	binary.BigEndian.PutUint32(id[:], uint32(n)*0x00f7_0081)
	id[15] = 0xff
	return id
}

func keyOf(n int) storage.Key     { return storage.Key{0: 0x80, 1: byte(n >> 8), 2: byte(n), 31: 1} }
func laneOf(n int) storage.LaneID { return storage.LaneID{0: 0x90, 1: byte(n >> 8), 2: byte(n), 15: 1} }

func tipOf(id storage.CaseID, seq storage.Seq) (h storage.Hash) {
	copy(h[:], id[:])
	binary.BigEndian.PutUint64(h[16:], uint64(seq))
	return h
}

// opening is the first change of a case: one record without a private part.
func opening(n int) storage.Change {
	id := caseID(n)
	return storage.Change{
		ID:      id,
		Records: []storage.Record{{Seq: 1, Body: fmt.Appendf(nil, "body %d.1", n)}},
		Head:    storage.Head{ID: id, Seq: 1, Tip: tipOf(id, 1), Data: fmt.Appendf(nil, "data %d.1", n)},
	}
}

// following is a change of one more record after another change.
func following(c storage.Change) storage.Change {
	seq := c.Head.Seq + 1
	head := c.Head
	head.Seq, head.Tip, head.Data = seq, tipOf(c.ID, seq), fmt.Appendf(nil, "data %x.%d", c.ID[:4], seq)
	return storage.Change{
		ID: c.ID, After: c.Head.Seq, Tip: c.Head.Tip,
		Records: []storage.Record{{Seq: seq, Body: fmt.Appendf(nil, "body %x.%d", c.ID[:4], seq)}},
		Head:    head,
	}
}

// unchanged is a change of no record after another change.
func unchanged(c storage.Change) storage.Change {
	return storage.Change{ID: c.ID, After: c.Head.Seq, Tip: c.Head.Tip, Head: c.Head}
}

func delivery(c storage.Change, lane int, at storage.Millis) storage.Delivery {
	return storage.Delivery{Case: c.ID, Lane: laneOf(lane), Ref: c.Head.Seq, At: at}
}

func (s stored) append(changes ...storage.Change) {
	s.Helper()
	s.ok(s.Append(s.Context(), changes), "Append")
}

// refused ends the rule unless Append returns the error.
func (s stored) refused(want error, changes ...storage.Change) {
	s.Helper()
	if err := s.Append(s.Context(), changes); !errors.Is(err, want) {
		s.failf("Append returned %v instead of %v", err, want)
	}
}

func (s stored) load(id storage.CaseID, private bool) []storage.Record {
	s.Helper()
	r, err := s.Load(s.Context(), id, 0, 1000, private)
	s.ok(err, "Load")
	return r
}

func (s stored) heads(q storage.Query) []storage.Head {
	s.Helper()
	h, err := s.Heads(s.Context(), q)
	s.ok(err, "Heads")
	return h
}

// listed returns the IDs of a list.
func (s stored) listed(q storage.Query) []storage.CaseID {
	s.Helper()
	return ids(s.heads(q))
}

func ids(heads []storage.Head) []storage.CaseID {
	var out []storage.CaseID
	for _, h := range heads {
		out = append(out, h.ID)
	}
	return out
}

func caseIDs(numbers ...int) []storage.CaseID {
	var out []storage.CaseID
	for _, n := range numbers {
		out = append(out, caseID(n))
	}
	return out
}

// owner ends the rule unless the key leads to the case; 0 is none.
func (s stored) owner(k storage.Key, n int) {
	s.Helper()
	id, err := s.Lookup(s.Context(), k)
	if n == 0 {
		if !errors.Is(err, storage.ErrNotFound) {
			s.failf("Lookup of a key that nobody owns returned %v, %v instead of ErrNotFound", id, err)
		}
		return
	}
	s.ok(err, "Lookup of a key of case %d", n)
	s.equal(id, caseID(n), "Lookup")
}

func (s stored) claim(now storage.Millis, lease time.Duration, n int) []storage.Delivery {
	s.Helper()
	d, err := s.Claim(s.Context(), now, lease, n)
	s.ok(err, "Claim")
	return d
}

// claimOne ends the rule unless Claim returns just that delivery.
func (s stored) claimOne(now storage.Millis, lease time.Duration, want storage.Delivery) storage.Delivery {
	s.Helper()
	got := s.claim(now, lease, 10)
	s.equal(places(got), places([]storage.Delivery{want}), "deliveries claimed at %d", now)
	return got[0]
}

// claimNone ends the rule if something can be claimed.
func (s stored) claimNone(now storage.Millis) {
	s.Helper()
	s.equal(places(s.claim(now, time.Second, 10)), "[]", "deliveries claimed at %d", now)
}

// places describes deliveries by lane and record.
func places(ds []storage.Delivery) []string {
	out := []string{}
	for _, d := range ds {
		out = append(out, fmt.Sprintf("lane %d record %d", int(d.Lane[1])<<8|int(d.Lane[2]), d.Ref))
	}
	return out
}

func (s stored) sameHead(got, want storage.Head) {
	s.Helper()
	s.equal([]any{got.ID, got.Seq, got.Tip, got.Due}, []any{want.ID, want.Seq, want.Tip, want.Due}, "head's ID, Seq, Tip, Due")
	if !bytes.Equal(got.Data, want.Data) || !bytes.Equal(got.Private, want.Private) {
		s.failf("head's Data %q and Private %q instead of %q and %q", got.Data, got.Private, want.Data, want.Private)
	}
}
