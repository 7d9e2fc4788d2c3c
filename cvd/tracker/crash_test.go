package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/stretchr/testify/require"
)

// crashing runs one seed: two processes sync at once, people work on both sides,
// and processes die between any two steps; answers get lost. In the end there is a
// ticket for each case, and each comment stands in its case once.
func crashing(t *testing.T, seed uint64, lease time.Duration) (points int, err error) {
	d := newDesk(t)
	r := rand.New(rand.NewPCG(seed, 1))
	var mu sync.Mutex
	live := true
	roll := func(n int) bool {
		mu.Lock()
		defer mu.Unlock()
		if live && r.IntN(n) == 0 {
			points++
			return true
		}
		return false
	}
	pick := func(n int) int { mu.Lock(); defer mu.Unlock(); return r.IntN(n) }
	d.mem.Fail(func(op string, done bool) error {
		switch {
		case done && roll(4): // carried out, and nobody hears of it
			return &tracker.Error{Op: op, Err: errors.New("connection reset")}
		case op == "create" && !done:
			time.Sleep(time.Duration(pick(300)) * time.Microsecond) // on its way
		}
		return nil
	})
	procs := []*tracker.Sync{d.newSync("a"), d.newSync("b")}
	for _, s := range procs {
		s.SetLease(lease)
		s.Crash(func(string) error {
			if roll(5) {
				return tracker.ErrCrashed
			}
			return nil
		})
	}
	var ids []cvd.CaseID
	for i := range 3 {
		ids = append(ids, d.receive(i).ID)
	}
	want := map[string]bool{}
	for i := range 12 {
		if tickets := d.mem.Tickets(); len(tickets) > 0 {
			text := fmt.Sprintf("comment %d", i)
			require.NoError(t, d.mem.Comment(tickets[pick(len(tickets))].Ref, "joe", text, false))
			want[text] = true
			require.NoError(t, d.mem.SetStatus(tickets[pick(len(tickets))].Ref, "joe", []string{"open", "resolved", "new"}[pick(3)]))
		}
		d.do(ids[pick(3)], cvd.PostMessage{Text: "SECRET note"})
		var wg sync.WaitGroup
		for _, s := range procs {
			wg.Go(func() {
				_, _ = s.Push(d.ctx, 10)
				_, _ = s.Pull(d.ctx, 4)
			})
		}
		wg.Wait()
		d.clock.add(time.Duration(pick(90)) * time.Second)
	}
	mu.Lock()
	live = false
	mu.Unlock()
	for round := range 300 {
		d.clock.add(lease/4 + time.Second)
		s := procs[round%2]
		p, perr := s.Push(d.ctx, 10)
		q, qerr := s.Pull(d.ctx, 10)
		if perr != nil || qerr != nil {
			return points, errors.Join(perr, qerr)
		}
		left, lerr := d.svc.Changed(d.ctx, name, cvd.CaseID{}, 10)
		require.NoError(t, lerr)
		if len(left) == 0 && p.Busy == 0 && q.Applied == 0 && !q.More {
			return points, d.sound(ids, want)
		}
	}
	return points, errors.New("it does not settle")
}

// sound says what is wrong after everything has settled.
func (d *desk) sound(ids []cvd.CaseID, want map[string]bool) error {
	tickets := d.mem.Tickets()
	if len(tickets) != len(ids) {
		return fmt.Errorf("%d tickets for %d cases", len(tickets), len(ids))
	}
	for _, x := range tickets {
		if s := fmt.Sprintf("%q", []string{string(x.Title), string(x.Body), x.Status, x.Marker}); strings.Contains(s, "SECRET") {
			return errors.New("above the clearance: " + s)
		}
		for _, c := range d.mem.Comments(x.Ref) {
			if c.Actor == "bot" {
				return errors.New("it wrote a comment")
			}
		}
	}
	got := map[string]int{}
	for _, id := range ids {
		for _, text := range d.texts(id) {
			got[text]++
		}
	}
	for text := range want {
		if got[text] != 1 {
			return fmt.Errorf("%q stands %d times", text, got[text])
		}
	}
	return nil
}

func TestCrashes(t *testing.T) {
	points, n := 0, uint64(200)
	if testing.Short() {
		n = 20
	}
	for seed := range n {
		p, err := crashing(t, seed, 2*time.Minute)
		require.NoError(t, err, "seed %d", seed)
		points += p
	}
	t.Logf("%d seeds, %d crashes and lost answers", n, points)
	require.Greater(t, points, int(10*n))
}

// A lease of 0 lets two processes make the same ticket. The test above must see it.
func TestCrashesNeedTheLease(t *testing.T) {
	for seed := range uint64(50) {
		if _, err := crashing(t, seed, 0); err != nil {
			require.ErrorContains(t, err, "tickets for 3 cases", "seed %d", seed)
			t.Logf("seed %d: %v", seed, err)
			return
		}
	}
	t.Fatal("50 seeds without a lease, and no ticket was made twice")
}

// The case that the lease is for: a process gives up a request that arrives later.
func TestARequestThatArrivesLate(t *testing.T) {
	for _, lease := range []time.Duration{time.Minute, 0} {
		d := newDesk(t)
		c := d.receive(1)
		a, b := d.newSync("a"), d.newSync("b")
		a.SetLease(lease)
		b.SetLease(lease)
		var late []tracker.Fields
		d.cfg.Tracker = slow{d.mem.As("bot"), &late}
		a2 := d.newSync("a")
		a2.SetLease(lease)
		_, err := a2.Push(d.ctx, 10)
		require.NoError(t, err)
		d.clock.add(time.Second)
		_, err = b.Push(d.ctx, 10)
		require.NoError(t, err)
		for _, f := range late { // now it arrives
			_, err := d.mem.As("bot").Create(d.ctx, f)
			require.NoError(t, err)
		}
		d.clock.add(2 * lease)
		_, err = b.Push(d.ctx, 10)
		require.NoError(t, err)
		n := 0
		for _, x := range d.mem.Tickets() {
			if x.Marker == d.svc.Marker(c.ID, name) {
				n++
			}
		}
		if lease > 0 {
			require.Equal(t, 1, n)
		} else {
			require.Equal(t, 2, n, "without a lease it must go wrong, or the test sees nothing")
		}
	}
}

// slow takes requests to make tickets and does not answer in time.
type slow struct {
	tracker.Tracker
	late *[]tracker.Fields
}

func (s slow) Create(_ context.Context, f tracker.Fields) (tracker.Ticket, error) {
	*s.late = append(*s.late, f)
	return tracker.Ticket{}, &tracker.Error{Op: "create", Err: context.DeadlineExceeded}
}

func TestAThousandChangesOnBothSides(t *testing.T) {
	d := newDesk(t)
	var ids []cvd.CaseID
	for i := range 10 {
		ids = append(ids, d.receive(i).ID)
	}
	d.settle()
	want := map[string]bool{}
	for i := range 1000 {
		text := fmt.Sprintf("comment %d", i)
		want[text] = true
		require.NoError(t, d.mem.Comment(fmt.Sprint(i%10+1), "joe", text, false))
		d.do(ids[i%10], cvd.SetTitle{Title: cvd.Private(fmt.Sprintf("SECRET title %d", i))})
	}
	d.settle()
	require.NoError(t, d.sound(ids, want))
}
