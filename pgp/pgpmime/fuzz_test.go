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
	plain, err := plaintext(f, d)
	if err != nil {
		f.Fatal(err)
	}
	signed, err := sign(f, d, engine(), alice())
	if err != nil {
		f.Fatal(err)
	}
	encrypted, err := encrypt(f, d, engine(), pgp.Envelope{To: to(bob()), From: []pgp.Secret{alice()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add(signed)
	f.Add(encrypted)
	o := pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{bob()}, Certs: []pgp.Cert{alice().Cert()}}}
	team := pgpmime.Team{Address: "bob@example.org", Keys: []pgp.Secret{bob()}, Members: to(alice())}
	member := pgpmime.Opener{Engine: engine(), Keyring: pgp.Keyring{Secrets: []pgp.Secret{alice()}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := o.Open(t.Context(), bytes.NewReader(data))
		if m == nil {
			t.Fatalf("no mail: %v", err)
		}
		defer m.Close()
		if len(m.Parts) > 600 {
			t.Fatal("more parts than the limit")
		}
		if r := m.ReplyAll(); m.Opened() && !r.Tainted() {
			t.Fatal("not tainted")
		}
		if bytes.Contains(data, []byte("\n-----BEGIN PGP MESSAGE-----\n")) && !m.Opened() && len(m.Unread) == 0 && len(m.Parts) > 0 && m.Parts[0].Type == "text/plain" && len(m.Parts) == 1 && len(m.Layers) == 0 {
			t.Fatal("ciphertext that nobody was told of")
		}
		m.Text()
		out := outbox{}
		if _, err := team.Relay(t.Context(), engine(), m, t0, out.open); err != nil {
			t.Fatalf("not relayed: %v", err)
		}
		got, err := member.Open(t.Context(), out["alice@example.org"])
		if err != nil {
			t.Fatalf("the relayed mail does not open: %v", err)
		}
		got.Close()
	})
}
