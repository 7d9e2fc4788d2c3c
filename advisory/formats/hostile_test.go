package formats_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/openvex"
	"github.com/cvdkit/cvdkit/advisory/osv"
	"github.com/stretchr/testify/require"
)

// each calls f with every settable string of a value, one after the other.
func each(v reflect.Value, f func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			each(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				each(v.Field(i), f)
			}
		}
	case reflect.String:
		f(v)
	}
}

// What a writer does not refuse is sound, whatever text stands in any place of the
// model.
func TestWhatIsWrittenIsSound(t *testing.T) {
	hostile := []string{"", " ", "x", "\x00", "é\u202e", "https://exämple.com/ä", "not a url", "CVE-2026-11111", "<b>&", strings.Repeat("z", 20_000), "pkg:npm/a@1"}
	type checked interface{ Check() []advisory.Problem }
	formats := map[string]func(a *advisory.Advisory) (checked, error){
		"cve":     func(a *advisory.Advisory) (checked, error) { d, _, err := cve.FromAdvisory(a, nil); return d, err },
		"osv":     func(a *advisory.Advisory) (checked, error) { d, _, err := osv.FromAdvisory(a); return d, err },
		"openvex": func(a *advisory.Advisory) (checked, error) { d, _, err := openvex.FromAdvisory(a); return d, err },
	}
	n := 0
	each(reflect.ValueOf(sample.Full()), func(reflect.Value) { n++ })
	require.Greater(t, n, 150)
	for i := range n {
		for _, text := range hostile {
			a, at := sample.Full(), 0
			each(reflect.ValueOf(a), func(v reflect.Value) {
				if at == i {
					v.SetString(text)
				}
				at++
			})
			for name, write := range formats {
				d, err := write(a)
				if err != nil {
					continue
				}
				for _, p := range d.Check() {
					t.Errorf("%s: %.20q in string %d: %v", name, text, i, p)
				}
			}
		}
	}
}
