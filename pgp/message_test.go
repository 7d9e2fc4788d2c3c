package pgp_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// to makes recipients with the addresses of the test keys.
func to(keys ...key) (out []pgp.Recipient) {
	for _, k := range keys {
		out = append(out, pgp.Recipient{Address: k.Cert().UserIDs()[0].Address, Cert: k.Cert()})
	}
	return out
}

func encrypt(t testing.TB, e *pgp.Engine, text []byte, env pgp.Envelope) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, e.Encrypt(t.Context(), &b, bytes.NewReader(text), env))
	return b.Bytes()
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func TestMessageRoundTrip(t *testing.T) {
	e := at(t0.Add(day))
	e.Spool = pgp.Spool{Dir: t.TempDir(), Memory: 100 << 10}
	texts := [][]byte{{}, []byte("hello"), []byte(poem), random(64 << 10), random(100<<10 + 1), random(192 << 10), random(500_001)}
	for name, c := range map[string]struct {
		env  pgp.Envelope
		with pgp.Keyring
	}{
		"one":         {pgp.Envelope{To: to(alice())}, pgp.Keyring{Secrets: secrets(alice())}},
		"v6":          {pgp.Envelope{To: to(carol())}, pgp.Keyring{Secrets: secrets(carol())}},
		"rsa":         {pgp.Envelope{To: to(rita())}, pgp.Keyring{Secrets: secrets(rita())}},
		"many":        {pgp.Envelope{To: to(alice(), carol(), rita(), dave())}, pgp.Keyring{Secrets: secrets(bob(), dave())}},
		"hidden":      {pgp.Envelope{To: []pgp.Recipient{{Cert: bob().Cert(), Hidden: true}, {Cert: alice().Cert()}}}, pgp.Keyring{Secrets: secrets(carol(), rita(), bob())}},
		"hidden v6":   {pgp.Envelope{To: []pgp.Recipient{{Cert: carol().Cert(), Hidden: true}}}, pgp.Keyring{Secrets: secrets(dave(), carol())}},
		"password":    {pgp.Envelope{Passwords: [][]byte{[]byte("horse"), []byte("staple")}}, pgp.Keyring{Passwords: [][]byte{[]byte("battery"), []byte("staple")}}},
		"key or pass": {pgp.Envelope{To: to(alice()), Passwords: [][]byte{[]byte("horse")}}, pgp.Keyring{Secrets: secrets(bob()), Passwords: [][]byte{[]byte("horse")}}},
		"v6 or pass":  {pgp.Envelope{To: to(carol()), Passwords: [][]byte{[]byte("horse")}}, pgp.Keyring{Passwords: [][]byte{[]byte("horse")}}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, text := range texts {
				c.env.Form.Binary = i%2 == 0
				for _, from := range []key{alice(), carol()} {
					c.env.From = secrets(from)
					c.with.Certs = certs(bob(), from)
					c.with.RequireValid = true
					var got bytes.Buffer
					r, err := e.Decrypt(t.Context(), &got, bytes.NewReader(encrypt(t, e, text, c.env)), c.with)
					require.NoError(t, err)
					require.True(t, bytes.Equal(text, got.Bytes()))
					require.Equal(t, int64(len(text)), r.Size)
					require.True(t, r.Encrypted)
					require.Equal(t, pgp.Valid, pgp.Best(r.Signatures))
					require.Equal(t, from.Fingerprint(), r.Signatures[0].Signer)
				}
			}
		})
	}
	left, err := os.ReadDir(e.Spool.Dir)
	require.NoError(t, err)
	require.Empty(t, left, "the spool file stays")
}

func TestDecryptErrors(t *testing.T) {
	e := at(t0.Add(day))
	open := func(data []byte, k pgp.Keyring) (string, pgp.Report, error) {
		var b bytes.Buffer
		r, err := e.Decrypt(t.Context(), &b, bytes.NewReader(data), k)
		return b.String(), r, err
	}
	secret := encrypt(t, e, []byte(poem), pgp.Envelope{To: to(alice()), From: secrets(bob())})
	_, _, err := open(secret, pgp.Keyring{Secrets: secrets(bob())})
	require.ErrorIs(t, err, pgp.ErrNotForUs)
	_, _, err = open(secret, pgp.Keyring{})
	require.ErrorIs(t, err, pgp.ErrNotForUs)

	text, r, err := open(secret, pgp.Keyring{Secrets: secrets(alice()), Certs: certs(carol())})
	require.NoError(t, err)
	require.Equal(t, poem, text)
	require.Equal(t, pgp.UnknownKey, pgp.Best(r.Signatures))
	text, r, err = open(secret, pgp.Keyring{Secrets: secrets(alice()), Certs: certs(carol()), RequireValid: true})
	require.ErrorIs(t, err, pgp.ErrNotVerified)
	require.Empty(t, text)
	require.Equal(t, pgp.UnknownKey, pgp.Best(r.Signatures))

	var inline bytes.Buffer
	require.NoError(t, e.SignInline(t.Context(), &inline, strings.NewReader(poem), secrets(bob()), pgp.Form{}))
	_, _, err = open(inline.Bytes(), pgp.Keyring{Secrets: secrets(alice())})
	require.ErrorIs(t, err, pgp.ErrNotEncrypted)
	var got bytes.Buffer
	r, err = e.VerifyInline(t.Context(), &got, &inline, pgp.Keyring{Certs: certs(bob())})
	require.NoError(t, err)
	require.Equal(t, poem, got.String())
	require.Equal(t, pgp.Valid, pgp.Best(r.Signatures))
	require.False(t, r.Encrypted)

	// Own expired keys still decrypt.
	text, _, err = func() (string, pgp.Report, error) {
		var b bytes.Buffer
		r, err := at(t0.Add(9999*day)).Decrypt(t.Context(), &b, bytes.NewReader(secret), pgp.Keyring{Secrets: secrets(alice())})
		return b.String(), r, err
	}()
	require.NoError(t, err)
	require.Equal(t, poem, text)
}

func TestDetached(t *testing.T) {
	e := at(t0.Add(day))
	for _, k := range []key{alice(), carol(), rita()} {
		for _, f := range []pgp.Form{{}, {Binary: true}, {Text: true}} {
			var sig bytes.Buffer
			micalg, err := e.SignDetached(t.Context(), &sig, strings.NewReader(poem), k.Secret, f)
			require.NoError(t, err)
			require.Equal(t, "pgp-sha512", micalg)
			check := func(text string) pgp.Status {
				got, err := e.VerifyDetached(t.Context(), strings.NewReader(text), bytes.NewReader(sig.Bytes()), certs(bob(), k))
				require.NoError(t, err)
				require.Len(t, got, 1)
				return got[0].Status
			}
			require.Equal(t, pgp.Valid, check(poem))
			require.Equal(t, pgp.Bad, check(poem+"x"))
			want := pgp.Bad
			if f.Text {
				want = pgp.Valid
			}
			require.Equal(t, want, check(strings.ReplaceAll(poem, "\n", "\r\n")))
		}
	}
	_, err := e.VerifyDetached(t.Context(), strings.NewReader(poem), strings.NewReader("no signature"), nil)
	require.ErrorIs(t, err, pgp.ErrDamaged)
	_, err = e.VerifyDetached(t.Context(), io.MultiReader(), bytes.NewReader(alice().Cert().Armor()), nil)
	require.ErrorIs(t, err, pgp.ErrDamaged)
}
