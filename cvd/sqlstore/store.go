package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// Options configure a Store.
type Options struct {
	// Dialect of the database. The zero value is SQLite.
	Dialect Dialect
	// Now gives the time of creation to blobs; nil means time.Now.
	Now func() time.Time
}

// Store is a cvd.Store on a database. It is safe for concurrent use, also by
// several processes on the same database.
type Store struct {
	db    *sql.DB
	d     *dialect
	now   func() time.Time
	stmts atomic.Pointer[statements]
	write chan struct{} // holds one token while this process writes

	mu      sync.Mutex
	queue   []*member // appends that nobody took yet; the leader's is first
	leading bool
}

var _ cvd.Store = (*Store)(nil)

// Open returns a Store on db. It does not connect: an error is returned only if
// db is nil or the dialect unknown.
func Open(db *sql.DB, o Options) (*Store, error) {
	if db == nil {
		return nil, errors.New("sqlstore: no database given")
	}
	d, err := o.Dialect.dialect()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{db: db, d: d, now: o.Now, write: make(chan struct{}, 1)}, nil
}

// Load implements cvd.Store.
func (s *Store) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) (out []cvd.Record, err error) {
	err = s.read(ctx, func(q querier) (err error) {
		out, err = load(ctx, q, id, after, max, private)
		return err
	})
	return out, wrap("load", err)
}

// Heads implements cvd.Store. A list by one term costs what it shows. With
// several terms in Query.All the rarest leads; common lists are faster with a
// composite term.
func (s *Store) Heads(ctx context.Context, q cvd.Query) (out []cvd.Head, err error) {
	err = s.read(ctx, func(from querier) (err error) {
		out, err = heads(ctx, s.d, from, q)
		return err
	})
	return out, wrap("heads", err)
}

// Lookup implements cvd.Store.
func (s *Store) Lookup(ctx context.Context, k cvd.Key) (id cvd.CaseID, err error) {
	err = s.read(ctx, func(q querier) (err error) {
		id, err = lookup(ctx, q, k)
		return err
	})
	return id, wrap("lookup", err)
}

// Claim implements cvd.Store.
func (s *Store) Claim(ctx context.Context, now cvd.Millis, lease time.Duration, n int) (out []cvd.Delivery, err error) {
	err = s.transact(ctx, func(ctx context.Context, t *session) (err error) {
		out, err = claim(ctx, t, now, lease, n)
		return err
	})
	if err != nil {
		return nil, wrap("claim", err)
	}
	return out, nil
}

// Postpone implements cvd.Store.
func (s *Store) Postpone(ctx context.Context, d cvd.Delivery, retry cvd.Millis) error {
	return wrap("release", s.transact(ctx, func(ctx context.Context, t *session) error {
		return release(ctx, t, d, retry)
	}))
}

// read runs f on the pool. f may run more than once.
func (s *Store) read(ctx context.Context, f func(querier) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stmts, err := s.prepare(ctx)
	if err != nil {
		return err
	}
	return s.d.retry(ctx, func() error { return f(pool{s.db, stmts}) })
}

// transact runs f in a transaction of its own. Waiting for the database ends
// with ctx; what follows does not wait, and is not interrupted.
func (s *Store) transact(ctx context.Context, f func(context.Context, *session) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	if err := f(w.ctx, &w.session); err != nil {
		return err
	}
	return w.tx.Commit()
}

// wrap says where an error came from. The contract's own errors stay as they are.
func wrap(what string, err error) error {
	var dup *cvd.DuplicateError
	if err == nil || isRefusal(err, &dup) || err == cvd.ErrNotFound {
		return err
	}
	return fmt.Errorf("sqlstore: %s: %w", what, err)
}

// isRefusal tells whether Append refused a change and wrote nothing of it.
func isRefusal(err error, dup **cvd.DuplicateError) bool {
	return err == cvd.ErrConflict || err == cvd.ErrLeaseLost || errors.As(err, dup)
}
