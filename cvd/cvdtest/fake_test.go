package cvdtest

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// fake is a Store of which single methods are replaced. These run one at a
// time, so that a fault is the one meant, unless parallel is set.
type fake struct {
	storage.Store
	mu         sync.Mutex
	parallel   bool
	onAppend   func(context.Context, []storage.Change) error
	onLoad     func(context.Context, storage.CaseID, storage.Seq, int, bool) ([]storage.Record, error)
	onHeads    func(context.Context, storage.Query) ([]storage.Head, error)
	onLookup   func(context.Context, storage.Key) (storage.CaseID, error)
	onClaim    func(context.Context, storage.Millis, time.Duration, int) ([]storage.Delivery, error)
	onPostpone func(context.Context, storage.Delivery, storage.Millis) error
}

func (f *fake) Append(ctx context.Context, c []storage.Change) error {
	if f.onAppend != nil {
		defer f.enter()()
		return f.onAppend(ctx, c)
	}
	return f.Store.Append(ctx, c)
}

func (f *fake) Load(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
	if f.onLoad != nil {
		defer f.enter()()
		return f.onLoad(ctx, id, after, max, private)
	}
	return f.Store.Load(ctx, id, after, max, private)
}

func (f *fake) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	if f.onHeads != nil {
		defer f.enter()()
		return f.onHeads(ctx, q)
	}
	return f.Store.Heads(ctx, q)
}

func (f *fake) Lookup(ctx context.Context, k storage.Key) (storage.CaseID, error) {
	if f.onLookup != nil {
		defer f.enter()()
		return f.onLookup(ctx, k)
	}
	return f.Store.Lookup(ctx, k)
}

func (f *fake) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	if f.onClaim != nil {
		defer f.enter()()
		return f.onClaim(ctx, now, lease, n)
	}
	return f.Store.Claim(ctx, now, lease, n)
}

func (f *fake) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	if f.onPostpone != nil {
		defer f.enter()()
		return f.onPostpone(ctx, d, retry)
	}
	return f.Store.Postpone(ctx, d, retry)
}

func (f *fake) enter() (leave func()) {
	if f.parallel {
		return func() {}
	}
	f.mu.Lock()
	return f.mu.Unlock
}

// faulty returns a constructor of memstores with a fault.
func faulty(spoil func(f *fake)) func() storage.Store {
	return func() storage.Store {
		f := &fake{Store: memstore.New()}
		spoil(f)
		return f
	}
}

// edited changes a copy of each Change on its way in.
func edited(edit func(c *storage.Change)) func() storage.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				c := &changes[i]
				c.Records = slices.Clone(c.Records)
				c.Enqueue, c.Settle = slices.Clone(c.Enqueue), slices.Clone(c.Settle)
				edit(c)
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

// loaded changes the records that Load returns; private is what was asked for.
func loaded(edit func(r *storage.Record, private bool)) func() storage.Store {
	return faulty(func(f *fake) {
		f.onLoad = func(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
			rs, err := f.Store.Load(ctx, id, after, max, true)
			for i := range rs {
				edit(&rs[i], private)
			}
			return rs, err
		}
	})
}

// listing replaces Heads by a function of all heads, newest first.
func listing(list func(f *fake, q storage.Query) []storage.Head) func() storage.Store {
	return faulty(func(f *fake) {
		f.onHeads = func(ctx context.Context, q storage.Query) ([]storage.Head, error) {
			return list(f, q), ctx.Err()
		}
	})
}

func (f *fake) heads(q storage.Query) []storage.Head {
	h, err := f.Store.Heads(context.Background(), q)
	if err != nil {
		panic(err)
	}
	return h
}

// current finds the newest head of a case.
func (f *fake) current(id storage.CaseID) (storage.Head, bool) {
	for _, h := range f.heads(storage.Query{Limit: 1 << 20}) {
		if h.ID == id {
			return h, true
		}
	}
	return storage.Head{}, false
}

// forced makes the guards of a Change hold, as they hold for who ignores them.
func (f *fake) forced(c storage.Change) storage.Change {
	h, _ := f.current(c.ID)
	c.After, c.Tip = h.Seq, h.Tip
	for i := range c.Records {
		if f.has(c.ID, c.Records[i].Seq) {
			c.Records = nil // the reference has no place for a second one
			break
		}
	}
	return c
}

func (f *fake) has(id storage.CaseID, seq storage.Seq) bool {
	rs, err := f.Store.Load(context.Background(), id, seq-1, 1, false)
	return err == nil && len(rs) == 1 && rs[0].Seq == seq
}

// unguarded appends without the guards that skip selects.
func unguarded(skip func(f *fake, c storage.Change) bool) func() storage.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			changes = slices.Clone(changes)
			for i, c := range changes {
				if skip(f, c) {
					changes[i] = f.forced(c)
				}
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

// halfWritten writes a part of the changes after a refusal.
func halfWritten(part func(c storage.Change) storage.Change) func() storage.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			err := f.Store.Append(ctx, changes)
			if err == nil || ctx.Err() != nil {
				return err
			}
			for _, c := range changes {
				if h, ok := f.current(c.ID); ok {
					p := part(c)
					p.ID, p.After, p.Tip = c.ID, h.Seq, h.Tip
					if p.Head.Seq == 0 {
						p.Head = h
					}
					if f.Store.Append(ctx, []storage.Change{p}) != nil {
						continue
					}
				}
			}
			return err
		}
	})
}

// slowCheck checks the guards of Append before it writes, in two steps.
func slowCheck() func() storage.Store {
	return faulty(func(f *fake) {
		f.parallel = true
		var mu sync.Mutex
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			for _, c := range changes {
				if h, ok := f.current(c.ID); h.Seq != c.After || h.Tip != c.Tip || ok && c.After == 0 {
					return storage.ErrConflict
				}
				for _, k := range c.Take {
					if id, err := f.Store.Lookup(ctx, k); err == nil && id != c.ID {
						return &storage.DuplicateError{Key: k, Owner: id}
					}
				}
			}
			runtime.Gosched()
			time.Sleep(time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			for _, c := range changes {
				c = f.forced(c)
				if c.After == 0 {
					c.Tip = storage.Hash{}
				}
				for _, k := range c.Take {
					if id, err := f.Store.Lookup(ctx, k); err == nil && id != c.ID {
						h, _ := f.current(id)
						drop := storage.Change{ID: id, After: h.Seq, Tip: h.Tip, Head: h, Drop: []storage.Key{k}}
						if err := f.Store.Append(ctx, []storage.Change{drop}); err != nil {
							return err
						}
					}
				}
				if err := f.Store.Append(ctx, []storage.Change{c}); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// tokens replaces the Tokens of callers by the current ones.
type tokens struct {
	now map[storage.LaneID]storage.Delivery
}

func (t *tokens) seen(ds []storage.Delivery) {
	for _, d := range ds {
		t.now[d.Lane] = d
	}
}

func (t *tokens) fix(d storage.Delivery) storage.Delivery {
	if c, ok := t.now[d.Lane]; ok && c.Ref == d.Ref {
		d.Token = c.Token
	}
	return d
}

func staleTokens(inAppend, inPostpone bool) func() storage.Store {
	return faulty(func(f *fake) {
		t := &tokens{now: map[storage.LaneID]storage.Delivery{}}
		f.onClaim = func(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			t.seen(ds)
			return ds, err
		}
		f.onPostpone = func(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
			if inPostpone {
				d = t.fix(d)
			}
			return f.Store.Postpone(ctx, d, retry)
		}
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				if !inAppend {
					break
				}
				changes[i].Settle = slices.Clone(changes[i].Settle)
				for j, d := range changes[i].Settle {
					changes[i].Settle[j] = t.fix(d)
				}
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

// claimed changes what Claim is asked for and returns.
func claimed(call func(f *fake, ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error)) func() storage.Store {
	return faulty(func(f *fake) {
		f.onClaim = func(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
			return call(f, ctx, now, lease, n)
		}
	})
}
