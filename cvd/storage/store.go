package storage

import (
	"context"
	"time"
)

// Store keeps the logs of cases. A host implements it on its own database in
// six methods; package cvdtest checks the result.
//
// A Store knows nothing of vulnerabilities. Records are opaque bytes; filters,
// viewers and search words arrive as Terms, everything unique as Keys.
//
// Every call is bounded by its arguments, honours its context, and is safe for
// concurrent use, also by several processes on the same data. A Store neither
// keeps nor changes a slice that it was given, and returns slices that nobody
// else holds. It stores bytes exactly.
type Store interface {
	// Append applies one Change for each case it names, all or nothing.
	//
	// First every guard is checked: each log must end exactly at After and Tip
	// (both zero: the case must not exist), else ErrConflict. Then, over all
	// changes: keys are dropped, then taken; a Key that another case owns is a
	// *DuplicateError. A Settle whose Token is not the current one is
	// ErrLeaseLost. After any of these three errors nothing was written. After
	// any other error the outcome is unknown: the caller loads and looks.
	//
	// The changes name distinct cases, in ascending order of ID. An empty list
	// does nothing.
	Append(ctx context.Context, changes []Change) error

	// Load returns at most max records of a case with Seq > after, in order.
	// Without private it leaves Private nil but still sets HasPrivate. An
	// unknown case has no records and is no error. A log that ends before the Seq of
	// its head is whole for who reads it, and older than it was: a Store that can see
	// that without another question returns ErrTampered.
	Load(ctx context.Context, id CaseID, after Seq, max int, private bool) ([]Record, error)

	// Heads lists heads: by To in the order of the terms from From to it (then by
	// ascending ID), by DueBy earliest Due first (then ascending ID), else newest first
	// (descending ID). A case that is present and matches throughout a listing, with its
	// Due or that term unchanged, is listed exactly once.
	Heads(ctx context.Context, q Query) ([]Head, error)

	// Lookup returns the case that owns the Key, or ErrNotFound.
	Lookup(ctx context.Context, k Key) (CaseID, error)

	// Claim leases at most n deliveries whose At is not after now, earliest
	// first by the At that they had, and returns them in that order; of each lane
	// only the oldest that is not settled. It raises Token and sets At to the end
	// of the lease. Until then nobody else gets it.
	Claim(ctx context.Context, now Millis, lease time.Duration, n int) ([]Delivery, error)

	// Postpone gives a claimed delivery back, to be claimed from retry on, and
	// keeps its Tries. It is known by Lane, Ref and Token; ErrLeaseLost if the
	// Token is not the current one.
	Postpone(ctx context.Context, d Delivery, retry Millis) error
}

// Record is one entry of a log, opaque to the Store.
type Record struct {
	Seq     Seq    // its place in the log, from 1 without gaps
	Body    []byte // never changed; holds nothing personal
	Private []byte // salt and data; nil if there was none or it was erased, not nil if it is empty
	// HasPrivate tells whether Private is stored now. It is set by Load, also
	// where Load leaves Private out, and ignored by Append.
	HasPrivate bool
}

// Change is what Append does to one case.
type Change struct {
	ID         CaseID     // of the case
	After      Seq        // the log must end here …
	Tip        Hash       // … with this hash in its head; zero for a new case
	Records    []Record   // to append, in order
	Head       Head       // replaces the head; with Seq 0, which a Change without Records may have, the head stays
	Erase      []Seq      // removes Private of these records
	Drop, Take []Key      // unique keys given up and claimed; dropping one that is not owned, or taking an own again, is no error
	Untag, Tag []Term     // in this order
	Enqueue    []Delivery // Case, Lane, Ref and At; Token and Tries start at 0; (Lane, Ref) is unique; within a lane Ref ascends
	Settle     []Delivery // Lane, Ref and Token of claimed deliveries that are done
}

// Head is the newest state of a case as lists show it. All of it can be
// rebuilt from the log.
type Head struct {
	ID      CaseID // of the case
	Seq     Seq    // the number of its newest record
	Tip     Hash   // the hash of its newest record
	Due     Millis // when Tick should look at the case; 0: never
	Data    []byte // holds nothing personal
	Private []byte // what lists show that is personal, sealed if the host seals
	Under   Term   // set by Heads in a listing by To: the term that it is listed under; ignored by Append
}

// Query selects heads. Zero fields select everything.
type Query struct {
	All    []Term // the case has each of them
	Any    []Term // and, if not empty, at least one of these
	From   Term   // with To: where the listing begins
	To     Term   // if not "": a term that is not before From and before this, byte by byte; a case with two of them is listed under each
	DueBy  Millis // if not 0, and To is "": Due is set and not after this
	Before Cursor // continue after the last head of the previous page
	Limit  int    // at most so many heads; 0 or less returns none
}

// Cursor is the position of a head in a listing: Under and ID in a listing by To, Due
// and ID in one by Due, only ID in one by newest. The zero Cursor is the start.
type Cursor struct {
	Under Term   // of the last head that was listed; "" in another listing
	Due   Millis // likewise; 0 in another listing
	ID    CaseID // of the last head that was listed
}

// Delivery refers to a message that is to be sent. It holds no text: that is
// rendered when it is sent.
type Delivery struct {
	Case  CaseID // whose message it is
	Lane  LaneID // of the recipient: what is in it goes out in order
	Ref   Seq    // the record that asks for it
	At    Millis // not before; after Claim, the end of the lease
	Token int64  // raised by each Claim
	Tries int64  // how often it was tried; 0 at first, then as Postpone was given it
}
