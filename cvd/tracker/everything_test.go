package tracker_test

import (
	"reflect"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// everything is a projection that writes all strings of the case that it is given,
// wherever they lie.
func everything(g tracker.Ground) tracker.Fields {
	var b strings.Builder
	walk(&b, reflect.ValueOf(g.Case).Elem(), 0)
	f := tracker.Neutral(g)
	f.Body = b.String()
	return f
}

func walk(b *strings.Builder, v reflect.Value, depth int) {
	if depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		b.WriteString(v.String() + "\n")
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(b, v.Field(i), depth+1)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(b, v.Index(i), depth+1)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(b, v.Elem(), depth+1)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			walk(b, v.MapIndex(k), depth+1)
		}
	}
}
