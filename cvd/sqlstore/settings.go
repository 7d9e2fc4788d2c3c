package sqlstore

import (
	"context"
	"database/sql"
	"reflect"
)

// settings are those of the connections of SQLite that write. They are set once for each
// connection, but for its durability, which is promised for each append: that is set each
// time, in case the host has changed it on its pool meanwhile.
type settings struct {
	set  [8]any // connections of the driver that have them; one more pushes out the oldest
	next int
}

func (x *settings) apply(ctx context.Context, d *dialect, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, d.durable); err != nil {
		return err
	}
	var which any
	if err := conn.Raw(func(c any) error {
		which = c
		return nil
	}); err != nil {
		return err
	}
	known := reflect.ValueOf(which).Comparable()
	if known {
		for _, c := range x.set {
			if c == which {
				return nil
			}
		}
	}
	if _, err := conn.ExecContext(ctx, d.connection); err != nil {
		return err
	}
	if err := rareCheckpoints(ctx, conn); err != nil {
		return err
	}
	if known {
		x.set[x.next] = which
		x.next = (x.next + 1) % len(x.set)
	}
	return nil
}

// rareCheckpoints has the log of SQLite grow to 16 MB instead of 4 before it is copied to
// the database: a page that many appends change is copied once, and each copy takes three
// waits for the disk. What the host has chosen itself stays, above all 0, which who
// replicates the log needs.
func rareCheckpoints(ctx context.Context, conn *sql.Conn) error {
	const byDefault = 1000 // pages
	var pages int
	err := conn.QueryRowContext(ctx, "PRAGMA wal_autocheckpoint").Scan(&pages)
	if err == nil && pages == byDefault {
		_, err = conn.ExecContext(ctx, "PRAGMA wal_autocheckpoint = 4000")
	}
	return err
}
