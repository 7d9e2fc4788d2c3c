package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// changeBoth is change for two cases in one append: either both are changed or
// none. With starts the second case is new, and Config.Authorize is asked for the first
// alone. files are those that are copied for it. written is false only if it is
// certain that nothing was written; the second case is nil if this command had
// been applied before, or its outcome was found only afterwards.
func (s *Engine) changeBoth(ctx context.Context, a, b cvd.CaseID, by cvd.By, act cvd.Action, starts bool, files carriedFiles, decide func(a, b *Decision) error) (ca, cb *caselog.Folded, written bool, err error) {
	if a == b {
		field := "Case"
		if _, ok := act.(cvd.Merge); ok {
			field = "Into"
		}
		return nil, nil, false, &cvd.InputError{Command: commandName(act), Field: field, Problem: "it is the case itself", Err: nil}
	}
	var still stillness
	for try := 0; ; try++ {
		if try > 0 {
			if err := s.Backoff(ctx, try); err != nil {
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
		case errors.Is(err, errNumberTaken) && !s.Bound:
			continue
		case !errors.Is(err, cvd.ErrConflict) || s.Bound:
			return nil, nil, false, err
		case by.If != 0:
			return nil, nil, false, fmt.Errorf("%w: %w", cvd.ErrStale, err)
		}
		if c, lerr := s.Load(ctx, a); lerr != nil || still.after(c) {
			return nil, nil, false, err
		}
	}
}

// errNumberTaken: the number drawn for the new case belongs to another.
var errNumberTaken = errors.New("the case number is taken")

func (s *Engine) attemptBoth(ctx context.Context, a, b cvd.CaseID, by cvd.By, act cvd.Action, starts bool, files carriedFiles, decide func(a, b *Decision) error) (ca, cb *caselog.Folded, unknown bool, err error) {
	before, known, err := s.knows(ctx, a, by)
	if err != nil {
		return nil, nil, false, err
	}
	if known {
		return before, nil, false, errRepeated
	}
	if by.If != 0 && by.If != before.Seq {
		return nil, nil, false, fmt.Errorf("%w: it is at version %d, not %d", cvd.ErrStale, before.Seq, by.If)
	}
	other := caselog.NewCase(b)
	if !starts {
		if other, err = s.Load(ctx, b); err != nil {
			return nil, nil, false, err
		}
	}
	if before.ReadOnly || other.ReadOnly {
		return nil, nil, false, cvd.ErrNewer
	}
	for _, c := range []*caselog.Folded{before, other} {
		if err := s.Ahead(c); err != nil {
			return nil, nil, false, err
		}
	}
	asked := []*caselog.Folded{before, other}
	if starts {
		asked = asked[:1]
	}
	for _, c := range asked {
		if err := s.authorize(ctx, c, by, act); err != nil {
			return nil, nil, false, err
		}
	}
	got := newAnswers(files)
	var da, db *Decision
	err = got.settle(ctx, func() error {
		da, db = s.newDecision(got, before.Apart(), by), s.newDecision(got, other.Apart(), by)
		for _, d := range []*Decision{da, db} {
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
	for _, d := range []*Decision{da, db} {
		if err := d.finish(ctx); err != nil {
			return nil, nil, false, err
		}
	}
	changes := []storage.Change{da.change, db.change}
	if bytes.Compare(a[:], b[:]) > 0 {
		changes[0], changes[1] = changes[1], changes[0]
	}
	err = s.Cfg.Store.Append(ctx, changes)
	var dup *cvd.DuplicateError
	switch {
	case err == nil:
		return da.c, db.c, false, nil
	case errors.As(err, &dup):
		if starts && dup.Key == db.number {
			err = errNumberTaken
		}
		return nil, nil, false, err
	}
	return nil, nil, !errors.Is(err, cvd.ErrConflict), err
}

// knows returns the newest plain case, and whether a command was applied to it.
func (s *Engine) knows(ctx context.Context, id cvd.CaseID, by cvd.By) (*caselog.Folded, bool, error) {
	sl, err := s.Cache.Take(ctx, id)
	if err != nil {
		return nil, false, err
	}
	defer s.Cache.Put(sl)
	if err := s.CatchUp(ctx, sl); err != nil {
		return nil, false, err
	}
	known, err := applied(by, sl.Commands)
	return sl.Plain, known, err
}
