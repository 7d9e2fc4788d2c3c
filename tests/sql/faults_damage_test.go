package sqltest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

// TestPostgresDamage alters a record, then a page on the disk: Verify names the case of
// the one, and says where the other is.
func TestPostgresDamage(t *testing.T) {
	t.Parallel() // with a server of its own
	server, control := ownServer(t)
	db, s := openSchema(t, server, "cases")
	svc := newService(t, s)
	var ids []cvd.CaseID
	for n := range 30 {
		ids = append(ids, do(t, svc, cvd.CaseID{}, report(n), cvd.Acknowledge{}).ID)
	}
	verify := func() (storecheck.Report, error) {
		return storecheck.Verify(t.Context(), newService(t, s), s, storecheck.Options{})
	}
	if r, err := verify(); err != nil || !r.OK() || r.Cases != len(ids) {
		t.Fatal(r, err)
	}
	for what, change := range map[string]string{
		"body":    "UPDATE cases.cvd_records SET body = set_byte(body, 20, 255 - get_byte(body, 20)) WHERE case_id = $1 AND seq = 2",
		"private": "UPDATE cases.cvd_records SET private = set_byte(private, length(private) - 3, 255 - get_byte(private, length(private) - 3)) WHERE case_id = $1 AND private IS NOT NULL",
		"gone":    "DELETE FROM cases.cvd_records WHERE case_id = $1 AND seq = 2",
	} {
		if _, err := db.Exec("CREATE TABLE cases.kept AS SELECT * FROM cases.cvd_records WHERE case_id = $1", ids[7][:]); err != nil {
			t.Fatal(err)
		}
		if res, err := db.Exec(change, ids[7][:]); err != nil {
			t.Fatal(err)
		} else if n, _ := res.RowsAffected(); n == 0 {
			t.Fatal("nothing was altered")
		}
		r, err := verify()
		if err != nil || len(r.Findings) == 0 {
			t.Errorf("%s: %v, %v", what, r.Findings, err)
		}
		for _, f := range r.Findings {
			if f.Case != ids[7] || f.Kind != storecheck.KindLog {
				t.Errorf("%s: %v", what, f)
			}
		}
		for _, q := range []string{"DELETE FROM cases.cvd_records WHERE case_id IN (SELECT case_id FROM cases.kept)",
			"INSERT INTO cases.cvd_records SELECT * FROM cases.kept", "DROP TABLE cases.kept"} {
			if _, err := db.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
	}

	var dir, file string
	if err := db.QueryRow("SELECT current_setting('data_directory'), pg_relation_filepath('cases.cvd_records')").Scan(&dir, &file); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	control("kill")
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("damage"), 8192+5000); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	control("again")
	r, err := verify()
	text := ""
	if err != nil {
		text = err.Error()
	}
	for _, f := range r.Findings {
		text += " " + f.String()
	}
	if !strings.Contains(text, "invalid page in block 1") {
		t.Errorf("a damaged page: %v, %v", r.Findings, err)
	}
}

// TestSQLiteLoad has several Stores on one file write, claim by clocks that jump, and
// die with their claims.
func TestSQLiteLoad(t *testing.T) {
	for _, seed := range seeds(t) {
		path := filepath.Join(t.TempDir(), "cases.db")
		_, s := openFile(t, path)
		l := newLoad(t, seed, 8)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var mu sync.Mutex
		var wg sync.WaitGroup
		wg.Go(func() {
			l.run(ctx, func() storage.Store {
				mu.Lock()
				defer mu.Unlock()
				_, s := openFile(t, path)
				return s
			}, 3)
		})
		l.until(func() bool { return l.acks >= 150 && len(l.delivered) >= 10 })
		stop()
		wg.Wait()
		records := l.check(s)
		if records < 50 || len(l.delivered) < 5 {
			t.Errorf("seed %d: the test tries nothing: %d records, %d deliveries", seed, records, len(l.delivered))
		}
		t.Logf("seed %d: %d records, %d deliveries, %d appends of unknown outcome, %d leases lost", seed, records, len(l.delivered), l.doubts, l.leases)
	}
}
