package storage

import (
	"context"
	"fmt"
	"strings"
)

// State keeps small values of adapters beside the cases: links to tickets,
// cursors, wrapped keys, pools of CVE IDs. Package cvdtest checks implementations;
// memstore and sqlstore have one.
//
// It is no log. What lies in it can be lost and made anew from elsewhere, or the
// adapter that owns the key says in its documentation that it cannot.
//
// Keys and values are those that CheckState allows, stored exactly; what a
// caller gave or got is never shared with others. Every call honours its context
// and is safe for concurrent use, also by several processes on the same data.
type State interface {
	// Get returns a value and its version. A key that is not there has version 0,
	// no value, and is no error.
	Get(ctx context.Context, key string) (value []byte, version int64, err error)

	// Put replaces the value if its version is still the one given, 0 for a key
	// that is not there, else it returns ErrConflict and changes nothing. The new
	// version, next, is higher than every version that the key had before, also if
	// it was removed in between. A nil value removes the key, and next is 0; an
	// empty one does not. Of several callers with one version one succeeds. What
	// CheckState refuses is ErrInvalid and changes nothing. After any other
	// error the outcome is unknown.
	Put(ctx context.Context, key string, version int64, value []byte) (next int64, err error)

	// List returns at most n keys that begin with prefix and come after after,
	// in ascending order of their bytes.
	List(ctx context.Context, prefix, after string, n int) ([]string, error)
}

const (
	maxStateKey   = 200
	maxStateValue = 64 << 10
)

// CheckState returns an error that wraps [ErrInvalid] unless the key has 1 to 200
// bytes of printable ASCII without blanks and begins with the name of its owner and
// a slash, for example "tracker/rt/cursor", and the value has at most 64 KiB. Every
// State calls it first in Put. The error quotes neither.
func CheckState(key string, value []byte) error {
	owner, _, slash := strings.Cut(key, "/")
	problem := ""
	switch {
	case len(key) > maxStateKey:
		problem = "the key has more than 200 bytes"
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		problem = "the key takes printable ASCII without blanks"
	case !slash || owner == "":
		problem = "the key begins with the name of its owner and a slash"
	case len(value) > maxStateValue:
		problem = "the value has more than 64 KiB"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s", ErrInvalid, problem)
}
