package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
)

// tickets mirrors cases to a tracker behind HTTP on this machine, and counts its
// requests.
type tickets struct {
	cases int

	svc  *cvd.Service
	sync *tracker.Sync
	mem  *memtracker.Tracker
	ids  []cvd.CaseID
}

const ticketsName = "tracker/bench"

func (x *tickets) run(ctx context.Context) error {
	x.mem = memtracker.New(time.Now)
	server := httptest.NewServer(serve(x.mem.As("bot")))
	defer server.Close()
	svc, err := cvd.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32), Subscribers: []string{ticketsName}})
	if err != nil {
		return err
	}
	x.svc = svc
	x.sync, err = tracker.New(tracker.Config{
		Service: svc, State: memstore.NewState(), Tracker: &overHTTP{url: server.URL}, Name: ticketsName, Now: time.Now,
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

// call is one request of overHTTP, and its answer.
type call struct {
	Op, Arg string
	N       int
	Ticket  tracker.Ticket
	Fields  tracker.Fields
}

type answer struct {
	Tickets []wireTicket
	Page    wirePage
	Error   string
}

// wireTicket and wirePage carry what the types of package tracker do not show.
type wireTicket struct {
	tracker.Ticket
	TitleText, BodyText string
}

type wirePage struct {
	Changes []wireChange
	Cursor  string
	More    bool
}

type wireChange struct {
	tracker.Change
	OldText, NewText, SaidText string
}

func out(t tracker.Ticket) wireTicket { return wireTicket{t, string(t.Title), string(t.Body)} }

func (w wireTicket) in() tracker.Ticket {
	t := w.Ticket
	t.Title, t.Body = cvd.Private(w.TitleText), cvd.Private(w.BodyText)
	return t
}

// serve answers calls, each one request.
func serve(a memtracker.Account) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c call
		var res answer
		err := json.NewDecoder(r.Body).Decode(&c)
		if err == nil {
			switch c.Op {
			case "find":
				var ts []tracker.Ticket
				ts, err = a.Find(r.Context(), c.Arg)
				for _, t := range ts {
					res.Tickets = append(res.Tickets, out(t))
				}
			case "create":
				var t tracker.Ticket
				t, err = a.Create(r.Context(), c.Fields)
				res.Tickets = []wireTicket{out(t)}
			case "update":
				var t tracker.Ticket
				t, err = a.Update(r.Context(), c.Ticket, c.Fields)
				res.Tickets = []wireTicket{out(t)}
			case "read":
				var t tracker.Ticket
				t, err = a.Read(r.Context(), c.Arg)
				res.Tickets = []wireTicket{out(t)}
			case "changes":
				var p tracker.Page
				p, err = a.Changes(r.Context(), c.Arg, c.N)
				res.Page = wirePage{Cursor: p.Cursor, More: p.More}
				for _, ch := range p.Changes {
					res.Page.Changes = append(res.Page.Changes, wireChange{ch, string(ch.Old), string(ch.New), string(ch.Text)})
				}
			}
		}
		if err != nil {
			res.Error = err.Error()
		}
		_ = json.NewEncoder(w).Encode(res)
	})
}

// overHTTP is the adapter for it.
type overHTTP struct{ url string }

func (o *overHTTP) call(ctx context.Context, c call) (answer, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url, strings.NewReader(string(data)))
	if err != nil {
		return answer{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var res answer
	if err := json.NewDecoder(resp.Body).Decode(&res); err != nil {
		return res, err
	}
	if res.Error != "" {
		return res, fmt.Errorf("tracker: %s", res.Error)
	}
	return res, nil
}

func (o *overHTTP) one(ctx context.Context, c call) (tracker.Ticket, error) {
	r, err := o.call(ctx, c)
	if err != nil {
		return tracker.Ticket{}, err
	}
	return r.Tickets[0].in(), nil
}

func (o *overHTTP) Self(context.Context) (string, error) { return "bot", nil }

func (o *overHTTP) Find(ctx context.Context, marker string) (found []tracker.Ticket, err error) {
	r, err := o.call(ctx, call{Op: "find", Arg: marker})
	for _, t := range r.Tickets {
		found = append(found, t.in())
	}
	return found, err
}

func (o *overHTTP) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	return o.one(ctx, call{Op: "create", Fields: f})
}

func (o *overHTTP) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	return o.one(ctx, call{Op: "update", Ticket: t, Fields: f})
}

func (o *overHTTP) Read(ctx context.Context, ref string) (tracker.Ticket, error) {
	return o.one(ctx, call{Op: "read", Arg: ref})
}

func (o *overHTTP) Changes(ctx context.Context, cursor string, n int) (tracker.Page, error) {
	r, err := o.call(ctx, call{Op: "changes", Arg: cursor, N: n})
	p := tracker.Page{Cursor: r.Page.Cursor, More: r.Page.More}
	for _, c := range r.Page.Changes {
		c.Change.Old, c.Change.New, c.Change.Text = cvd.Private(c.OldText), cvd.Private(c.NewText), cvd.Private(c.SaidText)
		p.Changes = append(p.Changes, c.Change)
	}
	return p, err
}
