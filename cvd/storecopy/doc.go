// Package storecopy copies cases from any [storage.Store] to any other: from memory to
// SQLite, from SQLite to PostgreSQL, to a second disk.
//
// [Copy] reads each case's log, verifies its chain and its private parts, and
// writes it as it is, with the head, keys, terms and deliveries that follow from it.
// Files and the values of a State go along where both sides have a place for them.
// What both sides have already is passed over, so a run that was interrupted is
// finished by the next, and a second run brings what has come since: new records,
// erasures, keys that have moved from one case to another.
//
//	from := storecopy.Side{Service: svc, Store: old, Blobs: oldBlobs, State: oldState}
//	to := storecopy.Side{Service: svcOnNew, Store: new, Blobs: newBlobs, State: newState}
//	result, err := storecopy.Copy(ctx, from, to, storecopy.Options{})
//
// To move: copy while the old Store is in use, stop everything that writes to it or
// relays from it, copy again, and begin on the new one. Two Services that relay from
// both send every message twice.
//
// Not copied are leases and the times of retries; each subscriber is told of each
// copied case. The Secret is the same on both sides, and so are the keys of a Sealer,
// which needs its State (see package pgpseal).
package storecopy
