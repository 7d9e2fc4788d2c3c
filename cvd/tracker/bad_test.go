package tracker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/stretchr/testify/require"
)

// bad is a tracker whose pages come doubled and in disorder, and whose clock lies.
type bad struct {
	tracker.Tracker
	clock time.Duration
}

func (b bad) Changes(ctx ctxt, cursor string, n int) (tracker.Page, error) {
	p, err := b.Tracker.Changes(ctx, cursor, n)
	p.Changes = slices.Concat(p.Changes, p.Changes)
	slices.Reverse(p.Changes)
	for i := range p.Changes {
		p.Changes[i].At = p.Changes[i].At.Add(b.clock)
	}
	return p, err
}

func TestDoubledReorderedAndLyingChanges(t *testing.T) {
	for _, off := range []time.Duration{-time.Hour * 9000, 0, time.Hour * 9000} {
		d := newDesk(t, func(c *tracker.Config) { c.Tracker = bad{c.Tracker, off} })
		c := d.receive(1)
		d.settle()
		for _, text := range []string{"one", "two", "three"} {
			require.NoError(t, d.mem.Comment("1", "joe", text, false))
		}
		require.NoError(t, d.mem.SetStatus("1", "joe", "resolved"))
		d.settle()
		got := d.texts(c.ID)
		for _, text := range []string{"one", "two", "three", "Ticket 1: state: new → resolved"} {
			require.Equal(t, 1, count(got, text), "%s, clock %v", text, off)
		}
		require.Len(t, d.team(c.ID).Claims, 1)
		require.False(t, d.team(c.ID).Claims[0].Observed.After(d.clock.now()), "nothing is observed in the future")
	}
}

func count(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// late finds new tickets only after some time.
type late struct {
	tracker.Tracker
	d     *desk
	lag   time.Duration
	asked *int
}

func (l late) FindLag() time.Duration { return l.lag }

func (l late) Find(ctx ctxt, marker string) (out []tracker.Ticket, err error) {
	*l.asked++
	ts, err := l.Tracker.Find(ctx, marker)
	for _, t := range ts {
		if !t.Created.After(l.d.clock.now().Add(-l.lag)) {
			out = append(out, t)
		}
	}
	return out, err
}

// A marker that is found late makes no second ticket, since the lease is longer.
func TestAMarkerThatIsFoundLate(t *testing.T) {
	d := newDesk(t)
	d.receive(1)
	asked := 0
	d.cfg.Tracker = late{d.mem.As("bot"), d, 45 * time.Second, &asked}
	cfg := d.cfg
	cfg.Lease = time.Minute
	_, err := tracker.New(cfg)
	require.ErrorContains(t, err, "Lease")
	d.sync = d.newSync("a")
	lost := true
	d.mem.Fail(func(op string, done bool) error {
		if op == "create" && done && lost {
			lost = false
			return &tracker.Error{Op: op, Status: 502}
		}
		return nil
	})
	for range 30 {
		_, err := d.sync.Push(d.ctx, 10)
		require.NoError(t, err)
		d.clock.add(10 * time.Second)
	}
	require.Len(t, d.mem.Tickets(), 1)
	require.Greater(t, asked, 1, "it looked again")
}

// Where a second ticket was made after all, it is said.
func TestASecondTicketIsReported(t *testing.T) {
	d := newDesk(t)
	c := d.receive(1)
	for range 2 {
		_, err := d.mem.As("bot").Create(d.ctx, tracker.Fields{Title: "x", Marker: d.svc.Marker(c.ID, name)})
		require.NoError(t, err)
	}
	r := d.push()
	require.Len(t, r.Problems, 1)
	require.Contains(t, r.Problems[0].String(), "a second ticket carries the marker")
	require.Len(t, d.mem.Tickets(), 2)
	require.NoError(t, d.mem.Comment("2", "joe", "on the second", false))
	d.pull()
	require.Contains(t, d.texts(c.ID), "on the second", "what happens to it is not lost")
}

func TestMappingsExplainThemselves(t *testing.T) {
	m, err := tracker.ParseMapping([]byte(`{"out":[{"status":"New"},{"rm":"Closed","status":"done"},{"rm":"Frobbed","status":""}],
		"in":[{"status":"done","claim":"fixed"},{"status":"done"}],"priorities":{"huge":"P1","high":"p2"},"products":{"Router":"nowhere"}}`))
	require.NoError(t, err)
	said := ""
	for _, f := range m.Check(tracker.Schema{Statuses: []string{"new", "done"}, Priorities: []string{"P2"}, Projects: []string{"sec"}, Missing: []string{"no field: make one"}}) {
		said += f.String() + "\n"
	}
	for _, want := range []string{
		`out[0].status: the tracker writes state "New" otherwise; it has new, done`,
		`out[1]: note: no case reaches this row`,
		`out[2].status: it is empty`, `out[2].rm: there is no such state; there are`,
		`in[0].claim: there is no such claim; there are`, `in[1]: in[0] is about the same state`,
		`priorities.huge: there is no such rating`, `priorities.high: the tracker writes priority "p2" otherwise`,
		`products.Router: the tracker has no project "nowhere"; it has sec`, `tracker: no field: make one`,
	} {
		require.Contains(t, said, want)
	}
	_, err = tracker.ParseMapping([]byte(`{"outs":[]}`))
	require.ErrorContains(t, err, "outs")
	ok := tracker.Mapping{Out: []tracker.OutRow{{RM: "Closed", Status: "done"}, {Status: "new"}}}
	require.Empty(t, ok.Check(tracker.Schema{Statuses: []string{"new", "done"}}))
}

// A tracker that mails what is written is not written to before somebody said so.
func TestEchoesAreRefused(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.Tracker = echoing{c.Tracker} })
	d.receive(1)
	_, err := d.sync.Push(d.ctx, 10)
	require.ErrorContains(t, err, "mails requestors")
	require.Empty(t, d.mem.Tickets())
	fs, err := d.sync.Check(d.ctx)
	require.NoError(t, err)
	require.True(t, fs[len(fs)-1].Fatal)
	d.cfg.Echoes = "scrip 4 mails requestors"
	d.sync = d.newSync("a")
	d.settle()
	require.Len(t, d.mem.Tickets(), 1)
}

type echoing struct{ tracker.Tracker }

func (echoing) Echo(ctxt) (string, error) { return "scrip 4 mails requestors", nil }
