package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"reflect"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// sumOf is of all that the commands say. Of a file it takes the digest of its
// content, because a repeat brings another reader.
func (s *Engine) sumOf(files []storedFile, cmds ...any) (out inner.Sum) {
	m := hmac.New(sha256.New, s.Cfg.Secret)
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

// sumValue writes a value so that no two values are written alike: each with its
// kind, and its length where that varies.
func sumValue(m hash.Hash, v reflect.Value) {
	number := func(n uint64) { _ = binary.Write(m, binary.BigEndian, n) }
	number(uint64(v.Kind()))
	switch v.Kind() {
	case reflect.String:
		number(uint64(v.Len()))
		io.WriteString(m, v.String())
	case reflect.Bool:
		if v.Bool() {
			number(1)
		} else {
			number(0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		number(v.Uint())
	case reflect.Float32, reflect.Float64:
		_ = binary.Write(m, binary.BigEndian, v.Float())
	case reflect.Struct:
		io.WriteString(m, v.Type().String())
		if v.Type() == timeType && v.CanInterface() {
			t := v.Interface().(time.Time)
			number(uint64(t.Unix()))
			number(uint64(t.Nanosecond()))
			sumValue(m, reflect.ValueOf(t.Location().String()))
			return
		}
		for i := range v.NumField() {
			sumValue(m, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		number(uint64(v.Len()))
		for i := range v.Len() {
			sumValue(m, v.Index(i))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Type() != readerType {
			sumValue(m, v.Elem())
		}
	}
}
