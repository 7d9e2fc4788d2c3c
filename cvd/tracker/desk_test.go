package tracker_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
	"github.com/stretchr/testify/require"
)

const name = "tracker/mem"

// clock is the time of a test; it moves when told.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// desk is a host with a tracker.
type desk struct {
	testing.TB
	ctx   context.Context
	clock *clock
	svc   *service.Service
	state storage.State
	mem   *memtracker.Tracker
	cfg   tracker.Config
	sync  *tracker.Sync
	sent  []cvd.Outgoing
}

func newDesk(t testing.TB, change ...func(*tracker.Config)) *desk {
	d := &desk{TB: t, ctx: t.Context(), clock: &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, state: memstore.NewState()}
	var err error
	d.svc, err = service.New(cvd.Config{
		Store: memstore.New(), Secret: make([]byte, 32), Subscribers: []string{name}, Now: d.clock.now,
		Transports: map[string]cvd.Transport{"mail": cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			d.sent = append(d.sent, m)
			return cvd.Sent{}, nil
		})},
	})
	require.NoError(t, err)
	d.mem = memtracker.New(d.clock.now)
	d.cfg = tracker.Config{
		Service: d.svc, State: d.state, Tracker: d.mem.As("bot"), Name: name, Process: "a", Now: d.clock.now,
		Link: func(number string) string { return "https://desk.example/" + number },
		Mapping: tracker.Mapping{
			Out: []tracker.OutRow{{RM: "Closed", Status: "resolved"}, {RM: "Accepted", Status: "open"}, {Status: "new"}},
			In:  []tracker.InRow{{Status: "resolved", Claim: "fix-ready"}},
		},
	}
	for _, f := range change {
		f(&d.cfg)
	}
	d.sync = d.newSync("a")
	return d
}

func (d *desk) newSync(process string) *tracker.Sync {
	cfg := d.cfg
	cfg.Process = process
	s, err := tracker.New(cfg)
	require.NoError(d, err)
	return s
}

func (d *desk) do(id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	d.Helper()
	c, err := d.svc.Do(d.ctx, id, cvd.By{Actor: "alice"}, cmds...)
	require.NoError(d, err)
	return c
}

func (d *desk) receive(n int) *cvd.Case {
	return d.do(cvd.CaseID{}, cvd.Receive{Title: cvd.Private(fmt.Sprintf("SECRET title %d", n)), Observations: "SECRET observations",
		Reporter: cvd.Contact{Name: "SECRET Rita", Email: "secret@example.org"}})
}

func (d *desk) push() tracker.Pushed {
	d.Helper()
	r, err := d.sync.Push(d.ctx, 100)
	require.NoError(d, err)
	return r
}

func (d *desk) pull() tracker.Pulled {
	d.Helper()
	r, err := d.sync.Pull(d.ctx, 100)
	require.NoError(d, err)
	return r
}

// settle pushes and pulls until nothing is left to do.
func (d *desk) settle() {
	d.Helper()
	for range 100 {
		p := d.push()
		require.Empty(d, p.Problems)
		q := d.pull()
		require.Empty(d, q.Problems)
		list, err := d.svc.Changed(d.ctx, name, cvd.CaseID{}, 1)
		require.NoError(d, err)
		if len(list) == 0 && q.Applied+q.Opened == 0 && !q.More {
			return
		}
		d.clock.add(time.Second)
	}
	d.Fatal("it does not settle")
}

func (d *desk) team(id cvd.CaseID) *cvd.Case {
	d.Helper()
	c, err := d.svc.View(d.ctx, id, cvd.Viewer{Team: true})
	require.NoError(d, err)
	return c
}

// texts are the messages of a case.
func (d *desk) texts(id cvd.CaseID) (out []string) {
	for _, m := range d.team(id).Messages {
		out = append(out, string(m.Text))
	}
	return out
}

type ctxt = context.Context

const red = tlp.Red
