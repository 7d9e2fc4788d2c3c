package rfc2350

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// Signature says what Parse saw of a signature. Parse never verifies: that needs
// keys that the caller trusts (see [Verify]).
type Signature struct {
	Status SignatureStatus // whether there is one, and what of the text it covers
	Issuer string          // key ID that the signature names, upper case; it proves nothing
}

// SignatureStatus is the state of a document's clear signature.
type SignatureStatus uint8

// States of a signature. Damaged means that line ends or dashes were changed on the
// way, so that it cannot verify whoever made it: that is not a bad signature.
const (
	SignatureNone SignatureStatus = iota
	SignatureUnverified
	SignatureDamaged
)

// String returns "none", "unverified" or "damaged".
func (s SignatureStatus) String() string {
	switch s {
	case SignatureUnverified:
		return "unverified"
	case SignatureDamaged:
		return "damaged"
	}
	return "none"
}

// readSignature describes the envelope that Parse took off.
func readSignature(e envelope, d *Document) Signature {
	if !e.begin {
		return Signature{}
	}
	s := Signature{Status: SignatureUnverified, Issuer: issuerOf(e.armor)}
	if e.flattened || !e.end {
		s.Status = SignatureDamaged
		d.add("signature-damaged", Warning, SecAuthentication, e.line, "the document was signed, but its signature is damaged and cannot be verified")
	}
	return s
}

// issuerOf reads the key ID from a signature block whose line ends may be lost: it
// puts each word on a line of its own and lets package pgp read the result, over
// another text and without keys, so that nothing can verify.
func issuerOf(armor string) string {
	begin := beginSig.FindStringIndex(armor)
	end := endSig.FindStringIndex(armor)
	if begin == nil || end == nil || end[0] < begin[1] || len(armor) > 64<<10 {
		return ""
	}
	var b strings.Builder
	b.WriteString("-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNATURE-----\n\n")
	for _, w := range strings.Fields(armor[begin[1]:end[0]]) {
		if armorish(w) || strings.HasPrefix(w, "=") {
			b.WriteString(w + "\n")
		}
	}
	b.WriteString("-----END PGP SIGNATURE-----\n")
	e := pgp.Engine{Now: func() time.Time { return time.Unix(0, 0) }}
	signed, err := e.VerifyCleartext([]byte(b.String()), nil)
	if err != nil || len(signed.Signatures) == 0 {
		return ""
	}
	return signed.Signatures[0].KeyID
}

// ErrFindings is returned by Sign for a document that has errors.
var ErrFindings = errors.New("rfc2350: the document has errors and was not signed")

// Sign writes the document as clearsigned text (RFC 9580, section 7). It refuses
// documents for which Check reports an Error at the engine's time under profile
// RFC: signing makes a document look right. The engine's clock must be set.
func Sign(ctx context.Context, e *pgp.Engine, d *Document, from pgp.Secret) ([]byte, error) {
	if e.Now == nil {
		return nil, errors.New("rfc2350: Sign needs an engine with a clock")
	}
	for _, f := range d.Check(RFC, e.Now()) {
		if f.Severity == Error {
			return nil, fmt.Errorf("%w: %s", ErrFindings, f.Code)
		}
	}
	return e.SignCleartext(ctx, d.Text(), from)
}

// Verified is a document with the outcome of checking its signatures.
type Verified struct {
	// Document was read from the signed text alone. It deserves the trust of
	// Signatures and no more: look at pgp.Best(Signatures) first.
	Document   *Document
	Text       []byte          // the signed text
	Signatures []pgp.Signature // one for each that was found
}

// Verify checks a clearsigned document against certs, which the caller brings: the
// keys in the document are never used. Only the signed text is returned; text
// around the signed message is refused.
//
// The error wraps pgp.ErrNotSigned, pgp.ErrDamaged for a document whose line ends
// or dashes were changed (it can never verify, which does not make it bad), or an
// error of Parse. A bad signature is a status, not an error.
func Verify(e *pgp.Engine, data []byte, certs []pgp.Cert, o Options) (Verified, error) {
	signed, err := e.VerifyCleartext(data, certs)
	if err != nil {
		if errors.Is(err, pgp.ErrNotSigned) && beginSigned.Match(data) {
			return Verified{}, fmt.Errorf("%w: the signed message is not intact", pgp.ErrDamaged)
		}
		return Verified{}, err
	}
	d, err := Parse(signed.Text, o)
	if err != nil {
		return Verified{}, err
	}
	return Verified{Document: d, Text: signed.Text, Signatures: signed.Signatures}, nil
}
