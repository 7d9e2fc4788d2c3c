package sqltest

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// opensEach is how many appends there are to one that opens another case.
const opensEach = 5

// written counts the commands that are in the log, by the notes that they left.
func written(c *cvd.Case) (n int) {
	for i := range c.Messages {
		if c.Messages[i].Purpose == cvd.PurposeNote {
			n++
		}
	}
	return n
}

func firstCase(t testing.TB, s storage.Store) cvd.CaseID {
	t.Helper()
	id, err := s.Heads(t.Context(), storage.Query{Limit: 1000})
	if err != nil || len(id) == 0 {
		t.Fatal(err, len(id))
	}
	return id[len(id)-1].ID
}

// childIsKilled appends for ever and prints what was acknowledged: a message
// with its note, and now and then a report with its acknowledgement.
func childIsKilled(t *testing.T, path string) {
	_, s := openFile(t, path)
	svc := newService(t, s)
	id := firstCase(t, s)
	n := written(view(t, svc, id))
	fmt.Println("ready")
	for n++; ; n++ {
		if n%opensEach == 0 {
			do(t, svc, cvd.CaseID{}, report(n), cvd.Acknowledge{})
		}
		do(t, svc, id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: cvd.Private(fmt.Sprint("message ", n))},
			cvd.PostMessage{Text: cvd.Private(fmt.Sprint("note ", n))})
		fmt.Println(n)
	}
}

// TestServiceKilled kills a process at random moments until it has made a
// thousand appends through the Service, and looks each time what is there.
func TestServiceKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.db")
	db, s := openFile(t, path)
	id := do(t, newService(t, s), cvd.CaseID{}, report(0)).ID
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	kills, unacked, opened, done := 0, 0, 0, 0
	for done+opened < killedAppends {
		cmd, _, out := serviceChild(t, "service-kill", path)
		started(t, out)
		// At a random moment after some appends: their number, and not the time, so
		// that a slow machine needs no more processes than a fast one.
		acked, still := done, random.IntN(80)
		moment := time.Duration(random.IntN(3000)) * time.Microsecond
		var kill *time.Timer
		for out.Scan() {
			if still--; still < 0 && kill == nil {
				kill = time.AfterFunc(moment, func() { cmd.Process.Kill() })
			}
			if n, err := strconv.Atoi(out.Text()); err == nil { // else the kill cut a line
				acked = max(acked, n)
			}
		}
		cmd.Wait()
		kills++
		svc := newService(t, s)
		c := view(t, svc, id) // refuses a half batch and a chain that does not verify
		if done = written(c); done < acked {
			t.Fatalf("seed %d: command %d was acknowledged and %d is the last", seed, acked, done)
		} else if done > acked {
			unacked++
		}
		checkMessages(t, c, done)
		if got := number(t, db, "SELECT count(*) FROM cvd_outbox WHERE case_id = ?", id[:]); got != done {
			t.Fatalf("seed %d: %d deliveries of %d messages", seed, got, done)
		}
		for ; opened < done/opensEach; opened++ {
			checkOpened(t, svc, db, (opened+1)*opensEach)
		}
	}
	cases := number(t, db, "SELECT count(*) FROM cvd_heads")
	if cases != 1+opened && cases != 2+opened { // the last may be there without the message after it
		t.Errorf("%d cases of %d reports", cases, opened)
	}
	for _, m := range view(t, newService(t, s), id).Messages {
		if m.Purpose == cvd.PurposeMessage && number(t, db, "SELECT count(*) FROM cvd_outbox WHERE case_id = ? AND ref = ?", id[:], int64(m.Seq)) != 1 {
			t.Fatalf("the message of record %d has no delivery", m.Seq)
		}
	}
	t.Logf("%d appends, %d kills (seed %d), %d times the last one was written but not acknowledged", done+opened, kills, seed, unacked)
}

// checkMessages ends the test unless the messages and notes up to n are there,
// in order and in pairs.
func checkMessages(t testing.TB, c *cvd.Case, n int) {
	t.Helper()
	if len(c.Messages) != 2*n {
		t.Fatalf("%d messages and notes of %d commands", len(c.Messages), n)
	}
	for i, m := range c.Messages {
		want := fmt.Sprint("message ", i/2+1)
		if i%2 == 1 {
			want = fmt.Sprint("note ", i/2+1)
		}
		if string(m.Text) != want {
			t.Fatalf("message %d is not %q", m.ID, want)
		}
	}
}

// checkOpened ends the test unless report n is a whole case with its delivery.
func checkOpened(t *testing.T, svc *service.Service, db *sql.DB, n int) {
	t.Helper()
	id, err := svc.Lookup(t.Context(), report(n).IDs[0])
	if err != nil {
		t.Fatalf("report %d: %v", n, err)
	}
	c := view(t, svc, id)
	if len(c.Reports) != 1 || c.Reports[0].Acknowledged.IsZero() || len(c.Messages) != 1 {
		t.Fatalf("report %d is half there: %d messages", n, len(c.Messages))
	}
	if got := number(t, db, "SELECT count(*) FROM cvd_outbox WHERE case_id = ? AND ref = ?", id[:], int64(c.Messages[0].Seq)); got != 1 {
		t.Fatalf("the acknowledgement of report %d has %d deliveries", n, got)
	}
}
