package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// sentMail is what left the house: bytes, as a server on the way would see them.
type sentMail struct {
	at      time.Time
	to      string
	notice  bool
	subject string // as it stands outside
	bytes   []byte
}

// post is the transport of this example. It stands for one that hands mails to a
// server: it keeps them. Where the recipient's key is known a mail is encrypted
// and signed; else it may carry only what needs no more than TLS.
type post struct {
	clock  *clock
	engine pgp.Engine
	team   pgp.Secret
	keys   map[string]pgp.Cert // by fingerprint: those that the team has checked
	sent   []sentMail
}

const teamAddress = "security@gateway.example"

// newPost makes the team's key. A real team has one, and keeps it elsewhere.
func newPost(c *clock) (*post, error) {
	p := &post{clock: c, engine: pgp.Engine{Now: c.now}, keys: map[string]pgp.Cert{}}
	var err error
	p.team, _, err = p.engine.Generate(pgp.KeySpec{Name: "Gateway Security Team", Address: teamAddress})
	return p, err
}

func (p *post) know(c pgp.Cert) {
	if !c.IsZero() {
		p.keys[c.Fingerprint()] = c
	}
}

// Send implements cvd.Transport.
func (p *post) Send(ctx context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	to := string(m.To.Address)
	d := pgpmime.Draft{
		From: []string{teamAddress}, To: []string{to}, Subject: m.Subject, Text: string(m.Text),
		Date: p.clock.now(), MessageID: m.ID + "@gateway.example",
	}
	cert, known := p.keys[string(m.Key)]
	mail := sentMail{at: p.clock.now(), to: to, notice: m.Notice, subject: m.Subject}
	var b bytes.Buffer
	var err error
	out := cvd.Sent{Protection: cvd.ProtectTLS}
	switch {
	case known:
		out.Protection, mail.subject = cvd.ProtectSealed, "[...]"
		err = d.Encrypt(ctx, &b, &p.engine, pgp.Envelope{
			To: []pgp.Recipient{{Address: to, Cert: cert}}, From: []pgp.Secret{p.team},
		})
	case m.Require > cvd.ProtectTLS:
		return cvd.Sent{}, cvd.ErrUnprotected
	default:
		err = d.Sign(ctx, &b, &p.engine, p.team)
	}
	mail.bytes = b.Bytes()
	if err == nil {
		p.sent = append(p.sent, mail)
	}
	return out, err
}

// printMails shows who can read what: the mails are given to each party that has
// a key, and to a server on the way.
func (d *desk) printMails(ctx context.Context) {
	if len(d.post.sent) == 0 {
		return
	}
	d.head("Who can read the mails")
	fmt.Fprintf(d.w, "%-11s  %-24s %-51s %-9s %s\n", "", "to", "subject on the way", "a server", "with a key")
	for _, m := range d.post.sent {
		server := "reads it"
		if d.opens(ctx, m, pgp.Secret{}) == "" {
			server = "cannot"
		}
		with := ""
		for _, k := range d.readers {
			if signed := d.opens(ctx, m, k.secret); signed != "" && server == "cannot" {
				with += fmt.Sprintf("%s reads it, %s", k.name, signed)
			}
		}
		if server != "cannot" {
			with = d.opens(ctx, m, pgp.Secret{})
		} else if with == "" {
			with = "only its recipient"
		}
		fmt.Fprintf(d.w, "%s  %-24s %-51s %-9s %s\n", m.at.In(d.zone).Format("01-02 15:04"), m.to, m.subject, server, with)
	}
}

// opens tries to read a mail, and returns what its signature is worth.
func (d *desk) opens(ctx context.Context, m sentMail, with pgp.Secret) string {
	o := pgpmime.Opener{Engine: &d.post.engine, Keyring: pgp.Keyring{Certs: []pgp.Cert{d.post.team.Cert()}}}
	if !with.IsZero() {
		o.Keyring.Secrets = []pgp.Secret{with}
	}
	mail, err := o.Open(ctx, bytes.NewReader(m.bytes))
	if mail != nil {
		defer mail.Close()
	}
	if err != nil {
		return ""
	}
	return "signature " + pgp.Best(mail.Signatures()).String()
}
