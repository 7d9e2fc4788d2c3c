package pgp

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
)

// Types of armor (RFC 9580, section 6.2.1).
const (
	armorPublic    = "PGP PUBLIC KEY BLOCK"
	armorPrivate   = "PGP PRIVATE KEY BLOCK"
	armorMessage   = "PGP MESSAGE"
	armorSignature = "PGP SIGNATURE"
)

const (
	maxArmorLine   = 4 << 10  // of base64; the standard says 76
	maxArmorHeader = 16 << 10 // all header lines together
	maxArmorLead   = 64 << 10 // text before the block
)

// crc24 is the checksum of RFC 9580, section 6.1.1.
func crc24(data []byte) uint32 { return crcUpdate(crcInit, data) >> 8 }

// The checksum is kept in the upper 24 of 32 bits, eight octets at a time:
// bytewise it would cost a quarter of the encryption that it stands beside.
const crcInit = 0xb704ce00

func crcUpdate(crc uint32, p []byte) uint32 {
	t := &crcTables
	for ; len(p) >= 8; p = p[8:] {
		x := crc ^ binary.BigEndian.Uint32(p)
		crc = t[7][x>>24] ^ t[6][x>>16&0xff] ^ t[5][x>>8&0xff] ^ t[4][x&0xff] ^
			t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]]
	}
	for _, b := range p {
		crc = crc<<8 ^ t[0][byte(crc>>24)^b]
	}
	return crc
}

var crcTables = func() (t [8][256]uint32) {
	for i := range t[0] {
		c := uint32(i) << 24
		for range 8 {
			high := c >> 31
			if c <<= 1; high != 0 {
				c ^= 0x864cfb00
			}
		}
		t[0][i] = c
	}
	for k := 1; k < 8; k++ {
		for i := range t[k] {
			t[k][i] = t[k-1][i]<<8 ^ t[0][t[k-1][i]>>24]
		}
	}
	return t
}()

// Armor encodes binary OpenPGP data as text, under the label that fits its
// first packet: key, message or signature.
func Armor(data []byte) ([]byte, error) {
	tag, head, _, ok := packetHeader(data)
	if !ok || len(data) <= head {
		return nil, fmt.Errorf("%w: not OpenPGP data", ErrDamaged)
	}
	label := ""
	switch tag {
	case tagPublicKey:
		label = armorPublic
	case tagSecretKey:
		label = armorPrivate
	case tagSignature:
		label = armorSignature
	case tagPKESK, tagSKESK, tagOnePass, tagLiteral, tagCompressed, tagSED, tagSEIPD, tagAEAD, tagMarker, tagPadding:
		label = armorMessage
	default:
		return nil, fmt.Errorf("%w: not OpenPGP data", ErrDamaged)
	}
	return armor(label, data, wantsChecksum(data)), nil
}

// wantsChecksum reports whether the first packet that has a version is an old
// one. RFC 9580, section 6.1, forbids the checksum of new content; of old
// content gpg 2.2 refuses a third if it is missing.
func wantsChecksum(data []byte) bool {
	for {
		tag, head, _, ok := packetHeader(data)
		if !ok || len(data) <= head {
			return true
		}
		switch tag {
		case tagSEIPD:
			return data[head] < 2
		case tagPublicKey, tagSecretKey, tagSignature, tagOnePass, tagPKESK, tagSKESK:
			return data[head] < 6
		case tagMarker, tagPadding:
		default:
			return true
		}
		if _, data, ok = nextPacket(data); !ok {
			return true
		}
	}
}

// Dearmor returns the binary stream of the first block of r, whatever it is,
// and its label. Binary data is returned as it is, with an empty label.
func Dearmor(r io.Reader) (io.Reader, string, error) {
	return dearmor(r, armorPublic, armorPrivate, armorMessage, armorSignature)
}

// armor encodes data. The checksum is left out where RFC 9580 forbids it: of
// v6 keys and signatures and of SEIPD version 2. Elsewhere it stays, because it
// shows damage, and because gpg 2.2 fails on base64 that ends without a mark.
func armor(typ string, data []byte, checksum bool) []byte {
	var b bytes.Buffer
	w, _ := newArmorWriter(&b, typ, checksum) // a Buffer does not fail
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// armorWriter writes a block as a stream.
type armorWriter struct {
	w    io.Writer
	typ  string
	body io.WriteCloser
	sum  bool
	crc  uint32
}

func newArmorWriter(w io.Writer, typ string, checksum bool) (*armorWriter, error) {
	if _, err := io.WriteString(w, "-----BEGIN "+typ+"-----\n\n"); err != nil {
		return nil, err
	}
	return &armorWriter{w, typ, &armorBody{w: w}, checksum, crcInit}, nil
}

func (a *armorWriter) Write(p []byte) (int, error) {
	if a.sum {
		a.crc = crcUpdate(a.crc, p)
	}
	return a.body.Write(p)
}

func (a *armorWriter) Close() error {
	if err := a.body.Close(); err != nil {
		return err
	}
	end := "-----END " + a.typ + "-----\n"
	if a.sum {
		end = "=" + base64.StdEncoding.EncodeToString([]byte{byte(a.crc >> 24), byte(a.crc >> 16), byte(a.crc >> 8)}) + "\n" + end
	}
	_, err := io.WriteString(a.w, end)
	return err
}

// armorBody encodes base64 in lines of 64 characters.
type armorBody struct {
	w   io.Writer
	raw [48 * 64]byte
	n   int
	out []byte
}

func (a *armorBody) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		n := copy(a.raw[a.n:], p)
		a.n += n
		p = p[n:]
		if a.n == len(a.raw) {
			if err := a.flush(); err != nil {
				return total - len(p), err
			}
		}
	}
	return total, nil
}

func (a *armorBody) flush() error {
	a.out = a.out[:0]
	for data := a.raw[:a.n]; len(data) > 0; {
		line := data[:min(48, len(data))]
		data = data[len(line):]
		a.out = base64.StdEncoding.AppendEncode(a.out, line)
		a.out = append(a.out, '\n')
	}
	a.n = 0
	_, err := a.w.Write(a.out)
	return err
}

func (a *armorBody) Close() error { return a.flush() }

// dearmor returns the binary stream of r, which may be armored or binary, and
// the armor's type, empty for binary. It accepts the given types only. Text
// before the block is skipped within a limit; what follows the block is not
// read. The checksum is not enforced (RFC 9580, section 6.1): everything that
// is read here authenticates itself.
func dearmor(r io.Reader, types ...string) (io.Reader, string, error) {
	br, ok := r.(*bufio.Reader)
	if !ok || br.Size() < maxArmorLine {
		br = bufio.NewReaderSize(r, 32<<10)
	}
	first, err := br.Peek(1)
	if err == io.EOF {
		return nil, "", fmt.Errorf("%w: empty input", ErrDamaged)
	}
	if err != nil {
		return nil, "", err
	}
	if first[0]&0x80 != 0 && first[0] != 0xef { // 0xef begins a byte order mark
		return br, "", nil
	}
	typ, err := armorStart(br)
	if err != nil {
		return nil, "", err
	}
	for _, t := range types {
		if t == typ {
			return &armorReader{br: br}, typ, nil
		}
	}
	return nil, typ, fmt.Errorf("%w: a block of another type", ErrDamaged)
}

// armorStart consumes everything up to and including the blank line after the
// headers.
func armorStart(br *bufio.Reader) (string, error) {
	budget := maxArmorLead
	typ := ""
	for {
		line, err := br.ReadSlice('\n')
		if budget -= len(line); budget < 0 || err == bufio.ErrBufferFull {
			return "", fmt.Errorf("%w: armor header", ErrLimit)
		}
		trimmed := bytes.TrimRight(line, " \t\r\n")
		switch {
		case typ == "":
			if t, ok := armorMarker(trimmed, "BEGIN"); ok {
				typ, budget = t, maxArmorHeader
			}
		case len(trimmed) == 0:
			return typ, nil
		case !bytes.Contains(trimmed, []byte(": ")) && !bytes.HasSuffix(trimmed, []byte(":")):
			return "", fmt.Errorf("%w: armor header", ErrDamaged)
		}
		if err == io.EOF {
			return "", fmt.Errorf("%w: no OpenPGP data", ErrDamaged)
		}
		if err != nil {
			return "", err
		}
	}
}

// armorMarker reads an exact "-----BEGIN type-----" line.
func armorMarker(line []byte, word string) (string, bool) {
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	rest, ok := bytes.CutPrefix(line, []byte("-----"+word+" "))
	if !ok {
		return "", false
	}
	rest, ok = bytes.CutSuffix(rest, []byte("-----"))
	return string(rest), ok
}

// armorReader decodes the lines of a block up to its END line.
type armorReader struct {
	br   *bufio.Reader
	quad []byte // characters not decoded yet, fewer than four between lines
	out  []byte // decoded, not read yet
	buf  []byte
	pad  bool
	err  error
}

func (a *armorReader) Read(p []byte) (int, error) {
	for len(a.out) == 0 {
		if a.err != nil {
			return 0, a.err
		}
		a.fill()
	}
	n := copy(p, a.out)
	a.out = a.out[n:]
	return n, nil
}

func (a *armorReader) fill() {
	line, err := a.br.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull || len(line) > maxArmorLine:
		a.err = fmt.Errorf("%w: armor line", ErrLimit)
		return
	case err == io.EOF:
		a.err = fmt.Errorf("%w: armor without end", ErrDamaged)
	case err != nil:
		a.err = err
		return
	}
	line = bytes.TrimRight(line, " \t\r\n")
	if _, end := armorMarker(line, "END"); end {
		a.err = io.EOF
		if len(a.quad) != 0 {
			a.err = fmt.Errorf("%w: base64", ErrDamaged)
		}
		return
	}
	if len(line) == 5 && line[0] == '=' && len(a.quad) == 0 {
		a.pad = true // the checksum: only the END line may follow
		return
	}
	if len(line) == 0 {
		return
	}
	if a.pad {
		a.err = fmt.Errorf("%w: data after the end of base64", ErrDamaged)
		return
	}
	a.quad = append(a.quad, line...)
	whole := len(a.quad) / 4 * 4
	if need := whole / 4 * 3; cap(a.buf) < need {
		a.buf = make([]byte, need)
	}
	n, decodeErr := base64.StdEncoding.Decode(a.buf[:cap(a.buf)], a.quad[:whole])
	if decodeErr != nil {
		a.err = fmt.Errorf("%w: base64", ErrDamaged)
		return
	}
	a.pad = whole > 0 && a.quad[whole-1] == '='
	a.out = a.buf[:n]
	a.quad = append(a.quad[:0], a.quad[whole:]...)
}
