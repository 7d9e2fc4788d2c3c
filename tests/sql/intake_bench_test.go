package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// kept is a Store that keeps the last Change it was given.
type kept struct {
	storage.Store
	last *storage.Change
}

func (k kept) Append(ctx context.Context, c []storage.Change) error {
	*k.last = c[0]
	return k.Store.Append(ctx, c)
}

// BenchmarkIntake receives reports through the Service, and in turns with that writes
// the same rows by hand: one transaction of prepared statements, row by row, on a
// database of the same settings. x-by-hand is the time of the one over the other; the
// goal is at most 1.5.
func BenchmarkIntake(b *testing.B) {
	ctx := b.Context()
	var last storage.Change
	_, s := openTemp(b)
	svc, err := service.New(cvd.Config{Store: kept{s, &last}, Secret: make([]byte, 32), Cached: -1})
	if err != nil {
		b.Fatal(err)
	}
	hand := newByHand(b)
	const turn = 100
	var ours, theirs time.Duration
	n := 0
	round := func() {
		changes := make([]storage.Change, turn)
		start := time.Now()
		for i := range changes {
			n++
			if _, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"}, intakeReport(n)); err != nil {
				b.Fatal(err)
			}
			changes[i] = last
		}
		ours += time.Since(start)
		start = time.Now()
		for i := range changes {
			hand.write(b, &changes[i])
		}
		theirs += time.Since(start)
	}
	round()
	ours, theirs = 0, 0
	rounds := 0
	for b.Loop() {
		round()
		rounds++
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-by-hand")
	b.ReportMetric(float64(rounds*turn)/ours.Seconds(), "reports/s")
	b.ReportMetric(float64(len(last.Records)+len(last.Tag)+len(last.Take)+1), "rows/report")
}

func intakeReport(n int) cvd.Receive {
	return cvd.Receive{
		IDs:      []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(fmt.Sprintf("<%d@finder.example>", n))}},
		Reporter: cvd.Contact{Name: "Rita", Email: cvd.Private(fmt.Sprintf("r%d@finder.example", n%500))},
		Title:    cvd.Private(fmt.Sprintf("Heap overflow number %d in frobd", n)), Products: "frobd 1.0 to 1.4",
		Summary: cvd.Private(fmt.Sprintf("A frame of %d bytes overflows the heap in parse_frame_%d when reassembly of fragments wraps.", n, n)),
	}
}

// byHand is a database with the tables, written without sqlstore.
type byHand struct {
	conn                     *sql.Conn
	head, record, key, terms *sql.Stmt
}

func newByHand(b *testing.B) *byHand {
	b.Helper()
	db, _ := openFile(b, filepath.Join(b.TempDir(), "hand.db"))
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	for _, q := range []string{"PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON"} {
		if _, err := conn.ExecContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	h := &byHand{conn: conn}
	for q, st := range map[string]**sql.Stmt{
		"INSERT INTO cvd_heads (seq, tip, due, data, private, case_id) VALUES (?, ?, ?, ?, ?, ?)": &h.head,
		"INSERT INTO cvd_records (case_id, seq, body, private) VALUES (?, ?, ?, ?)":               &h.record,
		"INSERT INTO cvd_keys (key, case_id) VALUES (?, ?)":                                       &h.key,
		"INSERT INTO cvd_terms (term, case_id) VALUES (?, ?)":                                     &h.terms,
	} {
		if *st, err = conn.PrepareContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	return h
}

func (h *byHand) write(b *testing.B, c *storage.Change) {
	b.Helper()
	ctx := b.Context()
	tx, err := h.conn.BeginTx(ctx, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback()
	exec := func(st *sql.Stmt, args ...any) {
		if _, err := tx.StmtContext(ctx, st).ExecContext(ctx, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec(h.head, int64(c.Head.Seq), c.Head.Tip[:], int64(c.Head.Due), c.Head.Data, []byte{}, c.ID[:])
	for i := range c.Records {
		r := &c.Records[i]
		exec(h.record, c.ID[:], int64(r.Seq), r.Body, r.Private)
	}
	for i := range c.Take {
		exec(h.key, c.Take[i][:], c.ID[:])
	}
	for _, t := range c.Tag {
		exec(h.terms, []byte(t), c.ID[:])
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}
