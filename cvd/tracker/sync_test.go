package tracker_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/stretchr/testify/require"
)

func TestATicketShowsNumberAndLink(t *testing.T) {
	d := newDesk(t)
	c := d.receive(1)
	d.settle()
	tickets := d.mem.Tickets()
	require.Len(t, tickets, 1)
	require.Equal(t, "["+c.Number+"] Coordinated disclosure case", string(tickets[0].Title))
	require.Equal(t, "This ticket stands for case "+c.Number+". What it is about is kept there.\nhttps://desk.example/"+c.Number, string(tickets[0].Body))
	require.Equal(t, d.svc.Marker(c.ID, name), tickets[0].Marker)
	id, err := d.svc.Lookup(d.ctx, cvd.ExternalID{Kind: "ticket:" + name, Value: "1"})
	require.NoError(t, err)
	require.Equal(t, c.ID, id)
}

// The goals of issue: 2 requests to create, 1 for an invisible, at most 3 for a
// visible change.
func TestRequestsOfAPush(t *testing.T) {
	d := newDesk(t)
	c := d.receive(1)
	before := d.mem.Requests()
	spent := func() int {
		d.push()
		d.push()
		n := d.mem.Requests() - before
		before = d.mem.Requests()
		return n
	}
	require.Equal(t, 2, spent(), "a new ticket")
	d.do(c.ID, cvd.PostMessage{Text: "a note"})
	require.Equal(t, 0, spent(), "a change that the ticket does not show")
	d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
	require.Equal(t, 2, spent(), "a change of state")
	require.Equal(t, "open", d.mem.Tickets()[0].Status)
}

func TestCommentsComeIn(t *testing.T) {
	d := newDesk(t)
	c := d.receive(1)
	d.settle()
	require.NoError(t, d.mem.Comment("1", "joe", "looks bad", false))
	require.NoError(t, d.mem.Comment("1", "joe", "/reporter Thank you, we can reproduce it.", false))
	require.NoError(t, d.mem.Comment("1", "joe", "a reply that nobody marked", true))
	d.settle()
	var notes, passed int
	for _, m := range d.team(c.ID).Messages {
		if len(m.To) == 0 {
			notes++
		} else if m.Purpose == cvd.PurposeMessage {
			passed++
			require.Equal(t, "Thank you, we can reproduce it.", string(m.Text))
		}
	}
	require.Equal(t, 2, notes)
	require.Equal(t, 1, passed, "only what is marked reaches the reporter")
	actors := fmt.Sprint(d.team(c.ID).Actors == nil)
	require.Equal(t, "false", actors)
	require.Contains(t, d.team(c.ID).Actors, cvd.Private(name+":joe"))
}

func TestRepliesReachTheReporterWhereTheHostSaysSo(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.Replies = true })
	c := d.receive(1)
	d.settle()
	require.NoError(t, d.mem.Comment("1", "joe", "a reply", true))
	d.settle()
	ms := d.team(c.ID).Messages
	require.NotEmpty(t, ms[len(ms)-1].To)
}

func TestResolvedIsAClaim(t *testing.T) {
	d := newDesk(t)
	c := d.receive(1)
	d.settle()
	require.NoError(t, d.mem.SetStatus("1", "joe", "resolved"))
	d.settle()
	got := d.team(c.ID)
	require.Len(t, got.OpenClaims(), 1)
	require.Equal(t, vultron.FixReady, got.Claims[0].What)
	require.Zero(t, got.Claims[0].Adopted, "a claim acts once the team adopts it")
	require.True(t, got.Open())
	require.Zero(t, got.State(1, cvd.Owner, 0)&vultron.CSFixReady)
	require.Equal(t, "resolved", d.mem.Tickets()[0].Status, "what people set stands until the case says something new")
	require.Contains(t, d.texts(c.ID), "Ticket 1: state: new → resolved")
}

func TestOwnersComeIn(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.Mapping.Owners = map[string]string{"joe": "joe@desk.example"} })
	c := d.receive(1)
	d.settle()
	require.NoError(t, d.mem.SetOwner("1", "jane", "joe"))
	d.settle()
	require.Equal(t, cvd.Private("joe@desk.example"), d.team(c.ID).Assignee)
	require.NoError(t, d.mem.SetOwner("1", "jane", ""))
	d.settle()
	require.False(t, d.team(c.ID).Assigned)
}

func TestATicketBecomesACase(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.Intake = tracker.Report })
	ref := d.mem.Open("joe", "Overflow in frobd", "long text")
	require.NoError(t, d.mem.Comment(ref, "jane", "and a comment", false))
	d.settle()
	id, err := d.svc.Lookup(d.ctx, cvd.ExternalID{Kind: "ticket:" + name, Value: cvd.Private(ref)})
	require.NoError(t, err)
	got := d.team(id)
	require.Equal(t, "Overflow in frobd", string(got.Title))
	require.Equal(t, "long text", string(got.Reports[0].Observations))
	require.Contains(t, d.texts(id), "and a comment")
	tickets := d.mem.Tickets()
	require.Len(t, tickets, 1)
	require.Equal(t, d.svc.Marker(id, name), tickets[0].Marker)
	require.Equal(t, "Overflow in frobd", string(tickets[0].Title), "what people wrote stays theirs")
	d.settle()
	require.Len(t, d.mem.Tickets(), 1)
}

func TestTicketsOfStrangersAreLeftAlone(t *testing.T) {
	d := newDesk(t)
	d.mem.Open("joe", "printer on fire", "")
	r := d.pull()
	require.Zero(t, r.Applied+r.Opened)
	require.Equal(t, 1, r.Ignored)
}

func TestMergedCasesFollow(t *testing.T) {
	d := newDesk(t)
	a, b := d.receive(1), d.receive(2)
	d.settle()
	_, err := d.svc.Merge(d.ctx, a.ID, cvd.By{Actor: "alice"}, cvd.Merge{Into: b.ID})
	require.NoError(t, err)
	d.settle()
	var refA string
	for _, x := range d.mem.Tickets() {
		if x.Marker == d.svc.Marker(a.ID, name) {
			refA = x.Ref
			require.Contains(t, string(x.Body), "goes on in "+b.Number)
			require.Equal(t, "resolved", x.Status)
		}
	}
	require.NoError(t, d.mem.Comment(refA, "joe", "on the old ticket", false))
	d.settle()
	require.Contains(t, d.texts(b.ID), "on the old ticket")
}

func TestMovedMergedAndDeletedTickets(t *testing.T) {
	d := newDesk(t)
	a, b, c := d.receive(1), d.receive(2), d.receive(3)
	d.settle()
	ref := map[cvd.CaseID]string{}
	for _, x := range d.mem.Tickets() {
		for _, k := range []*cvd.Case{a, b, c} {
			if x.Marker == d.svc.Marker(k.ID, name) {
				ref[k.ID] = x.Ref
			}
		}
	}
	moved, err := d.mem.Move(ref[a.ID], "joe", "other")
	require.NoError(t, err)
	require.NoError(t, d.mem.Merge(ref[b.ID], "joe", moved))
	require.NoError(t, d.mem.Delete(ref[c.ID], "joe"))
	for _, k := range []*cvd.Case{a, b, c} {
		d.do(k.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
	}
	var problems []string
	for range 4 {
		for _, p := range d.push().Problems {
			problems = append(problems, p.String())
		}
		d.pull()
	}
	require.Len(t, problems, 2, problems)
	tickets := d.mem.Tickets()
	require.Len(t, tickets, 1, "no ticket is made anew")
	require.Equal(t, "open", tickets[0].Status)
	require.Contains(t, string(tickets[0].Title), a.Number, "the case whose marker it carries writes it")
	require.NoError(t, d.mem.Comment(moved, "joe", "for both", false))
	d.pull()
	require.Contains(t, d.texts(a.ID), "for both")
	require.Contains(t, d.texts(b.ID), "for both")
	require.NoError(t, d.sync.Forget(d.ctx, c.ID, ""))
	d.do(c.ID, cvd.PostMessage{Text: "again"})
	d.push()
	require.Len(t, d.mem.Tickets(), 2, "until the host says so")
}

func TestManyCasesForATicket(t *testing.T) {
	d := newDesk(t)
	ref := d.mem.Open("joe", "an umbrella", "")
	a, b := d.receive(1), d.receive(2)
	require.NoError(t, d.sync.Attach(d.ctx, a.ID, ref))
	require.NoError(t, d.sync.Attach(d.ctx, b.ID, ref))
	d.settle()
	require.Len(t, d.mem.Tickets(), 1)
	require.Equal(t, d.svc.Marker(a.ID, name), d.mem.Tickets()[0].Marker)
	require.NoError(t, d.mem.Comment(ref, "joe", "for both", false))
	d.settle()
	for _, c := range []*cvd.Case{a, b} {
		require.Contains(t, d.texts(c.ID), "for both")
	}
}

func TestManyTicketsForACase(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.Parts, c.Clearance = tracker.ByStream, tlp.Green })
	c := d.receive(1)
	d.do(c.ID, cvd.AddProduct{Name: "Router OS 7", TLP: tlp.Green}, cvd.AddProduct{Name: "Router OS 8", TLP: tlp.Green})
	d.settle()
	require.Len(t, d.mem.Tickets(), 2)
	require.NoError(t, d.mem.SetStatus("2", "joe", "resolved"))
	d.settle()
	claims := d.team(c.ID).Claims
	require.Len(t, claims, 1)
	require.NotZero(t, claims[0].Stream)
}

func TestAnIgnoredStatusIsReported(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.Mapping.Out = []tracker.OutRow{{Status: "frobbed"}} })
	d.receive(1)
	r := d.push()
	require.Len(t, r.Problems, 1)
	var ignored *tracker.NotAppliedError
	require.ErrorAs(t, r.Problems[0].Err, &ignored)
	require.Equal(t, []string{"Status"}, ignored.Fields)
	require.Empty(t, d.push().Problems, "it is said once")
	require.Len(t, d.mem.Tickets(), 1)
}

func TestStaleWritesAreRepeated(t *testing.T) {
	d := newDesk(t)
	c := d.receive(1)
	d.settle()
	require.NoError(t, d.mem.SetTitle("1", "joe", "my title"))
	d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
	d.push()
	got := d.mem.Tickets()[0]
	require.Equal(t, "open", got.Status)
	require.Equal(t, "my title", string(got.Title), "what was not written is left alone")
}

func TestRateLimitsAreHonoured(t *testing.T) {
	d := newDesk(t)
	for i := range 5 {
		d.receive(i)
	}
	d.mem.Fail(func(op string, done bool) error {
		return &tracker.Error{Op: op, Status: 429, Refused: true, Retry: true, After: time.Minute}
	})
	r := d.push()
	require.Equal(t, d.clock.now().Add(time.Minute), r.Next)
	n := d.mem.Requests()
	require.Equal(t, 1, n, "nothing more is asked")
	d.mem.Fail(nil)
	other := d.newSync("b")
	p, err := other.Push(d.ctx, 10)
	require.NoError(t, err)
	require.Equal(t, r.Next, p.Next, "all processes wait")
	q, err := other.Pull(d.ctx, 10)
	require.NoError(t, err)
	require.Equal(t, r.Next, q.Next)
	require.Equal(t, n, d.mem.Requests())
	d.clock.add(time.Minute)
	d.settle()
	require.Len(t, d.mem.Tickets(), 5)
}

func TestOneBadTicketStopsNoOther(t *testing.T) {
	d := newDesk(t)
	bad := d.receive(0)
	for i := range 5 {
		d.receive(i)
	}
	d.sync = d.newSync("a")
	marker := d.svc.Marker(bad.ID, name)
	d.cfg.Tracker = refusing{d.cfg.Tracker, marker}
	d.sync = d.newSync("a")
	var problems int
	for range 4 {
		r, err := d.sync.Push(d.ctx, 2)
		require.NoError(t, err)
		problems += len(r.Problems)
	}
	require.Len(t, d.mem.Tickets(), 5)
	require.Positive(t, problems)
}

// refusing is a tracker that cannot make one ticket.
type refusing struct {
	tracker.Tracker
	marker string
}

func (r refusing) Create(ctx ctxt, f tracker.Fields) (tracker.Ticket, error) {
	if f.Marker == r.marker {
		return tracker.Ticket{}, &tracker.Error{Op: "create", Status: 422, Refused: true}
	}
	return r.Tracker.Create(ctx, f)
}

func TestReadOnlyWritesNothing(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.ReadOnly, c.Intake = true, tracker.Report })
	d.receive(1)
	ref := d.mem.Open("joe", "Overflow", "text")
	require.NoError(t, d.mem.Comment(ref, "joe", "more", false))
	d.mem.Fail(func(op string, done bool) error {
		if op == "create" || op == "update" {
			return errors.New("it wrote")
		}
		return nil
	})
	require.Equal(t, 1, d.pull().Opened)
	require.Equal(t, tracker.Pushed{}, d.push())
	require.Equal(t, 0, d.pull().Opened)
	require.Len(t, d.mem.Tickets(), 1)
}

func TestLostStateIsMadeAnew(t *testing.T) {
	d := newDesk(t, func(c *tracker.Config) { c.Intake = tracker.Report })
	c := d.receive(1)
	ref := d.mem.Open("joe", "Overflow", "text")
	d.settle()
	require.NoError(t, d.mem.Comment("2", "joe", "once", false))
	d.settle()
	keys, err := d.state.List(d.ctx, name, "", 1000)
	require.NoError(t, err)
	for _, k := range keys {
		_, v, err := d.state.Get(d.ctx, k)
		require.NoError(t, err)
		_, err = d.state.Put(d.ctx, k, v, nil)
		require.NoError(t, err)
	}
	d.settle()
	d.do(c.ID, cvd.PostMessage{Text: "again"})
	d.settle()
	require.Len(t, d.mem.Tickets(), 2)
	var times int
	for _, id := range []string{ref, "2"} {
		cid, err := d.svc.Lookup(d.ctx, cvd.ExternalID{Kind: "ticket:" + name, Value: cvd.Private(id)})
		require.NoError(t, err)
		for _, x := range d.texts(cid) {
			if x == "once" {
				times++
			}
		}
	}
	require.Equal(t, 1, times, "a change acts once, whatever is forgotten")
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	d := newDesk(t)
	for what, change := range map[string]func(*tracker.Config){
		"Clearance": func(c *tracker.Config) { c.Clearance = 1 << 7 },
		"Name":      func(c *tracker.Config) { c.Name = "no slash" },
		"Mapping":   func(c *tracker.Config) { c.Mapping.In = []tracker.InRow{{Status: "x", Claim: "fixed"}} },
		"Lease":     func(c *tracker.Config) { c.Lease = -1 },
		"Service":   func(c *tracker.Config) { c.Service = nil },
	} {
		cfg := d.cfg
		change(&cfg)
		if what == "Clearance" {
			cfg.Clearance = red
		}
		_, err := tracker.New(cfg)
		require.ErrorContains(t, err, what)
	}
}
