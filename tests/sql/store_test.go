package sqltest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestOpenDoesNotConnect opens what cannot be connected to.
func TestOpenDoesNotConnect(t *testing.T) {
	db, err := sql.Open("sqlite", dsn(filepath.Join(t.TempDir(), "no", "such", "folder.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err == nil {
		t.Fatal("Migrate connected to nothing")
	}
	if _, err := sqlstore.Open(nil, sqlstore.Options{}); err == nil {
		t.Fatal("Open took no database")
	}
	if _, err := sqlstore.Open(db, sqlstore.Options{Dialect: 77}); err == nil {
		t.Fatal("Open took an unknown dialect")
	}
}

// TestMigrate runs it twice, at once, and on the database of a newer program.
func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.db")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := sql.Open("sqlite", dsn(path))
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			s, _ := sqlstore.Open(db, sqlstore.Options{})
			for range 2 {
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	db, s := openFile(t, path)
	var mode string
	if err := db.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %s, %v", mode, err)
	}
	testNewerVersion(t, db, s, "cvd_migrations")
}

// testNewerVersion has a newer program migrate, first so that this one can still
// work, then so that it cannot.
func testNewerVersion(t *testing.T, db *sql.DB, s *sqlstore.Store, table string) {
	t.Helper()
	if _, err := db.Exec("INSERT INTO " + table + " VALUES (1000, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("Migrate refused a newer version that this program can work with: %v", err)
	}
	if err := s.Append(t.Context(), []storage.Change{one(1, 1)}); err != nil {
		t.Error(err)
	}
	if _, err := db.Exec("INSERT INTO " + table + " VALUES (1001, 1001)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "use a newer one") {
		t.Errorf("Migrate on a version that this program cannot work with: %v", err)
	}
}

// TestCompact looks for erased text in the files.
func TestCompact(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	_, s := openFile(t, filepath.Join(dir, "cases.db"))
	secret := "the name of a person"
	c := one(1, 1)
	c.Records[0].Private = []byte(strings.Repeat(secret+". ", 400))
	blob := storage.BlobID{1}
	if err := s.Append(ctx, []storage.Change{c}); err != nil {
		t.Fatal(err)
	}
	if err := s.Blobs().Put(ctx, blob, bytes.NewReader(c.Records[0].Private)); err != nil {
		t.Fatal(err)
	}
	holders := func() (names []string) {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if text, err := os.ReadFile(filepath.Join(dir, f.Name())); err == nil && bytes.Contains(text, []byte(secret)) {
				names = append(names, f.Name())
			}
		}
		return names
	}
	e := storage.Change{ID: c.ID, After: c.Head.Seq, Tip: c.Head.Tip, Head: c.Head, Erase: []cvd.Seq{1}}
	if err := s.Append(ctx, []storage.Change{e}); err != nil {
		t.Fatal(err)
	}
	if err := s.Blobs().Delete(ctx, blob); err != nil {
		t.Fatal(err)
	}
	if len(holders()) == 0 {
		t.Fatal("the test looks in the wrong place: erasing alone has cleaned the files")
	}
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if names := holders(); len(names) != 0 {
		t.Fatalf("erased text is in %v", names)
	}
}

// TestUnfinishedUpload leaves what a process that died would leave.
func TestUnfinishedUpload(t *testing.T) {
	ctx := t.Context()
	now := time.UnixMilli(1_900_000_000_000)
	db, _ := openTemp(t)
	s, err := sqlstore.Open(db, sqlstore.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	id := storage.BlobID{5}
	if _, err := db.Exec("INSERT INTO cvd_blobs VALUES (?, NULL, ?)", id[:], now.UnixMilli()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO cvd_chunks VALUES (?, 0, x'41')", id[:]); err != nil {
		t.Fatal(err)
	}
	left := func() (n int) {
		if err := db.QueryRow("SELECT (SELECT count(*) FROM cvd_blobs) + (SELECT count(*) FROM cvd_chunks)").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := s.Blobs().Open(ctx, id); !errors.Is(err, cvd.ErrNotFound) {
		t.Fatal(err)
	}
	for days, want := range []int{2, 2, 0} {
		if err := s.Compact(ctx); err != nil {
			t.Fatal(err)
		}
		if got := left(); got != want {
			t.Fatalf("after %d days %d rows are left instead of %d", days, got, want)
		}
		now = now.Add(24 * time.Hour)
	}
}

// TestLockedDatabase waits for a lock as long as the context lasts, then gives
// up with nothing written; those that queue behind go on.
func TestLockedDatabase(t *testing.T) {
	db, s := openTemp(t)
	if _, err := s.Heads(t.Context(), storage.Query{Limit: 1}); err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() {
			with := ctx
			if i%2 == 1 {
				with = t.Context()
			}
			errs[i] = s.Append(with, []storage.Change{one(byte(i+1), byte(i+1))})
		})
	}
	<-ctx.Done()
	time.Sleep(50 * time.Millisecond)
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	for i, err := range errs {
		if i%2 == 1 && err != nil || i%2 == 0 && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("append %d: %v", i, err)
		}
	}
	if hs, err := s.Heads(t.Context(), storage.Query{Limit: 10}); err != nil || len(hs) != 3 {
		t.Errorf("%d cases, %v", len(hs), err)
	}
}

// TestGroup has refused changes share transactions with others.
func TestGroup(t *testing.T) {
	_, s := openTemp(t)
	const callers, each = 30, 20
	var wg sync.WaitGroup
	for w := range callers {
		wg.Go(func() {
			for n := range each {
				c := step(storage.Head{ID: cvd.CaseID{byte(w), byte(n), 1}}, fmt.Sprint(w))
				c.Tip = storage.Hash{}
				c.Take = []storage.Key{{byte(w), byte(n)}}
				bad := c
				bad.ID[2], bad.Head.ID[2] = 2, 2 // takes the same key
				if err := s.Append(t.Context(), []storage.Change{c}); err != nil {
					t.Error(err)
				}
				if err := s.Append(t.Context(), []storage.Change{bad}); !errors.As(err, new(*cvd.DuplicateError)) {
					t.Error(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*50*time.Microsecond)
				late := c
				late.ID[2], late.Head.ID[2], late.Take = 3, 3, nil
				err := s.Append(ctx, []storage.Change{late})
				cancel()
				rs, lerr := s.Load(t.Context(), late.ID, 0, 9, false)
				if lerr != nil || (err == nil) != (len(rs) == 1) || err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("append returned %v, and %d records are there, %v", err, len(rs), lerr)
				}
			}
		})
	}
	wg.Wait()
	refused := 0
	hs, err := s.Heads(t.Context(), storage.Query{Limit: 10000})
	for _, h := range hs {
		if h.ID[2] == 2 {
			refused++
		}
	}
	if err != nil || refused != 0 || len(hs) < callers*each {
		t.Errorf("%d cases, %d of them refused, %v", len(hs), refused, err)
	}
}

// TestBlobMemory streams 64 MiB and looks that the heap does not grow by it.
func TestBlobMemory(t *testing.T) {
	_, s := openTemp(t)
	const size, most = 64 << 20, 16 << 20
	h := &heap{}
	if err := s.Blobs().Put(t.Context(), storage.BlobID{1}, io.LimitReader(h, size)); err != nil {
		t.Fatal(err)
	}
	r, err := s.Blobs().Open(t.Context(), storage.BlobID{1})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(h, r); n != size || err != nil {
		t.Fatal(n, err)
	}
	if h.peak > most {
		t.Errorf("the heap had %d bytes", h.peak)
	}
}

// heap is an endless stream, and a sink, that watches the heap.
type heap struct {
	passed int
	peak   uint64
}

func (h *heap) watch(n int) {
	if h.passed += n; h.passed >= 8<<20 {
		h.passed = 0
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		h.peak = max(h.peak, m.HeapAlloc)
	}
}

func (h *heap) Read(p []byte) (int, error) {
	clear(p)
	h.watch(len(p))
	return len(p), nil
}

func (h *heap) Write(p []byte) (int, error) {
	h.watch(len(p))
	return len(p), nil
}
