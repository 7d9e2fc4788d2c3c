package pgp_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	pgpecdh "github.com/ProtonMail/go-crypto/openpgp/ecdh"
	pgpecdsa "github.com/ProtonMail/go-crypto/openpgp/ecdsa"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

var errPulled = errors.New("the card is not there")

// card holds a key; it may be pulled.
type card struct {
	crypto.Signer
	agree  *ecdh.PrivateKey
	pulled *bool
}

func (c card) Public() crypto.PublicKey {
	if c.agree != nil {
		return c.agree.Public()
	}
	return c.Signer.Public()
}

func (c card) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if *c.pulled {
		return nil, errPulled
	}
	return c.Signer.Sign(r, digest, o)
}

func (c card) Decrypt(r io.Reader, msg []byte, o crypto.DecrypterOpts) ([]byte, error) {
	if *c.pulled {
		return nil, errPulled
	}
	if c.agree == nil {
		return c.Signer.(crypto.Decrypter).Decrypt(r, msg, o)
	}
	peer, err := c.agree.Curve().NewPublicKey(msg)
	if err != nil {
		return nil, err
	}
	return c.agree.ECDH(peer)
}

// onCard takes the secret halves of a key out of the library.
func onCard(t testing.TB, k *packet.PrivateKey, pulled *bool) card {
	t.Helper()
	switch p := k.PrivateKey.(type) {
	case *rsa.PrivateKey:
		return card{p, nil, pulled}
	case *eddsa.PrivateKey:
		return card{ed25519.NewKeyFromSeed(p.D), nil, pulled}
	case *pgpecdsa.PrivateKey:
		s, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), p.D.FillBytes(make([]byte, 32)))
		require.NoError(t, err)
		return card{s, nil, pulled}
	case *pgpecdh.PrivateKey:
		curve := ecdh.X25519()
		if p.MarshalPoint()[0] == 4 {
			curve = ecdh.P256()
		}
		s, err := curve.NewPrivateKey(p.D)
		require.NoError(t, err)
		return card{nil, s, pulled}
	}
	t.Fatalf("%T", k.PrivateKey)
	return card{}
}

func nistKey(t testing.TB) pgp.Secret {
	t.Helper()
	e, err := openpgp.NewEntity("", "", "nist@example.org", &packet.Config{Time: func() time.Time { return t0 }, Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveNistP256})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, e.SerializePrivateWithoutSigning(&b, nil))
	got, err := pgp.ParseSecrets(&b, nil)
	require.NoError(t, err)
	return got[0]
}

// Keys on cards, agents and HSMs, by the interfaces of package crypto.
func TestKeysHeldElsewhere(t *testing.T) {
	e := at(t0.Add(day))
	for _, whole := range []pgp.Secret{alice().Secret, rita().Secret, nistKey(t)} {
		t.Run(whole.Cert().Algorithm(), func(t *testing.T) {
			ent, err := openpgp.ReadEntity(packet.NewReader(unlocked(t, whole)))
			require.NoError(t, err)
			pulled := false
			sign, decrypt := onCard(t, ent.PrivateKey, &pulled), onCard(t, ent.Subkeys[0].PrivateKey, &pulled)
			s, err := pgp.NewSecret(whole.Cert(), pgp.Keys{Signers: []crypto.Signer{sign}, Decrypters: []crypto.Decrypter{decrypt}})
			require.NoError(t, err)

			cert := []pgp.Cert{whole.Cert()}
			msg := encrypt(t, e, []byte(poem), pgp.Envelope{To: []pgp.Recipient{{Cert: cert[0]}}, From: []pgp.Secret{s}})
			r, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Secrets: []pgp.Secret{s}, Certs: cert})
			require.NoError(t, err)
			require.Equal(t, pgp.Valid, pgp.Best(r.Signatures), "%+v", r.Signatures)
			clear, err := e.SignCleartext(t.Context(), []byte(poem), s)
			require.NoError(t, err)
			v, err := e.VerifyCleartext(clear, cert)
			require.NoError(t, err)
			require.Equal(t, pgp.Valid, pgp.Best(v.Signatures))
			longer, err := e.Extend(s, t0.Add(3000*day))
			require.NoError(t, err)
			require.Equal(t, t0.Add(3000*day), longer.Cert().Expires())
			_, err = e.SignCleartext(t.Context(), []byte(poem), longer)
			require.NoError(t, err)

			// It goes nowhere.
			_, err = s.Export([]byte("sesame"))
			require.ErrorIs(t, err, pgp.ErrUnsupported)
			_, err = s.ExportUnlocked()
			require.ErrorIs(t, err, pgp.ErrUnsupported)
			_, err = json.Marshal(s)
			require.Error(t, err)
			require.Equal(t, fmt.Sprintf("{[secret key %s]}", s.Fingerprint()), fmt.Sprintf("{%+v}", s))

			pulled = true
			_, err = e.SignCleartext(t.Context(), []byte(poem), s)
			require.ErrorIs(t, err, errPulled)
			require.ErrorIs(t, e.SignInline(t.Context(), io.Discard, strings.NewReader(poem), []pgp.Secret{s}, pgp.Form{}), errPulled)
			require.ErrorIs(t, e.Encrypt(t.Context(), io.Discard, strings.NewReader(poem), pgp.Envelope{To: to(bob()), From: []pgp.Secret{s}}), errPulled)
			_, err = e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Secrets: []pgp.Secret{s}})
			require.ErrorIs(t, err, errPulled)
			require.ErrorIs(t, err, pgp.ErrNotForUs)
			_, err = e.Revoke(s, pgp.ReasonNone, "")
			require.ErrorIs(t, err, errPulled)
			_, err = e.Extend(s, t0.Add(3000*day))
			require.ErrorIs(t, err, errPulled)

			_, err = pgp.NewSecret(bob().Cert(), pgp.Keys{Signers: []crypto.Signer{sign}})
			require.ErrorIs(t, err, pgp.ErrNotSame)
			half, err := pgp.NewSecret(whole.Cert(), pgp.Keys{Decrypters: []crypto.Decrypter{decrypt}})
			require.NoError(t, err)
			_, err = e.SignCleartext(t.Context(), []byte(poem), half)
			require.ErrorIs(t, err, pgp.ErrUnsupported)
		})
	}
}
