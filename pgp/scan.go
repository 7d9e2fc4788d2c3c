package pgp

import (
	"bytes"
	"encoding/binary"
)

// SecretScanner looks for secret keys in data that is about to leave: armored
// blocks, and binary secret key packets wherever they begin. It is an
// io.Writer that returns ErrSecretMaterial; data may come in any pieces. The
// zero value is ready. Scan each part of a mail decoded, one scanner for each.
type SecretScanner struct {
	tail []byte // the end of what was seen, for what spans two writes
	buf  []byte
}

// scanOverlap is how much a match may need: a header, the public half of the
// largest key, and the octet after it.
const scanOverlap = 4 << 10

var armorSecretLine = []byte("PGP PRIVATE KEY BLOCK")

// Write scans p together with what came before.
func (s *SecretScanner) Write(p []byte) (int, error) {
	head := min(len(p), scanOverlap)
	s.buf = append(append(s.buf[:0], s.tail...), p[:head]...)
	if hasSecret(s.buf) || len(p) > head && hasSecret(p) {
		return 0, ErrSecretMaterial
	}
	if len(p) >= scanOverlap {
		s.tail = append(s.tail[:0], p[len(p)-scanOverlap:]...)
	} else {
		s.tail = append(s.tail[:0], s.buf[max(0, len(s.buf)-scanOverlap):]...)
	}
	return len(p), nil
}

func hasSecret(b []byte) bool {
	return bytes.Contains(b, armorSecretLine) || hasSecretPacket(b, 4) || hasSecretPacket(b, 6)
}

// hasSecretPacket looks for the version octet, which the search for a single
// byte finds fast, and then for what must stand around it.
func hasSecretPacket(b []byte, version byte) bool {
	for at := 0; ; at++ {
		i := bytes.IndexByte(b[at:], version)
		if i < 0 {
			return false
		}
		at += i
		if size, ok := secretHeaderBefore(b[:at]); ok && isSecretBody(b[at:], size) {
			return true
		}
	}
}

// secretHeaderBefore reads the packet header that ends at the end of b, in any
// of its five forms.
func secretHeaderBefore(b []byte) (size int64, ok bool) {
	for n := 2; n <= 6 && n <= len(b); n++ {
		head := b[len(b)-n:]
		tag, used, length, ok := packetHeader(head)
		if ok && used == n && (tag == tagSecretKey || tag == tagSecretSub) && length > 20 && length < 64<<10 {
			return length, true
		}
	}
	return 0, false
}

// isSecretBody checks that b holds the public half of a key and then a valid
// way to lock the secret half.
func isSecretBody(b []byte, size int64) bool {
	at := 6
	if b[0] == 6 {
		at = 10
	}
	if len(b) < at+3 {
		return false
	}
	var ok bool
	switch b[5] {
	case 1, 2, 3: // RSA: n, e
		at, ok = skipMPIs(b, at, 512, 2, 64)
	case 16: // ElGamal: p, g, y
		at, ok = skipMPIs(b, at, 512, 2, maxKeyBits, maxKeyBits)
	case 17: // DSA: p, q, g, y
		at, ok = skipMPIs(b, at, 512, 160, maxKeyBits, maxKeyBits)
	case 18, 19, 22:
		at, ok = skipCurve(b, at)
	case 25, 27:
		at, ok = at+32, b[0] == 6 || b[0] == 4
	case 26:
		at, ok = at+56, true
	case 28:
		at, ok = at+57, true
	}
	if !ok || at >= len(b) || int64(at) >= size {
		return false
	}
	return b[at] == 0 || b[at] >= 253
}

// skipMPIs walks over well-formed numbers: the first two of at least, the
// others of at most the given bits.
func skipMPIs(b []byte, at int, bits ...int) (int, bool) {
	for i, limit := range bits {
		if len(b) < at+3 {
			return 0, false
		}
		n := int(binary.BigEndian.Uint16(b[at:]))
		if n < 2 || n > maxKeyBits || i < 1 && n < limit || i > 1 && n > limit {
			return 0, false
		}
		// The first octet holds exactly the bits that the length leaves for it.
		if b[at+2]>>(uint(n-1)%8) != 1 {
			return 0, false
		}
		at += 2 + (n+7)/8
	}
	return at, true
}

// skipCurve walks over an object identifier, a point and, for ECDH, the
// parameters of its key derivation.
func skipCurve(b []byte, at int) (int, bool) {
	n := int(b[at])
	if n < 3 || n > 16 || len(b) < at+1+n+3 || b[at+1] != 0x2a && b[at+1] != 0x2b {
		return 0, false
	}
	at += 1 + n
	bits := int(binary.BigEndian.Uint16(b[at:]))
	if bits < 200 || bits > 1100 || b[at+2]>>(uint(bits-1)%8) != 1 {
		return 0, false
	}
	at += 2 + (bits+7)/8
	if b[5] == 18 {
		if len(b) <= at || b[at] != 3 {
			return 0, false
		}
		at += 4
	}
	return at, true
}
