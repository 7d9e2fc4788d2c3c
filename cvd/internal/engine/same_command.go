package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"math"
	"reflect"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// sumOf is of all that the commands say. Of a file it takes the digest of its
// content, because a repeat brings another reader.
func (s *Engine) sumOf(files []storedFile, cmds ...any) (out inner.Sum) {
	m := &summer{Hash: hmac.New(sha256.New, s.Cfg.Secret)}
	io.WriteString(m, "commands")
	for _, cmd := range cmds {
		sumValue(m, reflect.ValueOf(cmd))
	}
	for _, f := range files {
		sumValue(m, reflect.ValueOf(f.Sum))
	}
	copy(out[:], m.Sum(nil))
	if out == (inner.Sum{}) {
		out[0] = 1
	}
	return out
}

var (
	readerType = reflect.TypeFor[io.Reader]()
	timeType   = reflect.TypeFor[time.Time]()
)

type summer struct {
	hash.Hash
	room [8]byte
}

func (m *summer) number(n uint64) {
	binary.BigEndian.PutUint64(m.room[:], n)
	m.Write(m.room[:])
}

// sumValue writes a value so that no two values are written alike: each with its
// kind, and its length where that varies.
func sumValue(m *summer, v reflect.Value) {
	m.number(uint64(v.Kind()))
	switch v.Kind() {
	case reflect.String:
		m.number(uint64(v.Len()))
		io.WriteString(m, v.String())
	case reflect.Bool:
		if v.Bool() {
			m.number(1)
		} else {
			m.number(0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		m.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		m.number(v.Uint())
	case reflect.Float32, reflect.Float64:
		m.number(math.Float64bits(v.Float()))
	case reflect.Struct:
		io.WriteString(m, v.Type().String())
		if v.Type() == timeType && v.CanInterface() {
			t := v.Interface().(time.Time)
			m.number(uint64(t.Unix()))
			m.number(uint64(t.Nanosecond()))
			sumValue(m, reflect.ValueOf(t.Location().String()))
			return
		}
		for i := range v.NumField() {
			sumValue(m, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		m.number(uint64(v.Len()))
		for i := range v.Len() {
			sumValue(m, v.Index(i))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != readerType {
			sumValue(m, v.Elem())
		}
	}
}
