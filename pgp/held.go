package pgp

import (
	"crypto"
	stdecdh "crypto/ecdh"
	"crypto/ecdsa"
	stded25519 "crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/ecdh"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// Keys are secret keys that stay where they are: on a card, with an agent, in
// an HSM. Which key of a certificate each is shows its public half.
type Keys struct {
	// Signers sign. Public must be *rsa.PublicKey, *ecdsa.PublicKey or
	// ed25519.PublicKey (of version 4 keys). Sign gets a digest and, of RSA and
	// ECDSA, its hash; of Ed25519 the digest is the message.
	Signers []crypto.Signer
	// Decrypters decrypt. Public must be *rsa.PublicKey, where Decrypt gets nil
	// options and undoes PKCS #1 v1.5; or *ecdh.PublicKey of package crypto/ecdh
	// (Curve25519, NIST), where it gets the other side's public key, as that
	// package encodes it, and returns the shared secret.
	Decrypters []crypto.Decrypter
}

// NewSecret joins a certificate with keys that are held elsewhere. The Secret
// signs and decrypts with them, as far as they go, and cannot be exported. It
// is safe for concurrent use if they are. An error of theirs is in the chain of
// the errors of the Engine.
//
// The error wraps ErrNotSame if a key is not one of cert's, or ErrUnsupported.
func NewSecret(cert Cert, keys Keys) (Secret, error) {
	entity, err := cert.fullEntity()
	if err != nil {
		return Secret{}, err
	}
	public := []*packet.PublicKey{entity.PrimaryKey}
	for _, k := range entity.Subkeys {
		public = append(public, k.PublicKey)
	}
	h := holder{map[string]crypto.Signer{}, map[string]crypto.Decrypter{}}
	for _, s := range keys.Signers {
		fpr, err := matching(public, s.Public(), false)
		if err != nil {
			return Secret{}, err
		}
		h.sign[fpr] = s
	}
	for _, d := range keys.Decrypters {
		fpr, err := matching(public, d.Public(), true)
		if err != nil {
			return Secret{}, err
		}
		h.decrypt[fpr] = d
	}
	return heldSecret(cert, func() holder { return h }), nil
}

func heldSecret(cert Cert, h func() holder) Secret {
	return Secret{cert, func() []byte { return cert.raw }, h}
}

// holder has the keys by the fingerprints of their public halves.
type holder struct {
	sign    map[string]crypto.Signer
	decrypt map[string]crypto.Decrypter
}

// matching finds the key of a certificate with the public half.
func matching(keys []*packet.PublicKey, public crypto.PublicKey, decrypts bool) (string, error) {
	for _, k := range keys {
		if decrypts == k.PubKeyAlgo.CanEncrypt() && samePublic(k, public) || !decrypts && k.PubKeyAlgo.CanSign() && samePublic(k, public) {
			return fingerprint(k), nil
		}
	}
	switch public.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, stded25519.PublicKey, *stdecdh.PublicKey:
		return "", fmt.Errorf("%w: no key of the certificate has this public half", ErrNotSame)
	}
	return "", fmt.Errorf("%w: a key of type %T", ErrUnsupported, public)
}

func samePublic(k *packet.PublicKey, public crypto.PublicKey) bool {
	switch p := public.(type) {
	case *rsa.PublicKey:
		own, ok := k.PublicKey.(*rsa.PublicKey)
		return ok && own.Equal(p)
	case *ecdsa.PublicKey:
		point, err := p.Bytes()
		return err == nil && k.PubKeyAlgo == packet.PubKeyAlgoECDSA && sameBody(k, point)
	case stded25519.PublicKey:
		return k.PubKeyAlgo == packet.PubKeyAlgoEdDSA && sameBody(k, append([]byte{0x40}, p...))
	case *stdecdh.PublicKey:
		point := p.Bytes()
		if p.Curve() == stdecdh.X25519() {
			point = append([]byte{0x40}, point...)
		}
		return k.PubKeyAlgo == packet.PubKeyAlgoECDH && sameBody(k, point)
	}
	return false
}

// sameBody compares the point of a key with one in the encoding of the packet.
func sameBody(k *packet.PublicKey, point []byte) bool {
	switch own := k.PublicKey.(type) {
	case *eddsa.PublicKey:
		return string(own.MarshalPoint()) == string(point)
	case *ecdh.PublicKey:
		return string(own.MarshalPoint()) == string(point)
	case interface{ MarshalPoint() []byte }: // ECDSA
		return string(own.MarshalPoint()) == string(point)
	}
	return false
}

// attach puts the keys into the library's form of the certificate. An error of
// theirs goes to failed, because the library drops some.
func (h holder) attach(e *openpgp.Entity, failed *error) {
	e.PrivateKey = h.private(e.PrimaryKey, failed)
	for i := range e.Subkeys {
		e.Subkeys[i].PrivateKey = h.private(e.Subkeys[i].PublicKey, failed)
	}
}

func (h holder) private(k *packet.PublicKey, failed *error) *packet.PrivateKey {
	p := &packet.PrivateKey{PublicKey: *k}
	fpr := fingerprint(k)
	if s, ok := h.sign[fpr]; ok {
		p.PrivateKey = heldSigner{s, failed}
		if own, ok := k.PublicKey.(*eddsa.PublicKey); ok {
			pub := eddsa.NewPublicKey(heldEdDSA{own.GetCurve(), s, failed})
			pub.X = own.X
			p.PrivateKey = eddsa.NewPrivateKey(*pub)
		}
		return p
	}
	if d, ok := h.decrypt[fpr]; ok {
		p.PrivateKey = heldDecrypter{d, failed}
		if own, ok := k.PublicKey.(*ecdh.PublicKey); ok {
			pub := ecdh.NewPublicKey(heldECDH{own.GetCurve(), d, failed}, own.KDF.Hash, own.KDF.Cipher)
			pub.Point = own.Point
			p.PrivateKey = ecdh.NewPrivateKey(*pub)
		}
		return p
	}
	return nil
}

// heldSigner and heldDecrypter keep the errors.
type heldSigner struct {
	crypto.Signer
	failed *error
}

func (s heldSigner) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	sig, err := s.Signer.Sign(r, digest, o)
	*s.failed = errors.Join(*s.failed, err)
	return sig, err
}

type heldDecrypter struct {
	crypto.Decrypter
	failed *error
}

func (d heldDecrypter) Decrypt(r io.Reader, msg []byte, o crypto.DecrypterOpts) ([]byte, error) {
	plain, err := d.Decrypter.Decrypt(r, msg, o)
	*d.failed = errors.Join(*d.failed, err)
	return plain, err
}

// edDSACurve and ecdhCurve are what the library asks of curves; their secret
// operations are replaced.
type edDSACurve interface {
	GetCurveName() string
	MarshalBytePoint(x []byte) []byte
	UnmarshalBytePoint([]byte) []byte
	MarshalByteSecret(d []byte) []byte
	UnmarshalByteSecret(d []byte) []byte
	MarshalSignature(sig []byte) (r, s []byte)
	UnmarshalSignature(r, s []byte) []byte
	GenerateEdDSA(rand io.Reader) (pub, priv []byte, err error)
	Sign(publicKey, privateKey, message []byte) ([]byte, error)
	Verify(publicKey, message, sig []byte) bool
	ValidateEdDSA(publicKey, privateKey []byte) error
}

type heldEdDSA struct {
	edDSACurve
	key    crypto.Signer
	failed *error
}

func (c heldEdDSA) Sign(_, _, message []byte) ([]byte, error) {
	return heldSigner{c.key, c.failed}.Sign(rand.Reader, message, crypto.Hash(0))
}

type ecdhCurve interface {
	GetCurveName() string
	MarshalBytePoint([]byte) []byte
	UnmarshalBytePoint([]byte) []byte
	MarshalByteSecret(d []byte) []byte
	UnmarshalByteSecret(d []byte) []byte
	GenerateECDH(rand io.Reader) (point, secret []byte, err error)
	Encaps(rand io.Reader, point []byte) (ephemeral, sharedSecret []byte, err error)
	Decaps(ephemeral, secret []byte) ([]byte, error)
	ValidateECDH(public, secret []byte) error
}

type heldECDH struct {
	ecdhCurve
	key    crypto.Decrypter
	failed *error
}

func (c heldECDH) Decaps(ephemeral, _ []byte) ([]byte, error) {
	return heldDecrypter{c.key, c.failed}.Decrypt(rand.Reader, ephemeral, nil)
}
