package pgp_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// The team's encryption subkey is a year old. Others get a new one with the
// next look at the certificate, and old mail stays readable.
func ExampleEngine_Rotate() {
	engine := at(t0.Add(365 * day))
	rotated, err := engine.Rotate(alice().Secret, pgp.SubkeySpec{})
	if err != nil {
		log.Fatal(err)
	}
	for _, k := range rotated.Cert().Subkeys() {
		fmt.Println(k.Algorithm, k.Created.Format(time.DateOnly), "revoked:", k.Revoked)
	}
	// Output:
	// cv25519 2026-01-05 revoked: true
	// cv25519 2027-01-05 revoked: false
}

// Whose keys run out? The answer is also a calendar for everybody's desk.
func ExampleInventory() {
	now := t0.Add(700 * day)
	list := pgp.Inventory(certs(alice(), bob()), now)
	for _, x := range list {
		fmt.Println(x.Cert.Addresses()[0], x.At.Format(time.DateOnly), "over:", x.Over)
	}
	if err := pgp.WriteCalendar(io.Discard, list, now, 14); err != nil {
		log.Fatal(err)
	}
	// Output:
	// alice@example.org 2028-01-05 over: false
	// bob@example.org 2028-01-05 over: false
}

// A key on a card signs by crypto.Signer. Here the card has another key than
// the certificate, which shows at once and not when somebody verifies.
func ExampleNewSecret() {
	_, card, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	_, err = pgp.NewSecret(alice().Cert(), pgp.Keys{Signers: []crypto.Signer{card}})
	fmt.Println(errors.Is(err, pgp.ErrNotSame))
	// Output: true
}

// All that is encrypted in one mail may cost as much as one message.
func ExampleEngine_Within() {
	engine := at(t0.Add(day)).Within(pgp.NewBudget(pgp.Limits{Plaintext: 64 << 20, Trials: 20}))
	message := new(bytes.Buffer)
	err := engine.Encrypt(context.Background(), message, strings.NewReader("A length field is trusted."), pgp.Envelope{To: to(alice())})
	if err != nil {
		log.Fatal(err)
	}
	held, _, err := engine.DecryptHeld(context.Background(), message, pgp.Keyring{Secrets: secrets(alice())})
	if err != nil {
		log.Fatal(err)
	}
	defer held.Close()
	io.Copy(os.Stdout, held.Section(2, 12)) // the text stays in the encrypted spool
	// Output: length field
}

// Somebody has to read one message and must not have the key.
func ExampleSessionKey() {
	engine := at(t0.Add(day))
	message := new(bytes.Buffer)
	err := engine.Encrypt(context.Background(), message, strings.NewReader("A length field is trusted."), pgp.Envelope{To: to(alice())})
	if err != nil {
		log.Fatal(err)
	}
	data := message.Bytes()
	report, err := engine.Decrypt(context.Background(), io.Discard, bytes.NewReader(data), pgp.Keyring{Secrets: secrets(alice()), WantSessionKey: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.SessionKey)
	key, err := pgp.ParseSessionKey(report.SessionKey.Reveal())
	if err != nil {
		log.Fatal(err)
	}
	_, err = engine.Decrypt(context.Background(), os.Stdout, bytes.NewReader(data), pgp.Keyring{SessionKeys: []pgp.SessionKey{key}})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// [session key]
	// A length field is trusted.
}
