package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// kept is a Submitter that keeps what it is given.
type kept struct {
	from, to string
	raw      []byte
	n        int
	err      error
}

func (k *kept) Submit(_ context.Context, from, to string, write func(io.Writer) error) error {
	if k.err != nil {
		return k.err
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	k.from, k.to, k.raw = from, to, b.Bytes()
	k.n++
	return nil
}

func outgoing(change ...func(*cvd.Outgoing)) cvd.Outgoing {
	m := cvd.Outgoing{
		ID: strings.Repeat("a1", 16), Thread: strings.Repeat("b2", 16), Number: "CVD-2026-ABCDE",
		To: cvd.Route{Transport: cvd.TransportMail, Address: "rita@finder.example"}, Name: "Rita",
		TLP: tlp.Amber, Require: cvd.ProtectPortal, Subject: "[CVD-2026-ABCDE] Message", Text: "TLP:AMBER\n\nthe secret of frobd",
	}
	for _, f := range change {
		f(&m)
	}
	return m
}

// sender is a transport with a key, and the mails that it submits.
func sender(t *testing.T, certs ...pgp.Cert) (*mail.Transport, *kept, pgp.Secret) {
	team := keys(t, "security@team.example")[0]
	k := &kept{}
	return &mail.Transport{
		Submit: k, Address: "security@team.example", Name: "Example PSIRT", Separator: "+", Key: team, Certs: mail.Ring(certs),
		Now: func() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) },
	}, k, team
}

// opened reads a mail with a key, and checks that it is of 7 bits and well signed.
func opened(t *testing.T, raw []byte, team pgp.Secret, with ...pgp.Secret) *pgpmime.Mail {
	t.Helper()
	for _, b := range raw {
		require.Less(t, b, byte(0x80), "7-bit")
	}
	for line := range strings.Lines(string(raw)) {
		require.LessOrEqual(t, len(line), 1000)
		require.True(t, strings.HasSuffix(line, "\r\n"), "%q", line)
	}
	m, err := pgpmime.Opener{Keyring: pgp.Keyring{Secrets: with, Certs: []pgp.Cert{team.Cert()}}}.Open(ctx, bytes.NewReader(raw))
	require.NoError(t, err)
	t.Cleanup(func() { m.Close() })
	require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()), "every mail is signed")
	return m
}

func TestSealedMail(t *testing.T) {
	rita := keys(t, "rita@finder.example")[0]
	s, k, team := sender(t, rita.Cert())
	m := outgoing(func(m *cvd.Outgoing) {
		m.Key = cvd.Private(strings.ToLower(rita.Fingerprint()))
		m.InReplyTo, m.References = "<2@finder.example>", []cvd.Private{cvd.Private(strings.Repeat("0c", 16)), "<2@finder.example>"}
		m.Files = []cvd.OutgoingFile{{Name: "poc.c", Type: "text/x-c", Size: 3, Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("int")), nil
		}}, {Name: "first.eml", Type: "message/rfc822", Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("From: x\r\n\r\ncaf\xe9")), nil
		}}}
	})
	sent, err := s.Send(ctx, m)
	require.NoError(t, err)
	require.Equal(t, cvd.ProtectSealed, sent.Protection)
	require.Equal(t, "rita@finder.example", k.to)
	require.Equal(t, "security@team.example", k.from)
	require.NotContains(t, string(k.raw), "frobd")
	require.NotContains(t, string(k.raw), "poc.c")
	x := opened(t, k.raw, team, rita)
	text, _ := x.Text()
	require.Contains(t, text, "the secret of frobd")
	require.Equal(t, mail.MessageID(m, "team.example"), x.MessageID())
	require.Equal(t, "2@finder.example", x.InReplyTo())
	require.Equal(t, []string{strings.Repeat("0c", 16) + "." + m.Thread + "@team.example", "2@finder.example"}, x.References())
	require.Equal(t, "[...]", x.Outer.Get("Subject"))
	require.Equal(t, `"Example PSIRT" <security+`+m.Thread+`@team.example>`, x.Outer.Get("Reply-To"))
	require.Empty(t, x.Outer.Get("Auto-Submitted"), "a human wrote it")
	require.Len(t, x.Parts, 3)
	before := x.MessageID()
	_, err = s.Send(ctx, m)
	require.NoError(t, err)
	require.Equal(t, before, opened(t, k.raw, team, rita).MessageID(), "a repeat can be recognised")
}

// Without a key what needs no protection goes signed, and nothing else.
func TestOpenMail(t *testing.T) {
	s, k, team := sender(t)
	_, err := s.Send(ctx, outgoing())
	require.ErrorIs(t, err, cvd.ErrUnprotected)
	require.Zero(t, k.n)
	open := func(m *cvd.Outgoing) { m.Require, m.Text, m.TLP = cvd.ProtectNone, "TLP:GREEN\n\nhéllo", tlp.Green }
	sent, err := s.Send(ctx, outgoing(open, func(m *cvd.Outgoing) { m.Auto, m.InReplyTo = true, "<1@finder.example>" }))
	require.NoError(t, err)
	require.Equal(t, cvd.ProtectNone, sent.Protection)
	x := opened(t, k.raw, team)
	require.Equal(t, "auto-replied", x.Outer.Get("Auto-Submitted"))
	require.Equal(t, "[CVD-2026-ABCDE] Message", x.Subject())
	_, err = s.Send(ctx, outgoing(open, func(m *cvd.Outgoing) { m.Auto, m.InReplyTo = true, "" }))
	require.NoError(t, err)
	require.Equal(t, "auto-generated", opened(t, k.raw, team).Outer.Get("Auto-Submitted"))

	tls := func(m *cvd.Outgoing) { open(m); m.Require = cvd.ProtectTLS }
	_, err = s.Send(ctx, outgoing(tls))
	require.ErrorIs(t, err, cvd.ErrUnprotected, "TLS to the first server says nothing of those behind")
	s.EnforcesTLS = true
	sent, err = s.Send(ctx, outgoing(tls))
	require.NoError(t, err)
	require.Equal(t, cvd.ProtectTLS, sent.Protection)

	for _, bad := range []*mail.Transport{{}, {Submit: k}, {Submit: k, Address: "security@team.example"}} {
		_, err = bad.Send(ctx, outgoing(open))
		require.Error(t, err)
	}
}

// A recipient whose key is missing, revoked, expired or ambiguous gets nothing in
// clear, also not what would need no protection; only a notice, which is signed.
func TestNeverPlaintext(t *testing.T) {
	e := &pgp.Engine{}
	live := keys(t, "rita@finder.example")[0]
	revoked := keys(t, "rita@finder.example")[0]
	r, err := e.Revoke(revoked, pgp.ReasonCompromised, "")
	require.NoError(t, err)
	dead, err := revoked.Cert().Merge(r.Armor())
	require.NoError(t, err)
	past := &pgp.Engine{Now: func() time.Time { return time.Now().AddDate(-3, 0, 0) }}
	old, _, err := past.Generate(pgp.KeySpec{Address: "rita@finder.example", Lifetime: 24 * time.Hour})
	require.NoError(t, err)
	signing := keys(t, "other@finder.example")[0]
	two := keys(t, "rita@finder.example")[0]
	for name, x := range map[string]struct {
		ring mail.Ring
		key  string
	}{
		"missing":            {nil, live.Fingerprint()},
		"revoked":            {mail.Ring{dead}, dead.Fingerprint()},
		"revoked by address": {mail.Ring{dead}, ""},
		"expired":            {mail.Ring{old.Cert()}, old.Fingerprint()},
		"expired by address": {mail.Ring{old.Cert()}, ""},
		"another is there":   {mail.Ring{signing.Cert(), live.Cert()}, revoked.Fingerprint()},
	} {
		s, k, team := sender(t, x.ring...)
		for _, require_ := range []cvd.Protection{cvd.ProtectNone, cvd.ProtectTLS, cvd.ProtectSealed} {
			_, err := s.Send(ctx, outgoing(func(m *cvd.Outgoing) { m.Key, m.Require = cvd.Private(x.key), require_ }))
			require.ErrorIs(t, err, cvd.ErrUnprotected, name)
			require.Zero(t, k.n, name)
		}
		sent, err := s.Send(ctx, outgoing(func(m *cvd.Outgoing) {
			m.Key, m.Require, m.Notice, m.Auto, m.Text = cvd.Private(x.key), cvd.ProtectNone, true, true, "a message waits"
		}))
		require.NoError(t, err, name)
		require.Equal(t, cvd.ProtectNone, sent.Protection)
		opened(t, k.raw, team)
	}
	s, k, _ := sender(t, live.Cert(), two.Cert())
	_, err = s.Send(ctx, outgoing(func(m *cvd.Outgoing) { m.Require = cvd.ProtectNone }))
	require.Error(t, err, "two keys of one address: none is guessed")
	require.Zero(t, k.n)

	// One that is known by address only is used too, and hides nobody else's ID. One
	// that the case names needs no user ID of the address.
	for _, x := range []struct {
		cert pgp.Secret
		key  string
	}{{live, ""}, {signing, signing.Fingerprint()}} {
		s, k, team := sender(t, signing.Cert(), x.cert.Cert())
		sent, err := s.Send(ctx, outgoing(func(m *cvd.Outgoing) { m.Key = cvd.Private(x.key) }))
		require.NoError(t, err)
		require.Equal(t, cvd.ProtectSealed, sent.Protection)
		m := opened(t, k.raw, team, x.cert)
		require.Len(t, m.Layers[0].Report.To, 1, "one mail for each person")
	}
}

// No field that somebody else fills in reaches the header as more than one value.
func TestHeaderInjection(t *testing.T) {
	const evil = "x\r\nBcc: eve@x.example\r\n\r\nbody\x00\u2028\u0085"
	s, k, team := sender(t)
	for _, open := range []bool{true, false} {
		for name, change := range map[string]func(*cvd.Outgoing){
			"subject":    func(m *cvd.Outgoing) { m.Subject = evil },
			"name":       func(m *cvd.Outgoing) { m.Name = evil },
			"quote":      func(m *cvd.Outgoing) { m.Name = `a" <eve@x.example>, "b` },
			"reply":      func(m *cvd.Outgoing) { m.InReplyTo = "<a@b>\r\nBcc: <eve@x.example>" },
			"references": func(m *cvd.Outgoing) { m.References = []cvd.Private{"<a\r\nBcc: eve@x.example>", evil} },
			"thread":     func(m *cvd.Outgoing) { m.Thread = evil },
			"id":         func(m *cvd.Outgoing) { m.ID = evil },
			"file": func(m *cvd.Outgoing) {
				m.Files = []cvd.OutgoingFile{{Name: evil, Type: evil, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}}
			},
		} {
			k.raw = nil
			_, err := s.Send(ctx, outgoing(func(m *cvd.Outgoing) {
				m.Require, m.Notice = cvd.ProtectNone, !open
				change(m)
			}))
			if err != nil {
				require.Empty(t, k.raw, name)
				continue
			}
			require.NotContains(t, strings.ToLower(string(k.raw)), "\nbcc:", name)
			x := opened(t, k.raw, team)
			require.Empty(t, x.Outer.Get("Bcc"), name)
			p, err := netmail.ReadMessage(bytes.NewReader(k.raw))
			require.NoError(t, err, name)
			to, err := p.Header.AddressList("To")
			require.NoError(t, err, name)
			require.Len(t, to, 1, name)
			require.Equal(t, "rita@finder.example", to[0].Address)
			for _, one := range []string{"Subject", "From", "To", "Message-Id", "Reply-To", "Date"} {
				require.LessOrEqual(t, len(p.Header[one]), 1, name)
			}
		}
	}
	k.n = 0
	for _, a := range []string{"", "a", "a@b\r\nRCPT TO:<eve@x.example>", "<a@b> SIZE=1", "a@b,c@d", `"a b"@c`, "ä@b.example", "a@[127.0.0.1]", "a@b>", "Rita <rita@finder.example>", "a\x00@b"} {
		_, err := s.Send(ctx, outgoing(func(m *cvd.Outgoing) { m.Require, m.To.Address = cvd.ProtectNone, cvd.Private(a) }))
		require.ErrorIs(t, err, cvd.ErrUndeliverable, "%q", a)
		require.NotContains(t, err.Error(), "eve")
	}
	require.Zero(t, k.n)
}

// What the store cannot give breaks the mail off, and nothing is submitted.
func TestFilesThatFail(t *testing.T) {
	s, k, _ := sender(t)
	_, err := s.Send(ctx, outgoing(func(m *cvd.Outgoing) {
		m.Require = cvd.ProtectNone
		m.Files = []cvd.OutgoingFile{{Name: "x", Open: func(context.Context) (io.ReadCloser, error) { return nil, errors.New("gone") }}}
	}))
	require.ErrorContains(t, err, "gone")
	require.Zero(t, k.n)
}

// The whole way: a report comes by mail, the answers go out, and come back.
func TestConversation(t *testing.T) {
	rita := keys(t, "rita@finder.example")[0]
	s, k, team := sender(t, rita.Cert())
	d := newDesk(t, func(in *mail.Intake) { in.AuthservID = ""; in.Opener.Keyring.Certs = []pgp.Cert{rita.Cert()} })
	d.cfg.Transports = map[string]cvd.Transport{cvd.TransportMail: s}
	d.cfg.Floor = nil
	d.limit(cvd.Limits{})
	r := d.take(eml("A long frame overflows the heap.", "From: rita@finder.example", "Message-ID: <1@finder.example>", "Subject: Overflow in frobd"))
	require.True(t, r.Answered)
	relay := func() *pgpmime.Mail {
		t.Helper()
		n := k.n
		out, err := d.svc.Relay(ctx, 10)
		require.NoError(t, err)
		require.Empty(t, out.Problems)
		require.Equal(t, n+1, k.n)
		return opened(t, k.raw, team, rita)
	}
	m := relay()
	require.Equal(t, "1@finder.example", m.InReplyTo())
	require.Equal(t, "auto-replied", m.Outer.Get("Auto-Submitted"))
	_, err := d.svc.Do(ctx, r.CaseID, cvd.By{Actor: "alice"}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "Which version?"})
	require.NoError(t, err)
	m = relay()
	text, _ := m.Text()
	require.Contains(t, text, "Which version?")
	require.True(t, m.Encrypted())
	answer := &pgpmime.Draft{From: []string{"rita@finder.example"}, To: []string{"security@team.example"}, Subject: "Re: x", Text: "1.3", MessageID: "2@finder.example", InReplyTo: m.MessageID()}
	var b bytes.Buffer
	require.NoError(t, answer.Sign(ctx, &b, &pgp.Engine{}, rita))
	_, err = d.svc.Do(ctx, r.CaseID, cvd.By{}, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: "rita@finder.example", Key: cvd.Private(rita.Fingerprint())}})
	require.NoError(t, err)
	got := d.take(b.String())
	require.Equal(t, mail.Message, got.Outcome, "%+v", got)
	c := d.view(r.CaseID)
	require.Equal(t, cvd.MessageID(2), c.Messages[len(c.Messages)-1].InReplyTo)
	require.Contains(t, fmt.Sprint(string(c.Messages[len(c.Messages)-1].Text)), "1.3")
}
