package pgp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// A reporter's finding goes to the team and nobody else, and the team learns
// who signed it.
func Example() {
	ctx := context.Background()
	var engine pgp.Engine
	team, revocation, err := engine.Generate(pgp.KeySpec{Name: "Example PSIRT", Address: "psirt@example.org"})
	if err != nil {
		log.Fatal(err)
	}
	_ = revocation // keep it where the key is not
	finder, _, err := engine.Generate(pgp.KeySpec{Address: "finder@example.net"})
	if err != nil {
		log.Fatal(err)
	}

	var message bytes.Buffer
	err = engine.Encrypt(ctx, &message, strings.NewReader("A length field is trusted."), pgp.Envelope{
		To:   []pgp.Recipient{{Address: "psirt@example.org", Cert: team.Cert()}},
		From: []pgp.Secret{finder},
	})
	if err != nil {
		log.Fatal(err)
	}

	report, err := engine.Decrypt(ctx, os.Stdout, &message, pgp.Keyring{
		Secrets: []pgp.Secret{team},
		Certs:   []pgp.Cert{finder.Cert()},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("\nsignature:", pgp.Best(report.Signatures))
	// Output:
	// A length field is trusted.
	// signature: valid
}

// A key block that lost its line breaks in a document is read all the same,
// and checked for use.
func ExampleParseCerts() {
	document := strings.ReplaceAll(string(alice().Cert().Armor()), "\n", " ")
	certs, repairs, err := pgp.ParseCerts(strings.NewReader("Our key: "+document), pgp.ParseOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("damage:", repairs[0].Kind)
	for _, f := range certs[0].Lint(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), "team@example.org") {
		fmt.Println(f.Text)
	}
	// Output:
	// damage: flattened
	// The key expired on 2028-01-05.
	// No user ID has the address team@example.org.
}

// One recipient who cannot be encrypted to keeps the message from all.
func ExampleEngine_Encrypt_unusable() {
	engine := pgp.Engine{Now: func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }}
	var out bytes.Buffer
	err := engine.Encrypt(context.Background(), &out, strings.NewReader("secret"), pgp.Envelope{
		To: []pgp.Recipient{{Address: "alice@example.org", Cert: alice().Cert()}, {Address: "new@example.org"}},
	})
	var unusable *pgp.RecipientsError
	if errors.As(err, &unusable) {
		for _, p := range unusable.Problems {
			fmt.Println(p.Address, "-", p.Reason)
		}
	}
	fmt.Println(out.Len(), "bytes written")
	// Output:
	// alice@example.org - pgp: key expired on 2028-01-05
	// new@example.org - pgp: no OpenPGP key found
	// 0 bytes written
}

func ExampleEngine_VerifyCleartext() {
	engine := at(t0.Add(day))
	signed, err := engine.SignCleartext(context.Background(), []byte("- Contact us\n"), alice().Secret)
	if err != nil {
		log.Fatal(err)
	}
	for _, certs := range [][]pgp.Cert{{alice().Cert()}, {bob().Cert()}} {
		got, err := engine.VerifyCleartext(signed, certs)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q: %s\n", got.Text, pgp.Best(got.Signatures))
	}
	// Output:
	// "- Contact us": valid
	// "- Contact us": unknown key
}

func ExampleEngine_SignDetached() {
	ctx := context.Background()
	engine := at(t0.Add(day))
	var sig bytes.Buffer
	micalg, err := engine.SignDetached(ctx, &sig, strings.NewReader("an advisory"), alice().Secret, pgp.Form{})
	if err != nil {
		log.Fatal(err)
	}
	status, err := engine.VerifyDetached(ctx, strings.NewReader("another advisory"), &sig, []pgp.Cert{alice().Cert()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(micalg, "-", status[0].Status)
	// Output: pgp-sha512 - bad
}

func ExampleCert_Merge() {
	c, err := alice().Cert().Merge(alice().revocation.Armor())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("revoked:", c.Revoked())
	// Output: revoked: true
}

func ExampleEngine_Extend() {
	longer, err := at(t0.Add(700*day)).Extend(alice().Secret, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(alice().Cert().Expires().Format(time.DateOnly), "->", longer.Cert().Expires().Format(time.DateOnly))
	// Output: 2028-01-05 -> 2030-01-01
}

func ExampleParseSecrets() {
	stored, err := alice().Export([]byte("a long passphrase"))
	if err != nil {
		log.Fatal(err)
	}
	keys, err := pgp.ParseSecrets(bytes.NewReader(stored), func(fingerprint string) ([]byte, error) {
		return []byte("a long passphrase"), nil // from a vault, say
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(keys[0].Cert().UserIDs()[0].Address)
	// Output: alice@example.org
}

func ExampleSecretScanner() {
	key, err := alice().ExportUnlocked()
	if err != nil {
		log.Fatal(err)
	}
	var scan pgp.SecretScanner
	fmt.Fprintf(&scan, "Here is my key:\n%s", key)
	fmt.Println(scan.Close())
	// Output: pgp: secret key material refused
}
