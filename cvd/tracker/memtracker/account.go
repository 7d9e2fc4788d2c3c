package memtracker

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// Account is the tracker as one account sees it.
type Account struct {
	t    *Tracker
	name string
}

var (
	_ tracker.Tracker   = Account{}
	_ tracker.Describer = Account{}
	_ tracker.Lister    = Account{}
	_ tracker.Starter   = Account{}
)

// As returns the tracker for an account.
func (t *Tracker) As(name string) Account { return Account{t, name} }

// overlap is how many changes are told again.
const overlap = 3

// request carries one out, unless a fault prevents it.
func (a Account) request(ctx context.Context, op string, f func() error) error {
	a.t.mu.Lock()
	a.t.requests++
	fault := a.t.fault
	a.t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if fault != nil {
		if err := fault(op, false); err != nil {
			return err
		}
	}
	a.t.mu.Lock()
	err := f()
	a.t.mu.Unlock()
	if err == nil && fault != nil {
		err = fault(op, true)
	}
	return err
}

// Self implements tracker.Tracker.
func (a Account) Self(context.Context) (string, error) { return a.name, nil }

// Find implements tracker.Tracker.
func (a Account) Find(ctx context.Context, marker string) (out []tracker.Ticket, err error) {
	err = a.request(ctx, "find", func() error {
		for _, x := range a.t.tickets {
			if x != nil && x.mergedTo == "" && x.Marker == marker && marker != "" {
				out = append(out, x.shown())
			}
		}
		return nil
	})
	return out, err
}

// Create implements tracker.Tracker.
func (a Account) Create(ctx context.Context, f tracker.Fields) (out tracker.Ticket, err error) {
	err = a.request(ctx, "create", func() error {
		out = a.t.make(a.name, f).shown()
		return nil
	})
	if err == nil {
		err = tracker.NotApplied(f, out)
	}
	return out, err
}

// Update implements tracker.Tracker.
func (a Account) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	err := a.request(ctx, "update", func() error {
		x := a.t.find(t.Ref)
		switch {
		case x == nil:
			return tracker.ErrGone
		case x.Ref != t.Ref, t.Version != "" && t.Version != x.shown().Version:
			return tracker.ErrStale
		}
		a.t.set(x, a.name, f)
		return nil
	})
	if err != nil {
		return t, err
	}
	out, err := a.Read(ctx, t.Ref)
	if err == nil {
		err = tracker.NotApplied(f, out)
	}
	return out, err
}

// Read implements tracker.Tracker.
func (a Account) Read(ctx context.Context, ref string) (out tracker.Ticket, err error) {
	err = a.request(ctx, "read", func() error {
		x := a.t.find(ref)
		if x == nil {
			return tracker.ErrGone
		}
		out = x.shown()
		return nil
	})
	return out, err
}

// Changes implements tracker.Tracker. The cursor is the number of the last change.
func (a Account) Changes(ctx context.Context, cursor string, n int) (p tracker.Page, err error) {
	err = a.request(ctx, "changes", func() error {
		after, _ := strconv.Atoi(cursor)
		after = min(max(after, 0), len(a.t.changes))
		upTo := min(after+n, len(a.t.changes))
		p.Changes = slices.Clone(a.t.changes[max(0, after-overlap):upTo])
		p.Cursor, p.More = strconv.Itoa(upTo), upTo < len(a.t.changes)
		return nil
	})
	return p, err
}

// CursorAt implements tracker.Starter.
func (a Account) CursorAt(ctx context.Context, at time.Time) (cursor string, err error) {
	err = a.request(ctx, "cursor", func() error {
		i := slices.IndexFunc(a.t.changes, func(c tracker.Change) bool { return !c.At.Before(at) })
		if i < 0 {
			i = len(a.t.changes)
		}
		cursor = strconv.Itoa(i)
		return nil
	})
	return cursor, err
}

// Describe implements tracker.Describer.
func (a Account) Describe(ctx context.Context) (s tracker.Schema, err error) {
	return tracker.Schema{Statuses: a.t.Statuses()}, ctx.Err()
}

// Tickets implements tracker.Lister. The cursor is the number of the last ticket.
func (a Account) Tickets(ctx context.Context, q tracker.TicketQuery, cursor string, n int) (out []tracker.Ticket, next string, err error) {
	err = a.request(ctx, "list", func() error {
		after, _ := strconv.Atoi(cursor)
		for i := after; i < len(a.t.tickets); i++ {
			x := a.t.tickets[i]
			if x == nil || x.mergedTo != "" || q.Open && x.Closed || x.Created.Before(q.Since) {
				continue
			}
			if len(out) == n {
				next = strconv.Itoa(i)
				return nil
			}
			out = append(out, x.shown())
		}
		return nil
	})
	return out, next, err
}

// History implements tracker.Lister.
func (a Account) History(ctx context.Context, ref string) (out []tracker.Change, err error) {
	err = a.request(ctx, "history", func() error {
		for _, c := range a.t.changes {
			if c.Ref == ref {
				out = append(out, c)
			}
		}
		return nil
	})
	return out, err
}
