package sqlstore

import (
	"context"
	"errors"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

var errIncomplete = errors.New("a row that was just seen is missing")

// apply writes changes of distinct cases within a transaction that its caller undoes
// after an error, the rows of one kind of all of them together. The guards are writes:
// two transactions cannot both pass one.
func apply(ctx context.Context, t *session, changes []storage.Change) error {
	for _, step := range []func(context.Context, *session, []storage.Change) error{
		applyGuards, applyDrops, applyKeys, applyLogs, applyTerms, applyOutbox,
	} {
		if err := step(ctx, t, changes); err != nil {
			return err
		}
	}
	return nil
}

func applyGuards(ctx context.Context, t *session, changes []storage.Change) error {
	var news []any
	created := 0
	for i := range changes {
		c := &changes[i]
		if c.After == 0 {
			if c.Tip != (storage.Hash{}) {
				return storage.ErrConflict
			}
			news = append(news, int64(c.Head.Seq), c.Head.Tip[:], orNull(c.Head.Due), blob(c.Head.Data), blob(c.Head.Private), c.ID[:])
			created++
		} else if err := applyGuard(ctx, t, c); err != nil {
			return err
		}
	}
	n, _, err := t.insert(ctx, newHeads, created, news)
	if err == nil && n != int64(created) {
		err = storage.ErrConflict
	}
	return err
}

// applyGuard is that of a case which exists.
func applyGuard(ctx context.Context, t *session, c *storage.Change) (err error) {
	var n int64
	if c.Head.Seq == 0 {
		n, err = t.exec(ctx, keepHead, c.ID[:], int64(c.After), c.Tip[:])
	} else {
		n, err = t.exec(ctx, moveHead, int64(c.Head.Seq), c.Head.Tip[:], orNull(c.Head.Due), blob(c.Head.Data), blob(c.Head.Private),
			c.ID[:], int64(c.After), c.Tip[:])
	}
	if err == nil && n != 1 {
		err = storage.ErrConflict
	}
	return err
}

func applyDrops(ctx context.Context, t *session, changes []storage.Change) error {
	for i := range changes {
		c := &changes[i]
		for j := range c.Drop {
			if _, err := t.exec(ctx, dropKey, c.Drop[j][:], c.ID[:]); err != nil {
				return err
			}
		}
	}
	return nil
}

func applyKeys(ctx context.Context, t *session, changes []storage.Change) error {
	var args []any
	taken := 0
	for i := range changes {
		c := &changes[i]
		for j := range c.Take {
			args = append(args, c.Take[j][:], c.ID[:])
		}
		taken += len(c.Take)
	}
	n, _, err := t.insert(ctx, takenKeys, taken, args)
	if err != nil || n == int64(taken) {
		return err
	}
	for i := range changes { // some were taken before: by these cases, or by others
		c := &changes[i]
		for _, k := range c.Take {
			owner, err := lookup(ctx, t, k)
			switch {
			case errors.Is(err, storage.ErrNotFound):
				return errIncomplete
			case err != nil:
				return err
			case owner != c.ID:
				return &storage.DuplicateError{Key: k, Owner: owner}
			}
		}
	}
	return nil
}

func applyLogs(ctx context.Context, t *session, changes []storage.Change) error {
	var args []any
	n := 0
	for i := range changes {
		c := &changes[i]
		for j := range c.Records {
			r := &c.Records[j]
			args = append(args, c.ID[:], int64(r.Seq), blob(r.Body), private(r))
		}
		n += len(c.Records)
	}
	if _, _, err := t.insert(ctx, newRecords, n, args); err != nil {
		return err
	}
	for i := range changes {
		c := &changes[i]
		for _, seq := range c.Erase {
			if _, err := t.exec(ctx, eraseRecord, c.ID[:], int64(seq)); err != nil {
				return err
			}
		}
	}
	return nil
}

// applyOutbox relies on the guards: a lane belongs to one case, so nobody else
// changes which of its deliveries is the head.
func applyOutbox(ctx context.Context, t *session, changes []storage.Change) error {
	for i := range changes {
		c := &changes[i]
		for j := range c.Settle {
			d := &c.Settle[j]
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
		for j := range c.Enqueue {
			d := &c.Enqueue[j]
			if _, err := t.exec(ctx, enqueue, d.Lane[:], int64(d.Ref), c.ID[:], int64(d.At)); err != nil {
				return err
			}
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
