package trackertest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

func marker() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

var writeRules = []Rule{
	{"self", "Self returns one stable account.", nil, func(ctx context.Context, h Harness) error {
		a, err := h.Tracker.Self(ctx)
		b, err2 := h.Tracker.Self(ctx)
		if err != nil || err2 != nil || a == "" || a != b {
			return fmt.Errorf("method Self returned %q, %v and %q, %v", a, err, b, err2)
		}
		return nil
	}},
	{"create/shows", "Create returns the ticket with every field that was written, and Read shows the same.", nil, func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		if t.Ref == "" || strings.ContainsFunc(t.Ref, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fmt.Errorf("the Ref is %q", t.Ref)
		}
		if err := same("Create", t, f, h); err != nil {
			return err
		}
		r, err := h.Tracker.Read(ctx, t.Ref)
		if err != nil {
			return fmt.Errorf("method Read: %w", err)
		}
		if r.Ref != t.Ref {
			return fmt.Errorf("method Read of %s returned %s", t.Ref, r.Ref)
		}
		if r.Created.IsZero() || r.Updated.Before(r.Created) {
			return fmt.Errorf("field Created is %v, Updated %v", r.Created, r.Updated)
		}
		return same("Read", r, f, h)
	}},
	{"create/author", "A ticket of Create has the account of Self as its author.", nil, func(ctx context.Context, h Harness) error {
		t, _, err := create(ctx, h)
		if err != nil {
			return err
		}
		self, err := h.Tracker.Self(ctx)
		if err != nil || t.Author != self {
			return fmt.Errorf("the author is %q, Self is %q, %v", t.Author, self, err)
		}
		return nil
	}},
	{"create/not-applied", "A state that the tracker ignores when a ticket is made is a NotAppliedError with the ticket, or the whole is refused and there is no ticket.", nil, func(ctx context.Context, h Harness) error {
		f := fresh()
		f.Status = h.Unknown
		t, err := h.Tracker.Create(ctx, f)
		if err := notApplied("Create", err, "Status"); err != nil {
			return err
		}
		var x *tracker.Error
		if errors.As(err, &x) {
			return nil
		}
		if t.Ref == "" {
			return errors.New("the NotAppliedError comes without the ticket, which exists")
		}
		return nil
	}},
	{"update/shows", "Update writes the fields that are not empty, returns the ticket as it is then, and leaves the others.", nil, func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		u, err := h.Tracker.Update(ctx, t, tracker.Fields{Status: h.Statuses[1]})
		if err != nil {
			return fmt.Errorf("method Update: %w", err)
		}
		f.Status = h.Statuses[1]
		if err := same("Update of the state", u, f, h); err != nil {
			return err
		}
		if !u.Closed {
			return fmt.Errorf("the ticket is %q and not Closed", u.Status)
		}
		title := "[CVD-1900-X] Umbenannt — 改名 & <b>&amp;</b>"
		u, err = h.Tracker.Update(ctx, u, tracker.Fields{Title: title})
		if err != nil {
			return fmt.Errorf("method Update of the title: %w", err)
		}
		f.Title = title
		return same("Update of the title", u, f, h)
	}},
	{"update/body", "Update replaces the text.", needs("the text of a ticket cannot be replaced", func(h Harness) bool { return h.KeepsBody }), func(ctx context.Context, h Harness) error {
		t, _, err := create(ctx, h)
		if err != nil {
			return err
		}
		f := tracker.Fields{Body: "Another text\nof two lines, with <i>marks</i> & *stars*."}
		u, err := h.Tracker.Update(ctx, t, f)
		if err != nil {
			return fmt.Errorf("method Update: %w", err)
		}
		return same("Update", u, f, h)
	}},
	{"update/not-applied", "A state that the tracker ignores or refuses is an error, and the ticket is as it was.", nil, func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		_, err = h.Tracker.Update(ctx, t, tracker.Fields{Status: h.Unknown})
		if err := notApplied("Update", err, "Status"); err != nil {
			return err
		}
		r, err := h.Tracker.Read(ctx, t.Ref)
		if err != nil {
			return err
		}
		return same("Read afterwards", r, f, h)
	}},
	{"update/stale", "Update of a ticket that has changed since it was read is ErrStale, and writes nothing.", needs("the tracker cannot tell, or nobody changes tickets by hand", func(h Harness) bool { return h.Stale && person(h) }), func(ctx context.Context, h Harness) error {
		t, f, err := create(ctx, h)
		if err != nil {
			return err
		}
		if err := h.Person.SetTitle(ctx, t.Ref, "by hand"); err != nil {
			return err
		}
		_, err = h.Tracker.Update(ctx, t, tracker.Fields{Title: "by the adapter"})
		if err := wantErr("Update", err, tracker.ErrStale); err != nil {
			return err
		}
		r, err := h.Tracker.Read(ctx, t.Ref)
		f.Title = "by hand"
		if err != nil {
			return err
		}
		if err := same("Read afterwards", r, f, h); err != nil {
			return err
		}
		_, err = h.Tracker.Update(ctx, r, tracker.Fields{Title: "again"})
		return err
	}},
	{"update/marker", "Update gives a ticket that somebody opened its marker, and Find finds it.", needs("nobody opens tickets by hand", func(h Harness) bool { return h.Person.Open != nil }), func(ctx context.Context, h Harness) error {
		ref, err := h.Person.Open(ctx, "by hand", "a text")
		if err != nil {
			return err
		}
		t, err := h.Tracker.Read(ctx, ref)
		if err != nil {
			return err
		}
		if t.Marker != "" {
			return fmt.Errorf("it has the marker %q already", t.Marker)
		}
		m := marker()
		if t, err = h.Tracker.Update(ctx, t, tracker.Fields{Marker: m}); err != nil {
			return fmt.Errorf("method Update: %w", err)
		}
		if t.Marker != m || string(t.Title) != "by hand" {
			return fmt.Errorf("the ticket has the marker %q and the title %q", t.Marker, string(t.Title))
		}
		return until(ctx, h, func() error { return found(ctx, h, m, ref) })
	}},
	{"errors/quiet", "Errors hold nothing of what was written.", nil, func(ctx context.Context, h Harness) error {
		f := fresh()
		f.Status, f.Title, f.Body = h.Unknown, "SECRET title", "SECRET text"
		_, err := h.Tracker.Create(ctx, f)
		_, err2 := h.Tracker.Update(ctx, tracker.Ticket{Ref: "999999999"}, f)
		if s := fmt.Sprintf("%v %v %+v", err, err2, err); strings.Contains(s, "SECRET") {
			return errors.New("an error quotes the title or the text")
		}
		return nil
	}},
	{"context", "Every method honours its context.", nil, func(ctx context.Context, h Harness) error {
		over, cancel := context.WithCancel(ctx)
		cancel()
		_, e1 := h.Tracker.Find(over, marker())
		_, e2 := h.Tracker.Create(over, fresh())
		_, e3 := h.Tracker.Read(over, "1")
		_, e4 := h.Tracker.Changes(over, "", 10)
		_, e5 := h.Tracker.Update(over, tracker.Ticket{Ref: "1"}, fresh())
		for _, err := range []error{e1, e2, e3, e4, e5} {
			if err := wantErr("a call with a context that is over", err, context.Canceled); err != nil {
				return err
			}
		}
		return nil
	}},
}

// notApplied reports an error unless err says that a field was ignored, or that the
// whole was refused.
func notApplied(what string, err error, field string) error {
	var ignored *tracker.NotAppliedError
	var x *tracker.Error
	switch {
	case errors.As(err, &ignored):
		for _, f := range ignored.Fields {
			if f == field {
				return nil
			}
		}
		return fmt.Errorf("%s: the NotAppliedError names %v and not %s", what, ignored.Fields, field)
	case errors.As(err, &x) && x.Refused:
		return nil
	}
	return fmt.Errorf("%s with an unknown state returned %v", what, err)
}
