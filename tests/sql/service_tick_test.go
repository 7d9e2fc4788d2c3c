package sqltest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// gather is a Store that writes many new cases at once, so that a test can have
// a hundred thousand of them. It is only for commands that open cases.
type gather struct {
	storage.Store
	mu      sync.Mutex
	waiting []storage.Change
}

func (g *gather) Append(ctx context.Context, changes []storage.Change) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting = append(g.waiting, changes...); len(g.waiting) < 500 {
		return nil
	}
	return g.flush(ctx)
}

func (g *gather) flush(ctx context.Context) error {
	all := g.waiting
	if g.waiting = nil; len(all) == 0 {
		return nil
	}
	return g.Store.Append(ctx, all)
}

// openMany opens cases by reports, number n of them at the instant at(n), by
// two goroutines.
func openMany(t testing.TB, s storage.Store, cases int, at func(n int) time.Time, change ...func(*cvd.Config)) {
	t.Helper()
	g := &gather{Store: s}
	// The first case holds the check of the Secret, which all others look for: it
	// is written at once.
	openSome(t, s, []int{0}, at, change)
	var wg sync.WaitGroup
	for half := range 2 {
		var ns []int
		for n := 1 + half; n < cases; n += 2 {
			ns = append(ns, n)
		}
		wg.Go(func() { openSome(t, g, ns, at, change) })
	}
	wg.Wait()
	if err := g.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func openSome(t testing.TB, s storage.Store, ns []int, at func(n int) time.Time, change []func(*cvd.Config)) {
	var now time.Time
	cfg := cvd.Config{Store: s, Secret: make([]byte, 32), Cached: -1, Now: func() time.Time { return now }}
	for i := range cfg.Secret {
		cfg.Secret[i] = 7
	}
	for _, f := range change {
		f(&cfg)
	}
	for _, n := range ns {
		now = at(n)
		// Random numbers of so many cases would collide, and a refusal would be of
		// the whole group.
		cfg.Prefix = letters(n)
		svc, err := service.New(cfg)
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := svc.Do(t.Context(), cvd.CaseID{}, cvd.By{}, report(n)); err != nil {
			t.Error(err)
			return
		}
	}
}

// letters writes a number in letters.
func letters(n int) string {
	b := []byte("AAAA")
	for i := range b {
		b[i] += byte(n % 26)
		n /= 26
	}
	return string(b)
}

// tickTime is when the clocks of TestServiceTick come: five weeks after some of
// the cases were opened, an hour after the others.
var tickTime = time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC)

func tickConfig(cfg *cvd.Config) { cfg.Now = func() time.Time { return tickTime } }

// tickAll calls Tick until nothing is due and returns a line for each reminder.
func tickAll(t testing.TB, svc *service.Service) (lines []string, looked int) {
	for {
		out, err := svc.Tick(t.Context(), 20)
		if err != nil {
			t.Error(err)
			return
		}
		looked += out.Cases
		for _, a := range out.Reminders {
			lines = append(lines, fmt.Sprint(a.Case, " ", a.Deadline.ID, " ", a.Kind))
		}
		if out.Cases == 0 {
			return lines, looked
		}
	}
}

func childTicks(t *testing.T, path string) {
	_, s := openFile(t, path)
	svc := newService(t, s, tickConfig)
	fmt.Println("ready")
	bufio.NewScanner(os.Stdin).Scan()
	lines, _ := tickAll(t, svc)
	for _, l := range lines {
		fmt.Println(l)
	}
}

// TestServiceTick has 16 goroutines and 4 other processes call Tick over 2,000
// cases of which 200 are due; with CVD_TEST_LARGE=1 over 100,000, 2,000 of them
// due.
func TestServiceTick(t *testing.T) {
	cases, due := 2000, 200
	if os.Getenv("CVD_TEST_LARGE") != "" {
		cases, due = 100_000, 2000
	}
	path := filepath.Join(t.TempDir(), "cases.db")
	db, s := openFile(t, path)
	isDue := func(n int) bool { return n%(cases/due) == 7 }
	begin := time.Now()
	openMany(t, s, cases, func(n int) time.Time {
		if isDue(n) {
			return tickTime.AddDate(0, 0, -35)
		}
		return tickTime.Add(-time.Hour)
	})
	t.Logf("%d cases opened in %v", cases, time.Since(begin))

	begin = time.Now()
	got, mu := map[string]int{}, sync.Mutex{}
	took := func(lines ...string) {
		mu.Lock()
		defer mu.Unlock()
		for _, l := range lines {
			got[l]++
		}
	}
	var wg sync.WaitGroup
	for range 4 {
		cmd, in, out := serviceChild(t, "service-tick", path)
		started(t, out)
		wg.Go(func() {
			in.Close() // go
			for out.Scan() {
				if !strings.HasPrefix(out.Text(), "PASS") {
					took(out.Text())
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	for range 4 {
		svc := newService(t, s, tickConfig)
		for range 4 {
			wg.Go(func() {
				lines, _ := tickAll(t, svc)
				took(lines...)
			})
		}
	}
	wg.Wait()
	t.Logf("their reminders were recorded in %v", time.Since(begin))

	// Two clocks of each report that was forgotten have run out.
	want := 0
	svc := newService(t, s, tickConfig)
	for n := range cases {
		if !isDue(n) {
			continue
		}
		id, err := svc.Lookup(t.Context(), report(n).IDs[0])
		if err != nil {
			t.Fatal(err)
		}
		c := view(t, svc, id)
		if len(c.Reminded) != 2 || c.Reminded[0].ID == c.Reminded[1].ID {
			t.Fatalf("case %d has the reminders %v", n, c.Reminded)
		}
		for _, r := range c.Reminded {
			want++
			if line := fmt.Sprint(id, " ", r.Deadline, " ", r.Kind); got[line] != 1 {
				t.Fatalf("case %d: a reminder was returned %d times", n, got[line])
			}
		}
	}
	if want != 2*due || len(got) != want {
		t.Errorf("%d reminders are recorded, %d were returned, and there should be %d", want, len(got), 2*due)
	}
	if left := number(t, db, "SELECT count(*) FROM cvd_heads WHERE due <= ?", tickTime.UnixMilli()); left != 0 {
		t.Errorf("%d cases are still due", left)
	}
}
