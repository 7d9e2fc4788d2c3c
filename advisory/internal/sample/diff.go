package sample

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
)

// Unlisted returns the paths at which after differs from before and that no loss
// covers: a loss covers its path and what is below it. The order of products means
// nothing and is not compared.
func Unlisted(before, after *advisory.Advisory, losses []advisory.Loss) []string {
	b := *after
	b.Products = align(before.Products, after.Products)
	var paths []string
	diff("", reflect.ValueOf(*before), reflect.ValueOf(b), &paths)
	var out []string
	for _, p := range paths {
		covered := false
		for _, l := range losses {
			covered = covered || p == l.Path || strings.HasPrefix(p, l.Path+"/")
		}
		if !covered {
			out = append(out, p)
		}
	}
	return out
}

// align puts products in the order of the products in like, and the others behind.
func align(like, list []advisory.Product) []advisory.Product {
	var out []advisory.Product
	used := map[int]bool{}
	for _, p := range like {
		for i, q := range list {
			if q.ID == p.ID && !used[i] {
				used[i] = true
				out = append(out, q)
				break
			}
		}
	}
	for i, q := range list {
		if !used[i] {
			out = append(out, q)
		}
	}
	return out
}

func diff(path string, a, b reflect.Value, out *[]string) {
	switch x := a.Interface().(type) {
	case time.Time:
		if !x.Equal(b.Interface().(time.Time)) {
			*out = append(*out, path)
		}
		return
	case cvss.Vector:
		if x != b.Interface().(cvss.Vector) {
			*out = append(*out, path)
		}
		return
	}
	switch a.Kind() {
	case reflect.Pointer:
		switch {
		case a.IsNil() && b.IsNil():
		case a.IsNil() || b.IsNil():
			*out = append(*out, path)
		default:
			diff(path, a.Elem(), b.Elem(), out)
		}
	case reflect.Struct:
		for i := range a.NumField() {
			diff(path+"/"+strings.ToLower(a.Type().Field(i).Name), a.Field(i), b.Field(i), out)
		}
	case reflect.Slice:
		for i := range max(a.Len(), b.Len()) {
			p := path + "/" + strconv.Itoa(i)
			if i >= a.Len() || i >= b.Len() {
				*out = append(*out, p)
				continue
			}
			diff(p, a.Index(i), b.Index(i), out)
		}
	default:
		if a.Interface() != b.Interface() {
			*out = append(*out, path)
		}
	}
}
