package cvd

import (
	"encoding/binary"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// wire encodes or decodes the fields of an entry, in the order of the calls. One
// method per entry therefore describes both directions, and they cannot drift
// apart. Fields are positional: a later version may append some; an older reader
// ignores them, and a newer one reads zero where an older writer wrote none.
// What cannot be said so takes a new record name.
type wire struct {
	buf     []byte
	reading bool
	bad     bool // the input ended inside a field or a length was impossible
}

func (w *wire) fail() { w.bad, w.buf = true, nil }

func (w *wire) u64(p *uint64) {
	if !w.reading {
		w.buf = binary.AppendUvarint(w.buf, *p)
		return
	}
	*p = 0
	if len(w.buf) == 0 {
		return
	}
	v, n := binary.Uvarint(w.buf)
	if n <= 0 {
		w.fail()
		return
	}
	*p, w.buf = v, w.buf[n:]
}

// num is for every unsigned number. A value that does not fit is a fault.
func num[T ~uint8 | ~uint16 | ~uint32 | ~uint64](w *wire, p *T) {
	v := uint64(*p)
	w.u64(&v)
	if w.reading {
		if *p = T(v); uint64(*p) != v {
			w.fail()
			*p = 0
		}
	}
}

// signed is for numbers below zero too: zigzag.
func signed[T ~int64](w *wire, p *T) {
	v := uint64(*p)<<1 ^ uint64(int64(*p)>>63)
	w.u64(&v)
	if w.reading {
		*p = T(int64(v>>1) ^ -int64(v&1))
	}
}

func (w *wire) flag(p *bool) {
	var v uint8
	if *p {
		v = 1
	}
	num(w, &v)
	if w.reading {
		*p = v != 0
	}
}

func text[T ~string](w *wire, p *T) {
	n := uint64(len(*p))
	w.u64(&n)
	if !w.reading {
		w.buf = append(w.buf, *p...)
		return
	}
	if n > uint64(len(w.buf)) {
		w.fail()
		n = 0
	}
	*p = T(w.buf[:n])
	w.buf = w.buf[n:]
}

func (w *wire) bytes(p *[]byte) {
	s := string(*p)
	text(w, &s)
	if w.reading {
		*p = nil
		if s != "" {
			*p = []byte(s)
		}
	}
}

// fixed is for arrays: no length.
func (w *wire) fixed(p []byte) {
	if !w.reading {
		w.buf = append(w.buf, p...)
		return
	}
	if len(w.buf) == 0 {
		clear(p)
		return
	}
	if len(w.buf) < len(p) {
		w.fail()
		return
	}
	w.buf = w.buf[copy(p, w.buf):]
}

// many is a count and that many items; each takes at least one byte.
func many[T any](w *wire, p *[]T, item func(*wire, *T)) {
	n := uint64(len(*p))
	w.u64(&n)
	if w.reading {
		*p = nil
		if n > uint64(len(w.buf)) {
			w.fail()
			return
		}
		if n > 0 {
			*p = make([]T, n)
		}
	}
	for i := range *p {
		item(w, &(*p)[i])
	}
}

// instant keeps milliseconds; the zero time stays zero.
func (w *wire) instant(p *time.Time) {
	m := storage.MillisOf(*p)
	signed(w, &m)
	if w.reading {
		*p = m.Time()
	}
}
