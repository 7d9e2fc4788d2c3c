package pgp

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"io"
)

const (
	// maxBoxed is how much of a compressed file is kept to be looked into.
	maxBoxed = 1 << 20
	// A file is unpacked up to this size and this many times its own.
	boxFloor, boxTimes = 64 << 10, 32

	zipHeader = 30
)

var (
	zipFile = []byte("PK\x03\x04")
)

// boxScan looks into a zip or gzip file that comes in pieces. Members are kept
// as they are until their end, or until they are too long; of a longer one the
// beginning counts.
type boxScan struct {
	zip   bool
	buf   []byte
	skip  int64 // of the file, before the next structure
	found bool
	allow int64 // how much may still be unpacked
}

// newBox recognises the files that it knows by how they begin.
func newBox(b []byte, depth int) *boxScan {
	switch {
	case depth >= maxScanDepth:
	case bytes.HasPrefix(b, zipFile):
		return &boxScan{zip: true, allow: boxFloor}
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b, 8}):
		return &boxScan{allow: boxFloor}
	}
	return nil
}

func (x *boxScan) feed(b []byte, depth int) bool {
	if x == nil {
		return false
	}
	x.allow += boxTimes * int64(len(b))
	for len(b) > 0 && !x.found {
		if x.skip > 0 {
			n := min(int64(len(b)), x.skip)
			x.skip, b = x.skip-n, b[n:]
			continue
		}
		n := min(len(b), maxBoxed-len(x.buf))
		if n == 0 {
			return false // a gzip file of which enough is there
		}
		x.buf = append(x.buf, b[:n]...)
		b = b[n:]
		if x.zip {
			x.members(depth, false)
		}
	}
	return x.found
}

// members looks at the members in the buffer that are whole, or too long, and
// takes them out; at the end at the last one as it is.
func (x *boxScan) members(depth int, last bool) {
	full := last || len(x.buf) == maxBoxed
	rest := x.buf
	for x.skip == 0 && !x.found {
		i := bytes.Index(rest, zipFile)
		if i < 0 {
			rest = rest[max(0, len(rest)-len(zipFile)+1):]
			break
		}
		rest = rest[i:]
		data, end, packed, ok := zipMember(rest, full)
		if !ok {
			break
		}
		if packed {
			x.unpack(flate.NewReader(bytes.NewReader(data)), depth)
		}
		x.skip = max(0, end-int64(len(rest)))
		rest = rest[min(end, int64(len(rest))):]
	}
	x.buf = append(x.buf[:0], rest...)
}

// zipMember reads the local header at the start of b (APPNOTE.TXT, section
// 4.3.7). data is the member, or what is there of one that is too long or the
// last; end is where it ends, in b or behind it.
func zipMember(b []byte, full bool) (data []byte, end int64, packed, ok bool) {
	if len(b) < zipHeader {
		return nil, 0, false, false
	}
	start := zipHeader + int(binary.LittleEndian.Uint16(b[26:])) + int(binary.LittleEndian.Uint16(b[28:]))
	if start > len(b) {
		return nil, 0, false, false
	}
	data, packed = b[start:], binary.LittleEndian.Uint16(b[8:]) == 8
	size := int64(binary.LittleEndian.Uint32(b[18:]))
	if b[6]&8 != 0 || size == 1<<32-1 { // it comes after the data, or in 64 bits
		size = int64(bytes.Index(data, zipFile))
		if size < 0 && full {
			size = int64(len(data))
		}
	}
	if size < 0 || size > int64(len(data)) && !full {
		return nil, 0, false, false
	}
	return data[:min(size, int64(len(data)))], int64(start) + size, packed, true
}

// end looks at what was not whole.
func (x *boxScan) end(depth int) bool {
	switch {
	case x == nil:
		return false
	case x.zip:
		x.members(depth, true)
	default:
		if r, err := gzip.NewReader(bytes.NewReader(x.buf)); err == nil {
			x.unpack(r, depth)
		}
	}
	return x.found
}

// unpack scans what r unpacks, as far as it can and may be unpacked.
func (x *boxScan) unpack(r io.Reader, depth int) {
	s := SecretScanner{depth: depth + 1}
	n, _ := io.Copy(&s, io.LimitReader(r, x.allow))
	x.allow -= n
	x.found = x.found || s.Close() != nil
}
