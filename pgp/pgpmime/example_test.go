package pgpmime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

func ExampleDraft_Encrypt() {
	ctx := context.Background()
	d := &pgpmime.Draft{From: []string{"alice@example.org"}, To: []string{"bob@example.org"}, Subject: "Overflow in the parser", Text: "A length field is trusted.\n"}
	var mail bytes.Buffer
	err := d.Encrypt(ctx, &mail, engine(), pgp.Envelope{
		To:   []pgp.Recipient{{Address: "bob@example.org", Cert: bob().Cert()}},
		From: []pgp.Secret{alice()},
	})
	if err != nil {
		log.Fatal(err)
	}
	o := pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{bob()}, Certs: []pgp.Cert{alice().Cert()}}}
	m, err := o.Open(ctx, &mail)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	fmt.Println("outside:", m.Outer.Get("Subject"))
	fmt.Println("inside:", m.Protected.Get("Subject"))
	fmt.Println("signature:", pgp.Best(m.Signatures()), "and of the sender:", pgpmime.BoundToAll(m.Signatures()[0], m.From()))
	// Output:
	// outside: [...]
	// inside: Overflow in the parser
	// signature: valid and of the sender: true
}

// What was decrypted once cannot be sent on in the clear.
func ExampleMail_Reply() {
	ctx := context.Background()
	d := &pgpmime.Draft{From: []string{"alice@example.org"}, To: []string{"bob@example.org"}, Subject: "s", Text: "secret\n"}
	var mail bytes.Buffer
	err := d.Encrypt(ctx, &mail, engine(), pgp.Envelope{To: to(bob())})
	if err != nil {
		log.Fatal(err)
	}
	m, err := pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{bob()}}}.Open(ctx, &mail)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	reply := m.Reply()
	err = reply.Plaintext(ctx, io.Discard, engine())
	fmt.Println(errors.Is(err, pgpmime.ErrTainted), err)
	err = reply.Encrypt(ctx, io.Discard, engine(), pgp.Envelope{To: to(alice(), carol())})
	fmt.Println(err)
	// Output:
	// true pgpmime: the draft quotes decrypted text, it must be encrypted
	// pgpmime: the quoted mail does not vouch for a recipient, confirm him: carol@example.org
}

func ExampleTeam_Relay() {
	ctx := context.Background()
	team := pgpmime.Team{Address: "team@example.org", Keys: []pgp.Secret{team()}, Members: to(bob(), carol())}
	report := "From: finder@example.net\r\nSubject: a flaw\r\n\r\nSent in the open.\r\n"
	m, err := team.Opener(engine(), nil).Open(ctx, strings.NewReader(report))
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	out := outbox{}
	problems, err := team.Relay(ctx, engine(), m, t0, out.open)
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range []string{"bob@example.org", "carol@example.org"} {
		fmt.Println(a, "encrypted:", strings.Contains(out[a].String(), "multipart/encrypted"))
	}
	fmt.Println(len(problems), "problems")
	// Output:
	// bob@example.org encrypted: true
	// carol@example.org encrypted: true
	// 0 problems
}
