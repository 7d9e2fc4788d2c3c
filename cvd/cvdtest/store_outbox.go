package cvdtest

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// queued appends a case with one delivery for each given time, in lanes of
// their own that count from first.
func (s stored) queued(n, first int, at ...storage.Millis) storage.Change {
	s.Helper()
	c := opening(n)
	for i, at := range at {
		c.Enqueue = append(c.Enqueue, delivery(c, first+i, at))
	}
	s.append(c)
	return c
}

// inLane appends a case with deliveries of its first records in one lane.
func (s stored) inLane(n, lane int, at ...storage.Millis) storage.Change {
	s.Helper()
	c := s.queued(n, lane, at[0])
	all := c.Enqueue
	for _, at := range at[1:] {
		c = following(c)
		c.Enqueue = []storage.Delivery{delivery(c, lane, at)}
		s.append(c)
		all = append(all, c.Enqueue[0])
	}
	c.Enqueue = all
	return c
}

// settle appends a Change that does nothing else.
func (s stored) settle(c storage.Change, d ...storage.Delivery) {
	s.Helper()
	done := unchanged(c)
	done.Settle = d
	s.append(done)
}

var claimRules = []rule[storage.Store]{
	{"claim/fields", "Claim returns Case, Lane and Ref as enqueued, At at the end of the lease, and a Token that it raised.", inClaim, onStore(func(s stored) {
		c := s.queued(1, 7, 100)
		d := s.claimOne(150, 2*time.Second, c.Enqueue[0])
		s.equal([]any{d.Case, d.Lane, d.Ref, d.At}, []any{c.ID, laneOf(7), storage.Seq(1), storage.Millis(2150)}, "the delivery's Case, Lane, Ref and At")
		if d.Token < 1 {
			s.failf("Token %d", d.Token)
		}
	})},
	{"claim/not-before", "Claim leases deliveries whose At is not after now.", inClaim, onStore(func(s stored) {
		c := s.queued(1, 1, 100)
		s.claimNone(99)
		s.claimOne(100, time.Second, c.Enqueue[0])
	})},
	{"claim/limit", "Claim leases at most n deliveries.", inClaim, onStore(func(s stored) {
		s.queued(1, 1, 5, 5, 5, 5, 5)
		for _, n := range []int{-1, 0} {
			s.equal(len(s.claim(10, time.Second, n)), 0, "deliveries claimed with n = %d", n)
		}
		s.equal(len(s.claim(10, time.Second, 2)), 2, "deliveries claimed with n = 2")
		s.equal(len(s.claim(10, time.Second, 9)), 3, "deliveries that were left")
	})},
	{"claim/earliest-first", "Claim takes the earliest first.", inClaim, onStore(func(s stored) {
		c := s.queued(1, 1, 50, 30, 40, 10, 20)
		got := s.claim(60, time.Second, 2)
		got = append(got, s.claim(60, time.Second, 9)...)
		e := c.Enqueue
		s.equal(places(got), places([]storage.Delivery{e[3], e[4], e[1], e[2], e[0]}), "deliveries")
	})},
	{"claim/nothing-lost", "What was enqueued can be claimed, of every case and every lane.", inChange, onStore(func(s stored) {
		s.queued(1, 1, 5, 5)
		a, b := opening(2), opening(3)
		a.Enqueue, b.Enqueue = []storage.Delivery{delivery(a, 11, 5)}, []storage.Delivery{delivery(b, 21, 5), delivery(b, 22, 0)}
		s.append(a, b)
		s.equal(len(s.claim(5, time.Second, 100)), 5, "deliveries claimed")
	})},
	{"claim/enqueued-once", "(Lane, Ref) is unique: an Append that enqueues it again fails.", inChange, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		again := unchanged(c)
		again.Enqueue = []storage.Delivery{delivery(c, 1, 5)}
		if err := s.Append(s.Context(), []storage.Change{again}); err == nil {
			s.failf("Append enqueued a delivery twice")
		}
		d := s.claimOne(5, time.Second, c.Enqueue[0])
		s.settle(c, d)
		s.claimNone(late)
	})},
	{"claim/first-in-first-out", "Of each lane only the oldest that is not settled can be claimed: none overtakes another, even if it is ready before.", inClaim, onStore(func(s stored) {
		c := s.inLane(1, 1, 100, 5, 7)
		other := s.queued(2, 2, 5)
		s.settle(other, s.claimOne(50, time.Second, other.Enqueue[0]))
		s.claimNone(99)
		d := s.claimOne(100, time.Second, c.Enqueue[0])
		s.claimNone(500)
		d = s.claimOne(d.At, time.Second, c.Enqueue[0]) // the lease ended: still the oldest
		s.ok(s.Postpone(s.Context(), d, 9000), "Postpone")
		s.claimNone(8999)
		s.claimOne(9000, time.Second, c.Enqueue[0])
	})},
	{"claim/settled-promotes", "When the oldest of a lane is settled the next can be claimed, from its own At on.", inChange, onStore(func(s stored) {
		c := s.inLane(1, 1, 5, 200, 7)
		s.settle(c, s.claimOne(10, time.Minute, c.Enqueue[0]))
		s.claimNone(199)
		s.settle(c, s.claimOne(200, time.Minute, c.Enqueue[1]))
		s.settle(c, s.claimOne(200, time.Minute, c.Enqueue[2]))
		s.claimNone(late)
	})},
	{"claim/settled-is-gone", "A delivery that was settled is never claimed again; the others of its Claim remain leased.", inChange, onStore(func(s stored) {
		c := s.queued(1, 1, 5, 6)
		both := s.claim(10, time.Second, 9)
		s.equal(len(both), 2, "deliveries claimed")
		s.settle(c, both[0])
		s.claimNone(1009)
		s.claimOne(1010, time.Second, both[1])
	})},
	{"claim/settle-and-enqueue", "One Change can settle the oldest of a lane and enqueue another into it.", inChange, onStore(func(s stored) {
		a := s.queued(1, 1, 5)
		b := following(a)
		b.Settle, b.Enqueue = []storage.Delivery{s.claimOne(5, time.Hour, a.Enqueue[0])}, []storage.Delivery{delivery(b, 1, 7)}
		s.append(b)
		s.settle(b, s.claimOne(7, time.Second, b.Enqueue[0]))
		s.claimNone(late)
	})},
}

var leaseRules = []rule[storage.Store]{
	{"lease/exclusive", "Until the end of the lease nobody else gets the delivery; then anybody can.", inClaim, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		s.claimOne(10, 90*time.Millisecond, c.Enqueue[0])
		s.claimNone(10)
		s.claimNone(99)
		s.claimOne(100, time.Second, c.Enqueue[0])
	})},
	{"lease/token-raised", "Claim raises Token each time, also after Postpone.", inClaim, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		a := s.claimOne(10, time.Second, c.Enqueue[0])
		b := s.claimOne(a.At, time.Second, c.Enqueue[0])
		s.ok(s.Postpone(s.Context(), b, 5), "Postpone")
		d := s.claimOne(5, time.Second, c.Enqueue[0])
		if a.Token >= b.Token || b.Token >= d.Token {
			s.failf("three claims gave the tokens %d, %d and %d", a.Token, b.Token, d.Token)
		}
	})},
	{"lease/settle-stale", "A Settle whose Token is not the current one is ErrLeaseLost.", inAppend, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		old := s.claimOne(10, time.Second, c.Enqueue[0])
		current := s.claimOne(old.At, time.Second, c.Enqueue[0])
		for _, d := range []storage.Delivery{old, {Lane: current.Lane, Ref: current.Ref, Token: current.Token + 1}, {Lane: current.Lane, Ref: 99, Token: current.Token}} {
			stale := unchanged(c)
			stale.Settle = []storage.Delivery{d}
			s.refused(storage.ErrLeaseLost, stale)
		}
		s.settle(c, current)
		again := unchanged(c)
		again.Settle = []storage.Delivery{current}
		s.refused(storage.ErrLeaseLost, again)
	})},
	{"lease/settle-late", "A Settle counts as long as its Token is the current one, also after the lease has ended.", inAppend, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		d := s.claimOne(10, time.Millisecond, c.Enqueue[0])
		s.queued(2, 2, 5000)
		s.equal(len(s.claim(5000, time.Second, 0)), 0, "deliveries claimed with n = 0")
		s.settle(c, storage.Delivery{Lane: d.Lane, Ref: d.Ref, Token: d.Token})
		s.equal(len(s.claim(5000, time.Second, 9)), 1, "deliveries of the other case")
	})},
	{"lease/postpone", "Postpone gives a claimed delivery back, to be claimed from retry on. It is known by Lane, Ref and Token.", inPostpone, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		d := s.claimOne(10, time.Hour, c.Enqueue[0])
		s.ok(s.Postpone(s.Context(), storage.Delivery{Lane: d.Lane, Ref: d.Ref, Token: d.Token}, 300), "Postpone")
		s.claimNone(299)
		s.claimOne(300, time.Hour, c.Enqueue[0])
	})},
	{"lease/postpone-tries", "Tries is 0 at first. Postpone keeps the one that it is given, and Claim returns it.", inPostpone, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		d := s.claimOne(10, time.Second, c.Enqueue[0])
		s.equal(int(d.Tries), 0, "Tries of a new delivery")
		d = s.claimOne(d.At, time.Second, c.Enqueue[0])
		s.equal(int(d.Tries), 0, "Tries after a claim whose lease ended")
		d.Tries = 7
		s.ok(s.Postpone(s.Context(), d, 300), "Postpone")
		d = s.claimOne(d.At, time.Second, c.Enqueue[0])
		s.equal(int(d.Tries), 7, "Tries after Postpone")
	})},
	{"lease/postpone-stale", "Postpone with a Token that is not the current one is ErrLeaseLost, and changes nothing.", inPostpone, onStore(func(s stored) {
		c := s.queued(1, 1, 5)
		old := s.claimOne(10, time.Second, c.Enqueue[0])
		current := s.claimOne(old.At, time.Second, c.Enqueue[0])
		unknown := current
		unknown.Ref = 99
		for _, d := range []storage.Delivery{old, unknown} {
			s.lost(s.Postpone(s.Context(), d, 1))
		}
		s.claimNone(current.At - 1)
		s.settle(c, current)
		s.lost(s.Postpone(s.Context(), current, 1))
		s.claimNone(late)
	})},
}
