package pgp

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// clockSkew is how far in the future a signature may lie.
const clockSkew = 5 * time.Minute

// maxSignatureBytes bounds a file of detached signatures.
const maxSignatureBytes = 256 << 10

// A sigCheck follows one signature from its packet to its status.
type sigCheck struct {
	sig     *packet.Signature // nil if the status is settled
	result  Signature
	keys    []signingKey
	direct  hash.Hash // what the signature is over
	wrapped io.Writer // what the text is written to; hashes of text adapt line ends

	ops *packet.OnePassSignature // set while only announced
}

// A signingKey is a key of a given certificate that a signature may be of.
type signingKey struct {
	cert  Cert
	state *certState
	keyState
}

// verifiers are the certificates of one verification, parsed when needed.
type verifiers struct {
	certs  []Cert
	states []*certState
}

// newVerifiers merges copies of one certificate: which of them comes first must
// not decide what counts.
func newVerifiers(certs []Cert) *verifiers {
	certs = mergeCerts(nil, certs)
	return &verifiers{certs, make([]*certState, len(certs))}
}

// find returns the bound keys with the key ID, and if given the fingerprint.
func (v *verifiers) find(keyID uint64, fpr []byte) (out []signingKey) {
	id := fmt.Sprintf("%016X", keyID)
	for i, c := range v.certs {
		if !slices.Contains(c.keyIDs, id) {
			continue
		}
		if v.states[i] == nil {
			s, err := c.state()
			if err != nil {
				continue
			}
			v.states[i] = s
		}
		s := v.states[i]
		for _, k := range append([]keyState{s.keyState}, s.subs...) {
			if k.key.KeyId == keyID && (len(fpr) == 0 || slices.Equal(fpr, k.key.Fingerprint)) {
				out = append(out, signingKey{c, s, k})
			}
		}
	}
	return out
}

// newSigCheck judges what can be judged before the text is seen.
func newSigCheck(raw rawPacket, v *verifiers) *sigCheck {
	c := &sigCheck{}
	settle := func(s Status, reason string) *sigCheck {
		c.result.Status, c.result.Reason = s, reason
		return c
	}
	sig, err := raw.signature()
	if errors.Is(err, ErrDamaged) {
		return settle(Bad, "not a signature packet")
	}
	if err != nil {
		return settle(Unsupported, "unknown algorithm, version or form")
	}
	c.result.Created, c.result.Text = sig.CreationTime.UTC(), sig.SigType == packet.SigTypeText
	if sig.IssuerKeyId != nil {
		c.result.KeyID = fmt.Sprintf("%016X", *sig.IssuerKeyId)
	}
	switch {
	case sig.SigType != packet.SigTypeBinary && sig.SigType != packet.SigTypeText:
		return settle(Bad, "not a signature of a document")
	case brokenHash(sig.Hash) || sig.Hash == crypto.SHA1:
		return settle(Unsupported, "hash "+sig.Hash.String()+" is too weak")
	case sig.IssuerKeyId == nil:
		return settle(UnknownKey, "the signature names no key")
	}
	for _, n := range sig.Notations {
		if n.IsCritical {
			return settle(Unsupported, "unknown critical notation")
		}
	}
	if c.keys = v.find(*sig.IssuerKeyId, sig.IssuerFingerprint); len(c.keys) == 0 {
		return settle(UnknownKey, "no given certificate has the key")
	}
	h, err := sig.PrepareVerify()
	if err != nil {
		return settle(Unsupported, "hash")
	}
	c.sig, c.direct, c.wrapped = sig, h, h
	if sig.SigType == packet.SigTypeText {
		c.wrapped = openpgp.NewCanonicalTextHash(h)
	}
	return c
}

// finish gives the status once the whole text was hashed.
func (c *sigCheck) finish(now time.Time) Signature {
	if c.sig == nil {
		return c.result
	}
	c.result.Status, c.result.Reason = Bad, "not of these bytes"
	for _, k := range c.keys {
		cloner, ok := c.direct.(hash.Cloner)
		if !ok {
			c.result.Status, c.result.Reason = Unsupported, "hash"
			break
		}
		h, err := cloner.Clone()
		if err != nil || verifyHash(k.key, h, c.sig) != nil {
			continue
		}
		c.result.Signer, c.result.Key = k.cert.fpr, fingerprint(k.key)
		c.result.Addresses = k.cert.Addresses()
		for _, r := range c.sig.IntendedRecipients {
			c.result.intended = append(c.result.intended, fmt.Sprintf("%X", r.Fingerprint))
		}
		c.result.Status, c.result.Reason = k.allowed(c.sig, now)
		break
	}
	return c.result
}

// verifyHash is the library's check. It is given algorithm fields of a
// stranger's making, so a panic there means that the signature is not good.
func verifyHash(key *packet.PublicKey, h hash.Hash, sig *packet.Signature) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("malformed signature")
		}
	}()
	return key.VerifySignature(h, sig)
}

// allowed judges a signature that is of the text: whether the key might make
// it at the time that it states.
func (k signingKey) allowed(sig *packet.Signature, now time.Time) (Status, string) {
	t := sig.CreationTime
	if w := weak(k.key) + weak(k.state.key); w != "" {
		return Unsupported, w
	}
	if sig.Version == 6 && k.key.Version != 6 || sig.Version != 6 && k.key.Version == 6 {
		return Bad, "versions of key and signature differ"
	}
	self := k.state.primarySig(t)
	end := k.state.expiry(t)
	if k.key.IsSubkey {
		self = sigAt(k.sigs, t)
		end = earlier(end, expiryOf(k.key, self))
	}
	switch {
	case self == nil && (len(k.refused) > 0 || k.state.refusedSelf()):
		return Unsupported, sha1Refused
	case k.state.revokedAt(t) || k.key.IsSubkey && k.revokedAt(t):
		return Revoked, "the key is revoked"
	case self == nil || !self.FlagsValid || !self.FlagSign:
		return Bad, "the key may not sign documents"
	case t.Before(k.key.CreationTime) || t.Before(k.state.key.CreationTime):
		return KeyNotValidAtTime, "the signature is older than the key"
	case over(end, t):
		return KeyNotValidAtTime, "the key had expired on " + day(end)
	case t.After(now.Add(clockSkew)):
		return KeyNotValidAtTime, "the signature is from the future"
	case sig.SigLifetimeSecs != nil && *sig.SigLifetimeSecs != 0 && sig.SigExpired(now.Add(clockSkew)):
		return KeyNotValidAtTime, "the signature has expired"
	}
	return Valid, ""
}

// writeAll feeds text to every signature that is still open.
func writeAll(checks []*sigCheck, p []byte) {
	for _, c := range checks {
		if c.wrapped != nil {
			c.wrapped.Write(p) // hashes do not fail
		}
	}
}

func finishAll(checks []*sigCheck, now time.Time) []Signature {
	out := make([]Signature, len(checks))
	for i, c := range checks {
		out[i] = c.finish(now)
	}
	return out
}

// VerifyDetached checks the signatures in sig, armored or binary, over what
// src holds. It returns a status for each signature, in their order; none of
// them needs to be Valid. Certificates are never taken from the message.
//
// The error is that of src, or wraps ErrDamaged if sig holds no signature, or
// ErrLimit.
func (e *Engine) VerifyDetached(ctx context.Context, src, sig io.Reader, certs []Cert) ([]Signature, error) {
	packets, err := e.readSignatures(sig)
	if err != nil {
		return nil, err
	}
	v := newVerifiers(certs)
	checks := make([]*sigCheck, len(packets))
	for i, p := range packets {
		checks[i] = newSigCheck(p, v)
	}
	buf := make([]byte, 64<<10)
	for r := (ctxReader{ctx, src}); ; {
		n, err := r.Read(buf)
		writeAll(checks, buf[:n])
		if err == io.EOF {
			return finishAll(checks, e.now()), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// readSignatures reads a block of signatures and nothing else.
func (e *Engine) readSignatures(r io.Reader) ([]rawPacket, error) {
	body, _, err := dearmor(io.LimitReader(r, 2*maxSignatureBytes), armorSignature)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(body, maxSignatureBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSignatureBytes {
		return nil, fmt.Errorf("%w: signature block", ErrLimit)
	}
	limit := e.limits().Signatures
	packets, err := splitPackets(data, limit)
	if err != nil {
		return nil, err
	}
	out := packets[:0]
	for _, p := range packets {
		switch p.tag {
		case tagSignature:
			out = append(out, p)
			if err := e.shared().signature(); err != nil {
				return nil, err
			}
		case tagMarker, tagPadding:
		default:
			return nil, fmt.Errorf("%w: not only signatures", ErrDamaged)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no signature", ErrDamaged)
	}
	return out, nil
}

// hashName is the name of a hash in cleartext headers (RFC 9580, section
// 9.5) without its hyphen variants.
func hashName(h crypto.Hash) string {
	name := strings.ToUpper(h.String())
	if rest, ok := strings.CutPrefix(name, "SHA-"); ok {
		if _, err := strconv.Atoi(rest); err == nil {
			return "SHA" + rest
		}
	}
	return name
}
