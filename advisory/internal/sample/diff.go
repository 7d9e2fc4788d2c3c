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
// covers: a loss covers its path and what is below it. The orders of products and of states mean
// nothing and are not compared.
func Unlisted(before, after *advisory.Advisory, losses []advisory.Loss) []string {
	a, b := *before, *after
	b.Products = align(before.Products, after.Products)
	a.Vulnerabilities, b.Vulnerabilities = ordered(a.Vulnerabilities), ordered(b.Vulnerabilities)
	d := differ{dropped: map[string]bool{}}
	for _, l := range losses {
		d.dropped[l.Path] = true
	}
	d.diff("", reflect.ValueOf(a), reflect.ValueOf(b))
	var out []string
	for _, p := range d.paths {
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

// ordered puts states in the order of advisory.States: their order means nothing.
func ordered(list []advisory.Vulnerability) []advisory.Vulnerability {
	out := append([]advisory.Vulnerability(nil), list...)
	for i := range out {
		var status []advisory.ProductStatus
		for _, s := range advisory.States() {
			for _, x := range out[i].Status {
				if x.State == s {
					status = append(status, x)
				}
			}
		}
		out[i].Status = status
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

type differ struct {
	dropped map[string]bool // items that a loss names: those behind them move up
	paths   []string
}

func (d *differ) diff(path string, a, b reflect.Value) {
	switch x := a.Interface().(type) {
	case time.Time:
		if !x.Equal(b.Interface().(time.Time)) {
			d.paths = append(d.paths, path)
		}
		return
	case cvss.Vector:
		if x != b.Interface().(cvss.Vector) {
			d.paths = append(d.paths, path)
		}
		return
	}
	switch a.Kind() {
	case reflect.Pointer:
		switch {
		case a.IsNil() && b.IsNil():
		case a.IsNil() || b.IsNil():
			d.paths = append(d.paths, path)
		default:
			d.diff(path, a.Elem(), b.Elem())
		}
	case reflect.Struct:
		for i := range a.NumField() {
			d.diff(path+"/"+strings.ToLower(a.Type().Field(i).Name), a.Field(i), b.Field(i))
		}
	case reflect.Slice:
		next := 0
		for i := range a.Len() {
			p := path + "/" + strconv.Itoa(i)
			// An item that a loss names is either changed or gone. It is gone if there are
			// fewer items than are left to compare.
			if d.dropped[p] && b.Len()-next < a.Len()-i {
				continue
			}
			if next >= b.Len() {
				d.paths = append(d.paths, p)
				continue
			}
			d.diff(p, a.Index(i), b.Index(next))
			next++
		}
		if next < b.Len() {
			d.paths = append(d.paths, path)
		}
	default:
		if a.Interface() != b.Interface() {
			d.paths = append(d.paths, path)
		}
	}
}
