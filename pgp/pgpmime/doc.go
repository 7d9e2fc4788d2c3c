// Package pgpmime reads mail that holds OpenPGP, and writes it: PGP/MIME (RFC
// 3156) with protected headers (RFC 9788 and the older form), OpenPGP inline in
// text, encrypted files, and what mail servers make of all that.
//
// Opener.Open gives a Mail. It opens what is safe to open and tells in
// Mail.Unread what it did not look at, where and why. Nothing is lost for a bad
// signature: every Part has the status of its own. What the envelope's header
// says and what the encrypted header says are two types that never merge.
//
// Mail.Reply begins a Draft. A reply that quotes decrypted text cannot be
// written unencrypted, nor to an address that stood only where anybody could
// write it. Team.Relay hands a mail to a team, encrypted afresh to each member.
package pgpmime
