package sqltest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

// postgresURL is the server that the tests may make schemas in.
func postgresURL(t testing.TB) string {
	t.Helper()
	url := os.Getenv("CVD_TEST_POSTGRES")
	if url == "" {
		t.Skip("CVD_TEST_POSTGRES names no server")
	}
	return url
}

// openSchema opens a Store in a schema, which Migrate makes.
func openSchema(t testing.TB, url, schema string) (*sql.DB, *sqlstore.Store) {
	t.Helper()
	db, s := openUnmigrated(t, url, schema)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db, s
}

func openUnmigrated(t testing.TB, url, schema string) (*sql.DB, *sqlstore.Store) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxIdleConns(20) // else each burst of calls would connect anew
	s, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	return db, s
}

// newSchema names a schema that is dropped after the test.
func newSchema(t testing.TB, url string) string {
	t.Helper()
	random := make([]byte, 8)
	rand.Read(random)
	name := "Test_" + hex.EncodeToString(random) // an upper case letter, so that it has to be quoted
	t.Cleanup(func() {
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Error(err)
			return
		}
		defer db.Close()
		if _, err := db.Exec(`DROP SCHEMA IF EXISTS "` + name + `" CASCADE`); err != nil {
			t.Error(err)
		}
	})
	return name
}

func openPostgres(t testing.TB) (*sql.DB, *sqlstore.Store) {
	t.Helper()
	url := postgresURL(t)
	return openSchema(t, url, newSchema(t, url))
}

// reusing returns an opener that empties the tables of earlier tests instead of
// making them anew, which takes a server much longer.
func reusing(t *testing.T) opener {
	type database struct {
		db     *sql.DB
		s      *sqlstore.Store
		schema string
	}
	var free []database
	return func(sub testing.TB) (*sql.DB, *sqlstore.Store) {
		if len(free) == 0 {
			url := postgresURL(t)
			d := database{schema: newSchema(t, url)}
			d.db, d.s = openSchema(t, url, d.schema)
			free = append(free, d)
		}
		d := free[len(free)-1]
		free = free[:len(free)-1]
		sub.Cleanup(func() {
			for _, table := range []string{"heads", "records", "keys", "terms", "outbox", "blobs", "chunks", "state"} {
				if _, err := d.db.Exec(`DELETE FROM "` + d.schema + `".cvd_` + table); err != nil {
					sub.Error(err)
				}
			}
			d.db.SetMaxOpenConns(0)
			free = append(free, d)
		})
		return d.db, d.s
	}
}

// opener makes an empty database.
type opener func(testing.TB) (*sql.DB, *sqlstore.Store)

// each runs a test on every dialect.
func each(t *testing.T, test func(t *testing.T, open opener)) {
	t.Run("sqlite", func(t *testing.T) { test(t, openTemp) })
	t.Run("postgres", func(t *testing.T) {
		postgresURL(t)
		test(t, reusing(t))
	})
}
