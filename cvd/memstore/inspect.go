package memstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
)

var _ cvd.Inspector = (*Store)(nil)

// Inspect implements cvd.Inspector.
func (s *Store) Inspect(ctx context.Context, after cvd.CaseID, n int) ([]cvd.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := map[cvd.CaseID]*cvd.Rows{}
	of := func(id cvd.CaseID) *cvd.Rows {
		if rows[id] == nil {
			rows[id] = &cvd.Rows{ID: id}
		}
		return rows[id]
	}
	for id := range s.cases {
		of(id)
	}
	for _, id := range s.keys {
		of(id)
	}
	var ids []cvd.CaseID
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
	within := func(id cvd.CaseID) bool { return compareIDs(id, after) > 0 && compareIDs(id, last) <= 0 }
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
	out := make([]cvd.Rows, len(ids))
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
		slices.SortFunc(r.Keys, func(a, b cvd.Key) int { return bytes.Compare(a[:], b[:]) })
		slices.SortFunc(r.Deliveries, func(a, b cvd.Delivery) int {
			return cmp.Or(bytes.Compare(a.Lane[:], b.Lane[:]), cmp.Compare(a.Ref, b.Ref))
		})
		out[i] = *r
	}
	return out, nil
}
