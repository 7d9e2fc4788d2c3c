package pgp

import (
	"encoding/binary"
	"math/bits"
)

// SecretScanner looks for secret keys in data that is about to leave: OpenPGP
// keys in armor (also as UTF-16) and as binary packets wherever they begin, and
// the key files of gpg-agent. It looks into base64 and hexadecimal, up to three
// layers deep, and into the members of a zip file and a gzip file; so a mail may
// be given as it stands, with its attachments encoded. It keeps accidents from
// happening, not people who mean to send a key.
//
// It is an io.Writer that returns ErrSecretMaterial; data may come in any
// pieces. Close judges what is left. The zero value is ready; use one for each
// file or mail, by one goroutine.
type SecretScanner struct {
	buf   []byte // what was not judged yet, after what must be seen again
	from  int    // where in buf the first begins
	found bool
	begun bool // something was judged

	text  textScan
	ahead int // how far text was scanned beyond what was judged, maybe below zero
	box   *boxScan
	depth int // layers of encoding around this data
}

const (
	scanBehind = 32   // octets that are seen again: a packet header, the start of a text
	scanReach  = 48   // octets that a step of the scan reads
	scanSmall  = 4096 // smaller pieces are collected
	scanJoin   = 256  // octets of the next piece that join what is left of the last
)

// HasSecret reports whether a SecretScanner finds a secret key in data, which
// is one whole mail, part of a mail or file.
func HasSecret(data []byte) bool {
	var s SecretScanner
	_, err := s.Write(data)
	return err != nil || s.Close() != nil
}

// Write scans p together with what came before.
func (s *SecretScanner) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 && !s.found {
		if len(s.buf) == 0 {
			if len(p) < scanSmall {
				s.buf = append(s.buf, p...)
				break
			}
			s.keep(p, s.scan(p, s.from, false))
			break
		}
		// Some of p joins what is left of before; the rest is judged in place.
		old := len(s.buf)
		n := min(len(p), max(scanJoin, old))
		s.buf = append(s.buf, p[:n]...)
		if n == len(p) {
			if len(s.buf) >= scanSmall+old/2 {
				s.keep(s.buf, s.scan(s.buf, s.from, false))
			}
			break
		}
		upto := s.scan(s.buf, s.from, false)
		if again := upto - min(upto, scanBehind); again >= old {
			s.buf, s.from = s.buf[:0], upto-again
			p = p[again-old:]
		} else {
			p = p[n:]
			s.keep(s.buf, upto)
		}
	}
	if s.found {
		return 0, ErrSecretMaterial
	}
	return all, nil
}

// keep holds what of b was not judged, and what must be seen again.
func (s *SecretScanner) keep(b []byte, upto int) {
	again := upto - min(upto, scanBehind)
	s.buf = append(s.buf[:0], b[again:]...)
	s.from = upto - again
}

// Close judges what was waiting for more data. It returns ErrSecretMaterial if
// anything was found at all, and may be called again.
func (s *SecretScanner) Close() error {
	if !s.found {
		n := len(s.buf)
		padded := append(s.buf, make([]byte, 2*scanReach)...)
		s.scan(padded[:n+2*scanReach], s.from, true)
		s.buf, s.from = nil, 0
		s.found = s.found || s.text.end(s.depth) || s.box.end(s.depth)
	}
	if s.found {
		return ErrSecretMaterial
	}
	return nil
}

// scan judges b from the octet on that was not judged, and returns up to where
// it came: some octets before the end, or at a packet whose end is not there
// yet. The last call has as many octets of padding.
func (s *SecretScanner) scan(b []byte, from int, last bool) (upto int) {
	end, least := len(b), scanReach
	if last {
		end -= 2 * scanReach
		least = 2*scanReach + 1
	}
	if !s.begun {
		s.begun = true
		s.box = newBox(b[:end], s.depth)
	}
	texted := max(0, from+s.ahead)
	if s.text.open {
		texted = s.scanText(b, texted, end)
	}
	for upto = from; !s.found; upto += 32 {
		upto += boring(b[upto:], least, ones, 0xfd*ones, 4*ones, 0xc0*ones, highs)
		if len(b)-upto < least {
			break
		}
		if stop := s.packets(b, upto, last); stop < upto+32 {
			upto = stop
			break
		}
		if upto+32 > texted && mayBeText(b[upto:]) {
			texted = s.findText(b, upto, texted, end)
		}
	}
	upto = min(upto, end)
	s.ahead = texted - upto
	if s.box.feed(b[from:upto], s.depth) {
		s.found = true
	}
	return upto
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// boring returns how many octets at the start of b, in steps of 32, need no
// closer look. The scan must cost little beside encryption, and this is where
// its time goes. The body of a key packet begins with 4 or 6 and has the number
// of an algorithm, all below 64, five octets later: chance makes one in 512.
// Sixteen octets of ASCII show where text may be. The masks are parameters
// because the compiler would load constants anew each time.
//
//go:noinline
func boring(b []byte, least int, one, notTwo, four, upper, high uint64) int {
	rest := b
	for len(rest) >= least && len(rest) >= scanReach {
		w0, w1 := binary.LittleEndian.Uint64(rest[0:]), binary.LittleEndian.Uint64(rest[8:])
		m0 := w0&notTwo ^ four | binary.LittleEndian.Uint64(rest[5:])&upper
		m1 := w1&notTwo ^ four | binary.LittleEndian.Uint64(rest[13:])&upper
		z := (m0-one)&^m0 | (m1-one)&^m1 // a zero octet in m borrows
		w2, w3 := binary.LittleEndian.Uint64(rest[16:]), binary.LittleEndian.Uint64(rest[24:])
		m2 := w2&notTwo ^ four | binary.LittleEndian.Uint64(rest[21:])&upper
		m3 := w3&notTwo ^ four | binary.LittleEndian.Uint64(rest[29:])&upper
		z |= (m2-one)&^m2 | (m3-one)&^m3
		if z&high != 0 || (w0|w1)&high == 0 || (w2|w3)&high == 0 {
			break
		}
		rest = rest[32:]
	}
	return len(b) - len(rest)
}

func mayBeText(b []byte) bool {
	return (binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[8:]))&highs == 0 ||
		(binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]))&highs == 0
}

// packets judges the 32 octets at i. It returns where it stopped: behind them,
// or at a packet that may be a secret key if more of it comes.
func (s *SecretScanner) packets(b []byte, i int, last bool) int {
	for word := i; word < i+32; word += 8 {
		m := binary.LittleEndian.Uint64(b[word:])&^(2*ones) ^ 4*ones | binary.LittleEndian.Uint64(b[word+5:])&(0xc0*ones)
		for z := (m - ones) &^ m & highs; z != 0; z &= z - 1 {
			at := word + bits.TrailingZeros64(z)/8
			if b[at]&^2 != 4 || !keyAlgorithms[b[at+5]] {
				continue
			}
			size, ok := secretHeaderBefore(b[max(0, at-6):at])
			if !ok {
				continue
			}
			secret, more := isSecretBody(b[at:], size)
			if secret {
				s.found = true
				return at
			}
			if more && !last {
				return at
			}
		}
	}
	return i + 32
}

// findText scans the text that sixteen of the 32 octets at i are of, if there is
// one that was not scanned yet, and returns where it ends.
func (s *SecretScanner) findText(b []byte, i, texted, end int) int {
	for at := max(i, texted); at <= i+16; at++ {
		if at+16 > len(b) || (binary.LittleEndian.Uint64(b[at:])|binary.LittleEndian.Uint64(b[at+8:]))&highs != 0 {
			continue
		}
		for at > texted && b[at-1] < 0x80 {
			at--
		}
		return s.scanText(b, at, end)
	}
	return texted
}

// scanText scans the text at start and returns its end. At the end of what is
// there it stays open, and goes on with the next piece.
func (s *SecretScanner) scanText(b []byte, start, end int) int {
	stop := start
	for stop+8 <= end && binary.LittleEndian.Uint64(b[stop:])&highs == 0 {
		stop += 8
	}
	for stop < end && b[stop] < 0x80 {
		stop++
	}
	s.found = s.found || s.text.feed(b[start:stop], s.depth)
	if stop < end {
		s.found = s.found || s.text.end(s.depth)
	}
	return stop
}
