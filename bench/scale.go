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
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

const (
	growth    = 2.0              // what the p50 of a list may grow by from a tenth of the cases to all …
	growFloor = time.Millisecond // … where shorter times count as this
	leastFind = 0.95             // the recall of Similar
)

type scale struct {
	cases, writers int
	path           string

	store *sqlstore.Store
	seen  *counting
	clock atomic.Int64
	ids   []cvd.CaseID
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
func (x *scale) now() time.Time {
	return begin.Add(time.Duration(x.clock.Add(1)) * time.Second / 4)
}

func (x *scale) service() (*cvd.Service, error) {
	return cvd.New(cvd.Config{
		Store: x.seen, Secret: make([]byte, 32), Now: x.now, Cached: -1,
		Transports: map[string]cvd.Transport{cvd.TransportMail: sent{}}, Subscribers: []string{"bench"},
	})
}

func (x *scale) run(ctx context.Context) error {
	db, err := x.open()
	if err != nil {
		return err
	}
	defer db.close()
	x.store = db.store
	if err := x.store.Migrate(ctx); err != nil {
		return err
	}
	x.seen, x.ids = &counting{Store: x.store}, make([]cvd.CaseID, x.cases)
	fmt.Printf("%d cases, %s, %s/%s, %d cores, %s\n", x.cases, db.name, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
	tenth, err := x.at(ctx, 0, x.cases/10)
	if err != nil {
		return err
	}
	all, err := x.at(ctx, x.cases/10, x.cases)
	if err != nil {
		return err
	}
	if size, err := db.size(ctx); err == nil {
		fmt.Printf("the database takes %d MB\n", size>>20)
	}
	return judge(tenth, all)
}

// at loads cases and measures what there is then.
func (x *scale) at(ctx context.Context, from, to int) ([]figure, error) {
	if err := x.load(ctx, from, to); err != nil {
		return nil, err
	}
	fs, err := x.measure(ctx, to)
	if err != nil {
		return nil, err
	}
	fmt.Printf("\n| at %d cases | p50 ms | p99 ms | |\n|---|---|---|---|\n", to)
	for _, f := range fs {
		fmt.Printf("| %s | %.2f | %.2f | %s |\n", f.what, ms(f.p50), ms(f.p99), f.note)
	}
	return fs, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (x *scale) load(ctx context.Context, from, to int) error {
	svc, err := x.service()
	if err != nil {
		return err
	}
	start, said := time.Now(), time.Now()
	var next, done atomic.Int64
	next.Store(int64(from))
	var mu sync.Mutex
	var failed error
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failed = errors.Join(failed, err)
	}
	broken := func() bool { mu.Lock(); defer mu.Unlock(); return failed != nil }
	var wg sync.WaitGroup
	for range x.writers {
		wg.Go(func() {
			for !broken() {
				n := int(next.Add(1)) - 1
				if n >= to {
					return
				}
				id, err := open(ctx, svc, n)
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
						fmt.Fprintf(os.Stderr, "\r%d of %d cases, %.0f/s, %.0f s left ", from+int(d), x.cases, rate, float64(x.cases-from-int(d))/rate)
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if failed == nil {
		fmt.Printf("\nloaded %d cases in %.0f s: %.0f/s\n", to-from, time.Since(start).Seconds(), float64(to-from)/time.Since(start).Seconds())
	}
	return failed
}

// figure is what one read took.
type figure struct {
	what, note string
	p50, p99   time.Duration
	list       bool // must not grow, but for what it shows
	shown      int
	recall     float64 // of Similar; else 1
}

// timed runs f and keeps how long each took.
func timed(what string, times int, f func() error) (figure, error) {
	ds := make([]time.Duration, times)
	for i := range ds {
		start := time.Now()
		if err := f(); err != nil {
			return figure{}, fmt.Errorf("%s: %w", what, err)
		}
		ds[i] = time.Since(start)
	}
	slices.Sort(ds)
	return figure{what: what, p50: ds[times/2], p99: ds[times*99/100], recall: 1}, nil
}

func judge(tenth, all []figure) error {
	var bad []error
	for i, f := range all {
		was, is := max(tenth[i].p50, growFloor), max(f.p50, growFloor)
		// A list that shows more lines may take longer by as much.
		more := max(1, float64(f.shown)/float64(max(1, tenth[i].shown)))
		if f.list && float64(is) > growth*more*float64(was) {
			bad = append(bad, fmt.Errorf("%s: the p50 grew from %.2f to %.2f ms, by more than %.0f times", f.what, ms(tenth[i].p50), ms(f.p50), growth))
		}
		if f.recall < leastFind {
			bad = append(bad, fmt.Errorf("%s: the recall is %.3f, less than %.2f", f.what, f.recall, leastFind))
		}
	}
	return errors.Join(bad...)
}

func some[T any](v T) *T { return &v }

// filters are those of Find, the wide ones and some of which few cases match.
func filters() []struct {
	what string
	f    cvd.Filter
} {
	return []struct {
		what string
		f    cvd.Filter
	}{
		{"all", cvd.Filter{}},
		{"open", cvd.Filter{Open: true}},
		{"closed", cvd.Filter{Closed: true}},
		{"received", cvd.Filter{RM: some(vultron.RMReceived)}},
		{"embargo active (none)", cvd.Filter{EM: some(vultron.EMActive)}},
		{"critical", cvd.Filter{Rating: some(cvd.RatingCritical)}},
		{"open, unassigned", cvd.Filter{Open: true, Unassigned: true}},
		{"assignee", cvd.Filter{Assignee: "member3@psirt.example"}},
		{"assignee, valid, high (none)", cvd.Filter{Assignee: "member3@psirt.example", RM: some(vultron.RMValid), Rating: some(cvd.RatingHigh)}},
		{"open, critical, no embargo", cvd.Filter{Open: true, Rating: some(cvd.RatingCritical), EM: some(vultron.EMNone)}},
		{"received, critical (none)", cvd.Filter{RM: some(vultron.RMReceived), Rating: some(cvd.RatingCritical)}},
		{"received, embargo active (none)", cvd.Filter{RM: some(vultron.RMReceived), EM: some(vultron.EMActive)}},
		{"received, unassigned", cvd.Filter{RM: some(vultron.RMReceived), Unassigned: true}},
		{"closed and received (contradiction)", cvd.Filter{Closed: true, RM: some(vultron.RMReceived)}},
		{"party", cvd.Filter{Party: "r77@finder.example"}},
		{"party, open", cvd.Filter{Party: "r77@finder.example", Open: true}},
		{"text, a common word", cvd.Filter{Text: cvd.Private(vocabulary[0])}},
		{"text, two common words, open", cvd.Filter{Text: cvd.Private(vocabulary[0] + " " + vocabulary[1]), Open: true}},
		{"text, a rare word", cvd.Filter{Text: cvd.Private(vocabulary[3000])}},
	}
}

func (x *scale) measure(ctx context.Context, n int) (out []figure, err error) {
	svc, err := x.service()
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(uint64(n), 3))
	team := cvd.Viewer{Team: true}
	add := func(list bool, what string, times int, f func() error) {
		var fig figure
		if err == nil {
			fig, err = timed(what, times, f)
			fig.list = list
			out = append(out, fig)
		}
	}
	add(false, "open, not cached, with texts", 200, func() error { _, err := svc.View(ctx, x.ids[r.IntN(n)], team); return err })
	add(true, "lookup", 200, func() error { _, err := svc.Lookup(ctx, messageID(r.IntN(n))); return err })
	for _, f := range filters() {
		if err != nil {
			break
		}
		found := 0
		add(true, "find 50: "+f.what, 40, func() error {
			page, err := svc.Find(ctx, team, f.f, "", 50)
			found = len(page.Cases)
			return err
		})
		out[len(out)-1].note, out[len(out)-1].shown = fmt.Sprintf("%d shown", found), found
	}
	late := storage.MillisOf(begin.AddDate(20, 0, 0))
	add(true, "due 50", 40, func() error { _, err := x.store.Heads(ctx, storage.Query{DueBy: late, Limit: 50}); return err })
	turn := late
	add(true, "claim 50", 40, func() error {
		turn += 10 // the leases of the turn before are over
		_, err := x.store.Claim(ctx, turn, time.Millisecond, 50)
		return err
	})
	add(true, "changed 50", 40, func() error { _, err := svc.Changed(ctx, "bench", cvd.CaseID{}, 50); return err })
	if err != nil {
		return nil, err
	}
	fig, err := x.similar(ctx, svc, n)
	return append(out, fig), err
}

// similar asks for the originals of planted copies.
func (x *scale) similar(ctx context.Context, svc *cvd.Service, n int) (figure, error) {
	asked, found := 0, 0
	copies := (n - copyAt - 1) / copyEvery
	times := min(100, copies+1)
	x.seen.heads.Store(0)
	fig, err := timed("similar 10", times, func() error {
		i := asked*copies/max(1, times-1)*copyEvery + copyAt
		asked++
		got, err := svc.Similar(ctx, x.ids[i], cvd.Viewer{Team: true}, 10)
		if slices.ContainsFunc(got, func(m cvd.Match) bool { return m.Case == x.ids[i-copyOf] }) {
			found++
		}
		return err
	})
	fig.recall = float64(found) / float64(max(1, asked))
	fig.note = fmt.Sprintf("recall %.3f of %d, %d candidates", fig.recall, asked, x.seen.heads.Load()/int64(max(1, asked)))
	return fig, err
}
