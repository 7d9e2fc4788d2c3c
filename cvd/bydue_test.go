package cvd_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// dated makes cases with an end of an embargo each, some on one day, and some far from
// all others; it returns them in the order of a list by date.
func dated(d *desk, n int) (out []cvd.CaseID) {
	at := d.clock.t
	for i := range n {
		ends := at.AddDate(0, 0, 1+i/3)
		switch {
		case i >= n-2:
			ends = time.Date(2065+i-n+2, 1, 1, 0, 0, 0, 0, time.UTC) // after the last year of the index
		case i >= n-8:
			ends = at.AddDate(0, 5*(i-n+9), 0)
		}
		out = append(out, d.do(cvd.CaseID{}, cvd.Open{Origin: cvd.OriginOutbound, Title: cvd.Private(fmt.Sprint("case ", i))},
			cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Email: "psirt@aurora.example"}}, cvd.ProposeEmbargo{Ends: ends, Reason: "a test"}, cvd.AcceptEmbargo{Party: 2}).ID)
	}
	return out
}

// Lists by date are in the order of the dates, over pages of any size, from the first
// year of the index to the last and beyond.
func TestByDue(t *testing.T) {
	d := newDesk(t)
	want := dated(d, 40)
	all := map[cvd.CaseID]time.Time{}
	for _, x := range d.find(service.Filter{}) {
		all[x.ID] = x.Due
		require.False(t, x.Due.IsZero())
	}
	for _, size := range []int{1, 2, 3, 7, 39, 40, 1000} {
		got, page := []cvd.CaseID(nil), ""
		for {
			p, err := d.svc.Find(ctx, team, service.Filter{Open: true, ByDue: true}, page, size)
			require.NoError(t, err)
			require.Empty(t, p.Problems)
			for _, x := range p.Cases {
				got = append(got, x.ID)
			}
			if page = p.Next; page == "" {
				break
			}
			require.Len(t, p.Cases, size)
		}
		require.Len(t, got, len(want))
		for i := 1; i < len(got); i++ {
			require.False(t, all[got[i]].Before(all[got[i-1]]))
		}
	}
	// An end: what is due before it.
	p, err := d.svc.Find(ctx, team, service.Filter{Open: true, ByDue: true, DueBefore: all[want[20]]}, "", 100)
	require.NoError(t, err)
	for _, x := range p.Cases {
		require.True(t, x.Due.Before(all[want[20]]))
	}
	n := 0
	for _, due := range all {
		if due.Before(all[want[20]]) {
			n++
		}
	}
	require.Len(t, p.Cases, n)
	// Closed ones have no date, and are no longer there.
	d.do(want[0], cvd.Accept{}, cvd.Close{Override: true, Reason: "a test"})
	p, err = d.svc.Find(ctx, team, service.Filter{Open: true, ByDue: true}, "", 100)
	require.NoError(t, err)
	require.Len(t, p.Cases, len(want)-1)

	for _, f := range []service.Filter{{ByDue: true}, {ByDue: true, Closed: true}, {ByDue: true, Open: true, CVE: "CVE-1900-0001"}, {ByDue: true, Open: true, Text: "frame"}} {
		_, err = d.svc.Find(ctx, team, f, "", 10)
		bad := (*cvd.InputError)(nil)
		require.ErrorAs(t, err, &bad)
	}
	for _, page := range []string{"x", "AAAA", "_______________________________"} {
		_, err = d.svc.Find(ctx, team, service.Filter{Open: true, ByDue: true}, page, 10)
		bad := (*cvd.InputError)(nil)
		require.ErrorAs(t, err, &bad, page)
	}
}

// What a page by date asks of the Store does not grow with the cases that there are.
func TestByDueAsksLittle(t *testing.T) {
	count := func(n int) (asks, heads int) {
		var last storage.Query
		d := newDesk(t, func(c *cvd.Config) { c.Store = counted{asked{c.Store, &last, &asks}, &heads} })
		dated(d, n)
		asks, heads = 0, 0
		_, err := d.svc.Find(ctx, team, service.Filter{Open: true, ByDue: true}, "", 10)
		require.NoError(t, err)
		return asks, heads
	}
	asks, heads := count(30)
	moreAsks, moreHeads := count(300)
	t.Log(asks, heads, moreAsks, moreHeads)
	require.LessOrEqual(t, moreAsks, asks+12)
	require.LessOrEqual(t, moreHeads, heads+60)
	require.Less(t, moreHeads, 150)
}

// counted counts the heads that a Store gives.
type counted struct {
	asked
	heads *int
}

func (c counted) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	out, err := c.asked.Heads(ctx, q)
	*c.heads += len(out)
	return out, err
}
