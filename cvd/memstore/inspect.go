package memstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

var _ storage.Inspector = (*Store)(nil)

// Inspect implements storage.Inspector.
func (s *Store) Inspect(ctx context.Context, after storage.CaseID, n int) ([]storage.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := map[storage.CaseID]*storage.Rows{}
	of := func(id storage.CaseID) *storage.Rows {
		if rows[id] == nil {
			rows[id] = &storage.Rows{ID: id}
		}
		return rows[id]
	}
	for id := range s.cases {
		of(id)
	}
	for _, id := range s.keys {
		of(id)
	}
	var ids []storage.CaseID
	for id := range rows {
		if compareIDs(id, after) > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, compareIDs)
	ids = ids[:min(max(n, 0), len(ids))]
	if len(ids) == 0 {
		return nil, nil
	}
	last := ids[len(ids)-1]
	within := func(id storage.CaseID) bool { return compareIDs(id, after) > 0 && compareIDs(id, last) <= 0 }
	for k, id := range s.keys {
		if within(id) {
			of(id).Keys = append(of(id).Keys, k)
		}
	}
	for _, lane := range s.queue.lanes {
		for _, d := range lane {
			if within(d.Case) {
				of(d.Case).Deliveries = append(of(d.Case).Deliveries, d)
			}
		}
	}
	out := make([]storage.Rows, len(ids))
	for i, id := range ids {
		r := rows[id]
		if e := s.cases[id]; e != nil {
			head := cloneHead(e.head)
			r.Head, r.Records = &head, len(e.log)
			for t := range e.terms {
				r.Terms = append(r.Terms, t)
			}
		}
		slices.Sort(r.Terms)
		slices.SortFunc(r.Keys, func(a, b storage.Key) int { return bytes.Compare(a[:], b[:]) })
		slices.SortFunc(r.Deliveries, func(a, b storage.Delivery) int {
			return cmp.Or(bytes.Compare(a.Lane[:], b.Lane[:]), cmp.Compare(a.Ref, b.Ref))
		})
		out[i] = *r
	}
	return out, nil
}
