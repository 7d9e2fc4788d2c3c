package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/rfc2350"
)

func render(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("render")
	to := f.String("to", "text", "text, md or html")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("which FILE? give one, or - for standard input")
	}
	d, err := load(f.Arg(0), in)
	if err != nil {
		return err
	}
	var b []byte
	switch *to {
	case "text":
		b = d.Text()
	case "md":
		b = d.Markdown()
	case "html":
		b = d.HTML()
	default:
		return fmt.Errorf("cannot render to %q: choose text, md or html", *to)
	}
	_, err = out.Write(b)
	return err
}

func sign(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("sign")
	key := f.String("key", "", "file of the secret key")
	passFile := f.String("pass-file", "", "file whose first line is the passphrase")
	var at instant
	f.Var(&at, "now", "time of the signature")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	if *key == "" || f.NArg() != 1 {
		return errors.New("give -key SECRETKEY and one FILE")
	}
	d, err := load(f.Arg(0), in)
	if err != nil {
		return err
	}
	secret, err := readSecret(*key, *passFile)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "signing %d sections of %q, last update %s, with key %s; the text is written anew (see render)\n", len(d.Sections), d.Team.Name, d.Updated, secret.Fingerprint())
	signed, err := rfc2350.Sign(ctx, &pgp.Engine{Now: at.now}, d, secret)
	if err != nil {
		if errors.Is(err, rfc2350.ErrFindings) {
			return fmt.Errorf("%w (run rfc2350 check to see them)", err)
		}
		return err
	}
	_, err = out.Write(signed)
	return err
}

func readSecret(key, passFile string) (pgp.Secret, error) {
	data, err := readFile(key, nil)
	if err != nil {
		return pgp.Secret{}, err
	}
	var pass pgp.PassFunc
	if passFile != "" {
		p, err := readFile(passFile, nil)
		if err != nil {
			return pgp.Secret{}, err
		}
		line, _, _ := bytes.Cut(p, []byte("\n"))
		pass = func(string) ([]byte, error) { return bytes.TrimRight(line, "\r"), nil }
	}
	secrets, err := pgp.ParseSecrets(bytes.NewReader(data), pass)
	if err != nil {
		return pgp.Secret{}, fmt.Errorf("%s: %w", key, err)
	}
	if len(secrets) != 1 {
		return pgp.Secret{}, fmt.Errorf("%s holds %d secret keys; give a file with one", key, len(secrets))
	}
	return secrets[0], nil
}

func verify(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("verify")
	file := f.String("certs", "", "file of the public keys that you trust")
	sig := f.String("sig", "", "file of a detached signature")
	var at instant
	f.Var(&at, "now", "time to check at")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	if *file == "" || f.NArg() != 1 {
		return errors.New("give -certs KEYS, the public keys that you trust, and one FILE; the keys in the document itself prove nothing")
	}
	keys, err := readFile(*file, nil)
	if err != nil {
		return err
	}
	certs, _, err := pgp.ParseCerts(bytes.NewReader(keys), pgp.ParseOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", *file, err)
	}
	data, err := readFile(f.Arg(0), in)
	if err != nil {
		return err
	}
	e := &pgp.Engine{Now: at.now}
	v, err := verifyEither(ctx, e, data, *sig, certs)
	if errors.Is(err, pgp.ErrDamaged) {
		fmt.Fprintln(out, "damaged: the signed text was changed on its way, such as by lost line ends; get the original file")
		return errNotGood
	}
	if err != nil {
		return err
	}
	for _, s := range v.Signatures {
		by := s.Signer
		if by == "" {
			by = s.KeyID
		}
		fmt.Fprintf(out, "%s: %s %s\n", s.Status, by, s.Reason)
	}
	if pgp.Best(v.Signatures) != pgp.Valid {
		return errNotGood
	}
	fmt.Fprintf(out, "team: %s\n", v.Document.Team.Name)
	return nil
}

// verifyEither checks a clearsigned document, or with sig one with a detached
// signature, which covers the bytes of the file as they are.
func verifyEither(ctx context.Context, e *pgp.Engine, data []byte, sig string, certs []pgp.Cert) (rfc2350.Verified, error) {
	if sig == "" {
		return rfc2350.Verify(e, data, certs, rfc2350.Options{})
	}
	b, err := readFile(sig, nil)
	if err != nil {
		return rfc2350.Verified{}, err
	}
	list, err := e.VerifyDetached(ctx, bytes.NewReader(data), bytes.NewReader(b), certs)
	if err != nil {
		return rfc2350.Verified{}, fmt.Errorf("%s: %w", sig, err)
	}
	d, err := rfc2350.Parse(data, rfc2350.Options{})
	return rfc2350.Verified{Document: d, Text: data, Signatures: list}, err
}
