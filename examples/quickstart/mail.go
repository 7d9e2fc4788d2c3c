package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	netmail "net/mail"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// sentMail is what left the house: bytes, as a server on the way would see them.
type sentMail struct {
	at      time.Time
	to      string
	subject string // as it stands outside
	bytes   []byte
}

// post is where mails go in this example. It stands for a server, mail.SMTP for
// example: it keeps them. mail.Transport writes them, encrypted and signed where the
// recipient's key is known; else a mail may carry only what needs no more than TLS.
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

// transport goes into Config.Transports.
func (p *post) transport() cvd.Transport {
	return &mail.Transport{
		Submit: p, Address: teamAddress, Key: p.team, Engine: &p.engine, Certs: p, Now: p.clock.now,
		EnforcesTLS: true, // as this team's server does (MTA-STS)
	}
}

// Cert implements mail.Certs: the key that the case names, and no other.
func (p *post) Cert(_ context.Context, fingerprint, _ string) (pgp.Cert, error) {
	return p.keys[fingerprint], nil
}

// Submit implements mail.Submitter.
func (p *post) Submit(_ context.Context, _, to string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	m, err := netmail.ReadMessage(bytes.NewReader(b.Bytes()))
	if err != nil {
		return err
	}
	p.sent = append(p.sent, sentMail{at: p.clock.now(), to: to, subject: m.Header.Get("Subject"), bytes: b.Bytes()})
	return nil
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
	opened, err := o.Open(ctx, bytes.NewReader(m.bytes))
	if opened != nil {
		defer opened.Close()
	}
	if err != nil {
		return ""
	}
	return "signature " + pgp.Best(opened.Signatures()).String()
}
