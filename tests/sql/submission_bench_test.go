package sqltest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// BenchmarkSubmission receives reports as submissions through the Service, and in
// turns with that appends the bytes of the same rows to a file of the same file system
// and waits until the disk has them. x-append is the time of the one over the other; the
// goal is at most 2 where the disk does 5,000 a second. On a faster disk the figure is
// larger for the same work, so x-5000 holds a submission against an append of 200 µs
// where the disk is faster than that, and equals x-append where it is slower.
func BenchmarkSubmission(b *testing.B) {
	ctx := b.Context()
	var last storage.Change
	_, s := openTemp(b)
	svc, err := service.New(cvd.Config{Store: kept{s, &last}, Secret: make([]byte, 32), Cached: -1})
	if err != nil {
		b.Fatal(err)
	}
	raw, err := os.OpenFile(filepath.Join(b.TempDir(), "raw"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	const turn = 100
	var ours, theirs time.Duration
	n := 0
	round := func() {
		rows := make([][]byte, turn)
		start := time.Now()
		for i := range rows {
			n++
			x := intakeReport(n)
			x.Submission = true
			if _, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"}, x); err != nil {
				b.Fatal(err)
			}
			rows[i] = bytesOf(&last)
		}
		ours += time.Since(start)
		start = time.Now()
		for _, row := range rows {
			if _, err := raw.Write(row); err != nil {
				b.Fatal(err)
			}
			if err := raw.Sync(); err != nil {
				b.Fatal(err)
			}
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
	did := float64(rounds * turn)
	b.ReportMetric(float64(ours)/float64(theirs), "x-append")
	b.ReportMetric(float64(ours)/max(float64(theirs), did*float64(time.Second/5000)), "x-5000")
	b.ReportMetric(did/theirs.Seconds(), "appends/s")
	b.ReportMetric(did/ours.Seconds(), "submissions/s")
	b.ReportMetric(float64(len(last.Records)+len(last.Tag)+len(last.Take)+len(last.Enqueue)+1), "rows/submission")
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
