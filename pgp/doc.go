// Package pgp is OpenPGP (RFC 9580) for security teams.
//
// It makes the usual mistakes impossible rather than warn of them: plaintext
// reaches its destination only after its integrity and signatures were
// checked, one unusable recipient fails the whole call, secret keys cannot be
// sent, and the result of a verification is a status and never a boolean.
//
// Keys are [Cert] (public) and [Secret]; both are immutable values, safe for
// concurrent use. [Engine] does the rest; its zero value is ready. Messages
// are streams in constant memory. Package pgpmime puts them into mail, package
// discover finds certificates.
package pgp
