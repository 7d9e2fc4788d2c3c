// Package notify tells people of new advisories by mail: subscribers who confirmed
// that they want it (double opt-in) and can leave with one click (RFC 8058), and
// customers with an agreement, some time before the publication.
//
// It sends nothing itself: a Sender of the host does, and signs. Each recipient gets a
// mail of their own, so that nobody sees the address of another, and everybody gets
// the same bytes: there are no hidden marks, and hashes agree. Who got what when is
// kept in the State, until the host calls Forget.
//
// Announce, Prenotify and Release may be repeated until nobody is left: who is on
// record gets nothing twice, but for a crash between a mail and its record; the ID of
// that mail is the same. Release is for the last step of a staged release, after the
// advisory; package provider shows the order.
//
// An address that was not confirmed is forgotten by Sweep, which a host calls once a
// day. MaxPending and MaxSubscribers bound how many mails strangers can cause, and how
// much is kept.
//
// The State holds addresses. A host seals its values where it must. A Desk starts no
// goroutine, reads no clock but Now, and is safe for concurrent use, also by several
// processes on one State.
package notify
