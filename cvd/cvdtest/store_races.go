package cvdtest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

const (
	racers = 8
	rounds = 10
)

func (s stored) lost(err error) {
	s.Helper()
	if !errors.Is(err, storage.ErrLeaseLost) {
		s.failf("it returned %v instead of ErrLeaseLost", err)
	}
}

// race runs f at once on several goroutines and returns their errors.
func race(f func(i int) error) []error {
	errs := make([]error, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// oneWinner ends the rule unless one error is nil and the others are refusals.
func (s stored) oneWinner(errs []error, refused func(error) bool) int {
	s.Helper()
	winner, wins := 0, 0
	for i, err := range errs {
		if err == nil {
			winner, wins = i, wins+1
		} else if !refused(err) {
			s.failf("one of %d at the same time failed with %v", racers, err)
		}
	}
	s.equal(wins, 1, "winners of %d at the same time", racers)
	return winner
}

func isConflict(err error) bool { return errors.Is(err, storage.ErrConflict) }

var raceRules = []rule[storage.Store]{
	{"race/append", "Of concurrent Appends after the same end of a log one wins and the others get ErrConflict.", inAppend, onStore(func(s stored) {
		c := opening(1)
		s.append(c)
		for range rounds {
			var tries [racers]storage.Change
			for i := range tries {
				tries[i] = following(c)
				tries[i].Head.Tip[31] = byte(i + 1)
				tries[i].Records[0].Body = []byte{byte(i)}
			}
			errs := race(func(i int) error { return s.Append(s.Context(), tries[i:i+1]) })
			c = tries[s.oneWinner(errs, isConflict)]
		}
		s.sameHead(s.heads(storage.Query{Limit: 1})[0], c.Head)
		records := s.load(c.ID, false)
		s.equal(len(records), rounds+1, "records")
		s.equal(records[rounds].Body, c.Records[0].Body, "the last record")
	})},
	{"race/new-case", "Of concurrent Appends of the same new case one wins and the others get ErrConflict.", inAppend, onStore(func(s stored) {
		for n := range rounds {
			s.oneWinner(race(func(int) error { return s.Append(s.Context(), []storage.Change{opening(n + 1)}) }), isConflict)
		}
		s.equal(len(s.heads(storage.Query{Limit: 100})), rounds, "cases")
	})},
	{"race/key", "Of concurrent Appends of several cases that take the same Key one wins and the others get a *DuplicateError.", inAppend, onStore(func(s stored) {
		for n := range rounds {
			errs := race(func(i int) error {
				c := opening(n*racers + i + 1)
				c.Take = []storage.Key{keyOf(n)}
				return s.Append(s.Context(), []storage.Change{c})
			})
			winner := s.oneWinner(errs, func(err error) bool { return errors.As(err, new(*storage.DuplicateError)) })
			s.owner(keyOf(n), n*racers+winner+1)
		}
	})},
	{"race/many-cases", "Concurrent Appends of different cases all succeed, and stay whole.", inStore, onStore(func(s stored) {
		for _, err := range race(func(i int) error {
			for n := range rounds {
				a, b := opening(2*(i*rounds+n)+1), opening(2*(i*rounds+n)+2)
				if err := s.Append(s.Context(), []storage.Change{a, b}); err != nil {
					return err
				}
			}
			return nil
		}) {
			s.ok(err, "Append of a new case")
		}
		s.equal(len(s.heads(storage.Query{Limit: 1000})), 2*racers*rounds, "cases")
		for n := range 2 * racers * rounds {
			s.equal(len(s.load(caseID(n+1), false)), 1, "records of case %d", n+1)
		}
	})},
	{"race/claim", "Concurrent Claims never lease the same delivery.", inClaim, onStore(func(s stored) {
		const lanes = 40
		s.queued(1, 1, make([]storage.Millis, lanes)...)
		var mu sync.Mutex
		seen := map[storage.LaneID]int{}
		for _, err := range race(func(int) error {
			for range lanes + 1 { // a broken Store would never be empty
				got, err := s.Claim(s.Context(), 10, time.Hour, 3)
				if err != nil || len(got) == 0 {
					return err
				}
				mu.Lock()
				for _, d := range got {
					seen[d.Lane]++
				}
				mu.Unlock()
			}
			return nil
		}) {
			s.ok(err, "Claim")
		}
		s.equal(len(seen), lanes, "deliveries claimed")
		for _, n := range seen {
			s.equal(n, 1, "leases of a delivery")
		}
	})},
}

var contextRules = []rule[storage.Store]{
	contextRule("append", func(ctx context.Context, s stored) error {
		return s.Append(ctx, []storage.Change{opening(2)})
	}),
	contextRule("load", func(ctx context.Context, s stored) error {
		_, err := s.Load(ctx, caseID(1), 0, 10, true)
		return err
	}),
	contextRule("heads", func(ctx context.Context, s stored) error {
		_, err := s.Heads(ctx, storage.Query{Limit: 10})
		return err
	}),
	contextRule("lookup", func(ctx context.Context, s stored) error {
		_, err := s.Lookup(ctx, keyOf(1))
		return err
	}),
	contextRule("claim", func(ctx context.Context, s stored) error {
		_, err := s.Claim(ctx, 10, time.Hour, 10)
		return err
	}),
	contextRule("release", func(ctx context.Context, s stored) error {
		d := s.claimOne(5, time.Second, storage.Delivery{Lane: laneOf(1), Ref: 1})
		err := s.Postpone(ctx, d, 6)
		s.claimNone(1004)
		s.ok(s.Postpone(s.Context(), d, 5), "Postpone")
		return err
	}),
}

// contextRule is about a call whose context has ended before.
func contextRule(name string, call func(context.Context, stored) error) rule[storage.Store] {
	return rule[storage.Store]{"context/" + name, "Every call honours its context: one that has ended before is returned as error, and nothing is written.", inStore,
		onStore(func(s stored) {
			c := opening(1)
			c.Take, c.Enqueue = []storage.Key{keyOf(1)}, []storage.Delivery{delivery(c, 1, 5)}
			s.append(c)
			canceled, cancel := context.WithCancel(s.Context())
			cancel()
			past, stop := context.WithTimeout(s.Context(), -time.Second)
			defer stop()
			for _, ctx := range []context.Context{canceled, past} {
				if err := call(ctx, s); !errors.Is(err, ctx.Err()) {
					s.failf("%s returned %v after %v", name, err, ctx.Err())
				}
			}
			s.equal(s.listed(storage.Query{Limit: 10}), caseIDs(1), "cases")
			s.claimOne(5, time.Second, c.Enqueue[0])
		})}
}
