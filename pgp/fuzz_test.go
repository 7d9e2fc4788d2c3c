package pgp_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/pgp"
)

// FuzzArmor: what Dearmor decodes, Armor encodes to something that decodes to
// the same.
func FuzzArmor(f *testing.F) {
	f.Add(alice().Cert().Armor())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, label, err := pgp.Dearmor(bytes.NewReader(data))
		if err != nil || label == "" {
			return
		}
		binary, err := io.ReadAll(r)
		if err != nil {
			return
		}
		text, err := pgp.Armor(binary)
		if err != nil {
			return
		}
		r, _, err = pgp.Dearmor(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := io.ReadAll(r); err != nil || !bytes.Equal(again, binary) {
			t.Fatalf("%v: %x is not %x", err, again, binary)
		}
	})
}

// FuzzCert: a certificate that parses writes one that parses to the same, and
// every use of it ends.
func FuzzCert(f *testing.F) {
	for _, k := range []key{alice(), carol(), rita()} {
		f.Add(k.Cert().Bytes())
		for _, d := range damages {
			f.Add([]byte(d.do(string(k.Cert().Armor()))))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, _, _ := pgp.ParseCerts(bytes.NewReader(data), pgp.ParseOptions{MaxBytes: 1 << 20})
		for _, c := range certs {
			again, _, err := pgp.ParseCerts(bytes.NewReader(c.Bytes()), pgp.ParseOptions{Strict: true})
			if err != nil || len(again) != 1 || !bytes.Equal(again[0].Bytes(), c.Bytes()) {
				t.Fatalf("%v: %x", err, c.Bytes())
			}
			if _, err := hex.DecodeString(c.Fingerprint()); err != nil {
				t.Fatal(err)
			}
			c.Lint(t0)
			if c.CanEncrypt(t0, "") == nil {
				var b counter
				if err := at(t0).Encrypt(t.Context(), &b, strings.NewReader("x"), pgp.Envelope{To: []pgp.Recipient{{Cert: c}}}); err != nil {
					t.Fatalf("said to be usable: %v", err)
				}
			}
			if _, err := c.Merge(c.Armor()); err != nil {
				t.Fatal(err)
			}
		}
		pgp.ParseSecrets(bytes.NewReader(data), func(string) ([]byte, error) { return nil, io.EOF })
	})
}

// FuzzMessage: whatever stands in a message, and whatever is encrypted in one,
// an error means that nothing reached the destination.
func FuzzMessage(f *testing.F) {
	ops, lit, sig := signedBy(f, bob(), "signed")
	f.Add(bytes.Join([][]byte{ops, lit, sig}, nil))
	f.Add(compress(f, bytes.Join([][]byte{ops, lit, sig}, nil)))
	ring := pgp.Keyring{Secrets: secrets(alice()), Certs: certs(bob())}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := at(t0.Add(2 * day))
		e.Limits.Plaintext = 1 << 20
		for _, run := range []func(w io.Writer) (pgp.Report, error){
			func(w io.Writer) (pgp.Report, error) { return e.Decrypt(t.Context(), w, bytes.NewReader(data), ring) },
			func(w io.Writer) (pgp.Report, error) {
				return e.VerifyInline(t.Context(), w, bytes.NewReader(data), ring)
			},
			func(w io.Writer) (pgp.Report, error) {
				return e.Decrypt(t.Context(), w, bytes.NewReader(sealRaw(t, alice().Cert(), data)), ring)
			},
		} {
			var w counter
			r, err := run(&w)
			if err != nil && w.n != 0 {
				t.Fatalf("%d bytes with %v", w.n, err)
			}
			if err == nil && r.Size != w.n {
				t.Fatalf("%d bytes, reported %d", w.n, r.Size)
			}
		}
		e.VerifyDetached(t.Context(), strings.NewReader("signed"), bytes.NewReader(data), certs(bob()))
		e.Detach(t.Context(), data)
	})
}

// FuzzCleartext: what is called signed text stands in the input, line by line,
// and nothing but blank lines stands around the envelope.
func FuzzCleartext(f *testing.F) {
	signed, err := at(t0.Add(day)).SignCleartext(f.Context(), []byte(poem), alice().Secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	e := at(t0.Add(2 * day))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := e.VerifyCleartext(data, certs(alice()))
		if err != nil {
			if got.Text != nil || got.Signatures != nil {
				t.Fatal("a result with an error")
			}
			return
		}
		for line := range bytes.Lines(got.Text) {
			if !bytes.Contains(data, bytes.TrimRight(line, "\n")) {
				t.Fatalf("%q is not in the input", line)
			}
		}
		if pgp.Best(got.Signatures) == pgp.Valid {
			again, err := e.SignCleartext(t.Context(), got.Text, alice().Secret)
			if err != nil {
				t.Fatal(err)
			}
			if s, err := e.VerifyCleartext(again, certs(alice())); err != nil || !bytes.Equal(s.Text, got.Text) {
				t.Fatalf("%v: %q became %q", err, got.Text, s.Text)
			}
		}
	})
}
