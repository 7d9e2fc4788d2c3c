package sqltest

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// mostRecent is how many cases may have their terms in cvd_recent after an Append:
// the 16th merges.
const mostRecent = 15

func recentRows(t testing.TB, q interface {
	QueryRow(string, ...any) *sql.Row
}) (n int) {
	t.Helper()
	if err := q.QueryRow("SELECT count(*) FROM cvd_recent").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// someTerms are easily taken for another: one within another, with the bytes that
// separate them, empty, without a form in a row.
var someTerms = []storage.Term{
	"a", "ab", "b", "aa", "a/b", "open", "openb", "\x00", "a\x00", "\x00b", "a\x00b", "", "\xff", "sim:1", "sim:2", "sim:12", "mark:1", "sub:x",
}

// TestRecentModel does the same to a Store in memory and to two processes on one
// database, and asks both the same, while cases wait in cvd_recent, are changed there,
// grow out of it and are merged.
func TestRecentModel(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		ctx := t.Context()
		r := rand.New(rand.NewPCG(seed, 13))
		path := filepath.Join(t.TempDir(), "cases.db")
		db, first := openFile(t, path)
		_, second := openFile(t, path)
		want := memstore.New()
		var all []storage.Head
		merges, waited, before := 0, 0, 0
		pick := func(n int) (out []storage.Term) {
			for range r.IntN(n + 1) {
				out = append(out, someTerms[r.IntN(len(someTerms))])
			}
			return out
		}
		change := func() storage.Change {
			c := storage.Change{Tag: pick(6), Untag: pick(3)}
			if r.IntN(10) < 6 || len(all) == 0 {
				binary.BigEndian.PutUint32(c.ID[:], r.Uint32())
				c.Head = storage.Head{ID: c.ID}
				all = append(all, c.Head)
			} else if c.Head = all[r.IntN(len(all))]; r.IntN(3) == 0 {
				c.Head = all[max(0, len(all)-1-r.IntN(10))] // one that is likely to be recent
			}
			c.ID, c.After, c.Tip = c.Head.ID, c.Head.Seq, c.Head.Tip
			if r.IntN(40) == 0 { // too many for a row
				for i := range 200 {
					c.Tag = append(c.Tag, storage.Term(fmt.Sprintf("party:%014d", i)))
				}
			}
			c.Head.Seq++
			c.Head.Due = storage.Millis(r.IntN(20))
			c.Head.Data, c.Head.Private = binary.BigEndian.AppendUint64(nil, r.Uint64()), []byte{}
			copy(c.Head.Tip[:], c.Head.Data)
			c.Records = []storage.Record{{Seq: c.Head.Seq, Body: c.Head.Data}}
			return c
		}
		for n := range 80 { // each waits for the disk
			var changes []storage.Change
			most := 12
			if r.IntN(8) == 0 {
				most = 60 // more new ones than may wait
			}
			for range 1 + r.IntN(most) {
				c := change()
				if slices.ContainsFunc(changes, func(x storage.Change) bool { return x.ID == c.ID }) {
					continue
				}
				all[slices.IndexFunc(all, func(h storage.Head) bool { return h.ID == c.ID })] = c.Head
				changes = append(changes, c)
			}
			for _, s := range []storage.Store{want, []storage.Store{first, second}[r.IntN(2)]} {
				if err := s.Append(ctx, changes); err != nil {
					t.Fatalf("seed %d, append %d: %v", seed, n, err)
				}
			}
			k := recentRows(t, db)
			if waited += k; k < before {
				merges++
			}
			if before = k; k > mostRecent {
				t.Fatalf("seed %d, append %d: %d cases wait", seed, n, k)
			}
			for range 12 {
				q := storage.Query{All: pick(3), Any: pick(3), Limit: r.IntN(40)}
				if r.IntN(3) == 0 {
					q.DueBy = storage.Millis(r.IntN(20))
				}
				if x := all[r.IntN(len(all))]; r.IntN(2) == 0 {
					q.Before = storage.Cursor{Due: x.Due, ID: x.ID}
				}
				if r.IntN(3) == 0 {
					q.DueBy, q.From, q.To = 0, someTerms[r.IntN(len(someTerms))], someTerms[r.IntN(len(someTerms))]+"\xff"
					if q.Before != (storage.Cursor{}) {
						q.Before = storage.Cursor{ID: q.Before.ID, Under: someTerms[r.IntN(len(someTerms))]}
						if q.From = min(q.From, q.Before.Under); q.Before.Under == "" { // as if there were none
							q.Before = storage.Cursor{}
						}
					}
				}
				sameHeads(t, want, second, q)
			}
		}
		if merges < 3 || waited < 200 {
			t.Errorf("seed %d: %d merges, %d waited: the test no longer tests", seed, merges, waited)
		}
		for _, term := range someTerms {
			sameHeads(t, want, first, storage.Query{All: []storage.Term{term}, Limit: 1000})
		}
		theirs, err := want.Inspect(ctx, cvd.CaseID{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := first.Inspect(ctx, cvd.CaseID{}, 1000)
		if err != nil || len(ours) != len(theirs) {
			t.Fatalf("%d and %d rows, %v", len(ours), len(theirs), err)
		}
		for i := range ours {
			if !slices.Equal(ours[i].Terms, theirs[i].Terms) {
				t.Errorf("seed %d: case %v has the terms %q and %q", seed, ours[i].ID, ours[i].Terms, theirs[i].Terms)
			}
		}
	}
}

func sameHeads(t *testing.T, want, got storage.Store, q storage.Query) {
	t.Helper()
	theirs, err := want.Heads(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := got.Heads(t.Context(), q)
	if err != nil || len(ours) != len(theirs) {
		t.Fatalf("%+v: %d heads instead of %d, %v", q, len(ours), len(theirs), err)
	}
	for i := range ours {
		if len(ours[i].Private) == 0 {
			ours[i].Private = theirs[i].Private // nil or empty
		}
		if !reflect.DeepEqual(ours[i], theirs[i]) {
			t.Fatalf("%+v: head %d is %+v instead of %+v", q, i, ours[i], theirs[i])
		}
	}
}

func tagged(n int, terms ...storage.Term) storage.Change {
	c := newCase(n)
	c.Tag = terms
	return c
}

// TestRecentPages lists while merges run between the pages: nothing twice, nothing
// left out.
func TestRecentPages(t *testing.T) {
	ctx := t.Context()
	db, s := openTemp(t)
	var some []storage.Change
	const waiting = 6
	for n := range 150 {
		c := tagged(1000+n, "t", "u")
		c.Head.Due = storage.Millis(1000 + n)
		some = append(some, c)
	}
	for _, these := range [][]storage.Change{some[:150-waiting], some[150-waiting:]} {
		if err := s.Append(ctx, these); err != nil {
			t.Fatal(err)
		}
	}
	if n := recentRows(t, db); n != waiting {
		t.Fatalf("%d cases wait", n)
	}
	later := 100000
	for name, q := range map[string]storage.Query{
		"all": {All: []storage.Term{"t"}}, "two": {All: []storage.Term{"t", "u"}}, "any": {Any: []storage.Term{"t", "u"}}, "due": {All: []storage.Term{"t"}, DueBy: 5000}, "range": {From: "t", To: "u"},
	} {
		q.Limit = 7
		var listed []cvd.CaseID
		merges := 0
		for {
			hs, err := s.Heads(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(hs) == 0 {
				break
			}
			for _, h := range hs {
				listed = append(listed, h.ID)
			}
			last := hs[len(hs)-1]
			q.Before = storage.Cursor{ID: last.ID}
			if q.DueBy != 0 {
				q.Before.Due = last.Due
			}
			q.Before.Under = last.Under
			for range 4 {
				some = some[:0]
				for range 10 {
					some = append(some, tagged(later, "other"))
					later++
				}
				before := recentRows(t, db)
				if err := s.Append(ctx, some); err != nil {
					t.Fatal(err)
				}
				if recentRows(t, db) < before {
					merges++
				}
			}
		}
		slices.SortFunc(listed, func(a, b cvd.CaseID) int { return strings.Compare(string(a[:]), string(b[:])) })
		if len(listed) != 150 || len(slices.Compact(listed)) != 150 || merges < 3 {
			t.Errorf("%s: %d listed, %d merges", name, len(listed), merges)
		}
	}
}

// TestRecentMergeFails has a merge fail after it has written, as where the process dies
// or the disk is full: the append that led to it has written nothing, and all answers
// are as before.
func TestRecentMergeFails(t *testing.T) {
	ctx := t.Context()
	db, s := openTemp(t)
	var some []storage.Change
	for n := range mostRecent {
		some = append(some, tagged(n, "t"))
	}
	if err := s.Append(ctx, some); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TRIGGER fails BEFORE DELETE ON cvd_recent BEGIN SELECT RAISE(ABORT, 'no room'); END"); err != nil {
		t.Fatal(err)
	}
	list := func() int {
		t.Helper()
		hs, err := s.Heads(ctx, storage.Query{All: []storage.Term{"t"}, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return len(hs)
	}
	for range 3 {
		if err := s.Append(ctx, []storage.Change{tagged(1000, "t")}); err == nil || !strings.Contains(err.Error(), "no room") {
			t.Fatal(err)
		}
		if n, waiting := list(), recentRows(t, db); n != mostRecent || waiting != mostRecent {
			t.Fatalf("%d cases, %d of them waiting, after a merge that failed", n, waiting)
		}
	}
	if _, err := db.Exec("DROP TRIGGER fails"); err != nil {
		t.Fatal(err)
	}
	// Within a transaction of the host that is undone.
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WithTx(tx).Append(ctx, []storage.Change{tagged(1000, "t")}); err != nil {
		t.Fatal(err)
	}
	if n := recentRows(t, tx); n != 0 {
		t.Fatalf("%d cases wait after a merge", n)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n, waiting := list(), recentRows(t, db); n != mostRecent || waiting != mostRecent {
		t.Fatalf("%d cases, %d of them waiting, after a merge that was undone", n, waiting)
	}
	if err := s.Append(ctx, []storage.Change{tagged(1000, "t")}); err != nil {
		t.Fatal(err)
	}
	if n, waiting := list(), recentRows(t, db); n != mostRecent+1 || waiting != 0 {
		t.Fatalf("%d cases, %d of them waiting, after a merge", n, waiting)
	}
}

// TestRecentCopies looks into the rows: a case has its terms in one place only.
func TestRecentCopies(t *testing.T) {
	ctx := t.Context()
	db, s := openTemp(t)
	var heads []storage.Head
	var some []storage.Change
	for n := range mostRecent {
		some = append(some, tagged(n, "a", "b"))
		heads = append(heads, some[n].Head)
	}
	if err := s.Append(ctx, some); err != nil {
		t.Fatal(err)
	}
	change := func(n int, untag, tag []storage.Term) {
		t.Helper()
		c := step(heads[n], "more")
		c.Untag, c.Tag = untag, tag
		if err := s.Append(ctx, []storage.Change{c}); err != nil {
			t.Fatal(err)
		}
		heads[n] = c.Head
	}
	count := func(table string) (n int) {
		t.Helper()
		if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	change(1, []storage.Term{"a"}, []storage.Term{"c"})
	if count("cvd_terms") != 0 || count("cvd_recent") != mostRecent {
		t.Error("a change of a recent case left cvd_recent")
	}
	var many []storage.Term
	for i := range 100 {
		many = append(many, storage.Term(fmt.Sprintf("party:%030d", i)))
	}
	change(2, []storage.Term{"a"}, many)
	if count("cvd_terms") != 101 || count("cvd_recent") != mostRecent-1 {
		t.Errorf("a case too large for a row: %d and %d", count("cvd_terms"), count("cvd_recent"))
	}
	change(2, []storage.Term{"b"}, []storage.Term{"z"})
	if count("cvd_terms") != 101 || count("cvd_recent") != mostRecent-1 {
		t.Error("an older case came back")
	}
	if err := s.Append(ctx, []storage.Change{tagged(1000, "a")}); err != nil {
		t.Fatal(err)
	}
	if count("cvd_terms") != 101+2*(mostRecent-1)+1 || count("cvd_recent") != 0 {
		t.Errorf("after a merge %d and %d", count("cvd_terms"), count("cvd_recent"))
	}
}
