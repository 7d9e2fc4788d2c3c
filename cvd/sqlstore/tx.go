package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// within runs f so that its failure undoes what it wrote and nothing else. If
// the savepoint is lost too, failure is set and the transaction is unusable.
func (t *session) within(ctx context.Context, f func(context.Context) error) (result, failure error) {
	if _, failure = t.tx.ExecContext(ctx, "SAVEPOINT cvd"); failure != nil {
		return failure, failure
	}
	if result = f(ctx); result != nil {
		if _, failure = t.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT cvd"); failure != nil {
			return result, failure
		}
	}
	_, failure = t.tx.ExecContext(ctx, "RELEASE SAVEPOINT cvd")
	return result, failure
}

// savepoint is within where the two errors lead to the same.
func (t *session) savepoint(ctx context.Context, f func(context.Context) error) error {
	result, failure := t.within(ctx, f)
	if failure != nil {
		return failure
	}
	return result
}

// WithTx returns a Store bound to the host's transaction, so that changes of
// cases and of the host's own tables are committed or rolled back together.
//
// The host ends tx; until then nobody else sees the changes. After ErrConflict,
// a *storage.DuplicateError or storage.ErrLeaseLost, tx remains usable and holds nothing
// of the refused change. The bound Store lasts as long as tx. It is safe for
// concurrent use, but call WithTx once for a transaction: two Stores bound to the
// same one would mix their savepoints.
//
// It sets nothing on the connection: durability is the host's. With SQLite a savepoint
// of a large change spills into a temporary file unless temp_store is MEMORY, as it is
// on connections of the unbound Store. A transaction of
// PostgreSQL works in each isolation level; in REPEATABLE READ and SERIALIZABLE, and
// after a deadlock, ErrConflict may mean that tx can only be rolled back and repeated.
// A context that ends during a call breaks the connection, and with it tx.
//
// A transaction of SQLite that has read before it writes may find that another has written since
// (SQLITE_BUSY_SNAPSHOT). That is an ErrConflict after which tx can only be rolled
// back and repeated; a transaction that begins as immediate has none. Once tx has
// written, other writers wait for its end, and so does the unbound Store.
func (s *Store) WithTx(tx *sql.Tx) storage.Store {
	return &bound{s: s, t: session{d: s.d, tx: tx, stmts: s.stmts.Load()}}
}

// bound is a Store within a transaction of the host.
type bound struct {
	s  *Store
	mu sync.Mutex // savepoints nest
	t  session
}

// use runs f, waiting while another transaction writes.
func (b *bound) use(ctx context.Context, what string, f func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return wrap(what, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting := ctx
	if !b.t.d.shared {
		// SQLite answers an interrupt by rolling back the host's whole transaction.
		ctx = context.WithoutCancel(ctx)
	}
	err := b.t.d.retry(waiting, func() error { return f(ctx) })
	if err != nil && b.t.d.stale(err) && !errors.Is(err, storage.ErrConflict) {
		err = fmt.Errorf("%w: %w", storage.ErrConflict, err)
	}
	return wrap(what, b.s.explain(err))
}

func (b *bound) Append(ctx context.Context, changes []storage.Change) error {
	return b.use(ctx, "append", func(ctx context.Context) error {
		if len(changes) == 0 {
			return nil
		}
		if !b.t.d.shared {
			return b.t.savepoint(ctx, func(ctx context.Context) error { return apply(ctx, &b.t, changes) })
		}
		// What another did first becomes visible to the next try, unless the host
		// isolates its transaction from it.
		var err error
		for range 3 {
			err = b.t.savepoint(ctx, func(ctx context.Context) error { return call(ctx, &b.t, changes, false) })
			if sqlState(err) != stateFaster {
				break
			}
		}
		return err
	})
}

func (b *bound) Load(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) (out []storage.Record, err error) {
	err = b.use(ctx, "load", func(ctx context.Context) (err error) {
		out, err = load(ctx, &b.t, id, after, max, private)
		return err
	})
	return out, err
}

func (b *bound) Heads(ctx context.Context, q storage.Query) (out []storage.Head, err error) {
	err = b.use(ctx, "heads", func(ctx context.Context) (err error) {
		out, err = heads(ctx, b.t.d, &b.t, q)
		return err
	})
	return out, err
}

func (b *bound) Lookup(ctx context.Context, k storage.Key) (id storage.CaseID, err error) {
	err = b.use(ctx, "lookup", func(ctx context.Context) (err error) {
		id, err = lookup(ctx, &b.t, k)
		return err
	})
	return id, err
}

func (b *bound) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) (out []storage.Delivery, err error) {
	err = b.use(ctx, "claim", func(ctx context.Context) (err error) {
		out, err = claim(ctx, &b.t, now, lease, n)
		return err
	})
	return out, err
}

func (b *bound) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	return b.use(ctx, "release", func(ctx context.Context) error { return release(ctx, &b.t, d, retry) })
}
