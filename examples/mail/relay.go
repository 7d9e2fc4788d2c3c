package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

func relay(ctx context.Context, o options, in io.Reader, out io.Writer) error {
	team := pgpmime.Team{Address: o.team}
	var err error
	if team.Keys, err = readKeys(o); err != nil {
		return err
	}
	if team.Address == "" {
		if a := team.Keys[0].Cert().Addresses(); len(a) > 0 {
			team.Address = a[0]
		}
	}
	for _, s := range o.members {
		m, err := readMember(s)
		if err != nil {
			return err
		}
		team.Members = append(team.Members, m)
	}
	senders, err := readCerts(o.certs...)
	if err != nil {
		return err
	}
	file, err := input(o.files[0], in)
	if err != nil {
		return err
	}
	defer file.Close()
	var e pgp.Engine
	m, err := team.Opener(&e, senders).Open(ctx, file)
	if m == nil {
		return err
	}
	defer m.Close()
	if err != nil {
		fmt.Fprintf(out, "NOT OPENED, relayed as it came: %v\n", err)
	}
	problems, err := team.Relay(ctx, &e, m, time.Now(), func(to pgp.Recipient) (io.WriteCloser, error) {
		name := filepath.Join(o.out, to.Cert.Fingerprint()+".eml")
		fmt.Fprintf(out, "%s: %s\n", pgp.Printable(to.Address), name)
		return newFile(name)
	})
	report(out, problems)
	return err
}

// readMember reads "address=file" or a file, whose first address then counts.
func readMember(s string) (pgp.Recipient, error) {
	address, file, named := strings.Cut(s, "=")
	if _, err := os.Stat(s); err == nil || !named {
		address, file = "", s
	}
	certs, err := readCerts(file)
	if err != nil {
		return pgp.Recipient{}, err
	}
	if len(certs) != 1 {
		return pgp.Recipient{}, fmt.Errorf("%s holds %d certificates; a member has one", file, len(certs))
	}
	if a := certs[0].Addresses(); address == "" && len(a) > 0 {
		address = a[0]
	}
	return pgp.Recipient{Address: address, Cert: certs[0]}, nil
}

func report(out io.Writer, problems []pgp.Problem) {
	for _, p := range problems {
		fmt.Fprintf(out, "%s: NOT REACHED: %v\n", pgp.Printable(p.Address), p.Reason)
	}
}

// newFile writes beside the name and renames on Close, so that a mail that failed
// half-way is never sent.
func newFile(name string) (io.WriteCloser, error) {
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	return &renamed{f, name}, err
}

type renamed struct {
	*os.File
	name string
}

func (r *renamed) Close() error {
	if err := r.File.Close(); err != nil {
		return err
	}
	return os.Rename(r.File.Name(), r.name)
}
