package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

// TestSQLiteDamage alters bytes of the file, in one page at a time: what is read of a
// case is right, or an error, or its log up to a record, which Verify names; and where
// anything is wrong, Verify says so. Where a page
// of records is damaged, the cases that are not in it are still read.
func TestSQLiteDamage(t *testing.T) {
	const cases, pageSize = 20, 4096
	path := filepath.Join(t.TempDir(), "cases.db")
	db, s := openFile(t, path)
	// The same file each time, so that a seed repeats.
	svc := newService(t, s, func(cfg *cvd.Config) {
		cfg.Rand, cfg.Now = rand.NewChaCha8([32]byte{41}), func() time.Time { return tickTime }
	})
	var ids []cvd.CaseID
	for n := range cases {
		c := do(t, svc, cvd.CaseID{}, report(n), cvd.Acknowledge{}, cvd.Attach{Name: "crash.bin", Content: strings.NewReader("crash")})
		do(t, svc, c.ID, cvd.PostMessage{To: []cvd.PartyID{2}, Text: cvd.Private(fmt.Sprintf("message %d: %s", n, strings.Repeat("text ", 20*n)))})
		ids = append(ids, c.ID)
	}
	records := map[int]bool{} // leaves of their table
	var leaves []int
	rows, err := db.Query("SELECT pageno FROM dbstat WHERE name = 'cvd_records' AND pagetype = 'leaf' ORDER BY pageno")
	if err == nil {
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
			records[n], leaves = true, append(leaves, n-1)
		}
		err = rows.Err()
	}
	if err != nil || len(records) < 3 {
		t.Fatalf("%d pages of records, %v", len(records), err)
	}
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := look(t, s, svc, ids)
	if len(want.wrong) > 0 || len(want.verify) > 0 {
		t.Fatal(want)
	}
	pages := len(sound) / pageSize
	for _, seed := range seeds(t) {
		random := rand.New(rand.NewPCG(seed, 41))
		tried := random.Perm(pages)[:min(pages, 25)]
		tried = append(tried, leaves[0], leaves[len(leaves)/2])
		slices.Sort(tried)
		failed, named := 0, 0
		for _, page := range slices.Compact(tried) {
			name := fmt.Sprintf("seed %d: page %d of %d", seed, page+1, pages)
			damaged := slices.Clone(sound)
			for range 1 + random.IntN(200) {
				damaged[page*pageSize+random.IntN(pageSize)] ^= byte(1 + random.IntN(255))
			}
			got := lookAt(t, damaged, ids)
			for id, text := range got.cases {
				if text != want.cases[id] {
					t.Errorf("%s: case %v reads as %.300q", name, id, text)
				}
			}
			if (len(got.wrong) > 0 || got.list != want.list) && len(got.verify) == 0 {
				t.Errorf("%s: Verify finds nothing, and there is wrong: %v, %v", name, got.wrong, got.list != want.list)
			}
			// The Service refuses all where the record is damaged that holds its Secret.
			if records[page+1] && got.logs < cases/2 {
				t.Errorf("%s: of the others only %d can be read: %v", name, got.logs, got.wrong)
			}
			if len(got.wrong) > 0 {
				failed++
			}
			if len(got.verify) > 0 {
				named++
			}
		}
		if failed < 3 || named < 5 {
			t.Errorf("seed %d: the test tries nothing: %d pages made errors, %d were found", seed, failed, named)
		}
		t.Logf("seed %d: %d pages altered, %d make errors, Verify names %d", seed, len(slices.Compact(tried)), failed, named)
	}
}

// looked is what somebody sees in a store.
type looked struct {
	cases  map[cvd.CaseID]string // those that could be read
	logs   int                   // that the Store can read
	list   string
	wrong  []string // errors, and keys that do not lead to their case
	verify []string // what Verify says
}

func lookAt(t *testing.T, file []byte, ids []cvd.CaseID) looked {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := sqlstore.Open(db, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return look(t, s, newService(t, s, func(cfg *cvd.Config) { cfg.Cached = -1 }), ids)
}

func look(t *testing.T, s *sqlstore.Store, svc *service.Service, ids []cvd.CaseID) looked {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	l := looked{cases: map[cvd.CaseID]string{}}
	for n, id := range ids {
		if rs, err := s.Load(ctx, id, 0, 1000, true); err == nil && len(rs) > 0 {
			l.logs++
		}
		c, err := svc.View(ctx, id, team)
		if err != nil {
			l.wrong = append(l.wrong, err.Error())
		} else {
			text := fmt.Sprint(c.Number, string(c.Title), string(c.Reports[0].Summary))
			for _, a := range c.Attachments {
				text += string(a.SHA256)
			}
			for i := range c.Messages {
				text += string(c.Messages[i].Text)
			}
			l.cases[id] = text
		}
		if to, err := svc.Lookup(ctx, report(n).IDs[0]); err != nil || to != id {
			l.wrong = append(l.wrong, fmt.Sprint("key of ", id, ": ", err))
		}
	}
	hs, err := s.Heads(ctx, storage.Query{Limit: 100})
	l.list = fmt.Sprint(hs, err)
	if err != nil {
		l.wrong = append(l.wrong, err.Error())
	}
	r, err := storecheck.Verify(ctx, svc, s, storecheck.Options{Blobs: s.Blobs(), Contents: true})
	if err != nil {
		l.verify = append(l.verify, err.Error())
	}
	for _, f := range r.Findings {
		l.verify = append(l.verify, f.String())
	}
	if err == nil && r.Cases < len(ids) {
		l.verify = append(l.verify, fmt.Sprint(r.Cases, " cases"))
	}
	return l
}
