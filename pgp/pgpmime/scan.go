package pgpmime

import (
	"bytes"
	"io"

	"github.com/cvdkit/cvdkit/pgp"
)

var (
	beginPGP       = []byte("-----BEGIN PGP ")
	messageStart   = []byte("-----BEGIN PGP MESSAGE")
	messageBegin   = []byte("-----BEGIN PGP MESSAGE-----")
	messageEnd     = []byte("-----END PGP MESSAGE-----")
	cleartextBegin = []byte("-----BEGIN PGP SIGNED MESSAGE-----")
	signatureEnd   = []byte("-----END PGP SIGNATURE-----")
)

// A look is what one pass over the decoded content of a leaf finds. It keeps
// the beginning of each line only, so it costs no memory.
type look struct {
	size      int64
	messages  int  // whole armored messages, each marker on a line of its own
	clears    int  // the same of cleartext signatures
	open      bool // a block has no end
	around    bool // there is text outside the blocks
	mentioned bool // the marker of a message stands somewhere
	signed    bool // the marker of a signature does
	secret    bool // it holds a secret key, or says so
	first     byte // of the content

	line    []byte
	in      byte // 'm' or 'c': the kind of block
	secrets pgp.SecretScanner
}

func lookAt(r io.Reader) (*look, error) {
	l := &look{}
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		l.take(buf[:n])
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	l.endLine()
	l.open = l.in != 0
	if !l.secret {
		l.secret = l.secrets.Close() != nil
	}
	return l, nil
}

const keptLine = 160

func (l *look) take(p []byte) {
	if l.size == 0 && len(p) > 0 {
		l.first = p[0]
	}
	l.size += int64(len(p))
	if !l.secret {
		_, err := l.secrets.Write(p)
		l.secret = err != nil
	}
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		piece := p
		if i >= 0 {
			piece = p[:i]
		}
		if bytes.Contains(piece, beginPGP) {
			l.mentioned = l.mentioned || bytes.Contains(piece, messageStart)
			l.signed = l.signed || bytes.Contains(piece, []byte("-----BEGIN PGP SIGN"))
		}
		l.line = append(l.line, piece[:min(len(piece), keptLine-len(l.line))]...)
		if i < 0 {
			return
		}
		l.endLine()
		p = p[i+1:]
	}
}

func (l *look) endLine() {
	switch {
	case len(l.line) == 0:
		return
	case l.in == 0 && l.line[0] > ' ' && l.line[0] < 0x80 && l.line[0] != '-': // as most are
		l.around = true
		l.line = l.line[:0]
		return
	}
	line := trimBlank(l.line)
	l.line = l.line[:0]
	switch {
	case len(line) == 0:
	case l.in == 'm':
		if bytes.Equal(line, messageEnd) {
			l.in = 0
			l.messages++
		}
	case l.in == 'c':
		if bytes.Equal(line, signatureEnd) {
			l.in = 0
			l.clears++
		}
	case bytes.Equal(line, messageBegin):
		l.in, l.mentioned = 'm', true
	case bytes.Equal(line, cleartextBegin):
		l.in = 'c'
	default:
		l.around = true
	}
}

// wholeMessage reports whether an armored message is all of the text: what
// stands around it would look as trusted as what is inside.
func (l *look) wholeMessage() bool { return l.messages == 1 && l.clears == 0 && !l.around && !l.open }

// binaryMessage knows the packets that an encrypted message begins with.
func (l *look) binaryMessage() bool {
	b := l.first
	return l.size > 0 && (b == 0xc1 || b == 0xc3 || b >= 0x84 && b <= 0x87 || b >= 0x8c && b <= 0x8f)
}

// trimBlank removes what looks empty at both ends: blanks, and the no-break and
// zero-width spaces and byte order marks that programs put into armor.
func trimBlank(b []byte) []byte {
	for {
		n := len(b)
		b = bytes.TrimSpace(b)
		for _, s := range blanks {
			b = bytes.TrimSuffix(bytes.TrimPrefix(b, s), s)
		}
		if len(b) == n {
			return b
		}
	}
}

var blanks = [][]byte{{0xc2, 0xa0}, {0xe2, 0x80, 0x8b}, {0xef, 0xbb, 0xbf}, {0xa0}}

// armorReader gives the lines of an armored block without what trimBlank
// removes, with the empty line that ends its header.
type armorReader struct {
	in    io.Reader
	buf   []byte
	line  []byte
	out   []byte
	state int // 0 before the block, 1 in its header, 2 after that
	err   error
}

func newArmor(r io.Reader) io.Reader { return &armorReader{in: r, buf: make([]byte, 16<<10)} }

func (r *armorReader) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.in.Read(r.buf)
		r.out = nil
		for rest := r.buf[:n]; len(rest) > 0; {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				r.add(rest)
				break
			}
			r.add(rest[:i])
			r.end()
			rest = rest[i+1:]
		}
		if r.err != nil {
			r.end()
		}
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// add collects a line; one that is too long for armor goes on as it is.
func (r *armorReader) add(p []byte) {
	if r.line = append(r.line, p...); len(r.line) > 8<<10 {
		r.out = append(r.out, r.line...)
		r.line = r.line[:0]
	}
}

func (r *armorReader) end() {
	line := trimBlank(r.line)
	switch r.state {
	case 0:
		if len(line) > 0 {
			r.state = 1
		}
	case 1:
		if len(line) == 0 {
			r.state = 2
		} else if !bytes.Contains(line, []byte(":")) {
			r.out = append(r.out, '\n') // the empty line was lost
			r.state = 2
		}
	}
	if r.state > 0 {
		r.out = append(append(r.out, line...), '\n')
	}
	r.line = r.line[:0]
}
