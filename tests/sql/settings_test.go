package sqltest

import (
	"context"
	"database/sql"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestSettings looks at the connections that have written: each has what the Store
// promises, and keeps what the host has chosen for its checkpoints.
func TestSettings(t *testing.T) {
	db, s := openTemp(t)
	ctx := t.Context()
	pragma := func(conn *sql.Conn, name string) (n int) {
		t.Helper()
		if err := conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const full, memory = 2, 2
	n := 0
	write := func(between func(*sql.Conn), checkpoints int) {
		t.Helper()
		conn, err := db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		between(conn)
		conn.Close()
		n++
		if err := s.Append(ctx, []storage.Change{newCase(n)}); err != nil {
			t.Fatal(err)
		}
		if conn, err = db.Conn(ctx); err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for name, want := range map[string]int{
			"synchronous": full, "secure_delete": 1, "temp_store": memory, "busy_timeout": 50, "wal_autocheckpoint": checkpoints,
		} {
			if got := pragma(conn, name); got != want {
				t.Errorf("append %d: %s is %d instead of %d", n, name, got, want)
			}
		}
	}
	change := func(to string) func(*sql.Conn) {
		return func(conn *sql.Conn) {
			if _, err := conn.ExecContext(ctx, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	renew := func(to string) func(*sql.Conn) { // another connection of the pool
		return func(conn *sql.Conn) {
			db.SetMaxIdleConns(0)
			conn.Close()
			db.SetMaxIdleConns(1)
			fresh, err := db.Conn(context.WithoutCancel(ctx))
			if err != nil {
				t.Fatal(err)
			}
			change(to)(fresh)
			fresh.Close()
		}
	}
	db.SetMaxOpenConns(1)
	write(change("SELECT 1"), 4000)
	write(change("PRAGMA synchronous = OFF"), 4000)
	for range 12 { // more than are remembered
		write(renew("PRAGMA synchronous = OFF"), 4000)
	}
	write(renew("PRAGMA wal_autocheckpoint = 0"), 0)
	write(renew("PRAGMA wal_autocheckpoint = 50"), 50)
}
