package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

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

// hints say what belongs in a section, where its title does not.
var hints = map[rfc2350.SectionID]string{
	rfc2350.SecUpdated:        "such as: Version 1.0, published 2026-11-22.",
	rfc2350.SecTimeZone:       "such as: Europe/Berlin (GMT+0100, GMT+0200 from April to October)",
	rfc2350.SecPhone:          "with the country code",
	rfc2350.SecEmail:          "say which address is for incidents",
	rfc2350.SecKeys:           "the fingerprint, or the whole key block",
	rfc2350.SecHours:          "such as: Monday to Friday, 09:00-17:00",
	rfc2350.SecDisclosure:     "such as: Vulnerabilities are disclosed after 90 days.",
	rfc2350.SecAuthentication: "where the signature of this document is",
}

// create asks for every section of the outline that has a number. An empty answer
// leaves the section empty; a chapter is asked for nothing.
func create(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("new")
	file := f.String("o", "", "write to this file, which must not exist")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	ask := os.Stderr
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	fmt.Fprintln(ask, "Answer each question; end an answer with an empty line. An empty answer means \"None available.\"")
	var sections []rfc2350.Section
	for _, o := range rfc2350.Outline() {
		if o.Number == "" {
			continue
		}
		s := rfc2350.Section{Number: o.Number, Title: o.Title}
		if strings.Contains(o.Number, ".") || o.ID == rfc2350.SecForms || o.ID == rfc2350.SecDisclaimers {
			fmt.Fprintf(ask, "%s %s", o.Number, o.Title)
			if h := hints[o.ID]; h != "" {
				fmt.Fprintf(ask, " (%s)", h)
			}
			fmt.Fprintln(ask, ":")
			var answer []string
			for lines.Scan() && strings.TrimSpace(lines.Text()) != "" {
				answer = append(answer, lines.Text())
			}
			s.Body = strings.Join(answer, "\n")
			if s.Body == "" {
				s.Body = "None available."
			}
		}
		sections = append(sections, s)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	d, err := rfc2350.Compose([]string{"RFC 2350 description"}, sections)
	if err != nil {
		return err
	}
	var b strings.Builder
	printFindings(&b, "", d.Check(rfc2350.Practice, time.Now()))
	fmt.Fprint(ask, b.String())
	if *file == "" {
		_, err = out.Write(d.Text())
		return err
	}
	w, err := os.OpenFile(*file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := w.Write(d.Text()); err != nil {
		w.Close()
		return err
	}
	return w.Close()
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

func verify(_ context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("verify")
	file := f.String("certs", "", "file of the public keys that you trust")
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
	v, err := rfc2350.Verify(&pgp.Engine{Now: at.now}, data, certs, rfc2350.Options{})
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
