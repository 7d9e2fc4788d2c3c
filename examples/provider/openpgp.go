package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/provider/client"
	"github.com/cvdkit/cvdkit/pgp"
)

// A keyring is package pgp as provider.Signer.
type keyring struct {
	engine *pgp.Engine
	key    pgp.Secret
}

// A verifier is package pgp as client.Verifier.
type verifier struct{ engine *pgp.Engine }

var (
	_ provider.Signer = keyring{}
	_ client.Verifier = verifier{}
)

// openKey reads a secret key, or makes one.
func openKey(file, domain string, now func() time.Time) (keyring, error) {
	e := &pgp.Engine{Now: now}
	if file == "" {
		key, _, err := e.Generate(pgp.KeySpec{Name: "Gateway Security Team", Address: "security@" + domain})
		return keyring{e, key}, err
	}
	f, err := os.Open(file)
	if err != nil {
		return keyring{}, err
	}
	defer f.Close()
	keys, err := pgp.ParseSecrets(f, nil)
	if err != nil {
		return keyring{}, fmt.Errorf("%s: %w", file, err)
	}
	if len(keys) != 1 {
		return keyring{}, fmt.Errorf("%s: one secret key is needed, and there are %d", file, len(keys))
	}
	return keyring{e, keys[0]}, nil
}

func (k keyring) SignDetached(ctx context.Context, dst io.Writer, src io.Reader) error {
	_, err := k.engine.SignDetached(ctx, dst, src, k.key, pgp.Form{})
	return err
}
func (k keyring) PublicKey() []byte   { return k.key.Cert().Armor() }
func (k keyring) Fingerprint() string { return k.key.Fingerprint() }
func (k keyring) Expires() time.Time  { return k.key.Cert().Expires() }

// VerifyDetached implements client.Verifier.
func (v verifier) VerifyDetached(ctx context.Context, text, signature []byte, certs [][]byte) (string, error) {
	list, _, err := pgp.ParseCerts(bytes.NewReader(bytes.Join(certs, []byte("\n"))), pgp.ParseOptions{})
	if err != nil {
		return "", err
	}
	sigs, err := v.engine.VerifyDetached(ctx, bytes.NewReader(text), bytes.NewReader(signature), list)
	if err != nil {
		return "", err
	}
	for _, s := range sigs {
		if s.Status == pgp.Valid {
			return s.Signer, nil
		}
	}
	return "", errors.New("no signature is valid")
}

// Fingerprint implements client.Verifier.
func (v verifier) Fingerprint(cert []byte) (string, error) {
	list, _, err := pgp.ParseCerts(bytes.NewReader(cert), pgp.ParseOptions{})
	if err != nil {
		return "", err
	}
	if len(list) != 1 {
		return "", errors.New("one certificate was expected")
	}
	return list[0].Fingerprint(), nil
}
