package pgpmime_test

import (
	"bytes"
	"testing"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// FuzzMIME: every mail opens or fails, within the limits; a reply to an
// encrypted one is tainted; a relay never carries the text in the open.
func FuzzMIME(f *testing.F) {
	d := draft()
	plain, err := d.Plaintext()
	if err != nil {
		f.Fatal(err)
	}
	signed, err := d.Sign(f.Context(), engine(), alice())
	if err != nil {
		f.Fatal(err)
	}
	encrypted, err := d.Encrypt(f.Context(), engine(), pgp.Envelope{To: to(bob()), From: []pgp.Secret{alice()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add(signed)
	f.Add(encrypted)
	o := pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{bob()}, Certs: []pgp.Cert{alice().Cert()}}}
	team := pgpmime.Team{Address: "team@example.org", Key: bob(), Members: to(alice())}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := o.Open(t.Context(), bytes.NewReader(data))
		if err != nil {
			return
		}
		if len(m.Parts) > 500 {
			t.Fatal("more parts than the limit")
		}
		if r := m.Reply(); m.Report.Encrypted && !r.Tainted() {
			t.Fatal("not tainted")
		}
		m.Text()
		out, _, err := team.Relay(t.Context(), engine(), bytes.NewReader(data), nil, t0)
		if err != nil {
			return
		}
		if _, err := (pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{alice()}}}).Open(t.Context(), bytes.NewReader(out[0].Data)); err != nil {
			t.Fatalf("the relayed mail does not open: %v", err)
		}
	})
}
