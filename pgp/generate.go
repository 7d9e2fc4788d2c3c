package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// A KeySpec says what key to make. The zero values mean Ed25519 with a
// Curve25519 encryption subkey, version 4, for two years.
type KeySpec struct {
	// Name and Address make the user ID. One of them must be set, and neither
	// may contain "<", ">", "(", ")" or a control character.
	Name, Address string
	// Lifetime is how long the key is valid; two years if zero, for ever if
	// negative. Extend makes it longer.
	Lifetime time.Duration
	// RSABits asks for RSA instead; 3072 or 4096.
	RSABits int
	// V6 asks for a version 6 key (RFC 9580). gpg cannot read it.
	V6 bool
	// PostQuantum asks for ML-DSA-65 with Ed25519 and ML-KEM-768 with X25519
	// (draft-ietf-openpgp-pqc), as a version 6 key. What is encrypted to it stays
	// secret if either of the two holds. Programs that read neither version 6 nor
	// the draft, gpg among them, can do nothing with it, and a signature is 3.4
	// KB: keep a key of the other kinds beside it.
	PostQuantum bool
}

const defaultLifetime = 2 * 365 * 24 * time.Hour

// A Revocation is a revocation certificate: whoever publishes it ends the key.
// Keep it where the key is not.
type Revocation struct{ raw []byte }

// Armor returns the certificate as text. Cert.Merge and gpg --import take it.
func (r Revocation) Armor() []byte { return armor(armorPublic, r.raw, wantsChecksum(r.raw)) }

// Generate makes a key and its revocation certificate.
func (e *Engine) Generate(k KeySpec) (Secret, Revocation, error) {
	c := e.config()
	if err := checkUserID(k.Name, k.Address); err != nil {
		return Secret{}, Revocation{}, err
	}
	switch {
	case k.RSABits != 0 && (k.V6 || k.PostQuantum):
		return Secret{}, Revocation{}, fmt.Errorf("%w: RSA of version 6", ErrUnsupported)
	case k.RSABits != 0 && k.RSABits != 3072 && k.RSABits != 4096:
		return Secret{}, Revocation{}, fmt.Errorf("%w: RSA of %d bits", ErrUnsupported, k.RSABits)
	}
	if k.Lifetime == 0 {
		k.Lifetime = defaultLifetime
	}
	if k.Lifetime > 0 {
		secs := int64(k.Lifetime / time.Second)
		if secs == 0 || secs > math.MaxUint32 {
			return Secret{}, Revocation{}, errors.New("pgp: lifetime out of range")
		}
		c.KeyLifetimeSecs = uint32(secs)
	}
	switch {
	case k.RSABits != 0:
		c.Algorithm, c.RSABits = packet.PubKeyAlgoRSA, k.RSABits
	case k.PostQuantum:
		c.Algorithm = packet.PubKeyAlgoMldsa65Ed25519
	case k.V6:
		c.Algorithm = packet.PubKeyAlgoEd25519
	default:
		c.Algorithm, c.Curve = packet.PubKeyAlgoEdDSA, packet.Curve25519
	}
	if k.V6 || k.PostQuantum {
		// Only v6 keys say that they take SEIPDv2: gpg users hold the others.
		c.V6Keys, c.AEADConfig = true, &packet.AEADConfig{}
	}
	entity, err := openpgp.NewEntity(k.Name, "", k.Address, c)
	if err != nil {
		return Secret{}, Revocation{}, fmt.Errorf("%w: user ID or algorithm", ErrUnsupported)
	}
	s, err := secretFrom(entity)
	if err != nil {
		return Secret{}, Revocation{}, err
	}
	r, err := e.Revoke(s, ReasonNone, "")
	return s, r, err
}

// secretFrom takes over an entity that was made here.
func secretFrom(entity *openpgp.Entity) (Secret, error) { return Secret{}.changed(entity) }

// changed takes over an entity that was made of s.
func (s Secret) changed(entity *openpgp.Entity) (Secret, error) {
	var pub bytes.Buffer
	if err := entity.Serialize(&pub); err != nil {
		return Secret{}, errors.New("pgp: cannot write the key")
	}
	certs, err := parseBinaryCerts(pub.Bytes(), defaultKeyPackets, 1)
	if err != nil {
		return Secret{}, err
	}
	if s.held != nil {
		return heldSecret(certs[0], s.held), nil
	}
	return secretOf(entity, certs[0])
}

// Extend returns s valid until the given time, with all its bound subkeys that
// are not revoked. The old self-signatures stay, so what was signed in the past
// is judged as before. Publish the new Cert.
func (e *Engine) Extend(s Secret, until time.Time) (Secret, error) {
	entity, failed, err := s.certifying()
	if err != nil {
		return Secret{}, err
	}
	c := e.config()
	if !until.After(c.Now()) {
		return Secret{}, errors.New("pgp: the new end is in the past")
	}
	for _, id := range entity.Identities {
		old, err := id.LatestValidSelfCertification(time.Time{}, c)
		if err != nil || id.Revoked(old, time.Time{}, c) {
			continue
		}
		sig, err := renewed(old, entity.PrimaryKey, until, c)
		if err != nil {
			return Secret{}, err
		}
		if entity.PrimaryKey.Version == 6 {
			sig.KeyLifetimeSecs = nil // of v6 the direct signature says it
		}
		if sig.SignUserId(id.UserId.Id, entity.PrimaryKey, entity.PrivateKey, c) != nil {
			return s.certified(nil, failed, errCannotCertify)
		}
		id.SelfCertifications = append(id.SelfCertifications, packet.NewVerifiableSig(sig))
	}
	if old, err := entity.LatestValidDirectSignature(time.Time{}, c); err == nil {
		sig, err := renewed(old, entity.PrimaryKey, until, c)
		if err != nil {
			return Secret{}, err
		}
		if sig.SignDirectKeyBinding(entity.PrimaryKey, entity.PrivateKey, c) != nil {
			return s.certified(nil, failed, errCannotCertify)
		}
		entity.DirectSignatures = append(entity.DirectSignatures, packet.NewVerifiableSig(sig))
	}
	for i := range entity.Subkeys {
		if err := extendSubkey(&entity.Subkeys[i], until, c); err != nil {
			if *failed != nil {
				return s.certified(nil, failed, err)
			}
			return Secret{}, err
		}
	}
	return s.certified(entity, failed, nil)
}

func extendSubkey(k *openpgp.Subkey, until time.Time, c *packet.Config) error {
	old, err := k.LatestValidBindingSignature(time.Time{}, c)
	if err != nil || k.Revoked(old, time.Time{}) || old.KeyLifetimeSecs == nil || *old.KeyLifetimeSecs == 0 {
		return nil // nothing to extend
	}
	sig, err := renewed(old, k.PublicKey, until, c)
	if err != nil {
		return err
	}
	if sig.SignKey(k.PublicKey, k.Primary.PrivateKey, c) != nil {
		return errCannotCertify
	}
	k.Bindings = append(k.Bindings, packet.NewVerifiableSig(sig))
	return nil
}

// renewed copies a self-signature with a new date and key lifetime.
func renewed(old *packet.Signature, key *packet.PublicKey, until time.Time, c *packet.Config) (*packet.Signature, error) {
	sig := *old
	secs := int64(until.Sub(key.CreationTime) / time.Second)
	if secs <= 0 || secs > math.MaxUint32 {
		return nil, errors.New("pgp: lifetime out of range")
	}
	life := uint32(secs)
	sig.KeyLifetimeSecs, sig.SigLifetimeSecs = &life, nil
	sig.CreationTime, sig.Hash = c.Now(), c.Hash()
	return &sig, nil
}
