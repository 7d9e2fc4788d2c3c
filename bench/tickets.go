package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
)

// tickets mirrors cases to a tracker behind HTTP on this machine, and counts its
// requests.
type tickets struct {
	cases int

	svc  *service.Service
	sync *tracker.Sync
	mem  *memtracker.Tracker
	ids  []cvd.CaseID
}

const ticketsName = "tracker/bench"

func (x *tickets) run(ctx context.Context) error {
	x.mem = memtracker.New(time.Now)
	server := httptest.NewServer(x.mem.As("bot").Handler())
	defer server.Close()
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32), Subscribers: []string{ticketsName}})
	if err != nil {
		return err
	}
	x.svc = svc
	x.sync, err = tracker.New(tracker.Config{
		Service: svc, State: memstore.NewState(), Tracker: memtracker.Client{URL: server.URL, Account: "bot", HTTP: server.Client()}, Name: ticketsName, Now: time.Now,
		Mapping: tracker.Mapping{Out: []tracker.OutRow{{RM: "Accepted", Status: "open"}, {Status: "new"}}, In: []tracker.InRow{{Status: "resolved", Claim: "fix-ready"}}},
	})
	if err != nil {
		return err
	}
	for i := range x.cases {
		c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "bench"}, cvd.Receive{Title: cvd.Private(fmt.Sprintf("report %d", i)), Observations: "text"})
		if err != nil {
			return err
		}
		x.ids = append(x.ids, c.ID)
	}
	fmt.Printf("%d cases, a tracker behind HTTP on this machine\n", x.cases)
	steps := []struct {
		what string
		each func(i int, id cvd.CaseID) error
		goal string
	}{
		{"make a ticket for each", func(int, cvd.CaseID) error { return nil }, "2"},
		{"a change that tickets do not show", func(_ int, id cvd.CaseID) error {
			_, err := svc.Do(ctx, id, cvd.By{Actor: "bench"}, cvd.PostMessage{Text: "a note"})
			return err
		}, "1"},
		{"a change that they show", func(_ int, id cvd.CaseID) error {
			_, err := svc.Do(ctx, id, cvd.By{Actor: "bench"}, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
			return err
		}, "at most 3"},
	}
	for _, st := range steps {
		for i, id := range x.ids {
			if err := st.each(i, id); err != nil {
				return err
			}
		}
		before, begin := x.mem.Requests(), time.Now()
		if err := x.push(ctx); err != nil {
			return err
		}
		n := float64(x.mem.Requests() - before)
		fmt.Printf("%-36s %5.2f requests each (goal: %s), %v\n", st.what, n/float64(x.cases), st.goal, time.Since(begin).Round(time.Millisecond))
	}
	if n := len(x.mem.Tickets()); n != x.cases {
		return fmt.Errorf("%d tickets for %d cases", n, x.cases)
	}
	return x.offline(ctx)
}

func (x *tickets) push(ctx context.Context) error {
	for {
		r, err := x.sync.Push(ctx, 1000)
		if err != nil {
			return err
		}
		if len(r.Problems) > 0 {
			return fmt.Errorf("%d problems, the first: %v", len(r.Problems), r.Problems[0])
		}
		left, err := x.svc.Changed(ctx, ticketsName, cvd.CaseID{}, 1)
		if err != nil || len(left) == 0 {
			return err
		}
	}
}

// offline is a day in which people comment on every tenth ticket and resolve some.
func (x *tickets) offline(ctx context.Context) error {
	changes := 0
	for i, t := range x.mem.Tickets() {
		if i%10 == 0 {
			if err := x.mem.Comment(t.Ref, "joe", "a comment", false); err != nil {
				return err
			}
			changes++
		}
		if i%50 == 0 {
			if err := x.mem.SetStatus(t.Ref, "joe", "resolved"); err != nil {
				return err
			}
			changes++
		}
	}
	before, begin, applied := x.mem.Requests(), time.Now(), 0
	for {
		r, err := x.sync.Pull(ctx, 1000)
		if err != nil {
			return err
		}
		if applied += r.Applied; !r.More {
			break
		}
	}
	fmt.Printf("%-36s %5d of %d changes applied, %d requests, %v\n", "catch up after a day offline", applied, changes, x.mem.Requests()-before, time.Since(begin).Round(time.Millisecond))
	if applied != changes {
		return fmt.Errorf("%d changes of %d were applied", applied, changes)
	}
	return nil
}
