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

// beside is where the smaller database of a measurement goes.
func beside(path string) string {
	if path == "" || onServer(path) {
		return path
	}
	return path + ".small"
}

func open(path string, writers int) (*database, error) {
	if onServer(path) {
		return openPostgres(path, writers)
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
