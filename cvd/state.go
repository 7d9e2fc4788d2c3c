package cvd

import "context"

// State keeps small values of adapters beside the cases: links to tickets,
// cursors, wrapped keys, pools of CVE IDs. Package cvdtest checks implementations;
// memstore and sqlstore have one.
//
// It is no log. What lies in it can be lost and made anew from elsewhere, or the
// adapter that owns the key says in its documentation that it cannot.
//
// Keys are 1 to 200 bytes of printable ASCII without blanks, and begin with the
// name of their owner and a slash, for example "tracker/rt/cursor". Values have at
// most 64 KiB. Every call honours its context and is safe for concurrent use, also
// by several processes on the same data.
type State interface {
	// Get returns a value and its version. A key that is not there has version 0,
	// no value, and is no error.
	Get(ctx context.Context, key string) (value []byte, version int64, err error)

	// Put replaces the value if its version is still the one given, 0 for a key
	// that is not there, else it returns ErrConflict and changes nothing. The new
	// version is higher than every version that the key had before, also if it was
	// removed in between. A nil value removes the key; an empty one does not.
	// After any other error the outcome is unknown.
	Put(ctx context.Context, key string, version int64, value []byte) (next int64, err error)

	// List returns at most n keys that begin with prefix and come after after,
	// in ascending order of their bytes.
	List(ctx context.Context, prefix, after string, n int) ([]string, error)
}
