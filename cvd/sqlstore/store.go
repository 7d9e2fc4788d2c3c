package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Options configure a Store.
type Options struct {
	// Dialect of the database. The zero value is SQLite.
	Dialect Dialect
	// Schema holds the tables in PostgreSQL; empty means public. All statements
	// name it, whatever the search_path is. It takes a letter or underscore and
	// then letters, digits and underscores. Migrate creates it if it is missing.
	Schema string
	// Now gives the time of creation to blobs; nil means time.Now.
	Now func() time.Time
}

// Store is a storage.Store on a database. It is safe for concurrent use, also by
// several processes on the same database.
type Store struct {
	db    *sql.DB
	d     *dialect
	now   func() time.Time
	stmts atomic.Pointer[statements]
	lists prepared
	write chan struct{} // holds one token while this process writes

	settings settings // used by who holds the token

	mu      sync.Mutex
	queue   []*member // appends that nobody took yet; the leader's is first
	leading bool
}

var _ storage.Store = (*Store)(nil)

// Open returns a Store on db. It does not connect: an error is returned only if
// db is nil, or the dialect or the schema's name is not known.
func Open(db *sql.DB, o Options) (*Store, error) {
	if db == nil {
		return nil, errors.New("sqlstore: no database given")
	}
	d, err := o.dialect()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{db: db, d: d, now: o.Now, write: make(chan struct{}, 1)}, nil
}

// Load implements storage.Store.
func (s *Store) Load(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) (out []storage.Record, err error) {
	err = s.read(ctx, func(q querier) (err error) {
		out, err = load(ctx, q, id, after, max, private)
		return err
	})
	return out, wrap("load", err)
}

// Heads implements storage.Store. A list by one term costs what it shows. With
// several terms in Query.All the rarest leads; common lists are faster with a
// composite term.
func (s *Store) Heads(ctx context.Context, q storage.Query) (out []storage.Head, err error) {
	err = s.read(ctx, func(from querier) (err error) {
		out, err = heads(ctx, s.d, from, q)
		return err
	})
	return out, wrap("heads", err)
}

// Lookup implements storage.Store.
func (s *Store) Lookup(ctx context.Context, k storage.Key) (id storage.CaseID, err error) {
	err = s.read(ctx, func(q querier) (err error) {
		id, err = lookup(ctx, q, k)
		return err
	})
	return id, wrap("lookup", err)
}

// Claim implements storage.Store.
func (s *Store) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) (out []storage.Delivery, err error) {
	err = s.single(ctx, func(ctx context.Context, t *session) (err error) {
		out, err = claim(ctx, t, now, lease, n)
		return err
	})
	if err != nil {
		return nil, wrap("claim", err)
	}
	return out, nil
}

// Postpone implements storage.Store.
func (s *Store) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	return wrap("release", s.single(ctx, func(ctx context.Context, t *session) error {
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
	var lists *prepared
	if !s.d.shared {
		lists = &s.lists
	}
	return s.explain(s.d.again(ctx, func() error {
		return s.d.retry(ctx, func() error { return f(&session{d: s.d, db: s.db, stmts: stmts, lists: lists}) })
	}))
}

// single runs f, which writes by one statement. f may run more than once.
func (s *Store) single(ctx context.Context, f func(context.Context, *session) error) error {
	if !s.d.shared {
		return s.transact(ctx, f)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.explain(s.d.again(ctx, func() error { return f(ctx, &session{d: s.d, db: s.db}) }))
}

// explain adds to an error of the database what the reason may be.
func (s *Store) explain(err error) error {
	if err != nil && s.d.missing(err) {
		return fmt.Errorf("the tables are missing or of another version (was Migrate called?): %w", err)
	}
	return err
}

// transact runs f in a transaction of its own; f may run more than once. With
// SQLite waiting for the database ends with ctx; what follows does not wait, and
// is not interrupted.
func (s *Store) transact(ctx context.Context, f func(context.Context, *session) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.d.shared {
		return s.explain(s.d.again(ctx, func() error {
			tx, err := s.db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if err := f(ctx, &session{d: s.d, tx: tx}); err != nil {
				return err
			}
			return tx.Commit()
		}))
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
	var dup *storage.DuplicateError
	if err == nil || isRefusal(err, &dup) || errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return fmt.Errorf("sqlstore: %s: %w", what, err)
}

// isRefusal tells whether Append refused a change and wrote nothing of it.
func isRefusal(err error, dup **storage.DuplicateError) bool {
	return errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrLeaseLost) || errors.As(err, dup)
}
