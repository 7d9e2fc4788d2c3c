package pgp

import (
	"crypto"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// LintRule names what Lint looks for.
type LintRule string

// The rules of Lint.
const (
	LintRevoked      LintRule = "revoked"       // error: the owner revoked it
	LintExpired      LintRule = "expired"       // error: it is over
	LintExpiresSoon  LintRule = "expires-soon"  // warning: in under 60 days
	LintNoEncryption LintRule = "no-encryption" // error: nobody can encrypt to it
	LintWeak         LintRule = "weak"          // error: algorithm or size
	LintSHA1         LintRule = "sha1"          // self-signatures by SHA-1; an error if of after 2023, which count for nothing
	LintNoAddress    LintRule = "no-address"    // error: no user ID of the address
	LintNoUserID     LintRule = "no-user-id"    // warning: no user ID at all
)

// A Finding is one thing that is wrong with a certificate.
type Finding struct {
	Rule LintRule // that is broken
	// Error tells that the certificate cannot serve; otherwise it is a warning.
	Error bool
	// At is the date that the finding is about, if any: of expiry, for one.
	At time.Time
	// Text is one sentence in English.
	Text string
}

const expiresSoon = 60 * 24 * time.Hour

// Lint checks whether c can serve at the time now as the key of a security
// team that is reached at the addresses. It returns nil if so.
func (c Cert) Lint(now time.Time, addresses ...string) []Finding {
	s, err := c.state()
	if err != nil {
		return []Finding{{Rule: LintNoEncryption, Error: true, Text: "There is no certificate."}}
	}
	var out []Finding
	add := func(rule LintRule, isError bool, at time.Time, format string, a ...any) {
		out = append(out, Finding{rule, isError, at.UTC(), fmt.Sprintf(format, a...)})
	}
	if s.revokedAt(time.Time{}) {
		add(LintRevoked, true, s.revs[0].CreationTime, "The key was revoked on %s.", day(s.revs[0].CreationTime))
	}
	end := s.lintExpiry(now)
	switch {
	case over(end, now):
		add(LintExpired, true, end, "The key expired on %s.", day(end))
	case over(end, now.Add(expiresSoon)):
		add(LintExpiresSoon, false, end, "The key expires on %s, in under 60 days.", day(end))
	}
	if !s.everEncrypts() {
		add(LintNoEncryption, true, time.Time{}, "No key of the certificate may encrypt.")
	}
	for _, k := range append([]keyState{s.keyState}, s.subs...) {
		if w := weak(k.key); w != "" {
			add(LintWeak, true, time.Time{}, "Key %s: %s.", k.key.KeyIdString(), w)
		}
	}
	if at := s.refusedSHA1(); !at.IsZero() {
		add(LintSHA1, true, at, "S%s.", sha1Refused[1:])
	} else if at := s.sha1(); !at.IsZero() {
		add(LintSHA1, false, at, "Self-signatures use SHA-1, which other programs refuse.")
	}
	if len(c.uids) == 0 {
		add(LintNoUserID, false, time.Time{}, "The certificate has no user ID.")
	}
	for _, a := range addresses {
		if !c.HasAddress(a) {
			add(LintNoAddress, true, time.Time{}, "No user ID has the address %s.", Printable(a))
		}
	}
	return out
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// lintExpiry is when one can no longer encrypt to the certificate: when it
// ends, or when the last of its encryption subkeys does.
func (s *certState) lintExpiry(now time.Time) time.Time {
	end := s.expiry(now)
	var last time.Time
	found := false
	for _, k := range s.subs {
		sig := sigAt(k.sigs, now)
		if !mayEncrypt(k.key, sig) || k.revokedAt(now) {
			continue
		}
		e := expiryOf(k.key, sig)
		if e.IsZero() {
			return end
		}
		if found = true; e.After(last) {
			last = e
		}
	}
	if !found || mayEncrypt(s.key, s.primarySig(now)) {
		return end
	}
	return earlier(end, last)
}

// everEncrypts asks for an encryption key that is not revoked, be it expired.
func (s *certState) everEncrypts() bool {
	if mayEncrypt(s.key, s.primarySig(time.Time{})) {
		return true
	}
	for _, k := range s.subs {
		if mayEncrypt(k.key, sigAt(k.sigs, time.Time{})) && !k.revokedAt(time.Time{}) {
			return true
		}
	}
	return false
}

// refusedSHA1 returns when a self-signature that counts for nothing was made.
func (s *certState) refusedSHA1() time.Time {
	all := []about{s.about}
	for _, u := range s.uids {
		all = append(all, u.about)
	}
	for _, k := range s.subs {
		all = append(all, k.about)
	}
	for _, a := range all {
		if len(a.refused) > 0 && len(a.sigs) == 0 {
			return a.refused[0].CreationTime
		}
	}
	return time.Time{}
}

// sha1 returns when a self-signature that is in force was made with SHA-1.
func (s *certState) sha1() time.Time {
	var inForce []*packet.Signature
	for _, u := range s.uids {
		inForce = append(inForce, u.sigs[:min(1, len(u.sigs))]...)
	}
	for _, k := range append([]keyState{s.keyState}, s.subs...) {
		inForce = append(inForce, k.sigs[:min(1, len(k.sigs))]...)
	}
	for _, sig := range inForce {
		if sig.Hash == crypto.SHA1 {
			return sig.CreationTime
		}
	}
	return time.Time{}
}
