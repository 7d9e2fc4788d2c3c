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

// scanOverlap is how much a match may need: the largest key that is worked
// with, both halves.
const scanOverlap = 8 << 10

const armorSecretLine = "PGP PRIVATE KEY BLOCK"

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

// Close judges what was waiting for more. Call it at the end of the data.
func (s *SecretScanner) Close() error { return nil }

// HasSecret reports whether a SecretScanner finds a secret key in data, which
// is one whole part of a mail or one file.
func HasSecret(data []byte) bool {
	var s SecretScanner
	_, err := s.Write(data)
	return err != nil || s.Close() != nil
}

// hasSecret must cost little beside encryption: each search is for a single
// byte, which the standard library does with vectors, and the first look at
// what stands around it is cheap.
func hasSecret(b []byte) bool {
	return hasSecretArmor(b) || hasSecretPacket(b, 4) || hasSecretPacket(b, 6)
}

// hasSecretArmor looks for the V in PRIVATE, a rare letter.
func hasSecretArmor(b []byte) bool {
	const v = len("PGP PRI")
	for at := v; at < len(b); at++ {
		i := bytes.IndexByte(b[at:], 'V')
		if i < 0 {
			return false
		}
		at += i
		if b[at-1] == 'I' && bytes.HasPrefix(b[at-v:], []byte(armorSecretLine)) {
			return true
		}
	}
	return false
}

// keyAlgorithms are those of RFC 9580, section 9.1, that keys are made of.
var keyAlgorithms = [256]bool{1: true, 2: true, 3: true, 16: true, 17: true, 18: true, 19: true, 22: true,
	25: true, 26: true, 27: true, 28: true}

// hasSecretPacket looks for the version octet.
func hasSecretPacket(b []byte, version byte) bool {
	for at := 2; at < len(b)-5; at++ {
		i := bytes.IndexByte(b[at:len(b)-5], version)
		if i < 0 {
			return false
		}
		at += i
		if !keyAlgorithms[b[at+5]] {
			continue
		}
		if size, ok := secretHeaderBefore(b[:at]); ok && isSecretBody(b[at:], size) {
			return true
		}
	}
	return false
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
		at, ok = skipMPIs(b, at, bits{512, maxKeyBits}, bits{2, 64})
	case 16: // ElGamal: p, g, y
		at, ok = skipMPIs(b, at, bits{512, maxKeyBits}, bits{2, maxKeyBits}, bits{2, maxKeyBits})
	case 17: // DSA: p, q, g, y
		at, ok = skipMPIs(b, at, bits{512, maxKeyBits}, bits{160, 512}, bits{2, maxKeyBits}, bits{2, maxKeyBits})
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
	if b[0] == 6 { // the length of the public half is stated
		return binary.BigEndian.Uint32(b[6:]) == uint32(at-10) && (b[at] == 0 || b[at] >= 253)
	}
	return isLock(b[at:], int(size)-at)
}

// isLock checks how the secret half of a v4 key is kept (RFC 9580, section
// 5.5.3): in the clear with a checksum, or by a cipher and a derived key. The
// checks keep chance out: without them some of 16 MiB of noise looks like a key.
func isLock(b []byte, size int) bool {
	if b[0] == 0 {
		if size < 4 || len(b) < size {
			return false // the rest comes with the next Write
		}
		var sum uint16
		for _, c := range b[1 : size-2] {
			sum += uint16(c)
		}
		return sum == binary.BigEndian.Uint16(b[size-2:])
	}
	at := 2
	if b[0] == 253 {
		at = 3
	}
	if b[0] < 253 || size < 20 || len(b) < at+2 || b[1] > 13 {
		return false
	}
	switch b[at] {
	case 0, 1, 3, 101:
		return b[at+1] <= 14 // a hash
	}
	return b[at] == 4
}

// bits is a range of sizes.
type bits struct{ min, max int }

// skipMPIs walks over well-formed numbers of the given sizes.
func skipMPIs(b []byte, at int, sizes ...bits) (int, bool) {
	for _, size := range sizes {
		if len(b) < at+3 {
			return 0, false
		}
		n := int(binary.BigEndian.Uint16(b[at:]))
		if n < size.min || n > size.max {
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
