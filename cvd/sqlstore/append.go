package sqlstore

import (
	"context"
	"errors"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

var errIncomplete = errors.New("a row that was just seen is missing")

// apply writes changes within a transaction that its caller undoes after an
// error. The guards are writes: two transactions cannot both pass one.
func apply(ctx context.Context, t *session, changes []storage.Change) error {
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
		for _, step := range []func(context.Context, *session, *storage.Change) error{applyKeys, applyLog, applyTerms, applyOutbox} {
			if err := step(ctx, t, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func applyGuard(ctx context.Context, t *session, c *storage.Change) error {
	if c.Head.Seq == 0 && c.After != 0 {
		n, err := t.exec(ctx, keepHead, c.ID[:], int64(c.After), c.Tip[:])
		if err == nil && n != 1 {
			err = storage.ErrConflict
		}
		return err
	}
	due := orNull(c.Head.Due)
	var n int64
	var err error
	if c.After != 0 {
		n, err = t.exec(ctx, moveHead, int64(c.Head.Seq), c.Head.Tip[:], due, blob(c.Head.Data), blob(c.Head.Private),
			c.ID[:], int64(c.After), c.Tip[:])
	} else if c.Tip == (storage.Hash{}) {
		n, err = t.exec(ctx, createHead, int64(c.Head.Seq), c.Head.Tip[:], due, blob(c.Head.Data), blob(c.Head.Private), c.ID[:])
	}
	if err == nil && n != 1 {
		err = storage.ErrConflict
	}
	return err
}

func applyKeys(ctx context.Context, t *session, c *storage.Change) error {
	n, err := inRows(ctx, t, takeKey, 2, len(c.Take), func(i int) []any { return []any{c.Take[i][:], c.ID[:]} })
	if err != nil || n == int64(len(c.Take)) {
		return err
	}
	for _, k := range c.Take { // one of them belongs to another case
		owner, err := lookup(ctx, t, k)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if err == nil && owner != c.ID {
			return &storage.DuplicateError{Key: k, Owner: owner}
		}
	}
	return errIncomplete
}

func applyLog(ctx context.Context, t *session, c *storage.Change) error {
	_, err := inRows(ctx, t, insertRecord, 4, len(c.Records), func(i int) []any {
		r := &c.Records[i]
		return []any{c.ID[:], int64(r.Seq), blob(r.Body), private(r)}
	})
	if err != nil {
		return err
	}
	for _, seq := range c.Erase {
		if _, err := t.exec(ctx, eraseRecord, c.ID[:], int64(seq)); err != nil {
			return err
		}
	}
	return nil
}

// rowForms is how many forms a statement of inRows has: of 1, 2, 4 … 32 rows.
const rowForms = 6

// inRows writes n rows by the forms of a statement, which follow its form of one row:
// a statement costs more than a row. It returns how many rows were affected.
func inRows(ctx context.Context, t *session, one text, columns, n int, row func(i int) []any) (affected int64, err error) {
	args := make([]any, 0, columns*min(n, 1<<(rowForms-1)))
	for i := 0; i < n; {
		form := rowForms - 1
		for 1<<form > n-i {
			form--
		}
		args = args[:0]
		for range 1 << form {
			args = append(args, row(i)...)
			i++
		}
		k, err := t.exec(ctx, one+text(form), args...)
		if err != nil {
			return affected, err
		}
		affected += k
	}
	return affected, nil
}

// applyOutbox relies on the guard: a lane belongs to one case, so nobody else
// changes which of its deliveries is the head.
func applyOutbox(ctx context.Context, t *session, c *storage.Change) error {
	for i := range c.Settle {
		d := &c.Settle[i]
		n, err := t.exec(ctx, settle, d.Lane[:], int64(d.Ref), d.Token)
		if err != nil {
			return err
		}
		if n == 0 {
			return storage.ErrLeaseLost
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

// orNull binds an instant, which is NULL unless set.
func orNull(m storage.Millis) any {
	if m == 0 {
		return nil
	}
	return int64(m)
}

// private binds what a record keeps private: NULL if there is none; an empty one
// is none the less one.
func private(r *storage.Record) any {
	if r.Private == nil {
		return nil
	}
	return r.Private
}
