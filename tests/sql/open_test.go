package sqltest

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

// openFile opens a database the way a careless host does: without pragmas and
// without a busy timeout.
func openFile(t testing.TB, path string) (*sql.DB, *sqlstore.Store) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db, s
}

func openTemp(t testing.TB) (*sql.DB, *sqlstore.Store) {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "cases.db"))
}

// dsn names a file as a URL: the folder of a subtest may have a # in its name.
func dsn(path string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String()
}
