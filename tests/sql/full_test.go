package sqltest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

// TestSQLiteFull has the disk full while a team works: what is refused was not written,
// what was acknowledged stays, and work goes on once there is room.
func TestSQLiteFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.db")
	db, s := openFile(t, path)
	do(t, newService(t, s), cvd.CaseID{}, report(0))
	pages := number(t, db, "PRAGMA page_count")

	full, err := sql.Open("sqlite", dsn(path)+fmt.Sprintf("?_pragma=max_page_count(%d)", pages+40))
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	small, err := sqlstore.Open(full, sqlstore.Options{Dialect: sqlstore.SQLite})
	if err != nil {
		t.Fatal(err)
	}
	svc := newService(t, small)
	type acked struct {
		id  cvd.CaseID
		seq cvd.Seq
		tip storage.Hash
	}
	var list []acked
	refused := 0
	for n := 1; n < 400 && refused < 20; n++ {
		c, err := svc.Do(t.Context(), cvd.CaseID{}, cvd.By{ID: cvd.CommandID{byte(n), byte(n >> 8), 1}}, report(n))
		if err != nil {
			refused++
			continue
		}
		list = append(list, acked{c.ID, c.Seq, c.Tip})
	}
	if len(list) < 3 || refused < 20 {
		t.Fatalf("the test tries nothing: %d reports were taken, %d refused", len(list), refused)
	}
	// What is there can be read while the disk is full.
	for _, x := range list {
		if c := view(t, svc, x.id); c.Seq < x.seq {
			t.Errorf("case %v ends at %d, and %d was acknowledged", x.id, c.Seq, x.seq)
		}
	}
	again := newService(t, s)
	for n := 1; n <= len(list)+refused; n++ { // each once more, as a host does
		do(t, again, cvd.CaseID{}, report(n))
	}
	for _, x := range list {
		if rs, err := s.Load(t.Context(), x.id, x.seq-1, 1, false); err != nil || len(rs) != 1 || storage.Hash(rs[0].Body[len(rs[0].Body)-32:]) != x.tip {
			t.Errorf("record %d of case %v is not what was acknowledged: %v", x.seq, x.id, err)
		}
	}
	r, err := storecheck.Verify(t.Context(), again, s, storecheck.Options{})
	if err != nil || !r.OK() {
		t.Errorf("%v, %v", r.Findings, err)
	}
	if r.Cases != 1+len(list)+refused {
		t.Errorf("%d cases of %d reports", r.Cases, 1+len(list)+refused)
	}
	t.Logf("%d reports taken, %d refused for want of room, %d cases at the end", len(list), refused, r.Cases)
}
