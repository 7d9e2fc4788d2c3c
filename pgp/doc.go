// Package pgp is OpenPGP (RFC 9580) for security teams.
//
// It makes the usual mistakes impossible rather than warn of them: plaintext
// reaches its destination only after its integrity and signatures were
// checked, one unusable recipient fails the whole call, secret keys cannot be
// sent, and the result of a verification is a status and never a boolean.
//
// Keys are [Cert] (public) and [Secret]; both are immutable values, safe for
// concurrent use. A Secret may stay on a card or with an agent: see [NewSecret].
// [Engine] does the rest; its zero value is ready. Messages are streams in
// constant memory; [Held] keeps a plaintext encrypted until it is read. Package
// pgpmime puts messages into mail, package discover finds certificates.
//
// What strangers send is bounded by [Limits] for each message and by a [Budget]
// for all of a mail. What we send is looked through by [SecretScanner].
//
// Policy is that of RFC 9580 and stricter where that leaves a choice: SHA-1
// self-signatures of after 2023 count for nothing, RSA below 2048 bits and DSA
// are not relied on, what has no integrity protection is not read. Post-quantum
// keys (draft-ietf-openpgp-pqc) are read; [KeySpec] makes them on demand.
package pgp
