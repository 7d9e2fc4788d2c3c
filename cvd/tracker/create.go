package tracker

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
)

// marker names a part of a case to the tracker.
func (s *Sync) marker(p place) string {
	system := s.cfg.Name
	if p.Part != "" {
		system += "/" + p.Part
	}
	return s.cfg.Service.Marker(p.Case, system)
}

// markerKind and ticketKind are the kinds of the identifiers that lead from a
// tracker to a case.
func (s *Sync) markerKind() string { return "marker:" + s.cfg.Name }
func (s *Sync) ticketKind() string { return "ticket:" + s.cfg.Name }

// mark lets the marker lead to the case, before a ticket can exist that carries it:
// else a change of a ticket whose maker died would be taken for a stranger's.
func (s *Sync) mark(ctx context.Context, p place) error {
	return s.addID(ctx, p.Case, cvd.ExternalID{Kind: s.markerKind(), Value: cvd.Private(s.marker(p))})
}

// addID makes an identifier lead to a case. If it leads to another already (the
// case that this one was merged into, or one that shares the ticket) that stands.
func (s *Sync) addID(ctx context.Context, id cvd.CaseID, x cvd.ExternalID) error {
	_, err := s.cfg.Service.Do(ctx, id, s.by(s.commandID("id", id.String(), x.Kind, string(x.Value))), cvd.AddID{IDs: []cvd.ExternalID{x}})
	var dup *cvd.DuplicateError
	if errors.As(err, &dup) || isRepeat(err) {
		return nil
	}
	return err
}

// create makes the ticket of a part, unless it is there: one, whatever dies.
//
// The intent keeps others from making it for as long as a request can be on its
// way. It also binds this process, since a request that it gave up may still
// arrive. Only an error that says that nothing was written ends it early.
func (s *Sync) create(ctx context.Context, p place, f Fields, l link, version int64, r *Pushed) (link, int64, error) {
	now := s.cfg.Now()
	if now.Before(l.Until) {
		return l, version, errBusy
	}
	l.Until, l.By = now.Add(s.lease), s.cfg.Process
	version, err := s.put(ctx, s.linkKey(p), version, l)
	if err != nil {
		return l, version, err
	}
	if err := s.at("intent"); err != nil {
		return l, version, err
	}
	if err := s.mark(ctx, p); err != nil {
		return l, version, s.release(ctx, p, version, err)
	}
	if err := s.at("marked"); err != nil {
		return l, version, err
	}
	t, isNew, err := s.findOrCreate(ctx, p, f, l, version, r)
	if err != nil {
		return l, version, err
	}
	if err := s.at("created"); err != nil {
		return l, version, err
	}
	l = link{Ref: t.Ref, Version: t.Version, Marker: true, Refused: l.Refused}
	if isNew {
		l.Pushed = pushed(f, nil)
		r.Created++
	}
	if err := s.tie(ctx, p, t.Ref); err != nil {
		return l, version, err
	}
	version, err = s.put(ctx, s.linkKey(p), version, l)
	if err != nil {
		return l, version, err
	}
	return l, version, s.at("linked")
}

func (s *Sync) findOrCreate(ctx context.Context, p place, f Fields, l link, version int64, r *Pushed) (t Ticket, isNew bool, err error) {
	marker := s.marker(p)
	have, err := s.cfg.Tracker.Find(ctx, marker)
	if err != nil {
		return t, false, s.release(ctx, p, version, err)
	}
	if len(have) > 0 {
		for _, x := range have[1:] {
			r.Problems = append(r.Problems, Problem{Case: p.Case, Ref: x.Ref, Lost: true,
				What: fmt.Sprintf("a second ticket carries the marker of a case whose ticket is %s: close it", have[0].Ref)})
		}
		return have[0], false, nil
	}
	if err := s.at("searched"); err != nil {
		return t, false, err
	}
	// Half of the lease is for the request, the other for what is left of it when
	// it was given up.
	if s.cfg.Now().After(l.Until.Add(-s.lease / 2)) {
		return t, false, errBusy
	}
	in := ctx
	if s.lease > 0 {
		var cancel context.CancelFunc
		in, cancel = context.WithTimeout(ctx, s.lease/2)
		defer cancel()
	}
	f.Marker = marker
	t, err = s.cfg.Tracker.Create(in, f)
	var ignored *NotAppliedError
	switch {
	case errors.As(err, &ignored) && contains(ignored.Fields, "Marker"):
		// Nothing will find it: it is linked now or never.
		r.Problems = append(r.Problems, Problem{p.Case, t.Ref, "the new ticket does not carry its marker; if the link to it is lost there will be a second one", err, true})
	case errors.As(err, &ignored):
		r.Problems = append(r.Problems, Problem{p.Case, t.Ref, "the new ticket is not as it should be", err, true})
	case refused(err):
		return t, false, s.release(ctx, p, version, err)
	case err != nil:
		return t, false, err
	}
	return t, true, nil
}

// release ends an intent after an error that says that nothing was written.
func (s *Sync) release(ctx context.Context, p place, version int64, err error) error {
	_, perr := s.put(ctx, s.linkKey(p), version, link{})
	if errors.Is(perr, cvd.ErrConflict) {
		perr = nil
	}
	return errors.Join(err, perr)
}

// tie makes a ticket lead to a part of a case: in State, and in the case, where
// people find it by the number of the ticket.
func (s *Sync) tie(ctx context.Context, p place, ref string) error {
	if err := s.index(ctx, ref, p); err != nil {
		return err
	}
	if err := s.at("indexed"); err != nil {
		return err
	}
	return s.addID(ctx, p.Case, cvd.ExternalID{Kind: s.ticketKind(), Value: cvd.Private(ref)})
}
