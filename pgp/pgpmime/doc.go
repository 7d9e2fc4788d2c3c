// Package pgpmime puts OpenPGP into mail and takes it out again: PGP/MIME (RFC
// 3156) with protected headers (RFC 9788 and the older form), OpenPGP inline
// in text, the form that Exchange makes of PGP/MIME, and attachments.
//
// Open decrypts only where encryption is the outermost layer, so no mail can
// carry somebody else's ciphertext between its own parts and have the plain
// text sent back. What the envelope's header says and what the encrypted
// header says are two types that never merge. A reply that quotes decrypted
// text cannot be written unencrypted. Relay hands a mail to a team, encrypted
// afresh to each member.
package pgpmime
