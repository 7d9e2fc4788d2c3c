package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// judging are the options of the commands that judge a file.
type judging struct {
	json bool
	keys files
	soon int
}

// expiresSoon is how long before its end a file is said to expire soon.
func (j *judging) expiresSoon() (time.Duration, error) {
	if j.soon < 0 {
		return 0, errors.New("-expires-soon must not be less than 0")
	}
	return time.Duration(j.soon) * 24 * time.Hour, nil
}

func (a *app) judging(fs *flag.FlagSet) *judging {
	j := &judging{}
	fs.BoolVar(&j.json, "json", false, "print one JSON object a line")
	fs.Var(instant{&a.now}, "now", "judge as of this `time` (RFC 3339) instead of now")
	fs.Var(&j.keys, "keys", "verify signatures with the OpenPGP certificates in `FILE`; may be repeated")
	fs.IntVar(&j.soon, "expires-soon", 0, "say so if a file expires within this many `days`; 0 never")
	return j
}

// check reports on files.
func (a app) check(ctx context.Context, fs *flag.FlagSet, args []string) error {
	j := a.judging(fs)
	from := fs.String("from", "", "the `URL` at which the file was retrieved; without it place and Canonical are not checked")
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return errors.New("name a FILE, or - for standard input")
	}
	soon, err := j.expiresSoon()
	if err != nil {
		return err
	}
	v, err := a.openVerifier(j.keys)
	if err != nil {
		return err
	}
	o := securitytxt.CheckOptions{Now: a.now(), ExpiresSoon: soon}
	if *from != "" {
		o.RetrievedFrom = []string{*from}
	}
	valid := true
	for _, name := range fs.Args() {
		raw, err := a.read(name)
		if err != nil {
			return err
		}
		// Past the limit the document is cut, and so not valid.
		d, _ := limits.Parse(raw)
		verified, err := v.verify(ctx, d)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r := newReport(name, d, verified, d.Check(o))
		valid = valid && r.Valid
		if err := a.print(r, j.json); err != nil {
			return err
		}
	}
	if !valid {
		return errInvalid
	}
	return nil
}

// verify verifies if there is a signature and a key.
func (v *verifier) verify(ctx context.Context, d *securitytxt.Document) (*securitytxt.Verified, error) {
	if len(v.certs) == 0 || !d.Signed() || d.Truncated {
		return nil, nil
	}
	return d.Verify(ctx, v)
}

// verify is a check that wants a good signature, whatever else is wrong.
func (a app) verify(ctx context.Context, fs *flag.FlagSet, args []string) error {
	j := a.judging(fs)
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	if len(j.keys) == 0 {
		return errors.New("say with -keys FILE whose signature is wanted")
	}
	v, err := a.openVerifier(j.keys)
	if err != nil {
		return err
	}
	soon, err := j.expiresSoon()
	if err != nil {
		return err
	}
	d, err := a.readOne(fs)
	if err != nil {
		return err
	}
	verified, err := v.verify(ctx, d)
	if err != nil {
		return err
	}
	r := newReport(fs.Arg(0), d, verified, d.Check(securitytxt.CheckOptions{Now: a.now(), ExpiresSoon: soon}))
	if err := a.print(r, j.json); err != nil {
		return err
	}
	if r.Signature.Status != securitytxt.StatusValid {
		return errInvalid
	}
	return nil
}

// fetch retrieves and reports on the file of a host.
func (a app) fetch(ctx context.Context, fs *flag.FlagSet, args []string) error {
	j := a.judging(fs)
	top := fs.Bool("top", false, "compare the file with the one at the top level")
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New("name one HOST, like example.com")
	}
	soon, err := j.expiresSoon()
	if err != nil {
		return err
	}
	v, err := a.openVerifier(j.keys)
	if err != nil {
		return err
	}
	f := &securitytxt.Fetcher{Now: a.now, CompareTopLevel: *top, ExpiresSoon: soon}
	if len(v.certs) > 0 {
		f.Verifier = v
	}
	got, err := f.Fetch(ctx, fs.Arg(0))
	if got == nil {
		return err
	}
	if !j.json {
		for _, t := range got.Attempts {
			for i, hop := range t.Hops {
				fmt.Fprintf(a.stdout, "%*s%q\n", 2*i, "", hop)
			}
			fmt.Fprintf(a.stdout, "  status %d, other page %t, error %v\n", t.Status, t.Soft404, t.Err)
		}
	}
	d := got.Document
	if d == nil {
		d = &securitytxt.Document{Truncated: true} // nothing is known, so not valid
	}
	r := newReport(got.Host, d, nil, got.Findings)
	if got.Verified != nil {
		r.Signature = signature{got.Verified.Signature.Status, got.Verified.Signature.Fingerprint}
	}
	if perr := a.print(r, j.json); perr != nil {
		return perr
	}
	if err == nil && !r.Valid {
		return errInvalid
	}
	return err
}
