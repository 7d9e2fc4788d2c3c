package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/pgp"
)

type command func(ctx context.Context, args []string, in io.Reader, out io.Writer) error

var commands = map[string]command{
	"version": version, "list-profiles": listProfiles, "generate-key": generateKey, "extract-cert": extractCert,
	"sign": sign, "verify": verify, "encrypt": encrypt, "decrypt": decrypt,
	"inline-sign": inlineSign, "inline-verify": inlineVerify, "inline-detach": inlineDetach,
	"armor": armor, "dearmor": dearmor,
}

var engine = &pgp.Engine{}

func version(_ context.Context, args []string, _ io.Reader, out io.Writer) error {
	o, err := parse(args, "backend", "extended", "sop-spec", "sopv")
	if err != nil {
		return err
	}
	switch {
	case o.has("sop-spec"):
		fmt.Fprintln(out, "~draft-dkg-openpgp-stateless-cli-10")
	case o.has("sopv"):
		fmt.Fprintln(out, "1.0")
	case o.has("backend"):
		fmt.Fprintln(out, "cvdkit/pgp on ProtonMail/go-crypto 1.5.2")
	case o.has("extended"):
		fmt.Fprintln(out, "cvdkit-sop 0.1\ncvdkit/pgp on ProtonMail/go-crypto 1.5.2")
	default:
		fmt.Fprintln(out, "cvdkit-sop 0.1")
	}
	return nil
}

var profiles = map[string][]string{
	"generate-key": {"default: version 4, Ed25519 and Curve25519", "rfc4880: version 4, RSA 4096", "rfc9580: version 6, Ed25519 and X25519", "pqc: version 6, ML-DSA-65 with Ed25519 and ML-KEM-768 with X25519"},
	"encrypt":      {"default: what all recipients read"},
}

func listProfiles(_ context.Context, args []string, _ io.Reader, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if err := o.need(1, "subcommand"); err != nil {
		return err
	}
	list, ok := profiles[o.args[0]]
	if !ok {
		return fail(exitUnsupportedProf, "%s has no profiles", o.args[0])
	}
	for _, p := range list {
		fmt.Fprintln(out, p)
	}
	return nil
}

func generateKey(_ context.Context, args []string, _ io.Reader, out io.Writer) error {
	o, err := parse(args, "no-armor", "armor", "with-key-password=", "profile=")
	if err != nil {
		return err
	}
	if err := o.need(1, "USERID"); err != nil {
		return err
	}
	if len(o.args) > 1 {
		return fail(exitUnspecified, "one USERID for each key")
	}
	spec := pgp.KeySpec{Name: o.args[0]}
	if a, err := mail.ParseAddress(o.args[0]); err == nil {
		spec.Name, spec.Address = a.Name, a.Address
	}
	switch p := o.last("profile", "default"); p {
	case "default":
	case "rfc4880":
		spec.RSABits = 4096
	case "rfc9580":
		spec.V6 = true
	case "pqc":
		spec.PostQuantum = true
	default:
		return fail(exitUnsupportedProf, "no profile %q; see sop list-profiles generate-key", p)
	}
	passwords, err := o.passwords("with-key-password", true)
	if err != nil {
		return err
	}
	k, _, err := engine.Generate(spec)
	if err != nil {
		return err
	}
	text, err := k.ExportUnlocked()
	if len(passwords) > 0 {
		text, err = k.Export(passwords[0])
	}
	if err != nil {
		return err
	}
	return o.emit(out, text)
}

// emit writes armored text, or what is in it with --no-armor.
func (o *options) emit(out io.Writer, text []byte) error {
	if o.has("no-armor") {
		r, _, err := pgp.Dearmor(bytes.NewReader(text))
		if err != nil {
			return err
		}
		_, err = io.Copy(out, r)
		return err
	}
	_, err := out.Write(text)
	return err
}

// secrets reads the keys of the named inputs. Each password is tried on each
// locked key.
func (o *options) secrets(names []string) (out []pgp.Secret, err error) {
	passwords, err := o.passwords("with-key-password", false)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := readInput(name)
		if err != nil {
			return nil, err
		}
		keys, err := pgp.ParseSecrets(bytes.NewReader(data), nil)
		for i := 0; errors.Is(err, pgp.ErrPassphrase) && i < len(passwords); i++ {
			keys, err = pgp.ParseSecrets(bytes.NewReader(data), func(string) ([]byte, error) { return passwords[i], nil })
		}
		if errors.Is(err, pgp.ErrPassphrase) {
			return nil, fail(exitKeyIsProtected, "%s: %w", name, err)
		}
		if err != nil {
			return nil, fail(exitBadData, "%s: %w", name, err)
		}
		out = append(out, keys...)
	}
	return out, nil
}

func readCerts(names []string) (out []pgp.Cert, err error) {
	for _, name := range names {
		data, err := readInput(name)
		if err != nil {
			return nil, err
		}
		got, _, err := pgp.ParseCerts(bytes.NewReader(data), pgp.ParseOptions{Strict: true})
		if err != nil {
			return nil, fail(exitBadData, "%s: %w", name, err)
		}
		out = append(out, got...)
	}
	return out, nil
}

func extractCert(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "no-armor", "armor")
	if err != nil {
		return err
	}
	data, err := readAll(in)
	if err != nil {
		return err
	}
	certs, err := pgp.ExtractCerts(bytes.NewReader(data))
	if err != nil {
		return fail(exitBadData, "%w", err)
	}
	var all []byte
	for _, c := range certs {
		all = append(all, c.Bytes()...)
	}
	text, err := pgp.Armor(all)
	if err != nil {
		return err
	}
	return o.emit(out, text)
}

// mode reads --as.
func (o *options) mode(data []byte, allowed ...string) (string, error) {
	as := o.last("as", "binary")
	for _, a := range allowed {
		if a != as {
			continue
		}
		if as != "binary" && !utf8.Valid(data) {
			return "", fail(exitExpectedText, "--as=%s needs UTF-8", as)
		}
		return as, nil
	}
	return "", fail(exitUnsupportedOption, "--as=%s is not one of %q", as, allowed)
}

func cannotSign(err error) error {
	if err != nil {
		return fail(exitKeyCannotSign, "%w", err)
	}
	return nil
}

func sign(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "no-armor", "armor", "as=", "micalg-out=", "with-key-password=")
	if err != nil {
		return err
	}
	if err := o.need(1, "KEY"); err != nil {
		return err
	}
	if err := o.free("micalg-out"); err != nil {
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
	as, err := o.mode(data, "binary", "text")
	if err != nil {
		return err
	}
	var sigs bytes.Buffer
	micalg := ""
	for i, k := range keys {
		m, err := engine.SignDetached(ctx, &sigs, bytes.NewReader(data), k, pgp.Form{Binary: true, Text: as == "text"})
		if err != nil {
			return cannotSign(err)
		}
		if i == 0 {
			micalg = m
		} else if micalg != m {
			micalg = ""
		}
	}
	if o.has("micalg-out") {
		if err := writeOutput(o.last("micalg-out", ""), []byte(micalg)); err != nil {
			return err
		}
	}
	text, err := pgp.Armor(sigs.Bytes())
	if err != nil {
		return err
	}
	return o.emit(out, text)
}

// verifications writes a line for each valid signature in the time window.
func verifications(sigs []pgp.Signature, from, until time.Time) []byte {
	var b bytes.Buffer
	for _, s := range sigs {
		if s.Status != pgp.Valid || s.Created.Before(from) || !until.IsZero() && s.Created.After(until.Add(time.Minute)) {
			continue
		}
		mode := "binary"
		if s.Text {
			mode = "text"
		}
		fmt.Fprintf(&b, "%s %s %s mode:%s\n", s.Created.Format("2006-01-02T15:04:05Z"), s.Key, s.Signer, mode)
	}
	return b.Bytes()
}

func verify(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	o, err := parse(args, "not-before=", "not-after=")
	if err != nil {
		return err
	}
	if err := o.need(2, "SIGNATURES or CERT"); err != nil {
		return err
	}
	from, until, err := o.window("")
	if err != nil {
		return err
	}
	sig, err := readInput(o.args[0])
	if err != nil {
		return err
	}
	certs, err := readCerts(o.args[1:])
	if err != nil {
		return err
	}
	sigs, err := engine.VerifyDetached(ctx, in, bytes.NewReader(sig), certs)
	if err != nil {
		return fail(exitBadData, "%w", err)
	}
	lines := verifications(sigs, from, until)
	if len(lines) == 0 {
		return noSignature(sigs)
	}
	_, err = out.Write(lines)
	return err
}

func noSignature(sigs []pgp.Signature) error {
	why := ""
	for _, s := range sigs {
		why += fmt.Sprintf("; %s %s", s.Status, s.Reason)
	}
	return fail(exitNoSignature, "no valid signature%s", why)
}

func armor(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	if _, err := parse(args, "label="); err != nil {
		return err
	}
	data, err := readAll(in)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(data, []byte("-----BEGIN PGP ")) {
		_, err = out.Write(data)
		return err
	}
	text, err := pgp.Armor(data)
	if err != nil {
		return fail(exitBadData, "%w", err)
	}
	_, err = out.Write(text)
	return err
}

func dearmor(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	if _, err := parse(args); err != nil {
		return err
	}
	r, _, err := pgp.Dearmor(in)
	if err == nil {
		_, err = io.Copy(out, r)
	}
	if err != nil {
		return fail(exitBadData, "%w", err)
	}
	return nil
}
