package storage

import "context"

// Inspector is what a Store can offer beside its six methods: to tell all that it
// keeps of its cases besides their records. Without it Reindex removes nothing,
// and what no log explains is not found.
type Inspector interface {
	// Inspect returns at most n cases with an ID above after, ascending: every case
	// that any row names, also one without a head or without records. It may cost a
	// look at all keys, terms and deliveries, so ask for many cases at a time.
	Inspect(ctx context.Context, after CaseID, n int) ([]Rows, error)
}

// Rows is what a Store keeps of a case besides its records.
type Rows struct {
	ID         CaseID     // of the case
	Head       *Head      // nil: there is none
	Records    int        // how many there are
	Keys       []Key      // ascending
	Terms      []Term     // ascending
	Deliveries []Delivery // by Lane, then Ref; with Token and Tries, At as Claim would find it
}
