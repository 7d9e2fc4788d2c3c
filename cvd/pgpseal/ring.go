package pgpseal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
)

// caseKey is secret.
type caseKey [32]byte

// Format prints no key.
func (caseKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// Format prints no key: fmt asks no method of what lies in unexported fields.
func (ring) Format(f fmt.State, v rune) { caseKey{}.Format(f, v) }

// Format prints no key.
func (*Sealer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "pgpseal.Sealer") }

// id names a key without telling it.
func (k caseKey) id() (id keyID) {
	h := sha256.Sum256(append([]byte("cvdkit pgpseal key\x00"), k[:]...))
	copy(id[:], h[:])
	return id
}

// mark is the digest of a certificate to which keys are wrapped, subkeys and all.
type mark [8]byte

func markOf(c pgp.Cert) (m mark) {
	h := sha256.Sum256(c.Bytes())
	copy(m[:], h[:])
	return m
}

// ring holds the keys of a case, the newest last, and says to whom it is wrapped.
// It never changes once it is in use.
//
// What is wrapped is
//
//	magic   "cvdkit case keys 1\n"
//	case    16 bytes
//	count   1 byte, and as many keys of 32 bytes, oldest first
//	count   1 byte, and as many digests of certificates of 8 bytes, ascending
//
// as one binary OpenPGP message, signed.
type ring struct {
	id   storage.CaseID
	keys []caseKey
	to   []mark
}

const (
	magic = "cvdkit case keys 1\n"
	// most bounds keys and members, and keeps a wrapped ring within a value of a
	// storage.State where members have keys of common sizes.
	most = 100
	// wrappedSize is what a storage.State takes.
	wrappedSize = 64 << 10
)

func (r *ring) newest() caseKey { return r.keys[len(r.keys)-1] }

func (r *ring) find(id keyID) (caseKey, bool) {
	for _, k := range r.keys {
		if k.id() == id { // no secret: it stands before every text
			return k, true
		}
	}
	return caseKey{}, false
}

func (s *Sealer) grow(r *ring) error {
	if len(r.keys) == most {
		return fmt.Errorf("pgpseal: the case has %d keys, which is the most", most)
	}
	var k caseKey
	if _, err := io.ReadFull(s.cfg.Rand, k[:]); err != nil {
		return fmt.Errorf("pgpseal: reading random bytes: %w", err)
	}
	r.keys = append(slices.Clip(r.keys), k)
	return nil
}

func (r *ring) marshal() []byte {
	b := append([]byte(magic), r.id[:]...)
	b = append(b, byte(len(r.keys)))
	for _, k := range r.keys {
		b = append(b, k[:]...)
	}
	b = append(b, byte(len(r.to)))
	for _, m := range r.to {
		b = append(b, m[:]...)
	}
	return b
}

var errRing = errors.New("pgpseal: a wrapped key cannot be read")

func parseRing(b []byte) (*ring, error) {
	r := &ring{}
	b, ok := bytes.CutPrefix(b, []byte(magic))
	take := func(to []byte) {
		if ok = ok && len(b) >= len(to); ok {
			b = b[copy(to, b):]
		}
	}
	count := func() int {
		var n [1]byte
		take(n[:])
		ok = ok && n[0] <= most
		return int(n[0])
	}
	take(r.id[:])
	for n := count(); ok && n > 0; n-- {
		var k caseKey
		take(k[:])
		r.keys = append(r.keys, k)
	}
	for n := count(); ok && n > 0; n-- {
		var m mark
		take(m[:])
		r.to = append(r.to, m)
	}
	if !ok || len(b) > 0 || len(r.keys) == 0 {
		return nil, errRing
	}
	return r, nil
}

// unwrap opens the wrapped ring of a case.
func (s *Sealer) unwrap(ctx context.Context, id storage.CaseID, wrapped []byte) (*ring, error) {
	var b bytes.Buffer
	_, err := s.cfg.Engine.Decrypt(ctx, &b, bytes.NewReader(wrapped), pgp.Keyring{Secrets: s.cfg.Own, Certs: s.cfg.Signers, RequireValid: true})
	switch {
	case errors.Is(err, pgp.ErrNotVerified), errors.Is(err, pgp.ErrBadSignature), errors.Is(err, pgp.ErrNotEncrypted):
		return nil, fmt.Errorf("%w: %w", ErrForged, err)
	case errors.Is(err, pgp.ErrNotForUs):
		return nil, ErrNotOurs
	case err != nil:
		return nil, fmt.Errorf("pgpseal: opening the key of the case: %w", err)
	}
	r, err := parseRing(b.Bytes())
	if err == nil && r.id != id {
		err = ErrForged
	}
	return r, err
}

// put wraps a ring for the team as it is, and stores it in place of the version.
// If the team has changed meanwhile it is wrapped again: else Rewrap, which may
// have passed the case already, would have missed it.
func (s *Sealer) put(ctx context.Context, r *ring, version int64) (int64, error) {
	for {
		to, _ := s.recipients()
		r.to = marks(to)
		wrapped, err := s.wrap(ctx, r, to)
		if err != nil {
			return 0, err
		}
		if version, err = s.cfg.State.Put(ctx, StateKey(r.id), version, wrapped); err != nil {
			return 0, fmt.Errorf("pgpseal: storing the key of the case: %w", err)
		}
		if now, _ := s.recipients(); slices.Equal(marks(now), r.to) {
			return version, nil
		}
		r = &ring{r.id, r.keys, nil} // the other one may be in use
	}
}

func marks(certs []pgp.Cert) (out []mark) {
	for _, c := range certs {
		out = append(out, markOf(c))
	}
	slices.SortFunc(out, func(a, b mark) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(out)
}

func (s *Sealer) wrap(ctx context.Context, r *ring, to []pgp.Cert) ([]byte, error) {
	if own := s.cfg.Own[0].Cert(); !slices.ContainsFunc(to, func(c pgp.Cert) bool { return c.Fingerprint() == own.Fingerprint() }) {
		return nil, fmt.Errorf("pgpseal: the certificate of this process, %s, cannot be encrypted to; is it expired?", own.Fingerprint())
	}
	if len(to) > most {
		return nil, fmt.Errorf("pgpseal: %d members, %d are the most", len(to), most)
	}
	// A key of random bytes may look like anything: it is not looked through.
	e := pgp.Envelope{From: s.cfg.Own[:1], Form: pgp.Form{Binary: true}, AllowSecretKeys: true}
	for _, c := range to {
		e.To = append(e.To, pgp.Recipient{Cert: c, Hidden: s.cfg.Hidden})
	}
	var b bytes.Buffer
	if err := s.cfg.Engine.Encrypt(ctx, &b, bytes.NewReader(r.marshal()), e); err != nil {
		return nil, fmt.Errorf("pgpseal: wrapping the key of the case: %w", err)
	}
	if b.Len() > wrappedSize {
		return nil, fmt.Errorf("pgpseal: wrapped for %d members the key takes %d bytes, a State keeps %d", len(to), b.Len(), wrappedSize)
	}
	return b.Bytes(), nil
}
