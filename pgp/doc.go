// Package pgp is OpenPGP (RFC 9580) for security teams.
package pgp

import _ "github.com/ProtonMail/go-crypto/openpgp/v2"
