package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations
var migrations embed.FS

// staleUpload is the age from which Compact takes an unfinished Put for one
// that nobody will finish.
const staleUpload = 24 * time.Hour

var errCheckpointBusy = errors.New("database is locked: a reader keeps the WAL in use")

// Migrate creates or updates the tables of this package, in one transaction. In
// SQLite it also sets journal_mode=WAL, and in PostgreSQL creates the schema if it is
// missing. On a database that is up to date it changes nothing. Several processes
// may call it at once.
//
// Programs of several versions may share a database, as during a rolling upgrade:
// on one that a newer version of this package has migrated, Migrate changes nothing
// and succeeds, unless that version notes that this one cannot work there any more.
// Then it returns an error that says so.
func (s *Store) Migrate(ctx context.Context) error {
	return wrap("migrate", s.migrate(ctx))
}

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, path.Join(s.d.migrations, "*.sql"))
	if err != nil {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return s.d.retry(ctx, func() error {
		return s.d.again(ctx, func() error {
			first := []string{s.d.connection, s.d.persistent, s.d.version}
			if s.d.shared {
				first = nil
			}
			for _, q := range first {
				if _, err := conn.ExecContext(ctx, q); err != nil {
					return err
				}
			}
			tx, err := conn.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if err := s.d.ready(ctx, tx); err != nil {
				return err
			}
			if err := s.d.advance(ctx, tx, files); err != nil {
				return err
			}
			return tx.Commit()
		})
	})
}

// ready makes the schema and the table of versions in PostgreSQL, where CREATE IF
// NOT EXISTS can fail when two run it at once: others wait until tx ends. In SQLite
// the table is made before tx, which has to begin by a write.
func (d *dialect) ready(ctx context.Context, tx *sql.Tx) error {
	if !d.shared {
		return nil
	}
	h := fnv.New64a()
	h.Write([]byte(d.prefix))
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(h.Sum64())); err != nil {
		return err
	}
	// IF NOT EXISTS would ask for the right to create schemas even where there is one.
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM pg_namespace WHERE nspname = $1", d.schema).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		if _, err := tx.ExecContext(ctx, `CREATE SCHEMA "`+d.schema+`"`); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, d.version)
	return err
}

// needs is the first line of a migration after which programs that know fewer
// migrations cannot work.
const needs = "-- needs "

// advance applies the migrations that are missing; file i is version i+1.
func (d *dialect) advance(ctx context.Context, tx *sql.Tx, files []string) error {
	// Writing first, so that two processes do not both read the old version.
	if _, err := tx.ExecContext(ctx, d.qualify("INSERT INTO cvd_migrations (version, least) VALUES (0, 0) ON CONFLICT DO NOTHING")); err != nil {
		return err
	}
	var version, least int
	if err := tx.QueryRowContext(ctx, d.qualify("SELECT max(version), max(least) FROM cvd_migrations")).Scan(&version, &least); err != nil {
		return err
	}
	if least > len(files) {
		return fmt.Errorf("the database has version %d, which needs a program that knows version %d; this one knows %d: use a newer one", version, least, len(files))
	}
	for i, name := range files[min(version, len(files)):] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, d.qualify(string(text))); err != nil {
			return fmt.Errorf("%s: %w", path.Base(name), err)
		}
		least := 0
		if first, _, _ := strings.Cut(string(text), "\n"); strings.HasPrefix(first, needs) {
			if least, err = strconv.Atoi(first[len(needs):]); err != nil {
				return fmt.Errorf("%s: %w", path.Base(name), err)
			}
		}
		if _, err := tx.ExecContext(ctx, d.qualify(fmt.Sprintf("INSERT INTO cvd_migrations (version, least) VALUES (%d, %d)", version+i+1, least))); err != nil {
			return err
		}
	}
	return nil
}

// Compact rewrites the database so that what was erased or deleted is in none
// of its files, and removes uploads that were begun more than a day ago and not
// finished. It needs as much free space again as the database takes, keeps
// writers waiting, and waits until readers are done or ctx ends. In PostgreSQL it
// keeps readers waiting too, one table after another, and the role must own the
// tables.
//
// Copies that others made (backups, replicas, snapshots of the file system) keep the
// erased text, and so does PostgreSQL's write-ahead log until it is recycled.
func (s *Store) Compact(ctx context.Context) error {
	return wrap("compact", s.compact(ctx))
}

func (s *Store) compact(ctx context.Context) error {
	if err := s.Blobs().removeStale(ctx); err != nil {
		return err
	}
	select {
	case s.write <- struct{}{}:
		defer func() { <-s.write }()
	case <-ctx.Done():
		return ctx.Err()
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, q := range append([]string{s.d.connection}, s.d.compact...) {
		if q == "" {
			continue
		}
		err := s.d.retry(ctx, func() error { return runMaintenance(ctx, conn, q) })
		if err != nil {
			return err
		}
	}
	return nil
}

// runMaintenance runs a statement and looks at the row that a checkpoint
// returns: (busy, pages in the WAL, pages moved).
func runMaintenance(ctx context.Context, conn *sql.Conn, query string) error {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		var busy, pages, moved int
		if len(columns) != 3 {
			continue
		}
		if err := rows.Scan(&busy, &pages, &moved); err != nil {
			return err
		}
		if busy != 0 {
			return errCheckpointBusy
		}
	}
	return rows.Err()
}
