package sqltest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// payload is the size of a record's body, and of a raw append.
const payload = 400

// rawLog is the physical limit: append to a file and sync it.
type rawLog struct {
	file *os.File
	text []byte
	wait func() // what the disk is slower; nil: nothing
}

func newRawLog(b *testing.B) *rawLog {
	b.Helper()
	f, err := os.OpenFile(filepath.Join(b.TempDir(), "raw"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return &rawLog{file: f, text: bytes.Repeat([]byte("x"), payload)}
}

func (r *rawLog) append(b *testing.B, n int) time.Duration {
	b.Helper()
	start := time.Now()
	for range n {
		r.write(b, r.text)
	}
	return time.Since(start)
}

func (r *rawLog) write(b *testing.B, text []byte) {
	if _, err := r.file.Write(text); err != nil {
		b.Fatal(err)
	}
	if err := r.file.Sync(); err != nil {
		b.Fatal(err)
	}
	if r.wait != nil {
		r.wait()
	}
}

// ratio runs work, which does n appends, and raw appends in turns, so that both
// see the same disk. It reports how many of the one are done in the time of one
// of the other.
func ratio(b *testing.B, n int, work func()) {
	b.Helper()
	const turn = 200
	raw := newRawLog(b)
	raw.append(b, turn)
	work()
	var ours, theirs time.Duration
	rounds := 0
	for b.Loop() {
		theirs += raw.append(b, turn)
		start := time.Now()
		work()
		ours += time.Since(start)
		rounds++
	}
	perSecond := float64(rounds*n) / ours.Seconds()
	rawPerSecond := float64(rounds*turn) / theirs.Seconds()
	b.ReportMetric(perSecond/rawPerSecond, "ratio")
	b.ReportMetric(perSecond, "appends/s")
	b.ReportMetric(rawPerSecond, "raw/s")
	b.ReportMetric(0, "ns/op")
}

func numberedCase(n int) (id cvd.CaseID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

// newCase is what opening a case writes, without keys, terms and deliveries.
func newCase(n int) storage.Change {
	c := step(storage.Head{ID: numberedCase(n)}, "bench")
	c.Tip = storage.Hash{}
	c.Records[0].Body = bytes.Repeat([]byte("x"), payload)
	return c
}

func must(b *testing.B, err error) {
	if err != nil {
		b.Error(err)
	}
}

// BenchmarkAppend goes on with one case.
func BenchmarkAppend(b *testing.B) {
	for _, outbox := range []bool{false, true} {
		name := "record"
		if outbox {
			name = "record+outbox"
		}
		b.Run(name, func(b *testing.B) {
			_, s := openTemp(b)
			first := newCase(1)
			must(b, s.Append(b.Context(), []storage.Change{first}))
			h := first.Head
			ratio(b, 200, func() {
				for range 200 {
					c := step(h, "bench")
					c.Records[0].Body = first.Records[0].Body
					if outbox {
						c.Enqueue = []storage.Delivery{{Case: h.ID, Lane: storage.LaneID{1}, Ref: c.Head.Seq, At: 1}}
					}
					must(b, s.Append(b.Context(), []storage.Change{c}))
					h = c.Head
				}
			})
		})
	}
}

// BenchmarkAppendNewCases has callers at the same time, each on new cases.
func BenchmarkAppendNewCases(b *testing.B) {
	for _, callers := range []int{1, 16, 100} {
		for _, full := range []bool{false, true} {
			name := fmt.Sprintf("callers=%d", callers)
			if full {
				name += "/key+term+outbox"
			}
			b.Run(name, func(b *testing.B) {
				_, s := openTemp(b)
				var next atomic.Int64
				each := 200
				if callers > 1 {
					each = 4000
				}
				ratio(b, each, func() {
					var wg sync.WaitGroup
					limit := next.Load() + int64(each)
					for range callers {
						wg.Go(func() {
							for {
								at := next.Add(1)
								if at > limit {
									return
								}
								c := newCase(int(at))
								if full {
									c.Take = []storage.Key{{}}
									copy(c.Take[0][:], c.ID[:])
									c.Tag = []storage.Term{"state:new"}
									c.Enqueue = []storage.Delivery{{Case: c.ID, Lane: storage.LaneID(c.ID), Ref: 1, At: 1}}
								}
								must(b, s.Append(b.Context(), []storage.Change{c}))
							}
						})
					}
					wg.Wait()
					next.Store(limit)
				})
			})
		}
	}
}

// BenchmarkHeads lists 50 of 100,000 cases.
func BenchmarkHeads(b *testing.B) {
	const cases, batch = 100_000, 500
	_, s := openTemp(b)
	for n := 0; n < cases; n += batch {
		var changes []storage.Change
		for i := n; i < n+batch; i++ {
			c := newCase(i + 1)
			c.Head.Data = bytes.Repeat([]byte("d"), 200)
			c.Head.Due = storage.Millis(1 + i%1000)
			state, owner := fmt.Sprint("state:", i%2), fmt.Sprint("owner:", i%97)
			c.Tag = []storage.Term{storage.Term(state), storage.Term(owner), storage.Term(state + " " + owner), storage.Term(fmt.Sprint("third:", i%3))}
			changes = append(changes, c)
		}
		if err := s.Append(b.Context(), changes); err != nil {
			b.Fatal(err)
		}
	}
	middle := storage.Cursor{ID: numberedCase(cases / 2)}
	for _, q := range []struct {
		name string
		storage.Query
	}{
		{"everything", storage.Query{}},
		{"one-term", storage.Query{All: []storage.Term{"state:1"}}},
		{"one-term-middle", storage.Query{All: []storage.Term{"state:1"}, Before: middle}},
		{"composite-term", storage.Query{All: []storage.Term{"state:1 owner:7"}}},
		{"two-terms", storage.Query{All: []storage.Term{"state:1", "owner:7"}}},
		{"three-terms", storage.Query{All: []storage.Term{"state:1", "third:2", "owner:7"}}},
		{"any-of-three", storage.Query{Any: []storage.Term{"owner:1", "owner:2", "owner:3"}}},
		{"due", storage.Query{DueBy: 500}},
		{"due-middle", storage.Query{DueBy: 500, Before: storage.Cursor{Due: 250, ID: middle.ID}}},
	} {
		q.Limit = 50
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				hs, err := s.Heads(b.Context(), q.Query)
				if err != nil || len(hs) != 50 {
					b.Fatal(len(hs), err)
				}
			}
		})
	}
}
