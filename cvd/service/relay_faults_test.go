package service_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// inBubble gives a desk whose clock is the bubble's, so that waiting costs no
// time and each run is the same.
func inBubble(t *testing.T, f func(t *testing.T, d *desk), change ...func(*cvd.Config)) {
	synctest.Test(t, func(t *testing.T) {
		f(t, newDesk(t, append(change, func(c *cvd.Config) { c.Now = time.Now })...))
	})
}

// sender replaces the Transport "box".
func (d *desk) sender(send func(context.Context, cvd.Outgoing) (cvd.Sent, error)) *desk {
	return d.another(func(c *cvd.Config) {
		c.Transports = map[string]cvd.Transport{cvd.TransportMail: d.mail, "box": cvd.TransportFunc(send)}
	})
}

// waiting opens a case with a vendor for each name, to whom one message waits.
func (d *desk) waiting(names ...string) cvd.CaseID {
	d.t.Helper()
	id := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"}).ID
	var to []cvd.PartyID
	for _, name := range names {
		to = append(to, sealedParty(d, id, name))
	}
	for _, p := range to {
		d.do(id, say(p, 1))
	}
	return id
}

// Issue 12, line 22: recipients that hang, also those whose Transport ignores its
// context, hold up nobody else.
func TestHangingRecipientHoldsUpNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		end := make(chan struct{})
		defer close(end)
		d.waiting("deaf 1", "slow 1", "deaf 2", "slow 2", "well 1", "deaf 3", "well 2")
		got := map[string]time.Duration{}
		begin := time.Now()
		d = d.sender(func(ctx context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			switch string(m.To.Address)[:4] {
			case "deaf":
				<-end
				return cvd.Sent{}, errBroken
			case "slow":
				<-ctx.Done()
				return cvd.Sent{}, ctx.Err()
			}
			got[string(m.To.Address)] = time.Since(begin)
			return cvd.Sent{Protection: cvd.ProtectSealed}, nil
		})
		for range 40 {
			_, err := d.svc.Relay(ctx, 100)
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		require.Len(t, got, 2, "the two that are well")
		for name, after := range got {
			require.Less(t, after, 15*time.Minute, name)
		}
	})
}

// What was claimed and could not be tried is no try: the first real one is the
// first.
func TestClaimsAreNoTries(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f), func(c *cvd.Config) { c.Attempts = 2 })
	id := d.waiting("a")
	broken := d.another(func(c *cvd.Config) { c.Cached = -1 })
	f.alter = func(rs []storage.Record) []storage.Record { return rs[1:] }
	for range 30 {
		r, err := broken.svc.Relay(ctx, 10)
		require.NoError(t, err)
		require.Len(t, r.Problems, 1)
		require.Zero(t, r.Problems[0].Attempt)
		d.clock.pass(5 * time.Hour)
	}
	f.alter = nil
	d.box.fail = errBroken
	r := d.relay()
	require.Zero(t, r.Failed)
	require.EqualValues(t, 1, r.Problems[0].Attempt)
	d.box.fail = nil
	d.clock.pass(time.Hour)
	require.Equal(t, 1, d.relay().Sent)
	require.Equal(t, cvd.DeliverySent, d.view(id, team).Messages[1].Deliveries[0].State, "the message after the invitation")
}

// A host whose code panics for one recipient serves the others.
func TestPanicStarvesNobody(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Attempts = 3 })
	d.waiting("a", "b")
	seen := map[string]int{}
	send := d.sender(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
		seen[string(m.To.Address)]++
		if m.To.Address == "a" {
			panic("the report says " + marker)
		}
		return cvd.Sent{Protection: cvd.ProtectSealed}, nil
	})
	r, err := send.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 1, r.Sent)
	var p *cvd.PanicError
	require.ErrorAs(t, r.Problems[0].Err, &p)
	require.Contains(t, string(p.Stack), "TestPanicStarvesNobody")
	silent(t, "Relayed", r)
	for range 5 {
		d.clock.pass(5 * time.Hour)
		_, err = send.svc.Relay(ctx, 10)
		require.NoError(t, err)
	}
	require.Equal(t, map[string]int{"a": 3, "b": 1}, seen, "and is given up in the end")

	d.waiting("c", "d")
	render := d.another(func(c *cvd.Config) {
		c.Render = func(r cvd.Rendering) (string, string) {
			if r.To.Name == "c" {
				panic(errors.New(marker))
			}
			return cvd.RenderTexts(r)
		}
	})
	r, err = render.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 1, r.Sent)
	require.ErrorAs(t, r.Problems[0].Err, &p)
	silent(t, "Relayed", r)
}

// A mailbox that does not exist is not asked twenty times.
func TestUndeliverableIsGivenUpAtOnce(t *testing.T) {
	for name, transports := range map[string]map[string]error{
		"the only route":     {"box": fmt.Errorf("550 5.1.1: %w", cvd.ErrUndeliverable)},
		"both routes":        {"box": cvd.ErrUndeliverable, "two": cvd.ErrUndeliverable},
		"the other is down":  {"box": cvd.ErrUndeliverable, "two": errBroken},
		"the other is well":  {"box": cvd.ErrUndeliverable, "two": nil},
		"a notice, too":      {"box": cvd.ErrUndeliverable, "two": cvd.ErrUnprotected},
		"a late retry error": {"box": &cvd.RetryError{After: 1, Err: cvd.ErrUndeliverable}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.waiting()
			contact := cvd.Contact{Name: "a"}
			tries := map[string]int{}
			d = d.another(func(c *cvd.Config) {
				c.Transports = map[string]cvd.Transport{}
				for _, name := range []string{"box", "two"} {
					err, ok := transports[name]
					if !ok {
						continue
					}
					contact.Routes = append(contact.Routes, cvd.Route{Transport: name, Address: "a"})
					c.Transports[name] = cvd.TransportFunc(func(context.Context, cvd.Outgoing) (cvd.Sent, error) {
						tries[name]++
						return cvd.Sent{Protection: cvd.ProtectSealed}, err
					})
				}
			})
			d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: contact})
			r, err := d.svc.Relay(ctx, 1)
			require.NoError(t, err)
			switch name {
			case "the other is well":
				require.Equal(t, 1, r.Sent)
				require.Empty(t, r.Problems)
			case "the other is down":
				require.Equal(t, 1, r.Retried)
			case "a notice, too":
				require.Equal(t, 1, r.Retried+r.Failed)
			default:
				require.Equal(t, 1, r.Failed)
				require.ErrorIs(t, r.Problems[0].Err, cvd.ErrUndeliverable)
				require.Equal(t, 1, tries["box"])
			}
		})
	}
}

// A server that says when to come again is asked then.
func TestRetryAfterIsHonoured(t *testing.T) {
	d := newDesk(t)
	d.waiting("a")
	after := 17 * time.Minute
	tries := 0
	d = d.sender(func(context.Context, cvd.Outgoing) (cvd.Sent, error) {
		tries++
		return cvd.Sent{}, fmt.Errorf("greylisted: %w", &cvd.RetryError{After: after, Err: errBroken})
	})
	r, err := d.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, d.clock.Now().Add(after), r.Next)
	require.ErrorIs(t, r.Problems[0].Err, errBroken)
	d.clock.pass(after - time.Second)
	d.relay()
	require.Equal(t, 1, tries)
	d.clock.pass(time.Second)
	after = 1000 * time.Hour
	r, err = d.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 2, tries)
	require.Equal(t, d.clock.Now().Add(24*time.Hour), r.Next, "up to a day")
}

// A process that has become slow begins no send that another may have begun.
func TestNoSendOutlastsItsLease(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		d.waiting("a", "b", "c", "d", "e", "f")
		sent := map[string]int{}
		send := func(wait time.Duration) func(context.Context, cvd.Outgoing) (cvd.Sent, error) {
			return func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
				time.Sleep(wait)
				sent[m.ID]++
				return cvd.Sent{Protection: cvd.ProtectSealed}, nil
			}
		}
		slow, quick := d.sender(send(25*time.Second)), d.sender(send(0))
		done := make(chan error)
		go func() {
			_, err := slow.svc.Relay(ctx, 6)
			done <- err
		}()
		for range 300 {
			time.Sleep(time.Second)
			if _, err := quick.svc.Relay(ctx, 6); err != nil {
				t.Error(err)
			}
		}
		require.NoError(t, <-done)
		require.Len(t, sent, 6)
		for id, n := range sent {
			require.Equal(t, 1, n, id)
		}
	})
}

// Issue 12, line 21: one case that is damaged or newer does not end Tick for
// ever, however many there are.
func TestTickPastBrokenCases(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))
	bad := map[string]bool{}
	for range 3 {
		c := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"})
		bad[string(d.log(c.ID)[0].Body)] = true
		d.clock.pass(time.Second)
	}
	newer := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"})
	ch := service.AppendedBy(d.view(newer.ID, team), cvd.CommandID{1}, "future.rule/1", true, nil, nil)
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 1})
	require.NoError(t, err)
	ch.Head.Due = heads[0].Due
	require.NoError(t, d.store.Append(ctx, []storage.Change{ch}))
	good := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"})
	f.alter = func(rs []storage.Record) []storage.Record {
		if bad[string(rs[0].Body)] {
			rs[0].Body[9] ^= 1
		}
		return rs
	}
	e := d.another(func(c *cvd.Config) { c.Cached = -1 })
	d.clock.pass(100 * time.Hour)
	named := map[cvd.CaseID]error{}
	reminded := 0
	for range 5 {
		out, err := e.svc.Tick(ctx, 1) // each time the same one would come
		require.NoError(t, err)
		for _, p := range out.Problems {
			named[p.Case] = p.Err
		}
		for _, a := range out.Reminders {
			require.Equal(t, good.ID, a.Case)
			reminded++
		}
	}
	require.NotZero(t, reminded)
	require.Len(t, named, 4)
	require.ErrorIs(t, named[newer.ID], cvd.ErrNewer)
	f.alter = nil
	d.clock.pass(time.Hour)
	require.NotEmpty(t, d.another().tick().Reminders, "what is whole again has its turn")
}

func (d *desk) dueNext(id cvd.CaseID) storage.Millis {
	d.t.Helper()
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 100})
	require.NoError(d.t, err)
	i := slices.IndexFunc(heads, func(h storage.Head) bool { return h.ID == id })
	return heads[i].Due
}

// A case that failed in a process whose clock is years ahead is not put off by years:
// the others look at it a day after it was due.
func TestTickPutOffByAWrongClock(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))
	c := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"})
	due := d.dueNext(c.ID)
	f.alter = func(rs []storage.Record) []storage.Record {
		rs[0].Body[9] ^= 1
		return rs
	}
	wrong := d.another(func(x *cvd.Config) {
		x.Cached, x.Now = -1, func() time.Time { return d.clock.Now().AddDate(10, 0, 0) }
	})
	out, err := wrong.svc.Tick(ctx, 10)
	require.NoError(t, err)
	require.Len(t, out.Problems, 1)
	f.alter = nil
	require.Greater(t, d.dueNext(c.ID), due, "others have their turn")
	d.clock.pass(due.Time().Add(24 * time.Hour).Sub(d.clock.Now()))
	require.NotEmpty(t, d.another().tick().Reminders)
}

// A party's list shows what can be read, and names what cannot.
func TestFindPastBrokenCases(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))
	bad, good := d.received(), d.do(cvd.CaseID{}, cvd.Receive{Title: "t", Reporter: report.Reporter})
	first := d.log(bad.ID)[0].Body
	f.alter = func(rs []storage.Record) []storage.Record {
		if string(rs[0].Body) == string(first) {
			rs[0].Body[9] ^= 1
		}
		return rs
	}
	e := d.another(func(c *cvd.Config) { c.Cached = -1 })
	page, err := e.svc.Find(ctx, cvd.Viewer{Identity: "rita@finder.example"}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1)
	require.Equal(t, good.ID, page.Cases[0].ID)
	require.Len(t, page.Problems, 1)
	require.Equal(t, bad.ID, page.Problems[0].Case)
	require.ErrorIs(t, page.Problems[0].Err, cvd.ErrTampered)
}
