package pgp

import "bytes"

// Merge adds what an update of the same key brings: user IDs, subkeys, newer
// self-signatures, revocations. The update may be armored or binary, a
// certificate without user IDs (as keys.openpgp.org serves them), or a bare
// revocation certificate. Nothing is ever taken away, so a server cannot make
// a revocation disappear.
//
// The error wraps ErrNotSame if the update has nothing of this key, and those
// of ParseCerts.
func (c Cert) Merge(update []byte) (Cert, error) {
	if rev, ok := bareSignatures(update); ok {
		return c.mergeSignatures(rev)
	}
	certs, _, err := ParseCerts(bytes.NewReader(update), ParseOptions{})
	for _, u := range certs {
		if u.fpr == c.fpr {
			return c.merge(u)
		}
	}
	if err != nil {
		return c, err
	}
	return c, ErrNotSame
}

func (c Cert) merge(u Cert) (Cert, error) {
	if u.fpr != c.fpr {
		return c, ErrNotSame
	}
	if bytes.Equal(u.raw, c.raw) {
		return c, nil
	}
	mine, err := c.parts()
	if err != nil {
		return c, err
	}
	theirs, err := u.parts()
	if err != nil {
		return c, err
	}
	return newCert(append(mine, theirs...))
}

// bareSignatures recognises a revocation certificate: signature packets and
// nothing else, in armor that calls itself a public key (RFC 9580, section
// 10.1.3, and gpg).
func bareSignatures(update []byte) ([]rawPacket, bool) {
	data := update
	if !isBinarySignature(update) {
		blocks := findKeyBlocks(string(update))
		if len(blocks) != 1 {
			return nil, false
		}
		data = blocks[0].data
	}
	packets, err := splitPackets(data, maxSelfSignatures)
	if err != nil || len(packets) == 0 {
		return nil, false
	}
	for _, p := range packets {
		if p.tag != tagSignature {
			return nil, false
		}
	}
	return packets, true
}

func isBinarySignature(data []byte) bool {
	tag, _, _, ok := packetHeader(data)
	return ok && tag == tagSignature
}

func (c Cert) mergeSignatures(sigs []rawPacket) (Cert, error) {
	parts, err := c.parts()
	if err != nil {
		return c, err
	}
	before := len(parts[0].sigs)
	parts[0].sigs = append(parts[0].sigs, sigs...)
	merged, err := newCert(parts)
	if err != nil {
		return c, err
	}
	after, err := merged.parts()
	if err != nil {
		return c, err
	}
	if len(after[0].sigs) == before && len(merged.raw) == len(c.raw) && !c.revoked {
		return c, ErrNotSame
	}
	return merged, nil
}
