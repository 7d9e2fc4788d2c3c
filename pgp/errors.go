package pgp

import (
	"errors"
	"strings"
)

// Errors that a host branches on, by errors.Is. No error text of this package
// contains plaintext, key material or a passphrase.
var (
	// ErrNoKey means that the input holds no OpenPGP key at all.
	ErrNoKey = errors.New("pgp: no OpenPGP key found")
	// ErrDamaged means that the input is OpenPGP but not intact.
	ErrDamaged = errors.New("pgp: damaged")
	// ErrLimit means that the input exceeds a limit.
	ErrLimit = errors.New("pgp: limit exceeded")
	// ErrUnsupported means an algorithm, version or form that is not supported
	// or is refused as weak.
	ErrUnsupported = errors.New("pgp: unsupported or refused algorithm")
	// ErrSecretMaterial means that secret key material was found where only
	// public data may be.
	ErrSecretMaterial = errors.New("pgp: secret key material refused")
	// ErrNotSame means that an update belongs to another key.
	ErrNotSame = errors.New("pgp: not the same key")
	// ErrPassphrase means that a secret key could not be unlocked.
	ErrPassphrase = errors.New("pgp: passphrase missing or wrong")
)

// Reasons why a certificate cannot be encrypted to.
var (
	// ErrExpired means that the certificate or its encryption subkeys expired.
	ErrExpired = errors.New("pgp: key expired")
	// ErrRevoked means that the owner revoked the certificate.
	ErrRevoked = errors.New("pgp: key revoked")
	// ErrNoEncryptionKey means that nothing in the certificate may encrypt.
	ErrNoEncryptionKey = errors.New("pgp: no usable encryption key")
	// ErrWrongAddress means that no valid user ID has the address.
	ErrWrongAddress = errors.New("pgp: no user ID of the address")
)

// bare is the text of an error without the name of the package, for use inside
// another.
func bare(err error) string { return strings.TrimPrefix(err.Error(), "pgp: ") }

// because is an error whose text names the package once.
type because struct {
	text string
	err  error
}

func (b because) Error() string { return b.text + ": " + bare(b.err) }
func (b because) Unwrap() error { return b.err }

// joinOnce is errors.Join without the same reason twice.
func joinOnce(errs []error) error {
	var once []error
	seen := map[string]bool{}
	for _, err := range errs {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			once = append(once, err)
		}
	}
	return errors.Join(once...)
}

// A Problem is a recipient that cannot be encrypted to, and why.
type Problem struct {
	// Address is the recipient's address as the caller gave it.
	Address string
	// Fingerprint is that of the recipient's certificate, if there is one.
	Fingerprint string
	// Reason wraps one of the reasons above.
	Reason error
}

// A RecipientsError names every recipient that cannot be encrypted to.
// Nothing was written when it is returned.
type RecipientsError struct{ Problems []Problem }

// Error says of each recipient why it cannot be encrypted to.
func (e *RecipientsError) Error() string {
	var b strings.Builder
	b.WriteString("pgp: nothing was sent:")
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteString(";")
		}
		for _, name := range []string{Printable(p.Address), p.Fingerprint} {
			if name != "" {
				b.WriteString(" " + name)
			}
		}
		b.WriteString(": " + bare(p.Reason))
	}
	return b.String()
}

// Unwrap gives the reasons to errors.Is.
func (e *RecipientsError) Unwrap() []error {
	errs := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		errs[i] = p.Reason
	}
	return errs
}

// Printable returns s for a terminal or a log: control characters, escape
// sequences and the Unicode characters that reorder or hide text become
// spaces.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfeff, r == 0xad,
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e,
			r >= 0x2060 && r <= 0x206f, r >= 0xe0000 && r <= 0xe007f:
			return ' '
		}
		return r
	}, s)
}
