package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

const (
	growth    = 2.0              // what the p50 of a list may grow by from a tenth of the cases to all …
	growFloor = time.Millisecond // … where shorter times count as this
	leastFind = 0.95             // the recall of Similar
)

type scale struct {
	cases, base, writers int
	path                 string
	schema               string // of PostgreSQL, that is kept; "": new ones
	forget               string // command that restarts PostgreSQL with nothing in memory; "": none
}

// site is one of the two databases that are compared.
type site struct {
	n     int // cases
	db    *database
	svc   *service.Service
	seen  *counting
	clock atomic.Int64
	ids   []cvd.CaseID // zero where it is to be looked up: see id
	rand  *rand.Rand
	next  int            // case to open
	turn  storage.Millis // of claims; later than in an earlier run
	similar
}

// counting counts the heads that the Store lists.
type counting struct {
	storage.Store
	heads atomic.Int64
}

func (c *counting) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	hs, err := c.Store.Heads(ctx, q)
	c.heads.Add(int64(len(hs)))
	return hs, err
}

type sent struct{}

func (sent) Send(context.Context, cvd.Outgoing) (cvd.Sent, error) {
	return cvd.Sent{Protection: cvd.ProtectSealed}, nil
}

var begin = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// now goes on by a quarter of a second with each look at it.
func (x *site) now() time.Time {
	return begin.Add(time.Duration(x.clock.Add(1)) * time.Second / 4)
}

// late is after all that is due.
var late = begin.AddDate(20, 0, 0)

func (x *scale) site(ctx context.Context, small bool) (*site, error) {
	n := x.cases
	if small {
		n = x.base
	}
	db, err := x.open(small)
	if err != nil {
		return nil, err
	}
	s := &site{n: n, db: db, seen: &counting{Store: db.store}, ids: make([]cvd.CaseID, n), rand: rand.New(rand.NewPCG(1, 3)), turn: storage.MillisOf(time.Now().AddDate(30, 0, 0))}
	s.similar.times = min(100, s.copies()+1)
	if err := db.store.Migrate(ctx); err != nil {
		db.close()
		return nil, err
	}
	if err := s.serve(); err != nil {
		db.close()
		return nil, err
	}
	return s, nil
}

// serve makes the Service. Nothing is cached.
func (s *site) serve() (err error) {
	s.svc, err = service.New(cvd.Config{
		Store: s.seen, Secret: make([]byte, 32), Now: s.now, Cached: -1,
		Transports: map[string]cvd.Transport{cvd.TransportMail: sent{}}, Subscribers: []string{"bench"},
	})
	return err
}

// id is that of case n.
func (s *site) id(ctx context.Context, n int) (id cvd.CaseID, err error) {
	if s.ids[n] == (cvd.CaseID{}) {
		s.ids[n], err = s.svc.Lookup(ctx, messageID(n))
	}
	return s.ids[n], err
}

// forget drops what the database and the operating system hold in memory of it.
func (s *site) forget(ctx context.Context) error {
	if err := s.db.forget(ctx); err != nil {
		return err
	}
	s.seen = &counting{Store: s.db.store}
	return s.serve()
}

func (x *scale) run(ctx context.Context) error {
	small, err := x.site(ctx, true)
	if err != nil {
		return err
	}
	defer small.db.close()
	large, err := x.site(ctx, false)
	if err != nil {
		return err
	}
	defer large.db.close()
	fmt.Printf("%d cases, %s, %s/%s, %d cores, %s\n", x.cases, large.db.name, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	for _, s := range []*site{small, large} {
		if s.db.loaded {
			if _, err := s.id(ctx, s.n-1); err != nil {
				return fmt.Errorf("a database that exists must be of an earlier run with as many cases: case %d: %w", s.n-1, err)
			}
			continue
		}
		if err := s.load(ctx, x.writers); err != nil {
			return err
		}
	}
	fs, err := compare(ctx, small, large)
	if err != nil {
		return err
	}
	fmt.Printf("\n| p50 / p99, ms | %d cases | %d cases | |\n|---|---|---|---|\n", small.n, large.n)
	for _, f := range fs {
		fmt.Printf("| %s | %s | %s | %s |\n", f.what, f.small, f.large, f.note())
	}
	if size, err := large.db.size(ctx); err == nil {
		fmt.Printf("\nthe larger database takes %d MB\n", size>>20)
	}
	return judge(fs)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (x *site) load(ctx context.Context, writers int) error {
	start, said := time.Now(), time.Now()
	var next, done atomic.Int64
	var mu sync.Mutex
	var failed error
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failed = errors.Join(failed, err)
	}
	broken := func() bool { mu.Lock(); defer mu.Unlock(); return failed != nil }
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for !broken() {
				n := int(next.Add(1)) - 1
				if n >= x.n {
					return
				}
				id, err := file(ctx, x.svc, n)
				if err != nil {
					fail(err)
					return
				}
				x.ids[n] = id
				if d := done.Add(1); d%100 == 0 {
					mu.Lock()
					if time.Since(said) > 2*time.Second {
						said = time.Now()
						rate := float64(d) / time.Since(start).Seconds()
						fmt.Fprintf(os.Stderr, "\r%d of %d cases, %.0f/s, %.0f s left ", d, x.n, rate, float64(int64(x.n)-d)/rate)
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if failed == nil {
		fmt.Printf("\nloaded %d cases in %.0f s: %.0f/s\n", x.n, time.Since(start).Seconds(), float64(x.n)/time.Since(start).Seconds())
	}
	return failed
}

// span is how long one read took in one of the databases.
type span struct {
	p50, p99 time.Duration
	shown    int // lines, by the last
}

func (s span) String() string { return fmt.Sprintf("%.2f / %.2f", ms(s.p50), ms(s.p99)) }

// figure is one read in both.
type figure struct {
	read
	small, large span
}

func (f figure) note() string {
	if f.said != nil {
		return f.said()
	}
	if f.list && f.small.shown+f.large.shown > 0 {
		return fmt.Sprintf("%d and %d shown", f.small.shown, f.large.shown)
	}
	return ""
}

// compare makes each read in both databases by turns, so that what else the machine
// does meets both alike.
func compare(ctx context.Context, small, large *site) (out []figure, err error) {
	for _, r := range reads(small, large) {
		f, both := figure{read: r}, [2]*site{small, large}
		var took [2][]time.Duration
		for i := range r.times {
			for j := range both {
				k := (i + j) % 2 // who is first changes
				if s := both[k]; i < r.timesIn(s) {
					if r.prepare != nil {
						if err := r.prepare(ctx, s); err != nil {
							return nil, fmt.Errorf("%s: %w", r.what, err)
						}
					}
					start := time.Now()
					shown, err := r.do(ctx, s)
					if err != nil {
						return nil, fmt.Errorf("%s: %w", r.what, err)
					}
					took[k] = append(took[k], time.Since(start))
					*[2]*int{&f.small.shown, &f.large.shown}[k] = shown
				}
			}
		}
		for k, s := range [2]*span{&f.small, &f.large} {
			slices.Sort(took[k])
			s.p50, s.p99 = took[k][len(took[k])/2], took[k][len(took[k])*99/100]
		}
		out = append(out, f)
	}
	return out, nil
}

func judge(fs []figure) error {
	var bad []error
	for _, f := range fs {
		was, is := max(f.small.p50, growFloor), max(f.large.p50, growFloor)
		// A list that shows more lines may take longer by as much.
		more := max(1, float64(f.large.shown)/float64(max(1, f.small.shown)))
		if f.list && float64(is) > growth*more*float64(was) {
			bad = append(bad, fmt.Errorf("%s: the p50 grew from %.2f to %.2f ms, by more than %.0f times", f.what, ms(f.small.p50), ms(f.large.p50), growth))
		}
		if f.recall == nil {
			continue
		}
		if r := f.recall(); r < leastFind {
			bad = append(bad, fmt.Errorf("%s: the recall is %.3f, less than %.2f", f.what, r, leastFind))
		}
	}
	return errors.Join(bad...)
}
