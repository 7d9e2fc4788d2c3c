package sqlstore

import (
	"context"
	"database/sql"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// State is a storage.State in the tables of its Store. It is safe for concurrent
// use. Removed and replaced values are erased as Compact says.
type State struct{ s *Store }

var _ storage.State = (*State)(nil)

// State returns the State in the same database.
func (s *Store) State() *State { return &State{s} }

type stateValue struct {
	data    []byte
	version int64
}

// Get implements storage.State.
func (s *State) Get(ctx context.Context, key string) ([]byte, int64, error) {
	var got []stateValue
	err := s.s.read(ctx, func(q querier) (err error) {
		rows, err := q.fixed(ctx, getState, []byte(key))
		got, err = collect(rows, err, func(rows *sql.Rows) (v stateValue, err error) {
			var raw sql.RawBytes
			err = rows.Scan(&raw, &v.version)
			v.data = append([]byte{}, raw...) // an empty value is not none
			return v, err
		})
		return err
	})
	if err != nil || len(got) == 0 {
		return nil, 0, wrap("get", err)
	}
	return got[0].data, got[0].version, nil
}

// Put implements storage.State.
func (s *State) Put(ctx context.Context, key string, version int64, value []byte) (next int64, err error) {
	if err := storage.CheckState(key, value); err != nil {
		return 0, err
	}
	err = s.s.single(ctx, func(ctx context.Context, t *session) (err error) {
		next, err = putState(ctx, t, []byte(key), version, value)
		return err
	})
	if err != nil {
		return 0, wrap("put", err)
	}
	return next, nil
}

// putState gives a row a new number, which is the version: the database never
// gives a number twice. Where it can a statement does all, else the row is dropped
// and added again.
func putState(ctx context.Context, t *session, key []byte, version int64, value []byte) (int64, error) {
	if version != 0 && value != nil && t.d.texts[replaceState] != "" {
		got, err := versions(t.fixed(ctx, replaceState, key, version, value))
		if err == nil && len(got) == 0 {
			err = storage.ErrConflict
		}
		if err != nil {
			return 0, err
		}
		return got[0], nil
	}
	if version != 0 {
		n, err := t.exec(ctx, dropState, key, version)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, storage.ErrConflict
		}
	}
	q, args := addState, []any{key, value}
	if value == nil {
		if version != 0 {
			return 0, nil
		}
		q, args = stateVersion, args[:1]
	}
	got, err := versions(t.fixed(ctx, q, args...))
	switch {
	case err != nil:
		return 0, err
	case value == nil && len(got) == 0: // there is nothing to remove
		return 0, nil
	case value == nil || len(got) == 0:
		return 0, storage.ErrConflict
	}
	return got[0], nil
}

func versions(rows *sql.Rows, err error) ([]int64, error) {
	return collect(rows, err, func(rows *sql.Rows) (n int64, err error) {
		err = rows.Scan(&n)
		return n, err
	})
}

// List implements storage.State.
func (s *State) List(ctx context.Context, prefix, after string, n int) (out []string, err error) {
	if n <= 0 {
		return nil, ctx.Err()
	}
	// Keys are printable ASCII, so that what begins with prefix ends before this.
	end := prefix + "\x7f"
	err = s.s.read(ctx, func(q querier) (err error) {
		rows, err := q.fixed(ctx, listState, []byte(prefix), []byte(end), []byte(after), n)
		out, err = collect(rows, err, func(rows *sql.Rows) (string, error) {
			var raw sql.RawBytes
			err := rows.Scan(&raw)
			return string(raw), err
		})
		return err
	})
	return out, wrap("list", err)
}
