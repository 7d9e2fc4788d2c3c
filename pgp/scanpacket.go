package pgp

import "encoding/binary"

// keyAlgorithms are those of RFC 9580, section 9.1, and of
// draft-ietf-openpgp-pqc that keys are made of.
var keyAlgorithms = func() (known [256]bool) {
	for _, n := range []int{1, 2, 3, 16, 17, 18, 19, 22} {
		known[n] = true
	}
	for n, size := range fixedPublic {
		known[n] = known[n] || size > 0
	}
	return known
}()

// fixedPublic are the octets of the public keys that have one size.
var fixedPublic = [256]int{
	25: 32, 26: 56, 27: 32, 28: 57, // X25519, X448, Ed25519, Ed448
	30: 32 + 1952, 31: 57 + 2592, // ML-DSA-65 with Ed25519, ML-DSA-87 with Ed448
	32: 32, 33: 32, 34: 64, // SLH-DSA-SHAKE
	35: 32 + 1184, 36: 56 + 1568, // ML-KEM-768 with X25519, ML-KEM-1024 with X448
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

// isSecretBody reports whether b holds the public half of a key and then a valid
// way to keep the secret half, or may do so if more of it comes.
func isSecretBody(b []byte, size int64) (secret, more bool) {
	if secret = secretBody(b[:min(int64(len(b)), size)], size); secret {
		return true, false
	}
	return false, int64(len(b)) < size && publicBegins(b)
}

// publicBegins keeps most of chance out while the end is not there yet.
func publicBegins(b []byte) bool {
	at := 6
	if b[0] == 6 {
		at = 10
	}
	if len(b) < at+3 {
		return true
	}
	n := int(binary.BigEndian.Uint16(b[at:]))
	switch b[5] {
	case 1, 2, 3, 16, 17:
		return n >= 512 && n <= maxKeyBits && b[at+2]>>(uint(n-1)%8) == 1
	case 18, 19, 22:
		return b[at] >= 3 && b[at] <= 16 && (b[at+1] == 0x2a || b[at+1] == 0x2b)
	}
	return b[0] == 4 || int(binary.BigEndian.Uint32(b[6:])) == fixedPublic[b[5]]
}

func secretBody(b []byte, size int64) bool {
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
		at, ok = skipMPIs(b, at, bitRange{512, maxKeyBits}, bitRange{2, 64})
	case 16: // ElGamal: p, g, y
		at, ok = skipMPIs(b, at, bitRange{512, maxKeyBits}, bitRange{2, maxKeyBits}, bitRange{2, maxKeyBits})
	case 17: // DSA: p, q, g, y
		at, ok = skipMPIs(b, at, bitRange{512, maxKeyBits}, bitRange{160, 512}, bitRange{2, maxKeyBits}, bitRange{2, maxKeyBits})
	case 18, 19, 22:
		at, ok = skipCurve(b, at)
	default:
		at, ok = at+fixedPublic[b[5]], true
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

// bitRange is a range of sizes.
type bitRange struct{ min, max int }

// skipMPIs walks over well-formed numbers of the given sizes.
func skipMPIs(b []byte, at int, sizes ...bitRange) (int, bool) {
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
