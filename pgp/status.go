package pgp

import (
	"slices"
	"time"
)

// A Status says what is known of a signature. It is never a boolean: a
// signature that cannot be judged is not a bad one, and the zero value is not
// a good one.
type Status uint8

// The statuses, from knowing nothing to knowing that it is wrong.
const (
	// Unverified is the zero value: nobody has looked.
	Unverified Status = iota
	// Valid means that a given certificate made the signature over exactly
	// these bytes, and was allowed to at the time the signature states.
	Valid
	// UnknownKey means that none of the given certificates made it.
	UnknownKey
	// KeyNotValidAtTime means that it is of these bytes, but its key was not
	// valid then, or that the signature's own time is over or to come.
	KeyNotValidAtTime
	// Revoked means that it is of these bytes, but its key is revoked: for a
	// compromise whenever it was made, otherwise if it was made afterwards.
	Revoked
	// Unsupported means an algorithm or version that is not known, or one that
	// is too weak to judge by (SHA-1, MD5, RSA below 2048 bits).
	Unsupported
	// Bad means that it is not a signature of these bytes by that key, or not
	// one that the key may make.
	Bad
)

var statusNames = [...]string{"unverified", "valid", "unknown key",
	"key not valid at the time", "revoked", "unsupported", "bad"}

// String returns the word of the status.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unverified"
}

// A Signature is the outcome of checking one signature.
type Signature struct {
	Status Status // good only if the key is trusted for this
	// Reason says why the status is not Valid.
	Reason string
	// KeyID is the issuer's key ID as the signature states it, in upper case
	// hexadecimal. It proves nothing.
	KeyID string
	// Signer is the fingerprint of the certificate that made the signature.
	// Empty for Unverified and UnknownKey, and where nothing could be checked.
	Signer string
	// Addresses are the mail addresses in that certificate's user IDs which are
	// not revoked, in lower case. They are claims of the key's owner; what they
	// are worth is what the caller knows of the certificate.
	Addresses []string
	// Key is the fingerprint of the primary key or subkey of it that did.
	Key string
	// Text tells that line ends do not count (RFC 9580, section 5.2.1.2).
	Text bool
	// Created is the time that the signature states.
	Created time.Time

	intended []string // fingerprints that the signature names as its recipients
}

// BoundTo reports whether the signature is Valid and its signer's certificate
// carries the mail address, so that a mail that says it is from there is from
// who holds that certificate. Case does not count.
func (s Signature) BoundTo(address string) bool {
	return s.Status == Valid && slices.Contains(s.Addresses, normalAddress(address))
}

// Best returns the status that a list of signatures is worth: Valid if one is
// valid. Otherwise it is the one that says most: Bad, Revoked,
// KeyNotValidAtTime, Unsupported, UnknownKey; Unverified if there is none.
func Best(sigs []Signature) Status {
	best := Unverified
	for _, s := range sigs {
		if s.Status == Valid {
			return Valid
		}
		if rank[s.Status] > rank[best] {
			best = s.Status
		}
	}
	return best
}

// rank orders what Best chooses among.
var rank = [256]uint8{UnknownKey: 1, Unsupported: 2, KeyNotValidAtTime: 3, Revoked: 4, Bad: 5}
