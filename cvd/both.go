package cvd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// changeBoth is change for two cases in one append: either both are changed or
// none. With starts the second case is new, and Config.Authorize is asked for the first
// alone. files are those that are copied for it. written is false only if it is
// certain that nothing was written; the second case is nil if this command had
// been applied before, or its outcome was found only afterwards.
func (s *Service) changeBoth(ctx context.Context, a, b CaseID, by By, act Action, starts bool, files carriedFiles, decide func(a, b *decision) error) (ca, cb *folded, written bool, err error) {
	if a == b {
		field := "Case"
		if _, ok := act.(Merge); ok {
			field = "Into"
		}
		return nil, nil, false, &InputError{commandName(act), field, "it is the case itself", nil}
	}
	var still stillness
	for try := 0; ; try++ {
		if try > 0 {
			if err := s.backoff(ctx, try); err != nil {
				return nil, nil, false, err
			}
		}
		ca, cb, unknown, err := s.attemptBoth(ctx, a, b, by, act, starts, files, decide)
		switch {
		case err == nil:
			return ca, cb, true, nil
		case errors.Is(err, errRepeated):
			return ca, nil, false, nil
		case unknown:
			if c, known, lerr := s.knows(ctx, a, by); lerr == nil && known {
				return c, nil, true, nil
			}
			return nil, nil, true, err
		case errors.Is(err, errNumberTaken) && !s.bound:
			continue
		case !errors.Is(err, ErrConflict) || s.bound:
			return nil, nil, false, err
		case by.If != 0:
			return nil, nil, false, fmt.Errorf("%w: %w", ErrStale, err)
		}
		if c, lerr := s.load(ctx, a); lerr != nil || still.after(c) {
			return nil, nil, false, err
		}
	}
}

// errNumberTaken: the number drawn for the new case belongs to another.
var errNumberTaken = errors.New("the case number is taken")

func (s *Service) attemptBoth(ctx context.Context, a, b CaseID, by By, act Action, starts bool, files carriedFiles, decide func(a, b *decision) error) (ca, cb *folded, unknown bool, err error) {
	before, known, err := s.knows(ctx, a, by)
	if err != nil {
		return nil, nil, false, err
	}
	if known {
		return before, nil, false, errRepeated
	}
	if by.If != 0 && by.If != before.Seq {
		return nil, nil, false, fmt.Errorf("%w: it is at version %d, not %d", ErrStale, before.Seq, by.If)
	}
	other := newCase(b)
	if !starts {
		if other, err = s.load(ctx, b); err != nil {
			return nil, nil, false, err
		}
	}
	if before.ReadOnly || other.ReadOnly {
		return nil, nil, false, ErrNewer
	}
	for _, c := range []*folded{before, other} {
		if err := s.ahead(c); err != nil {
			return nil, nil, false, err
		}
	}
	asked := []*folded{before, other}
	if starts {
		asked = asked[:1]
	}
	for _, c := range asked {
		if err := s.authorize(ctx, c, by, act); err != nil {
			return nil, nil, false, err
		}
	}
	got := newAnswers(files)
	var da, db *decision
	err = got.settle(ctx, func() error {
		da, db = s.newDecision(got, before.apart(), by), s.newDecision(got, other.apart(), by)
		for _, d := range []*decision{da, db} {
			d.cmd = act
			if err := d.backdate(); err != nil {
				return err
			}
		}
		// One instant for both, or what is carried would lie ahead of the log that gets it.
		da.at = max(da.at, db.at)
		db.at = da.at
		if err := da.staged(act); err != nil {
			return err
		}
		return decide(da, db)
	})
	if err != nil {
		return nil, nil, false, err
	}
	for _, d := range []*decision{da, db} {
		if err := d.finish(ctx); err != nil {
			return nil, nil, false, err
		}
	}
	changes := []storage.Change{da.change, db.change}
	if bytes.Compare(a[:], b[:]) > 0 {
		changes[0], changes[1] = changes[1], changes[0]
	}
	err = s.cfg.Store.Append(ctx, changes)
	var dup *DuplicateError
	switch {
	case err == nil:
		return da.c, db.c, false, nil
	case errors.As(err, &dup):
		if starts && dup.Key == db.number {
			err = errNumberTaken
		}
		return nil, nil, false, err
	}
	return nil, nil, !errors.Is(err, ErrConflict), err
}

// apart returns a copy on which commands may be decided while others decide on
// the same snapshot: what only grows has no room to grow into that they share. A
// decision on one case needs none of it, because it holds the case's slot.
func (c *folded) apart() *folded {
	w := c.working()
	w.Events, w.Actors, w.actorTags = slices.Clip(w.Events), slices.Clip(w.Actors), slices.Clip(w.actorTags)
	w.persons, w.actorSeqs, w.actorHashes = slices.Clip(w.persons), slices.Clip(w.actorSeqs), slices.Clip(w.actorHashes)
	w.Streams, w.Attachments, w.Publications = slices.Clip(w.Streams), slices.Clip(w.Attachments), slices.Clip(w.Publications)
	w.DateChanges, w.Recorded, w.Reminded = slices.Clip(w.DateChanges), slices.Clip(w.Recorded), slices.Clip(w.Reminded)
	w.Updates, w.Closings = slices.Clip(w.Updates), slices.Clip(w.Closings)
	w.Messages, w.Claims = slices.Clip(w.Messages), slices.Clip(w.Claims)
	return w
}

// knows returns the newest plain case, and whether a command was applied to it.
func (s *Service) knows(ctx context.Context, id CaseID, by By) (*folded, bool, error) {
	sl, err := s.cache.take(ctx, id)
	if err != nil {
		return nil, false, err
	}
	defer s.cache.put(sl)
	if err := s.catchUp(ctx, sl); err != nil {
		return nil, false, err
	}
	known, err := by.applied(sl.commands)
	return sl.plain, known, err
}
