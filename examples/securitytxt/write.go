package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// fix mends a file and says what it mended.
func (a app) fix(_ context.Context, fs *flag.FlagSet, args []string) error {
	write := fs.Bool("w", false, "write the result to FILE instead of standard output")
	drop := fs.Bool("drop-signature", false, "mend a signed file and leave its signature out")
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	d, err := a.readOne(fs)
	if err != nil {
		return err
	}
	out, done, err := d.Fix(securitytxt.FixOptions{DropSignature: *drop})
	if errors.Is(err, securitytxt.ErrSigned) {
		return fmt.Errorf("%w; use -drop-signature, then sign the result again", err)
	}
	if err != nil {
		return err
	}
	for _, f := range done {
		fmt.Fprintf(a.stderr, "line %d: mended %s\n", f.Line, f.Code)
	}
	return a.put(fs.Arg(0), out, *write)
}

// sign signs a file.
func (a app) sign(ctx context.Context, fs *flag.FlagSet, args []string) error {
	key := fs.String("key", "", "sign with the OpenPGP secret key in `FILE`")
	pass := fs.String("passphrase-file", "", "the first line of `FILE` unlocks the key")
	origin := fs.String("origin", "", "refuse a Canonical that does not name this `URL`'s host")
	fs.Var(instant{&a.now}, "now", "sign as of this `time` (RFC 3339) instead of now")
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	if *key == "" {
		return errors.New("say with -key FILE who signs")
	}
	d, err := a.readOne(fs)
	if err != nil {
		return err
	}
	out, err := a.signText(ctx, d.Bytes(), *key, *pass, *origin)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(out)
	return err
}

func (a app) signText(ctx context.Context, text []byte, key, pass, origin string) ([]byte, error) {
	s, err := openSigner(key, pass, a.now)
	if err != nil {
		return nil, err
	}
	out, err := securitytxt.Sign(ctx, text, s, securitytxt.SignOptions{Now: a.now(), Origin: origin})
	if err != nil {
		return nil, withHint(err)
	}
	if d, err := securitytxt.Parse(out); err == nil && len(d.File.Canonical) == 0 {
		fmt.Fprintln(a.stderr, "there is no Canonical: the signature does not say where the file belongs")
	}
	return out, nil
}

// withHint adds to an error about a rule how to mend the file.
func withHint(err error) error {
	var rule *securitytxt.RuleError
	if errors.As(err, &rule) {
		return fmt.Errorf("%w %s", err, rule.Finding.Rule().Hint)
	}
	return err
}

// renew gives a file a new Expires, keeps every other line, and signs it again if
// it was signed.
func (a app) renew(ctx context.Context, fs *flag.FlagSet, args []string) error {
	key := fs.String("key", "", "sign with the OpenPGP secret key in `FILE`")
	pass := fs.String("passphrase-file", "", "the first line of `FILE` unlocks the key")
	origin := fs.String("origin", "", "refuse a Canonical that does not name this `URL`'s host")
	days := fs.Int("days", 90, "`days` until the file expires")
	write := fs.Bool("w", false, "write the result to FILE instead of standard output")
	fs.Var(instant{&a.now}, "now", "count days from this `time` (RFC 3339) instead of now")
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	if *days <= 0 {
		return errDays
	}
	d, err := a.readOne(fs)
	if err != nil {
		return err
	}
	if d.Signed() && *key == "" {
		return fmt.Errorf("%w; say with -key FILE who signs the new text", securitytxt.ErrSigned)
	}
	out, err := d.WithExpires(a.now().AddDate(0, 0, *days).UTC().Truncate(time.Second))
	if err != nil {
		return withHint(err)
	}
	if *key != "" {
		if out, err = a.signText(ctx, out, *key, *pass, *origin); err != nil {
			return err
		}
	}
	return a.put(fs.Arg(0), out, *write)
}

var errDays = errors.New("-days must be more than 0: the file would have expired")

// put writes a result to standard output, or over the file that it is from.
func (a app) put(name string, out []byte, over bool) error {
	if over && name != "-" {
		return os.WriteFile(name, out, 0o644)
	}
	_, err := a.stdout.Write(out)
	return err
}

// new writes a file from options.
func (a app) new(_ context.Context, fs *flag.FlagSet, args []string) error {
	var f securitytxt.File
	for name, list := range map[string]*[]string{
		"contact": &f.Contact, "encryption": &f.Encryption, "acknowledgments": &f.Acknowledgments,
		"canonical": &f.Canonical, "policy": &f.Policy, "hiring": &f.Hiring, "csaf": &f.CSAF,
	} {
		fs.Var((*files)(list), name, "a `URI`; may be repeated")
	}
	langs := fs.String("languages", "", "preferred `languages`, like en,fr")
	days := fs.Int("days", 90, "`days` until the file expires")
	fs.BoolFunc("bug-bounty", "state that there is a bug bounty (=false: that there is none)", func(s string) error {
		if s != "true" && s != "false" {
			return errors.New("write -bug-bounty or -bug-bounty=false")
		}
		yes := s == "true"
		f.BugBounty = &yes
		return nil
	})
	fs.Var(instant{&a.now}, "now", "count days from this `time` (RFC 3339) instead of now")
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return errors.New("new takes options only; write the result to a file with >")
	}
	for tag := range strings.SplitSeq(*langs, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			f.PreferredLanguages = append(f.PreferredLanguages, tag)
		}
	}
	if *days <= 0 {
		return errDays
	}
	f.Expires = a.now().AddDate(0, 0, *days).UTC().Truncate(time.Second)
	out, err := f.MarshalText()
	if err != nil {
		return withHint(err)
	}
	_, err = a.stdout.Write(out)
	return err
}
