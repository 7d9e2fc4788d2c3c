package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/pgp"
)

// post writes the mails of this example: signed, and encrypted to those who have a
// key. Nobody is there to get them, so they end here.
type post struct {
	engine pgp.Engine
	team   pgp.Secret
	keys   mail.Ring
}

const teamAddress = "cvd@coordination.example"

// begin makes the key of the team. A real one keeps its own.
func (p *post) begin(now func() time.Time) (err error) {
	p.engine.Now = now
	p.team, _, err = p.engine.Generate(pgp.KeySpec{Name: "Coordination Centre", Address: teamAddress})
	return err
}

func (p *post) transport() cvd.Transport {
	return &mail.Transport{
		Submit: p, Address: teamAddress, Name: "Coordination Centre", Key: p.team, Engine: &p.engine, Certs: p, Now: p.engine.Now,
		EnforcesTLS: true, // as this team's server does
	}
}

// Cert implements mail.Certs.
func (p *post) Cert(ctx context.Context, fingerprint, address string) (pgp.Cert, error) {
	return p.keys.Cert(ctx, fingerprint, address)
}

// Submit implements mail.Submitter.
func (p *post) Submit(_ context.Context, _, _ string, write func(io.Writer) error) error {
	return write(io.Discard)
}

// party is a contact, with a key or without. A party makes its own in truth, and the
// team compares the fingerprint.
func (p *post) party(name string, key bool) cvd.Contact {
	c := cvd.Contact{Organization: cvd.Private(name), Email: cvd.Private("psirt@" + strings.ToLower(name) + ".example")}
	if !key {
		return c
	}
	s, _, err := p.engine.Generate(pgp.KeySpec{Address: string(c.Email)})
	if err != nil {
		return c // it gets notices only
	}
	p.keys = append(p.keys, s.Cert())
	c.Key = cvd.Private(s.Fingerprint())
	return c
}
