// Package notify tells people of new advisories by mail: subscribers who confirmed
// that they want it (double opt-in) and can leave with one click (RFC 8058), and
// customers with an agreement, some time before the publication.
//
// It sends nothing itself: a Sender of the host does, and signs. Each recipient gets a
// mail of their own, so that nobody sees the address of another, and everybody gets
// the same bytes: there are no hidden marks, and hashes agree. Who got what when is
// kept in the State.
//
// Announce and Prenotify are bounded and may be repeated until nobody is left: who is
// on record gets nothing twice, but for a crash between a mail and its record.
//
// The State holds addresses. A host seals its values where it must.
package notify
