package pgpmime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

func ExampleDraft_Encrypt() {
	ctx := context.Background()
	d := &pgpmime.Draft{From: []string{"alice@example.org"}, To: []string{"bob@example.org"}, Subject: "Overflow in the parser", Text: "A length field is trusted.\n"}
	mail, err := d.Encrypt(ctx, engine(), pgp.Envelope{
		To:   []pgp.Recipient{{Address: "bob@example.org", Cert: bob().Cert()}},
		From: []pgp.Secret{alice()},
	})
	if err != nil {
		log.Fatal(err)
	}
	o := pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{bob()}, Certs: []pgp.Cert{alice().Cert()}}}
	m, err := o.Open(ctx, bytes.NewReader(mail))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("outside:", m.Outer.Get("Subject"))
	fmt.Println("inside:", m.Protected.Get("Subject"))
	fmt.Println("signature:", pgp.Best(m.Report.Signatures))
	// Output:
	// outside: [...]
	// inside: Overflow in the parser
	// signature: valid
}

// What was decrypted once cannot be sent on in the clear.
func ExampleMail_Reply() {
	ctx := context.Background()
	d := &pgpmime.Draft{From: []string{"alice@example.org"}, To: []string{"bob@example.org"}, Subject: "s", Text: "secret\n"}
	mail, err := d.Encrypt(ctx, engine(), pgp.Envelope{To: to(bob())})
	if err != nil {
		log.Fatal(err)
	}
	m, err := pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{bob()}}}.Open(ctx, bytes.NewReader(mail))
	if err != nil {
		log.Fatal(err)
	}
	reply := m.Reply()
	_, err = reply.Plaintext()
	fmt.Println(errors.Is(err, pgpmime.ErrTainted), err)
	_, err = reply.Encrypt(ctx, engine(), pgp.Envelope{To: to(alice(), carol())})
	fmt.Println(err)
	// Output:
	// true pgpmime: the draft quotes decrypted text, it must be encrypted
	// pgpmime: a recipient was not on the quoted mail: carol@example.org
}

func ExampleTeam_Relay() {
	team := pgpmime.Team{Address: "team@example.org", Key: team(), Members: to(bob(), carol())}
	open := "From: finder@example.net\r\nSubject: a flaw\r\n\r\nSent in the open.\r\n"
	mails, problems, err := team.Relay(context.Background(), engine(), strings.NewReader(open), nil, t0)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range mails {
		fmt.Println(m.To, "encrypted:", bytes.Contains(m.Data, []byte("multipart/encrypted")))
	}
	fmt.Println(len(problems), "problems")
	// Output:
	// bob@example.org encrypted: true
	// carol@example.org encrypted: true
	// 0 problems
}
