package pgpmime

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
)

// content decodes the transfer encoding of a leaf. Damage gives what can be
// decoded; what stands after it is not lost.
func (n *node) content() io.Reader {
	switch n.encoding {
	case "base64":
		return &base64Reader{in: n.body.open()}
	case "quoted-printable":
		return &quotedReader{in: bufio.NewReader(n.body.open())}
	}
	return n.body.open()
}

// base64Reader skips what is not base64, and takes padding anywhere.
type base64Reader struct {
	in         io.Reader
	raw, clean []byte
	out        []byte
	err        error
}

func (r *base64Reader) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

func (r *base64Reader) fill() {
	if r.raw == nil {
		r.raw = make([]byte, 32<<10)
	}
	n, err := r.in.Read(r.raw)
	r.err = err
	out := r.raw[:0:0]
	for _, c := range r.raw[:n] {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			r.clean = append(r.clean, c)
		case c == '=':
			out = append(out, r.flush(len(r.clean))...)
		}
	}
	whole := len(r.clean) &^ 3
	if err != nil {
		whole = len(r.clean)
	}
	r.out = append(out, r.flush(whole)...)
}

// flush decodes the first n characters that wait; one character is no octet.
func (r *base64Reader) flush(n int) []byte {
	use := n
	if use%4 == 1 {
		use--
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(use))
	m, _ := base64.RawStdEncoding.Decode(out, r.clean[:use]) // checked above
	r.clean = append(r.clean[:0], r.clean[n:]...)
	return out[:m]
}

// quotedReader decodes quoted-printable (RFC 2045, section 6.7). What is not
// well-formed stays as it is.
type quotedReader struct {
	in     *bufio.Reader
	blanks []byte // that may stand at the end of a line
	out    []byte
	err    error
}

func (r *quotedReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.out) > 0 {
			m := copy(p[n:], r.out)
			r.out, n = r.out[m:], n+m
			continue
		}
		if r.err != nil {
			if n == 0 {
				return 0, r.err
			}
			return n, nil
		}
		r.step()
	}
	return n, nil
}

func (r *quotedReader) step() {
	c, err := r.in.ReadByte()
	switch {
	case err != nil:
		r.err = err
	case c == ' ' || c == '\t':
		if r.blanks = append(r.blanks, c); len(r.blanks) > 1<<10 {
			r.emit()
		}
	case c == '\r' || c == '\n':
		r.blanks = r.blanks[:0]
		r.emit(c)
	case c == '=':
		r.escape()
	default:
		r.emit(c)
	}
}

func (r *quotedReader) emit(c ...byte) {
	r.out = append(append(r.out[:0], r.blanks...), c...)
	r.blanks = r.blanks[:0]
}

func (r *quotedReader) escape() {
	if two, _ := r.in.Peek(2); len(two) == 2 && unhex(two[0]) >= 0 && unhex(two[1]) >= 0 {
		r.emit(byte(unhex(two[0])<<4 | unhex(two[1])))
		r.in.Discard(2) // was peeked
		return
	}
	near, _ := r.in.Peek(80) // a soft line break may have blanks before it
	if i := bytes.IndexByte(near, '\n'); i >= 0 && len(bytes.TrimSpace(near[:i])) == 0 {
		r.emit()
		r.in.Discard(i + 1) // was peeked
		return
	}
	r.emit('=')
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// crlfReader makes all line ends CRLF, as RFC 3156, section 5, signs them: mail
// that was stored with LF verifies.
type crlfReader struct {
	in   io.Reader
	buf  []byte
	made []byte // where out lies
	out  []byte
	last byte
	err  error
}

func newCRLF(r io.Reader) io.Reader { return &crlfReader{in: r, buf: make([]byte, 16<<10)} }

func (r *crlfReader) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.in.Read(r.buf)
		r.out = r.made[:0]
		for rest := r.buf[:n]; len(rest) > 0; {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				r.out, r.last = append(r.out, rest...), rest[len(rest)-1]
				break
			}
			if i > 0 {
				r.last = rest[i-1]
			}
			r.out = append(r.out, rest[:i]...)
			if r.last != '\r' {
				r.out = append(r.out, '\r')
			}
			r.out, r.last, rest = append(r.out, '\n'), '\n', rest[i+1:]
		}
		r.made = r.out
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}
