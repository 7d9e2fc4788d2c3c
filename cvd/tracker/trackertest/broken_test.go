package trackertest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
)

func harness() (trackertest.Harness, *memtracker.Tracker) {
	m := memtracker.New(time.Now)
	return trackertest.Harness{
		Tracker: m.As("bot"), Statuses: [2]string{"open", "resolved"}, Unknown: "frobbed", Stale: true, KeepsBody: true,
		Person: trackertest.Person{
			Open:      func(_ context.Context, title, text string) (string, error) { return m.Open("joe", title, text), nil },
			Comment:   func(_ context.Context, ref, text string) error { return m.Comment(ref, "joe", text, false) },
			SetStatus: func(_ context.Context, ref, status string) error { return m.SetStatus(ref, "joe", status) },
			SetTitle:  func(_ context.Context, ref, title string) error { return m.SetTitle(ref, "joe", title) },
			Delete:    func(_ context.Context, ref string) error { return m.Delete(ref, "joe") },
			Move:      func(_ context.Context, ref string) (string, error) { return m.Move(ref, "joe", "other") },
			Merge:     func(_ context.Context, ref, into string) (string, error) { return into, m.Merge(ref, "joe", into) },
		},
	}, m
}

// broken is a tracker that does something else.
type broken struct {
	tracker.Tracker
	self    func() string
	find    func(marker string) ([]tracker.Ticket, error)
	create  func(context.Context, tracker.Fields) (tracker.Ticket, error)
	update  func(context.Context, tracker.Ticket, tracker.Fields) (tracker.Ticket, error)
	read    func(context.Context, string) (tracker.Ticket, error)
	changes func(tracker.Page) tracker.Page
	lost    bool // the context
}

func (b *broken) Self(ctx context.Context) (string, error) {
	if b.self != nil {
		return b.self(), nil
	}
	return b.Tracker.Self(ctx)
}

func (b *broken) Find(ctx context.Context, m string) ([]tracker.Ticket, error) {
	if b.find != nil {
		return b.find(m)
	}
	return b.Tracker.Find(ctx, m)
}

func (b *broken) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	if b.create != nil {
		return b.create(ctx, f)
	}
	return b.Tracker.Create(ctx, f)
}

func (b *broken) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	if b.update != nil {
		return b.update(ctx, t, f)
	}
	return b.Tracker.Update(ctx, t, f)
}

func (b *broken) Read(ctx context.Context, ref string) (tracker.Ticket, error) {
	if b.lost {
		ctx = context.WithoutCancel(ctx)
	}
	if b.read != nil {
		return b.read(ctx, ref)
	}
	return b.Tracker.Read(ctx, ref)
}

func (b *broken) Changes(ctx context.Context, cursor string, n int) (tracker.Page, error) {
	p, err := b.Tracker.Changes(ctx, cursor, n)
	if b.changes != nil && err == nil {
		p.Changes = slices.Clone(p.Changes)
		p = b.changes(p)
	}
	return p, err
}

func eachChange(f func(*tracker.Change)) func(tracker.Page) tracker.Page {
	return func(p tracker.Page) tracker.Page {
		for i := range p.Changes {
			f(&p.Changes[i])
		}
		return p
	}
}

// breaks are ways to break each rule.
func breaks(b *broken, m *memtracker.Tracker) map[string][]func() {
	ctx := context.Background()
	inner := b.Tracker
	hidden := func(t tracker.Ticket, err error) (tracker.Ticket, error) { t.Title = "stale"; return t, err }
	silent := func(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
		out, err := inner.Update(ctx, t, f)
		if _, ok := err.(*tracker.NotAppliedError); ok {
			err = nil
		}
		return out, err
	}
	onlyOpen := func(marker string) (out []tracker.Ticket, err error) {
		ts, err := inner.Find(ctx, marker)
		for _, t := range ts {
			if !t.Closed {
				out = append(out, t)
			}
		}
		return out, err
	}
	n := 0
	return map[string][]func(){
		"self": {func() { b.self = func() string { n++; return fmt.Sprint(n) } }, func() { b.self = func() string { return "" } }},
		"create/shows": {func() {
			b.create = func(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
				return hidden(inner.Create(ctx, f))
			}
		}, func() {
			b.read = func(ctx context.Context, r string) (tracker.Ticket, error) { return hidden(inner.Read(ctx, r)) }
		}},
		"create/author": {func() { b.self = func() string { return "another" } }},
		"create/not-applied": {func() {
			b.create = func(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
				t, _ := inner.Create(ctx, f)
				return t, nil // ignored without a word
			}
		}},
		"update/shows": {
			func() { // it answers with what it was asked for, and reads nothing back
				b.update = func(_ context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) { return t, nil }
			},
			func() { // the other fields are emptied
				b.update = func(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
					if f.Title == "" {
						f.Title = " "
					}
					return inner.Update(ctx, t, f)
				}
			},
		},
		"update/body": {func() {
			b.update = func(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
				f.Body = ""
				return inner.Update(ctx, t, f)
			}
		}},
		"update/not-applied": {func() { b.update = silent }},
		"update/stale": {func() {
			b.update = func(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
				t.Version = ""
				return inner.Update(ctx, t, f)
			}
		}},
		"update/marker": {func() {
			b.update = func(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
				f.Marker = ""
				return inner.Update(ctx, t, f)
			}
		}},
		"errors/quiet": {func() {
			b.create = func(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
				return tracker.Ticket{}, fmt.Errorf("422: %q is refused", f.Title)
			}
		}},
		"context":     {func() { b.lost = true }},
		"find/one":    {func() { b.find = func(string) ([]tracker.Ticket, error) { return nil, nil } }, func() { b.find = func(string) ([]tracker.Ticket, error) { return m.Tickets(), nil } }},
		"find/closed": {func() { b.find = onlyOpen }},
		"find/field": {func() { // a search in the text
			b.find = func(marker string) (out []tracker.Ticket, err error) {
				for _, t := range m.Tickets() {
					if t.Marker == marker || strings.Contains(string(t.Body), marker) {
						t.Marker = marker
						out = append(out, t)
					}
				}
				return out, nil
			}
		}},
		"find/oldest-first": {func() {
			b.find = func(marker string) ([]tracker.Ticket, error) {
				ts, err := inner.Find(ctx, marker)
				slices.Reverse(ts)
				return ts, err
			}
		}},
		"read/gone": {func() {
			b.read = func(ctx context.Context, r string) (tracker.Ticket, error) {
				if t, err := inner.Read(ctx, r); err == nil {
					return t, nil
				}
				return tracker.Ticket{}, &tracker.Error{Op: "read", Status: 404}
			}
		}},
		"read/deleted": {func() {
			b.find = func(marker string) ([]tracker.Ticket, error) {
				return []tracker.Ticket{{Ref: "1", Marker: marker}}, nil
			}
		}},
		"read/moved": {func() {
			b.read = func(ctx context.Context, r string) (tracker.Ticket, error) {
				t, err := inner.Read(ctx, r)
				t.Ref = r
				return t, err
			}
		}},
		"read/merged": {func() {
			b.update = func(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
				now, err := inner.Read(ctx, t.Ref)
				if err != nil {
					return t, err
				}
				return inner.Update(ctx, now, f)
			}
		}},
		"changes/told": {
			func() { b.changes = eachChange(func(c *tracker.Change) { c.Actor = "" }) },
			func() { b.changes = eachChange(func(c *tracker.Change) { c.New = "" }) },
			func() { b.changes = eachChange(func(c *tracker.Change) { c.At = time.Time{} }) },
		},
		"changes/pages": {func() {
			b.changes = func(p tracker.Page) tracker.Page {
				if len(p.Changes) < 20 && len(p.Changes) > 1 && p.More {
					p.Changes = p.Changes[:1] // the cursor goes on as if all was told
				}
				return p
			}
		}},
		"changes/ids": {
			func() { b.changes = eachChange(func(c *tracker.Change) { n++; c.ID = fmt.Sprint("told ", n) }) },
			func() { b.changes = eachChange(func(c *tracker.Change) { c.ID = c.Ref }) },
		},
		"changes/order": {func() {
			b.changes = func(p tracker.Page) tracker.Page { slices.Reverse(p.Changes); return p }
		}},
		"changes/own": {func() {
			b.changes = eachChange(func(c *tracker.Change) {
				if c.Kind == tracker.KindStatus {
					c.Actor = "the display name of the bot"
				}
			})
		}},
		"changes/opened": {func() {
			b.read = func(ctx context.Context, r string) (tracker.Ticket, error) {
				t, err := inner.Read(ctx, r)
				t.Author = "bot"
				return t, err
			}
		}, func() {
			b.changes = eachChange(func(c *tracker.Change) {
				if c.Kind == tracker.KindOpened {
					c.Kind = tracker.KindOther
				}
			})
		}},
	}
}

// A suite proves something if a tracker that breaks a rule fails it.
func TestRulesCanFail(t *testing.T) {
	for _, r := range trackertest.Rules() {
		h, _ := harness()
		if err := r.Check(t.Context(), h); err != nil {
			t.Errorf("%s: a sound tracker fails it: %v", r.Name, err)
		}
		ways := len(breaks(&broken{Tracker: h.Tracker}, nil)[r.Name])
		if ways == 0 {
			t.Errorf("%s: nothing shows that it can fail", r.Name)
		}
		for i := range ways {
			h, m := harness()
			b := &broken{Tracker: h.Tracker}
			breaks(b, m)[r.Name][i]()
			h.Tracker = b
			if err := r.Check(t.Context(), h); err == nil {
				t.Errorf("%s: broken way %d passes", r.Name, i)
			}
		}
	}
}

func TestConformance(t *testing.T) {
	trackertest.Test(t, func(*testing.T) trackertest.Harness { h, _ := harness(); return h })
}
