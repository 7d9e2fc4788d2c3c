package cvdtest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// queried changes the Query.
func queried(edit func(q *storage.Query)) func() storage.Store {
	return listing(func(f *fake, q storage.Query) []storage.Head {
		edit(&q)
		return f.heads(q)
	})
}

// folded changes terms on both ways in.
func folded(fold func(string) string) func() storage.Store {
	all := func(ts []storage.Term) (out []storage.Term) {
		for _, t := range ts {
			out = append(out, storage.Term(fold(string(t))))
		}
		return out
	}
	return faulty(func(f *fake) {
		f.onAppend = func(ctx context.Context, changes []storage.Change) error {
			changes = slices.Clone(changes)
			for i := range changes {
				changes[i].Tag, changes[i].Untag = all(changes[i].Tag), all(changes[i].Untag)
			}
			return f.Store.Append(ctx, changes)
		}
		f.onHeads = func(ctx context.Context, q storage.Query) ([]storage.Head, error) {
			q.All, q.Any = all(q.All), all(q.Any)
			return f.Store.Heads(ctx, q)
		}
	})
}

// ranges changes what a listing by To has.
func ranges(list func(f *fake, q storage.Query) []storage.Head) func() storage.Store {
	return listing(func(f *fake, q storage.Query) []storage.Head {
		if q.To == "" {
			return f.heads(q)
		}
		return list(f, q)
	})
}

// byOffset pages with an offset instead of a cursor.
func byOffset() func() storage.Store {
	var offset int
	return listing(func(f *fake, q storage.Query) []storage.Head {
		if q.Before == (storage.Cursor{}) {
			offset = 0
		}
		limit := max(q.Limit, 0)
		q.Before, q.Limit = storage.Cursor{}, 1<<20
		all := f.heads(q)
		all = all[min(offset, len(all)):]
		all = all[:min(limit, len(all))]
		offset += len(all)
		return all
	})
}

func cut(hs []storage.Head, limit int) []storage.Head { return hs[:max(0, min(limit, len(hs)))] }

func headsFaults() []broken[storage.Store] {
	return []broken[storage.Store]{
		{"heads are oldest first", listing(func(f *fake, q storage.Query) []storage.Head {
			hs := f.heads(q)
			slices.Reverse(hs)
			return hs
		}), []string{"heads/newest-first", "heads/due", "paging/newest-first"}},
		{"IDs are compared as signed bytes", listing(func(f *fake, q storage.Query) []storage.Head {
			limit := q.Limit
			q.Limit = 1 << 20
			hs := f.heads(q)
			slices.SortStableFunc(hs, func(a, b storage.Head) int { return int(int8(b.ID[0])) - int(int8(a.ID[0])) })
			return cut(hs, limit)
		}), []string{"heads/newest-first"}},
		{"Limit is ignored", queried(func(q *storage.Query) { q.Limit = 1 << 20 }), []string{"heads/limit"}},
		{"Limit 0 is none", queried(func(q *storage.Query) {
			if q.Limit <= 0 {
				q.Limit = 1 << 20
			}
		}), []string{"heads/limit"}},
		{"only the first of All counts", queried(func(q *storage.Query) { q.All = q.All[:min(1, len(q.All))] }), []string{"heads/all"}},
		{"All is any", queried(func(q *storage.Query) { q.All, q.Any = nil, append(q.Any, q.All...) }), []string{"heads/all"}},
		{"Any is ignored", queried(func(q *storage.Query) { q.Any = nil }), []string{"heads/any"}},
		{"a case with two of Any is listed twice", listing(func(f *fake, q storage.Query) (out []storage.Head) {
			anyOf := q.Any
			if len(anyOf) == 0 {
				return f.heads(q)
			}
			for _, t := range anyOf {
				q.Any = []storage.Term{t}
				out = append(out, f.heads(q)...)
			}
			slices.SortFunc(out, func(a, b storage.Head) int { return bytes.Compare(b.ID[:], a.ID[:]) })
			return cut(out, q.Limit)
		}), []string{"heads/any"}},
		{"terms ignore case", folded(strings.ToLower), []string{"heads/terms-exact"}},
		{"terms lose spaces", folded(strings.TrimSpace), []string{"heads/terms-exact"}},
		{"terms end at NUL", folded(func(s string) string { return strings.SplitN(s, "\x00", 2)[0] }), []string{"heads/terms-exact"}},
		{"terms become valid UTF-8", folded(func(s string) string { return strings.ToValidUTF8(s, "?") }), []string{"heads/terms-exact"}},
		{"terms are cut", folded(func(s string) string { return s[:min(len(s), 127)] }), []string{"heads/terms-exact"}},
		{"Untag takes a term from all cases", faulty(func(f *fake) {
			leaked := map[storage.Term]bool{}
			f.onAppend = func(ctx context.Context, changes []storage.Change) error {
				for _, c := range changes {
					for _, t := range c.Untag {
						leaked[t] = true
					}
				}
				return f.Store.Append(ctx, changes)
			}
			f.onHeads = func(ctx context.Context, q storage.Query) ([]storage.Head, error) {
				for _, t := range q.All {
					if leaked[t] {
						return nil, ctx.Err()
					}
				}
				return f.Store.Heads(ctx, q)
			}
		}), []string{"heads/terms-of-a-case"}},
		{"a head is never replaced", edited(func(c *storage.Change) {
			if c.After > 0 {
				c.Head.Due, c.Head.Private, c.Head.Data = 5, nil, nil
			}
		}), []string{"heads/newest-state", "content/order-of-fields"}},
		{"DueBy is not included", queried(func(q *storage.Query) {
			if q.DueBy > 1 {
				q.DueBy--
			}
		}), []string{"heads/due", "heads/newest-state"}},
		{"a case that is never due is listed as due", edited(func(c *storage.Change) { c.Head.Due = max(c.Head.Due, 1) }), []string{"heads/due", "content/order-of-fields"}},
		{"due cases are in the order of their IDs", listing(func(f *fake, q storage.Query) []storage.Head {
			hs := f.heads(q)
			if q.DueBy != 0 {
				slices.SortFunc(hs, func(a, b storage.Head) int { return bytes.Compare(a.ID[:], b.ID[:]) })
			}
			return hs
		}), []string{"heads/due"}},
		{"a listing by Due ignores terms", queried(func(q *storage.Query) {
			if q.DueBy != 0 {
				q.All, q.Any = nil, nil
			}
		}), []string{"heads/due-with-terms"}},
		{"a range is in the order of the IDs", ranges(func(f *fake, q storage.Query) []storage.Head {
			hs := f.heads(q)
			slices.SortFunc(hs, func(a, b storage.Head) int { return bytes.Compare(a.ID[:], b.ID[:]) })
			return hs
		}), []string{"heads/range"}},
		{"a range has the newest first", ranges(func(f *fake, q storage.Query) []storage.Head {
			hs := f.heads(q)
			slices.SortStableFunc(hs, func(a, b storage.Head) int {
				return cmp.Or(cmp.Compare(a.Under, b.Under), bytes.Compare(b.ID[:], a.ID[:]))
			})
			return hs
		}), []string{"heads/range"}},
		{"a range includes its end", ranges(func(f *fake, q storage.Query) []storage.Head {
			q.To += "\x00"
			return f.heads(q)
		}), []string{"heads/range"}},
		{"a range leaves out where it begins", ranges(func(f *fake, q storage.Query) []storage.Head {
			q.From += "\x00"
			return f.heads(q)
		}), []string{"heads/range"}},
		{"a range lists a case once", ranges(func(f *fake, q storage.Query) (out []storage.Head) {
			seen := map[storage.CaseID]bool{}
			for _, h := range f.heads(q) {
				if !seen[h.ID] {
					out = append(out, h)
				}
				seen[h.ID] = true
			}
			return out
		}), []string{"heads/range"}},
		{"a range does not tell its terms", ranges(func(f *fake, q storage.Query) []storage.Head {
			hs := f.heads(q)
			for i := range hs {
				hs[i].Under = ""
			}
			return hs
		}), []string{"heads/range"}},
		{"a range ignores terms", ranges(func(f *fake, q storage.Query) []storage.Head {
			q.All, q.Any = nil, nil
			return f.heads(q)
		}), []string{"heads/range-with-terms"}},
		{"a range begins after the term of the last", ranges(func(f *fake, q storage.Query) []storage.Head {
			if q.Before.Under != "" {
				q.Before.ID = storage.CaseID(bytes.Repeat([]byte{0xff}, 16))
			}
			return f.heads(q)
		}), []string{"paging/range"}},
		{"a page begins with the last of the one before", listing(func(f *fake, q storage.Query) []storage.Head {
			if q.DueBy == 0 && q.Before.ID != (storage.CaseID{}) {
				q.Before.ID[15]++
				q.Before.ID[14]++
			}
			return f.heads(q)
		}), []string{"paging/newest-first"}},
		{"Before is Due only", queried(func(q *storage.Query) {
			if q.Before.Due != 0 {
				q.Before.ID = storage.CaseID{0xff, 0xff, 0xff, 0xff}
			}
		}), []string{"paging/due"}},
		{"Before is ID only", listing(func(f *fake, q storage.Query) []storage.Head {
			if q.DueBy == 0 {
				return f.heads(q)
			}
			limit, after := q.Limit, q.Before
			q.Limit, q.Before = 1<<20, storage.Cursor{}
			hs := slices.DeleteFunc(f.heads(q), func(h storage.Head) bool { return bytes.Compare(h.ID[:], after.ID[:]) <= 0 })
			return cut(hs, limit)
		}), []string{"paging/due", "paging/due-stable"}},
		{"pages count from the start", byOffset(), []string{"paging/stable", "paging/due-stable"}},
	}
}
