package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// ParseOptions are the limits of ParseCerts. Zero values mean the defaults.
type ParseOptions struct {
	// MaxBytes of input; 4 MiB.
	MaxBytes int64
	// MaxPackets in one block; 20,000.
	MaxPackets int
	// MaxCerts in the whole input; 1,000.
	MaxCerts int
	// Strict refuses armor that needs repair.
	Strict bool
}

const (
	defaultKeyBytes   = 4 << 20
	defaultKeyPackets = 20_000
	defaultCerts      = 1_000
	maxSelfSignatures = 256 // of one certificate; each costs a verification
	maxUserIDBytes    = 2048
)

// ParseCerts reads every certificate of r: binary, armored, or armored and
// damaged on its way through a document, a mail or a web page (see
// [RepairKind]). A certificate that stands there twice is merged.
//
// A Cert keeps what its primary key vouches for: user IDs and subkeys without
// a good self-signature, and the signatures of others, are dropped. So neither
// a damaged block nor one with somebody else's subkey in it gives a wrong key.
//
// The result is partial: certs and repairs are what could be read even if err
// is not nil. err wraps ErrNoKey, ErrDamaged, ErrUnsupported, ErrLimit, or
// ErrSecretMaterial for a block that holds a secret key.
func ParseCerts(r io.Reader, o ParseOptions) (certs []Cert, repairs []Repair, err error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultKeyBytes
	}
	if o.MaxPackets <= 0 {
		o.MaxPackets = defaultKeyPackets
	}
	if o.MaxCerts <= 0 {
		o.MaxCerts = defaultCerts
	}
	data, err := io.ReadAll(io.LimitReader(r, o.MaxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if int64(len(data)) > o.MaxBytes {
		return nil, nil, fmt.Errorf("%w: more than %d bytes of keys", ErrLimit, o.MaxBytes)
	}
	var errs []error
	add := func(b []byte) {
		got, err := parseBinaryCerts(b, o.MaxPackets, o.MaxCerts-len(certs))
		certs = mergeCerts(certs, got)
		if err != nil {
			errs = append(errs, err)
		}
	}
	if isBinary(data) {
		add(data)
		return certs, nil, joinOnce(errs)
	}
	blocks := findKeyBlocks(string(data))
	if len(blocks) == 0 {
		return nil, nil, ErrNoKey
	}
	if len(blocks) > o.MaxCerts {
		blocks = blocks[:o.MaxCerts]
		errs = append(errs, fmt.Errorf("%w: more key blocks than certificates allowed", ErrLimit))
	}
	for _, b := range blocks {
		repairs = append(repairs, b.repairs...)
		switch {
		case b.secret:
			errs = append(errs, ErrSecretMaterial)
		case o.Strict && len(b.repairs) > 0:
			errs = append(errs, fmt.Errorf("%w: armor (%s)", ErrDamaged, b.repairs[0].Kind))
		case b.data == nil:
			errs = append(errs, fmt.Errorf("%w: key block without base64", ErrDamaged))
		default:
			add(b.data)
		}
	}
	return certs, repairs, joinOnce(errs)
}

// isBinary reports whether data begins like a packet and not like text, which
// in UTF-8 may also begin with a high bit.
func isBinary(data []byte) bool {
	if len(data) == 0 || data[0]&0x80 == 0 || bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return false
	}
	tag, _, _, ok := packetHeader(data)
	return ok && (tag == tagPublicKey || tag == tagSecretKey || tag == tagMarker || tag == tagPadding)
}

func parseBinaryCerts(data []byte, maxPackets, maxCerts int) (certs []Cert, err error) {
	packets, splitErr := splitPackets(data, maxPackets)
	keys, err := groupParts(packets)
	errs := []error{err, splitErr}
	for _, parts := range keys {
		if len(certs) >= maxCerts {
			errs = append(errs, fmt.Errorf("%w: more certificates than allowed", ErrLimit))
			break
		}
		c, err := newCert(parts)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		certs = mergeCerts(certs, []Cert{c})
	}
	err = joinOnce(errs)
	if len(certs) == 0 && err == nil {
		err = ErrNoKey
	}
	return certs, err
}

// A part is a primary key, a user ID or a subkey with its signatures.
type part struct {
	rawPacket
	sigs []rawPacket
}

// groupParts sorts packets into transferable public keys (RFC 9580, section
// 10.1). Packets that no certificate needs (trust, photos, markers, unknown
// ones) are left out, with their signatures.
func groupParts(packets []rawPacket) (keys [][]part, err error) {
	inKey, attach := false, false
	for _, p := range packets {
		n := len(keys)
		switch p.tag {
		case tagSecretKey, tagSecretSub:
			inKey, attach = false, false
			err = ErrSecretMaterial
		case tagPublicKey:
			inKey, attach = true, true
			keys = append(keys, []part{{rawPacket: p}})
		case tagUserID, tagPublicSub:
			if attach = inKey; attach {
				keys[n-1] = append(keys[n-1], part{rawPacket: p})
			}
		case tagSignature:
			if attach {
				last := &keys[n-1][len(keys[n-1])-1]
				last.sigs = append(last.sigs, p)
			}
		case tagTrust, tagMarker, tagPadding:
		default:
			attach = false
		}
	}
	return keys, err
}

// joinParts merges parts of one key: the same packet twice becomes one, with
// all its different signatures.
func joinParts(parts []part) []part {
	index := map[string]int{}
	var out []part
	for _, p := range parts {
		k := string(p.tag) + string(p.body)
		i, seen := index[k]
		if !seen {
			i = len(out)
			index[k] = i
			out = append(out, part{rawPacket: p.rawPacket})
		}
		out[i].sigs = append(out[i].sigs, p.sigs...)
	}
	for i := range out {
		seen := map[string]bool{}
		var sigs []rawPacket
		for _, s := range out[i].sigs {
			if !seen[string(s.body)] {
				seen[string(s.body)] = true
				sigs = append(sigs, s)
			}
		}
		out[i].sigs = sigs
	}
	// Some programs read user IDs only where they stand before the subkeys.
	slices.SortStableFunc(out[min(1, len(out)):], func(a, b part) int { return int(a.tag) - int(b.tag) })
	return out
}

// newCert checks the parts of one key and keeps what the key vouches for.
func newCert(parts []part) (Cert, error) {
	parts = joinParts(parts)
	primary, err := parseKey(parts[0].rawPacket)
	if err != nil {
		return Cert{}, err
	}
	var kept []part
	budget := maxSelfSignatures
	vouched := false
	for i, p := range parts {
		var sub *packet.PublicKey
		if p.tag == tagPublicSub {
			if sub, err = parseKey(p.rawPacket); err != nil {
				continue // an algorithm of the future does not spoil the rest
			}
		}
		if p.tag == tagUserID && len(p.body) > maxUserIDBytes {
			continue
		}
		good, binds, err := goodSignatures(primary, sub, p, &budget)
		if err != nil {
			return Cert{}, err
		}
		vouched = vouched || len(good) > 0
		if i == 0 || binds {
			kept = append(kept, part{p.rawPacket, good})
		}
	}
	if !vouched {
		return Cert{}, fmt.Errorf("%w: key %s has no good self-signature", ErrDamaged, fingerprint(primary))
	}
	return certOf(kept)
}

func parseKey(p rawPacket) (*packet.PublicKey, error) {
	if !keySizeOK(p.body) {
		return nil, fmt.Errorf("%w: a key larger than %d bits", ErrLimit, maxKeyBits)
	}
	got, err := p.parse()
	if err != nil {
		return nil, fmt.Errorf("%w: key packet", ErrUnsupported)
	}
	key, ok := got.(*packet.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: key packet", ErrDamaged)
	}
	return key, nil
}

// goodSignatures returns the self-signatures of p that verify, and whether one
// of them binds p to the primary key rather than revokes it.
func goodSignatures(primary, sub *packet.PublicKey, p part, budget *int) (good []rawPacket, binds bool, err error) {
	for _, raw := range p.sigs {
		match, known := raw.issuers(primary.KeyId, primary.Fingerprint)
		if known && !match {
			continue
		}
		sig, err := raw.signature()
		if err != nil || brokenHash(sig.Hash) || sig.EmbeddedSignature != nil && brokenHash(sig.EmbeddedSignature.Hash) {
			continue
		}
		if *budget--; *budget < 0 {
			return nil, false, fmt.Errorf("%w: more than %d self-signatures", ErrLimit, maxSelfSignatures)
		}
		bind, err := verifySelf(primary, sub, p.rawPacket, sig)
		if err != nil {
			continue
		}
		good = append(good, raw)
		binds = binds || bind
	}
	return good, binds, nil
}

var errWrongType = errors.New("signature type does not belong here")

func verifySelf(primary, sub *packet.PublicKey, p rawPacket, sig *packet.Signature) (binds bool, err error) {
	switch t := sig.SigType; {
	case p.tag == tagPublicKey && t == packet.SigTypeDirectSignature:
		return true, primary.VerifyDirectKeySignature(sig)
	case p.tag == tagPublicKey && t == packet.SigTypeKeyRevocation:
		return false, primary.VerifyRevocationSignature(sig)
	case p.tag == tagUserID && t >= packet.SigTypeGenericCert && t <= packet.SigTypePositiveCert:
		return true, primary.VerifyUserIdSignature(string(p.body), primary, sig)
	case p.tag == tagUserID && t == packet.SigTypeCertificationRevocation:
		return false, primary.VerifyUserIdSignature(string(p.body), primary, sig)
	case p.tag == tagPublicSub && t == packet.SigTypeSubkeyBinding:
		return true, primary.VerifyKeySignature(sub, sig)
	case p.tag == tagPublicSub && t == packet.SigTypeSubkeyRevocation:
		return false, primary.VerifySubkeyRevocationSignature(sig, sub)
	}
	return false, errWrongType
}

// mergeCerts adds more to certs, the same key once. Copies that cannot be merged
// are not both kept: of two the revoked one counts.
func mergeCerts(certs, more []Cert) []Cert {
	if len(certs) == 0 && len(more) < 2 {
		return more
	}
	certs = slices.Clone(certs)
	index := make(map[string]int, len(certs)+len(more))
	for i, c := range certs {
		index[c.fpr] = i
	}
	for _, m := range more {
		i, seen := index[m.fpr]
		if !seen {
			index[m.fpr] = len(certs)
			certs = append(certs, m)
			continue
		}
		if c, err := certs[i].merge(m); err == nil {
			certs[i] = c
		} else if m.revoked && !certs[i].revoked {
			certs[i] = m
		}
	}
	return certs
}

func fingerprint(k *packet.PublicKey) string { return fmt.Sprintf("%X", k.Fingerprint) }
