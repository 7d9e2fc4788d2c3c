package service_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// cutShort is a Store that finds the log of one case cut, as sqlstore does.
type cutShort struct {
	storage.Store
	id cvd.CaseID
}

func (s cutShort) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, limit int, private bool) ([]storage.Record, error) {
	if id == s.id {
		return nil, fmt.Errorf("%w: it ends at record 1, and had 2", storage.ErrTampered)
	}
	return s.Store.Load(ctx, id, after, limit, private)
}

// The first case of a Store holds what proves the Secret. Its damage keeps nobody
// from the other cases, however the Store shows it.
func TestDamageOfTheCaseThatProvesTheSecret(t *testing.T) {
	d := newDesk(t)
	first := d.received()
	other := d.do(cvd.CaseID{}, cvd.Receive{Title: "another"})
	e := d.another(func(c *cvd.Config) { c.Store, c.Cached = cutShort{d.store, first.ID}, -1 })
	require.Equal(t, cvd.Private("another"), e.view(other.ID, team).Title)
	e.do(other.ID, cvd.Acknowledge{})
	e.do(cvd.CaseID{}, cvd.Receive{Title: "a new one"})
	_, err := e.svc.View(ctx, first.ID, team)
	require.ErrorIs(t, err, cvd.ErrTampered)
}
