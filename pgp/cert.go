package pgp

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// A Cert is a certificate: a public key with the user IDs and subkeys that it
// vouches for. It is immutable and safe for concurrent use. The zero Cert is
// no certificate; every use of it fails or returns zero values.
type Cert struct {
	raw     []byte
	strong  []byte // raw without what counts for nothing
	fpr     string
	keyID   string
	alg     string
	created time.Time
	expires time.Time
	revoked bool
	uids    []UserID
	subs    []Subkey
	keyIDs  []string // of all keys, also of those that are not bound by what counts
}

// A UserID is a name and address that the key's owner claims. Nothing shows
// that the claim is true.
type UserID struct {
	// Text is the user ID as it stands in the certificate. Use Printable to
	// show it.
	Text string
	// Address is the mail address in it, in lower case; empty if there is none.
	Address string
	// Revoked tells that the owner withdrew it.
	Revoked bool
}

// A Subkey is a bound subkey. What it may do and when it expires is what its
// newest binding says.
type Subkey struct {
	Fingerprint string    // in hexadecimal, upper case
	KeyID       string    // 16 hexadecimal digits
	Algorithm   string    // with its size, such as "RSA 4096"
	Created     time.Time // as the subkey says
	// Expires is zero if the subkey itself never does.
	Expires time.Time
	Revoked bool // it is not to be used any more
	// Encrypt, Sign and Authenticate are its key flags (RFC 9580, section
	// 5.2.3.29).
	Encrypt, Sign, Authenticate bool
}

// IsZero reports whether c is no certificate.
func (c Cert) IsZero() bool { return c.fpr == "" }

// Fingerprint is that of the primary key, in upper case hexadecimal: 40 digits
// for v4, 64 for v6.
func (c Cert) Fingerprint() string { return c.fpr }

// KeyID is the primary key's ID, 16 digits. It is no identification.
func (c Cert) KeyID() string { return c.keyID }

// Algorithm names the primary key's algorithm, for instance "rsa4096",
// "ed25519" or "nistp256".
func (c Cert) Algorithm() string { return c.alg }

// Created is when the primary key was made.
func (c Cert) Created() time.Time { return c.created }

// Expires is when the certificate expires by its newest self-signatures, or
// the zero time if never.
func (c Cert) Expires() time.Time { return c.expires }

// Revoked reports whether the owner revoked the whole certificate.
func (c Cert) Revoked() bool { return c.revoked }

// UserIDs returns the user IDs. keys.openpgp.org serves certificates without.
func (c Cert) UserIDs() []UserID { return slices.Clone(c.uids) }

// Subkeys returns the bound subkeys, the primary key not included.
func (c Cert) Subkeys() []Subkey { return slices.Clone(c.subs) }

// Bytes returns the certificate in binary form, as it may be published.
func (c Cert) Bytes() []byte { return slices.Clone(c.raw) }

// Armor returns the certificate as text. Of a v4 key the checksum is written,
// which RFC 9580 leaves open, because it shows damage by copying.
func (c Cert) Armor() []byte { return armor(armorPublic, c.raw, len(c.fpr) == 40) }

// String returns the fingerprint and the first user ID, printable.
func (c Cert) String() string {
	if len(c.uids) == 0 {
		return c.fpr
	}
	return c.fpr + " " + Printable(c.uids[0].Text)
}

// HasAddress reports whether a user ID that is not revoked has the mail
// address. Case does not count.
func (c Cert) HasAddress(address string) bool {
	return slices.Contains(c.Addresses(), normalAddress(address))
}

// Addresses returns the mail addresses of the user IDs that are not revoked,
// in lower case, each once.
func (c Cert) Addresses() (out []string) {
	for _, u := range c.uids {
		if !u.Revoked && u.Address != "" && !slices.Contains(out, u.Address) {
			out = append(out, u.Address)
		}
	}
	return out
}

func normalAddress(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// certOf makes a Cert of parts whose signatures have been verified.
func certOf(parts []part) (Cert, error) {
	s, err := stateOf(parts)
	if err != nil {
		return Cert{}, err
	}
	var c Cert
	c.raw, c.strong = joinRaw(parts), joinRaw(inForce(parts))
	c.fpr, c.keyID, c.alg = fingerprint(s.key), s.key.KeyIdString(), algorithm(s.key)
	c.created = s.key.CreationTime.UTC()
	c.expires = s.expiry(time.Time{})
	c.revoked = len(s.revs) > 0
	for _, u := range s.uids {
		if len(u.sigs) == 0 {
			continue
		}
		c.uids = append(c.uids, UserID{Text: u.id, Address: addressOf(u.id), Revoked: u.revoked()})
	}
	c.keyIDs = []string{c.keyID}
	for _, k := range s.subs {
		c.keyIDs = append(c.keyIDs, k.key.KeyIdString())
		if len(k.sigs) == 0 {
			continue
		}
		sig := k.sigs[0]
		c.subs = append(c.subs, Subkey{
			Fingerprint:  fingerprint(k.key),
			KeyID:        k.key.KeyIdString(),
			Algorithm:    algorithm(k.key),
			Created:      k.key.CreationTime.UTC(),
			Expires:      expiryOf(k.key, sig),
			Revoked:      k.revokedAt(time.Time{}),
			Encrypt:      mayEncrypt(k.key, sig),
			Sign:         sig.FlagsValid && sig.FlagSign,
			Authenticate: sig.FlagsValid && sig.FlagAuthenticate,
		})
	}
	return c, nil
}

// addressOf reads the address of a user ID, which is "Name <address>" or a
// bare address by convention (RFC 9580, section 5.11).
func addressOf(id string) string {
	addr := id
	if i := strings.LastIndexByte(id, '<'); i >= 0 {
		end := strings.IndexByte(id[i:], '>')
		if end < 0 {
			return ""
		}
		addr = id[i+1 : i+end]
	}
	a, err := mail.ParseAddress(addr)
	if err != nil || a.Address != strings.TrimSpace(addr) {
		return ""
	}
	return strings.ToLower(a.Address)
}

var curveNames = map[packet.Curve]string{
	packet.Curve448: "448", packet.CurveNistP256: "nistp256", packet.CurveNistP384: "nistp384",
	packet.CurveNistP521: "nistp521", packet.CurveSecP256k1: "secp256k1",
	packet.CurveBrainpoolP256: "brainpoolP256r1", packet.CurveBrainpoolP384: "brainpoolP384r1",
	packet.CurveBrainpoolP512: "brainpoolP512r1",
}

// postQuantumNames are those of draft-ietf-openpgp-pqc, in lower case.
var postQuantumNames = map[packet.PublicKeyAlgorithm]string{
	packet.PubKeyAlgoMldsa65Ed25519: "mldsa65+ed25519", packet.PubKeyAlgoMldsa87Ed448: "mldsa87+ed448",
	packet.PubKeyAlgoSlhdsaShake128s: "slhdsa-shake-128s", packet.PubKeyAlgoSlhdsaShake128f: "slhdsa-shake-128f",
	packet.PubKeyAlgoSlhdsaShake256s: "slhdsa-shake-256s",
	packet.PubKeyAlgoMlkem768X25519:  "mlkem768+x25519", packet.PubKeyAlgoMlkem1024X448: "mlkem1024+x448",
}

// algorithm names a key's algorithm the way gpg lists it.
func algorithm(k *packet.PublicKey) string {
	bits, _ := k.BitLength()
	switch k.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		return fmt.Sprintf("rsa%d", bits)
	case packet.PubKeyAlgoDSA:
		return fmt.Sprintf("dsa%d", bits)
	case packet.PubKeyAlgoElGamal:
		return fmt.Sprintf("elg%d", bits)
	case packet.PubKeyAlgoEd25519:
		return "ed25519"
	case packet.PubKeyAlgoX25519:
		return "x25519"
	case packet.PubKeyAlgoEd448:
		return "ed448"
	case packet.PubKeyAlgoX448:
		return "x448"
	}
	if name, ok := postQuantumNames[k.PubKeyAlgo]; ok {
		return name
	}
	curve, err := k.Curve()
	if err != nil {
		return fmt.Sprintf("algorithm %d", k.PubKeyAlgo)
	}
	if name, ok := curveNames[curve]; ok && curve != packet.Curve448 {
		return name
	}
	if k.PubKeyAlgo == packet.PubKeyAlgoECDH {
		return strings.Replace(string(curve), "Curve", "cv", 1)
	}
	return strings.Replace(string(curve), "Curve", "ed", 1)
}
