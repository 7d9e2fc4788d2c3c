package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/cvdkit/cvdkit/pgp"
)

// readKeys reads the secret keys of all files.
func readKeys(o options) (out []pgp.Secret, err error) {
	for _, name := range o.keys {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		keys, err := pgp.ParseSecrets(bytes.NewReader(data), func(fpr string) ([]byte, error) {
			if p, ok := os.LookupEnv(o.passEnv); ok && o.passEnv != "" {
				return []byte(p), nil
			}
			return nil, fmt.Errorf("key %s is locked; name the variable with its passphrase by -passphrase-env", fpr)
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, keys...)
	}
	return out, nil
}

// readCerts reads the certificates of all files, in which no secret key may be.
func readCerts(names ...string) (out []pgp.Cert, err error) {
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		certs, _, err := pgp.ParseCerts(bytes.NewReader(data), pgp.ParseOptions{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, certs...)
	}
	return out, nil
}

// readPassword reads a password of one line.
func readPassword(name string) ([][]byte, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return [][]byte{bytes.TrimRight(data, "\r\n")}, nil
}

// input opens a file, or the standard input.
func input(name string, in io.Reader) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(in), nil
	}
	return os.Open(name)
}
