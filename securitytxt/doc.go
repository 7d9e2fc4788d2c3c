// Package securitytxt reads, checks, writes, signs, verifies, fetches and
// serves security.txt files (RFC 9116).
//
// [Parse] keeps every byte of a file and never fails on its content: what is
// wrong becomes a [Finding] with a line number and a [Code]. One table, [Rules],
// holds severity, section and a hint for mending each code.
//
//	doc, err := securitytxt.Parse(raw)
//	if err != nil {
//		return err // only past the limits
//	}
//	findings := doc.Check(securitytxt.CheckOptions{Now: now})
//	if !securitytxt.Valid(findings) { … }
//
// A file with an OpenPGP cleartext signature gives its fields from the text
// inside the envelope only. What stands before or after the envelope, or between
// its armor headers, is reported and never becomes a field. [Document.Verify]
// asks a [Verifier], which package pgp can be, and compares the text that the
// signature covers with the text that was parsed.
//
// [Document.Fix] mends a file, and [Document.WithField] and [Document.WithExpires]
// change one field of it; every byte that they do not mean stays. [Sign] and
// [NewHandler] refuse the same files, which readers would not accept.
//
// [Fetcher] retrieves the file of a host over https from public addresses, and
// reports every redirect. [Handler] serves one, and renews it before it expires.
//
// The package keeps no global state and does not read the clock: time is an
// argument or a Now function. It starts no goroutine but one: a [Handler] asks its
// [Source] and [Verifier] on one, so that neither stops anybody by ignoring its
// context. A [Document] is read-only after Parse and may be shared; so may a [Fetcher]
// and a [Handler].
package securitytxt
