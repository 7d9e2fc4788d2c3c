package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// A verifier verifies with package pgp.
type verifier struct {
	engine pgp.Engine
	certs  []pgp.Cert
}

var _ securitytxt.Verifier = (*verifier)(nil)

// VerifyCleartext implements securitytxt.Verifier. What package pgp refuses to
// read as one signed text is a bad signature here.
func (v *verifier) VerifyCleartext(_ context.Context, message []byte) ([]byte, securitytxt.Signature, error) {
	signed, err := v.engine.VerifyCleartext(message, v.certs)
	switch {
	case errors.Is(err, pgp.ErrDamaged), errors.Is(err, pgp.ErrNotSigned):
		return nil, securitytxt.Signature{Status: securitytxt.StatusBad}, nil
	case err != nil:
		return nil, securitytxt.Signature{}, err
	}
	best := pgp.Best(signed.Signatures)
	out := securitytxt.Signature{Status: statuses[best]}
	for _, s := range signed.Signatures {
		if s.Status == best {
			out.Fingerprint, out.Created, out.KeyExpires = s.Signer, s.Created, v.expires(s)
			break
		}
	}
	return signed.Text, out, nil
}

// expires returns when the key that made a signature expires: the certificate, or
// the subkey of it that signs. Of a certificate that is there twice the later copy
// counts, because a key can be extended.
func (v *verifier) expires(s pgp.Signature) (t time.Time) {
	for _, c := range v.certs {
		if s.Signer == "" || c.Fingerprint() != s.Signer {
			continue
		}
		t = c.Expires()
		for _, sub := range c.Subkeys() {
			if own := sub.Expires; sub.Fingerprint == s.Key && !own.IsZero() && (t.IsZero() || own.Before(t)) {
				t = own
			}
		}
	}
	return t
}

var statuses = map[pgp.Status]securitytxt.SignatureStatus{
	pgp.Unverified:        securitytxt.StatusUnverified,
	pgp.Valid:             securitytxt.StatusValid,
	pgp.UnknownKey:        securitytxt.StatusUnknownKey,
	pgp.KeyNotValidAtTime: securitytxt.StatusNotValidAtTime,
	pgp.Revoked:           securitytxt.StatusRevoked,
	pgp.Unsupported:       securitytxt.StatusUnsupported,
	pgp.Bad:               securitytxt.StatusBad,
}

// A signer signs with package pgp.
type signer struct {
	engine pgp.Engine
	key    pgp.Secret
}

var _ securitytxt.Signer = (*signer)(nil)

// SignCleartext implements securitytxt.Signer.
func (s *signer) SignCleartext(ctx context.Context, text []byte) ([]byte, error) {
	return s.engine.SignCleartext(ctx, text, s.key)
}

// openVerifier reads the certificates of some files. A file of which something
// could be read is used, and what was wrong with it is said.
func (a app) openVerifier(names []string) (*verifier, error) {
	v := &verifier{engine: pgp.Engine{Now: a.now}}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		certs, _, err := pgp.ParseCerts(f, pgp.ParseOptions{})
		f.Close()
		if err != nil && (len(certs) == 0 || errors.Is(err, pgp.ErrSecretMaterial)) {
			return nil, fmt.Errorf("%s: %w; give a file of OpenPGP certificates (public keys)", name, err)
		}
		if err != nil {
			fmt.Fprintf(a.stderr, "%s: %v; using the %d certificates that can be read\n", name, err, len(certs))
		}
		v.certs = append(v.certs, certs...)
	}
	return v, nil
}

// openSigner reads a secret key, and its passphrase from the first line of
// another file.
func openSigner(name, passphrase string, now func() time.Time) (*signer, error) {
	var pass pgp.PassFunc
	if passphrase != "" {
		raw, err := os.ReadFile(passphrase)
		if err != nil {
			return nil, err
		}
		line, _, _ := bytes.Cut(raw, []byte("\n"))
		pass = func(string) ([]byte, error) { return bytes.TrimSuffix(line, []byte("\r")), nil }
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := pgp.ParseSecrets(f, pass)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; give a file with one OpenPGP secret key, and -passphrase-file if it is locked", name, err)
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("%s holds %d keys; give a file with one", name, len(keys))
	}
	return &signer{engine: pgp.Engine{Now: now}, key: keys[0]}, nil
}
