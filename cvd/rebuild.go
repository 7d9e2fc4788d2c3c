package cvd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Rebuild returns the Change that would make a case, as it is, in an empty Store:
// its records as they are stored, and the head, keys, terms and deliveries that
// follow from them. It verifies the chain and every private part, and writes
// nothing. Not in the log, and so not rebuilt, are leases, tokens and the times of
// retries; every subscriber is told of the case anew.
//
// It needs what opens the private parts: the keys of Config.Sealer, if there is
// one. Errors: ErrNotFound, ErrTampered, ErrNewer, those of the Store and the Sealer.
func (s *Service) Rebuild(ctx context.Context, id CaseID) (storage.Change, error) {
	for try := 0; ; try++ {
		c, ch, l := newCase(id), storage.Change{ID: id}, s.newLedger()
		err := s.read(ctx, c, true, func(x entry, e *envelope, r *storage.Record) error {
			ch.Records = append(ch.Records, *r)
			err := s.decodePrivate(ctx, c, x, e, r)
			if err == nil {
				l.note(c, x, e)
			}
			return err
		})
		if err != nil {
			return storage.Change{}, err
		}
		if c.stale { // a text was erased while we read
			if try == 10 {
				return storage.Change{}, fmt.Errorf("case %s: %w", id, tampered(c.Seq, "what was erased is still there"))
			}
			continue
		}
		ch.Head = s.head(c, storage.MillisOf(s.cfg.Now()))
		ch.Take, ch.Tag = l.pick(func(hold) bool { return true }), slices.Concat(c.terms(), s.marks(), s.titleTerms(l.title))
		slices.Sort(ch.Tag)
		ch.Enqueue = c.queued()
		return ch, nil
	}
}

// Blobs returns the names of the blobs that a case holds, in the order in which they
// came: attachments and original messages, without those that were erased. It
// verifies the chain.
func (s *Service) Blobs(ctx context.Context, id CaseID) ([]storage.BlobID, error) {
	blobs := map[Seq][]storage.BlobID{}
	var order []Seq
	err := s.read(ctx, newCase(id), false, func(x entry, e *envelope, _ *storage.Record) error {
		switch x := x.(type) {
		case *fileAttached:
			blobs[e.seq], order = []storage.BlobID{x.Blob}, append(order, e.seq)
		case *submissionReceived:
			for _, f := range x.Files {
				blobs[e.seq] = append(blobs[e.seq], f.Blob)
			}
			order = append(order, e.seq)
		case *privateErased:
			for _, seq := range x.Records {
				delete(blobs, seq)
			}
		}
		return nil
	})
	var out []storage.BlobID
	for _, seq := range order {
		out = append(out, blobs[seq]...)
	}
	return out, err
}

// queued are the deliveries whose outcome is not recorded.
func (c *Case) queued() (out []storage.Delivery) {
	for i := range c.Messages {
		m := &c.Messages[i]
		for _, d := range m.Deliveries {
			if d.State == DeliveryQueued {
				out = append(out, storage.Delivery{Case: c.ID, Lane: lane(c.ID, d.Party), Ref: m.Seq, At: storage.MillisOf(m.Posted)})
			}
		}
	}
	return out
}

// Reindex makes what the Store keeps of a case besides its log what follows from
// the log: head, keys, terms and deliveries. It repairs a Store after a restore or
// by a bug, and brings cases of older versions up to date. A Store that is no
// Inspector gets what is missing and keeps what it has too much. A delivery that
// is being sent meanwhile may be sent again, under the same ID.
//
// If a key belongs to another case the error is a *DuplicateError, and the case has
// given up what it has too much, and no more. Where that other case has the key
// wrongly, reindex it, and then this one again.
func (s *Service) Reindex(ctx context.Context, id CaseID) error {
	for try := 0; ; try++ {
		if try > 0 {
			if err := s.backoff(ctx, try); err != nil {
				return err
			}
		}
		if err := s.reindex(ctx, id); !errors.Is(err, ErrConflict) && !errors.Is(err, storage.ErrLeaseLost) || s.bound || try == 20 {
			return err
		}
	}
}

func (s *Service) reindex(ctx context.Context, id CaseID) error {
	is, err := s.Rebuild(ctx, id)
	if err != nil {
		return err
	}
	ch := storage.Change{ID: id, After: is.Head.Seq, Tip: is.Head.Tip, Head: is.Head, Take: is.Take, Tag: is.Tag}
	in, ok := s.guard.Store.(storage.Inspector)
	if !ok {
		return s.cfg.Store.Append(ctx, []storage.Change{ch})
	}
	was, err := in.Inspect(ctx, before(id), 1)
	if err != nil {
		return err
	}
	if len(was) == 0 || was[0].ID != id {
		return ErrNotFound
	}
	// First what is there too much: another case may wait for it. If we die then, the
	// next call finds what is missing.
	have, less := was[0], storage.Change{ID: id, After: ch.After, Tip: ch.Tip, Head: is.Head}
	less.Drop, less.Untag = without(have.Keys, is.Take), without(have.Terms, is.Tag)
	// Whether a subscriber is done is in no log, and others may have more of them.
	less.Untag = slices.DeleteFunc(less.Untag, func(t storage.Term) bool { return strings.HasPrefix(string(t), subPrefix) })
	less.Settle, ch.Enqueue = outbox(have.Deliveries, is.Enqueue)
	if err := s.cfg.Store.Append(ctx, []storage.Change{less}); err != nil {
		return err
	}
	return s.cfg.Store.Append(ctx, []storage.Change{ch})
}

// outbox says what is to be settled and queued anew so that have becomes want. A lane
// is in order: behind a delivery that is missing all are put anew.
func outbox(have, want []storage.Delivery) (settle, enqueue []storage.Delivery) {
	type place struct {
		lane storage.LaneID
		ref  Seq
	}
	wanted, there, gap := map[place]bool{}, map[place]bool{}, map[storage.LaneID]Seq{}
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
func before(id CaseID) CaseID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			break
		}
	}
	return id
}
