package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// collect reads all rows before it returns: no cursor stays open.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		if len(out) == cap(out) {
			out = slices.Grow(out, max(8, len(out))) // append alone would copy long results four times
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// fill copies a column of fixed size.
func fill(dst, column []byte) error {
	if len(dst) != len(column) {
		return fmt.Errorf("a column has %d bytes instead of %d", len(column), len(dst))
	}
	copy(dst, column)
	return nil
}

func load(ctx context.Context, q querier, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
	if max <= 0 {
		return nil, nil
	}
	t := loadPublic
	if private {
		t = loadPrivate
	}
	rows, err := q.fixed(ctx, t, id[:], int64(after), max)
	var room arena
	end := after // of the log, by its head
	out, err := collect(rows, err, func(rows *sql.Rows) (r storage.Record, err error) {
		var body, text sql.RawBytes
		err = rows.Scan(&r.Seq, &body, &r.HasPrivate, &text)
		if r.Seq < 0 {
			end = -r.Seq
			return r, err
		}
		r.Body = room.copy(body)
		if private && r.HasPrivate {
			r.Private = room.copy(text) // not nil, though drivers return empty as nil
		}
		return r, err
	})
	if err != nil {
		return nil, err
	}
	if n := len(out) - 1; n >= 0 && out[n].Seq < 0 { // what the head says
		out = out[:n]
	}
	last := after
	if len(out) > 0 {
		last = out[len(out)-1].Seq
	}
	if len(out) < max && end > last {
		return nil, fmt.Errorf("%w: it ends at record %d, and had %d", storage.ErrTampered, last, end)
	}
	return out, nil
}

// arena copies columns into shared pieces of memory: a log has many small ones.
type arena []byte

func (a *arena) copy(b []byte) []byte {
	if *a == nil || len(b) > cap(*a)-len(*a) {
		*a = make([]byte, 0, max(len(b), min(2*cap(*a)+512, 64<<10)))
	}
	n := len(*a)
	*a = append(*a, b...)
	return (*a)[n:len(*a):len(*a)]
}

func lookup(ctx context.Context, q querier, k storage.Key) (storage.CaseID, error) {
	rows, err := q.fixed(ctx, keyOwner, k[:])
	ids, err := collect(rows, err, scanID)
	if err != nil {
		return storage.CaseID{}, err
	}
	if len(ids) == 0 {
		return storage.CaseID{}, storage.ErrNotFound
	}
	return ids[0], nil
}

func scanID(rows *sql.Rows) (id storage.CaseID, err error) {
	var raw sql.RawBytes
	if err = rows.Scan(&raw); err == nil {
		err = fill(id[:], raw)
	}
	return id, err
}

func claim(ctx context.Context, t *session, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	if n <= 0 {
		return nil, nil
	}
	type claimed struct {
		storage.Delivery
		ready storage.Millis
	}
	// A lease is never shorter than asked for.
	end := int64(now) + int64((lease+time.Millisecond-1)/time.Millisecond)
	rows, err := t.fixed(ctx, claimReady, end, int64(now), n)
	got, err := collect(rows, err, func(rows *sql.Rows) (c claimed, err error) {
		var id, lane sql.RawBytes
		if err = rows.Scan(&id, &lane, &c.Ref, &c.ready, &c.At, &c.Token, &c.Tries); err != nil {
			return c, err
		}
		if err = fill(c.Case[:], id); err == nil {
			err = fill(c.Lane[:], lane)
		}
		return c, err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(got, func(a, b claimed) int { return cmp.Compare(a.ready, b.ready) })
	var out []storage.Delivery
	for _, c := range got {
		out = append(out, c.Delivery)
	}
	return out, nil
}

func release(ctx context.Context, t *session, d storage.Delivery, retry storage.Millis) error {
	n, err := t.exec(ctx, releaseClaim, int64(retry), d.Tries, d.Lane[:], int64(d.Ref), d.Token)
	if err == nil && n == 0 {
		err = storage.ErrLeaseLost
	}
	return err
}
