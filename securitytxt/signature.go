package securitytxt

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// hashNames are the hashes of RFC 9580 9.5 by number; all are below 32.
var hashNames = map[byte]string{
	1: "MD5", 2: "SHA1", 3: "RIPEMD160", 8: "SHA256", 9: "SHA384",
	10: "SHA512", 11: "SHA224", 12: "SHA3-256", 14: "SHA3-512",
}

// A signaturePacket is the part of an OpenPGP signature that can be judged
// without a key.
type signaturePacket struct{ version, hash byte }

// weak reports hashes that no longer bind a signature to its text.
func (s signaturePacket) weak() bool { return s.hash >= 1 && s.hash <= 3 }

// decodeArmor decodes the base64 lines of an armor. The checksum line may be
// absent and is not compared: RFC 9580 6.1 forbids to reject because of it.
func decodeArmor(lines []Line) ([]byte, bool) {
	var b strings.Builder
	for i := range lines {
		text := strings.TrimRight(lines[i].Text, " \t")
		if len(text) == 5 && text[0] == '=' && i == len(lines)-1 {
			break
		}
		b.WriteString(text)
	}
	raw, err := base64.StdEncoding.DecodeString(b.String())
	return raw, err == nil && len(raw) > 0
}

// readSignatures reads a sequence of signature packets over a document (RFC 9580
// 4.2 and 5.2). Anything else makes it fail.
func readSignatures(raw []byte) (sigs []signaturePacket, ok bool) {
	for len(raw) > 0 {
		tag, body, rest, ok := cutPacket(raw)
		if !ok || tag != 2 {
			return nil, false
		}
		s, ok := readSignature(body)
		if !ok {
			return nil, false
		}
		sigs, raw = append(sigs, s), rest
	}
	return sigs, true
}

// cutPacket splits off one packet of known length.
func cutPacket(raw []byte) (tag byte, body, rest []byte, ok bool) {
	first := raw[0]
	raw = raw[1:]
	var size, n uint64
	switch {
	case first&0x80 == 0, len(raw) == 0:
		return 0, nil, nil, false
	case first&0x40 == 0: // the old format
		tag = first >> 2 & 0x0f
		n = 1 << (first & 3)
		if n == 8 || uint64(len(raw)) < n {
			return 0, nil, nil, false
		}
		for _, c := range raw[:n] {
			size = size<<8 | uint64(c)
		}
	default:
		tag = first & 0x3f
		switch c := raw[0]; {
		case c < 192:
			n, size = 1, uint64(c)
		case c < 224 && len(raw) >= 2:
			n, size = 2, (uint64(c)-192)<<8+uint64(raw[1])+192
		case c == 255 && len(raw) >= 5:
			n, size = 5, uint64(binary.BigEndian.Uint32(raw[1:]))
		default: // cut short, or of partial lengths, which signatures must not have
			return 0, nil, nil, false
		}
	}
	if uint64(len(raw)) < n+size {
		return 0, nil, nil, false
	}
	return tag, raw[n : n+size], raw[n+size:], true
}

// readSignature reads version, type and hash. The type must be that of a binary
// or text document.
func readSignature(body []byte) (signaturePacket, bool) {
	if len(body) < 1 {
		return signaturePacket{}, false
	}
	kind, hash, least := 1, 3, 10
	switch body[0] {
	case 3:
		kind, hash, least = 2, 16, 19
	case 4, 5, 6:
	default:
		return signaturePacket{}, false
	}
	if len(body) < least || body[kind] > 1 {
		return signaturePacket{}, false
	}
	return signaturePacket{version: body[0], hash: body[hash]}, true
}
