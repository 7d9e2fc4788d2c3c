package inner

import "time"

// At returns the n-th element, counted from 1. Fold never refuses, and a log
// that verifies was written by us; a number out of range can only come from a
// host that wrote records of its own, and is then ignored.
func At[T any, N ~uint32](s []T, n N) *T {
	if n == 0 || int(n) > len(s) {
		return nil
	}
	return &s[n-1]
}

// Copies returns copies of what a list points to.
func Copies[T any](from []*T) []*T {
	all, out := make([]T, len(from)), make([]*T, len(from))
	for i, x := range from {
		all[i], out[i] = *x, &all[i]
	}
	return out
}

// Later returns the later of two instants.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
