package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// putOff is when a case that could not be looked at has its next turn, and putOffMost
// is by how much at most its date goes back for that: the clock of this process may be
// wrong, by years too, and the others must still look at the case.
const (
	putOff     = 15 * time.Minute
	putOffMost = 24 * time.Hour
)

// Tick looks at no more than n cases whose dates have come, and records the
// reminders and escalations that are due: each once, however many processes
// call. It costs what is due, not what there is. Nothing is ever published by a
// clock.
//
// A case that cannot be read or written holds up no other: it is named in
// Ticked.Problems and has its next turn a quarter of an hour later, at most a day after
// it was due. An error means that the Store cannot list cases, or that ctx ended.
func (s *Service) Tick(ctx context.Context, n int) (cvd.Ticked, error) {
	var out cvd.Ticked
	now := s.e.Cfg.Now()
	heads, err := s.e.Cfg.Store.Heads(ctx, storage.Query{DueBy: storage.MillisOf(now), Limit: n})
	if err != nil {
		return out, err
	}
	for _, h := range heads {
		err := s.e.TickCase(ctx, h, now, &out)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil {
			out.Problems = append(out.Problems, cvd.CaseProblem{Case: h.ID, Err: fmt.Errorf("cvd: the clocks of the case: %w", err)})
			if !errors.Is(err, policy.ErrUnknown) { // whose other clocks were looked at
				s.putOff(ctx, h, now)
			}
		}
		out.Cases++
	}
	if len(heads) == n && n > 0 {
		out.Next = now
		return out, nil
	}
	next, err := s.e.Cfg.Store.Heads(ctx, storage.Query{DueBy: storage.MillisOf(now.Add(100 * engine.Year)), Limit: 1})
	if err != nil || len(next) == 0 {
		return out, err
	}
	out.Next = next[0].Due.Time()
	return out, nil
}

// putOff gives a case that cannot be looked at a later turn, so that those behind
// it have theirs. Only the head is written, as it was read: no log is needed for
// that, and the Store's guard holds. If that fails too it stays in front.
func (s *Service) putOff(ctx context.Context, h storage.Head, now time.Time) {
	tail := storage.Change{ID: h.ID, After: h.Seq, Tip: h.Tip, Head: h}
	tail.Head.Due = min(storage.MillisOf(now.Add(putOff)), storage.MillisOf(h.Due.Time().Add(putOffMost)))
	_ = s.e.Cfg.Store.Append(ctx, []storage.Change{tail}) // the problem itself is reported
}
