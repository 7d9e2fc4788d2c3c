package pgpmime

import (
	"bytes"
	"fmt"
	"io"
	"mime/quotedprintable"
)

// pieces is a reader of strings, and of contents that are opened when it is their
// turn and encoded on their way.
type pieces struct {
	list []piece
	out  bytes.Buffer
	in   io.Reader
	enc  io.WriteCloser
	buf  []byte
}

type piece struct {
	text   string
	open   func() (io.Reader, error)
	encode func(io.Writer) io.WriteCloser
}

func (p *pieces) add(s string) { p.list = append(p.list, piece{text: s}) }

func (p *pieces) open(open func() (io.Reader, error), encode func(io.Writer) io.WriteCloser) {
	p.list = append(p.list, piece{open: open, encode: encode})
}

func (p *pieces) close() {
	if p.in != nil {
		closeReader(p.in)
	}
}

func (p *pieces) Read(b []byte) (int, error) {
	for p.out.Len() == 0 {
		if err := p.fill(); err != nil {
			return 0, err
		}
	}
	return p.out.Read(b)
}

func (p *pieces) fill() error {
	if p.in == nil {
		if len(p.list) == 0 {
			return io.EOF
		}
		next := p.list[0]
		p.list = p.list[1:]
		if next.open == nil {
			p.out.WriteString(next.text)
			return nil
		}
		in, err := next.open()
		if err != nil {
			return err
		}
		p.in, p.enc = in, next.encode(&p.out)
	}
	if p.buf == nil {
		p.buf = make([]byte, 32<<10)
	}
	n, err := p.in.Read(p.buf)
	if _, werr := p.enc.Write(p.buf[:n]); werr != nil {
		return werr
	}
	if err == io.EOF {
		err = p.enc.Close()
		closeReader(p.in)
		p.in = nil
	}
	return err
}

// fieldWriter keeps the first error.
type fieldWriter struct {
	w   io.Writer
	err error
}

func (f *fieldWriter) print(format string, args ...any) {
	if f.err == nil {
		_, f.err = fmt.Fprintf(f.w, format, args...)
	}
}

func (f *fieldWriter) fields(list []Field) {
	for _, x := range list {
		f.print("%s: %s\r\n", x.Name, x.Value)
	}
}

func (f *fieldWriter) copy(r io.Reader) {
	if f.err == nil {
		_, f.err = io.Copy(f.w, r)
	}
}

// crlfWriter makes all line ends CRLF.
type crlfWriter struct {
	w    io.Writer
	last byte
	buf  []byte
}

func (c *crlfWriter) Write(p []byte) (int, error) {
	c.buf = c.buf[:0]
	for _, b := range p {
		if b == '\n' && c.last != '\r' {
			c.buf = append(c.buf, '\r')
		}
		c.buf = append(c.buf, b)
		c.last = b
	}
	if _, err := c.w.Write(c.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *crlfWriter) Close() error { return nil }

// lineWriter breaks base64 into lines of 76 (RFC 2045, section 6.8).
type lineWriter struct {
	w io.Writer
	n int
}

func (l *lineWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if l.n == 76 {
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return 0, err
			}
			l.n = 0
		}
		k := min(len(rest), 76-l.n)
		if _, err := l.w.Write(rest[:k]); err != nil {
			return 0, err
		}
		l.n, rest = l.n+k, rest[k:]
	}
	return len(p), nil
}

// textWriter writes quoted-printable with CRLF.
func textWriter(w io.Writer) io.WriteCloser {
	q := quotedprintable.NewWriter(w)
	return &textEncoder{crlfWriter{w: q}, q}
}

type textEncoder struct {
	crlfWriter
	q *quotedprintable.Writer
}

func (t *textEncoder) Close() error { return t.q.Close() }
