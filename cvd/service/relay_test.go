package service_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// sealedParty invites a participant that is reached by sealed mail.
func sealedParty(d *desk, id cvd.CaseID, name string) cvd.PartyID {
	c := d.do(id, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{
		Name: cvd.Private(name), Routes: []cvd.Route{{Transport: "box", Address: cvd.Private(name)}},
	}})
	d.relay()
	d.box.got = nil
	return cvd.PartyID(len(c.Participants))
}

func texts(p *post) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, m := range p.got {
		for _, l := range strings.Split(string(m.Text), "\n") {
			if strings.HasPrefix(l, "text ") {
				out = append(out, string(m.To.Address)+" "+l)
			}
		}
	}
	return out
}

func say(to cvd.PartyID, n int) cvd.PostMessage {
	return cvd.PostMessage{To: []cvd.PartyID{to}, Text: cvd.Private(fmt.Sprintf("text %d", n))}
}

func TestRelayKeepsOrder(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	a, b := sealedParty(d, id, "a"), sealedParty(d, id, "b")
	for n := range 5 {
		d.do(id, say(a, n), say(b, n))
	}
	r := d.relay()
	require.Equal(t, 10, r.Sent)
	var toA []string
	for _, s := range texts(d.box) {
		if s[0] == 'a' {
			toA = append(toA, s)
		}
	}
	require.Equal(t, []string{"a text 0", "a text 1", "a text 2", "a text 3", "a text 4"}, toA)
	require.Zero(t, d.relay().Sent)
	c := d.view(id, team)
	last := c.Messages[len(c.Messages)-1].Deliveries[0]
	require.Equal(t, cvd.DeliveryState{Party: b, State: cvd.DeliverySent, At: last.At, Transport: "box", Protection: cvd.ProtectSealed}, last)
}

// A message that cannot be sent holds up those behind it, and nobody else's.
func TestNothingOvertakes(t *testing.T) {
	d := newDesk(t)
	blocked := errors.New("connection refused")
	var seen []string
	d = d.another(func(c *cvd.Config) {
		c.Transports = map[string]cvd.Transport{"box": cvd.TransportFunc(func(ctx context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			seen = append(seen, m.ID)
			if m.To.Address == "a" && blocked != nil {
				return cvd.Sent{}, blocked
			}
			return d.box.Send(ctx, m)
		})}
	})
	id := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"}).ID
	for _, name := range []string{"a", "b"} {
		d.do(id, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{Routes: []cvd.Route{{Transport: "box", Address: cvd.Private(name)}}}})
	}
	for n := range 3 {
		d.do(id, say(3, n), say(4, n))
	}
	r, err := d.svc.Relay(ctx, 100)
	require.NoError(t, err)
	require.Equal(t, 4, r.Sent, "the invitation and three texts to b")
	require.Equal(t, 1, r.Retried)
	require.Len(t, r.Problems, 1)
	require.ErrorIs(t, r.Problems[0].Err, blocked)
	require.Equal(t, cvd.PartyID(3), r.Problems[0].Party)
	require.Equal(t, id, r.Problems[0].Case)
	require.Equal(t, d.clock.Now().Add(time.Minute), r.Next)
	require.Zero(t, d.relay().Retried, "not before it is due")
	d.clock.pass(time.Minute)
	require.Equal(t, 1, d.relay().Retried)
	require.Zero(t, d.relay().Retried, "the second wait is longer")
	d.clock.pass(time.Minute)
	require.Zero(t, d.relay().Retried)
	d.clock.pass(time.Minute)
	blocked = nil
	seen = nil
	require.Equal(t, 4, d.relay().Sent)
	var toA []string
	for _, s := range texts(d.box) {
		if s[0] == 'a' {
			toA = append(toA, s)
		}
	}
	require.Equal(t, []string{"a text 0", "a text 1", "a text 2"}, toA)
}

func TestOneIDForAllTries(t *testing.T) {
	d := newDesk(t)
	ids := map[string]int{}
	threads := map[string]bool{}
	fails := 2
	d = d.another(func(c *cvd.Config) {
		c.Transports = map[string]cvd.Transport{"box": cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			ids[m.ID]++
			threads[m.Thread] = true
			if fails--; fails >= 0 {
				return cvd.Sent{}, errBroken
			}
			return cvd.Sent{}, nil
		})}
	})
	id := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"}).ID
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{Routes: []cvd.Route{{Transport: "box", Address: "a"}}}})
	for range 4 {
		d.relay()
		d.clock.pass(time.Hour)
	}
	d.do(id, say(3, 1))
	d.relay()
	require.Len(t, ids, 2)
	require.Len(t, threads, 1)
	for x, n := range ids {
		require.Regexp(t, `^[0-9a-f]{32}$`, x)
		require.Contains(t, []int{1, 3}, n)
	}
}

func TestGivenUp(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Attempts = 3 })
	id := d.received().ID
	a := sealedParty(d, id, "a")
	d.do(id, say(a, 1), say(a, 2))
	d.box.fail = errBroken
	for n := range 3 {
		r := d.relay()
		require.Equal(t, n == 2, r.Failed > 0, "try %d", n+1)
		if n == 2 {
			require.Len(t, r.Problems, 2, "the one that was given up, and the first try of the next")
			require.EqualValues(t, 3, r.Problems[0].Attempt)
		}
		d.clock.pass(4 * time.Hour)
	}
	d.box.fail = nil
	require.Equal(t, 1, d.relay().Sent)
	require.Equal(t, []string{"a text 2"}, texts(d.box), "what is given up does not hold up the next")
	c := d.view(id, team)
	n := len(c.Messages)
	require.Equal(t, cvd.DeliveryFailed, c.Messages[n-2].Deliveries[0].State)
	require.Equal(t, cvd.DeliverySent, c.Messages[n-1].Deliveries[0].State)
}

func TestUnprotectedBecomesANotice(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID // the reporter is reached by mail over TLS
	d.relay()
	d.mail.got = nil
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Subject: "the subject", Text: "the details", Attachments: []cvd.AttachmentID{1}})
	r := d.relay()
	require.Equal(t, 1, r.Noticed)
	require.Empty(t, r.Problems)
	require.Len(t, d.mail.got, 1)
	o := d.mail.got[0]
	require.True(t, o.Notice)
	require.Empty(t, o.Files)
	require.Equal(t, cvd.ProtectNone, o.Require)
	require.NotContains(t, string(o.Text), "details")
	require.NotContains(t, o.Subject+string(o.Text), "the subject")
	require.NotContains(t, o.Subject+string(o.Text), "frobd")
	require.True(t, strings.HasPrefix(string(o.Text), "TLP:GREEN\n"))

	// TLP:CLEAR may pass, unless the message demands more.
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "text 1", TLP: tlp.Clear})
	require.Equal(t, 1, d.relay().Sent)
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "text 2", TLP: tlp.Clear, Require: cvd.ProtectSealed})
	require.Equal(t, 1, d.relay().Noticed)
	// The attachment's label rules the message.
	c := d.do(id, cvd.Attach{Name: "a", TLP: tlp.Red, Content: strings.NewReader("x")})
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "text 3", TLP: tlp.Clear, Attachments: []cvd.AttachmentID{cvd.AttachmentID(len(c.Attachments))}})
	require.Equal(t, 1, d.relay().Noticed)
	require.Equal(t, []string{"rita@finder.example text 1"}, texts(d.mail))
}

func TestRoutes(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	c := d.do(id, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{Name: "both", Email: "both@vendor.example",
		Routes: []cvd.Route{{Transport: "mail", Address: "tls"}, {Transport: "box", Address: "sealed"}}}})
	both := cvd.PartyID(len(c.Participants))
	d.relay()
	d.do(id, say(both, 1))
	require.Equal(t, 1, d.relay().Sent)
	require.Equal(t, []string{"sealed text 1"}, texts(d.box), "the first route that can protect it")
	d.do(id, say(both, 2))
	d.box.fail = errBroken
	r := d.relay()
	require.Equal(t, 1, r.Retried, "a sealed transport that is down does not become a notice")
	require.Zero(t, r.Noticed)
	d.box.fail = nil
	d.mail.fail = errBroken
	d.clock.pass(time.Hour)
	require.Equal(t, 1, d.relay().Sent, "a route that is down does not keep the next from being tried")
	d.mail.fail = nil

	// Nobody can be reached who has no route.
	c = d.do(id, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{Name: "phone only", Phone: "1"}})
	none := cvd.PartyID(len(c.Participants))
	c = d.do(id, say(none, 3))
	require.Equal(t, cvd.DeliveryHeld, c.Messages[len(c.Messages)-1].Deliveries[0].State)
	require.Zero(t, d.relay().Sent)

	// A contact that is not for security matters gets notices only.
	c = d.do(id, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{NotForSecurity: true, Routes: []cvd.Route{{Transport: "box", Address: "sales"}}}})
	sales := cvd.PartyID(len(c.Participants))
	d.do(id, say(sales, 4))
	require.Equal(t, 2, d.relay().Noticed, "the invitation and the message")

	// A transport that the host took out of its configuration.
	e := d.another(func(c *cvd.Config) { c.Transports = map[string]cvd.Transport{"mail": d.mail} })
	d.do(id, say(both, 5))
	r = e.relay()
	require.Equal(t, 1, r.Retried)
	require.ErrorContains(t, r.Problems[0].Err, `"box"`)
}

// Whether a recipient may see a message is asked when it is sent, not when it
// was posted.
func TestAudienceAtSending(t *testing.T) {
	d := newDesk(t)
	d.clock.t = noon
	id := d.received().ID
	a := sealedParty(d, id, "a") // shown details first
	d.do(id, propose, cvd.AcceptEmbargo{Party: 2}, say(a, 1))
	require.Equal(t, vultron.Invited, d.view(id, team).Participants[a-1].Consent)
	d.do(id, cvd.AnswerInvitation{Party: a})
	r := d.relay()
	require.Equal(t, 1, r.Noticed, "by now it has declined")
	require.Empty(t, texts(d.box))

	d.do(id, cvd.AskConsent{To: a})
	d.refused(id, cvd.RuleAudience, say(a, 2))
	d.do(id, cvd.AnswerInvitation{Party: a, Accept: true}, say(a, 2))
	d.do(id, cvd.AnswerInvitation{Party: a})
	require.Equal(t, vultron.Declined, d.view(id, team).Participants[a-1].Consent)
	require.Equal(t, 1, d.relay().Noticed, "it has withdrawn since")
	require.Empty(t, texts(d.box))

	d.do(id, cvd.EndEmbargo{Reason: "agreed"})
	d.refused(id, cvd.RuleAudience, say(a, 3))
	d.relay()
	require.Empty(t, texts(d.box), "the end of the secret is no yes")
	got := 0
	for _, o := range d.box.got {
		if strings.Contains(string(o.Text), "embargo of case") {
			got++
		}
	}
	require.Equal(t, 1, got, "who declined learns that the embargo ended")
}

// The text is rendered when it is sent, so an erasure takes effect on what waits.
func TestErasureReachesTheQueue(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	a := sealedParty(d, id, "a")
	c := d.do(id, say(a, 1))
	require.NoError(t, d.store.Append(ctx, []storage.Change{service.Erasure(c, cvd.CommandID{1}, c.Seq)}))
	require.Equal(t, 1, d.relay().Sent)
	require.NotContains(t, string(d.box.got[0].Text), "text 1")
}

func TestFilesAreSent(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	a := sealedParty(d, id, "a")
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{a}, Text: "see the file", Attachments: []cvd.AttachmentID{1}})
	d.relay()
	require.Len(t, d.box.got, 1)
	require.Len(t, d.box.got[0].Files, 1)
	r, err := d.box.got[0].Files[0].Open(ctx)
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	require.EqualValues(t, len(b), d.box.got[0].Files[0].Size)
	require.Contains(t, string(b), "the original")
}

// slow lets a test act between the sending and the recording.
func slow(d *desk, during func()) *desk {
	return d.another(func(c *cvd.Config) {
		box := c.Transports["box"]
		c.Transports = map[string]cvd.Transport{"mail": d.mail, "box": cvd.TransportFunc(func(ctx context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			sent, err := box.Send(ctx, m)
			during()
			return sent, err
		})}
	})
}

// A process that is so slow that its lease ends does not record what another has
// sent by then.
func TestLostLease(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	a, b := sealedParty(d, id, "a"), sealedParty(d, id, "b")
	d.do(id, say(a, 1), say(b, 1))
	other := d.another()
	once := sync.OnceFunc(func() {
		d.clock.pass(3 * time.Minute) // longer than the lease
		_, err := other.svc.Relay(ctx, 1)
		require.NoError(t, err)
	})
	before := d.names(id)[cvd.EventMessageDelivered]
	r, err := slow(d, once).svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, r.Problems)
	require.Equal(t, 1, r.Sent, "the one that nobody else has taken")
	require.Len(t, d.box.got, 3, "a message is sent at least once, here one of them twice …")
	require.Equal(t, d.box.got[0].To, d.box.got[1].To)
	require.Equal(t, d.box.got[0].ID, d.box.got[1].ID, "… under one ID")
	require.Equal(t, before+2, d.names(id)[cvd.EventMessageDelivered], "and recorded once each")
	require.Zero(t, d.relay().Sent)
}

func TestRelayOfUnknownOutcome(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))
	id := d.received().ID
	a := sealedParty(d, id, "a")
	d.do(id, say(a, 1))
	before := d.names(id)[cvd.EventMessageDelivered]
	f.after = errBroken // recorded, and then the connection broke
	r, err := d.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 1, r.Sent)
	require.Equal(t, before+1, d.names(id)[cvd.EventMessageDelivered])

	d.do(id, say(a, 2))
	f.before = errBroken // not recorded
	r, err = d.svc.Relay(ctx, 10)
	require.NoError(t, err, "other cases go on")
	require.Len(t, r.Problems, 1)
	require.ErrorIs(t, r.Problems[0].Err, errBroken)
	require.Zero(t, d.relay().Sent, "the lease holds")
	d.clock.pass(3 * time.Minute)
	require.Equal(t, 1, d.relay().Sent)
	require.Equal(t, before+2, d.names(id)[cvd.EventMessageDelivered])
	require.Equal(t, d.box.got[1].ID, d.box.got[2].ID)
}

// A host that stops while a message goes out records it all the same.
func TestRelayOfAStoppingHost(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	a := sealedParty(d, id, "a")
	d.do(id, say(a, 1))
	stopping, cancel := context.WithCancel(ctx)
	_, err := slow(d, cancel).svc.Relay(stopping, 1)
	require.NoError(t, err)
	d.clock.pass(time.Hour)
	require.Zero(t, d.relay().Sent)
	require.Equal(t, []string{"a text 1"}, texts(d.box))
}

// One case that cannot be read or written holds up no other, and its own
// messages wait: they are not sent, because that could not be recorded.
func TestRelayPastABrokenCase(t *testing.T) {
	for name, breakIt := range map[string]func(*desk, *cvd.Case) *desk{
		"tampered": func(d *desk, c *cvd.Case) *desk {
			first := d.log(c.ID)[0].Body
			return d.altered(func(rs []storage.Record) []storage.Record {
				if bytes.Equal(rs[0].Body, first) { // not those of the good case
					rs[0].Body[9] ^= 1
				}
				return rs
			})
		},
		"newer": func(d *desk, c *cvd.Case) *desk {
			ch := service.AppendedBy(d.view(c.ID, team), cvd.CommandID{1}, "future.rule/1", true, nil, nil)
			require.NoError(d.t, d.store.Append(ctx, []storage.Change{ch}))
			return d.another()
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			bad := d.received()
			sealedParty(d, bad.ID, "bad")
			good := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"})
			d.do(good.ID, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{Routes: []cvd.Route{{Transport: "box", Address: "good"}}}})
			d.relay()
			d.box.got = nil
			d.do(bad.ID, say(3, 1))
			d.do(good.ID, say(3, 1))
			e := breakIt(d, bad)
			for range 3 {
				r := e.relay()
				require.NotEmpty(t, r.Problems)
				require.Equal(t, bad.ID, r.Problems[0].Case)
				require.True(t, errors.Is(r.Problems[0].Err, cvd.ErrTampered) || errors.Is(r.Problems[0].Err, cvd.ErrNewer))
				require.Equal(t, []string{"good text 1"}, texts(d.box))
				d.clock.pass(5 * time.Hour)
			}
		})
	}
}

func TestThousandDeliveriesAreSentOnce(t *testing.T) {
	const n, workers = 1000, 16
	var mu sync.Mutex
	sent := map[string]int{}
	d := newDesk(t, func(c *cvd.Config) {
		c.Transports = map[string]cvd.Transport{"box": cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			mu.Lock()
			defer mu.Unlock()
			sent[string(m.To.Address)]++
			return cvd.Sent{Protection: cvd.ProtectSealed}, nil
		})}
	})
	id := d.do(cvd.CaseID{}, cvd.Receive{Title: "t"}).ID
	to := []cvd.PartyID{}
	batch := []cvd.Command{}
	for i := range n {
		batch = append(batch, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "they are known to us", Contact: cvd.Contact{Routes: []cvd.Route{{Transport: "box", Address: cvd.Private(fmt.Sprint(i))}}}})
		to = append(to, cvd.PartyID(i+3))
	}
	d.do(id, batch...)
	for r, err := d.svc.Relay(ctx, n); r.Sent > 0; r, err = d.svc.Relay(ctx, n) {
		require.NoError(t, err)
	}
	require.Len(t, sent, n)
	clear(sent)
	d.do(id, cvd.PostMessage{To: to, Text: "t"})
	desks := []*desk{d, d.another(), d.another(func(c *cvd.Config) { c.Cached = -1 })}
	var wg sync.WaitGroup
	total := 0
	for i := range workers {
		wg.Go(func() {
			for {
				r, err := desks[i%3].svc.Relay(ctx, 25)
				if err != nil || len(r.Problems) > 0 {
					t.Error(err, r.Problems)
					return
				}
				if r.Sent == 0 {
					return
				}
				mu.Lock()
				total += r.Sent
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, n, total)
	require.Len(t, sent, n)
	for who, times := range sent {
		require.Equal(t, 1, times, who)
	}
	for _, x := range d.view(id, team).Messages[n].Deliveries {
		require.Equal(t, cvd.DeliverySent, x.State)
	}
}

func TestProblemsCarryNoText(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	a := sealedParty(d, id, "a")
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{a}, Subject: marker, Text: marker})
	d.box.fail = errors.New("421 try later")
	r := d.relay()
	require.Len(t, r.Problems, 1)
	silent(t, "Relayed", r)
	require.Contains(t, fmt.Sprintf("%+v", r), "421 try later", "what the transport said is there")
}
