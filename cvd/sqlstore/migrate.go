package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"
)

//go:embed migrations
var migrations embed.FS

// staleUpload is the age from which Compact takes an unfinished Put for one
// that nobody will finish.
const staleUpload = 24 * time.Hour

var errCheckpointBusy = errors.New("database is locked: a reader keeps the WAL in use")

// Migrate creates or updates the tables of this package, in one transaction,
// and sets journal_mode=WAL. On a database that is up to date it changes
// nothing. Several processes may call it at once. A database that a newer
// version of this package has migrated is an error.
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
		for _, q := range []string{s.d.connection, s.d.persistent, s.d.version} {
			if _, err := conn.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := advance(ctx, tx, files); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// advance applies the migrations that are missing; file i is version i+1.
func advance(ctx context.Context, tx *sql.Tx, files []string) error {
	// Writing first, so that two processes do not both read the old version.
	if _, err := tx.ExecContext(ctx, "INSERT INTO cvd_migrations (version) VALUES (0) ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	var version int
	if err := tx.QueryRowContext(ctx, "SELECT max(version) FROM cvd_migrations").Scan(&version); err != nil {
		return err
	}
	if version > len(files) {
		return fmt.Errorf("the database has version %d, this program knows %d: use a newer one", version, len(files))
	}
	for i, name := range files[version:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", path.Base(name), err)
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO cvd_migrations (version) VALUES (%d)", version+i+1)); err != nil {
			return err
		}
	}
	return nil
}

// Compact rewrites the database so that what was erased or deleted is in none
// of its files, and removes uploads that were begun more than a day ago and not
// finished. It needs as much free space again as the database takes, keeps
// writers waiting, and waits until readers are done or ctx ends.
//
// Copies that others made (backups, snapshots of the file system) keep the
// erased text.
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
