package caselog

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// SecretKey leads to the first case of a Store, whose first record holds a check
// value of the Secret. It is the one key that does not depend on it.
var SecretKey = storage.Key(sha256.Sum256([]byte("cvdkit: the case that checks Config.Secret")))

type SecretCheck [8]byte

// CheckOf proves the Secret without telling it: with 256 random bits nobody can
// search for them.
func CheckOf(secret cvd.Secret, id cvd.CaseID) (c SecretCheck) {
	m := hmac.New(sha256.New, secret)
	fmt.Fprintf(m, "check\x00%x", id[:])
	copy(c[:], m.Sum(nil))
	return c
}

// GuardedStore is a Store that answers only who has its Secret. What was found
// once holds: a Store does not change its Secret.
type GuardedStore struct {
	storage.Store
	Secret cvd.Secret
	Right  *atomic.Bool
	Bound  bool // to a transaction, which may be undone: nothing is learned from it
}

// Check returns ErrSecret if the Store was filled under another Secret. empty is
// set if nothing has been written to it yet.
func (g *GuardedStore) Check(ctx context.Context) (empty bool, err error) {
	if g.Right.Load() {
		return false, nil
	}
	id, err := g.Store.Lookup(ctx, SecretKey)
	if errors.Is(err, cvd.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	const first = 4 // the record that opens the case is among them: an actor may stand before it
	rs, err := g.Store.Load(ctx, id, 0, first, false)
	if errors.Is(err, cvd.ErrTampered) {
		return false, nil // see below
	}
	if err != nil {
		return false, err
	}
	c := NewCase(id)
	for i := range rs {
		x, _, err := c.fold(&rs[i])
		if err != nil {
			break
		}
		var check *SecretCheck
		switch x := x.(type) {
		case *CaseOpened:
			check = &x.Check
		case *SubmissionReceived:
			check = &x.Check
		}
		if check != nil {
			if want := CheckOf(g.Secret, id); !hmac.Equal(want[:], check[:]) {
				return false, cvd.ErrSecret
			}
			if !g.Bound {
				g.Right.Store(true)
			}
			return false, nil
		}
	}
	// That case is damaged, which must not keep anybody from the others.
	return false, nil
}

func (g *GuardedStore) Append(ctx context.Context, changes []storage.Change) error {
	if _, err := g.Check(ctx); err != nil {
		return err
	}
	return g.Store.Append(ctx, changes)
}

func (g *GuardedStore) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]storage.Record, error) {
	if _, err := g.Check(ctx); err != nil {
		return nil, err
	}
	return g.Store.Load(ctx, id, after, max, private)
}

func (g *GuardedStore) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	if _, err := g.Check(ctx); err != nil {
		return nil, err
	}
	return g.Store.Heads(ctx, q)
}

func (g *GuardedStore) Lookup(ctx context.Context, k storage.Key) (cvd.CaseID, error) {
	if _, err := g.Check(ctx); err != nil {
		return cvd.CaseID{}, err
	}
	return g.Store.Lookup(ctx, k)
}

func (g *GuardedStore) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	if _, err := g.Check(ctx); err != nil {
		return nil, err
	}
	return g.Store.Claim(ctx, now, lease, n)
}
