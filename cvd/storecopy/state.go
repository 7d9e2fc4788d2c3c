package storecopy

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// values copies the State.
func (r *run) values(ctx context.Context) error {
	err := r.each(ctx, r.from.State)
	if err != nil || !r.o.Prune {
		return err
	}
	return r.each(ctx, r.to.State) // what only it has goes
}

// each makes equal what the keys of a State stand for.
func (r *run) each(ctx context.Context, keys storage.State) error {
	for after := ""; ; {
		page, err := keys.List(ctx, "", after, r.o.Page)
		if err != nil {
			return fmt.Errorf("storecopy: listing values: %w", err)
		}
		for _, k := range page {
			if err := r.value(ctx, k); err != nil {
				return fmt.Errorf("storecopy: copying a value: %w", err)
			}
			after = k
		}
		if len(page) < r.o.Page {
			return nil
		}
	}
}

// value makes the other side's value what this one's is.
func (r *run) value(ctx context.Context, key string) error {
	for try := 0; ; try++ {
		is, have, err := r.from.State.Get(ctx, key)
		if err != nil {
			return err
		}
		was, version, err := r.to.State.Get(ctx, key)
		if err != nil {
			return err
		}
		switch {
		case have == 0:
			is = nil // removes it
		case is == nil:
			is = []byte{}
		}
		if (have == 0) == (version == 0) && bytes.Equal(is, was) {
			return nil
		}
		_, err = r.to.State.Put(ctx, key, version, is)
		if err == nil {
			r.Values++
		}
		if !errors.Is(err, storage.ErrConflict) || try == 10 {
			return err
		}
	}
}
