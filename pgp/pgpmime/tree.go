package pgpmime

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Errors that a host branches on, besides those of package pgp.
var (
	// ErrMalformed means a structure that no reader should guess at.
	ErrMalformed = errors.New("pgpmime: malformed mail")
	// ErrLimit means that a mail exceeds a limit.
	ErrLimit = errors.New("pgpmime: limit exceeded")
)

// The limits of a mail.
const (
	maxMail     = 64 << 20
	maxHeader   = 256 << 10 // of one header
	maxHeaders  = 1 << 20   // of all
	maxFields   = 1000      // in one header
	maxDepth    = 100
	maxParts    = 500
	maxBoundary = 200
)

// A span is a piece of a mail that lies in a spool.
type span struct {
	src    io.ReaderAt
	off, n int64
}

func (s span) open() *io.SectionReader { return io.NewSectionReader(s.src, s.off, s.n) }

// A node is a MIME entity as it came, so that signed bytes stay untouched.
type node struct {
	fields      []Field
	whole, body span
	path        string // "1.2": the second part of the first
	media       string // lower case, "text/plain" if not stated
	params      map[string]string
	disposition string
	encoding    string // of the transfer
	name        string // of the file, clean
	ambiguous   bool   // two Content-Type fields that differ
	guessed     bool   // the boundary was not stated
	cut         bool   // parts of it were not looked at, for a limit
	loose       bool   // ciphertext before or after the parts
	parent      *node
	children    []*node
}

// A counter bounds all trees of one mail together.
type counter struct {
	nodes, header int
}

// parseTree reads a mail or MIME entity in one pass: a line is compared with
// all open delimiters at once, so nesting costs nothing.
func parseTree(src span, path string, c *counter) (*node, error) {
	p := &parser{in: bufio.NewReaderSize(src.open(), 64<<10), src: src, c: c, open: map[string]int{}}
	root := &node{path: path, whole: span{src.src, src.off, 0}}
	c.nodes++
	p.begin(root)
	for {
		line, err := p.line()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		p.take(line)
	}
	if p.inHeader {
		p.endHeader(p.pos)
	}
	p.closeDownTo(0, p.pos)
	p.close(root, p.pos)
	return root, nil
}

type parser struct {
	in       *bufio.Reader
	src      span
	c        *counter
	pos      int64 // after the line
	start    int64 // of the line
	eol, was int   // length of its line end, and of the one before
	buf      []byte
	cur      *node // whose header or body is read; nil between parts
	inHeader bool
	size     int    // of this header
	value    []byte // of the field that is read
	levels   []level
	open     map[string]int // delimiter to index in levels
}

type level struct {
	n        *node
	boundary string
	guess    bool
}

// line reads a line without its end, of which at most so much is kept as
// matters.
func (p *parser) line() ([]byte, error) {
	keep := 4 << 10
	if p.inHeader {
		keep = maxHeader
	}
	p.start, p.was = p.pos, p.eol
	piece, err := p.in.ReadSlice('\n')
	p.pos += int64(len(piece))
	line := piece
	if err == bufio.ErrBufferFull {
		p.buf = append(p.buf[:0], piece[:min(len(piece), keep)]...)
		last := piece[len(piece)-1]
		for err == bufio.ErrBufferFull {
			piece, err = p.in.ReadSlice('\n')
			p.pos += int64(len(piece))
			if len(piece) == 1 && last == '\r' {
				p.eol = 2
			} else {
				p.eol = lineEnd(piece)
			}
			if n := len(piece); n > 0 {
				last = piece[n-1]
			}
			p.buf = append(p.buf, piece[:max(0, min(len(piece), keep-len(p.buf)))]...)
		}
		line = bytes.TrimRight(p.buf, "\r\n")
	} else {
		p.eol = lineEnd(piece)
		line = piece[:len(piece)-p.eol]
	}
	if err != nil && (err != io.EOF || p.pos == p.start) {
		return nil, err
	}
	return line, nil
}

func lineEnd(b []byte) int {
	switch {
	case bytes.HasSuffix(b, []byte("\r\n")):
		return 2
	case bytes.HasSuffix(b, []byte("\n")):
		return 1
	}
	return 0
}

func (p *parser) begin(n *node) {
	p.cur, p.inHeader, p.size, p.value = n, true, 0, nil
}

func (p *parser) take(line []byte) {
	if len(p.levels) > 0 && bytes.HasPrefix(line, []byte("--")) && p.delimiter(line) {
		return
	}
	if p.inHeader {
		p.headerLine(line)
		return
	}
	if p.cur == nil || len(p.levels) > 0 && p.cur == p.levels[len(p.levels)-1].n {
		if bytes.Contains(line, messageStart) {
			p.levels[len(p.levels)-1].n.loose = true
		}
	}
}

// delimiter acts on a line that is one (RFC 2046, section 5.1). The line end
// before it belongs to it.
func (p *parser) delimiter(line []byte) bool {
	mark := string(bytes.TrimRight(line[2:], " \t"))
	i, ok := p.open[mark]
	last := false
	if !ok {
		top := &p.levels[len(p.levels)-1]
		if top.guess && len(mark) > 0 && len(mark) <= maxBoundary && !strings.Contains(mark, " ") {
			// The boundary was not stated: the first line that looks like one is.
			top.guess, top.boundary = false, mark
			i, ok = len(p.levels)-1, true
			if _, taken := p.open[mark]; !taken {
				p.open[mark] = i
			}
		} else if mark, last = strings.CutSuffix(mark, "--"); last {
			i, ok = p.open[mark]
		}
	}
	if !ok {
		return false
	}
	if p.c.nodes >= maxParts && !last {
		p.levels[i].n.cut = true
		return false // what follows stays in the part before
	}
	end := max(p.start-int64(p.was), 0)
	if p.inHeader {
		p.endHeader(end)
	}
	p.closeDownTo(i+1, end)
	parent := p.levels[i].n
	if p.cur != nil && p.cur != parent {
		p.close(p.cur, end)
	}
	if last {
		p.cur = nil
		delete(p.open, p.levels[i].boundary)
		return true
	}
	p.c.nodes++
	child := &node{parent: parent, path: parent.path + "." + strconv.Itoa(len(parent.children)+1), whole: span{p.src.src, p.src.off + p.pos, 0}}
	parent.children = append(parent.children, child)
	p.begin(child)
	return true
}

// closeDownTo ends the multiparts from index i on, innermost first.
func (p *parser) closeDownTo(i int, end int64) {
	for len(p.levels) > i {
		l := p.levels[len(p.levels)-1]
		if p.cur != nil && p.cur != l.n {
			p.close(p.cur, end)
		}
		p.close(l.n, end)
		p.cur = l.n
		if at, ok := p.open[l.boundary]; ok && at == len(p.levels)-1 {
			delete(p.open, l.boundary)
		}
		p.levels = p.levels[:len(p.levels)-1]
	}
}

func (p *parser) close(n *node, end int64) {
	end += p.src.off
	n.whole.n = max(0, end-n.whole.off)
	n.body.n = max(0, end-n.body.off)
}

// headerLine takes a line of a header, in time linear in it.
func (p *parser) headerLine(line []byte) {
	n := p.cur
	whole := int(min(p.pos-p.start, 2*maxHeaders)) // line may be cut
	p.size += whole
	p.c.header += whole
	switch {
	case len(line) == 0:
		p.endHeader(p.pos)
		return
	case line[0] == ' ' || line[0] == '\t':
		if len(n.fields) > 0 && p.fits() {
			p.value = append(append(p.value, ' '), bytes.TrimSpace(line)...)
		}
		return
	}
	name, value, ok := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	if !ok || !isFieldName(name) {
		if bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) {
			return // of a mailbox file
		}
		p.endHeader(p.start) // no header, or no longer: nothing of the text is lost
		return
	}
	p.endField()
	if p.fits() {
		n.fields = append(n.fields, Field{Name: string(name)})
		p.value = append([]byte(nil), bytes.TrimSpace(value)...)
	}
}

func (p *parser) fits() bool {
	ok := p.size <= maxHeader && p.c.header <= maxHeaders && len(p.cur.fields) < maxFields
	p.cur.cut = p.cur.cut || !ok
	return ok
}

func (p *parser) endField() {
	if n := p.cur; len(n.fields) > 0 && p.value != nil {
		n.fields[len(n.fields)-1].Value = string(p.value)
	}
	p.value = nil
}

// endHeader reads what the header says of the body, which begins at body.
func (p *parser) endHeader(body int64) {
	p.endField()
	n := p.cur
	p.inHeader = false
	n.body = span{p.src.src, p.src.off + body, 0}
	n.readFields()
	if !strings.HasPrefix(n.media, "multipart/") {
		return
	}
	b := strings.TrimRight(n.params["boundary"], " \t")
	_, taken := p.open[b]
	if len(p.levels) >= maxDepth || len(b) > maxBoundary {
		n.cut = true
		return
	}
	if taken {
		return // an outer one: no part of this one can be told from those
	}
	n.guessed = b == ""
	if b != "" {
		p.open[b] = len(p.levels)
	}
	p.levels = append(p.levels, level{n, b, b == ""})
}

func (n *node) readFields() {
	n.media, n.params = "text/plain", map[string]string{}
	first := ""
	for _, f := range n.fields {
		switch strings.ToLower(f.Name) {
		case "content-type":
			v, p := parseParams(f.Value)
			if first == "" {
				first = f.Value
				if strings.Contains(v, "/") {
					n.media, n.params = v, p
				} else if v != "" && v != "text" {
					n.media, n.params = "application/octet-stream", p
				}
			} else if f.Value != first {
				n.ambiguous = true
			}
		case "content-disposition":
			if n.disposition == "" {
				var p map[string]string
				n.disposition, p = parseParams(f.Value)
				n.name = cleanName(p["filename"])
			}
		case "content-transfer-encoding":
			if n.encoding == "" {
				n.encoding, _ = parseParams(f.Value)
			}
		}
	}
	if n.name == "" {
		n.name = cleanName(n.params["name"])
	}
}

func isFieldName(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(name) > 0
}

// leaf reports whether n has no parts.
func (n *node) leaf() bool { return len(n.children) == 0 }

// attached tells a file from a part of the text.
func (n *node) attached() bool { return n.disposition == "attachment" || n.name != "" }

func itoa(n int) string { return strconv.Itoa(n) }

func limitError(what string) error { return fmt.Errorf("%w: %s", ErrLimit, what) }
