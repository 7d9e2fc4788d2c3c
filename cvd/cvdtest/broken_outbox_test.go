package cvdtest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

func outboxFaults() []broken[storage.Store] {
	seen := func(edit func(c *storage.Change, d *storage.Delivery, first bool)) func() storage.Store {
		return func() storage.Store {
			lanes := map[storage.LaneID]bool{}
			return edited(func(c *storage.Change) {
				for i := range c.Enqueue {
					d := &c.Enqueue[i]
					edit(c, d, !lanes[d.Lane])
					lanes[d.Lane] = true
				}
				c.Enqueue = slices.DeleteFunc(c.Enqueue, func(d storage.Delivery) bool { return d.Ref == 0 })
			})()
		}
	}
	return []broken[storage.Store]{
		{"an outbox row is dropped", edited(func(c *storage.Change) { c.Enqueue = c.Enqueue[:min(1, len(c.Enqueue))] }), []string{"claim/nothing-lost", "claim/limit"}},
		{"Case is lost", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].Case = storage.CaseID{}
			}
			return ds, err
		}), []string{"claim/fields"}},
		{"At is left as it was", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].At = now
			}
			return ds, err
		}), []string{"claim/fields", "content/times"}},
		{"Claim does not wait for At", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			return f.Store.Claim(ctx, now+1, lease-time.Millisecond, n)
		}), []string{"claim/not-before", "lease/exclusive", "lease/postpone"}},
		{"Claim takes more than n", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			return f.Store.Claim(ctx, now, lease, max(n, 0)+1)
		}), []string{"claim/limit"}},
		{"Claim takes the latest first", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			slices.Reverse(ds)
			return ds, err
		}), []string{"claim/earliest-first"}},
		{"a delivery enqueued twice is ignored", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, changes []storage.Change) error {
				err := f.Store.Append(ctx, changes)
				var dup *storage.DuplicateError
				if err == nil || errors.As(err, &dup) || errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrLeaseLost) || ctx.Err() != nil {
					return err
				}
				return nil
			}
		}), []string{"claim/enqueued-once"}},
		{"deliveries of a lane overtake", overtaking(), []string{"claim/first-in-first-out"}},
		{"the next of a lane is not promoted", seen(func(c *storage.Change, d *storage.Delivery, first bool) {
			if !first {
				d.Ref = 0
			}
		}), []string{"claim/settled-promotes", "claim/settle-and-enqueue"}},
		{"the next of a lane is promoted at once", seen(func(c *storage.Change, d *storage.Delivery, first bool) {
			if !first {
				d.At = 0
			}
		}), []string{"claim/settled-promotes"}},
		{"Settle does nothing", edited(func(c *storage.Change) { c.Settle = nil }), []string{"claim/settled-is-gone", "claim/settled-promotes", "lease/settle-stale"}},
		{"Enqueue beside Settle is lost", edited(func(c *storage.Change) {
			if len(c.Settle) > 0 {
				c.Enqueue = nil
			}
		}), []string{"claim/settle-and-enqueue"}},
		{"leases overlap", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for _, d := range ds {
				if err := f.Store.Postpone(ctx, d, now); err != nil {
					return nil, err
				}
			}
			return ds, err
		}), []string{"lease/exclusive"}},
		{"a lease is cut to seconds", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			return f.Store.Claim(ctx, now, lease.Truncate(time.Second), n)
		}), []string{"lease/exclusive"}},
		{"a lease never ends", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			return f.Store.Claim(ctx, now, 1000*time.Hour, n)
		}), []string{"lease/exclusive", "claim/fields"}},
		{"Token is not raised", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].Token = 1
			}
			return ds, err
		}), []string{"lease/token-raised"}},
		{"Append accepts a stale token", staleTokens(true, false), []string{"lease/settle-stale", "append/lease-lost-writes-nothing"}},
		{"Postpone accepts a stale token", staleTokens(false, true), []string{"lease/postpone-stale"}},
		{"a late Settle is refused", lateSettle(), []string{"lease/settle-late"}},
		{"Postpone ignores its time", faulty(func(f *fake) {
			f.onPostpone = func(ctx context.Context, d storage.Delivery, _ storage.Millis) error {
				return f.Store.Postpone(ctx, d, 0)
			}
		}), []string{"lease/postpone", "claim/first-in-first-out"}},
		{"Postpone forgets Tries", faulty(func(f *fake) {
			f.onPostpone = func(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
				d.Tries = 0
				return f.Store.Postpone(ctx, d, retry)
			}
		}), []string{"lease/postpone-tries"}},
		{"claims are counted as tries", claimed(func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].Tries = ds[i].Token
			}
			return ds, err
		}), []string{"lease/postpone-tries"}},
		{"Postpone needs the Case", faulty(func(f *fake) {
			f.onPostpone = func(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
				if d.Case == (storage.CaseID{}) {
					return storage.ErrLeaseLost
				}
				return f.Store.Postpone(ctx, d, retry)
			}
		}), []string{"lease/postpone"}},
	}
}

// overtaking gives each delivery a lane of its own.
func overtaking() func() storage.Store {
	in := func(d storage.Delivery) storage.Delivery { d.Lane[8] = byte(d.Ref); return d }
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				for _, list := range []*[]storage.Delivery{&changes[i].Enqueue, &changes[i].Settle} {
					*list = slices.Clone(*list)
					for j, d := range *list {
						(*list)[j] = in(d)
					}
				}
			}
			return f.Store.Append(ctx, changes)
		}
		f.onClaim = func(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].Lane[8] = 0
			}
			return ds, err
		}
		f.onPostpone = func(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
			return f.Store.Postpone(ctx, in(d), retry)
		}
	})
}

func lateSettle() func() storage.Store {
	return faulty(func(f *fake) {
		var last storage.Millis
		ends := map[storage.LaneID]storage.Millis{}
		f.onClaim = func(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			last = now
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for _, d := range ds {
				ends[d.Lane] = d.At
			}
			return ds, err
		}
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			for _, c := range changes {
				for _, d := range c.Settle {
					if ends[d.Lane] < last {
						return storage.ErrLeaseLost
					}
				}
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

func raceFaults() []broken[storage.Store] {
	return []broken[storage.Store]{
		{"guards are read, then written", slowCheck(), []string{"race/append", "race/new-case", "race/key"}},
		{"a busy database is a conflict", faulty(func(f *fake) {
			f.parallel = true
			var mu sync.Mutex
			f.onAppend = func(ctx context.Context, c []storage.Change) error {
				if !mu.TryLock() {
					return storage.ErrConflict
				}
				defer mu.Unlock()
				time.Sleep(time.Millisecond)
				return f.Store.Append(ctx, c)
			}
		}), []string{"race/many-cases"}},
		{"a busy database is an error", faulty(func(f *fake) {
			f.parallel = true
			var mu sync.Mutex
			f.onAppend = func(ctx context.Context, c []storage.Change) error {
				if !mu.TryLock() {
					return errors.New("database is locked")
				}
				defer mu.Unlock()
				time.Sleep(time.Millisecond)
				return f.Store.Append(ctx, c)
			}
		}), []string{"race/append", "race/new-case", "race/key", "race/many-cases"}},
		{"two Claims share their result", faulty(func(f *fake) {
			f.parallel = true
			var mu sync.Mutex
			var running *[]storage.Delivery
			f.onClaim = func(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
				mu.Lock()
				if mine := running; mine != nil {
					defer mu.Unlock()
					return slices.Clone(*mine), ctx.Err()
				}
				ds, err := f.Store.Claim(ctx, now, lease, n)
				running = &ds
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				running = nil
				return slices.Clone(ds), err
			}
		}), []string{"race/claim"}},
	}
}

func contextFaults() []broken[storage.Store] {
	swallow := context.WithoutCancel
	return []broken[storage.Store]{
		{"contexts are swallowed", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, c []storage.Change) error { return f.Store.Append(swallow(ctx), c) }
			f.onLoad = func(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
				return f.Store.Load(swallow(ctx), id, after, max, private)
			}
			f.onHeads = func(ctx context.Context, q storage.Query) ([]storage.Head, error) {
				return f.Store.Heads(swallow(ctx), q)
			}
			f.onLookup = func(ctx context.Context, k storage.Key) (storage.CaseID, error) {
				return f.Store.Lookup(swallow(ctx), k)
			}
			f.onClaim = func(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
				return f.Store.Claim(swallow(ctx), now, lease, n)
			}
			f.onPostpone = func(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
				return f.Store.Postpone(swallow(ctx), d, retry)
			}
		}), []string{"context/append", "context/load", "context/heads", "context/lookup", "context/claim", "context/release"}},
		{"it writes and then looks at the context", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, c []storage.Change) error {
				return errors.Join(f.Store.Append(swallow(ctx), c), ctx.Err())
			}
			f.onClaim = func(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
				ds, err := f.Store.Claim(swallow(ctx), now, lease, n)
				return ds, errors.Join(err, ctx.Err())
			}
			f.onPostpone = func(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
				return errors.Join(f.Store.Postpone(swallow(ctx), d, retry), ctx.Err())
			}
		}), []string{"context/append", "context/claim", "context/release"}},
	}
}
