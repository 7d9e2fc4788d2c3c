package cvdjson

import (
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// fill sets every exported field that can be reached to something, so that a field
// without a JSON form, or one that is lost, shows.
func fill(r *rand.Rand, v reflect.Value) error {
	t := v.Type()
	switch f := formOf(t); f {
	case formStruct:
		for i := range t.NumField() {
			if !t.Field(i).IsExported() {
				continue
			}
			if err := fill(r, v.Field(i)); err != nil {
				return fmt.Errorf("%s.%s: %w", t, t.Field(i).Name, err)
			}
		}
	case formList:
		v.Set(reflect.MakeSlice(t, 2, 2))
		for i := range 2 {
			if err := fill(r, v.Index(i)); err != nil {
				return err
			}
		}
	case formMap:
		v.Set(reflect.MakeMap(t))
		for i := range 2 {
			x := reflect.New(t.Elem()).Elem()
			if err := fill(r, x); err != nil {
				return err
			}
			v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key", i)).Convert(t.Key()), x)
		}
	case formPointer:
		v.Set(reflect.New(t.Elem()))
		return fill(r, v.Elem())
	case formTime:
		zone := time.UTC
		if r.IntN(2) == 0 {
			zone = time.FixedZone("", (r.IntN(40)-20)*1800)
		}
		if _, offset := time.Unix(0, 0).In(zone).Zone(); offset == 0 {
			zone = time.UTC
		}
		v.Set(reflect.ValueOf(time.Unix(r.Int64N(1<<32), r.Int64N(1e9)).In(zone)))
	case formDuration:
		v.SetInt(r.Int64())
	case formPolicy:
		p, _ := policy.ByName("cra-exploited")
		if p.Name == "" {
			p, _ = policy.ByName("team")
		}
		v.Set(reflect.ValueOf(p))
	case formFile:
		v.Set(reflect.ValueOf(io.Reader(strings.NewReader(fmt.Sprint("file ", r.Int64())))))
	case formSet:
		v.SetUint(1 + r.Uint64N(1<<len(setWords(t))-1))
	case formWord:
		all := words(t)
		return readWord(v, all[1+r.IntN(len(all)-1)])
	case formText:
		if v.Kind() == reflect.String {
			v.SetString(fmt.Sprintf("text %d é </script> \" \\ \n\u2028", r.Int64()))
			return nil
		}
		if v.Type() == reflect.TypeFor[cvss.Vector]() {
			return v.Addr().Interface().(*cvss.Vector).UnmarshalText([]byte("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"))
		}
		if v.Kind() != reflect.Array {
			return fmt.Errorf("%s is a text of another kind", t)
		}
		for i := range v.Len() {
			v.Index(i).SetUint(r.Uint64N(256))
		}
	case formInt:
		v.SetInt(r.Int64N(1 << (t.Bits() - 2)))
	case formUint:
		v.SetUint(1 + r.Uint64N(1<<(t.Bits()-1)))
	case formFloat:
		v.SetFloat(float64(r.IntN(100)) / 10)
	case formBool:
		v.SetBool(true)
	default:
		return fmt.Errorf("%s has no JSON form", t)
	}
	return nil
}

// differs says where the exported fields of two values differ. Lists and maps that
// are empty are as good as none; times are one instant, with one offset.
func differs(a, b reflect.Value, at string) string {
	t := a.Type()
	switch formOf(t) {
	case formStruct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				if d := differs(a.Field(i), b.Field(i), at+"."+f.Name); d != "" {
					return d
				}
			}
		}
		if t == eventType {
			x, y := a.Interface().(cvd.Event), b.Interface().(cvd.Event)
			if !sameNumber(x.About(), y.About()) || fmt.Sprint(x.Became()) != fmt.Sprint(y.Became()) {
				return fmt.Sprintf("%s: %v %v, %v %v", at, x.About(), x.Became(), y.About(), y.Became())
			}
		}
		return ""
	case formList:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d elements", at, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := differs(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", at, i)); d != "" {
				return d
			}
		}
		return ""
	case formMap:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d entries", at, a.Len(), b.Len())
		}
		for _, k := range a.MapKeys() {
			if y := b.MapIndex(k); !y.IsValid() {
				return at + ": a key is gone"
			} else if d := differs(a.MapIndex(k), y, at+"["+k.String()+"]"); d != "" {
				return d
			}
		}
		return ""
	case formPointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return at + ": nil"
			}
			return ""
		}
		return differs(a.Elem(), b.Elem(), at)
	case formTime:
		x, y := a.Interface().(time.Time), b.Interface().(time.Time)
		_, p := x.Zone()
		_, q := y.Zone()
		if !x.Equal(y) || p != q && p%60 == 0 {
			return fmt.Sprintf("%s: %s and %s", at, x, y)
		}
		return ""
	case formFile:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return at + ": nil"
			}
			return ""
		}
		x, _ := io.ReadAll(a.Interface().(io.Reader))
		y, _ := io.ReadAll(b.Interface().(io.Reader))
		if string(x) != string(y) {
			return at + ": another content"
		}
		return ""
	}
	if !reflect.DeepEqual(a.Interface(), b.Interface()) {
		return fmt.Sprintf("%s: %#v and %#v", at, a.Interface(), b.Interface())
	}
	return ""
}

// sameNumber takes a number of 0 for none: there is nothing that it could name.
func sameNumber(a, b any) bool {
	number := func(x any) string {
		if x == nil || reflect.ValueOf(x).IsZero() {
			return ""
		}
		return fmt.Sprint(x)
	}
	return number(a) == number(b)
}
