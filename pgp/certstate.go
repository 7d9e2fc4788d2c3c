package pgp

import (
	"bytes"
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// keyState is a key with the verified signatures about it, newest first.
type keyState struct {
	key *packet.PublicKey
	about
}

type uidState struct {
	id string
	about
}

// about are the verified signatures about a key or user ID.
type about struct {
	sigs, revs []*packet.Signature
	refused    []*packet.Signature // would bind, but count for nothing
}

// sha1End is from when on self-signatures by SHA-1 count for nothing. Nobody may
// have made one then (RFC 9580, section 9.5), and collisions are cheap. Older
// ones still count, because many a team's key has no others. Revocations always
// count: to believe one too many is the safe mistake.
var sha1End = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func refusedHash(sig *packet.Signature) bool {
	if sig.Hash == crypto.SHA1 && !sig.CreationTime.Before(sha1End) {
		return true
	}
	return sig.EmbeddedSignature != nil && refusedHash(sig.EmbeddedSignature)
}

const sha1Refused = "self-signatures by SHA-1 of after 2023 count for nothing (RFC 9580, section 9.5)"

// certState is a certificate in parsed form. It is made afresh for each
// operation and never shared: the library's types change while they are used.
type certState struct {
	keyState
	uids []uidState
	subs []keyState
}

// stateOf parses parts without verifying; newCert has done that.
func stateOf(parts []part) (*certState, error) {
	s := &certState{}
	for i, p := range parts {
		a, err := parseSigs(p.sigs)
		if err != nil {
			return nil, err
		}
		if p.tag == tagUserID {
			s.uids = append(s.uids, uidState{string(p.body), a})
			continue
		}
		key, err := parseKey(p.rawPacket)
		if err != nil {
			return nil, err
		}
		if k := (keyState{key, a}); i == 0 {
			s.keyState = k
		} else {
			s.subs = append(s.subs, k)
		}
	}
	return s, nil
}

func parseSigs(raw []rawPacket) (a about, err error) {
	for _, r := range raw {
		sig, err := r.signature()
		if err != nil {
			return a, err
		}
		switch {
		case isRevocation(sig):
			a.revs = append(a.revs, sig)
		case refusedHash(sig):
			a.refused = append(a.refused, sig)
		default:
			a.sigs = append(a.sigs, sig)
		}
	}
	newest := func(a, b *packet.Signature) int { return b.CreationTime.Compare(a.CreationTime) }
	for _, s := range [][]*packet.Signature{a.sigs, a.revs, a.refused} {
		slices.SortStableFunc(s, newest)
	}
	return a, nil
}

func isRevocation(sig *packet.Signature) bool {
	switch sig.SigType {
	case packet.SigTypeKeyRevocation, packet.SigTypeSubkeyRevocation, packet.SigTypeCertificationRevocation:
		return true
	}
	return false
}

// inForce returns the parts without the signatures that count for nothing, and
// without what they alone bind; the library has a milder policy.
func inForce(parts []part) (out []part) {
	for i, p := range parts {
		kept := part{rawPacket: p.rawPacket}
		bound := false
		for _, raw := range p.sigs {
			sig, err := raw.signature()
			if err != nil || refusedHash(sig) && !isRevocation(sig) {
				continue
			}
			kept.sigs = append(kept.sigs, raw)
			bound = bound || !isRevocation(sig)
		}
		if i == 0 || bound {
			out = append(out, kept)
		}
	}
	return out
}

func joinRaw(parts []part) (raw []byte) {
	for _, p := range parts {
		raw = p.append(raw)
		for _, sig := range p.sigs {
			raw = sig.append(raw)
		}
	}
	return raw
}

// state parses the certificate.
func (c Cert) state() (*certState, error) {
	parts, err := c.parts()
	if err != nil {
		return nil, err
	}
	return stateOf(parts)
}

func (c Cert) parts() ([]part, error) {
	if c.IsZero() {
		return nil, ErrNoKey
	}
	packets, err := splitPackets(c.raw, len(c.raw))
	if err != nil {
		return nil, err
	}
	keys, err := groupParts(packets)
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// entity gives the certificate to the library, as an object of its own for
// each operation.
func (c Cert) entity() (*openpgp.Entity, error) {
	if c.IsZero() {
		return nil, ErrNoKey
	}
	return readEntity(c.strong, c.fpr)
}

// fullEntity is entity with the signatures that count for nothing.
func (c Cert) fullEntity() (*openpgp.Entity, error) {
	if c.IsZero() {
		return nil, ErrNoKey
	}
	return readEntity(c.raw, c.fpr)
}

func readEntity(raw []byte, fpr string) (*openpgp.Entity, error) {
	e, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return nil, fmt.Errorf("%w: certificate %s", ErrUnsupported, fpr)
	}
	return e, nil
}

// sigAt returns the signature in force at t: the newest that was made by then.
// Where all are newer the oldest serves, because key servers and gpg keep only
// the last of a series; a key would otherwise lose its past when it is
// extended. A zero t asks for the newest.
func sigAt(sigs []*packet.Signature, t time.Time) *packet.Signature {
	if len(sigs) == 0 {
		return nil
	}
	if t.IsZero() {
		return sigs[0]
	}
	for _, s := range sigs {
		if !s.CreationTime.After(t) {
			return s
		}
	}
	return sigs[len(sigs)-1]
}

// expiryOf is when the key, or the signature that says so, ends.
func expiryOf(key *packet.PublicKey, sig *packet.Signature) time.Time {
	var end time.Time
	if sig == nil {
		return end
	}
	if s := sig.KeyLifetimeSecs; s != nil && *s != 0 {
		end = key.CreationTime.Add(time.Duration(*s) * time.Second)
	}
	if s := sig.SigLifetimeSecs; s != nil && *s != 0 {
		end = earlier(end, sig.CreationTime.Add(time.Duration(*s)*time.Second))
	}
	return end.UTC()
}

// earlier returns the earlier time, where zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// primarySig is the self-signature that says what the primary key may do and
// until when: of v6 the direct one, otherwise that of the primary user ID.
func (s *certState) primarySig(t time.Time) *packet.Signature {
	if s.key.Version == 6 || len(s.uids) == 0 {
		return sigAt(s.sigs, t)
	}
	var best *packet.Signature
	for _, u := range s.uids {
		sig := sigAt(u.sigs, t)
		if sig == nil || u.revoked() && len(s.uids) > 1 {
			continue
		}
		if best == nil || preferred(sig, best) {
			best = sig
		}
	}
	if best == nil {
		best = sigAt(s.sigs, t)
	}
	return best
}

func preferred(a, b *packet.Signature) bool {
	isPrimary := func(s *packet.Signature) bool { return s.IsPrimaryId != nil && *s.IsPrimaryId }
	if isPrimary(a) != isPrimary(b) {
		return isPrimary(a)
	}
	return a.CreationTime.After(b.CreationTime)
}

// expiry is when the whole certificate ends, as known at t.
func (s *certState) expiry(t time.Time) time.Time {
	end := expiryOf(s.key, s.primarySig(t))
	if s.key.Version != 6 {
		end = earlier(end, expiryOf(s.key, sigAt(s.sigs, t)))
	}
	return end
}

func (u uidState) revoked() bool {
	return len(u.revs) > 0 && (len(u.sigs) == 0 || !u.revs[0].CreationTime.Before(u.sigs[0].CreationTime))
}

// hard reports whether a revocation counts for the past too: only a key that
// is declared superseded or retired was good before (RFC 9580, section
// 5.2.3.31).
func hard(rev *packet.Signature) bool {
	r := rev.RevocationReason
	return r == nil || *r != packet.KeySuperseded && *r != packet.KeyRetired
}

// revokedAt reports whether the key counts as revoked for a use at t, or now
// if t is zero. A subkey that was bound again later is not, unless for cause.
func (k keyState) revokedAt(t time.Time) bool {
	for _, r := range k.revs {
		switch {
		case hard(r):
			return true
		case !t.IsZero() && r.CreationTime.After(t):
		case k.key.IsSubkey && len(k.sigs) > 0 && k.sigs[0].CreationTime.After(r.CreationTime):
		default:
			return true
		}
	}
	return false
}

func mayEncrypt(key *packet.PublicKey, sig *packet.Signature) bool {
	return key.PubKeyAlgo.CanEncrypt() && sig != nil && sig.FlagsValid &&
		(sig.FlagEncryptCommunications || sig.FlagEncryptStorage)
}

// weak says why a key is too weak to rely on, or returns an empty string.
func weak(key *packet.PublicKey) string {
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		if bits, err := key.BitLength(); err != nil || bits < 2047 {
			return algorithm(key) + " is smaller than 2048 bits"
		}
	case packet.PubKeyAlgoDSA, packet.PubKeyAlgoElGamal:
		return algorithm(key) + " is obsolete (RFC 9580, section 12.1)"
	case packet.PubKeyAlgoECDH, packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA:
		if c, err := key.Curve(); err != nil || c == packet.CurveSecP256k1 {
			return algorithm(key) + " is not accepted"
		}
	}
	return ""
}

// brokenHash knows the hashes that nothing is believed by.
func brokenHash(h crypto.Hash) bool {
	return h == crypto.MD5 || h == crypto.RIPEMD160 || !h.Available()
}

// CanEncrypt reports why nothing can be encrypted to c at the time now for the
// mail address, or nil. An empty address is not looked for. The error wraps
// ErrNoKey, ErrRevoked, ErrExpired, ErrWrongAddress, ErrUnsupported (too weak)
// or ErrNoEncryptionKey.
func (c Cert) CanEncrypt(now time.Time, address string) error {
	s, err := c.state()
	if err != nil {
		return err
	}
	if err := s.usable(now); err != nil {
		return err
	}
	if address != "" && !c.HasAddress(address) {
		return ErrWrongAddress
	}
	if err := s.encrypts(now); err != nil {
		return err
	}
	// The library has rules of its own, and the last word.
	entity, err := c.entity()
	if err != nil {
		return fmt.Errorf("%w: self-signatures are missing", ErrNoEncryptionKey)
	}
	ready := s.ready(now)
	config := &packet.Config{Time: func() time.Time { return ready }}
	if _, ok := entity.EncryptionKey(ready, config); !ok {
		return ErrNoEncryptionKey
	}
	return nil
}

// encrypts reports why no key of the certificate encrypts at t.
func (s *certState) encrypts(t time.Time) error {
	reason := ErrNoEncryptionKey
	for _, k := range s.subs {
		sig := sigAt(k.sigs, t)
		if !mayEncrypt(k.key, sig) {
			if sig == nil && len(k.refused) > 0 {
				reason = fmt.Errorf("%w: %s", ErrUnsupported, sha1Refused)
			}
			continue
		}
		switch {
		case k.revokedAt(t):
			reason = fmt.Errorf("%w: the encryption subkey", ErrRevoked)
		case over(expiryOf(k.key, sig), t):
			reason = fmt.Errorf("%w: the encryption subkey", ErrExpired)
		case weak(k.key) != "":
			reason = fmt.Errorf("%w: %s", ErrUnsupported, weak(k.key))
		default:
			return nil
		}
	}
	if mayEncrypt(s.key, s.primarySig(t)) {
		return nil
	}
	return reason
}

// usable reports why the primary key is of no use at t.
func (s *certState) usable(t time.Time) error {
	end := s.expiry(t)
	switch {
	case s.revokedAt(t):
		return ErrRevoked
	case over(end, t):
		return fmt.Errorf("%w on %s", ErrExpired, end.Format(time.DateOnly))
	case s.key.CreationTime.After(t.Add(clockSkew)):
		return fmt.Errorf("%w: made in the future", ErrNoEncryptionKey)
	case weak(s.key) != "":
		return fmt.Errorf("%w: %s", ErrUnsupported, weak(s.key))
	case s.primarySig(t) == nil && s.refusedSelf():
		return fmt.Errorf("%w: %s", ErrUnsupported, sha1Refused)
	}
	return nil
}

// refusedSelf reports whether self-signatures about the whole certificate were
// refused.
func (s *certState) refusedSelf() bool {
	return len(s.refused) > 0 || slices.ContainsFunc(s.uids, func(u uidState) bool { return len(u.refused) > 0 })
}

// ready is now, or if the clock of whoever made the certificate runs ahead of
// ours by no more than is forgiven, the time from when on it is good.
func (s *certState) ready(now time.Time) time.Time {
	t := now
	later := func(made time.Time) {
		if made.After(t) && !made.After(now.Add(clockSkew)) {
			t = made
		}
	}
	for _, k := range append([]keyState{s.keyState}, s.subs...) {
		later(k.key.CreationTime)
		for _, sig := range k.sigs {
			later(sig.CreationTime)
		}
	}
	for _, u := range s.uids {
		for _, sig := range u.sigs {
			later(sig.CreationTime)
		}
	}
	return t
}

func over(end, t time.Time) bool { return !end.IsZero() && t.After(end) }
