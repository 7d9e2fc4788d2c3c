package pgp

import "bytes"

const (
	maxScanDepth = 3  // layers of encoding that are looked into
	minRun       = 40 // characters that make a run of base64
	textOverlap  = 64 // of a text, for what stands across two pieces of it
)

// What secret keys look like in text: the marker of armor from its rarest
// letter on, the same in UTF-16, the key files of gpg-agent.
var (
	armorBefore, armorNeedle = []byte("PGP PRI"), []byte("VATE KEY BLOCK")
	wideBefore, wideNeedle   = widen("PGP PRI"), bytes.TrimRight(widen("VATE KEY BLOCK"), "\x00")
	agentNeedle              = []byte("private-key")
)

// widen writes ASCII as UTF-16. Read from the octet before, it is the same in
// the other order.
func widen(s string) (wide []byte) {
	for i := range len(s) {
		wide = append(wide, s[i], 0)
	}
	return wide
}

// textScan looks for secret keys in a text that comes in pieces.
type textScan struct {
	open  bool
	tail  []byte // the end of the last piece
	run   []byte // base64 characters at its end, too few to judge
	block *encoded
	small [2 * textOverlap]byte
}

// feed scans the next piece.
func (t *textScan) feed(b []byte, depth int) bool {
	t.open = true
	if len(t.tail) > 0 {
		joined := append(append(t.small[:0], t.tail...), b[:min(len(b), textOverlap)]...)
		if secretText(joined) {
			return true
		}
	}
	if secretText(b) {
		return true
	}
	if len(b) >= textOverlap {
		t.tail = append(t.tail[:0], b[len(b)-textOverlap:]...)
	} else {
		t.tail = append(t.tail, b...)
		t.tail = t.tail[max(0, len(t.tail)-textOverlap):]
	}
	return depth < maxScanDepth && t.decode(b, depth)
}

// end is the end of the text.
func (t *textScan) end(depth int) bool {
	found := t.block.end()
	t.block, t.run, t.tail, t.open = nil, t.run[:0], t.tail[:0], false
	return found
}

func secretText(b []byte) bool {
	return hasNeedle(b, armorBefore, armorNeedle) ||
		bytes.IndexByte(b, 0) >= 0 && hasNeedle(b, wideBefore, wideNeedle) || hasAgentKey(b)
}

func hasNeedle(b, before, needle []byte) bool {
	for {
		i := bytes.Index(b, needle)
		if i < 0 {
			return false
		}
		if bytes.HasSuffix(b[:i], before) {
			return true
		}
		b = b[i+len(needle):]
	}
}

// hasAgentKey knows private-key and protected-private-key, the names that begin
// the expressions in which gpg-agent keeps keys. A shadowed-private-key is on a
// card.
func hasAgentKey(b []byte) bool {
	for {
		i := bytes.Index(b, agentNeedle)
		if i < 0 {
			return false
		}
		before, after := b[:i], bytes.TrimLeft(b[i+len(agentNeedle):], " \t\r\n")
		if len(after) > 0 && after[0] == '(' {
			before = bytes.TrimSuffix(before, []byte("protected-"))
			before = bytes.TrimRight(before, " \t\r\n")
			if n := len(before); n > 0 && (before[n-1] == '(' || before[n-1] == ':') {
				return true
			}
		}
		b = b[i+len(agentNeedle):]
	}
}

const (
	notBase64 = 1 << 30
	noQuad    = ^uint32(1<<24 - 1)
)

// base64Value holds both alphabets of RFC 4648 at the four places of a quad.
var base64Value = func() (t [4][256]uint32) {
	for i := range t {
		for c := range t[i] {
			t[i][c] = notBase64
		}
		set := func(from, to byte, value uint32) {
			for c := from; c <= to; c++ {
				t[i][c] = (value + uint32(c-from)) << (18 - 6*i)
			}
		}
		set('A', 'Z', 0)
		set('a', 'z', 26)
		set('0', '9', 52)
		set('+', '+', 62)
		set('-', '-', 62)
		set('/', '/', 63)
		set('_', '_', 63)
	}
	return t
}()

func base64Char(c byte) bool { return base64Value[3][c] != notBase64 }

// decode looks for base64 and hexadecimal in the next piece of a text.
func (t *textScan) decode(b []byte, depth int) bool {
	if t.block == nil && len(t.run) > 0 {
		n := 0
		for n < len(b) && base64Char(b[n]) {
			n++
		}
		switch {
		case len(t.run)+n >= minRun:
			t.block = newEncoded(append(t.run, b[:n]...)[:minRun], depth)
			if _, found := t.block.feed(t.run); found {
				return true
			}
		case n == len(b):
			t.run = append(t.run, b...)
			return false
		}
		t.run = t.run[:0]
	}
	for {
		if t.block != nil {
			n, found := t.block.feed(b)
			if found {
				return true
			}
			if n == len(b) {
				return false // it may go on
			}
			found, t.block = t.block.end(), nil
			if found {
				return true
			}
			b = b[n:]
		}
		start, stop := findRun(b)
		if stop-start < minRun {
			t.run = append(t.run[:0], b[start:stop]...)
			return false
		}
		t.block = newEncoded(b[start:start+minRun], depth)
		b = b[start:]
	}
}

// findRun finds the first run of minRun base64 characters, or the shorter one
// that b ends with. It looks at one character in many.
func findRun(b []byte) (start, stop int) {
	from := 0
	for {
		at := from + minRun - 1
		if at >= len(b) {
			at = len(b) - 1
		}
		start = at + 1
		for start > from && base64Char(b[start-1]) {
			start--
		}
		stop = at + 1
		if start < stop {
			for stop < len(b) && stop-start < minRun && base64Char(b[stop]) {
				stop++
			}
		}
		if stop-start >= minRun || stop == len(b) {
			return start, stop
		}
		from = stop
	}
}

// encoded is a run of base64 over lines, which may be hexadecimal as well.
type encoded struct {
	base64, hex *SecretScanner // hex is nil if it cannot be
	quad        []byte         // characters that are not decoded yet
	pair        byte           // the same of hex, with 0x10
	start       bool           // of a line
	out         [3 << 10]byte
}

func newEncoded(first []byte, depth int) *encoded {
	e := &encoded{base64: &SecretScanner{depth: depth + 1}}
	for _, c := range first {
		if hexValue(c) < 0 {
			return e
		}
	}
	e.hex = &SecretScanner{depth: depth + 1}
	return e
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// feed decodes what belongs to the run at the start of b, and returns how much
// that is.
func (e *encoded) feed(b []byte) (n int, found bool) {
	for n < len(b) {
		used, decoded := e.quads(b[n:])
		if _, err := e.base64.Write(e.out[:decoded]); err != nil || e.feedHex(b[n:n+used]) {
			return n, true
		}
		n += used
		if used > 0 {
			e.start = false
			continue
		}
		c := b[n]
		switch {
		case base64Char(c):
			e.start = false
			e.quad = append(e.quad, c)
			if e.feedHex(b[n : n+1]) {
				return n, true
			}
			if len(e.quad) == 4 {
				whole := e.quad
				e.quad = nil
				_, decoded := e.quads(whole)
				e.quad = whole[:0]
				if _, err := e.base64.Write(e.out[:decoded]); err != nil {
					return n, true
				}
			}
		case c == '\n' || c == '\r':
			e.start = true
		case e.start && (c == ' ' || c == '\t' || c == '>'): // indented, quoted
		default:
			return n, false
		}
		n++
	}
	return n, false
}

// quads decodes whole quads, as many as come without a break and fit.
func (e *encoded) quads(b []byte) (used, decoded int) {
	if len(e.quad) > 0 {
		return 0, 0
	}
	for used+4 <= len(b) && decoded+3 <= len(e.out) {
		v := base64Value[0][b[used]] | base64Value[1][b[used+1]] | base64Value[2][b[used+2]] | base64Value[3][b[used+3]]
		if v&noQuad != 0 {
			break
		}
		e.out[decoded], e.out[decoded+1], e.out[decoded+2] = byte(v>>16), byte(v>>8), byte(v)
		used, decoded = used+4, decoded+3
	}
	return used, decoded
}

func (e *encoded) feedHex(b []byte) bool {
	if e.hex == nil {
		return false
	}
	var out []byte
	for _, c := range b {
		v := hexValue(c)
		switch {
		case v < 0:
			e.hex = nil
			return false
		case e.pair == 0:
			e.pair = byte(v) | 0x10
		default:
			out = append(out, e.pair<<4|byte(v))
			e.pair = 0
		}
	}
	_, err := e.hex.Write(out)
	return err != nil
}

// end decodes what is left, and ends the scan of what was encoded.
func (e *encoded) end() bool {
	if e == nil {
		return false
	}
	var v uint32
	for i, c := range e.quad {
		v |= base64Value[i][c]
	}
	if n := len(e.quad); n > 1 {
		e.base64.Write([]byte{byte(v >> 16), byte(v >> 8)}[:n-1])
	}
	return e.base64.Close() != nil || e.hex != nil && e.hex.Close() != nil
}
