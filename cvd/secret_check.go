package cvd

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// ErrSecret: the Store was filled under another Config.Secret. Under this one no
// number, Message-ID or name would be found, and known reports would open cases
// again, so nothing is read or written.
var ErrSecret = errors.New("cvd: Config.Secret is not the one that this Store was filled with")

// secretKey leads to the first case of a Store, whose first record holds a check
// value of the Secret. It is the one key that does not depend on it.
var secretKey = storage.Key(sha256.Sum256([]byte("cvdkit: the case that checks Config.Secret")))

type secretCheck [8]byte

// checkOf proves the Secret without telling it: with 256 random bits nobody can
// search for them.
func checkOf(secret Secret, id CaseID) (c secretCheck) {
	m := hmac.New(sha256.New, secret)
	fmt.Fprintf(m, "check\x00%x", id[:])
	copy(c[:], m.Sum(nil))
	return c
}

// guardedStore is a Store that answers only who has its Secret. What was found
// once holds: a Store does not change its Secret.
type guardedStore struct {
	storage.Store
	secret Secret
	right  *atomic.Bool
	bound  bool // to a transaction, which may be undone: nothing is learned from it
}

// check returns ErrSecret if the Store was filled under another Secret. empty is
// set if nothing has been written to it yet.
func (g *guardedStore) check(ctx context.Context) (empty bool, err error) {
	if g.right.Load() {
		return false, nil
	}
	id, err := g.Store.Lookup(ctx, secretKey)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	const first = 4 // the record that opens the case is among them: an actor may stand before it
	rs, err := g.Store.Load(ctx, id, 0, first, false)
	if err != nil {
		return false, err
	}
	c := newCase(id)
	for i := range rs {
		x, _, err := c.fold(&rs[i])
		if err != nil {
			break
		}
		var check *secretCheck
		switch x := x.(type) {
		case *caseOpened:
			check = &x.Check
		case *submissionReceived:
			check = &x.Check
		}
		if check != nil {
			if want := checkOf(g.secret, id); !hmac.Equal(want[:], check[:]) {
				return false, ErrSecret
			}
			if !g.bound {
				g.right.Store(true)
			}
			return false, nil
		}
	}
	// That case is damaged, which must not keep anybody from the others.
	return false, nil
}

func (g *guardedStore) Append(ctx context.Context, changes []storage.Change) error {
	if _, err := g.check(ctx); err != nil {
		return err
	}
	return g.Store.Append(ctx, changes)
}

func (g *guardedStore) Load(ctx context.Context, id CaseID, after Seq, max int, private bool) ([]storage.Record, error) {
	if _, err := g.check(ctx); err != nil {
		return nil, err
	}
	return g.Store.Load(ctx, id, after, max, private)
}

func (g *guardedStore) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	if _, err := g.check(ctx); err != nil {
		return nil, err
	}
	return g.Store.Heads(ctx, q)
}

func (g *guardedStore) Lookup(ctx context.Context, k storage.Key) (CaseID, error) {
	if _, err := g.check(ctx); err != nil {
		return CaseID{}, err
	}
	return g.Store.Lookup(ctx, k)
}

func (g *guardedStore) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	if _, err := g.check(ctx); err != nil {
		return nil, err
	}
	return g.Store.Claim(ctx, now, lease, n)
}
