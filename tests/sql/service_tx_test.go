package sqltest

import (
	"errors"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
)

// TestStaleTransaction has a host read in its transaction what another then
// changes. The command is a conflict, and the repeated transaction succeeds.
func TestStaleTransaction(t *testing.T) {
	ctx := t.Context()
	db, s := openTemp(t)
	svc := newService(t, s)
	id := do(t, svc, cvd.CaseID{}, report(1)).ID
	for round, interrupted := range []bool{true, false} {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM cvd_heads").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if interrupted {
			do(t, svc, id, cvd.PostMessage{Text: "of another"})
		}
		_, err = svc.Using(s.WithTx(tx)).Do(ctx, id, cvd.By{}, cvd.PostMessage{Text: "of the host"})
		if interrupted != errors.Is(err, cvd.ErrConflict) || !interrupted && err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if interrupted {
			err = tx.Rollback()
		} else {
			err = tx.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if c := view(t, svc, id); len(c.Messages) != 2 || c.Messages[1].Text != "of the host" {
		t.Errorf("%d messages", len(c.Messages))
	}
}
