package pgp

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// Reason says why something is revoked (RFC 9580, section 5.2.3.31). Only
// ReasonSuperseded and ReasonRetired leave valid what was signed before.
type Reason uint8

// The reasons.
const (
	ReasonNone        Reason = 0
	ReasonSuperseded  Reason = 1
	ReasonCompromised Reason = 2
	ReasonRetired     Reason = 3
	ReasonUserID      Reason = 32 // of a user ID that is no longer valid
)

// A SubkeySpec says what subkey to add. The zero value asks for one that
// encrypts, of the primary key's kind, valid as long as that.
type SubkeySpec struct {
	// Sign asks for a subkey that signs instead.
	Sign bool
	// Lifetime is how long it is valid; as long as the primary key if zero.
	Lifetime time.Duration
	// PostQuantum asks for ML-KEM-768 with X25519, or ML-DSA-65 with Ed25519:
	// see KeySpec. Only version 6 keys have such subkeys here.
	PostQuantum bool
}

var errCannotCertify = fmt.Errorf("%w: the primary key cannot sign", ErrUnsupported)

// certifying gives the key to the library if its primary part can sign.
func (s Secret) certifying() (*openpgp.Entity, *error, error) {
	entity, failed, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	if entity.PrivateKey == nil || entity.PrivateKey.Dummy() {
		return nil, nil, errCannotCertify
	}
	return entity, failed, nil
}

// certified is what became of changing an entity.
func (s Secret) certified(entity *openpgp.Entity, failed *error, err error) (Secret, error) {
	switch {
	case *failed != nil:
		return Secret{}, because{"pgp: cannot sign with " + s.cert.fpr, *failed}
	case err != nil:
		return Secret{}, errCannotCertify
	}
	return s.changed(entity)
}

// AddAddress returns s with one more user ID, which is valid as long as the
// others. Publish the new Cert. The error wraps ErrUnsupported if the primary
// key cannot sign.
func (e *Engine) AddAddress(s Secret, name, address string) (Secret, error) {
	if err := checkUserID(name, address); err != nil {
		return Secret{}, err
	}
	entity, failed, err := s.certifying()
	if err != nil {
		return Secret{}, err
	}
	uid := packet.NewUserId(name, "", address)
	if uid == nil {
		return Secret{}, errors.New("pgp: characters that a user ID cannot have")
	}
	if _, ok := entity.Identities[uid.Id]; ok {
		return Secret{}, errors.New("pgp: the key has this user ID")
	}
	c := e.config()
	state, err := s.cert.state()
	if err != nil {
		return Secret{}, err
	}
	old := state.primarySig(c.Now())
	if old == nil {
		return Secret{}, fmt.Errorf("%w: the key has no self-signature in force", ErrUnsupported)
	}
	sig, no := *old, false
	if entity.PrimaryKey.Version == 6 { // there the direct signature says what the key may do
		sig = packet.Signature{Version: 6, PubKeyAlgo: entity.PrimaryKey.PubKeyAlgo,
			IssuerKeyId: &entity.PrimaryKey.KeyId, IssuerFingerprint: entity.PrimaryKey.Fingerprint}
	}
	sig.SigType, sig.IsPrimaryId = packet.SigTypePositiveCert, &no
	sig.CreationTime, sig.Hash = c.Now(), c.Hash()
	err = sig.SignUserId(uid.Id, entity.PrimaryKey, entity.PrivateKey, c)
	entity.Identities[uid.Id] = &openpgp.Identity{Primary: entity, Name: uid.Id, UserId: uid,
		SelfCertifications: []*packet.VerifiableSignature{packet.NewVerifiableSig(&sig)}}
	return s.certified(entity, failed, err)
}

// AddSubkey returns s with one more subkey. The newest that can be used is what
// others encrypt to and what signs. Publish the new Cert. The error wraps
// ErrUnsupported if the primary key cannot sign, or has no such subkeys.
func (e *Engine) AddSubkey(s Secret, spec SubkeySpec) (Secret, error) {
	if s.held != nil {
		return Secret{}, fmt.Errorf("%w: the key is held elsewhere, so are its subkeys", ErrUnsupported)
	}
	entity, failed, err := s.certifying()
	if err != nil {
		return Secret{}, err
	}
	c := e.config()
	if spec.Lifetime > 0 {
		secs := int64(spec.Lifetime / time.Second)
		if secs == 0 || secs > math.MaxUint32 {
			return Secret{}, errors.New("pgp: lifetime out of range")
		}
		c.KeyLifetimeSecs = uint32(secs)
	}
	c.V6Keys = entity.PrimaryKey.Version == 6
	switch algo := entity.PrimaryKey.PubKeyAlgo; {
	case spec.PostQuantum && !c.V6Keys:
		return Secret{}, fmt.Errorf("%w: post-quantum subkeys of a version 4 key", ErrUnsupported)
	case spec.PostQuantum:
		c.Algorithm = packet.PubKeyAlgoMldsa65Ed25519
	case algo == packet.PubKeyAlgoRSA:
		bits, _ := entity.PrimaryKey.BitLength()
		c.Algorithm, c.RSABits = packet.PubKeyAlgoRSA, max(3072, int(bits))
	case c.V6Keys:
		c.Algorithm = packet.PubKeyAlgoEd25519
	default:
		c.Algorithm, c.Curve = packet.PubKeyAlgoEdDSA, packet.Curve25519
	}
	if spec.Sign {
		err = entity.AddSigningSubkey(c)
	} else {
		err = entity.AddEncryptionSubkey(c)
	}
	return s.certified(entity, failed, err)
}

// Rotate returns s with a new encryption subkey; those that it has are revoked
// as superseded. It still reads what was encrypted to them. Publish the new
// Cert.
func (e *Engine) Rotate(s Secret, spec SubkeySpec) (Secret, error) {
	spec.Sign = false
	out, err := e.AddSubkey(s, spec)
	for _, old := range s.cert.subs {
		if err == nil && old.Encrypt && !old.Revoked {
			out, err = e.RevokeSubkey(out, old.Fingerprint, ReasonSuperseded, "")
		}
	}
	return out, err
}

// RevokeSubkey returns s with the subkey revoked. The text is published.
func (e *Engine) RevokeSubkey(s Secret, fpr string, why Reason, text string) (Secret, error) {
	entity, failed, err := s.certifying()
	if err != nil {
		return Secret{}, err
	}
	i := slices.IndexFunc(entity.Subkeys, func(k openpgp.Subkey) bool {
		return fingerprint(k.PublicKey) == strings.ToUpper(fpr)
	})
	if i < 0 {
		return Secret{}, fmt.Errorf("%w: no subkey %s", ErrNoKey, Printable(fpr))
	}
	// The library would not revoke again what is superseded and then stolen.
	k, c := &entity.Subkeys[i], e.config()
	sig := newRevocation(entity.PrimaryKey, packet.SigTypeSubkeyRevocation, why, text, c)
	err = sig.RevokeSubkey(k.PublicKey, entity.PrivateKey, c)
	k.Revocations = append(k.Revocations, packet.NewVerifiableSig(sig))
	return s.certified(entity, failed, err)
}

// RevokeAddress returns s with every user ID of the address revoked. The text is
// published. A key needs another user ID to be of use.
func (e *Engine) RevokeAddress(s Secret, address, text string) (Secret, error) {
	entity, failed, err := s.certifying()
	if err != nil {
		return Secret{}, err
	}
	if !s.cert.HasAddress(address) {
		return Secret{}, ErrWrongAddress
	}
	c := e.config()
	for name, id := range entity.Identities {
		if addressOf(name) != normalAddress(address) {
			continue
		}
		sig := newRevocation(entity.PrimaryKey, packet.SigTypeCertificationRevocation, ReasonUserID, text, c)
		for _, self := range id.SelfCertifications { // of the same second gpg believes the other one
			if made := self.Packet.CreationTime; !sig.CreationTime.After(made) {
				sig.CreationTime = made.Add(time.Second)
			}
		}
		err = errors.Join(err, sig.SignUserId(name, entity.PrimaryKey, entity.PrivateKey, c))
		id.Revocations = append(id.Revocations, packet.NewVerifiableSig(sig))
	}
	return s.certified(entity, failed, err)
}

func newRevocation(k *packet.PublicKey, typ packet.SignatureType, why Reason, text string, c *packet.Config) *packet.Signature {
	reason := packet.ReasonForRevocation(why)
	return &packet.Signature{Version: k.Version, SigType: typ, PubKeyAlgo: k.PubKeyAlgo, Hash: c.Hash(), CreationTime: c.Now(),
		IssuerKeyId: &k.KeyId, IssuerFingerprint: k.Fingerprint, RevocationReason: &reason, RevocationReasonText: text}
}

// Revoke makes a revocation certificate of s. The text is published. Without a
// reason it counts for the past too.
func (e *Engine) Revoke(s Secret, why Reason, text string) (Revocation, error) {
	entity, failed, err := s.certifying()
	if err != nil {
		return Revocation{}, err
	}
	entity.Revocations = nil
	err = entity.Revoke(packet.ReasonForRevocation(why), text, e.config())
	if *failed != nil {
		return Revocation{}, because{"pgp: cannot sign with " + s.cert.fpr, *failed}
	}
	if err != nil {
		return Revocation{}, errCannotCertify
	}
	var b strings.Builder
	if err := entity.Revocations[0].Packet.Serialize(&b); err != nil {
		return Revocation{}, errors.New("pgp: cannot write the revocation")
	}
	return Revocation{[]byte(b.String())}, nil
}

// WhyRevoked returns the reason of the newest revocation of the whole
// certificate and its text, which is the owner's and needs Printable. Ask
// Revoked first.
func (c Cert) WhyRevoked() (Reason, string) {
	s, err := c.state()
	if err != nil || len(s.revs) == 0 || s.revs[0].RevocationReason == nil {
		return ReasonNone, ""
	}
	return Reason(*s.revs[0].RevocationReason), s.revs[0].RevocationReasonText
}

func checkUserID(name, address string) error {
	switch {
	case name == "" && address == "":
		return errors.New("pgp: a key needs a name or an address")
	case Printable(name+address) != name+address:
		return errors.New("pgp: control characters in the user ID")
	}
	return nil
}
