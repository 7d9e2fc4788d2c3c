package sqltest

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// against runs kinds of work in turns, each from so many clients, so that all see the
// same machine. It reports how many of the first are done in the time of one of the
// second, and how many of a third are, if there is one.
func against(b *testing.B, clients, each int, kinds ...func(client int)) {
	b.Helper()
	turn := func(work func(int)) time.Duration {
		var wg sync.WaitGroup
		start := time.Now()
		for c := range clients {
			wg.Go(func() {
				for range each {
					work(c)
				}
			})
		}
		wg.Wait()
		return time.Since(start)
	}
	for _, work := range kinds {
		turn(work)
	}
	took := make([]time.Duration, len(kinds))
	rounds := 0
	for b.Loop() {
		for i, work := range kinds {
			took[i] += turn(work)
		}
		rounds++
	}
	n := float64(rounds * clients * each)
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
	b.ReportMetric(n/took[0].Seconds(), "appends/s")
	b.ReportMetric(n/took[1].Seconds(), "other/s")
	if len(kinds) > 2 {
		b.ReportMetric(took[1].Seconds()/took[2].Seconds(), "limit")
	}
	b.ReportMetric(0, "ns/op")
}

// openBench has a connection for each client.
func openBench(b *testing.B, clients int) (*sql.DB, string, storage.Store) {
	b.Helper()
	url := postgresURL(b)
	schema := newSchema(b, url)
	db, s := openSchema(b, url, schema)
	db.SetMaxIdleConns(clients)
	db.SetMaxOpenConns(clients)
	return db, schema, s
}

// BenchmarkPostgresRecord compares an append of one record with one plain INSERT of
// the same size that commits by itself. The goal is a ratio of 0.7.
func BenchmarkPostgresRecord(b *testing.B) {
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			db, schema, s := openBench(b, clients)
			if _, err := db.Exec(`CREATE TABLE "` + schema + `".plain (id BYTEA NOT NULL PRIMARY KEY, body BYTEA NOT NULL)`); err != nil {
				b.Fatal(err)
			}
			heads := make([]storage.Head, clients)
			for i := range heads {
				c := newCase(i + 1)
				must(b, s.Append(b.Context(), []storage.Change{c}))
				heads[i] = c.Head
			}
			body := newCase(1).Records[0].Body
			var n atomic.Uint64
			against(b, clients, 100, func(client int) {
				c := step(heads[client], "bench")
				c.Records[0].Body = body
				must(b, s.Append(b.Context(), []storage.Change{c}))
				heads[client] = c.Head
			}, func(int) {
				id := binary.BigEndian.AppendUint64(nil, n.Add(1))
				_, err := db.ExecContext(b.Context(), `INSERT INTO "`+schema+`".plain VALUES ($1, $2)`, id, body)
				must(b, err)
			})
		})
	}
}

// intake has the rows of a report that is received and acknowledged.
func intake(n int) storage.Change {
	c := newCase(n)
	for seq := cvd.Seq(2); seq <= 12; seq++ {
		c.Records = append(c.Records, storage.Record{Seq: seq, Body: c.Records[0].Body[:120], Private: c.Records[0].Body[:200]})
	}
	c.Head.Seq = 12
	for i := range 3 {
		k := storage.Key{31: byte(i)}
		binary.BigEndian.PutUint64(k[:], uint64(n))
		c.Take = append(c.Take, k)
	}
	for i := range 18 {
		c.Tag = append(c.Tag, storage.Term(fmt.Sprintf("t%d/%d", i, n%(1+i*100))))
	}
	c.Enqueue = []storage.Delivery{{Case: c.ID, Lane: storage.LaneID(c.ID), Ref: 1, At: 1}}
	return c
}

// BenchmarkPostgresIntake compares an intake with the same rows, written one by one
// in a transaction. The goal is a ratio of 3. Nothing that waits for the disk is faster
// than one plain INSERT that commits by itself: limit is the ratio that such a one would
// have. With one client, on a disk that is slower than 36 round trips, it is below the goal.
func BenchmarkPostgresIntake(b *testing.B) {
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			db, schema, s := openBench(b, clients)
			if _, err := db.Exec(`CREATE TABLE "` + schema + `".plain (id BYTEA NOT NULL PRIMARY KEY, body BYTEA NOT NULL)`); err != nil {
				b.Fatal(err)
			}
			var n atomic.Int64
			body := make([]byte, 400)
			against(b, clients, 20, func(int) {
				must(b, s.Append(b.Context(), []storage.Change{intake(int(n.Add(1)))}))
			}, func(int) {
				c := intake(int(n.Add(1)))
				must(b, rowByRow(b.Context(), db, `"`+schema+`".cvd_`, &c))
			}, func(int) {
				id := binary.BigEndian.AppendUint64(nil, uint64(n.Add(1)))
				_, err := db.ExecContext(b.Context(), `INSERT INTO "`+schema+`".plain VALUES ($1, $2)`, id, body)
				must(b, err)
			})
		})
	}
}

// rowByRow writes a new case by a statement for each row.
func rowByRow(ctx context.Context, db *sql.DB, prefix string, c *storage.Change) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	run := func(query string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO "+prefix+query, args...)
		}
	}
	run("heads VALUES ($1, $2, $3, NULL, '', '')", c.ID[:], int64(c.Head.Seq), c.Head.Tip[:])
	for _, k := range c.Take {
		run("keys VALUES ($1, $2)", k[:], c.ID[:])
	}
	for i := range c.Records {
		run("records VALUES ($1, $2, $3, $4)", c.ID[:], int64(c.Records[i].Seq), c.Records[i].Body, c.Records[i].Private)
	}
	for _, t := range c.Tag {
		run("terms VALUES ($1, $2)", []byte(t), c.ID[:])
	}
	for _, d := range c.Enqueue {
		run("outbox VALUES ($1, $2, $3, $4, $4, 0, 0)", d.Lane[:], int64(d.Ref), c.ID[:], int64(d.At))
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// TestPostgresScans works for a while on a database that is new, and looks that no
// table was read from end to end: plans that were made while it was empty stay cached.
func TestPostgresScans(t *testing.T) {
	ctx := t.Context()
	url := postgresURL(t)
	schema := newSchema(t, url)
	db, s := openSchema(t, url, schema)
	svc := newService(t, s)
	var ids []cvd.CaseID
	for n := range 40 {
		id := do(t, svc, cvd.CaseID{}, report(n), cvd.Acknowledge{}).ID
		do(t, svc, id, cvd.PostMessage{Text: "A note."})
		do(t, svc, id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "A message."})
		if ids = append(ids, id); n%10 != 0 {
			continue
		}
		for _, f := range []func() error{
			func() error { _, err := svc.Relay(ctx, 20); return err },
			func() error { _, err := svc.Tick(ctx, 20); return err },
			func() error {
				_, err := newService(t, s).View(ctx, id, team)
				return err
			},
			func() error { _, err := svc.Lookup(ctx, report(n).IDs[0]); return err },
			func() error {
				_, err := s.Heads(ctx, storage.Query{All: []storage.Term{"a", "b"}, Any: []storage.Term{"c", "d"}, Limit: 5})
				return err
			},
			func() error { _, err := s.Heads(ctx, storage.Query{Any: []storage.Term{"c"}, Limit: 5}); return err },
		} {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := svc.EraseRecords(ctx, ids[0], cvd.By{}, cvd.EraseMistake, 2); err != nil {
		t.Fatal(err)
	}
	db.Close() // the counters of a connection are written when it ends
	fresh := newSchema(t, url)
	untouched, _ := openSchema(t, url, fresh)
	untouched.Close()
	look, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	type use struct{ scans, index int64 }
	uses := func(schema string) map[string]use {
		rows, err := look.Query("SELECT relname, seq_scan, coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE schemaname = $1 "+
			"AND relname IN ('cvd_heads', 'cvd_records', 'cvd_keys', 'cvd_terms', 'cvd_outbox')", schema)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		all := map[string]use{}
		for rows.Next() {
			var name string
			var u use
			if err := rows.Scan(&name, &u.scans, &u.index); err != nil {
				t.Fatal(err)
			}
			all[name] = u
		}
		return all
	}
	for i := 0; ; i++ { // the counters arrive a little later
		time.Sleep(100 * time.Millisecond)
		var index int64
		made, used := uses(fresh), uses(schema) // making an index reads the empty table, once
		for name, u := range used {
			index += u.index
			if u.scans > made[name].scans && i > 20 {
				t.Errorf("%s was read from end to end %d times", name, u.scans-made[name].scans)
			}
		}
		if i > 20 && index > 500 && len(made) == 5 {
			break
		}
		if i == 100 {
			t.Fatalf("the test looks in the wrong place: %v", used)
		}
	}
}
