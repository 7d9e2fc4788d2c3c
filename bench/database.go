package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	_ "modernc.org/sqlite"             // the driver of SQLite

	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

// database is one that is measured.
type database struct {
	name   string
	loaded bool // it was there before
	store  *sqlstore.Store
	size   func(context.Context) (int64, error)
	close  func()
	// forget opens it anew, with no page of it in memory; nil where that cannot be had.
	forget func(context.Context) error
}

func onServer(path string) bool {
	return strings.HasPrefix(path, "postgres://") || strings.HasPrefix(path, "postgresql://")
}

// open opens the database of a measurement, or the smaller one beside it.
func (x *scale) open(small bool) (*database, error) {
	path, schema := x.path, x.schema
	if small && schema != "" {
		schema += "_small"
	}
	if onServer(path) {
		return openPostgres(path, schema, x.forget, x.writers)
	}
	if small && path != "" {
		path += ".small"
	}
	return openSQLite(path)
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
	}
	_, err := os.Stat(path)
	loaded := err == nil
	address := (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String()
	var db *sql.DB
	d := &database{name: "SQLite", loaded: loaded}
	connect := func() (err error) {
		if db, err = sql.Open("sqlite", address); err == nil {
			d.store, err = sqlstore.Open(db, sqlstore.Options{})
		}
		return err
	}
	d.close = func() {
		if db != nil {
			db.Close()
		}
		remove()
	}
	d.size = func(context.Context) (int64, error) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	if canDropPages {
		d.forget = func(ctx context.Context) error {
			// What is in the log of writes goes into the file, and the last to close
			// removes the log.
			if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
				return err
			}
			if err := db.Close(); err != nil {
				return err
			}
			if err := dropPages(path); err != nil {
				return err
			}
			return connect()
		}
	}
	if err := connect(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// openPostgres opens schema, or where it is "" one of its own that close drops.
func openPostgres(address, schema, forget string, writers int) (*database, error) {
	own := schema == ""
	if own {
		schema = fmt.Sprintf("cvd_bench_%d", time.Now().UnixNano())
	}
	var db *sql.DB
	d := &database{name: "PostgreSQL"}
	connect := func() (err error) {
		if db, err = sql.Open("pgx", address); err != nil {
			return err
		}
		db.SetMaxOpenConns(writers)
		db.SetMaxIdleConns(writers)
		d.store, err = sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: schema})
		return err
	}
	d.close = func() {
		// The context of the run may have ended.
		if own {
			if _, err := db.ExecContext(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
				fmt.Fprintln(os.Stderr, "bench: the schema", schema, "is left:", err)
			}
		}
		db.Close()
	}
	d.size = func(ctx context.Context) (n int64, err error) {
		err = db.QueryRowContext(ctx, "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "+
			"JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'", schema).Scan(&n)
		return n, err
	}
	if forget != "" {
		d.forget = func(ctx context.Context) error {
			if err := db.Close(); err != nil {
				return err
			}
			if out, err := exec.CommandContext(ctx, "sh", "-c", forget).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w: %s", forget, err, out)
			}
			if err := connect(); err != nil {
				return err
			}
			return db.PingContext(ctx) // the connection is not what is measured
		}
	}
	if err := connect(); err != nil {
		return nil, err
	}
	if !own {
		if err := db.QueryRow("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", schema).Scan(&d.loaded); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return d, nil
}
