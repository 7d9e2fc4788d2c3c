package pgp

import (
	"bufio"
	"crypto/aes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// tryKeys gives the session key packets to the secret keys that they name, or
// to all if they name none, until one opens. Every use of a secret key counts
// as a trial: an RSA operation costs milliseconds, and the packets are the
// sender's.
func (m *message) tryKeys(packets []rawPacket) ([]candidate, error) {
	config := m.engine.config()
	mine := make([][]*packet.PrivateKey, len(m.keyring.Secrets))
	for i, s := range m.keyring.Secrets {
		keys, failed, err := s.decryptionKeys()
		if err != nil {
			return nil, err
		}
		mine[i] = keys
		m.holders = append(m.holders, failed)
	}
	var parsed []*packet.EncryptedKey
	for _, raw := range packets {
		if err := judgePKESK(raw.body); err != nil {
			return nil, err
		}
		if got, err := raw.parse(); err == nil {
			if esk, ok := got.(*packet.EncryptedKey); ok {
				parsed = append(parsed, esk)
				m.report.To = append(m.report.To, fmt.Sprintf("%016X", esk.KeyId))
			}
		}
	}
	for _, named := range []bool{true, false} {
		for _, esk := range parsed {
			if (esk.KeyId != 0) != named {
				continue
			}
			for i, keys := range mine {
				for _, k := range keys {
					if named && k.KeyId != esk.KeyId || !sameAlgorithm(esk, &k.PublicKey) {
						continue
					}
					if err := m.trial(); err != nil {
						return nil, err
					}
					err := decryptESK(esk, k, config)
					if err == nil {
						return []candidate{{cipher: esk.CipherFunc, key: esk.Key, cert: m.keyring.Secrets[i].cert, hidden: !named}}, nil
					}
					// Whether the key fits is known before the cipher is.
					if err = libraryError(err); errors.Is(err, ErrUnsupported) {
						m.unsupported = err
					}
				}
			}
		}
	}
	return nil, nil
}

func (m *message) trial() error {
	if m.trials++; m.trials > m.lim.Trials {
		return fmt.Errorf("%w: more than %d attempts to decrypt", ErrLimit, m.lim.Trials)
	}
	return m.engine.shared().trial()
}

// judgePKESK refuses encodings that mean the same as a canonical one: X25519
// ignores the top bit of a point, and readers ignore the bit count of numbers
// and the length of fingerprints. So a changed packet does not open.
func judgePKESK(b []byte) error {
	at := 9 // version, key ID
	if len(b) > 2 && b[0] == 6 {
		at = 2 + int(b[1])
		if n := b[1]; n != 0 && !(n == 21 && b[2] == 4) && !(n == 33 && b[2] == 6) {
			return fmt.Errorf("%w: session key packet", ErrDamaged)
		}
	}
	if len(b) < at+36 {
		return nil // the library refuses it
	}
	point := b[at+1:]
	switch b[at] {
	case 1, 16, 18:
		bits := int(point[0])<<8 | int(point[1])
		if point = point[2:]; bits == 0 || point[0]>>(uint(bits-1)%8) != 1 {
			return fmt.Errorf("%w: session key packet", ErrDamaged)
		}
		if b[at] != 18 || bits <= 256 || bits > 264 { // not 33 octets: not Curve25519
			return nil
		}
		if point[0] != 0x40 {
			return fmt.Errorf("%w: session key packet", ErrDamaged)
		}
		point = point[1:]
	case 25:
	default:
		return nil
	}
	if len(point) >= 32 && point[31]&0x80 != 0 {
		return fmt.Errorf("%w: session key packet", ErrDamaged)
	}
	return nil
}

// decryptionKeys returns the keys of s that are for encryption. They may be
// expired or revoked: old messages stay readable.
func (s Secret) decryptionKeys() (out []*packet.PrivateKey, failed *error, err error) {
	entity, failed, err := s.open()
	if err != nil {
		return nil, nil, err
	}
	state, err := s.cert.state()
	if err != nil {
		return nil, nil, err
	}
	// What was bound by SHA-1 does not encrypt any more, but was encrypted to.
	any := func(k keyState, sig *packet.Signature) bool {
		return mayEncrypt(k.key, sig) || slices.ContainsFunc(k.refused, func(r *packet.Signature) bool { return mayEncrypt(k.key, r) })
	}
	may := map[string]bool{string(state.key.Fingerprint): any(state.keyState, state.primarySig(time.Time{}))}
	for _, u := range state.uids {
		if any(keyState{state.key, u.about}, nil) {
			may[string(state.key.Fingerprint)] = true
		}
	}
	for _, k := range state.subs {
		may[string(k.key.Fingerprint)] = any(k, sigAt(k.sigs, time.Time{}))
	}
	keys := []*packet.PrivateKey{entity.PrivateKey}
	for _, k := range entity.Subkeys {
		keys = append(keys, k.PrivateKey)
	}
	for _, k := range keys {
		if k != nil && !k.Dummy() && may[string(k.Fingerprint)] {
			out = append(out, k)
		}
	}
	return out, failed, nil
}

func sameAlgorithm(esk *packet.EncryptedKey, k *packet.PublicKey) bool {
	rsa := func(a packet.PublicKeyAlgorithm) bool {
		return a == packet.PubKeyAlgoRSA || a == packet.PubKeyAlgoRSAEncryptOnly
	}
	return esk.Algo == k.PubKeyAlgo || rsa(esk.Algo) && rsa(k.PubKeyAlgo)
}

// decryptESK is the library's decryption of a session key. The packet is a
// stranger's, so a panic there means that it does not open.
func decryptESK(esk *packet.EncryptedKey, k *packet.PrivateKey, c *packet.Config) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrDamaged
		}
	}()
	return esk.Decrypt(k, c)
}

// tryPasswords derives a key from each password for each packet. Without an
// authenticated session key several may look right; open decides.
func (m *message) tryPasswords(packets []rawPacket) (out []candidate, err error) {
	if len(m.keyring.Passwords) == 0 {
		return nil, nil
	}
	for _, raw := range packets {
		if err := judgeSKESK(raw.body, m.lim.Argon2KiB); errors.Is(err, ErrUnsupported) {
			m.unsupported = err
			continue // another password may still open it
		} else if err != nil {
			return nil, err
		}
		got, err := raw.parse()
		if err != nil {
			if err = libraryError(err); errors.Is(err, ErrUnsupported) {
				m.unsupported = err
			}
			continue
		}
		esk, ok := got.(*packet.SymmetricKeyEncrypted)
		if !ok {
			continue
		}
		for _, p := range m.keyring.Passwords {
			if err := m.trial(); err != nil {
				return nil, err
			}
			if key, cipher, err := decryptSKESK(esk, p); err == nil {
				out = append(out, candidate{cipher: cipher, key: key, guess: esk.Version < 5})
			}
		}
	}
	return out, nil
}

func decryptSKESK(esk *packet.SymmetricKeyEncrypted, password []byte) (key []byte, c packet.CipherFunction, err error) {
	defer func() {
		if recover() != nil {
			err = ErrDamaged
		}
	}()
	return esk.Decrypt(password)
}

// judgeSKESK finds the string-to-key specifier of a password packet (RFC 9580,
// section 5.3) and judges it.
func judgeSKESK(b []byte, argon2KiB int) error {
	at := 0
	if len(b) > 0 {
		switch b[0] {
		case 4:
			at = 2 // version, cipher
		case 5:
			at = 3 // and the AEAD mode
		case 6:
			at = 5 // and two counts
		default:
			return nil // not parsed either
		}
	}
	if len(b) <= at {
		return fmt.Errorf("%w: password packet", ErrDamaged)
	}
	return judgeS2K(b[at:], argon2KiB)
}

// open decrypts the container with the first candidate that fits. rest is the
// ciphertext: its reader knows whether the packet is as long as it says, which
// the library does not ask.
func (m *message) open(container packet.Packet, session []candidate) (plain io.ReadCloser, rest io.Reader, err error) {
	var edp packet.EncryptedDataPacket
	var prefix []byte
	switch c := container.(type) {
	case *packet.SymmetricallyEncrypted:
		if c.Version == 1 {
			br := bufio.NewReaderSize(c.Contents, 32<<10)
			prefix, _ = br.Peek(aes.BlockSize + 2)
			c.Contents = br
		}
		edp, rest = c, c.Contents
	case *packet.AEADEncrypted:
		edp, rest = c, c.Contents
	default:
		return nil, nil, ErrDamaged
	}
	for _, c := range session {
		if prefix != nil && len(session) > 1 && !quickCheck(c, prefix) {
			continue
		}
		plain, err := edp.Decrypt(c.cipher, c.key)
		if err != nil || plain == nil {
			continue
		}
		m.opened, m.report.OpenedBy, m.hidden = c.cert, c.cert.fpr, c.hidden
		m.guessed = c.guess
		m.mdc = c.guess && prefix != nil
		if m.keyring.WantSessionKey {
			if two, ok := container.(*packet.SymmetricallyEncrypted); ok && two.Version == 2 {
				c.cipher = two.Cipher
			}
			m.session = newSessionKey(c.cipher, slices.Clone(c.key))
		}
		return plain, rest, nil
	}
	return nil, nil, ErrNotForUs
}

// quickCheck tells a wrong session key by the two repeated octets (RFC 9580,
// section 5.13.1), where more than one came into question. It is never reported.
func quickCheck(c candidate, prefix []byte) bool {
	if c.cipher != packet.CipherAES128 && c.cipher != packet.CipherAES192 && c.cipher != packet.CipherAES256 {
		return true
	}
	block, err := aes.NewCipher(c.key)
	if err != nil || len(prefix) < aes.BlockSize+2 {
		return false
	}
	var first, second [aes.BlockSize]byte
	block.Encrypt(first[:], make([]byte, aes.BlockSize))
	block.Encrypt(second[:], prefix[:aes.BlockSize])
	const n = aes.BlockSize
	return prefix[n-2]^first[n-2] == prefix[n]^second[0] && prefix[n-1]^first[n-1] == prefix[n+1]^second[1]
}

// peekTag reads the tag of the next packet without consuming it; io.EOF at the
// end of the stream.
func peekTag(r *bufio.Reader) (byte, error) {
	b, err := r.Peek(1)
	if err != nil {
		return 0, err
	}
	switch {
	case b[0]&0x80 == 0:
		return 0, ErrDamaged
	case b[0]&0x40 == 0:
		return b[0] & 0x3c >> 2, nil
	}
	return b[0] & 0x3f, nil
}

// readSmall reads a whole packet of at most limit bytes.
func readSmall(r *bufio.Reader, limit int64) (rawPacket, error) {
	head, _ := r.Peek(6)
	tag, used, length, ok := packetHeader(head)
	if !ok || length < 0 {
		return rawPacket{}, ErrDamaged
	}
	if length > limit {
		return rawPacket{}, fmt.Errorf("%w: a packet of %d bytes", ErrLimit, length)
	}
	r.Discard(used) // was peeked
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return rawPacket{}, ErrDamaged
	}
	return rawPacket{tag, body}, nil
}
