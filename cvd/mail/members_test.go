package mail_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// Members get what comes in, encrypted to each; their answers become notes.
func TestMembers(t *testing.T) {
	k := keys(t, "alice@team.example", "bob@team.example", "rita@finder.example")
	alice, bob, ritas := k[0], k[1], k[2]
	d := newDesk(t, func(in *mail.Intake) { in.Opener.Keyring.Certs = []pgp.Cert{alice.Cert(), ritas.Cert()} })
	d.cfg.Subscribers = []string{mail.SubscriberMembers}
	d.limit(cvd.Limits{})
	s, box, team := sender(t)
	m := &mail.Members{Service: d.svc, State: memstore.NewState(), Transport: s, Members: []pgp.Recipient{
		{Address: "alice@team.example", Cert: alice.Cert()}, {Address: "bob@team.example", Cert: bob.Cert()},
	}}
	d.in.Members = m
	run := func() (got map[string]*pgpmime.Mail) {
		t.Helper()
		got = map[string]*pgpmime.Mail{}
		s.Submit = submitter(func(to string, raw []byte) error {
			x := opened(t, raw, team, alice, bob)
			require.True(t, x.Encrypted())
			require.Len(t, x.Layers[0].Report.To, 1, "encrypted to one member")
			got[to] = x
			return nil
		})
		_, err := m.Run(ctx, 100)
		require.NoError(t, err)
		return got
	}
	r := d.take(rita("1@finder.example", "The long frame."))
	got := run()
	require.Len(t, got, 2)
	text, _ := got["alice@team.example"].Text()
	require.Contains(t, text, "The long frame.")
	require.Contains(t, text, r.Number)
	require.Contains(t, text, "authentication results")
	require.Equal(t, "auto-generated", got["bob@team.example"].Outer.Get("Auto-Submitted"))
	require.Empty(t, run(), "once")
	reply := "In-Reply-To: <" + got["alice@team.example"].MessageID() + ">"

	// A signed answer of a member is a note; it reaches nobody outside, and no member.
	x := &pgpmime.Draft{From: []string{"alice@team.example"}, To: []string{"security@team.example"}, Text: "I can reproduce it.", MessageID: "a1@team.example", InReplyTo: got["alice@team.example"].MessageID()}
	var b bytes.Buffer
	require.NoError(t, x.Sign(ctx, &b, &pgp.Engine{}, alice))
	a := d.take(b.String())
	require.Equal(t, mail.Message, a.Outcome, "%+v", a)
	require.Equal(t, r.CaseID, a.CaseID)
	require.Equal(t, cvd.KnownBySignature, a.Sender.KnownBy)
	last := func() cvd.Message { c := d.view(r.CaseID); return c.Messages[len(c.Messages)-1] }
	require.Equal(t, cvd.PurposeNote, last().Purpose)
	require.Contains(t, string(last().Text), "reproduce")
	require.Equal(t, mail.Duplicate, d.take(b.String()).Outcome)
	// By the word of our own server too; a stranger's word is none.
	ok := "Authentication-Results: mx.team.example; dmarc=pass header.from=team.example"
	require.Equal(t, mail.Message, d.take(eml("by DMARC", ok, "From: Alice <alice@team.example>", "Message-ID: <a2@team.example>", reply)).Outcome)
	for _, raw := range []string{
		eml("forged", "From: alice@team.example", "Message-ID: <a3@team.example>", reply),
		eml("other", passes, "From: rita@finder.example", "Message-ID: <a4@finder.example>", reply),
	} {
		e := d.take(raw)
		require.Equal(t, mail.Unverified, e.Outcome, "%+v", e)
		require.Equal(t, 6, e.Rule)
	}
	out, err := d.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 1, out.Sent, "the receipt only")
	got = run()
	require.Len(t, got, 2, "the unverified ones, for each member the last")
	text, _ = got["bob@team.example"].Text()
	require.Contains(t, text, "NOBODY HAS SHOWN")

	// One member that cannot be reached holds up no other, and is told of.
	e := &pgp.Engine{}
	gone, err := e.Revoke(bob, pgp.ReasonCompromised, "")
	require.NoError(t, err)
	dead, err := bob.Cert().Merge(gone.Armor())
	require.NoError(t, err)
	m.Members[1].Cert = dead
	d.take(rita("2@finder.example", "another"))
	n := 0
	s.Submit = submitter(func(string, []byte) error { n++; return nil })
	_, err = m.Run(ctx, 100)
	require.ErrorContains(t, err, dead.Fingerprint())
	require.Equal(t, 1, n)
	_, err = m.Run(ctx, 100)
	require.NoError(t, err)

	// What a server did not take comes again, under the same Message-ID.
	d.take(rita("3@finder.example", "a third"))
	m.Members = m.Members[:1]
	var ids []string
	fails := true
	s.Submit = submitter(func(_ string, raw []byte) error {
		ids = append(ids, opened(t, raw, team, alice).MessageID())
		if fails {
			return errors.New("later")
		}
		return nil
	})
	_, err = m.Run(ctx, 100)
	require.Error(t, err)
	fails = false
	_, err = m.Run(ctx, 100)
	require.NoError(t, err)
	require.Len(t, ids, 2)
	require.Equal(t, ids[0], ids[1])
	require.NotContains(t, strings.ToLower(string(box.raw)), "frame")
	_, err = (&mail.Members{}).Run(ctx, 1)
	require.Error(t, err)
}

type submitter func(to string, raw []byte) error

func (f submitter) Submit(_ context.Context, _, to string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return f(to, b.Bytes())
}
