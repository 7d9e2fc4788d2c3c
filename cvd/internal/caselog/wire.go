package caselog

import (
	"encoding/binary"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Wire encodes or decodes the fields of an entry, in the order of the calls. One
// method per entry therefore describes both directions, and they cannot drift
// apart. Fields are positional: a later version may append some; an older reader
// ignores them, and a newer one reads zero where an older writer wrote none.
// What cannot be said so takes a new record name.
type Wire struct {
	Buf     []byte
	Reading bool
	bad     bool // the input ended inside a field or a length was impossible
}

func (w *Wire) fail() { w.bad, w.Buf = true, nil }

func (w *Wire) u64(p *uint64) {
	if !w.Reading {
		w.Buf = binary.AppendUvarint(w.Buf, *p)
		return
	}
	*p = 0
	if len(w.Buf) == 0 {
		return
	}
	v, n := binary.Uvarint(w.Buf)
	if n <= 0 {
		w.fail()
		return
	}
	*p, w.Buf = v, w.Buf[n:]
}

// num is for every unsigned number. A value that does not fit is a fault.
func num[T ~uint8 | ~uint16 | ~uint32 | ~uint64](w *Wire, p *T) {
	v := uint64(*p)
	w.u64(&v)
	if w.Reading {
		if *p = T(v); uint64(*p) != v {
			w.fail()
			*p = 0
		}
	}
}

// Signed is for numbers below zero too: zigzag.
func Signed[T ~int64](w *Wire, p *T) {
	v := uint64(*p)<<1 ^ uint64(int64(*p)>>63)
	w.u64(&v)
	if w.Reading {
		*p = T(int64(v>>1) ^ -int64(v&1))
	}
}

func (w *Wire) flag(p *bool) {
	var v uint8
	if *p {
		v = 1
	}
	num(w, &v)
	if w.Reading {
		*p = v != 0
	}
}

func text[T ~string](w *Wire, p *T) {
	n := uint64(len(*p))
	w.u64(&n)
	if !w.Reading {
		w.Buf = append(w.Buf, *p...)
		return
	}
	if n > uint64(len(w.Buf)) {
		w.fail()
		n = 0
	}
	*p = T(w.Buf[:n])
	w.Buf = w.Buf[n:]
}

func (w *Wire) bytes(p *[]byte) {
	s := string(*p)
	text(w, &s)
	if w.Reading {
		*p = nil
		if s != "" {
			*p = []byte(s)
		}
	}
}

// fixed is for arrays: no length.
func (w *Wire) fixed(p []byte) {
	if !w.Reading {
		w.Buf = append(w.Buf, p...)
		return
	}
	if len(w.Buf) == 0 {
		clear(p)
		return
	}
	if len(w.Buf) < len(p) {
		w.fail()
		return
	}
	w.Buf = w.Buf[copy(p, w.Buf):]
}

// many is a count and that many items; each takes at least one byte.
func many[T any](w *Wire, p *[]T, item func(*Wire, *T)) {
	n := uint64(len(*p))
	w.u64(&n)
	if w.Reading {
		*p = nil
		if n > uint64(len(w.Buf)) {
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

// Instant keeps milliseconds; the zero time stays zero.
func (w *Wire) Instant(p *time.Time) {
	m := storage.MillisOf(*p)
	Signed(w, &m)
	if w.Reading {
		*p = m.Time()
	}
}
