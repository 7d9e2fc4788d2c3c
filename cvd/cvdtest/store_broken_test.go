package cvdtest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

func TestStoreRulesCanFail(t *testing.T) {
	var all []broken[cvd.Store]
	for _, part := range [][]broken[cvd.Store]{appendFaults(), partFaults(), contentFaults(), loadFaults(), headsFaults(), outboxFaults(), raceFaults(), contextFaults()} {
		all = append(all, part...)
	}
	testBroken(t, storeRules(), all)
}

func appendFaults() []broken[cvd.Store] {
	exists := func(f *fake, c cvd.Change) bool { _, ok := f.current(c.ID); return ok }
	return []broken[cvd.Store]{
		{"an empty list is an error", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, c []cvd.Change) error {
				if len(c) == 0 {
					return errors.New("nothing to do")
				}
				return f.Store.Append(ctx, c)
			}
		}), []string{"append/empty-list"}},
		{"a lost update, no guard at all", unguarded(func(*fake, cvd.Change) bool { return true }),
			[]string{"append/guard-after", "append/guard-tip", "append/guard-new-case", "append/guard-missing-case", "append/conflict-writes-nothing", "race/append", "race/new-case"}},
		{"a new case replaces another", unguarded(func(f *fake, c cvd.Change) bool { return c.After == 0 && exists(f, c) }),
			[]string{"append/guard-new-case", "race/new-case"}},
		{"a missing case is created", unguarded(func(f *fake, c cvd.Change) bool { return !exists(f, c) }), []string{"append/guard-missing-case"}},
		{"After is not checked", unguarded(func(f *fake, c cvd.Change) bool {
			h, ok := f.current(c.ID)
			return ok && h.Tip == c.Tip
		}), []string{"append/guard-after"}},
		{"Tip is not checked", unguarded(func(f *fake, c cvd.Change) bool {
			h, ok := f.current(c.ID)
			return ok && h.Seq == c.After
		}), []string{"append/guard-tip", "append/conflict-writes-nothing"}},
		{"half a batch is written", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
				for _, c := range changes {
					if err := f.Store.Append(ctx, []cvd.Change{c}); err != nil {
						return err
					}
				}
				return ctx.Err()
			}
		}), []string{"append/conflict-writes-nothing", "append/duplicate-writes-nothing", "append/lease-lost-writes-nothing", "keys/drop-before-take", "keys/unique-within-one-append"}},
		{"keys are checked before guards", checkedKeys(true), []string{"append/guard-before-keys", "keys/drop-before-take"}},
		{"an own key is refused", checkedKeys(false), []string{"keys/own-again"}},
		{"a key of another case is accepted", keyed(func(f *fake, c *cvd.Change) {
			c.Take = slices.DeleteFunc(slices.Clone(c.Take), func(k cvd.Key) bool {
				id, err := f.Store.Lookup(context.Background(), k)
				return err == nil && id != c.ID
			})
		}), []string{"keys/unique", "append/duplicate-writes-nothing", "race/key"}},
		{"a key taken twice in one Append is accepted", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
				changes = slices.Clone(changes)
				for i := range changes[:max(0, len(changes)-1)] {
					for j := i + 1; j < len(changes); j++ {
						changes[j].Take = slices.DeleteFunc(slices.Clone(changes[j].Take), func(k cvd.Key) bool { return slices.Contains(changes[i].Take, k) })
					}
				}
				return f.Store.Append(ctx, changes)
			}
		}), []string{"keys/unique-within-one-append"}},
		{"a dropped key stays", edited(func(c *cvd.Change) { c.Drop = nil }), []string{"keys/dropped", "keys/drop-before-take"}},
		{"keys are taken, then dropped", keyed(func(_ *fake, c *cvd.Change) {
			c.Take = slices.DeleteFunc(slices.Clone(c.Take), func(k cvd.Key) bool { return slices.Contains(c.Drop, k) })
		}), []string{"keys/own-again"}},
		{"anybody drops a key", keyed(func(f *fake, c *cvd.Change) {
			for _, k := range c.Drop {
				if id, err := f.Store.Lookup(context.Background(), k); err == nil && id != c.ID {
					h, _ := f.current(id)
					if err := f.Store.Append(context.Background(), []cvd.Change{{ID: id, After: h.Seq, Tip: h.Tip, Head: h, Drop: []cvd.Key{k}}}); err != nil {
						panic(err)
					}
				}
			}
		}), []string{"keys/drop-of-another"}},
		{"a key is compared in part", faulty(func(f *fake) {
			f.onLookup = func(ctx context.Context, k cvd.Key) (cvd.CaseID, error) {
				k[31] = 1
				return f.Store.Lookup(ctx, k)
			}
		}), []string{"keys/unknown"}},
		{"an unknown key leads to a zero case", faulty(func(f *fake) {
			f.onLookup = func(ctx context.Context, k cvd.Key) (cvd.CaseID, error) {
				id, err := f.Store.Lookup(ctx, k)
				if errors.Is(err, cvd.ErrNotFound) {
					err = nil
				}
				return id, err
			}
		}), []string{"keys/unknown", "keys/dropped"}},
	}
}

// keyed edits each Change with the Store at hand.
func keyed(edit func(f *fake, c *cvd.Change)) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				edit(f, &changes[i])
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

// checkedKeys refuses each key that has an owner: another, or any.
func checkedKeys(another bool) func() cvd.Store {
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			for _, c := range changes {
				for _, k := range c.Take {
					if id, err := f.Store.Lookup(ctx, k); err == nil && (!another || id != c.ID) {
						return &cvd.DuplicateError{Key: k, Owner: id}
					}
				}
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

// partFaults write one field of each Change after the Append was refused.
func partFaults() []broken[cvd.Store] {
	var out []broken[cvd.Store]
	for field, part := range map[string]func(c cvd.Change) cvd.Change{
		"records": func(c cvd.Change) cvd.Change { return cvd.Change{Records: c.Records} },
		"head": func(c cvd.Change) cvd.Change {
			c.Head.Seq, c.Head.Tip = c.After, c.Tip
			return cvd.Change{Head: c.Head}
		},
		"erasures":    func(c cvd.Change) cvd.Change { return cvd.Change{Erase: c.Erase} },
		"drops":       func(c cvd.Change) cvd.Change { return cvd.Change{Drop: c.Drop} },
		"takes":       func(c cvd.Change) cvd.Change { return cvd.Change{Take: c.Take[:min(1, len(c.Take))]} },
		"untags":      func(c cvd.Change) cvd.Change { return cvd.Change{Untag: c.Untag} },
		"tags":        func(c cvd.Change) cvd.Change { return cvd.Change{Tag: c.Tag} },
		"enqueues":    func(c cvd.Change) cvd.Change { return cvd.Change{Enqueue: c.Enqueue} },
		"settlements": func(c cvd.Change) cvd.Change { return cvd.Change{Settle: c.Settle} },
	} {
		out = append(out, broken[cvd.Store]{"after a refusal its " + field + " are written", halfWritten(part),
			[]string{"append/conflict-writes-nothing", "append/duplicate-writes-nothing", "append/lease-lost-writes-nothing"}})
	}
	return out
}

func contentFaults() []broken[cvd.Store] {
	var out []broken[cvd.Store]
	for what, alter := range map[string]func([]byte) []byte{
		"line ends are rewritten":      func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) },
		"text ends at NUL":             func(b []byte) []byte { return bytes.SplitN(b, []byte{0}, 2)[0] },
		"invalid UTF-8 is replaced":    func(b []byte) []byte { return bytes.ToValidUTF8(b, []byte("\ufffd")) },
		"spaces at the end are cut":    func(b []byte) []byte { return bytes.TrimRight(b, " ") },
		"a byte order mark is removed": func(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) },
		"long values are cut":          func(b []byte) []byte { return b[:min(len(b), 65535)] },
	} {
		where := map[string]func(c *cvd.Change){
			"Body": func(c *cvd.Change) {
				for i := range c.Records {
					c.Records[i].Body = alter(c.Records[i].Body)
				}
			},
			"Private": func(c *cvd.Change) {
				for i := range c.Records {
					c.Records[i].Private = alter(c.Records[i].Private)
				}
			},
			"Head.Data":    func(c *cvd.Change) { c.Head.Data = alter(c.Head.Data) },
			"Head.Private": func(c *cvd.Change) { c.Head.Private = alter(c.Head.Private) },
		}
		for field, edit := range where {
			out = append(out, broken[cvd.Store]{what + " in " + field, edited(edit), []string{"content/bytes"}})
		}
	}
	eachRecord := func(edit func(r *cvd.Record)) func() cvd.Store {
		return edited(func(c *cvd.Change) {
			for i := range c.Records {
				edit(&c.Records[i])
			}
		})
	}
	due := func(edit func(cvd.Millis) cvd.Millis) func() cvd.Store {
		return edited(func(c *cvd.Change) { c.Head.Due = edit(c.Head.Due) })
	}
	at := func(edit func(cvd.Millis) cvd.Millis) func() cvd.Store {
		return edited(func(c *cvd.Change) {
			for i := range c.Enqueue {
				c.Enqueue[i].At = edit(c.Enqueue[i].At)
			}
		})
	}
	seconds := func(m cvd.Millis) cvd.Millis { return m / 1000 * 1000 }
	nanos := func(m cvd.Millis) cvd.Millis { return m * 1_000_000 / 1_000_000 }
	narrow := func(m cvd.Millis) cvd.Millis { return cvd.Millis(int32(m)) }
	return append(out, []broken[cvd.Store]{
		{"an empty Private becomes none", eachRecord(func(r *cvd.Record) {
			if len(r.Private) == 0 {
				r.Private = nil
			}
		}), []string{"content/empty-private"}},
		{"no Private becomes an empty one", eachRecord(func(r *cvd.Record) { r.Private = append([]byte{}, r.Private...) }),
			[]string{"content/empty-private", "load/has-private"}},
		{"HasPrivate is believed", eachRecord(func(r *cvd.Record) {
			if r.HasPrivate {
				r.Private = append([]byte{}, r.Private...)
			}
		}), []string{"content/empty-private"}},
		{"Due is cut to seconds", due(seconds), []string{"content/times"}},
		{"Due is kept in nanoseconds", due(nanos), []string{"content/times"}},
		{"Due is kept in 32 bits", due(narrow), []string{"content/times"}},
		{"At is cut to seconds", at(seconds), []string{"content/times"}},
		{"At is kept in nanoseconds", at(nanos), []string{"content/times"}},
		{"Tag goes before Untag", edited(func(c *cvd.Change) {
			c.Tag = slices.DeleteFunc(slices.Clone(c.Tag), func(t cvd.Term) bool { return slices.Contains(c.Untag, t) })
		}), []string{"content/order-of-fields"}},
		{"nothing is erased", edited(func(c *cvd.Change) { c.Erase = nil }), []string{"content/erase"}},
		{"too much is erased", edited(func(c *cvd.Change) {
			for _, seq := range c.Erase {
				c.Erase = append(slices.Clone(c.Erase), seq+1)
			}
		}), []string{"content/erase"}},
		{"the record goes with its Private", keyed(func(f *fake, c *cvd.Change) {
			f.onLoad = func(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
				rs, err := f.Store.Load(ctx, id, after, max, private)
				return slices.DeleteFunc(rs, func(r cvd.Record) bool { return len(c.Erase) > 0 && !r.HasPrivate }), err
			}
		}), []string{"content/erase"}},
		{"a Change without records is ignored", edited(func(c *cvd.Change) {
			if len(c.Records) == 0 {
				c.Tag, c.Take, c.Enqueue, c.Settle = nil, nil, nil, nil
			}
		}), []string{"content/no-records", "claim/settled-is-gone"}},
		{"the caller's slices are kept", keepsSlices(), []string{"content/keeps-no-slice"}},
		{"the caller's head is kept", keepsHead(), []string{"content/keeps-no-slice"}},
		{"the caller's slices are changed", edited(func(c *cvd.Change) {
			if len(c.Head.Data) > 0 {
				c.Head.Data[0] ^= 0x20
			}
		}), []string{"content/keeps-no-slice"}},
		{"loaded slices are shared", sharesSlices(), []string{"content/shares-no-slice"}},
	}...)
}

func keepsSlices() func() cvd.Store {
	return faulty(func(f *fake) {
		kept := map[cvd.Seq][]byte{}
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			for _, c := range changes {
				for _, r := range c.Records {
					kept[r.Seq] = r.Private
				}
			}
			return f.Store.Append(ctx, changes)
		}
		f.onLoad = func(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
			rs, err := f.Store.Load(ctx, id, after, max, private)
			for i := range rs {
				rs[i].Private = kept[rs[i].Seq]
			}
			return rs, err
		}
	})
}

func keepsHead() func() cvd.Store {
	return faulty(func(f *fake) {
		var data []byte
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			for _, c := range changes {
				data = c.Head.Data
			}
			return f.Store.Append(ctx, changes)
		}
		f.onHeads = func(ctx context.Context, q cvd.Query) ([]cvd.Head, error) {
			hs, err := f.Store.Heads(ctx, q)
			for i := range hs {
				hs[i].Data = data
			}
			return hs, err
		}
	})
}

func sharesSlices() func() cvd.Store {
	return faulty(func(f *fake) {
		cache := map[cvd.CaseID][]cvd.Record{}
		f.onLoad = func(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
			if rs, ok := cache[id]; ok {
				return rs, nil
			}
			rs, err := f.Store.Load(ctx, id, after, max, private)
			cache[id] = rs
			return rs, err
		}
	})
}

func loadFaults() []broken[cvd.Store] {
	load := func(call func(f *fake, ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error)) func() cvd.Store {
		return faulty(func(f *fake) {
			f.onLoad = func(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
				return call(f, ctx, id, after, max, private)
			}
		})
	}
	return []broken[cvd.Store]{
		{"records are in no order", load(func(f *fake, ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
			rs, err := f.Store.Load(ctx, id, after, max, private)
			slices.Reverse(rs)
			return rs, err
		}), []string{"load/order-and-bounds"}},
		{"after is included", load(func(f *fake, ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
			return f.Store.Load(ctx, id, after-1, max, private)
		}), []string{"load/order-and-bounds"}},
		{"max is ignored", load(func(f *fake, ctx context.Context, id cvd.CaseID, after cvd.Seq, _ int, private bool) ([]cvd.Record, error) {
			return f.Store.Load(ctx, id, after, 1<<20, private)
		}), []string{"load/order-and-bounds"}},
		{"an unknown case is an error", load(func(f *fake, ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
			if _, ok := f.current(id); !ok {
				return nil, cvd.ErrNotFound
			}
			return f.Store.Load(ctx, id, after, max, private)
		}), []string{"load/unknown-case"}},
		{"Private is never returned", loaded(func(r *cvd.Record, _ bool) { r.Private = nil }), []string{"load/private-if-asked"}},
		{"Private is returned unasked", loaded(func(*cvd.Record, bool) {}), []string{"load/no-private-unasked", "content/erase"}},
		{"HasPrivate means that Private is here", loaded(func(r *cvd.Record, private bool) {
			if !private {
				r.Private, r.HasPrivate = nil, false
			}
		}), []string{"load/has-private"}},
		{"HasPrivate outlives erasure", loaded(func(r *cvd.Record, private bool) {
			if r.HasPrivate = true; !private {
				r.Private = nil
			}
		}), []string{"load/has-private", "content/erase"}},
	}
}

// queried changes the Query.
func queried(edit func(q *cvd.Query)) func() cvd.Store {
	return listing(func(f *fake, q cvd.Query) []cvd.Head {
		edit(&q)
		return f.heads(q)
	})
}

// folded changes terms on both ways in.
func folded(fold func(string) string) func() cvd.Store {
	all := func(ts []cvd.Term) (out []cvd.Term) {
		for _, t := range ts {
			out = append(out, cvd.Term(fold(string(t))))
		}
		return out
	}
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				changes[i].Tag, changes[i].Untag = all(changes[i].Tag), all(changes[i].Untag)
			}
			return f.Store.Append(ctx, changes)
		}
		f.onHeads = func(ctx context.Context, q cvd.Query) ([]cvd.Head, error) {
			q.All, q.Any = all(q.All), all(q.Any)
			return f.Store.Heads(ctx, q)
		}
	})
}

// byOffset pages with an offset instead of a cursor.
func byOffset() func() cvd.Store {
	var offset int
	return listing(func(f *fake, q cvd.Query) []cvd.Head {
		if q.Before == (cvd.Cursor{}) {
			offset = 0
		}
		limit := max(q.Limit, 0)
		q.Before, q.Limit = cvd.Cursor{}, 1<<20
		all := f.heads(q)
		all = all[min(offset, len(all)):]
		all = all[:min(limit, len(all))]
		offset += len(all)
		return all
	})
}

func cut(hs []cvd.Head, limit int) []cvd.Head { return hs[:max(0, min(limit, len(hs)))] }

func headsFaults() []broken[cvd.Store] {
	return []broken[cvd.Store]{
		{"heads are oldest first", listing(func(f *fake, q cvd.Query) []cvd.Head {
			hs := f.heads(q)
			slices.Reverse(hs)
			return hs
		}), []string{"heads/newest-first", "heads/due", "paging/newest-first"}},
		{"IDs are compared as signed bytes", listing(func(f *fake, q cvd.Query) []cvd.Head {
			limit := q.Limit
			q.Limit = 1 << 20
			hs := f.heads(q)
			slices.SortStableFunc(hs, func(a, b cvd.Head) int { return int(int8(b.ID[0])) - int(int8(a.ID[0])) })
			return cut(hs, limit)
		}), []string{"heads/newest-first"}},
		{"Limit is ignored", queried(func(q *cvd.Query) { q.Limit = 1 << 20 }), []string{"heads/limit"}},
		{"Limit 0 is none", queried(func(q *cvd.Query) {
			if q.Limit <= 0 {
				q.Limit = 1 << 20
			}
		}), []string{"heads/limit"}},
		{"only the first of All counts", queried(func(q *cvd.Query) { q.All = q.All[:min(1, len(q.All))] }), []string{"heads/all"}},
		{"All is any", queried(func(q *cvd.Query) { q.All, q.Any = nil, append(q.Any, q.All...) }), []string{"heads/all"}},
		{"Any is ignored", queried(func(q *cvd.Query) { q.Any = nil }), []string{"heads/any"}},
		{"a case with two of Any is listed twice", listing(func(f *fake, q cvd.Query) (out []cvd.Head) {
			anyOf := q.Any
			if len(anyOf) == 0 {
				return f.heads(q)
			}
			for _, t := range anyOf {
				q.Any = []cvd.Term{t}
				out = append(out, f.heads(q)...)
			}
			slices.SortFunc(out, func(a, b cvd.Head) int { return bytes.Compare(b.ID[:], a.ID[:]) })
			return cut(out, q.Limit)
		}), []string{"heads/any"}},
		{"terms ignore case", folded(strings.ToLower), []string{"heads/terms-exact"}},
		{"terms lose spaces", folded(strings.TrimSpace), []string{"heads/terms-exact"}},
		{"terms end at NUL", folded(func(s string) string { return strings.SplitN(s, "\x00", 2)[0] }), []string{"heads/terms-exact"}},
		{"terms become valid UTF-8", folded(func(s string) string { return strings.ToValidUTF8(s, "?") }), []string{"heads/terms-exact"}},
		{"terms are cut", folded(func(s string) string { return s[:min(len(s), 127)] }), []string{"heads/terms-exact"}},
		{"Untag takes a term from all cases", faulty(func(f *fake) {
			leaked := map[cvd.Term]bool{}
			f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
				for _, c := range changes {
					for _, t := range c.Untag {
						leaked[t] = true
					}
				}
				return f.Store.Append(ctx, changes)
			}
			f.onHeads = func(ctx context.Context, q cvd.Query) ([]cvd.Head, error) {
				for _, t := range q.All {
					if leaked[t] {
						return nil, ctx.Err()
					}
				}
				return f.Store.Heads(ctx, q)
			}
		}), []string{"heads/terms-of-a-case"}},
		{"a head is never replaced", edited(func(c *cvd.Change) {
			if c.After > 0 {
				c.Head.Due, c.Head.Private, c.Head.Data = 5, nil, nil
			}
		}), []string{"heads/newest-state", "content/order-of-fields"}},
		{"DueBy is not included", queried(func(q *cvd.Query) {
			if q.DueBy > 1 {
				q.DueBy--
			}
		}), []string{"heads/due", "heads/newest-state"}},
		{"a case that is never due is listed as due", edited(func(c *cvd.Change) { c.Head.Due = max(c.Head.Due, 1) }), []string{"heads/due", "content/order-of-fields"}},
		{"due cases are in the order of their IDs", listing(func(f *fake, q cvd.Query) []cvd.Head {
			hs := f.heads(q)
			if q.DueBy != 0 {
				slices.SortFunc(hs, func(a, b cvd.Head) int { return bytes.Compare(a.ID[:], b.ID[:]) })
			}
			return hs
		}), []string{"heads/due"}},
		{"a listing by Due ignores terms", queried(func(q *cvd.Query) {
			if q.DueBy != 0 {
				q.All, q.Any = nil, nil
			}
		}), []string{"heads/due-with-terms"}},
		{"a page begins with the last of the one before", listing(func(f *fake, q cvd.Query) []cvd.Head {
			if q.DueBy == 0 && q.Before.ID != (cvd.CaseID{}) {
				q.Before.ID[15]++
				q.Before.ID[14]++
			}
			return f.heads(q)
		}), []string{"paging/newest-first"}},
		{"Before is Due only", queried(func(q *cvd.Query) {
			if q.Before.Due != 0 {
				q.Before.ID = cvd.CaseID{0xff, 0xff, 0xff, 0xff}
			}
		}), []string{"paging/due"}},
		{"Before is ID only", listing(func(f *fake, q cvd.Query) []cvd.Head {
			if q.DueBy == 0 {
				return f.heads(q)
			}
			limit, after := q.Limit, q.Before
			q.Limit, q.Before = 1<<20, cvd.Cursor{}
			hs := slices.DeleteFunc(f.heads(q), func(h cvd.Head) bool { return bytes.Compare(h.ID[:], after.ID[:]) <= 0 })
			return cut(hs, limit)
		}), []string{"paging/due", "paging/due-stable"}},
		{"pages count from the start", byOffset(), []string{"paging/stable", "paging/due-stable"}},
	}
}

func outboxFaults() []broken[cvd.Store] {
	seen := func(edit func(c *cvd.Change, d *cvd.Delivery, first bool)) func() cvd.Store {
		return func() cvd.Store {
			lanes := map[cvd.LaneID]bool{}
			return edited(func(c *cvd.Change) {
				for i := range c.Enqueue {
					d := &c.Enqueue[i]
					edit(c, d, !lanes[d.Lane])
					lanes[d.Lane] = true
				}
				c.Enqueue = slices.DeleteFunc(c.Enqueue, func(d cvd.Delivery) bool { return d.Ref == 0 })
			})()
		}
	}
	return []broken[cvd.Store]{
		{"an outbox row is dropped", edited(func(c *cvd.Change) { c.Enqueue = c.Enqueue[:min(1, len(c.Enqueue))] }), []string{"claim/nothing-lost", "claim/limit"}},
		{"Case is lost", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].Case = cvd.CaseID{}
			}
			return ds, err
		}), []string{"claim/fields"}},
		{"At is left as it was", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].At = now
			}
			return ds, err
		}), []string{"claim/fields", "content/times"}},
		{"Claim does not wait for At", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			return f.Store.Claim(ctx, now+1, lease-time.Millisecond, n)
		}), []string{"claim/not-before", "lease/exclusive", "lease/release"}},
		{"Claim takes more than n", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			return f.Store.Claim(ctx, now, lease, max(n, 0)+1)
		}), []string{"claim/limit"}},
		{"Claim takes the latest first", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			slices.Reverse(ds)
			return ds, err
		}), []string{"claim/earliest-first"}},
		{"a delivery enqueued twice is ignored", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
				err := f.Store.Append(ctx, changes)
				var dup *cvd.DuplicateError
				if err == nil || errors.As(err, &dup) || errors.Is(err, cvd.ErrConflict) || errors.Is(err, cvd.ErrLeaseLost) || ctx.Err() != nil {
					return err
				}
				return nil
			}
		}), []string{"claim/enqueued-once"}},
		{"deliveries of a lane overtake", overtaking(), []string{"claim/first-in-first-out"}},
		{"the next of a lane is not promoted", seen(func(c *cvd.Change, d *cvd.Delivery, first bool) {
			if !first {
				d.Ref = 0
			}
		}), []string{"claim/settled-promotes", "claim/settle-and-enqueue"}},
		{"the next of a lane is promoted at once", seen(func(c *cvd.Change, d *cvd.Delivery, first bool) {
			if !first {
				d.At = 0
			}
		}), []string{"claim/settled-promotes"}},
		{"Settle does nothing", edited(func(c *cvd.Change) { c.Settle = nil }), []string{"claim/settled-is-gone", "claim/settled-promotes", "lease/settle-stale"}},
		{"Enqueue beside Settle is lost", edited(func(c *cvd.Change) {
			if len(c.Settle) > 0 {
				c.Enqueue = nil
			}
		}), []string{"claim/settle-and-enqueue"}},
		{"leases overlap", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for _, d := range ds {
				if err := f.Store.Release(ctx, d, now); err != nil {
					return nil, err
				}
			}
			return ds, err
		}), []string{"lease/exclusive"}},
		{"a lease is cut to seconds", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			return f.Store.Claim(ctx, now, lease.Truncate(time.Second), n)
		}), []string{"lease/exclusive"}},
		{"a lease never ends", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			return f.Store.Claim(ctx, now, 1000*time.Hour, n)
		}), []string{"lease/exclusive", "claim/fields"}},
		{"Token is not raised", claimed(func(f *fake, ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].Token = 1
			}
			return ds, err
		}), []string{"lease/token-raised"}},
		{"Append accepts a stale token", staleTokens(true, false), []string{"lease/settle-stale", "append/lease-lost-writes-nothing"}},
		{"Release accepts a stale token", staleTokens(false, true), []string{"lease/release-stale"}},
		{"a late Settle is refused", lateSettle(), []string{"lease/settle-late"}},
		{"Release ignores its time", faulty(func(f *fake) {
			f.onRelease = func(ctx context.Context, d cvd.Delivery, _ cvd.Millis) error { return f.Store.Release(ctx, d, 0) }
		}), []string{"lease/release", "claim/first-in-first-out"}},
		{"Release needs the Case", faulty(func(f *fake) {
			f.onRelease = func(ctx context.Context, d cvd.Delivery, retry cvd.Millis) error {
				if d.Case == (cvd.CaseID{}) {
					return cvd.ErrLeaseLost
				}
				return f.Store.Release(ctx, d, retry)
			}
		}), []string{"lease/release"}},
	}
}

// overtaking gives each delivery a lane of its own.
func overtaking() func() cvd.Store {
	in := func(d cvd.Delivery) cvd.Delivery { d.Lane[8] = byte(d.Ref); return d }
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				for _, list := range []*[]cvd.Delivery{&changes[i].Enqueue, &changes[i].Settle} {
					*list = slices.Clone(*list)
					for j, d := range *list {
						(*list)[j] = in(d)
					}
				}
			}
			return f.Store.Append(ctx, changes)
		}
		f.onClaim = func(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for i := range ds {
				ds[i].Lane[8] = 0
			}
			return ds, err
		}
		f.onRelease = func(ctx context.Context, d cvd.Delivery, retry cvd.Millis) error {
			return f.Store.Release(ctx, in(d), retry)
		}
	})
}

func lateSettle() func() cvd.Store {
	return faulty(func(f *fake) {
		var last cvd.Millis
		ends := map[cvd.LaneID]cvd.Millis{}
		f.onClaim = func(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
			last = now
			ds, err := f.Store.Claim(ctx, now, lease, n)
			for _, d := range ds {
				ends[d.Lane] = d.At
			}
			return ds, err
		}
		f.onAppend = func(ctx context.Context, changes []cvd.Change) error {
			for _, c := range changes {
				for _, d := range c.Settle {
					if ends[d.Lane] < last {
						return cvd.ErrLeaseLost
					}
				}
			}
			return f.Store.Append(ctx, changes)
		}
	})
}

func raceFaults() []broken[cvd.Store] {
	return []broken[cvd.Store]{
		{"guards are read, then written", slowCheck(), []string{"race/append", "race/new-case", "race/key"}},
		{"a busy database is a conflict", faulty(func(f *fake) {
			f.parallel = true
			var mu sync.Mutex
			f.onAppend = func(ctx context.Context, c []cvd.Change) error {
				if !mu.TryLock() {
					return cvd.ErrConflict
				}
				defer mu.Unlock()
				time.Sleep(time.Millisecond)
				return f.Store.Append(ctx, c)
			}
		}), []string{"race/many-cases"}},
		{"a busy database is an error", faulty(func(f *fake) {
			f.parallel = true
			var mu sync.Mutex
			f.onAppend = func(ctx context.Context, c []cvd.Change) error {
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
			var running *[]cvd.Delivery
			f.onClaim = func(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
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

func contextFaults() []broken[cvd.Store] {
	swallow := context.WithoutCancel
	return []broken[cvd.Store]{
		{"contexts are swallowed", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, c []cvd.Change) error { return f.Store.Append(swallow(ctx), c) }
			f.onLoad = func(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]cvd.Record, error) {
				return f.Store.Load(swallow(ctx), id, after, max, private)
			}
			f.onHeads = func(ctx context.Context, q cvd.Query) ([]cvd.Head, error) { return f.Store.Heads(swallow(ctx), q) }
			f.onLookup = func(ctx context.Context, k cvd.Key) (cvd.CaseID, error) { return f.Store.Lookup(swallow(ctx), k) }
			f.onClaim = func(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
				return f.Store.Claim(swallow(ctx), now, lease, n)
			}
			f.onRelease = func(ctx context.Context, d cvd.Delivery, retry cvd.Millis) error {
				return f.Store.Release(swallow(ctx), d, retry)
			}
		}), []string{"context/append", "context/load", "context/heads", "context/lookup", "context/claim", "context/release"}},
		{"it writes and then looks at the context", faulty(func(f *fake) {
			f.onAppend = func(ctx context.Context, c []cvd.Change) error {
				return errors.Join(f.Store.Append(swallow(ctx), c), ctx.Err())
			}
			f.onClaim = func(ctx context.Context, now cvd.Millis, lease time.Duration, n int) ([]cvd.Delivery, error) {
				ds, err := f.Store.Claim(swallow(ctx), now, lease, n)
				return ds, errors.Join(err, ctx.Err())
			}
			f.onRelease = func(ctx context.Context, d cvd.Delivery, retry cvd.Millis) error {
				return errors.Join(f.Store.Release(swallow(ctx), d, retry), ctx.Err())
			}
		}), []string{"context/append", "context/claim", "context/release"}},
	}
}
