// Package storecheck proves what a [storage.Store] holds.
//
// [Verify] walks through a Store: it verifies every log, its chain and its private
// parts, and holds every other row against what the log says. Rows that no log
// explains are findings too, where the Store is a [storage.Inspector]. [Repair] makes the
// rows what the logs say.
//
// A chain shows an edit, a gap and a swap. It cannot show that the end of a log was
// cut off together with its head, or that a case is gone as a whole: whoever could do
// that wrote a Store that is sound in itself. A checkpoint shows it. [Checkpoint]
// lists the heads of all cases and states their digest in a few lines, signed; kept
// where who has the Store cannot write, [VerifyCheckpoint] later proves that each log
// still holds what it held then.
//
// # Format of a checkpoint
//
// The list has one line for each case, newest first, ended by a line feed: the case's
// ID, the number of its last record, and the hash that the record ends with, in
// hexadecimal, parted by blanks.
//
//	0199c1f0-5b00-7000-8000-0123456789ab 17 3b0c…
//
// The statement is what is signed:
//
//	cvdkit checkpoint 1
//	at 2026-03-02T09:30:00Z
//	previous SHA-256 of the signed statement before it, or -
//	cases 1
//	heads SHA-256 of the list
package storecheck
