// Bridge-only is for a team that keeps its tickets where they are, and takes only
// the clocks, the timelines and their explanations from this library. It has no
// store and no case: the tickets are read from the tracker, and nothing is written.
//
//	go run ./examples/bridge-only                   # tickets that are built in
//	go run ./examples/bridge-only -policy cert-cc   # by another policy
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/timeline"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
)

func main() {
	name := flag.String("policy", "team", "`NAME` of the policy whose clocks run")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "bridge-only takes only flags, and %q is none; see -h\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(context.Background(), os.Stdout, *name); err != nil {
		fmt.Fprintln(os.Stderr, "bridge-only:", err)
		os.Exit(1)
	}
}

// system is what is needed of a tracker. Those of cvd/tracker/... all have it.
type system interface {
	tracker.Tracker
	tracker.Lister
}

func run(ctx context.Context, out io.Writer, name string) error {
	pol, ok := policy.ByName(name)
	if !ok {
		return fmt.Errorf("there is no policy %q; go run ./examples/deadlines -list names them", name)
	}
	own, now := tickets()
	return bridge(ctx, out, own, pol, now)
}

// bridge prints the dates and the timeline of each open ticket.
func bridge(ctx context.Context, out io.Writer, own system, pol policy.Policy, now time.Time) error {
	cursor := ""
	for {
		list, next, err := own.Tickets(ctx, tracker.TicketQuery{Open: true}, cursor, 50)
		if err != nil {
			return err
		}
		for _, t := range list {
			history, err := own.History(ctx, t.Ref)
			if err != nil {
				return err
			}
			show(out, t, history, pol, now)
		}
		if cursor = next; next == "" {
			return nil
		}
	}
}

// facts are what the history of a ticket says to clocks: which of its states and
// comments mean what is this team's own custom.
func facts(t tracker.Ticket, history []tracker.Change) (f policy.Facts) {
	f.Add(policy.FactReceived, t.Created)
	answered := false
	for _, c := range history {
		switch {
		case c.Kind == tracker.KindCommented && c.Reply && !answered:
			answered = true
			f.Add(policy.FactAcknowledged, c.At)
		case c.Kind == tracker.KindStatus && c.New == "open":
			f.Add(policy.FactAssessed, c.At)
		}
	}
	return f
}

func show(out io.Writer, t tracker.Ticket, history []tracker.Change, pol policy.Policy, now time.Time) {
	fmt.Fprintf(out, "Ticket %s: %s\n\n", t.Ref, string(t.Title))
	ds := pol.Deadlines(facts(t, history), policy.Calendar{Zone: time.UTC}, now)
	for _, d := range ds {
		fmt.Fprint(out, d.Explain())
	}
	line := timeline.Timeline{Title: "Ticket " + t.Ref, Now: now, Actors: true, Entries: timeline.Deadlines(ds)}
	for _, c := range history {
		line.Entries = append(line.Entries, timeline.Entry{ID: c.ID, At: c.At, Label: c.Kind.String(), Actor: c.Actor})
	}
	fmt.Fprintln(out, line.Text())
}

// tickets are those that are built in.
func tickets() (system, time.Time) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	m := memtracker.New(func() time.Time { return now })
	a := m.Open("rita", "Overflow in frobd", "A long header overflows the stack.")
	now = now.Add(26 * time.Hour)
	_ = m.Comment(a, "joe", "Thank you, we look into it.", true)
	now = now.Add(24 * time.Hour)
	_ = m.SetStatus(a, "joe", "open")
	m.Open("rita", "Weak default password in widgetd", "admin/admin")
	now = now.AddDate(0, 0, 10)
	return m.As("reader"), now
}
