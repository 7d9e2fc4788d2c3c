package cvdtest

import (
	"bytes"
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

func contentFaults() []broken[storage.Store] {
	var out []broken[storage.Store]
	for what, alter := range map[string]func([]byte) []byte{
		"line ends are rewritten":      func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) },
		"text ends at NUL":             func(b []byte) []byte { return bytes.SplitN(b, []byte{0}, 2)[0] },
		"invalid UTF-8 is replaced":    func(b []byte) []byte { return bytes.ToValidUTF8(b, []byte("\ufffd")) },
		"spaces at the end are cut":    func(b []byte) []byte { return bytes.TrimRight(b, " ") },
		"a byte order mark is removed": func(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) },
		"long values are cut":          func(b []byte) []byte { return b[:min(len(b), 65535)] },
	} {
		where := map[string]func(c *storage.Change){
			"Body": func(c *storage.Change) {
				for i := range c.Records {
					c.Records[i].Body = alter(c.Records[i].Body)
				}
			},
			"Private": func(c *storage.Change) {
				for i := range c.Records {
					c.Records[i].Private = alter(c.Records[i].Private)
				}
			},
			"Head.Data":    func(c *storage.Change) { c.Head.Data = alter(c.Head.Data) },
			"Head.Private": func(c *storage.Change) { c.Head.Private = alter(c.Head.Private) },
		}
		for field, edit := range where {
			out = append(out, broken[storage.Store]{what + " in " + field, edited(edit), []string{"content/bytes"}})
		}
	}
	out = append(out, broken[storage.Store]{"a head is replaced by none", edited(func(c *storage.Change) {
		if c.Head.Seq == 0 && c.After != 0 {
			c.Head = storage.Head{ID: c.ID, Seq: c.After, Tip: c.Tip}
		}
	}), []string{"content/head-stays"}})
	eachRecord := func(edit func(r *storage.Record)) func() storage.Store {
		return edited(func(c *storage.Change) {
			for i := range c.Records {
				edit(&c.Records[i])
			}
		})
	}
	due := func(edit func(storage.Millis) storage.Millis) func() storage.Store {
		return edited(func(c *storage.Change) { c.Head.Due = edit(c.Head.Due) })
	}
	at := func(edit func(storage.Millis) storage.Millis) func() storage.Store {
		return edited(func(c *storage.Change) {
			for i := range c.Enqueue {
				c.Enqueue[i].At = edit(c.Enqueue[i].At)
			}
		})
	}
	seconds := func(m storage.Millis) storage.Millis { return m / 1000 * 1000 }
	nanos := func(m storage.Millis) storage.Millis { return m * 1_000_000 / 1_000_000 }
	narrow := func(m storage.Millis) storage.Millis { return storage.Millis(int32(m)) }
	return append(out, []broken[storage.Store]{
		{"an empty Private becomes none", eachRecord(func(r *storage.Record) {
			if len(r.Private) == 0 {
				r.Private = nil
			}
		}), []string{"content/empty-private"}},
		{"no Private becomes an empty one", eachRecord(func(r *storage.Record) { r.Private = append([]byte{}, r.Private...) }),
			[]string{"content/empty-private", "load/has-private"}},
		{"HasPrivate is believed", eachRecord(func(r *storage.Record) {
			if r.HasPrivate {
				r.Private = append([]byte{}, r.Private...)
			}
		}), []string{"content/empty-private"}},
		{"Due is cut to seconds", due(seconds), []string{"content/times"}},
		{"Due is kept in nanoseconds", due(nanos), []string{"content/times"}},
		{"Due is kept in 32 bits", due(narrow), []string{"content/times"}},
		{"At is cut to seconds", at(seconds), []string{"content/times"}},
		{"At is kept in nanoseconds", at(nanos), []string{"content/times"}},
		{"Tag goes before Untag", edited(func(c *storage.Change) {
			c.Tag = slices.DeleteFunc(slices.Clone(c.Tag), func(t storage.Term) bool { return slices.Contains(c.Untag, t) })
		}), []string{"content/order-of-fields"}},
		{"nothing is erased", edited(func(c *storage.Change) { c.Erase = nil }), []string{"content/erase"}},
		{"too much is erased", edited(func(c *storage.Change) {
			for _, seq := range c.Erase {
				c.Erase = append(slices.Clone(c.Erase), seq+1)
			}
		}), []string{"content/erase"}},
		{"the record goes with its Private", keyed(func(f *fake, c *storage.Change) {
			f.onLoad = func(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
				rs, err := f.Store.Load(ctx, id, after, max, private)
				return slices.DeleteFunc(rs, func(r storage.Record) bool { return len(c.Erase) > 0 && !r.HasPrivate }), err
			}
		}), []string{"content/erase"}},
		{"a Change without records is ignored", edited(func(c *storage.Change) {
			if len(c.Records) == 0 {
				c.Tag, c.Take, c.Enqueue, c.Settle = nil, nil, nil, nil
			}
		}), []string{"content/no-records", "claim/settled-is-gone"}},
		{"the caller's slices are kept", keepsSlices(), []string{"content/keeps-no-slice"}},
		{"the caller's head is kept", keepsHead(), []string{"content/keeps-no-slice"}},
		{"the caller's slices are changed", edited(func(c *storage.Change) {
			if len(c.Head.Data) > 0 {
				c.Head.Data[0] ^= 0x20
			}
		}), []string{"content/keeps-no-slice"}},
		{"loaded slices are shared", sharesSlices(), []string{"content/shares-no-slice"}},
	}...)
}

func keepsSlices() func() storage.Store {
	return faulty(func(f *fake) {
		kept := map[storage.Seq][]byte{}
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			for _, c := range changes {
				for _, r := range c.Records {
					kept[r.Seq] = r.Private
				}
			}
			return f.Store.Append(ctx, changes)
		}
		f.onLoad = func(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
			rs, err := f.Store.Load(ctx, id, after, max, private)
			for i := range rs {
				rs[i].Private = kept[rs[i].Seq]
			}
			return rs, err
		}
	})
}

func keepsHead() func() storage.Store {
	return faulty(func(f *fake) {
		var data []byte
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			for _, c := range changes {
				data = c.Head.Data
			}
			return f.Store.Append(ctx, changes)
		}
		f.onHeads = func(ctx context.Context, q storage.Query) ([]storage.Head, error) {
			hs, err := f.Store.Heads(ctx, q)
			for i := range hs {
				hs[i].Data = data
			}
			return hs, err
		}
	})
}

func sharesSlices() func() storage.Store {
	return faulty(func(f *fake) {
		cache := map[storage.CaseID][]storage.Record{}
		f.onLoad = func(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
			if rs, ok := cache[id]; ok {
				return rs, nil
			}
			rs, err := f.Store.Load(ctx, id, after, max, private)
			cache[id] = rs
			return rs, err
		}
	})
}

func loadFaults() []broken[storage.Store] {
	load := func(call func(f *fake, ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error)) func() storage.Store {
		return faulty(func(f *fake) {
			f.onLoad = func(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
				return call(f, ctx, id, after, max, private)
			}
		})
	}
	return []broken[storage.Store]{
		{"records are in no order", load(func(f *fake, ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
			rs, err := f.Store.Load(ctx, id, after, max, private)
			slices.Reverse(rs)
			return rs, err
		}), []string{"load/order-and-bounds"}},
		{"after is included", load(func(f *fake, ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
			return f.Store.Load(ctx, id, after-1, max, private)
		}), []string{"load/order-and-bounds"}},
		{"max is ignored", load(func(f *fake, ctx context.Context, id storage.CaseID, after storage.Seq, _ int, private bool) ([]storage.Record, error) {
			return f.Store.Load(ctx, id, after, 1<<20, private)
		}), []string{"load/order-and-bounds"}},
		{"an unknown case is an error", load(func(f *fake, ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
			if _, ok := f.current(id); !ok {
				return nil, storage.ErrNotFound
			}
			return f.Store.Load(ctx, id, after, max, private)
		}), []string{"load/unknown-case"}},
		{"Private is never returned", loaded(func(r *storage.Record, _ bool) { r.Private = nil }), []string{"load/private-if-asked"}},
		{"Private is returned unasked", loaded(func(*storage.Record, bool) {}), []string{"load/no-private-unasked", "content/erase"}},
		{"HasPrivate means that Private is here", loaded(func(r *storage.Record, private bool) {
			if !private {
				r.Private, r.HasPrivate = nil, false
			}
		}), []string{"load/has-private"}},
		{"HasPrivate outlives erasure", loaded(func(r *storage.Record, private bool) {
			if r.HasPrivate = true; !private {
				r.Private = nil
			}
		}), []string{"load/has-private", "content/erase"}},
	}
}
