package sqltest

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestSchemaNames(t *testing.T) {
	db, err := sql.Open("pgx", "postgres://127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, ok := range map[string]bool{
		"": true, "cvd": true, "_Cases2": true, strings.Repeat("x", 63): true,
		strings.Repeat("x", 64): false, `a"b`: false, "a b": false, "2a": false, "a.b": false, "a;": false, "é": false, "a$$": false,
	} {
		_, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: name})
		if (err == nil) != ok {
			t.Errorf("schema %q: %v", name, err)
		}
	}
	if _, err := sqlstore.Open(db, sqlstore.Options{Schema: "cvd"}); err == nil {
		t.Error("SQLite took a schema")
	}
}

// TestPostgresMigrate runs it at once on a schema that is missing, then as an old
// program on the schema of a newer one.
func TestPostgresMigrate(t *testing.T) {
	url := postgresURL(t)
	schema := newSchema(t, url)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := sql.Open("pgx", url)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			s, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: schema})
			if err != nil {
				t.Error(err)
				return
			}
			for range 2 {
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	db, s := openSchema(t, url, schema)
	testNewerVersion(t, db, s, `"`+schema+`".cvd_migrations`)
}

// TestPostgresNotMigrated says what is wrong.
func TestPostgresNotMigrated(t *testing.T) {
	url := postgresURL(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: newSchema(t, url)})
	if err != nil {
		t.Fatal(err)
	}
	_, loaded := s.Load(t.Context(), cvd.CaseID{1}, 0, 1, false)
	_, _, got := s.State().Get(t.Context(), "a/b")
	for _, err := range []error{loaded, got, s.Append(t.Context(), []storage.Change{one(1, 1)}), s.Blobs().Delete(t.Context(), storage.BlobID{1})} {
		if err == nil || !strings.Contains(err.Error(), "was Migrate called?") {
			t.Error(err)
		}
	}
}

// TestPostgresSearchPath has the session prefer other tables of the same names:
// they stay as they are.
func TestPostgresSearchPath(t *testing.T) {
	url := postgresURL(t)
	decoy := newSchema(t, url)
	other, _ := openSchema(t, url, decoy)
	db, s := openSchema(t, url+"&search_path="+decoy, newSchema(t, url))
	c := one(1, 1)
	c.Tag, c.Enqueue = []storage.Term{"a"}, []storage.Delivery{{Case: c.ID, Lane: storage.LaneID{1}, Ref: 1, At: 1}}
	if err := s.Append(t.Context(), []storage.Change{c}); err != nil {
		t.Fatal(err)
	}
	if err := s.Blobs().Put(t.Context(), storage.BlobID{1}, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.State().Put(t.Context(), "a/b", 0, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if hs, err := s.Heads(t.Context(), storage.Query{All: []storage.Term{"a"}, Limit: 2}); err != nil || len(hs) != 1 {
		t.Fatal(hs, err)
	}
	var path string
	if err := db.QueryRow("SHOW search_path").Scan(&path); err != nil || !strings.Contains(strings.ToLower(path), strings.ToLower(decoy)) {
		t.Fatal(path, err)
	}
	for _, table := range []string{"heads", "records", "keys", "terms", "outbox", "blobs", "chunks", "state"} {
		var n int
		if err := other.QueryRow(`SELECT count(*) FROM "` + decoy + `".cvd_` + table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows in cvd_%s of another schema, %v", n, table, err)
		}
	}
}

// TestPostgresIsolation contends for a key in each isolation level that a host may
// have as its default.
func TestPostgresIsolation(t *testing.T) {
	url := postgresURL(t)
	for _, level := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			_, s := openSchema(t, url+"&default_transaction_isolation="+strings.ReplaceAll(level, " ", "%20"), newSchema(t, url))
			const callers = 8
			for round := range 5 {
				var wg sync.WaitGroup
				errs := make([]error, callers)
				for i := range callers {
					wg.Go(func() {
						errs[i] = s.Append(t.Context(), []storage.Change{one(byte(1+round*callers+i), byte(1+round))})
					})
				}
				wg.Wait()
				won := 0
				for _, err := range errs {
					switch {
					case err == nil:
						won++
					case !errors.As(err, new(*cvd.DuplicateError)):
						t.Error(err)
					}
				}
				if won != 1 {
					t.Fatalf("%d of %d got the key", won, callers)
				}
			}
		})
	}
}

// TestPostgresDurable has the host do without waiting for the disk: an append waits
// none the less.
func TestPostgresDurable(t *testing.T) {
	url := postgresURL(t)
	schema := newSchema(t, url)
	db, s := openSchema(t, url+"&synchronous_commit=off", schema)
	for _, call := range []string{"cvd_durable_1()", `cvd_record_1(true, '\x01', 1, '\x', 2, '\x', NULL, '\x', '\x', 2, '\x', NULL)`} {
		c := one(1, 1)
		if err := s.Append(t.Context(), []storage.Change{c}); err != nil && !errors.Is(err, cvd.ErrConflict) {
			t.Fatal(err)
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if strings.HasPrefix(call, "cvd_record") {
			if _, err := tx.Exec(`UPDATE "` + schema + `".cvd_heads SET case_id = '\x01', tip = '\x'`); err != nil {
				t.Fatal(err)
			}
		}
		var before, ok, after string
		if err := tx.QueryRow("SHOW synchronous_commit").Scan(&before); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRow(`SELECT "` + schema + `".` + call).Scan(&ok); err != nil || ok != "true" {
			t.Fatal(ok, err)
		}
		if err := tx.QueryRow("SHOW synchronous_commit").Scan(&after); err != nil {
			t.Fatal(err)
		}
		if before != "off" || after != "on" {
			t.Errorf("%s: synchronous_commit was %s and is %s", call, before, after)
		}
		tx.Rollback()
	}
}

// TestPostgresCompact looks for erased text in the files of the tables, where the
// server runs on this machine.
func TestPostgresCompact(t *testing.T) {
	ctx := t.Context()
	db, s := openPostgres(t)
	var dir string
	if err := db.QueryRow("SHOW data_directory").Scan(&dir); err != nil {
		t.Skip("the role may not see where the files are:", err)
	}
	if _, err := os.ReadDir(filepath.Join(dir, "base")); err != nil {
		t.Skip("the files of the server cannot be read:", err)
	}
	secret := "the name of a person of " + time.Now().String()
	c := one(1, 1)
	c.Records[0].Private = []byte(secret)
	blob := storage.BlobID{1}
	e := storage.Change{ID: c.ID, After: c.Head.Seq, Tip: c.Head.Tip, Head: c.Head, Erase: []cvd.Seq{1}}
	for _, err := range []error{
		s.Append(ctx, []storage.Change{c}), s.Blobs().Put(ctx, blob, bytes.NewReader(c.Records[0].Private)),
		s.Append(ctx, []storage.Change{e}), s.Blobs().Delete(ctx, blob),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	held := func() bool {
		if _, err := db.Exec("CHECKPOINT"); err != nil {
			t.Skip("the role may not write out the files:", err)
		}
		out, _ := exec.Command("grep", "-rlF", secret, filepath.Join(dir, "base")).Output()
		return len(out) > 0
	}
	if !held() {
		t.Fatal("the test looks in the wrong place: erasing alone has cleaned the files")
	}
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if held() {
		t.Fatal("erased text is in the files")
	}
}
