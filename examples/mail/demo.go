package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// demo sends a report to a team of three, one of whom let her key expire.
func demo(ctx context.Context, out io.Writer) error {
	e := &pgp.Engine{}
	past := &pgp.Engine{Now: func() time.Time { return time.Now().AddDate(-3, 0, 0) }}
	keys := map[string]pgp.Secret{}
	for name, engine := range map[string]*pgp.Engine{"finder": e, "psirt": e, "ana": e, "ben": e, "eve": past} {
		k, _, err := engine.Generate(pgp.KeySpec{Address: name + "@example.org"})
		if err != nil {
			return err
		}
		keys[name] = k
	}
	to := func(name string) pgp.Recipient {
		return pgp.Recipient{Address: name + "@example.org", Cert: keys[name].Cert()}
	}
	report1 := &pgpmime.Draft{From: []string{"finder@example.org"}, To: []string{"psirt@example.org"},
		Subject: "Overflow in the parser", Text: "A length field is trusted.\n", Date: time.Now()}
	var mail bytes.Buffer
	if err := report1.Encrypt(ctx, &mail, e, pgp.Envelope{To: []pgp.Recipient{to("psirt")}, From: []pgp.Secret{keys["finder"]}}); err != nil {
		return err
	}
	fmt.Fprintf(out, "A mail of %d bytes comes in, encrypted to psirt@example.org.\n", mail.Len())
	team := pgpmime.Team{Address: "psirt@example.org", Keys: []pgp.Secret{keys["psirt"]}, Members: []pgp.Recipient{to("ana"), to("ben"), to("eve")}}
	m, err := team.Opener(e, []pgp.Cert{keys["finder"].Cert()}).Open(ctx, &mail)
	if err != nil {
		return err
	}
	defer m.Close()
	mails := map[string]*bytes.Buffer{}
	problems, err := team.Relay(ctx, e, m, time.Now(), func(to pgp.Recipient) (io.WriteCloser, error) {
		mails[to.Address] = new(bytes.Buffer)
		return nopCloser{mails[to.Address]}, nil
	})
	if err != nil {
		return err
	}
	report(out, problems)
	for _, member := range []string{"ana", "ben"} {
		fmt.Fprintf(out, "\n%s@example.org gets a mail of his or her own:", member)
		for _, reader := range []string{"ana", "ben", "psirt"} {
			o := pgpmime.Opener{Engine: e, Keyring: pgp.Keyring{Secrets: []pgp.Secret{keys[reader]}, Certs: []pgp.Cert{keys["psirt"].Cert()}}}
			got, err := o.Open(ctx, bytes.NewReader(mails[member+"@example.org"].Bytes()))
			switch {
			case errors.Is(err, pgp.ErrNotForUs):
				fmt.Fprintf(out, "\n  %s cannot read it", reader)
			case err != nil:
				return err
			default:
				fmt.Fprintf(out, "\n  %s reads: subject %q, signature %s, %d parts", reader, got.Subject(), pgp.Best(got.Signatures()), len(got.Parts))
			}
			if got != nil {
				got.Close()
			}
		}
		fmt.Fprintln(out)
	}
	return nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
