package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// A Secret is a secret key, unlocked. It is immutable and safe for concurrent
// use. It has no text form: fmt and slog print its fingerprint, encoders
// refuse it. The zero Secret is no key; every use of it fails.
type Secret struct {
	cert Cert
	// A function, because fmt prints fields of structs that hold a Secret by
	// reflection, past every method.
	material func() []byte
	held     func() holder // nil if material has the secret halves
}

// A PassFunc returns the passphrase of the key with the fingerprint. It is
// asked once for each locked key; a wrong answer is an error, not another
// question.
type PassFunc func(fingerprint string) ([]byte, error)

const maxSecretBytes = 1 << 20

// IsZero reports whether s is no key.
func (s Secret) IsZero() bool { return s.material == nil }

// Cert returns the public certificate.
func (s Secret) Cert() Cert { return s.cert }

// Fingerprint is that of the certificate.
func (s Secret) Fingerprint() string { return s.cert.fpr }

// Format implements fmt.Formatter: every verb prints the fingerprint only.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[secret key %s]", s.cert.fpr) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("[secret key %s]", s.cert.fpr))
}

// MarshalJSON refuses, with ErrSecretMaterial.
func (s Secret) MarshalJSON() ([]byte, error) { return nil, ErrSecretMaterial }

// MarshalText refuses, with ErrSecretMaterial.
func (s Secret) MarshalText() ([]byte, error) { return nil, ErrSecretMaterial }

// ParseSecrets reads the secret keys of r, binary or armored, up to 1 MiB, and
// unlocks them. A key whose primary part is kept elsewhere is read too; what
// is missing cannot be used. pass may be nil if no key is locked.
//
// The error wraps ErrPassphrase, ErrNoKey, ErrDamaged, ErrUnsupported or
// ErrLimit: RSA above 8192 bits, or Argon2 with more memory than
// Limits.Argon2KiB or for more keys than Limits.Trials.
func (e *Engine) ParseSecrets(r io.Reader, pass PassFunc) ([]Secret, error) {
	lim := e.limits()
	keys, err := readSecretKeys(r)
	if err != nil {
		return nil, err
	}
	out := make([]Secret, len(keys))
	derived := 0
	for i, packets := range keys {
		cert, secret, err := splitSecret(packets)
		if err != nil {
			return nil, err
		}
		for public, p := range secret {
			argon2, err := judgeLock(p.body[len(public):], p.body[0] == 6, lim.Argon2KiB)
			if err != nil {
				return nil, err
			}
			if !argon2 {
				continue
			}
			if derived++; derived > lim.Trials {
				return nil, fmt.Errorf("%w: more than %d keys to unlock", ErrLimit, lim.Trials)
			}
			if err := e.shared().trial(); err != nil {
				return nil, err
			}
		}
		if out[i], err = unlock(cert, secret, pass); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ParseSecrets is Engine.ParseSecrets under the default limits.
func ParseSecrets(r io.Reader, pass PassFunc) ([]Secret, error) {
	return (*Engine)(nil).ParseSecrets(r, pass)
}

// ExtractCerts returns the certificates of the secret keys in r, which stay
// locked. The error is that of ParseSecrets.
func ExtractCerts(r io.Reader) ([]Cert, error) {
	keys, err := readSecretKeys(r)
	if err != nil {
		return nil, err
	}
	out := make([]Cert, len(keys))
	for i, packets := range keys {
		if out[i], _, err = splitSecret(packets); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readSecretKeys splits the input into the packets of each secret key.
func readSecretKeys(r io.Reader) (keys [][]rawPacket, err error) {
	body, _, err := dearmor(io.LimitReader(r, maxSecretBytes+1), armorPrivate)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if len(data) > maxSecretBytes {
		return nil, fmt.Errorf("%w: more than %d bytes of keys", ErrLimit, maxSecretBytes)
	}
	packets, err := splitPackets(data, defaultKeyPackets)
	if err != nil {
		return nil, err
	}
	for len(packets) > 0 {
		n := 1
		for n < len(packets) && packets[n].tag != tagSecretKey && packets[n].tag != tagPublicKey {
			n++
		}
		if packets[0].tag == tagSecretKey {
			keys = append(keys, packets[:n])
		}
		packets = packets[n:]
	}
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return keys, nil
}

// splitSecret returns the certificate, which goes through the same checks as
// any, and the secret packets by the public half of each.
func splitSecret(packets []rawPacket) (Cert, map[string]rawPacket, error) {
	public := make([]rawPacket, len(packets))
	secret := map[string]rawPacket{}
	for i, p := range packets {
		public[i] = p
		if p.tag != tagSecretKey && p.tag != tagSecretSub {
			continue
		}
		pub, err := p.public()
		if err != nil {
			return Cert{}, nil, err
		}
		public[i] = pub
		secret[string(pub.body)] = p
	}
	keys, err := groupParts(public)
	if err != nil || len(keys) == 0 {
		return Cert{}, nil, ErrDamaged
	}
	cert, err := newCert(keys[0])
	return cert, secret, err
}

// public strips a secret key packet of its secret half.
func (p rawPacket) public() (rawPacket, error) {
	tag := byte(tagPublicKey)
	if p.tag == tagSecretSub {
		tag = tagPublicSub
	}
	key, err := parseKey(rawPacket{tag, p.body})
	if err != nil {
		return rawPacket{}, err
	}
	var b bytes.Buffer
	if err := key.Serialize(&b); err != nil {
		return rawPacket{}, fmt.Errorf("%w: key packet", ErrUnsupported)
	}
	pub, _, ok := nextPacket(b.Bytes())
	if !ok || !bytes.HasPrefix(p.body, pub.body) {
		return rawPacket{}, fmt.Errorf("%w: key packet", ErrDamaged)
	}
	return rawPacket{tag, pub.body}, nil
}

// judgeLock looks at how the secret half is locked (RFC 9580, section 5.5.3)
// before anything is derived, and tells whether that is by Argon2.
func judgeLock(b []byte, v6 bool, argon2KiB int) (argon2 bool, err error) {
	short := fmt.Errorf("%w: secret key packet", ErrDamaged)
	if len(b) < 1 {
		return false, short
	}
	usage, at := b[0], 2 // the usage octet and the cipher
	switch usage {
	case 0:
		return false, nil
	case 253:
		at++ // the AEAD mode
	case 254, 255:
	default:
		return false, fmt.Errorf("%w: how the secret key is locked", ErrUnsupported)
	}
	if v6 {
		at += 2 // two counts
	}
	if len(b) <= at {
		return false, short
	}
	return b[at] == 4, judgeS2K(b[at:], argon2KiB)
}

// unlock joins the certificate with its secret packets.
func unlock(cert Cert, secret map[string]rawPacket, pass PassFunc) (Secret, error) {
	parts, err := cert.parts()
	if err != nil {
		return Secret{}, err
	}
	var raw []byte
	for _, p := range parts {
		full, ok := secret[string(p.body)]
		if !ok && p.tag == tagPublicSub {
			continue // a subkey without its secret half is of no use here
		}
		if !ok {
			full = p.rawPacket
		}
		raw = full.append(raw)
		for _, s := range p.sigs {
			raw = s.append(raw)
		}
	}
	e, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return Secret{}, fmt.Errorf("%w: secret key %s", ErrUnsupported, cert.fpr)
	}
	if locked(e) {
		if pass == nil {
			return Secret{}, fmt.Errorf("%w: key %s is locked", ErrPassphrase, cert.fpr)
		}
		phrase, err := pass(cert.fpr)
		if err != nil {
			if errors.Is(err, ErrPassphrase) {
				return Secret{}, err
			}
			return Secret{}, fmt.Errorf("%w: %w", ErrPassphrase, err)
		}
		if err := e.DecryptPrivateKeys(phrase); err != nil {
			return Secret{}, fmt.Errorf("%w: key %s", ErrPassphrase, cert.fpr)
		}
	}
	return secretOf(e, cert)
}

func locked(e *openpgp.Entity) bool {
	is := func(k *packet.PrivateKey) bool { return k != nil && !k.Dummy() && k.Encrypted }
	if is(e.PrivateKey) {
		return true
	}
	for _, s := range e.Subkeys {
		if is(s.PrivateKey) {
			return true
		}
	}
	return false
}

// secretOf keeps the unlocked entity in serialized form.
func secretOf(e *openpgp.Entity, cert Cert) (Secret, error) {
	var b bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&b, nil); err != nil {
		return Secret{}, fmt.Errorf("%w: secret key %s", ErrUnsupported, cert.fpr)
	}
	raw := b.Bytes()
	return Secret{cert, func() []byte { return raw }, nil}, nil
}

// entity gives the key to the library, as an object of its own for each
// operation: the library's types change while they are used.
func (s Secret) entity() (*openpgp.Entity, error) {
	e, _, err := s.open()
	return e, err
}

// open is entity with what a holder of the keys has to say later.
func (s Secret) open() (_ *openpgp.Entity, failed *error, _ error) {
	failed = new(error)
	if s.IsZero() {
		return nil, failed, ErrNoKey
	}
	e, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(s.material())))
	if err != nil {
		return nil, failed, fmt.Errorf("%w: secret key %s", ErrUnsupported, s.cert.fpr)
	}
	if s.held != nil {
		s.held().attach(e, failed)
	}
	return e, failed, nil
}

// exportable refuses keys that are held elsewhere.
func (s Secret) exportable() error {
	switch {
	case s.IsZero():
		return ErrNoKey
	case s.held != nil:
		return fmt.Errorf("%w: key %s is held elsewhere", ErrUnsupported, s.cert.fpr)
	}
	return nil
}

// Export returns the key as armored text, locked with the passphrase. The key
// is derived by iterated and salted SHA-256 over 16 MiB and locked with
// AES-256, which every program reads. An empty passphrase is an error.
func (s Secret) Export(passphrase []byte) ([]byte, error) {
	if len(passphrase) == 0 {
		return nil, ErrPassphrase
	}
	if err := s.exportable(); err != nil {
		return nil, err
	}
	e, err := s.entity()
	if err != nil {
		return nil, err
	}
	c := &packet.Config{DefaultCipher: packet.CipherAES256}
	if err := e.EncryptPrivateKeys(passphrase, c); err != nil {
		return nil, fmt.Errorf("%w: cannot lock the key", ErrUnsupported)
	}
	var b bytes.Buffer
	if err := e.SerializePrivateWithoutSigning(&b, nil); err != nil {
		return nil, errors.New("pgp: cannot write the key")
	}
	return armor(armorPrivate, b.Bytes(), len(s.cert.fpr) == 40), nil
}

// ExportUnlocked returns the key as armored text that anybody can use. It is
// for passing a key to another process or to a safe.
func (s Secret) ExportUnlocked() ([]byte, error) {
	if err := s.exportable(); err != nil {
		return nil, err
	}
	return armor(armorPrivate, s.material(), len(s.cert.fpr) == 40), nil
}
