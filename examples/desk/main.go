// Desk is a team at work, in one program: the form and the portal for reporters and
// vendors, mail in and out, security.txt, the team's policy, published advisories, and
// the team's own pages.
//
//	go run ./examples/desk
//
// opens on loopback with made-up cases, says where, and with which receipt to try. With
// -db it keeps real ones, in an SQLite file or on PostgreSQL; any number of processes
// may work on one PostgreSQL: each with the same -files, that is, a copy of the secret
// and of the key, and with the same mail account.
//
//	desk -db cases.db -url https://psirt.example -autocert psirt.example,desk.psirt.example \
//	     -listen :443 -team-listen :8443 -users users.json \
//	     -mail psirt@psirt.example -smtp smtps://psirt@mail.example -imap imaps://psirt@mail.example/INBOX \
//	     -sealed -publish public
//
// It refuses what is not safe: plain HTTP that other machines can reach, and the team's
// pages there without a login. A person is added to the file of users by
//
//	desk -users users.json -add-user ana -groups firmware,cloud
//
// which reads a password and prints the key for an authenticator.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata"
)

type options struct {
	listen, teamListen string
	autocert, acme     string
	http               string
	behind             int
	url, teamURL       string

	db, schema, files string
	sealed            bool
	zone              string

	users, addUser, groups string

	mail, smtp, imap, key, certs string

	policy, publish string
	known           []string
	try             bool

	// No flags.
	now    func() time.Time  // the clock of what is done to cases
	errs   io.Writer         // for problems
	acmeBy http.RoundTripper // to the ACME server; nil: the usual one
}

func parse(args []string, errs io.Writer) (o options, err error) {
	o.now, o.errs = time.Now, errs
	f := flag.NewFlagSet("desk", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`ADDRESS` of the form and the portal")
	f.StringVar(&o.teamListen, "team-listen", "127.0.0.1:8081", "`ADDRESS` of the team's pages")
	f.StringVar(&o.autocert, "autocert", "", "`NAMES` of hosts, with commas between them, for which certificates are got by ACME (Let's Encrypt)")
	f.StringVar(&o.acme, "acme", "", "the https `DIRECTORY` of another ACME server than Let's Encrypt, for -autocert")
	f.StringVar(&o.http, "http", "", "with -autocert, the `ADDRESS` of plain HTTP, such as :80, which answers the ACME server and leads everybody else to https")
	f.IntVar(&o.behind, "behind-proxy", 0, "how `MANY` proxies of your own, which speak TLS, stand before both addresses")
	f.StringVar(&o.url, "url", "", "the https `ADDRESS` of the public pages, for links in mails and in security.txt")
	f.StringVar(&o.teamURL, "team-url", "", "the https `ADDRESS` of the team's pages; requests for other hosts are refused")
	f.StringVar(&o.db, "db", "", "where the cases are: an SQLite `FILE`, or postgres://… (default: made-up cases in a temporary folder)")
	f.StringVar(&o.schema, "schema", "", "the `SCHEMA` of PostgreSQL that holds the tables (default: public), made at need")
	f.StringVar(&o.files, "files", "", "the `BEGINNING` of the names of files beside the cases, such as BEGINNING.secret (default: FILE of -db, else \"desk\")")
	f.BoolVar(&o.sealed, "sealed", false, "encrypt what the database keeps in private to the team's key")
	f.StringVar(&o.zone, "zone", "UTC", "the time `ZONE` of all dates, such as Europe/Berlin")
	f.StringVar(&o.users, "users", "", "the `FILE` of who may log in (default: whoever has the link that is printed)")
	f.StringVar(&o.addUser, "add-user", "", "add `NAME` to the file of users, with a password from the standard input, and end")
	f.StringVar(&o.groups, "groups", "", "the `GROUPS` of -add-user, with commas between them; * sees everything")
	f.StringVar(&o.mail, "mail", "", "the `ADDRESS` at which the team gets its mail")
	f.StringVar(&o.smtp, "smtp", "", "send mail by `URL`, smtps://user@host or smtp://user@host:587 (STARTTLS); the password is in DESK_SMTP_PASSWORD")
	f.StringVar(&o.imap, "imap", "", "take mail in from `URL`, imaps://user@host/FOLDER; the password is in DESK_IMAP_PASSWORD")
	f.StringVar(&o.key, "key", "", "the `FILE` with the team's OpenPGP key, whose passphrase is in DESK_KEY_PASSPHRASE (default: BEGINNING.key.asc, made at need)")
	f.StringVar(&o.certs, "certs", "", "the `FILE` with OpenPGP certificates of others that the team has checked")
	f.StringVar(&o.policy, "policy", "", "the `FILE` with the team's RFC 2350 document, for the page on its policy")
	f.StringVar(&o.publish, "publish", "", "publish advisories as a CSAF provider, from `DIR`; needs -url")
	f.Func("known", "compare submissions with the advisories in `PATH`, a file or a folder with OSV, CSAF or CVE documents, read at the start; all of the team see them; may be given again", func(s string) error {
		if s == "" {
			return errors.New("name a file or a folder")
		}
		o.known = append(o.known, s)
		return nil
	})
	f.BoolVar(&o.try, "try", false, "start, fetch each page once, and end")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.autocert = strings.ToLower(o.autocert)
	if f.NArg() > 0 {
		return o, errors.New("desk takes no arguments, only flags; see -help")
	}
	return o, nil
}

func main() {
	o, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if o.addUser != "" {
			err = addUser(o, os.Stdin, os.Stdout)
		} else {
			err = run(ctx, os.Stdout, o)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "desk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	d, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer d.close()
	return d.serve(ctx, w)
}

// list splits what stands between commas.
func list(s string) (out []string) {
	for _, x := range strings.Split(s, ",") {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}
