package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Reindex makes what the Store keeps of a case besides its log what follows from
// the log: head, keys, terms and deliveries. It repairs a Store after a restore or
// by a bug, and brings cases of older versions up to date. A Store that is no
// Inspector gets what is missing and keeps what it has too much. A delivery that
// is being sent meanwhile may be sent again, under the same ID.
//
// If a key belongs to another case the error is a *DuplicateError, and the case has
// given up what it has too much, and no more. Where that other case has the key
// wrongly, reindex it, and then this one again.
func (s *Service) Reindex(ctx context.Context, id cvd.CaseID) error {
	for try := 0; ; try++ {
		if try > 0 {
			if err := s.e.Backoff(ctx, try); err != nil {
				return err
			}
		}
		if err := s.reindex(ctx, id); !errors.Is(err, cvd.ErrConflict) && !errors.Is(err, storage.ErrLeaseLost) || s.e.Bound || try == 20 {
			return err
		}
	}
}

func (s *Service) reindex(ctx context.Context, id cvd.CaseID) error {
	is, err := s.e.Rebuild(ctx, id)
	if err != nil {
		return err
	}
	ch := storage.Change{ID: id, After: is.Head.Seq, Tip: is.Head.Tip, Head: is.Head, Take: is.Take, Tag: is.Tag}
	in, ok := s.e.Guard.Store.(storage.Inspector)
	if !ok {
		return s.e.Cfg.Store.Append(ctx, []storage.Change{ch})
	}
	was, err := in.Inspect(ctx, before(id), 1)
	if err != nil {
		return err
	}
	if len(was) == 0 || was[0].ID != id {
		return cvd.ErrNotFound
	}
	// First what is there too much: another case may wait for it. If we die then, the
	// next call finds what is missing.
	have, less := was[0], storage.Change{ID: id, After: ch.After, Tip: ch.Tip, Head: is.Head}
	less.Drop, less.Untag = caselog.Without(have.Keys, is.Take), caselog.Without(have.Terms, is.Tag)
	// Whether a subscriber is done is in no log, and others may have more of them.
	less.Untag = slices.DeleteFunc(less.Untag, func(t storage.Term) bool { return strings.HasPrefix(string(t), caselog.SubPrefix) })
	less.Settle, ch.Enqueue = outbox(have.Deliveries, is.Enqueue)
	if err := s.e.Cfg.Store.Append(ctx, []storage.Change{less}); err != nil {
		return err
	}
	return s.e.Cfg.Store.Append(ctx, []storage.Change{ch})
}

// outbox says what is to be settled and queued anew so that have becomes want. A lane
// is in order: behind a delivery that is missing all are put anew.
func outbox(have, want []storage.Delivery) (settle, enqueue []storage.Delivery) {
	type place struct {
		lane storage.LaneID
		ref  cvd.Seq
	}
	wanted, there, gap := map[place]bool{}, map[place]bool{}, map[storage.LaneID]cvd.Seq{}
	for _, d := range have {
		there[place{d.Lane, d.Ref}] = true
	}
	for _, d := range want {
		wanted[place{d.Lane, d.Ref}] = true
		if first, ok := gap[d.Lane]; !there[place{d.Lane, d.Ref}] && (!ok || d.Ref < first) {
			gap[d.Lane] = d.Ref
		}
	}
	for _, d := range have {
		if first, ok := gap[d.Lane]; ok && d.Ref > first || !wanted[place{d.Lane, d.Ref}] {
			settle = append(settle, d)
			delete(there, place{d.Lane, d.Ref})
		}
	}
	return settle, slices.DeleteFunc(want, func(d storage.Delivery) bool { return there[place{d.Lane, d.Ref}] })
}

// before returns the ID that comes before id.
func before(id cvd.CaseID) cvd.CaseID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			break
		}
	}
	return id
}
