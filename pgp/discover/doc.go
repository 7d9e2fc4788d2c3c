// Package discover finds OpenPGP certificates of a mail address: in the Web
// Key Directory of its domain, on a verifying key server (keys.openpgp.org),
// and on HKP servers.
//
// What is found is a candidate. Nothing here is trusted because of where it
// was found: a directory vouches for its domain's administration, a verifying
// server for one click in a mail, an HKP server for nothing. Compare a
// fingerprint that came another way, and pin it (Pinned).
//
// Look-ups use https, reach public addresses only, and are bounded in time and
// size. They tell the servers asked which address is of interest.
package discover
