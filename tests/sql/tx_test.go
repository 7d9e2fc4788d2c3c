package sqltest

import (
	"errors"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// one is a Change that opens a case with a key.
func one(n byte, key byte) storage.Change {
	c := step(storage.Head{ID: cvd.CaseID{n}}, "tx")
	c.Tip = storage.Hash{}
	c.Take = []storage.Key{{key}}
	return c
}

// TestHostTransaction appends within the host's own transactions.
func TestHostTransaction(t *testing.T) {
	ctx := t.Context()
	db, s := openTemp(t)
	if _, err := db.Exec("CREATE TABLE tickets (name TEXT)"); err != nil {
		t.Fatal(err)
	}
	look := func() (cases, tickets int) {
		t.Helper()
		hs, err := s.Heads(ctx, storage.Query{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow("SELECT count(*) FROM tickets").Scan(&tickets); err != nil {
			t.Fatal(err)
		}
		return len(hs), tickets
	}
	for round, commit := range []bool{false, true} {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		bound := s.WithTx(tx)
		if err := bound.Append(ctx, []storage.Change{one(1, 1)}); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO tickets VALUES ('T1')"); err != nil {
			t.Fatal(err)
		}
		// Refusals leave the transaction usable, and nothing of themselves.
		if err := bound.Append(ctx, []storage.Change{one(1, 2)}); !errors.Is(err, cvd.ErrConflict) {
			t.Fatal(err)
		}
		if err := bound.Append(ctx, []storage.Change{one(2, 1)}); !errors.As(err, new(*cvd.DuplicateError)) {
			t.Fatal(err)
		}
		if err := bound.Append(ctx, []storage.Change{one(3, 3)}); err != nil {
			t.Fatal(err)
		}
		if cases, tickets := look(); cases != 0 || tickets != 0 {
			t.Fatalf("round %d: others see %d cases and %d tickets before the commit", round, cases, tickets)
		}
		end, want := tx.Rollback, [2]int{0, 0}
		if commit {
			end, want = tx.Commit, [2]int{2, 1}
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if cases, tickets := look(); [2]int{cases, tickets} != want {
			t.Fatalf("commit %v: %d cases and %d tickets", commit, cases, tickets)
		}
	}
}
