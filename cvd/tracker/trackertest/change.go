package trackertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// drain reads all changes from a cursor on, n at a time.
func drain(ctx context.Context, h Harness, cursor string, n int) (all []tracker.Change, tickets map[string]tracker.Ticket, end string, err error) {
	tickets = map[string]tracker.Ticket{}
	for range 10_000 {
		p, err := h.Tracker.Changes(ctx, cursor, n)
		if err != nil {
			return nil, nil, "", fmt.Errorf("method Changes: %w", err)
		}
		all = append(all, p.Changes...)
		for ref, t := range p.Tickets {
			tickets[ref] = t
		}
		if !p.More {
			return all, tickets, p.Cursor, nil
		}
		if p.Cursor == cursor {
			return nil, nil, "", errors.New("method Changes says that there is more, and its cursor stays where it was")
		}
		cursor = p.Cursor
	}
	return nil, nil, "", errors.New("method Changes never ends")
}

// of are the changes of a ticket, each once.
func of(all []tracker.Change, ref string, kind tracker.Kind) (out []tracker.Change) {
	for _, c := range all {
		if c.Ref == ref && c.Kind == kind && !slices.ContainsFunc(out, func(x tracker.Change) bool { return x.ID == c.ID }) {
			out = append(out, c)
		}
	}
	return out
}

// worked is a ticket of ours on which a person has worked, and the cursor before.
func worked(ctx context.Context, h Harness, comments int) (ref, cursor string, err error) {
	t, _, err := create(ctx, h)
	if err != nil {
		return "", "", err
	}
	if _, _, cursor, err = drain(ctx, h, "", 1000); err != nil {
		return "", "", err
	}
	for i := range comments {
		if err := h.Person.Comment(ctx, t.Ref, fmt.Sprintf("comment %d — ünïcode & <b>marks</b>", i)); err != nil {
			return "", "", fmt.Errorf("the person's comment: %w", err)
		}
	}
	if err := h.Person.SetStatus(ctx, t.Ref, h.Statuses[1]); err != nil {
		return "", "", fmt.Errorf("the person's change of state: %w", err)
	}
	return t.Ref, cursor, nil
}

var byHand = needs("nobody works in it by hand", person)

var changeRules = []Rule{
	{"changes/told", "Comments and changes of state are told, with who did it and their values.", byHand, func(ctx context.Context, h Harness) error {
		ref, cursor, err := worked(ctx, h, 2)
		if err != nil {
			return err
		}
		return until(ctx, h, func() error { return told(ctx, h, cursor, ref, 2, 1000) })
	}},
	{"changes/pages", "Small pages tell all that large ones do.", byHand, func(ctx context.Context, h Harness) error {
		ref, cursor, err := worked(ctx, h, 7)
		if err != nil {
			return err
		}
		return until(ctx, h, func() error { return told(ctx, h, cursor, ref, 7, 2) })
	}},
	{"changes/ids", "A change has one ID, whenever it is told, and no other has it.", byHand, func(ctx context.Context, h Harness) error {
		ref, cursor, err := worked(ctx, h, 3)
		if err != nil {
			return err
		}
		if err := until(ctx, h, func() error { return told(ctx, h, cursor, ref, 3, 1000) }); err != nil {
			return err
		}
		a, _, _, err := drain(ctx, h, cursor, 1000)
		if err != nil {
			return err
		}
		b, _, _, err := drain(ctx, h, "", 3)
		if err != nil {
			return err
		}
		self, err := h.Tracker.Self(ctx)
		if err != nil {
			return err
		}
		byID := map[string]tracker.Change{}
		for _, c := range slices.Concat(a, b) {
			if c.ID == "" || c.Ref == "" {
				return fmt.Errorf("a change has the ID %q and the Ref %q", c.ID, c.Ref)
			}
			if x, ok := byID[c.ID]; ok && (x.Ref != c.Ref || x.Kind != c.Kind || x.Text != c.Text || x.Actor != c.Actor) {
				return fmt.Errorf("two changes have the ID %s", c.ID)
			}
			byID[c.ID] = c
		}
		for _, kind := range []tracker.Kind{tracker.KindCommented, tracker.KindStatus} {
			// What the adapter did before the cursor may be told or not.
			x, y := others(of(a, ref, kind), self), others(of(b, ref, kind), self)
			if !slices.EqualFunc(x, y, func(x, y tracker.Change) bool { return x.ID == y.ID }) {
				return fmt.Errorf("%s: %d changes from a cursor, %d from the beginning, or with other IDs", kind, len(x), len(y))
			}
		}
		return nil
	}},
	{"changes/order", "Changes of a ticket come the oldest first.", byHand, func(ctx context.Context, h Harness) error {
		ref, cursor, err := worked(ctx, h, 4)
		if err != nil {
			return err
		}
		return until(ctx, h, func() error {
			all, _, _, err := drain(ctx, h, cursor, 1000)
			if err != nil {
				return err
			}
			cs := of(all, ref, tracker.KindCommented)
			for i, c := range cs {
				if want := fmt.Sprintf("comment %d ", i); len(c.Text) < len(want) || string(c.Text)[:len(want)] != want {
					return fmt.Errorf("comment %d of %d is not the %dth that was written", i, len(cs), i)
				}
			}
			if len(cs) != 4 {
				return fmt.Errorf("%d comments of 4", len(cs))
			}
			return nil
		})
	}},
	{"changes/own", "What the adapter does is told as done by Self, if it is told.", byHand, func(ctx context.Context, h Harness) error {
		self, err := h.Tracker.Self(ctx)
		if err != nil {
			return err
		}
		t, _, err := create(ctx, h)
		if err != nil {
			return err
		}
		if _, err := h.Tracker.Update(ctx, t, tracker.Fields{Status: h.Statuses[1], Title: "[CVD-1900-X] again"}); err != nil {
			return err
		}
		if err := h.Person.Comment(ctx, t.Ref, "by hand"); err != nil {
			return err
		}
		return until(ctx, h, func() error {
			all, _, _, err := drain(ctx, h, "", 1000)
			if err != nil {
				return err
			}
			hand := of(all, t.Ref, tracker.KindCommented)
			if len(hand) != 1 || hand[0].Actor == self || hand[0].Actor == "" {
				return fmt.Errorf("%d comments, and theirs is not by somebody else", len(hand))
			}
			for _, c := range all {
				if c.Ref == t.Ref && c.Kind != tracker.KindCommented && c.Actor != self {
					return fmt.Errorf("a change of ours (%s) is told as done by %q, not %q", c.Kind, c.Actor, self)
				}
			}
			return nil
		})
	}},
	{"changes/opened", "A ticket that somebody opens is told: as a change of it by them.", needs("nobody opens tickets by hand", func(h Harness) bool { return h.Person.Open != nil }), func(ctx context.Context, h Harness) error {
		self, err := h.Tracker.Self(ctx)
		if err != nil {
			return err
		}
		_, _, cursor, err := drain(ctx, h, "", 1000)
		if err != nil {
			return err
		}
		ref, err := h.Person.Open(ctx, "opened by hand", "its text")
		if err != nil {
			return err
		}
		return until(ctx, h, func() error {
			all, _, _, err := drain(ctx, h, cursor, 1000)
			if err != nil {
				return err
			}
			cs := of(all, ref, tracker.KindOpened)
			if len(cs) != 1 || cs[0].Actor == self {
				return fmt.Errorf("%d changes say that it was opened by somebody else", len(cs))
			}
			t, err := h.Tracker.Read(ctx, ref)
			if err != nil {
				return err
			}
			if t.Author == self || t.Author == "" || t.Marker != "" || string(t.Title) != "opened by hand" || !t.Created.Equal(t.Created.UTC()) {
				return fmt.Errorf("the ticket has the author %q, the marker %q and %d bytes of title", t.Author, t.Marker, len(t.Title))
			}
			return nil
		})
	}},
}

// others are the changes that others made.
func others(cs []tracker.Change, self string) []tracker.Change {
	return slices.DeleteFunc(cs, func(c tracker.Change) bool { return c.Actor == self })
}

// told looks for the work of worked after a cursor.
func told(ctx context.Context, h Harness, cursor, ref string, comments, n int) error {
	self, err := h.Tracker.Self(ctx)
	if err != nil {
		return err
	}
	all, _, _, err := drain(ctx, h, cursor, n)
	if err != nil {
		return err
	}
	cs := of(all, ref, tracker.KindCommented)
	if len(cs) != comments {
		return fmt.Errorf("%d comments of %d were told", len(cs), comments)
	}
	for i, c := range cs {
		if want := fmt.Sprintf("comment %d — ünïcode & <b>marks</b>", i); string(c.Text) != want && len(cs) == 1 {
			return fmt.Errorf("the comment reads otherwise than it was written (%d bytes of %d)", len(c.Text), len(want))
		}
		if c.Actor == "" || c.Actor == self {
			return fmt.Errorf("a comment of somebody else has the actor %q", c.Actor)
		}
		if c.At.IsZero() {
			return errors.New("a comment has no time")
		}
	}
	states := others(of(all, ref, tracker.KindStatus), self)
	if len(states) != 1 || string(states[0].New) != h.Statuses[1] {
		return fmt.Errorf("%d changes of state were told, or not to %q", len(states), h.Statuses[1])
	}
	return nil
}
