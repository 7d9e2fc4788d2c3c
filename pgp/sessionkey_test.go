package pgp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

func TestSessionKeys(t *testing.T) {
	e := at(t0.Add(day))
	for name, env := range map[string]pgp.Envelope{
		"SEIPD 1": {To: to(alice())}, "SEIPD 2": {To: to(carol())}, "password": {Passwords: [][]byte{[]byte("horse")}},
	} {
		msg := encrypt(t, e, []byte(poem), env)
		other := encrypt(t, e, []byte(poem), env)
		ring := pgp.Keyring{Secrets: secrets(alice(), carol()), Passwords: [][]byte{[]byte("horse")}}
		r, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), ring)
		require.NoError(t, err, name)
		require.True(t, r.SessionKey.IsZero(), "nobody asked for it")
		ring.WantSessionKey = true
		r, err = e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), ring)
		require.NoError(t, err, name)

		k, err := pgp.ParseSessionKey(r.SessionKey.Reveal() + "\n")
		require.NoError(t, err, name)
		var out bytes.Buffer
		_, err = e.Decrypt(t.Context(), &out, bytes.NewReader(msg), pgp.Keyring{SessionKeys: []pgp.SessionKey{{}, k}})
		require.NoError(t, err, name)
		require.Equal(t, poem, out.String())
		_, err = e.Decrypt(t.Context(), io.Discard, bytes.NewReader(other), pgp.Keyring{SessionKeys: []pgp.SessionKey{k}})
		require.ErrorIs(t, err, pgp.ErrNotForUs, name)

		require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", r, r, r, r.SessionKey), k.Reveal()[2:])
		_, err = json.Marshal(r)
		require.ErrorIs(t, err, pgp.ErrSecretMaterial)
	}
	for _, s := range []string{"", "9", "9:", "9:00", "x:00", "10:" + fmt.Sprintf("%064d", 0), "300:00"} {
		_, err := pgp.ParseSessionKey(s)
		require.Error(t, err, s)
	}
}

// What a wrong session key makes of a text may look like a packet of any length, kind
// and version: it is said to be the wrong one all the same.
func TestWrongSessionKeysAreSaidToBeWrong(t *testing.T) {
	e := at(t0.Add(day))
	msg := encrypt(t, e, []byte(poem), pgp.Envelope{Passwords: [][]byte{[]byte("horse")}})
	for i := range 1000 {
		k, err := pgp.ParseSessionKey(fmt.Sprintf("9:%064x", i))
		require.NoError(t, err)
		_, err = e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{SessionKeys: []pgp.SessionKey{k}})
		require.ErrorIs(t, err, pgp.ErrNotForUs, i)
	}
}

// These keys pass the two repeated octets, and what they make of the text begins like
// a packet of gigabytes. Only the code at the end of the text tells.
func TestAWrongSessionKeyThatPassesTheQuickCheck(t *testing.T) {
	const msg = `-----BEGIN PGP MESSAGE-----

wy4ECQMIiYCeTcvr2XTgQZCPli7mD2IZDdfxmDi6JFglm3XrLJLGWwd7lQkjiTYE
0jcB8I9tPglu4KJnSyQeoLHptOSlceSX59AeFxUUtv0C+76LUj95Ig+j5bBsuqJy
VqTE0RLmkt1H
=GhUp
-----END PGP MESSAGE-----
`
	open := func(e *pgp.Engine, k pgp.Keyring) error {
		_, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader([]byte(msg)), k)
		return err
	}
	e := at(t0.Add(day))
	for _, i := range []int{17443131, 22229644, 24465171} {
		k, err := pgp.ParseSessionKey(fmt.Sprintf("9:%064x", i))
		require.NoError(t, err)
		require.ErrorIs(t, open(e, pgp.Keyring{SessionKeys: []pgp.SessionKey{k}}), pgp.ErrNotForUs, i)
	}
	horse := pgp.Keyring{Passwords: [][]byte{[]byte("horse")}}
	require.NoError(t, open(e, horse))
	e.Limits.Plaintext = 5
	require.ErrorIs(t, open(e, horse), pgp.ErrLimit, "the right one, and a limit")
}
