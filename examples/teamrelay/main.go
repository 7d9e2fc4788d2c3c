// Teamrelay turns a mail to a team's address into one encrypted mail for each
// member: the mail is decrypted and verified once, and what leaves is encrypted
// afresh and signed by the team. It fits behind a mail server's pipe or an
// alias; handing the written files to the mail server is left to it.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

const usage = `usage: teamrelay -team ADDRESS -key FILE -member ADDRESS=FILE... -out DIR [flags] < MAIL
       teamrelay -demo

Reads one mail and writes one encrypted mail for each member into DIR, named
after the member. The team's key opens the mail and signs what is written. If
the key is locked, its passphrase is in the environment variable that
-passphrase-env names.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// config is what the flags say.
type config struct {
	team, key, senders, out, passEnv string
	members                          []string
	demo                             bool
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	var c config
	fs := flag.NewFlagSet("teamrelay", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() { fmt.Fprint(errs, usage); fs.PrintDefaults() }
	fs.StringVar(&c.team, "team", "", "the team's `address`")
	fs.StringVar(&c.key, "key", "", "`file` with the team's secret key")
	fs.Func("member", "a member's `address=file`, the file with his certificate; repeat it", func(s string) error {
		c.members = append(c.members, s)
		return nil
	})
	fs.StringVar(&c.senders, "senders", "", "`file` with certificates of known senders")
	fs.StringVar(&c.out, "out", "", "`directory` for the mails; it must exist")
	fs.StringVar(&c.passEnv, "passphrase-env", "", "`name` of the variable with the key's passphrase")
	fs.BoolVar(&c.demo, "demo", false, "show a mail on its way, with keys made on the spot")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	var err error
	if c.demo {
		err = demo(ctx, out)
	} else {
		err = relay(ctx, c, in, out)
	}
	if err != nil {
		fmt.Fprintln(errs, "teamrelay:", err)
		return 1
	}
	return 0
}

func relay(ctx context.Context, c config, in io.Reader, out io.Writer) error {
	if c.team == "" || c.key == "" || len(c.members) == 0 || c.out == "" {
		return errors.New("-team, -key, -member and -out are needed; see teamrelay -help")
	}
	team := pgpmime.Team{Address: c.team}
	key, err := os.ReadFile(c.key)
	if err != nil {
		return err
	}
	keys, err := pgp.ParseSecrets(bytes.NewReader(key), func(fpr string) ([]byte, error) {
		if p, ok := os.LookupEnv(c.passEnv); ok && c.passEnv != "" {
			return []byte(p), nil
		}
		return nil, fmt.Errorf("key %s is locked; name the variable with its passphrase by -passphrase-env", fpr)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.key, err)
	}
	if len(keys) != 1 {
		return fmt.Errorf("%s holds %d keys; the team has one", c.key, len(keys))
	}
	team.Key = keys[0]
	for _, m := range c.members {
		address, file, ok := strings.Cut(m, "=")
		if !ok {
			return fmt.Errorf("-member %s: write it as address=file", m)
		}
		certs, err := readCerts(file)
		if err != nil {
			return err
		}
		if len(certs) != 1 {
			return fmt.Errorf("%s holds %d certificates; a member has one", file, len(certs))
		}
		team.Members = append(team.Members, pgp.Recipient{Address: address, Cert: certs[0]})
	}
	var senders []pgp.Cert
	if c.senders != "" {
		if senders, err = readCerts(c.senders); err != nil {
			return err
		}
	}
	mails, problems, err := team.Relay(ctx, &pgp.Engine{}, in, senders, time.Now())
	report(out, problems)
	if err != nil {
		return err
	}
	for _, m := range mails {
		name := filepath.Join(c.out, fileName(m.To))
		if err := os.WriteFile(name, m.Data, 0o600); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: written to %s\n", m.To, name)
	}
	return nil
}

func report(out io.Writer, problems []pgp.Problem) {
	for _, p := range problems {
		fmt.Fprintf(out, "%s: NOT REACHED: %v\n", pgp.Printable(p.Address), p.Reason)
	}
}

func readCerts(file string) ([]pgp.Cert, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	certs, _, err := pgp.ParseCerts(bytes.NewReader(data), pgp.ParseOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return certs, nil
}

// fileName makes a file name of an address.
func fileName(address string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '@' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, strings.TrimLeft(address, ".")) + ".eml"
}
