package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// querier runs statements that return rows.
type querier interface {
	fixed(ctx context.Context, t text, args ...any) (*sql.Rows, error)
	built(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type statements [numTexts]*sql.Stmt

// prepare returns the prepared statements. It takes connections of the pool, so
// it is called before a connection is held: else it would wait for itself where
// there is only one. Where several may write at once it prepares nothing: drivers
// of servers keep statements by their text, and the host tells them not to behind
// a proxy that shares connections.
func (s *Store) prepare(ctx context.Context) (*statements, error) {
	if s.d.shared {
		return nil, nil
	}
	if st := s.stmts.Load(); st != nil {
		return st, nil
	}
	st := &statements{}
	for i, q := range s.d.texts {
		if q == "" {
			continue
		}
		err := s.d.retry(ctx, func() (err error) {
			st[i], err = s.db.PrepareContext(ctx, q)
			return err
		})
		if err != nil {
			st.close()
			return nil, fmt.Errorf("preparing a statement (was Migrate called?): %w", err)
		}
	}
	if !s.stmts.CompareAndSwap(nil, st) {
		st.close() // another caller was first
	}
	return s.stmts.Load(), nil
}

func (st *statements) close() {
	for _, s := range st {
		if s != nil {
			s.Close()
		}
	}
}

// session reads and writes in one transaction, or on any connection of the pool,
// each statement by itself.
type session struct {
	d     *dialect
	db    *sql.DB
	tx    *sql.Tx     // nil: the pool
	stmts *statements // nil: nothing is prepared
	bound statements  // those prepared, for this transaction
	lists *prepared   // nil: built queries are not kept
}

// prepared keeps built queries of SQLite, of which there are as many as shapes of
// filters: to parse and plan one takes longer than a short list.
type prepared struct {
	mu    sync.Mutex
	texts map[string]*sql.Stmt
}

const maxPrepared = 64

// get returns nil for a query that is not kept, which then says itself what is wrong
// with it. It takes a connection of the pool, and so is not for transactions.
func (p *prepared) get(ctx context.Context, db *sql.DB, query string) *sql.Stmt {
	p.mu.Lock()
	st, full := p.texts[query], len(p.texts) >= maxPrepared
	p.mu.Unlock()
	if st != nil || full {
		return st
	}
	st, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if was := p.texts[query]; was != nil {
		st.Close()
		return was
	}
	if p.texts == nil {
		p.texts = map[string]*sql.Stmt{}
	}
	p.texts[query] = st
	return st
}

func (t *session) stmt(ctx context.Context, i text) *sql.Stmt {
	switch {
	case t.stmts == nil:
		return nil
	case t.tx == nil:
		return t.stmts[i]
	case t.bound[i] == nil:
		t.bound[i] = t.tx.StmtContext(ctx, t.stmts[i])
	}
	return t.bound[i]
}

// runner is what *sql.DB and *sql.Tx have in common.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (t *session) runner() runner {
	if t.tx != nil {
		return t.tx
	}
	return t.db
}

func (t *session) do(ctx context.Context, i text, args ...any) (sql.Result, error) {
	if st := t.stmt(ctx, i); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return t.runner().ExecContext(ctx, t.d.texts[i], args...)
}

// exec returns how many rows were affected.
func (t *session) exec(ctx context.Context, i text, args ...any) (int64, error) {
	res, err := t.do(ctx, i, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (t *session) fixed(ctx context.Context, i text, args ...any) (*sql.Rows, error) {
	if st := t.stmt(ctx, i); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return t.runner().QueryContext(ctx, t.d.texts[i], args...)
}

func (t *session) built(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if t.tx == nil && t.lists != nil {
		if st := t.lists.get(ctx, t.db, query); st != nil {
			return st.QueryContext(ctx, args...)
		}
	}
	return t.runner().QueryContext(ctx, query, args...)
}

// writer is a session that holds the write lock of the database.
type writer struct {
	session
	ctx      context.Context // does not end: SQLite answers an interrupt within a transaction by rolling it back
	conn     *sql.Conn
	settings *settings
	done     func()
}

// begin waits for the write lock until ctx ends.
func (s *Store) begin(ctx context.Context) (w *writer, err error) {
	stmts, err := s.prepare(ctx)
	if err != nil {
		return nil, err
	}
	select { // our own writers wait here: cheaper than at the database
	case s.write <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w = &writer{ctx: context.WithoutCancel(ctx), settings: &s.settings, done: func() { <-s.write }}
	w.d, w.stmts = s.d, stmts
	if w.conn, err = s.db.Conn(ctx); err == nil {
		err = s.d.retry(ctx, func() error { return w.lock() })
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *writer) lock() (err error) {
	if w.tx == nil {
		if err := w.settings.apply(w.ctx, w.d, w.conn); err != nil {
			return err
		}
		if w.tx, err = w.conn.BeginTx(w.ctx, nil); err != nil {
			w.tx = nil
			return err
		}
	}
	_, err = w.exec(w.ctx, lock)
	return err
}

// close ends the transaction, if it was not committed, and gives the
// connection back.
func (w *writer) close() {
	if w.tx != nil {
		if err := w.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			// Nobody may find a transaction open on a connection of the pool.
			w.conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	if w.conn != nil {
		w.conn.Close()
	}
	w.done()
}
