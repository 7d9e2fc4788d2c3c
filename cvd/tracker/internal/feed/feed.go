// Package feed makes a feed of changes of what most trackers have: a list of
// tickets by the instant of their last change, which they tell to the second or so,
// and the history of each ticket.
package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// Overlap is how far a feed looks back: clocks count whole seconds, and what was
// written in one may show later.
const Overlap = 2 * time.Second

// maxSettled bounds the tickets that a cursor names.
const maxSettled = 300

// Item is a ticket in the list.
type Item struct {
	Ref     string
	Updated time.Time
}

// Source is what a tracker has.
type Source struct {
	// Overlap is for lists that lag behind. 0: Overlap.
	Overlap time.Duration
	// List returns a page (from 1) of the tickets that changed at or after an
	// instant, the longest ago first, and whether it is the last. The zero time is
	// the beginning.
	List func(ctx context.Context, since time.Time, page int) (items []Item, last bool, err error)
	// Read returns a ticket and its changes since an instant or more, the oldest
	// first, and when that was by the tracker's own clock. The zero time is the
	// beginning; asked may be zero.
	Read func(ctx context.Context, ref string, since time.Time) (t tracker.Ticket, changes []tracker.Change, asked time.Time, err error)
}

// cursor is the instant of the newest ticket, and the tickets of the overlap in
// which nothing more can happen at the instant given.
type cursor struct {
	Since time.Time `json:"since,omitzero"`
	// Told: all changes before this instant were told, or are not wanted. A ticket that
	// changed twice while nobody looked is listed by its last change, when Since may be
	// long past its first; so Told moves only when the list has been walked to its end.
	Told    time.Time         `json:"told,omitzero"`
	Settled map[string]string `json:"settled,omitempty"`
}

// At is the cursor of an instant.
func At(t time.Time) (string, error) {
	return write(cursor{Since: t.UTC().Truncate(time.Second), Told: t.UTC().Truncate(time.Second)})
}

func write(c cursor) (string, error) {
	data, err := json.Marshal(c)
	return string(data), err
}

// Changes is tracker.Tracker.Changes.
func (s Source) Changes(ctx context.Context, at string, n int) (p tracker.Page, err error) {
	var cur cursor
	if at != "" {
		if err := json.Unmarshal([]byte(at), &cur); err != nil {
			return p, fmt.Errorf("tracker: the cursor is none of this adapter: %w", err)
		}
	}
	w := walk{Source: s, cur: cur, next: cursor{Since: cur.Since, Told: cur.Told, Settled: map[string]string{}}}
	if !cur.Since.IsZero() {
		w.from = cur.Since.Add(-w.overlap())
	}
	w.page.Tickets = map[string]tracker.Ticket{}
	// Pages go on from the instant of the last ticket, and not by their number: a
	// ticket that changes meanwhile moves to the end, and what stood behind it would be
	// left out. Only within one instant are they counted.
	taken := map[Item]bool{}
	for since, i := w.from, 1; ; {
		items, last, err := s.List(ctx, since, i)
		if err != nil {
			return p, err
		}
		for _, x := range items {
			x.Updated = x.Updated.UTC()
			if taken[x] {
				continue
			}
			taken[x] = true
			// All of one instant go into one page, and a page goes beyond the instant of
			// its cursor: so it always gets on.
			if len(w.page.Changes) >= n && w.next.Since.After(cur.Since) && x.Updated.After(w.next.Since) {
				w.page.More = true
				return w.end()
			}
			if err := w.take(ctx, x); err != nil {
				return p, err
			}
		}
		if last || len(items) == 0 {
			return w.end()
		}
		if end := items[len(items)-1].Updated.UTC(); end.After(since) {
			since, i = end, 1
		} else {
			i++
		}
	}
}

// walk is one call of Changes.
type walk struct {
	Source
	cur, next cursor
	from      time.Time
	page      tracker.Page
}

// since is from when on changes are told.
func (w *walk) since() time.Time {
	if w.cur.Told.IsZero() {
		return w.cur.Told
	}
	return w.cur.Told.Add(-w.overlap())
}

func (w *walk) overlap() time.Duration { return cmp.Or(w.Overlap, Overlap) }

func (w *walk) end() (tracker.Page, error) {
	if !w.page.More {
		w.next.Told = w.next.Since
	}
	for ref, at := range w.next.Settled {
		if t, err := time.Parse(time.RFC3339Nano, at); err != nil || t.Before(w.next.Since.Add(-w.overlap())) || len(w.next.Settled) > maxSettled {
			delete(w.next.Settled, ref)
		}
	}
	var err error
	w.page.Cursor, err = write(w.next)
	return w.page, err
}

// take adds what is new in a ticket.
func (w *walk) take(ctx context.Context, x Item) error {
	updated := x.Updated.UTC().Format(time.RFC3339Nano)
	if x.Updated.After(w.next.Since) {
		w.next.Since = x.Updated.UTC()
	}
	if w.cur.Settled[x.Ref] == updated {
		w.next.Settled[x.Ref] = updated
		return nil
	}
	t, changes, asked, err := w.Read(ctx, x.Ref, w.since())
	if errors.Is(err, tracker.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	// If it was not changed since it was listed, and that second was long over when it
	// was read, then nothing of that second is missed.
	if t.Updated.Equal(x.Updated) && !asked.IsZero() && asked.Sub(x.Updated) > w.overlap() {
		w.next.Settled[x.Ref] = updated
	}
	w.page.Tickets[x.Ref] = t
	for _, c := range changes {
		if !c.At.Before(w.since()) {
			w.page.Changes = append(w.page.Changes, c)
		}
	}
	return nil
}
