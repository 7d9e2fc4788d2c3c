package sqltest

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"modernc.org/sqlite"
)

// BenchmarkSubmission receives reports as submissions through the Service, from one
// submitter and from several at once, and in turns with that writes what they wrote in
// three other ways to the same file system. Each metric is the time of a submission over
// that of one of the others:
//
//   - x-append: the bytes of its rows are appended to a file, with fsync. The goal is at
//     most 2 where the disk does 5,000 a second.
//   - x-one-row: the same bytes as one row of one table in a transaction of SQLite, which
//     is the least that its driver can do.
//   - x-by-hand: the same rows one by one in a transaction of prepared statements.
//
// With disk=5000 each fsync takes as long longer as makes the disk do 5,000 appends a
// second, if it does more: those of a file, and those at the end of a transaction.
// Those of checkpoints, one in sixty, take what they take. Who sleeps wakes late beside
// other programs, so x-5000 takes from x-append what an append waited longer than 200 µs.
// cpu-µs is what a submission needs of a processor.
func BenchmarkSubmission(b *testing.B) {
	for _, disk := range []string{"own", "5000"} {
		for _, submitters := range []int{1, 16} {
			b.Run(fmt.Sprintf("disk=%s/submitters=%d", disk, submitters), func(b *testing.B) {
				benchSubmission(b, disk == "5000", submitters)
			})
		}
	}
}

func benchSubmission(b *testing.B, slow bool, submitters int) {
	dir := b.TempDir()
	path := filepath.Join(dir, "cases.db")
	db, s := openFile(b, path)
	all := &keptAll{Store: s}
	svc, err := service.New(cvd.Config{Store: all, Secret: make([]byte, 32), Cached: -1})
	if err != nil {
		b.Fatal(err)
	}
	raw := newRawLog(b)
	hand, row := newByHand(b), newOneRow(b)
	if slow {
		raw.wait = waitOf(b, raw)
		slowCommits(b, db, raw.wait)
		slowCommits(b, row.db, raw.wait)
		must(b, hand.conn.Raw(func(c any) error { return slowCommit(c, raw.wait) }))
	}
	const turn = 160
	var n, syncs int
	var ours, appends, rows, byHand time.Duration
	var work time.Duration // of processors
	timed := func(total *time.Duration, f func()) {
		start := time.Now()
		f()
		*total += time.Since(start)
	}
	round := func() {
		all.changes = all.changes[:0]
		before, worked := syncsOf(b, path), processorTime()
		timed(&ours, func() {
			var group sync.WaitGroup
			for k := range submitters {
				from := n + k*turn/submitters
				group.Go(func() {
					for i := range turn / submitters {
						x := intakeReport(from + i)
						x.Submission = true
						_, err := svc.Do(b.Context(), cvd.CaseID{}, cvd.By{Actor: "alice"}, x)
						must(b, err)
					}
				})
			}
			group.Wait()
		})
		n += turn
		syncs, work = syncs+syncsOf(b, path)-before, work+processorTime()-worked
		texts := make([][]byte, turn)
		for i := range texts {
			texts[i] = bytesOf(&all.changes[i])
		}
		timed(&appends, func() {
			for _, text := range texts {
				raw.write(b, text)
			}
		})
		timed(&rows, func() {
			for _, text := range texts {
				_, err := row.insert.ExecContext(b.Context(), text)
				must(b, err)
			}
		})
		timed(&byHand, func() {
			for i := range all.changes {
				hand.write(b, &all.changes[i])
			}
		})
	}
	for range 4 {
		round()
	}
	ours, appends, rows, byHand, work, syncs = 0, 0, 0, 0, 0, 0
	rounds := 0
	for b.Loop() {
		round()
		rounds++
	}
	did := float64(rounds * turn)
	b.ReportMetric(float64(ours)/float64(appends), "x-append")
	if slow {
		const each = float64(time.Second / 5000)
		late := float64(appends)/did - each
		b.ReportMetric((float64(ours)/did-float64(syncs)/did*late)/each, "x-5000")
	}
	b.ReportMetric(float64(ours)/float64(rows), "x-one-row")
	b.ReportMetric(float64(ours)/float64(byHand), "x-by-hand")
	b.ReportMetric(did/appends.Seconds(), "appends/s")
	b.ReportMetric(did/ours.Seconds(), "submissions/s")
	b.ReportMetric(float64(syncs)/did, "fsyncs/submission")
	b.ReportMetric(float64(work.Microseconds())/did, "cpu-µs/submission")
	last := &all.changes[0]
	b.ReportMetric(float64(len(last.Records)+len(last.Tag)+len(last.Take)+len(last.Enqueue)+1), "rows/submission")
	b.ReportMetric(0, "ns/op")
}

// keptAll is a Store that keeps the Changes that it has made.
type keptAll struct {
	storage.Store
	mu      sync.Mutex
	changes []storage.Change
}

func (k *keptAll) Append(ctx context.Context, c []storage.Change) error {
	err := k.Store.Append(ctx, c)
	if err == nil {
		k.mu.Lock()
		k.changes = append(k.changes, c...)
		k.mu.Unlock()
	}
	return err
}

// oneRow writes one row in a transaction of its own, on a database of the same settings.
type oneRow struct {
	db     *sql.DB
	insert *sql.Stmt
}

func newOneRow(b *testing.B) (r oneRow) {
	b.Helper()
	r.db, _ = openFile(b, filepath.Join(b.TempDir(), "row.db"))
	r.db.SetMaxOpenConns(1)
	if _, err := r.db.Exec("PRAGMA synchronous = FULL; CREATE TABLE rows (n INTEGER PRIMARY KEY, text BLOB)"); err != nil {
		b.Fatal(err)
	}
	var err error
	if r.insert, err = r.db.Prepare("INSERT INTO rows (text) VALUES (?)"); err != nil {
		b.Fatal(err)
	}
	return r
}

// waitOf returns what makes an append to a file take 200 µs, if it takes less.
func waitOf(b *testing.B, raw *rawLog) func() {
	b.Helper()
	const want, some = time.Second / 5000, 50
	var pause time.Duration
	wait := func() {
		if pause > 0 {
			sleep(pause)
		}
	}
	raw.wait = wait
	for range 4 { // who sleeps wakes late
		takes := raw.append(b, some)
		for range 4 { // other programs do not make a disk slow
			takes = min(takes, raw.append(b, some))
		}
		pause = max(0, pause+want-takes/some)
	}
	return wait
}

// slowCommits has each commit on db wait, on its only connection.
func slowCommits(b *testing.B, db *sql.DB, wait func()) {
	b.Helper()
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	must(b, conn.Raw(func(c any) error { return slowCommit(c, wait) }))
}

func slowCommit(conn any, wait func()) error {
	hooks, ok := conn.(sqlite.HookRegisterer)
	if !ok {
		return fmt.Errorf("%T has no hooks", conn)
	}
	hooks.RegisterCommitHook(func() int32 {
		wait()
		return 0
	})
	return nil
}

// syncsOf is how often SQLite has synced its files, told by the index of its log
// (https://www.sqlite.org/walformat.html): once for each transaction, and three times for
// each checkpoint after which the log began anew.
func syncsOf(b *testing.B, path string) int {
	b.Helper()
	index, err := os.ReadFile(path + "-shm")
	if err != nil {
		b.Fatal(err)
	}
	header := make([]byte, 16)
	log, err := os.Open(path + "-wal")
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	if _, err := log.ReadAt(header, 0); err != nil {
		b.Fatal(err)
	}
	return int(binary.NativeEndian.Uint32(index[8:])) + 3*int(binary.BigEndian.Uint32(header[12:]))
}

// bytesOf are the bytes that the rows of a change hold.
func bytesOf(c *storage.Change) (out []byte) {
	const numbers = 8
	out = append(out, c.ID[:]...)
	out = append(append(append(out, c.Head.Tip[:]...), c.Head.Data...), c.Head.Private...)
	out = append(out, make([]byte, 2*numbers)...) // the head's number and date
	for i := range c.Records {
		out = append(append(append(out, c.ID[:]...), c.Records[i].Body...), c.Records[i].Private...)
		out = append(out, make([]byte, numbers)...)
	}
	for i := range c.Take {
		out = append(append(out, c.Take[i][:]...), c.ID[:]...)
	}
	for _, t := range c.Tag {
		out = append(append(out, t...), c.ID[:]...)
	}
	for i := range c.Enqueue {
		out = append(append(out, c.Enqueue[i].Lane[:]...), c.ID[:]...)
		out = append(out, make([]byte, 5*numbers)...)
	}
	return out
}
