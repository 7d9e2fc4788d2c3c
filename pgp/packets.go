package pgp

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Packet tags (RFC 9580, section 5).
const (
	tagPKESK      = 1
	tagSignature  = 2
	tagSKESK      = 3
	tagOnePass    = 4
	tagSecretKey  = 5
	tagPublicKey  = 6
	tagSecretSub  = 7
	tagCompressed = 8
	tagSED        = 9
	tagMarker     = 10
	tagLiteral    = 11
	tagTrust      = 12
	tagUserID     = 13
	tagPublicSub  = 14
	tagSEIPD      = 18
	tagAEAD       = 20
	tagPadding    = 21
)

// rawPacket is one packet with its framing removed. Judging the raw body
// before the library parses it is what keeps hostile input cheap.
type rawPacket struct {
	tag  byte
	body []byte
}

// append writes the packet in the new format.
func (p rawPacket) append(b []byte) []byte {
	b = append(b, 0xc0|p.tag)
	switch n := len(p.body); {
	case n < 192:
		b = append(b, byte(n))
	case n < 8384:
		b = append(b, byte((n-192)>>8)+192, byte(n-192))
	default:
		b = append(b, 255)
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return append(b, p.body...)
}

// parse gives the packet to the library.
func (p rawPacket) parse() (packet.Packet, error) {
	return packet.Read(bytes.NewReader(p.append(nil)))
}

// splitPackets splits data into at most limit packets. It returns what is
// whole, and an error if anything is left over.
func splitPackets(data []byte, limit int) ([]rawPacket, error) {
	var out []rawPacket
	for len(data) > 0 {
		if len(out) == limit {
			return out, fmt.Errorf("%w: more than %d packets", ErrLimit, limit)
		}
		p, rest, ok := nextPacket(data)
		if !ok {
			return out, fmt.Errorf("%w: packet %d is cut or malformed", ErrDamaged, len(out)+1)
		}
		out = append(out, p)
		data = rest
	}
	return out, nil
}

// nextPacket reads the first packet of data. Partial and indeterminate lengths
// are refused: no key or signature packet has them (RFC 9580, section 4.2.1.4).
func nextPacket(data []byte) (p rawPacket, rest []byte, ok bool) {
	tag, head, length, ok := packetHeader(data)
	if !ok || length < 0 || length > int64(len(data)-head) {
		return p, nil, false
	}
	end := head + int(length)
	return rawPacket{tag, data[head:end:end]}, data[end:], true
}

// packetHeader decodes the header at the start of data. A length of -1 stands
// for a partial or indeterminate one.
func packetHeader(data []byte) (tag byte, head int, length int64, ok bool) {
	if len(data) < 2 || data[0]&0x80 == 0 {
		return 0, 0, 0, false
	}
	if data[0]&0x40 == 0 { // the old format
		tag = data[0] & 0x3c >> 2
		if data[0]&3 == 3 {
			return tag, 1, -1, true
		}
		n := 1 << (data[0] & 3)
		if len(data) < 1+n {
			return 0, 0, 0, false
		}
		for _, b := range data[1 : 1+n] {
			length = length<<8 | int64(b)
		}
		return tag, 1 + n, length, true
	}
	tag = data[0] & 0x3f
	switch b := data[1]; {
	case b < 192:
		return tag, 2, int64(b), true
	case b < 224:
		if len(data) < 3 {
			return 0, 0, 0, false
		}
		return tag, 3, int64(b-192)<<8 + int64(data[2]) + 192, true
	case b < 255:
		return tag, 2, -1, true
	}
	if len(data) < 6 {
		return 0, 0, 0, false
	}
	return tag, 6, int64(binary.BigEndian.Uint32(data[2:])), true
}

// signature parses a signature packet.
func (p rawPacket) signature() (*packet.Signature, error) {
	got, err := p.parse()
	if err != nil {
		return nil, fmt.Errorf("%w: signature packet", ErrUnsupported)
	}
	sig, ok := got.(*packet.Signature)
	if !ok {
		return nil, fmt.Errorf("%w: not a signature packet", ErrDamaged)
	}
	return sig, nil
}

// maxKeyBits is the largest RSA, DSA or ElGamal key that is worked with: a
// larger one costs seconds for each operation, and no team has one.
const maxKeyBits = 8192

// keySizeOK judges a key packet's body before anything expensive is done.
func keySizeOK(body []byte) bool {
	at := 6 // version, creation time, algorithm
	if len(body) > 0 && body[0] == 6 {
		at = 10 // v6 adds the length of the key material
	}
	if len(body) < at+2 {
		return false
	}
	switch body[5] {
	case 1, 2, 3, 16, 17:
		return binary.BigEndian.Uint16(body[at:]) <= maxKeyBits
	}
	return true
}

// issuers reads the issuer subpackets of a signature's body, hashed and not,
// without parsing anything else: a key flooded with the signatures of others
// is then cheap. known is false if the signature names no issuer.
func (p rawPacket) issuers(keyID uint64, fingerprint []byte) (match, known bool) {
	b := p.body
	if len(b) < 1 || b[0] < 4 || b[0] > 6 {
		return false, true // v3 self-signatures are not accepted
	}
	wide := b[0] == 6
	at := 4
	for range 2 {
		var area []byte
		var ok bool
		if area, at, ok = subpacketArea(b, at, wide); !ok {
			return false, true
		}
		for len(area) > 0 {
			var typ byte
			var val []byte
			if typ, val, area, ok = subpacket(area); !ok {
				return false, true
			}
			switch {
			case typ == 16 && len(val) == 8:
				known = true
				match = match || binary.BigEndian.Uint64(val) == keyID
			case typ == 33 && len(val) > 1:
				if !bytes.Equal(val[1:], fingerprint) {
					return false, true
				}
				match, known = true, true
			}
		}
	}
	return match, known
}

func subpacketArea(b []byte, at int, wide bool) (area []byte, next int, ok bool) {
	n := 0
	if wide {
		if len(b) < at+4 || binary.BigEndian.Uint32(b[at:]) > uint32(len(b)) {
			return nil, 0, false
		}
		n = int(binary.BigEndian.Uint32(b[at:]))
		at += 4
	} else {
		if len(b) < at+2 {
			return nil, 0, false
		}
		n = int(binary.BigEndian.Uint16(b[at:]))
		at += 2
	}
	if n > len(b)-at {
		return nil, 0, false
	}
	return b[at : at+n], at + n, true
}

func subpacket(area []byte) (typ byte, val, rest []byte, ok bool) {
	n, head := int(area[0]), 1
	switch {
	case n >= 192 && n < 255:
		if len(area) < 2 {
			return 0, nil, nil, false
		}
		n, head = (n-192)<<8+int(area[1])+192, 2
	case n == 255:
		if len(area) < 5 || binary.BigEndian.Uint32(area[1:]) > uint32(len(area)) {
			return 0, nil, nil, false
		}
		n, head = int(binary.BigEndian.Uint32(area[1:])), 5
	}
	if n < 1 || n > len(area)-head {
		return 0, nil, nil, false
	}
	return area[head] & 0x7f, area[head+1 : head+n], area[head+n:], true
}
