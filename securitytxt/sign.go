package securitytxt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	// ErrSigned means that a signed file was given where editing or signing
	// would leave its signature wrong. Drop it first: see [Document.Text].
	ErrSigned = errors.New("securitytxt: file is signed")
	// ErrNoClock means that the time was zero, so that nothing can be said of expiry.
	ErrNoClock = errors.New("securitytxt: the time now is zero")
	// ErrNotSigned means that there is no envelope to verify.
	ErrNotSigned = errors.New("securitytxt: file is not signed")
)

// A Signer makes OpenPGP cleartext signatures (RFC 9580 7). Package pgp can be
// one.
type Signer interface {
	// SignCleartext returns text in an envelope, with a hash of SHA-256 or
	// better named in its Hash header. It must not change text.
	SignCleartext(ctx context.Context, text []byte) ([]byte, error)
}

// SignerFunc makes a function a Signer.
type SignerFunc func(ctx context.Context, text []byte) ([]byte, error)

// SignCleartext calls f.
func (f SignerFunc) SignCleartext(ctx context.Context, text []byte) ([]byte, error) {
	return f(ctx, text)
}

// A Verifier verifies OpenPGP cleartext signatures against keys that it holds.
// Package pgp can be one.
type Verifier interface {
	// VerifyCleartext is given a message from BEGIN to END and returns the text
	// that its signature covers, without dash-escapes, with any line ends, and
	// what the signature is worth. An error is only for failures that say
	// nothing of the signature.
	VerifyCleartext(ctx context.Context, message []byte) (text []byte, sig Signature, err error)
}

// VerifierFunc makes a function a Verifier.
type VerifierFunc func(ctx context.Context, message []byte) ([]byte, Signature, error)

// VerifyCleartext calls f.
func (f VerifierFunc) VerifyCleartext(ctx context.Context, message []byte) ([]byte, Signature, error) {
	return f(ctx, message)
}

// A SignatureStatus says what is known of the signature of a file.
type SignatureStatus string

// The statuses. Only StatusValid is good. StatusUnknownKey and
// StatusUnsupported mean that nothing can be said.
const (
	StatusNone           SignatureStatus = "none"       // the file is not signed
	StatusUnverified     SignatureStatus = "unverified" // nobody has looked
	StatusValid          SignatureStatus = "valid"
	StatusUnknownKey     SignatureStatus = "unknown_key"
	StatusNotValidAtTime SignatureStatus = "not_valid_at_time" // key or signature expired, or not yet valid
	StatusRevoked        SignatureStatus = "revoked"
	StatusUnsupported    SignatureStatus = "unsupported"
	StatusBad            SignatureStatus = "bad"
)

// A Signature is what a Verifier found out.
type Signature struct {
	// Status is StatusUnverified if it is empty.
	Status SignatureStatus
	// Fingerprint is that of the certificate that made the signature, in
	// hexadecimal; empty if that is not known.
	Fingerprint string
	// Created is when the signature says that it was made.
	Created time.Time
	// KeyExpires is when the key that signed can sign no longer: the earlier of its
	// own expiry and that of its certificate. Zero means never, or not known.
	KeyExpires time.Time
}

// Verified is the outcome of [Document.Verify].
type Verified struct {
	Signature Signature // by whom, and whether it is good
	// File holds the fields of the signed text. It is empty unless
	// Signature.Status is StatusValid.
	File File
	// Findings are those about the signature. Add them to those of Check.
	Findings []Finding
}

// Verify asks v about the signature. The error is ErrNotSigned, ErrLimit for a
// Truncated document, or that of v.
//
// A file whose envelope has a finding is StatusBad without asking: programs
// disagree on what such a signature covers. A signature whose text is not the
// text that was parsed, beside line ends and trailing blanks, is StatusBad too.
func (d *Document) Verify(ctx context.Context, v Verifier) (*Verified, error) {
	if !d.Signed() {
		return nil, ErrNotSigned
	}
	if d.Truncated {
		return nil, ErrLimit
	}
	out := &Verified{Signature: Signature{Status: StatusBad}}
	if d.env.broken {
		return out, nil
	}
	text, sig, err := v.VerifyCleartext(ctx, d.message())
	if err != nil {
		return nil, fmt.Errorf("securitytxt: verify: %w", err)
	}
	if sig.Status == StatusValid && canonicalText(text) != canonicalText(d.Text()) {
		sig = Signature{Status: StatusBad}
	}
	if sig.Status == "" {
		sig.Status = StatusUnverified
	}
	out.Signature = sig
	if sig.Status == StatusValid {
		out.File = d.File
		// A key that has expired since the signing is among these, too.
		if k := sig.KeyExpires; !k.IsZero() && k.Before(d.File.Expires) {
			out.Findings = []Finding{{Code: CodeKeyExpiresFirst, Line: d.env.data}}
		}
	} else if c, ok := statusCodes[sig.Status]; ok {
		out.Findings = []Finding{{Code: c, Line: d.env.data}}
	}
	return out, nil
}

var statusCodes = map[SignatureStatus]Code{
	StatusUnknownKey:     CodeSigUnknownKey,
	StatusNotValidAtTime: CodeSigExpired,
	StatusRevoked:        CodeSigRevoked,
	StatusUnsupported:    CodeSigUnsupported,
	StatusBad:            CodeSigBad,
}

// message returns the envelope alone, from BEGIN to END.
func (d *Document) message() []byte {
	var b bytes.Buffer
	for i := d.env.begin - 1; i < d.env.end; i++ {
		b.WriteString(d.Lines[i].Text)
		b.WriteString(d.Lines[i].End)
	}
	return b.Bytes()
}

// canonicalText brings a text to the form in which it is signed, but with LF: no
// trailing blanks, and no line end after the last line (RFC 9580 7.2).
func canonicalText(text []byte) string {
	var b strings.Builder
	b.Grow(len(text))
	for s := string(text); s != ""; {
		line, end, rest := cutLine(s)
		b.WriteString(strings.TrimRight(line, " \t\r"))
		if end != "" {
			b.WriteByte('\n')
		}
		s = rest
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// SignOptions are what Sign needs beside the file and the key.
type SignOptions struct {
	// Now is the time at which the file must not have expired; it is required.
	Now time.Time
	// Origin, like https://example.com, is where the file will be. If it is set,
	// Canonical fields must list one of its two addresses.
	Origin string
}

// Sign signs a file that is good at o.Now, which must not be zero (ErrNoClock). It
// demands what NewHandler does: text must be without an error-severity finding of
// [Document.Check], not expired, within the default limits, and of its Canonical
// fields, if any, one must name a place where readers look. Text that is signed
// already is ErrSigned. The result is parsed again: if it has an error-severity
// finding or another text, an error is returned and nothing else. Add Canonical
// to text before, so that the signature covers the place.
func Sign(ctx context.Context, text []byte, s Signer, o SignOptions) ([]byte, error) {
	if o.Now.IsZero() {
		return nil, ErrNoClock
	}
	origin, err := originOf(o.Origin)
	if err != nil {
		return nil, err
	}
	before, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if before.Signed() {
		return nil, ErrSigned
	}
	if err := before.servable(o.Now, origin); err != nil {
		return nil, err
	}
	signed, err := s.SignCleartext(ctx, before.Text())
	if err != nil {
		return nil, fmt.Errorf("securitytxt: sign: %w", err)
	}
	after, err := Parse(signed)
	if err != nil {
		return nil, err
	}
	if err := after.servable(o.Now, origin); err != nil {
		return nil, err
	}
	if !after.Signed() || canonicalText(after.Text()) != canonicalText(before.Text()) {
		return nil, errors.New("securitytxt: sign: the signer changed the text")
	}
	return signed, nil
}

// originOf brings an origin to its normal form; an empty one stays. It is https and
// a host, or a host alone: what else a URL may hold is no part of an origin, and
// whoever writes it means another place.
func originOf(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if i := strings.Index(s, "://"); i >= 0 && !strings.EqualFold(s[:i], "https") {
		return "", fmt.Errorf("%w: an origin is of https", ErrHost)
	} else if i >= 0 {
		s = strings.TrimSuffix(s[i+3:], "/")
	}
	if strings.ContainsAny(s, "/?#@") {
		return "", fmt.Errorf("%w: an origin has neither path nor query", ErrHost)
	}
	host, ok := inputHost(s)
	if !ok {
		return "", ErrHost
	}
	return "https://" + host, nil
}

// servable returns as an error what readers at an origin would not accept.
func (d *Document) servable(now time.Time, origin string) error {
	if err := firstError(d.Check(CheckOptions{Now: now})); err != nil {
		return err
	}
	if c := d.File.Canonical; len(c) > 0 && !slices.ContainsFunc(c, isPlace(origin, WellKnownPath)) &&
		!slices.ContainsFunc(c, isPlace(origin, TopLevelPath)) {
		return &RuleError{Finding{Code: CodeNoCanonicalMatch, Line: d.seenLine[fieldCanonical], Field: fieldNames[fieldCanonical]}}
	}
	return nil
}

// isPlace recognises the URI of a path at an origin, or, if that is empty, at any.
func isPlace(origin, path string) func(uri string) bool {
	return func(uri string) bool {
		if origin == "" {
			return webPath(normalURI(uri)) == path && !strings.Contains(uri, "?")
		}
		return sameURI(uri, origin+path)
	}
}

// A RuleError says that a file breaks a rule and was refused for it.
type RuleError struct{ Finding Finding }

// Error names code, line, section and message, and nothing of the file.
func (e *RuleError) Error() string {
	r := e.Finding.Rule()
	where := ""
	if e.Finding.Line > 0 {
		where = fmt.Sprintf(" in line %d", e.Finding.Line)
	}
	return fmt.Sprintf("securitytxt: %s%s (%s): %s", r.Code, where, r.Section, r.Message)
}

// firstError returns the first error-severity finding as an error.
func firstError(fs []Finding) error {
	for _, f := range fs {
		if f.Severity() == SeverityError {
			return &RuleError{f}
		}
	}
	return nil
}
