package pgp

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// A SessionKey opens one message and nothing else: give it to somebody who has
// to read that message and must not have the secret key. It has no text form
// but Reveal; fmt and slog print that there is one, encoders refuse it.
type SessionKey struct {
	key func() (cipher byte, key []byte)
}

// ParseSessionKey reads the number of a cipher (RFC 9580, section 9.3), a colon
// and the key in hexadecimal, as gpg and the Stateless OpenPGP command line
// write it.
func ParseSessionKey(s string) (SessionKey, error) {
	number, text, ok := strings.Cut(strings.TrimSpace(s), ":")
	cipher, err := strconv.ParseUint(number, 10, 8)
	key, hexErr := hex.DecodeString(text)
	if !ok || err != nil || hexErr != nil {
		return SessionKey{}, fmt.Errorf("%w: a session key is a number, a colon and hexadecimal digits", ErrDamaged)
	}
	c := packet.CipherFunction(cipher)
	if !c.IsSupported() {
		return SessionKey{}, fmt.Errorf("%w: cipher %d", ErrUnsupported, cipher)
	}
	if len(key) != c.KeySize() {
		return SessionKey{}, fmt.Errorf("%w: a session key of %d octets for cipher %d", ErrDamaged, len(key), cipher)
	}
	return newSessionKey(c, key), nil
}

func newSessionKey(c packet.CipherFunction, key []byte) SessionKey {
	return SessionKey{func() (byte, []byte) { return byte(c), key }}
}

// IsZero reports whether there is none.
func (k SessionKey) IsZero() bool { return k.key == nil }

// Reveal returns the key in the form that ParseSessionKey reads.
func (k SessionKey) Reveal() string {
	if k.IsZero() {
		return ""
	}
	cipher, key := k.key()
	return fmt.Sprintf("%d:%X", cipher, key)
}

// Format implements fmt.Formatter: no verb prints the key.
func (k SessionKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[session key]") }

// LogValue implements slog.LogValuer.
func (k SessionKey) LogValue() slog.Value { return slog.StringValue("[session key]") }

// MarshalJSON refuses, with ErrSecretMaterial, unless there is none.
func (k SessionKey) MarshalJSON() ([]byte, error) {
	if k.IsZero() {
		return []byte("null"), nil
	}
	return nil, ErrSecretMaterial
}

// MarshalText refuses, with ErrSecretMaterial.
func (k SessionKey) MarshalText() ([]byte, error) { return nil, ErrSecretMaterial }
