package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// ranged lists heads in the order of a range of terms. The terms of recent cases are in
// no order: those few that may have one of the range come whole, in the same statement,
// and are put in their places here.
func ranged(ctx context.Context, d *dialect, from querier, q storage.Query) ([]storage.Head, error) {
	b := &builder{d: d}
	const columns = "SELECT h.case_id, h.seq, h.tip, coalesce(h.due, 0), h.data, h.private, "
	b.add("SELECT * FROM (" + columns + "c.term, 0 FROM cvd_terms c " + d.heads)
	if q.Before.Under != "" {
		b.add(" WHERE (c.term, c.case_id) > (%s, %s)", []byte(q.Before.Under), q.Before.ID[:])
	} else {
		b.add(" WHERE c.term >= %s", []byte(q.From))
	}
	b.add(" AND c.term < %s", []byte(q.To))
	b.match("c", q.All, q.Any)
	b.add(" ORDER BY c.term, c.case_id LIMIT %s) x", q.Limit)
	b.orRecent(q, columns+"c.terms, 1 FROM ", func() {
		n := 0 // all terms of the range begin alike
		for n < min(len(q.From), len(q.To)) && q.From[n] == q.To[n] {
			n++
		}
		b.add("instr(c.terms, %s) > 0", append([]byte{0}, q.From[:n]...))
	})
	var all []storage.Head
	rows, err := b.run(ctx, from, headColumns+", term bytea, recent integer")
	_, err = collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		var term sql.RawBytes
		var recent int
		h, err := scanHead(rows, &term, &recent)
		one := bytes.SplitSeq(term, []byte{0}) // a row of terms
		if recent == 0 {
			one = slices.Values([][]byte{term})
		}
		for t := range one {
			if string(t) < string(q.From) || string(t) >= string(q.To) || recent != 0 && len(t) == 0 {
				continue
			}
			h.Under = storage.Term(t)
			if q.Before.Under == "" || compareUnder(&h, &storage.Head{Under: q.Before.Under, ID: q.Before.ID}) > 0 {
				all = append(all, h)
			}
		}
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b storage.Head) int { return compareUnder(&a, &b) })
	return all[:min(len(all), q.Limit)], nil
}

func compareUnder(a, b *storage.Head) int {
	return cmp.Or(cmp.Compare(a.Under, b.Under), slices.Compare(a.ID[:], b.ID[:]))
}
