package service_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// All of many callers on one case succeed, in one process or in several, whatever
// is cached: a conflict is decided again.
func TestContenders(t *testing.T) {
	const callers, each = 16, 10
	for _, cached := range []int{0, 1, -1} {
		for _, processes := range []int{1, 4} {
			t.Run(fmt.Sprintf("cached %d, processes %d", cached, processes), func(t *testing.T) {
				d := newDesk(t, func(c *cvd.Config) { c.Cached = cached })
				id := d.received().ID
				start := d.view(id, team).Seq
				desks := []*desk{d}
				for len(desks) < processes {
					desks = append(desks, d.another())
				}
				var wg sync.WaitGroup
				for i := range callers {
					wg.Go(func() {
						x := desks[i%processes]
						for n := range each {
							by := cvd.By{ID: cvd.CommandID{byte(i), byte(n), 1}, Actor: "alice@psirt.example"}
							c, err := x.svc.Do(ctx, id, by, cvd.PostMessage{Text: cvd.Private(fmt.Sprintf("%d %d", i, n))})
							if err != nil || c.Repeated {
								t.Error(err)
								return
							}
							if n%3 == 0 {
								if _, err := x.svc.View(ctx, id, team); err != nil {
									t.Error(err)
								}
							}
						}
					})
				}
				wg.Wait()
				c := d.another().view(id, team)
				require.Equal(t, start+callers*each, c.Seq)
				last := map[int]int{}
				for _, m := range c.Messages {
					var i, n int
					_, err := fmt.Sscanf(string(m.Text), "%d %d", &i, &n)
					require.NoError(t, err)
					require.Equal(t, last[i], n, "the messages of one caller are in its order")
					last[i]++
				}
				require.Len(t, last, callers)
			})
		}
	}
}

// Snapshots that were given out do not change, whatever is decided later: read
// them while others write. The race detector looks on.
func TestSnapshotsDoNotChange(t *testing.T) {
	d := newDesk(t)
	id := publication(d)
	c := d.do(id, cvd.SetTitle{Title: "t"})
	before := dump(c)
	full := d.view(id, team)
	beforeFull := dump(full)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if dump(c) != before || dump(full) != beforeFull {
					t.Error("a snapshot has changed")
					return
				}
			}
		})
	}
	for n := range 40 {
		d.do(id, cvd.Observe{What: vultron.AttacksObserved, Vuln: 1}, cvd.SetSeverity{Vuln: 1, Rating: cvd.RatingHigh},
			cvd.RecordStatus{Vuln: 1, Party: 3, Affected: cvd.IsAffected}, cvd.AddProduct{Name: "p"},
			cvd.PostMessage{To: []cvd.PartyID{3}, Text: "t"}, cvd.Identify{Vuln: 1, CWE: "CWE-1"})
		// Decisions that fail leave nothing in what they share.
		_, err := d.svc.Do(ctx, id, staff, cvd.AddProduct{Name: "q"}, cvd.Acknowledge{})
		require.ErrorIs(t, err, cvd.ErrRefused)
		if n%10 == 0 {
			d.relay()
			d.view(id, team)
		}
	}
	close(stop)
	wg.Wait()
	require.Equal(t, before, dump(c))
	require.Equal(t, beforeFull, dump(full))
}

// With room for one case in the cache, many cases at once still work.
func TestEviction(t *testing.T) {
	for _, cached := range []int{1, -1} {
		d := newDesk(t, func(c *cvd.Config) { c.Cached = cached })
		var ids []cvd.CaseID
		for range 8 {
			ids = append(ids, d.do(cvd.CaseID{}, cvd.Receive{Title: "t"}).ID)
		}
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				for n := range 10 {
					id := ids[(i+n)%len(ids)]
					if _, err := d.svc.Do(ctx, id, staff, cvd.SetTitle{Title: cvd.Private(fmt.Sprint(n))}); err != nil {
						t.Error(err)
					}
					if _, err := d.svc.View(ctx, id, team); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		total := 0
		for _, id := range ids {
			total += d.names(id)[cvd.EventCaseTitled]
		}
		require.Equal(t, 160, total)
	}
}

// A case stays in order although the clocks of two processes differ.
func TestClocksThatDiffer(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	behind := d.another(func(c *cvd.Config) { c.Now = func() time.Time { return d.clock.Now().Add(-time.Minute) } })
	behind.do(id, cvd.SetTitle{Title: "t"})
	d.clock.pass(time.Second)
	d.do(id, cvd.SetTitle{Title: "u"})
	behind.do(id, cvd.SetTitle{Title: "v"})
	events := d.view(id, team).Events
	for i := 1; i < len(events); i++ {
		require.False(t, events[i].At.Before(events[i-1].At))
	}
}

// Find lists each case once, the newest first, by each filter.
func TestFind(t *testing.T) {
	d := newDesk(t)
	var all []cvd.CaseID
	for i := range 23 {
		d.clock.pass(time.Millisecond)
		c := d.do(cvd.CaseID{}, cvd.Receive{Title: cvd.Private(fmt.Sprint(i)), Reporter: cvd.Contact{Identity: cvd.Private(fmt.Sprint("r", i%2))}})
		all = append([]cvd.CaseID{c.ID}, all...)
		if i%3 == 0 {
			d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.SetSeverity{Rating: cvd.RatingHigh}, cvd.Assign{To: "bob"})
		}
		if i%5 == 1 {
			d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeInvalid})
			if i%3 != 0 {
				d.do(c.ID, cvd.Close{})
			}
		}
		if i == 9 {
			d.do(c.ID, cvd.ProposeEmbargo{Ends: d.clock.Now().AddDate(0, 0, 9)})
		}
	}
	list := func(f service.Filter) []cvd.CaseID {
		var ids []cvd.CaseID
		for page := ""; ; {
			p, err := d.svc.Find(ctx, team, f, page, 4)
			require.NoError(t, err)
			for _, s := range p.Cases {
				ids = append(ids, s.ID)
				require.NotEmpty(t, string(s.Title))
				require.NotEmpty(t, s.Number)
			}
			if page = p.Next; page == "" {
				return ids
			}
		}
	}
	require.Equal(t, all, list(service.Filter{}))
	high, received, valid, em := cvd.RatingHigh, vultron.RMReceived, vultron.RMValid, vultron.EMProposed
	matches := func(f func(c *cvd.Case) bool) []cvd.CaseID {
		var ids []cvd.CaseID
		for _, id := range all {
			if f(d.view(id, team)) {
				ids = append(ids, id)
			}
		}
		require.NotEmpty(t, ids)
		return ids
	}
	for name, x := range map[string]struct {
		filter service.Filter
		match  func(*cvd.Case) bool
	}{
		"open":          {service.Filter{Open: true}, (*cvd.Case).Open},
		"closed":        {service.Filter{Closed: true}, func(c *cvd.Case) bool { return !c.Open() }},
		"rating":        {service.Filter{Rating: &high}, func(c *cvd.Case) bool { return c.Rating() == high }},
		"open, rating":  {service.Filter{Open: true, Rating: &high}, func(c *cvd.Case) bool { return c.Open() && c.Rating() == high }},
		"state":         {service.Filter{RM: &received}, func(c *cvd.Case) bool { return c.RM() == received }},
		"state, rating": {service.Filter{RM: &valid, Rating: &high}, func(c *cvd.Case) bool { return c.RM() == valid && c.Rating() == high }},
		"all of them": {service.Filter{Open: true, RM: &valid, Rating: &high, Assignee: "bob"}, func(c *cvd.Case) bool {
			return c.Open() && c.RM() == valid && c.Rating() == high && c.Assignee == "bob"
		}},
		"embargo":         {service.Filter{EM: &em}, func(c *cvd.Case) bool { return c.Embargo.State == em }},
		"assigned":        {service.Filter{Assignee: "bob"}, func(c *cvd.Case) bool { return c.Assignee == "bob" }},
		"open, mine":      {service.Filter{Open: true, Assignee: "bob"}, func(c *cvd.Case) bool { return c.Open() && c.Assignee == "bob" }},
		"unassigned":      {service.Filter{Unassigned: true}, func(c *cvd.Case) bool { return !c.Assigned }},
		"open, nobody's":  {service.Filter{Open: true, Unassigned: true}, func(c *cvd.Case) bool { return c.Open() && !c.Assigned }},
		"reporter":        {service.Filter{Party: "r1"}, func(c *cvd.Case) bool { n := 0; fmt.Sscan(string(c.Title), &n); return n%2 == 1 }},
		"reporter, state": {service.Filter{Party: "r0", RM: &valid}, func(c *cvd.Case) bool { n := 0; fmt.Sscan(string(c.Title), &n); return n%2 == 0 && c.RM() == valid }},
	} {
		require.Equal(t, matches(x.match), list(x.filter), name)
	}
}
