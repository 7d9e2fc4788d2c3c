package cvdsim

import "reflect"

// texts finds the marks in what a caller of the library gets: in every exported string
// of it, whatever its type. (It looks at several views of a case in each step, and a
// form that is written and searched costs ten times as much.)
type texts struct{ plans map[reflect.Type]plan }

// plan says where a type has strings.
type plan struct {
	fields []int // of a struct
	any    bool
}

func (t *texts) of(v any, found func(mark string)) { t.walk(reflect.ValueOf(v), found) }

func (t *texts) walk(v reflect.Value, found func(string)) {
	switch v.Kind() {
	case reflect.String:
		eachMark(v.String(), found)
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			t.walk(v.Elem(), found)
		}
	case reflect.Slice, reflect.Array:
		if !t.plan(v.Type().Elem()).any {
			return
		}
		for i := range v.Len() {
			t.walk(v.Index(i), found)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			t.walk(it.Key(), found)
			t.walk(it.Value(), found)
		}
	case reflect.Struct:
		for _, i := range t.plan(v.Type()).fields {
			t.walk(v.Field(i), found)
		}
	}
}

func (t *texts) plan(x reflect.Type) plan {
	if p, ok := t.plans[x]; ok {
		return p
	}
	if t.plans == nil {
		t.plans = map[reflect.Type]plan{}
	}
	t.plans[x] = plan{any: true} // of a type that holds itself
	var p plan
	switch x.Kind() {
	case reflect.String, reflect.Interface, reflect.Map:
		p.any = true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		p.any = t.plan(x.Elem()).any
	case reflect.Struct:
		for i := range x.NumField() {
			if f := x.Field(i); f.IsExported() && t.plan(f.Type).any {
				p.fields = append(p.fields, i)
			}
		}
		p.any = len(p.fields) > 0
	}
	t.plans[x] = p
	return p
}

// markLen is the length of a mark: Z, six digits, what it is of, Z.
const markLen = 9

func eachMark(s string, found func(string)) {
	for i := 0; i+markLen <= len(s); i++ {
		if s[i] != 'Z' || s[i+markLen-1] != 'Z' {
			continue
		}
		digits := true
		for _, c := range []byte(s[i+1 : i+markLen-2]) {
			digits = digits && c >= '0' && c <= '9'
		}
		if digits {
			found(s[i : i+markLen])
			i += markLen - 1
		}
	}
}
