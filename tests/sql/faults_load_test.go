package sqltest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// load writes to a Store that fails, and remembers what was acknowledged. Each writer
// has cases of its own, and all take from one set of keys. Each relayer claims,
// delivers and settles by a clock of its own, which jumps.
type load struct {
	t       testing.TB
	seed    uint64
	writers int

	mu        sync.Mutex
	cases     map[cvd.CaseID]*modelCase
	owners    map[storage.Key]map[cvd.CaseID]bool // who tried to take a key
	delivered map[string]int
	acks      int // appends
	leases    int // settled too late
	doubts    int // appends of unknown outcome
	late      int // of these, how many were written
}

// modelCase is what a writer knows of its case. Nobody else writes its records.
type modelCase struct {
	acked storage.Head         // the last head that was acknowledged or read back
	tried map[storage.Hash]try // every append that was tried, by its tip
	keys  map[storage.Key]bool // acknowledged
}

// try is what an append would have written.
type try struct {
	last   cvd.Seq
	queued bool
}

const (
	casesOfWriter = 4
	loadKeys      = 5000
)

func newLoad(t testing.TB, seed uint64, writers int) *load {
	return &load{t: t, seed: seed, writers: writers, cases: map[cvd.CaseID]*modelCase{}, owners: map[storage.Key]map[cvd.CaseID]bool{}, delivered: map[string]int{}}
}

func loadCase(writer, n int) cvd.CaseID { return cvd.CaseID{byte(writer + 1), byte(n + 1), 0xcc} }

// run works until ctx ends, with a Store for each worker.
func (l *load) run(ctx context.Context, open func() storage.Store, relayers int) {
	var wg sync.WaitGroup
	for w := range l.writers {
		wg.Go(func() { l.write(ctx, open(), w) })
	}
	for r := range relayers {
		wg.Go(func() { l.relay(ctx, open(), r) })
	}
	wg.Wait()
}

// wait waits until so many more appends were acknowledged: how much is done, and not
// for how long, so that a slow machine tests as much as a fast one.
func (l *load) wait(appends int) {
	var begin int
	l.until(func() bool { begin = l.acks; return true })
	l.until(func() bool { return l.acks >= begin+appends })
}

// until waits for what f says, which may read what the load counts.
func (l *load) until(f func() bool) {
	for {
		l.mu.Lock()
		ok := f()
		l.mu.Unlock()
		if ok || l.t.Context().Err() != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// one bounds a call, as a host does.
func one5s(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

func (l *load) write(ctx context.Context, s storage.Store, w int) {
	random := rand.New(rand.NewPCG(l.seed, uint64(w)))
	for n := 0; ctx.Err() == nil; n++ {
		id := loadCase(w, random.IntN(casesOfWriter))
		l.mu.Lock()
		m := l.cases[id]
		if m == nil {
			m = &modelCase{acked: storage.Head{ID: id}, tried: map[storage.Hash]try{}, keys: map[storage.Key]bool{}}
			l.cases[id] = m
		}
		l.mu.Unlock()
		c := storage.Change{ID: id, After: m.acked.Seq, Tip: m.acked.Tip, Head: m.acked}
		for range 1 + random.IntN(3) {
			c.Head.Seq++
			c.Records = append(c.Records, storage.Record{Seq: c.Head.Seq, Private: []byte("private")})
		}
		// A tip names one try: what was tried in vain must not be there.
		c.Head.Tip = storage.Hash{byte(w), 1: 1}
		binary.BigEndian.PutUint64(c.Head.Tip[8:], uint64(n))
		for i := range c.Records {
			c.Records[i].Body = c.Head.Tip[:]
		}
		if random.IntN(3) > 0 {
			var k storage.Key
			binary.BigEndian.PutUint32(k[:], uint32(random.IntN(loadKeys)))
			c.Take = []storage.Key{k}
			l.mu.Lock()
			if l.owners[k] == nil {
				l.owners[k] = map[cvd.CaseID]bool{}
			}
			l.owners[k][id] = true
			l.mu.Unlock()
		}
		if random.IntN(2) == 0 {
			c.Enqueue = []storage.Delivery{{Case: id, Lane: storage.LaneID(id), Ref: c.Head.Seq, At: 1}}
		}
		m.tried[c.Head.Tip] = try{c.Head.Seq, len(c.Enqueue) > 0}
		l.append(ctx, s, m, c)
	}
}

// append does what a host does: after an error of unknown outcome it looks.
func (l *load) append(ctx context.Context, s storage.Store, m *modelCase, c storage.Change) {
	call, cancel := one5s(ctx)
	defer cancel()
	err := s.Append(call, []storage.Change{c})
	if err == nil {
		l.mu.Lock()
		l.acks++
		l.mu.Unlock()
		m.acked = c.Head
		for _, k := range c.Take {
			m.keys[k] = true
		}
		return
	}
	if errors.As(err, new(*cvd.DuplicateError)) {
		return // nothing was written
	}
	// ErrConflict, too: nobody else changes the head, but an earlier try, of which
	// nothing was heard, may have been written late.
	l.mu.Lock()
	l.doubts++
	l.mu.Unlock()
	for {
		h, err := headNow(ctx, s, c.ID)
		if err == nil {
			if h.Seq != m.acked.Seq {
				l.mu.Lock()
				l.late++
				l.mu.Unlock()
				if h.Seq < m.acked.Seq {
					l.t.Errorf("seed %d: case %x ends at record %d, and %d was acknowledged", l.seed, c.ID[:2], h.Seq, m.acked.Seq)
				}
			}
			m.acked = h
			m.acked.ID = c.ID
			return
		}
		if ctx.Err() != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// headNow is headOf within the time that a host gives a call while there are faults.
func headNow(ctx context.Context, s storage.Store, id cvd.CaseID) (storage.Head, error) {
	call, cancel := one5s(ctx)
	defer cancel()
	return headOf(call, s, id)
}

func headOf(ctx context.Context, s storage.Store, id cvd.CaseID) (storage.Head, error) {
	next := id
	next[15]++
	hs, err := s.Heads(ctx, storage.Query{Before: storage.Cursor{ID: next}, Limit: 1})
	if err != nil || len(hs) == 0 || hs[0].ID != id {
		return storage.Head{}, err
	}
	return hs[0], nil
}

const loadLease = 50 * time.Millisecond

func (l *load) relay(ctx context.Context, s storage.Store, r int) {
	random := rand.New(rand.NewPCG(l.seed, uint64(1000+r)))
	var clock atomic.Int64
	clock.Store(1_000_000_000)
	for ctx.Err() == nil {
		if random.IntN(10) == 0 { // by hours, forth and back
			clock.Add(int64(random.IntN(8)-4) * 3_600_000)
		}
		clock.Add(20)
		call, cancel := one5s(ctx)
		got, err := s.Claim(call, storage.Millis(max(1, clock.Load())), loadLease, 5)
		cancel()
		if err != nil || len(got) == 0 {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		for _, d := range got {
			l.mu.Lock()
			l.delivered[fmt.Sprintf("%x %d", d.Case[:2], d.Ref)]++
			l.mu.Unlock()
			if random.IntN(10) == 0 {
				continue // it dies here
			}
			l.settle(ctx, s, d)
		}
	}
}

// settle says that a delivery is done, unless the case changes all the time.
func (l *load) settle(ctx context.Context, s storage.Store, d storage.Delivery) {
	for range 20 {
		h, err := headNow(ctx, s, d.Case)
		if err != nil {
			return
		}
		call, cancel := one5s(ctx)
		err = s.Append(call, []storage.Change{{ID: d.Case, After: h.Seq, Tip: h.Tip, Settle: []storage.Delivery{d}}})
		cancel()
		if errors.Is(err, storage.ErrLeaseLost) {
			l.mu.Lock()
			l.leases++
			l.mu.Unlock()
		}
		if !errors.Is(err, cvd.ErrConflict) {
			return
		}
	}
}

// check compares what was acknowledged with what is stored, after the faults.
func (l *load) check(s storage.Store) (records int) {
	t := l.t
	ctx := t.Context()
	asked := map[string]bool{} // whether the append that ends with this record asked for a delivery
	for id, m := range l.cases {
		h, err := headOf(ctx, s, id)
		if err != nil {
			t.Fatal(err)
		}
		if h.Seq < m.acked.Seq {
			t.Errorf("seed %d: case %x ends at record %d, and %d was acknowledged", l.seed, id[:2], h.Seq, m.acked.Seq)
		}
		rs, err := s.Load(ctx, id, 0, 1_000_000, true)
		if err != nil || len(rs) != int(h.Seq) {
			t.Errorf("seed %d: case %x ends at record %d and has %d, %v", l.seed, id[:2], h.Seq, len(rs), err)
		}
		records += len(rs)
		for i, r := range rs {
			last := i+1 == len(rs) || string(rs[i+1].Body) != string(r.Body)
			if r.Seq != cvd.Seq(i+1) || string(r.Private) != "private" {
				t.Errorf("seed %d: case %x: record %d is numbered %d and has %q", l.seed, id[:2], i+1, r.Seq, r.Private)
			}
			if !last {
				continue
			}
			tried, known := m.tried[storage.Hash(r.Body)]
			if !known || tried.last != r.Seq {
				t.Errorf("seed %d: case %x: record %d was never tried", l.seed, id[:2], r.Seq)
			}
			asked[fmt.Sprintf("%x %d", id[:2], r.Seq)] = tried.queued
		}
		for k := range m.keys {
			if owner, err := s.Lookup(ctx, k); err != nil || owner != id {
				t.Errorf("seed %d: a key of case %x leads to %x, %v", l.seed, id[:2], owner[:2], err)
			}
		}
	}
	for k, tried := range l.owners {
		if owner, err := s.Lookup(ctx, k); err == nil && !tried[owner] {
			t.Errorf("seed %d: a key leads to a case that never took it", l.seed)
		} else if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			t.Fatal(err)
		}
	}
	// Whatever is left in the queue can be claimed and settled, once each.
	claimed := map[string]bool{}
	for {
		got, err := s.Claim(ctx, 1<<50, time.Hour, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range got {
			name := fmt.Sprintf("%x %d", d.Case[:2], d.Ref)
			if claimed[name] {
				t.Fatalf("seed %d: delivery %s is claimed twice within its lease", l.seed, name)
			}
			claimed[name] = true
			l.delivered[name]++
			l.settle(ctx, s, d)
		}
		if len(got) == 0 {
			break
		}
	}
	for name, queued := range asked {
		if queued != (l.delivered[name] > 0) {
			t.Errorf("seed %d: record %s asked for a delivery: %v; it was delivered %d times", l.seed, name, queued, l.delivered[name])
		}
	}
	for name := range l.delivered {
		if !asked[name] {
			t.Errorf("seed %d: delivery %s was never asked for", l.seed, name)
		}
	}
	return records
}
