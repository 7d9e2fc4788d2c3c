package tracker

import (
	"context"
	"errors"

	"github.com/cvdkit/cvdkit/cvd"
)

// maxStale is how often a write is repeated on fresh data.
const maxStale = 5

// update writes what the ticket does not show yet. Of a ticket that stands for
// several cases the one writes whose marker it carries.
func (s *Sync) update(ctx context.Context, p place, f Fields, l link, version int64, r *Pushed) error {
	news := l.news(f)
	if l.Theirs && !l.Marker {
		if err := s.mark(ctx, p); err != nil {
			return err
		}
		news.Marker = s.marker(p)
	} else if !l.Marker {
		return nil
	}
	if news.Empty() {
		return nil
	}
	t := Ticket{Ref: l.Ref, Version: l.Version}
	var err error
	if t.Version == "" { // nothing is known of it yet
		t, err = s.fresh(ctx, p, &l, r)
	}
	for range maxStale {
		if err != nil || l.Gone || !l.Marker && !l.Theirs {
			break
		}
		if l.Marker && t.Marker == "" && t.Status != "" {
			news.Marker = s.marker(p) // somebody emptied the field
		}
		t, err = s.cfg.Tracker.Update(ctx, t, news)
		if !errors.Is(err, ErrStale) {
			break
		}
		t, err = s.fresh(ctx, p, &l, r)
	}
	var ignored *NotAppliedError
	switch {
	case errors.Is(err, ErrGone):
		l.Gone = true
		r.Problems = append(r.Problems, Problem{p.Case, l.Ref, "the ticket was deleted, and no other is made: see Sync.Forget", nil, true})
	case errors.As(err, &ignored):
		l.Refused = ignored.Fields
		r.Problems = append(r.Problems, Problem{p.Case, l.Ref, "the ticket is not as it should be", err, true})
	case err != nil:
		return err
	default:
		l.Refused = nil
	}
	if !l.Gone && (l.Marker || l.Theirs) {
		l.Version, l.Pushed = t.Version, pushed(news, l.Pushed)
		l.Marker = l.Marker || t.Marker == news.Marker
		r.Updated++
	}
	if err := s.at("updated"); err != nil {
		return err
	}
	if _, err := s.put(ctx, s.linkKey(p), version, l); err != nil {
		return err
	}
	return s.at("stored")
}

// fresh reads a ticket and follows it to where it was moved or merged.
func (s *Sync) fresh(ctx context.Context, p place, l *link, r *Pushed) (Ticket, error) {
	t, err := s.cfg.Tracker.Read(ctx, l.Ref)
	if err != nil {
		return t, err
	}
	if t.Ref != l.Ref {
		if err := s.tie(ctx, p, t.Ref); err != nil {
			return t, err
		}
		l.Ref = t.Ref
	}
	if l.Marker && t.Marker != "" && t.Marker != s.marker(p) {
		l.Marker = false
		r.Problems = append(r.Problems, Problem{p.Case, t.Ref, "the ticket was merged into one of another case, which writes it from now on", nil, true})
	}
	return t, nil
}

// Forget drops the link of a part of a case ("": the whole case) to its ticket, for
// example one that was deleted. If the case is open, the next change of it makes a
// ticket, or finds the one that carries the marker.
func (s *Sync) Forget(ctx context.Context, id cvd.CaseID, part string) error {
	var l link
	key := s.linkKey(place{id, part})
	version, err := s.get(ctx, key, &l)
	if err != nil || version == 0 {
		return err
	}
	_, err = s.cfg.State.Put(ctx, key, version, nil)
	return err
}

// Attach ties a case to a ticket that is there already. A ticket may stand for
// several cases: what happens to it comes in to each, and the first writes it.
func (s *Sync) Attach(ctx context.Context, id cvd.CaseID, ref string) error {
	t, err := s.cfg.Tracker.Read(ctx, ref)
	if err != nil {
		return err
	}
	p := place{Case: id}
	var l link
	version, err := s.get(ctx, s.linkKey(p), &l)
	if err != nil {
		return err
	}
	if l.Ref != "" && l.Ref != t.Ref && !l.Gone {
		return errors.New("tracker: Attach: the case has a ticket already: " + l.Ref + "; Forget it first")
	}
	if s.cfg.Now().Before(l.Until) {
		return errBusy
	}
	var others []place
	if _, err := s.get(ctx, s.ticketKey(t.Ref), &others); err != nil {
		return err
	}
	mine := t.Marker == s.marker(p)
	l = link{Ref: t.Ref, Version: t.Version, Marker: mine, Theirs: !mine && t.Marker == "" && len(others) == 0}
	if err := s.tie(ctx, p, t.Ref); err != nil {
		return err
	}
	_, err = s.put(ctx, s.linkKey(p), version, l)
	return err
}
