package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// The host opens its database with the driver that it links, and decides when
// the tables are made.
func ExampleOpen() {
	open := func(ctx context.Context, db *sql.DB) (*sqlstore.Store, error) {
		store, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite})
		if err != nil {
			return nil, err
		}
		return store, store.Migrate(ctx)
	}
	_, err := open(context.Background(), nil)
	fmt.Println(err)
	// Output: sqlstore: no database given
}

// A case and a ticket of the host's own change together, or neither does.
func ExampleStore_WithTx() {
	save := func(ctx context.Context, db *sql.DB, store *sqlstore.Store, c storage.Change, ticket string) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := store.WithTx(tx).Append(ctx, []storage.Change{c}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO tickets (name, case_id) VALUES (?, ?)", ticket, c.ID[:]); err != nil {
			return err
		}
		return tx.Commit()
	}
	_ = save
}
