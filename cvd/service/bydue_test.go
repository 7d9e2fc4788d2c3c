package service_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
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

// What a page by date asks of the Store does not grow with the cases that there are:
// one question for each stage, as many heads as it shows and one more.
func TestByDueAsksLittle(t *testing.T) {
	count := func(n int, f service.Filter) (asks, heads int) {
		var last storage.Query
		d := newDesk(t, func(c *cvd.Config) { c.Store = counted{asked{c.Store, &last, &asks}, &heads} })
		dated(d, n)
		// Every second is assigned, to one of two: those of each have no date in common
		// with the others, and lie between them.
		for i, x := range d.find(service.Filter{}) {
			if i%2 == 0 {
				d.do(x.ID, cvd.Assign{To: cvd.Private([]string{"ana", "ben"}[i/2%2])})
			}
		}
		f.Open, f.ByDue = true, true
		asks, heads = 0, 0
		p, err := d.svc.Find(ctx, team, f, "", 5)
		require.NoError(t, err)
		require.Len(t, p.Cases, 5)
		require.NotEmpty(t, p.Next)
		return asks, heads
	}
	stage := cvd.StageCase
	for _, f := range []service.Filter{{}, {Stage: &stage}, {Assignee: "ben"}, {Stage: &stage, Assignee: "ben"}, {Stage: &stage, Unassigned: true}} {
		asks, heads := count(40, f)
		moreAsks, moreHeads := count(200, f)
		require.Equal(t, [2]int{asks, heads}, [2]int{moreAsks, moreHeads}, "%+v", f)
		most := 4
		if f.Stage != nil {
			most = 1
		}
		require.LessOrEqual(t, moreAsks, most, "%+v", f)
		require.LessOrEqual(t, moreHeads, 6, "%+v", f)
	}
}

// With more of a filter, few cases are sorted and many picked: both are in one order.
func TestByDueOfFewAndMany(t *testing.T) {
	d := newDesk(t)
	dated(d, 20)
	dateless := func(n int) {
		for range n {
			d.do(cvd.CaseID{}, cvd.Open{Origin: cvd.OriginOutbound, Title: "a case without a date"})
		}
	}
	dateless(8)
	check := func(f service.Filter, size int) {
		f.Open = true
		all, err := d.svc.Find(ctx, team, f, "", 1000)
		require.NoError(t, err)
		want := all.Cases
		slices.SortFunc(want, func(a, b cvd.Summary) int {
			if a.Due.IsZero() || b.Due.IsZero() {
				return cmp.Or(b.Due.Compare(a.Due), bytes.Compare(b.ID[:], a.ID[:]))
			}
			return cmp.Or(a.Due.Compare(b.Due), bytes.Compare(a.ID[:], b.ID[:]))
		})
		f.ByDue = true
		got, page := []cvd.Summary(nil), ""
		for {
			p, err := d.svc.Find(ctx, team, f, page, size)
			require.NoError(t, err)
			got = append(got, p.Cases...)
			if page = p.Next; page == "" {
				break
			}
			require.Len(t, p.Cases, size)
		}
		require.NotEmpty(t, got)
		require.Equal(t, want, got, "%+v, pages of %d", f, size)
	}
	kind, em, rm, rating := cvd.KindVulnerability, vultron.EMNone, d.find(service.Filter{})[0].RM, cvd.RatingUnknown
	few := []service.Filter{{Kind: &kind}, {Kind: &kind, Unassigned: true}, {EM: &em}, {RM: &rm, Rating: &rating}}
	for _, f := range few {
		check(f, 1000)
		check(f, 5)
	}
	dateless(500)
	for _, f := range few {
		check(f, 450)
	}
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
