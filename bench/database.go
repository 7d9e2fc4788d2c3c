package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	_ "modernc.org/sqlite"             // the driver of SQLite

	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

// database is the one that is measured.
type database struct {
	name  string
	store *sqlstore.Store
	size  func(context.Context) (int64, error)
	close func()
}

func (x *scale) open() (*database, error) {
	if strings.HasPrefix(x.path, "postgres://") || strings.HasPrefix(x.path, "postgresql://") {
		return openPostgres(x.path, x.writers)
	}
	return openSQLite(x.path)
}

func openSQLite(path string) (*database, error) {
	remove := func() {}
	if path == "" {
		dir, err := os.MkdirTemp("", "cvdkit-bench")
		if err != nil {
			return nil, err
		}
		remove = func() { os.RemoveAll(dir) }
		path = filepath.Join(dir, "cases.db")
	} else if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%s exists: name a new file", path)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String())
	if err != nil {
		remove()
		return nil, err
	}
	d := &database{name: "SQLite", close: func() { db.Close(); remove() }}
	d.size = func(context.Context) (int64, error) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	if d.store, err = sqlstore.Open(db, sqlstore.Options{}); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func openPostgres(address string, writers int) (*database, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(writers)
	db.SetMaxIdleConns(writers)
	schema := fmt.Sprintf("cvd_bench_%d", time.Now().UnixNano())
	d := &database{name: "PostgreSQL"}
	d.close = func() {
		// The context of the run may have ended.
		if _, err := db.ExecContext(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			fmt.Fprintln(os.Stderr, "bench: the schema", schema, "is left:", err)
		}
		db.Close()
	}
	d.size = func(ctx context.Context) (n int64, err error) {
		err = db.QueryRowContext(ctx, "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "+
			"JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'", schema).Scan(&n)
		return n, err
	}
	if d.store, err = sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: schema}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}
