package sqltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
)

const (
	trackerName = "tracker/killed"
	trackerKill = 30 // processes
	// trackerLease is longer than a request can be on its way on this machine.
	trackerLease = 3 * time.Second
)

func trackerSync(t testing.TB, s *sqlstore.Store, url, process string) (*service.Service, *tracker.Sync) {
	t.Helper()
	svc := newService(t, s, func(c *cvd.Config) { c.Subscribers = []string{trackerName} })
	y, err := tracker.New(tracker.Config{
		Service: svc, State: s.State(), Tracker: memtracker.Client{URL: url, Account: "bot", HTTP: &http.Client{Timeout: time.Second}},
		Name: trackerName, Process: process, Now: time.Now, Lease: trackerLease,
	})
	if err != nil {
		t.Fatal(err)
	}
	return svc, y
}

// TestTrackerChild is the process that is killed.
func TestTrackerChild(t *testing.T) {
	url := os.Getenv("CVD_CHILD_TRACKER")
	if url == "" {
		t.Skip("it is run by TestTrackerKilled")
	}
	_, s := openFile(t, os.Getenv("CVD_CHILD_DB"))
	_, y := trackerSync(t, s, url, fmt.Sprint(os.Getpid()))
	for {
		_, _ = y.Push(t.Context(), 20)
		_, _ = y.Pull(t.Context(), 5)
	}
}

// TestTrackerKilled kills two syncing processes again and again, while people work
// on both sides. In the end there is one ticket for each case, and each comment
// stands in its case once.
func TestTrackerKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.db")
	_, s := openFile(t, path)
	m := memtracker.New(time.Now)
	server := httptest.NewServer(m.As("bot").Handler())
	defer server.Close()
	svc, y := trackerSync(t, s, server.URL, "parent")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	child := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTrackerChild$", "-test.timeout=600s")
		cmd.Env = append(os.Environ(), "CVD_CHILD_TRACKER="+server.URL, "CVD_CHILD_DB="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	procs := []*exec.Cmd{child(), child()}
	var ids []cvd.CaseID
	want := map[string]bool{}
	for i := range trackerKill {
		for range 2 {
			ids = append(ids, do(t, svc, cvd.CaseID{}, report(len(ids))).ID)
		}
		if ts := m.Tickets(); len(ts) > 0 {
			text := fmt.Sprintf("comment %d", i)
			if err := m.Comment(ts[random.IntN(len(ts))].Ref, "joe", text, false); err != nil {
				t.Fatal(err)
			}
			want[text] = true
		}
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		n := i % 2
		_ = procs[n].Process.Kill()
		_ = procs[n].Wait()
		procs[n] = child()
	}
	for _, p := range procs {
		_ = p.Process.Kill()
		_ = p.Wait()
	}
	settleTracker(t, svc, y)
	if n := len(m.Tickets()); n != len(ids) {
		t.Fatalf("%d tickets for %d cases", n, len(ids))
	}
	got := map[string]int{}
	for _, id := range ids {
		c := view(t, svc, id)
		for i := range c.Messages {
			got[string(c.Messages[i].Text)]++
		}
	}
	for text := range want {
		if got[text] != 1 {
			t.Errorf("%q stands %d times", text, got[text])
		}
	}
	t.Logf("%d processes killed, %d cases, %d comments", trackerKill, len(ids), len(want))
}

func settleTracker(t *testing.T, svc *service.Service, y *tracker.Sync) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		p, err := y.Push(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		q, err := y.Pull(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		left, err := svc.Changed(ctx, trackerName, cvd.CaseID{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 && q.Applied == 0 && !q.More {
			return
		}
		if p.Busy > 0 {
			time.Sleep(trackerLease / 10)
		}
	}
}
