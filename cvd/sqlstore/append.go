package sqlstore

import (
	"context"
	"errors"

	"github.com/cvdkit/cvdkit/cvd"
)

var errIncomplete = errors.New("a row that was just seen is missing")

// apply writes changes within a transaction that its caller undoes after an
// error. The guards are writes: two transactions cannot both pass one.
func apply(ctx context.Context, t *session, changes []cvd.Change) error {
	for i := range changes {
		if err := applyGuard(ctx, t, &changes[i]); err != nil {
			return err
		}
	}
	for i := range changes {
		c := &changes[i]
		for j := range c.Drop {
			if _, err := t.exec(ctx, dropKey, c.Drop[j][:], c.ID[:]); err != nil {
				return err
			}
		}
	}
	for i := range changes {
		c := &changes[i]
		for _, step := range []func(context.Context, *session, *cvd.Change) error{applyKeys, applyLog, applyTerms, applyOutbox} {
			if err := step(ctx, t, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func applyGuard(ctx context.Context, t *session, c *cvd.Change) error {
	if c.Head.Seq == 0 && c.After != 0 {
		n, err := t.exec(ctx, keepHead, c.ID[:], int64(c.After), c.Tip[:])
		if err == nil && n != 1 {
			err = cvd.ErrConflict
		}
		return err
	}
	var due any // NULL unless set
	if c.Head.Due != 0 {
		due = int64(c.Head.Due)
	}
	var n int64
	var err error
	if c.After != 0 {
		n, err = t.exec(ctx, moveHead, int64(c.Head.Seq), c.Head.Tip[:], due, blob(c.Head.Data), blob(c.Head.Private),
			c.ID[:], int64(c.After), c.Tip[:])
	} else if c.Tip == (cvd.Hash{}) {
		n, err = t.exec(ctx, createHead, int64(c.Head.Seq), c.Head.Tip[:], due, blob(c.Head.Data), blob(c.Head.Private), c.ID[:])
	}
	if err == nil && n != 1 {
		err = cvd.ErrConflict
	}
	return err
}

func applyKeys(ctx context.Context, t *session, c *cvd.Change) error {
	for i := range c.Take {
		k := &c.Take[i]
		n, err := t.exec(ctx, takeKey, k[:], c.ID[:])
		if err != nil {
			return err
		}
		if n == 0 {
			owner, err := lookup(ctx, t, *k)
			if err == cvd.ErrNotFound {
				return errIncomplete
			} else if err != nil {
				return err
			}
			return &cvd.DuplicateError{Key: *k, Owner: owner}
		}
	}
	return nil
}

func applyLog(ctx context.Context, t *session, c *cvd.Change) error {
	for i := range c.Records {
		r := &c.Records[i]
		var private any // NULL if there is none; an empty one is none the less one
		if r.Private != nil {
			private = r.Private
		}
		if _, err := t.exec(ctx, insertRecord, c.ID[:], int64(r.Seq), blob(r.Body), private); err != nil {
			return err
		}
	}
	for _, seq := range c.Erase {
		if _, err := t.exec(ctx, eraseRecord, c.ID[:], int64(seq)); err != nil {
			return err
		}
	}
	return nil
}

func applyTerms(ctx context.Context, t *session, c *cvd.Change) error {
	for _, term := range c.Untag {
		if _, err := t.exec(ctx, dropTerm, []byte(term), c.ID[:]); err != nil {
			return err
		}
	}
	for _, term := range c.Tag {
		if _, err := t.exec(ctx, addTerm, []byte(term), c.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

// applyOutbox relies on the guard: a lane belongs to one case, so nobody else
// changes which of its deliveries is the head.
func applyOutbox(ctx context.Context, t *session, c *cvd.Change) error {
	for i := range c.Settle {
		d := &c.Settle[i]
		n, err := t.exec(ctx, settle, d.Lane[:], int64(d.Ref), d.Token)
		if err != nil {
			return err
		}
		if n == 0 {
			return cvd.ErrLeaseLost
		}
		if _, err := t.exec(ctx, promote, d.Lane[:]); err != nil {
			return err
		}
	}
	for i := range c.Enqueue {
		d := &c.Enqueue[i]
		if _, err := t.exec(ctx, enqueue, d.Lane[:], int64(d.Ref), c.ID[:], int64(d.At)); err != nil {
			return err
		}
	}
	return nil
}

// blob binds empty and nil alike.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
