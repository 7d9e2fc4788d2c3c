package storecopy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// pages walks through the heads of a Store, newest first.
type pages struct {
	store  storage.Store
	size   int
	page   []storage.Head
	before storage.CaseID
	ended  bool
}

// head returns the present head, or nil at the end.
func (p *pages) head(ctx context.Context) (*storage.Head, error) {
	if len(p.page) == 0 && !p.ended {
		page, err := p.store.Heads(ctx, storage.Query{Before: storage.Cursor{ID: p.before}, Limit: p.size})
		if err != nil {
			return nil, fmt.Errorf("storecopy: listing cases: %w", err)
		}
		if p.page, p.ended = page, len(page) < p.size; len(page) > 0 {
			p.before = page[len(page)-1].ID
		}
	}
	if len(p.page) == 0 {
		return nil, nil
	}
	return &p.page[0], nil
}

func (p *pages) next() { p.page = p.page[1:] }

// newerFirst compares two heads in the order of a listing; nil comes last.
func newerFirst(a, b *storage.Head) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return bytes.Compare(b.ID[:], a.ID[:])
}

// step is what one case needs.
type step struct {
	change storage.Change
	bring  []storage.BlobID // that the case holds
	remove []storage.BlobID // that it holds no more
}

// plan compares the two logs of a case.
func (r *run) plan(ctx context.Context, id storage.CaseID) (step, error) {
	is, err := r.from.Service.Rebuild(ctx, id)
	if err != nil {
		return step{}, fmt.Errorf("storecopy: reading the case: %w", err)
	}
	was, err := r.to.Service.Rebuild(ctx, id)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return step{}, fmt.Errorf("storecopy: reading the copy of the case: %w", err)
	}
	n := len(was.Records)
	if n > len(is.Records) {
		return step{}, ErrDiverged
	}
	s := step{change: storage.Change{ID: id, After: was.Head.Seq, Tip: was.Head.Tip, Records: is.Records[n:], Head: is.Head}}
	for i := range was.Records {
		a, b := &was.Records[i], &is.Records[i]
		switch {
		case !bytes.Equal(a.Body, b.Body) || b.HasPrivate && !a.HasPrivate:
			return step{}, ErrDiverged
		case a.HasPrivate && !b.HasPrivate:
			s.change.Erase = append(s.change.Erase, a.Seq)
		}
	}
	s.change.Drop, s.change.Take = lacking(was.Take, is.Take, self), lacking(is.Take, was.Take, self)
	s.change.Untag, s.change.Tag = lacking(was.Tag, is.Tag, self), is.Tag // all: subscribers are told anew
	if n == len(is.Records) && len(s.change.Erase)+len(s.change.Drop)+len(s.change.Take)+len(s.change.Untag) == 0 {
		s.change.Tag = nil // nothing is new
	}
	s.change.Settle, s.change.Enqueue = lacking(was.Enqueue, is.Enqueue, place), lacking(is.Enqueue, was.Enqueue, place)
	if r.from.Blobs == nil || r.to.Blobs == nil {
		return s, nil
	}
	if s.bring, err = r.from.Service.Blobs(ctx, id); err != nil || n == 0 {
		return s, err
	}
	old, err := r.to.Service.Blobs(ctx, id)
	s.remove = lacking(old, s.bring, self)
	return s, err
}

// files copies those that are not there yet, and removes those that were erased. One
// that this side has lost is told of, and keeps no case back.
func (r *run) files(ctx context.Context, s step) (lost, err error) {
	for _, b := range s.remove {
		if err := r.to.Blobs.Delete(ctx, b); err != nil {
			return nil, fmt.Errorf("storecopy: removing an erased file: %w", err)
		}
	}
	for _, b := range s.bring {
		has, err := r.to.Blobs.Open(ctx, b)
		if err == nil {
			if err := has.Close(); err != nil {
				return nil, fmt.Errorf("storecopy: looking for a file: %w", err)
			}
			continue
		} else if !errors.Is(err, storage.ErrNotFound) {
			return nil, fmt.Errorf("storecopy: looking for a file: %w", err)
		}
		src, err := r.from.Blobs.Open(ctx, b)
		if errors.Is(err, storage.ErrNotFound) {
			lost = fmt.Errorf("storecopy: a file of the case is missing: %w", err)
			continue
		} else if err != nil {
			return nil, fmt.Errorf("storecopy: reading a file: %w", err)
		}
		if err := errors.Join(r.to.Blobs.Put(ctx, b, src), src.Close()); err != nil {
			return nil, fmt.Errorf("storecopy: writing a file: %w", err)
		}
		r.Files++
	}
	return lost, nil
}

// append writes the changes at once. Where somebody relays from the copy, the tokens
// of its deliveries have to be asked for.
func (r *run) append(ctx context.Context, steps []step) error {
	changes := make([]storage.Change, len(steps))
	for i, s := range steps {
		changes[i] = s.change
	}
	slices.SortFunc(changes, func(a, b storage.Change) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	in, inspects := r.to.Store.(storage.Inspector)
	for try := 0; ; try++ {
		err := r.to.Store.Append(ctx, changes)
		if !errors.Is(err, storage.ErrLeaseLost) || !inspects || try == 3 {
			return err
		}
		for i := range changes {
			if len(changes[i].Settle) == 0 {
				continue
			}
			rows, err := in.Inspect(ctx, before(changes[i].ID), 1)
			if err != nil {
				return err
			}
			var now []storage.Delivery
			for _, row := range rows {
				now = append(now, row.Deliveries...)
			}
			gone := lacking(changes[i].Settle, now, place)
			wanted := lacking(changes[i].Settle, gone, place)
			changes[i].Settle = lacking(now, lacking(now, wanted, place), place)
		}
	}
}

func self[T any](x T) T { return x }

type queued struct {
	lane storage.LaneID
	ref  storage.Seq
}

func place(d storage.Delivery) queued { return queued{d.Lane, d.Ref} }

// lacking returns what of all is not among these.
func lacking[T any, K comparable](all, these []T, key func(T) K) (out []T) {
	skip := make(map[K]bool, len(these))
	for _, x := range these {
		skip[key(x)] = true
	}
	for _, x := range all {
		if !skip[key(x)] {
			out = append(out, x)
		}
	}
	return out
}

// before returns the ID that comes before one.
func before(id storage.CaseID) storage.CaseID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			break
		}
	}
	return id
}
