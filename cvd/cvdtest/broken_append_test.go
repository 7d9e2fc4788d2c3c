package cvdtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestStoreRulesCanFail(t *testing.T) {
	var all []broken[storage.Store]
	for _, part := range [][]broken[storage.Store]{appendFaults(), partFaults(), contentFaults(), loadFaults(), headsFaults(), outboxFaults(), raceFaults(), contextFaults()} {
		all = append(all, part...)
	}
	testBroken(t, storeRules(), all)
}

func appendFaults() []broken[storage.Store] {
	exists := func(f *fake, c storage.Change) bool { _, ok := f.current(c.ID); return ok }
	return []broken[storage.Store]{
		{"an empty list is an error", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, c []storage.Change) error {
				if len(c) == 0 {
					return errors.New("nothing to do")
				}
				return f.Store.Append(ctx, c)
			}
		}), []string{"append/empty-list"}},
		{"a lost update, no guard at all", unguarded(func(*fake, storage.Change) bool { return true }),
			[]string{"append/guard-after", "append/guard-tip", "append/guard-new-case", "append/guard-missing-case", "append/conflict-writes-nothing", "race/append", "race/new-case"}},
		{"a new case replaces another", unguarded(func(f *fake, c storage.Change) bool { return c.After == 0 && exists(f, c) }),
			[]string{"append/guard-new-case", "race/new-case"}},
		{"a missing case is created", unguarded(func(f *fake, c storage.Change) bool { return !exists(f, c) }), []string{"append/guard-missing-case"}},
		{"After is not checked", unguarded(func(f *fake, c storage.Change) bool {
			h, ok := f.current(c.ID)
			return ok && h.Tip == c.Tip
		}), []string{"append/guard-after"}},
		{"Tip is not checked", unguarded(func(f *fake, c storage.Change) bool {
			h, ok := f.current(c.ID)
			return ok && h.Seq == c.After
		}), []string{"append/guard-tip", "append/conflict-writes-nothing"}},
		{"half a batch is written", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, changes []storage.Change) error {
				for _, c := range changes {
					if err := f.Store.Append(ctx, []storage.Change{c}); err != nil {
						return err
					}
				}
				return ctx.Err()
			}
		}), []string{"append/conflict-writes-nothing", "append/duplicate-writes-nothing", "append/lease-lost-writes-nothing", "keys/drop-before-take", "keys/unique-within-one-append"}},
		{"keys are checked before guards", checkedKeys(true), []string{"append/guard-before-keys", "keys/drop-before-take"}},
		{"an own key is refused", checkedKeys(false), []string{"keys/own-again"}},
		{"a key of another case is accepted", keyed(func(f *fake, c *storage.Change) {
			c.Take = slices.DeleteFunc(slices.Clone(c.Take), func(k storage.Key) bool {
				id, err := f.Store.Lookup(context.Background(), k)
				return err == nil && id != c.ID
			})
		}), []string{"keys/unique", "append/duplicate-writes-nothing", "race/key"}},
		{"a key taken twice in one Append is accepted", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, changes []storage.Change) error {
				changes = slices.Clone(changes)
				for i := range changes[:max(0, len(changes)-1)] {
					for j := i + 1; j < len(changes); j++ {
						changes[j].Take = slices.DeleteFunc(slices.Clone(changes[j].Take), func(k storage.Key) bool { return slices.Contains(changes[i].Take, k) })
					}
				}
				return f.Store.Append(ctx, changes)
			}
		}), []string{"keys/unique-within-one-append"}},
		{"a dropped key stays", edited(func(c *storage.Change) { c.Drop = nil }), []string{"keys/dropped", "keys/drop-before-take"}},
		{"keys are taken, then dropped", keyed(func(_ *fake, c *storage.Change) {
			c.Take = slices.DeleteFunc(slices.Clone(c.Take), func(k storage.Key) bool { return slices.Contains(c.Drop, k) })
		}), []string{"keys/own-again"}},
		{"anybody drops a key", keyed(func(f *fake, c *storage.Change) {
			for _, k := range c.Drop {
				if id, err := f.Store.Lookup(context.Background(), k); err == nil && id != c.ID {
					h, _ := f.current(id)
					if err := f.Store.Append(context.Background(), []storage.Change{{ID: id, After: h.Seq, Tip: h.Tip, Head: h, Drop: []storage.Key{k}}}); err != nil {
						panic(err)
					}
				}
			}
		}), []string{"keys/drop-of-another"}},
		{"a key is compared in part", faulty(func(f *fake) {
			f.onLookup = func(ctx context.Context, k storage.Key) (storage.CaseID, error) {
				k[31] = 1
				return f.Store.Lookup(ctx, k)
			}
		}), []string{"keys/unknown"}},
		{"an unknown key leads to a zero case", faulty(func(f *fake) {
			f.onLookup = func(ctx context.Context, k storage.Key) (storage.CaseID, error) {
				id, err := f.Store.Lookup(ctx, k)
				if errors.Is(err, storage.ErrNotFound) {
					err = nil
				}
				return id, err
			}
		}), []string{"keys/unknown", "keys/dropped"}},
	}
}

// keyed edits each Change with the Store at hand.
func keyed(edit func(f *fake, c *storage.Change)) func() storage.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				edit(f, &changes[i])
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

// checkedKeys refuses each key that has an owner: another, or any.
func checkedKeys(another bool) func() storage.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			for _, c := range changes {
				for _, k := range c.Take {
					if id, err := f.Store.Lookup(ctx, k); err == nil && (!another || id != c.ID) {
						return &storage.DuplicateError{Key: k, Owner: id}
					}
				}
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

// partFaults write one field of each Change after the Append was refused.
func partFaults() []broken[storage.Store] {
	var out []broken[storage.Store]
	for field, part := range map[string]func(c storage.Change) storage.Change{
		"records": func(c storage.Change) storage.Change { return storage.Change{Records: c.Records} },
		"head": func(c storage.Change) storage.Change {
			c.Head.Seq, c.Head.Tip = c.After, c.Tip
			return storage.Change{Head: c.Head}
		},
		"erasures":    func(c storage.Change) storage.Change { return storage.Change{Erase: c.Erase} },
		"drops":       func(c storage.Change) storage.Change { return storage.Change{Drop: c.Drop} },
		"takes":       func(c storage.Change) storage.Change { return storage.Change{Take: c.Take[:min(1, len(c.Take))]} },
		"untags":      func(c storage.Change) storage.Change { return storage.Change{Untag: c.Untag} },
		"tags":        func(c storage.Change) storage.Change { return storage.Change{Tag: c.Tag} },
		"enqueues":    func(c storage.Change) storage.Change { return storage.Change{Enqueue: c.Enqueue} },
		"settlements": func(c storage.Change) storage.Change { return storage.Change{Settle: c.Settle} },
	} {
		out = append(out, broken[storage.Store]{"after a refusal its " + field + " are written", halfWritten(part),
			[]string{"append/conflict-writes-nothing", "append/duplicate-writes-nothing", "append/lease-lost-writes-nothing"}})
	}
	return out
}
