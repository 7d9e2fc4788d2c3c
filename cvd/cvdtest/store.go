package cvdtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// TestStore checks a cvd.Store. open returns an empty Store for each rule; it
// registers what has to be closed with t.Cleanup. It takes some hundred Appends.
//
// The rules are checked within one process. That several processes may share
// the data is for a test of the implementation.
func TestStore(t *testing.T, open func(t *testing.T) cvd.Store) {
	t.Helper()
	runAll(t, storeRules(), open)
}

func storeRules() []rule[cvd.Store] {
	var all []rule[cvd.Store]
	for _, part := range [][]rule[cvd.Store]{
		guardRules, atomicRules, keyRules, contentRules, loadRules,
		headsRules, pagingRules, claimRules, leaseRules, raceRules, contextRules,
	} {
		all = append(all, part...)
	}
	return all
}

const (
	inAppend   = "cvd.Store, Append"
	inLoad     = "cvd.Store, Load"
	inHeads    = "cvd.Store, Heads"
	inLookup   = "cvd.Store, Lookup"
	inClaim    = "cvd.Store, Claim"
	inPostpone = "cvd.Store, Postpone"
	inStore    = "cvd.Store"
	inChange   = "cvd.Change"
	inRecord   = "cvd.Record"
	inQuery    = "cvd.Query"
)

// late is after every time that the rules use, and within the year 9999.
const late cvd.Millis = 253402300799999

// stored is a Store with the shorthands of the rules.
type stored struct {
	*check
	cvd.Store
}

// onStore adapts a rule on stored.
func onStore(f func(s stored)) func(*check, cvd.Store) {
	return func(c *check, s cvd.Store) { f(stored{c, s}) }
}

// caseID ascends with n and has bytes above 0x7f, which a signed or textual
// comparison puts in the wrong place.
func caseID(n int) (id cvd.CaseID) {
	binary.BigEndian.PutUint32(id[:], uint32(n)*0x00f7_0081)
	id[15] = 0xff
	return id
}

func keyOf(n int) cvd.Key     { return cvd.Key{0: 0x80, 1: byte(n >> 8), 2: byte(n), 31: 1} }
func laneOf(n int) cvd.LaneID { return cvd.LaneID{0: 0x90, 1: byte(n >> 8), 2: byte(n), 15: 1} }

func tipOf(id cvd.CaseID, seq cvd.Seq) (h cvd.Hash) {
	copy(h[:], id[:])
	binary.BigEndian.PutUint64(h[16:], uint64(seq))
	return h
}

// opening is the first change of a case: one record without a private part.
func opening(n int) cvd.Change {
	id := caseID(n)
	return cvd.Change{
		ID:      id,
		Records: []cvd.Record{{Seq: 1, Body: fmt.Appendf(nil, "body %d.1", n)}},
		Head:    cvd.Head{ID: id, Seq: 1, Tip: tipOf(id, 1), Data: fmt.Appendf(nil, "data %d.1", n)},
	}
}

// following is a change of one more record after another change.
func following(c cvd.Change) cvd.Change {
	seq := c.Head.Seq + 1
	head := c.Head
	head.Seq, head.Tip, head.Data = seq, tipOf(c.ID, seq), fmt.Appendf(nil, "data %x.%d", c.ID[:4], seq)
	return cvd.Change{
		ID: c.ID, After: c.Head.Seq, Tip: c.Head.Tip,
		Records: []cvd.Record{{Seq: seq, Body: fmt.Appendf(nil, "body %x.%d", c.ID[:4], seq)}},
		Head:    head,
	}
}

// unchanged is a change of no record after another change.
func unchanged(c cvd.Change) cvd.Change {
	return cvd.Change{ID: c.ID, After: c.Head.Seq, Tip: c.Head.Tip, Head: c.Head}
}

func delivery(c cvd.Change, lane int, at cvd.Millis) cvd.Delivery {
	return cvd.Delivery{Case: c.ID, Lane: laneOf(lane), Ref: c.Head.Seq, At: at}
}

func (s stored) append(changes ...cvd.Change) {
	s.Helper()
	s.ok(s.Append(s.Context(), changes), "Append")
}

// refused ends the rule unless Append returns the error.
func (s stored) refused(want error, changes ...cvd.Change) {
	s.Helper()
	if err := s.Append(s.Context(), changes); !errors.Is(err, want) {
		s.failf("Append returned %v instead of %v", err, want)
	}
}

func (s stored) load(id cvd.CaseID, private bool) []cvd.Record {
	s.Helper()
	r, err := s.Load(s.Context(), id, 0, 1000, private)
	s.ok(err, "Load")
	return r
}

func (s stored) heads(q cvd.Query) []cvd.Head {
	s.Helper()
	h, err := s.Heads(s.Context(), q)
	s.ok(err, "Heads")
	return h
}

// listed returns the IDs of a list.
func (s stored) listed(q cvd.Query) []cvd.CaseID {
	s.Helper()
	return ids(s.heads(q))
}

func ids(heads []cvd.Head) []cvd.CaseID {
	var out []cvd.CaseID
	for _, h := range heads {
		out = append(out, h.ID)
	}
	return out
}

func caseIDs(numbers ...int) []cvd.CaseID {
	var out []cvd.CaseID
	for _, n := range numbers {
		out = append(out, caseID(n))
	}
	return out
}

// owner ends the rule unless the key leads to the case; 0 is none.
func (s stored) owner(k cvd.Key, n int) {
	s.Helper()
	id, err := s.Lookup(s.Context(), k)
	if n == 0 {
		if !errors.Is(err, cvd.ErrNotFound) {
			s.failf("Lookup of a key that nobody owns returned %v, %v instead of ErrNotFound", id, err)
		}
		return
	}
	s.ok(err, "Lookup of a key of case %d", n)
	s.equal(id, caseID(n), "Lookup")
}

func (s stored) claim(now cvd.Millis, lease time.Duration, n int) []cvd.Delivery {
	s.Helper()
	d, err := s.Claim(s.Context(), now, lease, n)
	s.ok(err, "Claim")
	return d
}

// claimOne ends the rule unless Claim returns just that delivery.
func (s stored) claimOne(now cvd.Millis, lease time.Duration, want cvd.Delivery) cvd.Delivery {
	s.Helper()
	got := s.claim(now, lease, 10)
	s.equal(places(got), places([]cvd.Delivery{want}), "deliveries claimed at %d", now)
	return got[0]
}

// claimNone ends the rule if something can be claimed.
func (s stored) claimNone(now cvd.Millis) {
	s.Helper()
	s.equal(places(s.claim(now, time.Second, 10)), "[]", "deliveries claimed at %d", now)
}

// places describes deliveries by lane and record.
func places(ds []cvd.Delivery) []string {
	out := []string{}
	for _, d := range ds {
		out = append(out, fmt.Sprintf("lane %d record %d", int(d.Lane[1])<<8|int(d.Lane[2]), d.Ref))
	}
	return out
}

func (s stored) sameHead(got, want cvd.Head) {
	s.Helper()
	s.equal([]any{got.ID, got.Seq, got.Tip, got.Due}, []any{want.ID, want.Seq, want.Tip, want.Due}, "head's ID, Seq, Tip, Due")
	if !bytes.Equal(got.Data, want.Data) || !bytes.Equal(got.Private, want.Private) {
		s.failf("head's Data %q and Private %q instead of %q and %q", got.Data, got.Private, want.Data, want.Private)
	}
}
