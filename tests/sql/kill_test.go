package sqltest

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

const (
	killedAppends = 1000
	recordsEach   = 3 // of each of two cases in an Append
)

// numbered names what append n of a process writes, for one of two cases.
func numbered(kind byte, n, which int) (out [16]byte) {
	out[0], out[1] = kind, byte(which)
	binary.BigEndian.PutUint32(out[2:], uint32(n))
	return out
}

// batch is append n: two cases, of which one is new and one goes on.
func batch(n int, log storage.Head) []storage.Change {
	fresh := storage.Head{ID: cvd.CaseID(numbered('n', n, 0))}
	var changes []storage.Change
	for which, h := range []storage.Head{log, fresh} {
		c := storage.Change{ID: h.ID, After: h.Seq, Tip: h.Tip, Head: h}
		for range recordsEach {
			c.Head.Seq++
			c.Records = append(c.Records, storage.Record{Seq: c.Head.Seq, Body: fmt.Appendf(nil, "append %d", n), Private: make([]byte, 300)})
		}
		c.Head.Tip = storage.Hash{0: byte(which + 1)}
		binary.BigEndian.PutUint32(c.Head.Tip[1:], uint32(n))
		k := numbered('k', n, which)
		c.Take = []storage.Key{{}}
		copy(c.Take[0][:], k[:])
		c.Tag = []storage.Term{storage.Term(fmt.Sprintf("append:%d", n))}
		c.Enqueue = []storage.Delivery{{Case: c.ID, Lane: storage.LaneID(numbered('l', n, which)), Ref: c.Head.Seq, At: 1}}
		changes = append(changes, c)
	}
	return changes
}

var logID = cvd.CaseID{'l'}

func logHead(t *testing.T, s storage.Store) storage.Head {
	t.Helper()
	hs, err := s.Heads(t.Context(), storage.Query{Before: storage.Cursor{ID: cvd.CaseID{'l', 1}}, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(hs) == 0 {
		return storage.Head{ID: logID}
	}
	return hs[0]
}

// childAppends appends for ever and prints what was acknowledged.
func childAppends(t *testing.T, path string) {
	_, s := openFile(t, path)
	h := logHead(t, s)
	fmt.Println("ready")
	for n := int(h.Seq)/recordsEach + 1; ; n++ {
		changes := batch(n, h)
		if err := s.Append(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
		h = changes[0].Head
		fmt.Println(n)
	}
}

// TestKilledProcess kills a process at random moments until it has appended a
// thousand times, and looks each time what is there.
func TestKilledProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.db")
	db, s := openFile(t, path)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	acked, kills, unacked, at := 0, 0, 0, 0
	for at < killedAppends {
		cmd, _, out := child(t, "kill", path)
		if !out.Scan() || out.Text() != "ready" {
			t.Fatalf("the process says %q", out.Text())
		}
		kill := time.AfterFunc(time.Duration(random.IntN(30_000))*time.Microsecond, func() { cmd.Process.Kill() })
		for out.Scan() {
			n, err := strconv.Atoi(out.Text())
			if err != nil {
				continue // the kill cut a line
			}
			acked = max(acked, n)
		}
		kill.Stop()
		cmd.Wait()
		kills++
		n := int(logHead(t, s).Seq) / recordsEach
		if n < acked {
			t.Fatalf("seed %d: append %d was acknowledged and %d is the last", seed, acked, n)
		}
		if n > acked {
			unacked++
		}
		for ; at < n; at++ {
			checkBatch(t, s, at+1)
		}
		acked = n
	}
	checkCounts(t, db, at)
	t.Logf("%d appends, %d kills (seed %d), %d times the last append was written but not acknowledged", at, kills, seed, unacked)
}

// checkBatch ends the test unless all of an append is there.
func checkBatch(t *testing.T, s storage.Store, n int) {
	t.Helper()
	fresh := cvd.CaseID(numbered('n', n, 0))
	for which, from := range map[cvd.CaseID]cvd.Seq{logID: cvd.Seq((n - 1) * recordsEach), fresh: 0} {
		rs, err := s.Load(t.Context(), which, from, recordsEach, true)
		if err != nil || len(rs) != recordsEach {
			t.Fatalf("append %d: %d records, %v", n, len(rs), err)
		}
		for _, r := range rs {
			if string(r.Body) != fmt.Sprintf("append %d", n) || len(r.Private) != 300 {
				t.Fatalf("append %d: record %d is %q", n, r.Seq, r.Body)
			}
		}
	}
	for which, owner := range []cvd.CaseID{logID, fresh} {
		var k storage.Key
		name := numbered('k', n, which)
		copy(k[:], name[:])
		if id, err := s.Lookup(t.Context(), k); err != nil || id != owner {
			t.Fatalf("append %d: key of %v: %v, %v", n, owner, id, err)
		}
	}
	if hs, err := s.Heads(t.Context(), storage.Query{All: []storage.Term{storage.Term(fmt.Sprintf("append:%d", n))}, Limit: 9}); err != nil || len(hs) != 2 {
		t.Fatalf("append %d: %d cases with its term, %v", n, len(hs), err)
	}
}

// checkCounts ends the test if something is there that no append wrote whole.
func checkCounts(t *testing.T, db *sql.DB, n int) {
	t.Helper()
	for table, want := range map[string]int{
		"cvd_heads": n + 1, "cvd_records": 2 * recordsEach * n, "cvd_keys": 2 * n,
		"cvd_outbox": 2 * n, "cvd_outbox WHERE ready = 1 AND token = 0": 2 * n,
	} {
		var got int
		if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d rows instead of %d, %v", table, got, want, err)
		}
	}
}
