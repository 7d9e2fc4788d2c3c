package main

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/cvdkit/cvdkit/pgp"
)

func encrypt(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "no-armor", "armor", "as=", "with-password=", "sign-with=", "with-key-password=", "profile=", "for=")
	if err != nil {
		return err
	}
	if p := o.last("profile", "default"); p != "default" {
		return fail(exitUnsupportedProf, "no profile %q; see sop list-profiles encrypt", p)
	}
	env := pgp.Envelope{Form: pgp.Form{Binary: o.has("no-armor")}}
	if env.Passwords, err = o.passwords("with-password", true); err != nil {
		return err
	}
	if len(o.args)+len(env.Passwords) == 0 {
		return fail(exitMissingArg, "nobody to encrypt to: name a CERT or --with-password")
	}
	certs, err := readCerts(o.args)
	if err != nil {
		return err
	}
	for _, c := range certs {
		env.To = append(env.To, pgp.Recipient{Cert: c})
	}
	if env.From, err = o.secrets(o.values["sign-with"]); err != nil {
		return err
	}
	switch o.last("as", "binary") {
	case "binary":
	case "text":
		data, err := readAll(in)
		if err != nil {
			return err
		}
		if _, err := o.mode(data, "text"); err != nil {
			return err
		}
		env.Form.Text, in = true, bytes.NewReader(data)
	default:
		return fail(exitUnsupportedOption, "--as is binary or text")
	}
	err = engine.Encrypt(ctx, out, in, env)
	var unusable *pgp.RecipientsError
	switch {
	case errors.As(err, &unusable):
		return fail(exitCertCannotEncrypt, "%w", err)
	case errors.Is(err, pgp.ErrExpired), errors.Is(err, pgp.ErrRevoked), errors.Is(err, pgp.ErrUnsupported):
		return cannotSign(err)
	}
	return err
}

func decrypt(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "session-key-out=", "with-session-key=", "with-password=", "verify-with=", "verifications-out=", "verify-out=",
		"verify-not-before=", "verify-not-after=", "with-key-password=")
	if err != nil {
		return err
	}
	if o.has("verify-with") != (o.has("verifications-out") || o.has("verify-out")) {
		return fail(23, "--verify-with and --verifications-out belong together")
	}
	if err := o.free("verifications-out", "verify-out", "session-key-out"); err != nil {
		return err
	}
	from, until, err := o.window("verify-")
	if err != nil {
		return err
	}
	var ring pgp.Keyring
	if ring.Secrets, err = o.secrets(o.args); err != nil {
		return err
	}
	if ring.Passwords, err = o.passwords("with-password", false); err != nil {
		return err
	}
	for _, name := range o.values["with-session-key"] {
		text, err := readInput(name)
		if err != nil {
			return err
		}
		k, err := pgp.ParseSessionKey(string(text))
		if err != nil {
			return fail(exitBadData, "%s: %w", name, err)
		}
		ring.SessionKeys = append(ring.SessionKeys, k)
	}
	if len(ring.Secrets)+len(ring.Passwords)+len(ring.SessionKeys) == 0 {
		return fail(exitMissingArg, "nothing to decrypt with: name a KEY, --with-password or --with-session-key")
	}
	ring.WantSessionKey = o.has("session-key-out")
	if ring.Certs, err = readCerts(o.values["verify-with"]); err != nil {
		return err
	}
	data, err := readAll(in)
	if err != nil {
		return err
	}
	// The package withholds a text with a bad signature, and this standard does
	// not: it gives the text and no verification.
	ring.DespiteBadSignature = true
	r, err := engine.Decrypt(ctx, out, bytes.NewReader(data), ring)
	switch {
	case errors.Is(err, pgp.ErrNotForUs):
		return fail(exitCannotDecrypt, "%w", err)
	case err != nil:
		return fail(exitBadData, "%w", err)
	}
	if o.has("session-key-out") {
		if err := writeOutput(o.last("session-key-out", ""), []byte(r.SessionKey.Reveal()+"\n")); err != nil {
			return err
		}
	}
	if file := o.last("verifications-out", o.last("verify-out", "")); file != "" {
		return writeOutput(file, verifications(r.Signatures, from, until))
	}
	return nil
}

func inlineSign(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "no-armor", "armor", "as=", "with-key-password=")
	if err != nil {
		return err
	}
	if err := o.need(1, "KEY"); err != nil {
		return err
	}
	keys, err := o.secrets(o.args)
	if err != nil {
		return err
	}
	data, err := readAll(in)
	if err != nil {
		return err
	}
	as, err := o.mode(data, "binary", "text", "clearsigned")
	if err != nil {
		return err
	}
	if as != "clearsigned" {
		return cannotSign(engine.SignInline(ctx, out, bytes.NewReader(data), keys, pgp.Form{Binary: o.has("no-armor"), Text: as == "text"}))
	}
	if o.has("no-armor") || len(keys) != 1 {
		return fail(83, "--as=clearsigned is text, signed by one key")
	}
	text, err := engine.SignCleartext(ctx, data, keys[0])
	if err != nil {
		return cannotSign(err)
	}
	_, err = out.Write(text)
	return err
}

var clearsigned = []byte("-----BEGIN PGP SIGNED MESSAGE-----")

// readInline opens both inline forms.
func readInline(ctx context.Context, data []byte, certs []pgp.Cert) (text []byte, sigs []pgp.Signature, err error) {
	if bytes.HasPrefix(data, clearsigned) {
		s, err := engine.VerifyCleartext(data, certs)
		return append(s.Text, '\n'), s.Signatures, err
	}
	var b bytes.Buffer
	r, err := engine.VerifyInline(ctx, &b, bytes.NewReader(data), pgp.Keyring{Certs: certs})
	return b.Bytes(), r.Signatures, err
}

func inlineVerify(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "not-before=", "not-after=", "verifications-out=", "verify-out=")
	if err != nil {
		return err
	}
	if err := o.need(1, "CERT"); err != nil {
		return err
	}
	if err := o.free("verifications-out", "verify-out"); err != nil {
		return err
	}
	from, until, err := o.window("")
	if err != nil {
		return err
	}
	certs, err := readCerts(o.args)
	if err != nil {
		return err
	}
	data, err := readAll(in)
	if err != nil {
		return err
	}
	text, sigs, err := readInline(ctx, data, certs)
	if err != nil && !errors.Is(err, pgp.ErrBadSignature) {
		return fail(exitBadData, "%w", err)
	}
	lines := verifications(sigs, from, until)
	if err != nil || len(lines) == 0 {
		return noSignature(sigs)
	}
	if file := o.last("verifications-out", o.last("verify-out", "")); file != "" {
		if err := writeOutput(file, lines); err != nil {
			return err
		}
	}
	_, err = out.Write(text)
	return err
}

func inlineDetach(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "no-armor", "armor", "signatures-out=")
	if err != nil {
		return err
	}
	if !o.has("signatures-out") {
		return fail(exitMissingArg, "--signatures-out says where the signatures go")
	}
	if err := o.free("signatures-out"); err != nil {
		return err
	}
	data, err := readAll(in)
	if err != nil {
		return err
	}
	text, sigs, err := engine.Detach(ctx, data)
	if err != nil {
		return fail(exitBadData, "%w", err)
	}
	armored, err := pgp.Armor(sigs)
	if err != nil {
		return fail(exitBadData, "%w", err)
	}
	var b bytes.Buffer
	if err := o.emit(&b, armored); err != nil {
		return err
	}
	if err := writeOutput(o.last("signatures-out", ""), b.Bytes()); err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}
