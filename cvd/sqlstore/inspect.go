package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

var _ storage.Inspector = (*Store)(nil)

// Inspect implements storage.Inspector. There is no index by case of keys, terms and
// deliveries, which would cost every write: each call reads these tables once. A
// case that is written to meanwhile may show rows of two versions.
func (s *Store) Inspect(ctx context.Context, after storage.CaseID, n int) (out []storage.Rows, err error) {
	err = s.read(ctx, func(q querier) error {
		out, err = inspect(ctx, s.d, q, after, n)
		return err
	})
	return out, wrap("inspect", err)
}

// Inspect implements storage.Inspector within the host's transaction.
func (b *bound) Inspect(ctx context.Context, after storage.CaseID, n int) (out []storage.Rows, err error) {
	err = b.use(ctx, "inspect", func(ctx context.Context) (err error) {
		out, err = inspect(ctx, b.t.d, &b.t, after, n)
		return err
	})
	return out, err
}

func inspect(ctx context.Context, d *dialect, q querier, after storage.CaseID, n int) ([]storage.Rows, error) {
	if n <= 0 {
		return nil, nil
	}
	rows := map[storage.CaseID]*storage.Rows{}
	of := func(id storage.CaseID) *storage.Rows {
		if rows[id] == nil {
			rows[id] = &storage.Rows{ID: id}
		}
		return rows[id]
	}
	b := &builder{d: d}
	b.add("SELECT h.case_id, h.seq, h.tip, coalesce(h.due, 0), h.data, h.private FROM cvd_heads h WHERE h.case_id > %s ORDER BY h.case_id LIMIT %s", after[:], n)
	found, err := b.run(ctx, q, headColumns)
	heads, err := collect(found, err, func(rows *sql.Rows) (storage.Head, error) { return scanHead(rows) })
	if err != nil {
		return nil, err
	}
	last := storage.CaseID(bytes.Repeat([]byte{0xff}, len(after))) // the end: whatever else names a case
	for i := range heads {
		of(heads[i].ID).Head = &heads[i]
	}
	if len(heads) == n {
		last = heads[n-1].ID
	}
	each := func(columns, query string, scan func(r *storage.Rows, column []byte, rows *sql.Rows) error, more ...any) error {
		b := &builder{d: d}
		b.add(query, after[:], last[:])
		found, err := b.run(ctx, q, columns)
		_, err = collect(found, err, func(rows *sql.Rows) (none struct{}, err error) {
			var id storage.CaseID
			var raw, column sql.RawBytes
			if err = rows.Scan(append([]any{&raw, &column}, more...)...); err == nil {
				if err = fill(id[:], raw); err == nil {
					err = scan(of(id), column, rows)
				}
			}
			return none, err
		})
		return err
	}
	const within = " WHERE case_id > %s AND case_id <= %s"
	var records int
	if err := each("case_id bytea, none bytea, n bigint", "SELECT case_id, CAST(NULL AS bytea), count(*) FROM cvd_records"+within+" GROUP BY case_id", func(r *storage.Rows, _ []byte, _ *sql.Rows) error {
		r.Records = records
		return nil
	}, &records); err != nil {
		return nil, err
	}
	if err := each("case_id bytea, key bytea", "SELECT case_id, key FROM cvd_keys"+within+" ORDER BY key", func(r *storage.Rows, column []byte, _ *sql.Rows) error {
		var k storage.Key
		err := fill(k[:], column)
		r.Keys = append(r.Keys, k)
		return err
	}); err != nil {
		return nil, err
	}
	if err := each("case_id bytea, term bytea", "SELECT case_id, term FROM cvd_terms"+within+" ORDER BY term", func(r *storage.Rows, column []byte, _ *sql.Rows) error {
		r.Terms = append(r.Terms, storage.Term(column))
		return nil
	}); err != nil {
		return nil, err
	}
	if d.recent {
		if err := each("", "SELECT case_id, terms FROM cvd_recent"+within, func(r *storage.Rows, column []byte, _ *sql.Rows) error {
			r.Terms = append(r.Terms, termsOfRow(column)...)
			slices.Sort(r.Terms)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	var x storage.Delivery
	if err := each("case_id bytea, lane bytea, ref bigint, at bigint, token bigint, tries bigint", "SELECT case_id, lane, ref, coalesce(ready, at), token, tries FROM cvd_outbox"+within+" ORDER BY lane, ref", func(r *storage.Rows, column []byte, _ *sql.Rows) error {
		d := x
		d.Case = r.ID
		err := fill(d.Lane[:], column)
		r.Deliveries = append(r.Deliveries, d)
		return err
	}, &x.Ref, &x.At, &x.Token, &x.Tries); err != nil {
		return nil, err
	}
	out := make([]storage.Rows, 0, len(rows))
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b storage.Rows) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return out[:min(n, len(out))], nil
}
