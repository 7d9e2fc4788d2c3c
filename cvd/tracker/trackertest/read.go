package trackertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// found looks for the tickets of a marker: exactly these.
func found(ctx context.Context, h Harness, marker string, want ...string) error {
	ts, err := h.Tracker.Find(ctx, marker)
	if err != nil {
		return fmt.Errorf("method Find: %w", err)
	}
	ok := len(ts) == len(want)
	for i := range want {
		ok = ok && ts[i].Ref == want[i] && ts[i].Marker == marker
	}
	if !ok {
		return fmt.Errorf("method Find returned the tickets [%s] instead of %q, or without their marker", refs(ts), want)
	}
	return nil
}

var readRules = []Rule{
	{"find/one", "Find returns the ticket that carries the marker, at the latest after FindLag.", nil, func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		if err := found(ctx, h, marker()); err != nil {
			return fmt.Errorf("of a marker that nothing carries: %w", err)
		}
		return until(ctx, h, func() error { return found(ctx, h, f.Marker, t.Ref) })
	}},
	{"find/closed", "Find returns closed tickets too.", nil, func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		if _, err := h.Tracker.Update(ctx, t, tracker.Fields{Status: h.Statuses[1]}); err != nil {
			return err
		}
		return until(ctx, h, func() error { return found(ctx, h, f.Marker, t.Ref) })
	}},
	{"find/field", "A ticket that only mentions a marker in its title or text does not carry it.", needs("nobody opens tickets by hand", func(h Harness) bool { return h.Person.Open != nil }), func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		if _, err := h.Person.Open(ctx, "see "+f.Marker, "marker "+f.Marker+"\ncvd-marker: "+f.Marker); err != nil {
			return err
		}
		return until(ctx, h, func() error { return found(ctx, h, f.Marker, t.Ref) })
	}},
	{"find/oldest-first", "Of several tickets with one marker the oldest comes first.", nil, func(ctx context.Context, h Harness) error {
		a, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		b, err := h.Tracker.Create(ctx, f)
		if err != nil {
			return err
		}
		return until(ctx, h, func() error { return found(ctx, h, f.Marker, a.Ref, b.Ref) })
	}},
	{"read/gone", "Read and Update of a ticket that is not there are ErrGone.", nil, func(ctx context.Context, h Harness) error {
		ref := "999999999"
		_, err := h.Tracker.Read(ctx, ref)
		if err := wantErr("Read", err, tracker.ErrGone); err != nil {
			return err
		}
		_, err = h.Tracker.Update(ctx, tracker.Ticket{Ref: ref}, tracker.Fields{Status: h.Statuses[0]})
		return wantErr("Update", err, tracker.ErrGone)
	}},
	{"read/deleted", "Read and Update of a ticket that was deleted are ErrGone, and Find does not return it.", needs("nobody deletes tickets", func(h Harness) bool { return h.Person.Delete != nil }), func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		if err := h.Person.Delete(ctx, t.Ref); err != nil {
			return err
		}
		_, err = h.Tracker.Read(ctx, t.Ref)
		if err := wantErr("Read", err, tracker.ErrGone); err != nil {
			return err
		}
		_, err = h.Tracker.Update(ctx, t, tracker.Fields{Status: h.Statuses[1]})
		if h.Stale && errors.Is(err, tracker.ErrStale) {
			err = tracker.ErrGone // then it is read
		}
		if err := wantErr("Update", err, tracker.ErrGone); err != nil {
			return err
		}
		return until(ctx, h, func() error { return found(ctx, h, f.Marker) })
	}},
	{"read/moved", "Read of a ticket that was moved returns the one that it became.", needs("tickets are not moved", func(h Harness) bool { return h.Person.Move != nil }), func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		to, err := h.Person.Move(ctx, t.Ref)
		if err != nil {
			return err
		}
		r, err := h.Tracker.Read(ctx, t.Ref)
		if err != nil || r.Ref != to || r.Marker != f.Marker {
			return fmt.Errorf("method Read of %s, moved to %s, returned %s with the marker %q, %v", t.Ref, to, r.Ref, r.Marker, err)
		}
		return nil
	}},
	{"read/merged", "Read of a ticket that was merged returns the one that it became; Update with what was known of it before is ErrStale.", needs("tickets are not merged", func(h Harness) bool { return h.Person.Merge != nil }), func(ctx context.Context, h Harness) error {
		a, _, err := create(ctx, h)
		if err != nil {
			return err
		}
		b, _, err := create(ctx, h)
		if err != nil {
			return err
		}
		to, err := h.Person.Merge(ctx, a.Ref, b.Ref)
		if err != nil {
			return err
		}
		r, err := h.Tracker.Read(ctx, a.Ref)
		if err != nil || r.Ref != to {
			return fmt.Errorf("method Read of %s, merged into %s, returned %s, %v", a.Ref, to, r.Ref, err)
		}
		if h.Stale {
			_, err = h.Tracker.Update(ctx, a, tracker.Fields{Title: "of the other"})
			return wantErr("Update", err, tracker.ErrStale)
		}
		return nil
	}},
}
