package cvdtest

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
)

// fake is a Store of which single methods are replaced. These run one at a
// time, so that a fault is the one meant, unless parallel is set.
type fake struct {
	cvd.Store
	mu         sync.Mutex
	parallel   bool
	onAppend   func(context.Context, []cvd.Change) error
	onLoad     func(context.Context, cvd.CaseID, cvd.Seq, int, bool) ([]cvd.Record, error)
	onHeads    func(context.Context, cvd.Query) ([]cvd.Head, error)
	onLookup   func(context.Context, cvd.Key) (cvd.CaseID, error)
	onClaim    func(context.Context, cvd.Millis, time.Duration, int) ([]cvd.Delivery, error)
	onPostpone func(context.Context, cvd.Delivery, cvd.Millis) error
}

func (f *fake) Append(ctx context.Context, c []cvd.Change) error {
	if f.onAppend != nil {
		defer f.enter()()
		return f.onAppend(ctx, c)
	}
	return f.Store.Append(ctx, c)
}

func (f *fake) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
	if f.onLoad != nil {
		defer f.enter()()
		return f.onLoad(ctx, id, after, max, private)
	}
	return f.Store.Load(ctx, id, after, max, private)
}

func (f *fake) Heads(ctx context.Context, q cvd.Query) ([]cvd.Head, error) {
	if f.onHeads != nil {
		defer f.enter()()
		return f.onHeads(ctx, q)
	}
	return f.Store.Heads(ctx, q)
}

func (f *fake) Lookup(ctx context.Context, k cvd.Key) (cvd.CaseID, error) {
	if f.onLookup != nil {
		defer f.enter()()
		return f.onLookup(ctx, k)
	}
	return f.Store.Lookup(ctx, k)
}

func (f *fake) Claim(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
	if f.onClaim != nil {
		defer f.enter()()
		return f.onClaim(ctx, now, lease, n)
	}
	return f.Store.Claim(ctx, now, lease, n)
}

func (f *fake) Postpone(ctx context.Context, d cvd.Delivery, retry cvd.Millis) error {
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
func faulty(spoil func(f *fake)) func() cvd.Store {
	return func() cvd.Store {
		f := &fake{Store: memstore.New()}
		spoil(f)
		return f
	}
}

// edited changes a copy of each Change on its way in.
func edited(edit func(c *cvd.Change)) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
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
func loaded(edit func(r *cvd.Record, private bool)) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onLoad = func(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
			rs, err := f.Store.Load(ctx, id, after, max, true)
			for i := range rs {
				edit(&rs[i], private)
			}
			return rs, err
		}
	})
}

// listing replaces Heads by a function of all heads, newest first.
func listing(list func(f *fake, q cvd.Query) []cvd.Head) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onHeads = func(ctx context.Context, q cvd.Query) ([]cvd.Head, error) {
			return list(f, q), ctx.Err()
		}
	})
}

func (f *fake) heads(q cvd.Query) []cvd.Head {
	h, err := f.Store.Heads(context.Background(), q)
	if err != nil {
		panic(err)
	}
	return h
}

// current finds the newest head of a case.
func (f *fake) current(id cvd.CaseID) (cvd.Head, bool) {
	for _, h := range f.heads(cvd.Query{Limit: 1 << 20}) {
		if h.ID == id {
			return h, true
		}
	}
	return cvd.Head{}, false
}

// forced makes the guards of a Change hold, as they hold for who ignores them.
func (f *fake) forced(c cvd.Change) cvd.Change {
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

func (f *fake) has(id cvd.CaseID, seq cvd.Seq) bool {
	rs, err := f.Store.Load(context.Background(), id, seq-1, 1, false)
	return err == nil && len(rs) == 1 && rs[0].Seq == seq
}

// unguarded appends without the guards that skip selects.
func unguarded(skip func(f *fake, c cvd.Change) bool) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
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
func halfWritten(part func(c cvd.Change) cvd.Change) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
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
					if f.Store.Append(ctx, []cvd.Change{p}) != nil {
						continue
					}
				}
			}
			return err
		}
	})
}

// slowCheck checks the guards of Append before it writes, in two steps.
func slowCheck() func() cvd.Store {
	return faulty(func(f *fake) {
		f.parallel = true
		var mu sync.Mutex
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			for _, c := range changes {
				if h, ok := f.current(c.ID); h.Seq != c.After || h.Tip != c.Tip || ok && c.After == 0 {
					return cvd.ErrConflict
				}
				for _, k := range c.Take {
					if id, err := f.Store.Lookup(ctx, k); err == nil && id != c.ID {
						return &cvd.DuplicateError{Key: k, Owner: id}
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
					c.Tip = cvd.Hash{}
				}
				for _, k := range c.Take {
					if id, err := f.Store.Lookup(ctx, k); err == nil && id != c.ID {
						h, _ := f.current(id)
						drop := cvd.Change{ID: id, After: h.Seq, Tip: h.Tip, Head: h, Drop: []cvd.Key{k}}
						if err := f.Store.Append(ctx, []cvd.Change{drop}); err != nil {
							return err
						}
					}
				}
				if err := f.Store.Append(ctx, []cvd.Change{c}); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// tokens replaces the Tokens of callers by the current ones.
type tokens struct {
	now map[cvd.LaneID]cvd.Delivery
}

func (t *tokens) seen(ds []cvd.Delivery) {
	for _, d := range ds {
		t.now[d.Lane] = d
	}
}

func (t *tokens) fix(d cvd.Delivery) cvd.Delivery {
	if c, ok := t.now[d.Lane]; ok && c.Ref == d.Ref {
		d.Token = c.Token
	}
	return d
}

func staleTokens(inAppend, inPostpone bool) func() cvd.Store {
	return faulty(func(f *fake) {
		t := &tokens{now: map[cvd.LaneID]cvd.Delivery{}}
		f.onClaim = func(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			t.seen(ds)
			return ds, err
		}
		f.onPostpone = func(ctx context.Context, d cvd.Delivery, retry cvd.Millis) error {
			if inPostpone {
				d = t.fix(d)
			}
			return f.Store.Postpone(ctx, d, retry)
		}
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
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
func claimed(call func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error)) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onClaim = func(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			return call(f, ctx, now, lease, n)
		}
	})
}
