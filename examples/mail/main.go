// Mail looks into a mail that holds OpenPGP, and relays one to a team.
//
// "mail open" tells what is in a mail: how it is protected, who signed what, the
// text, what was not looked into, and to whom a reply may go. "mail relay" turns
// a mail to a team's address into one encrypted mail for each member; it fits
// behind a mail server's pipe or an alias. "mail intake" takes mails into the cases of
// a database, "mail post" answers, "mail outbox" writes what is due, and "mail cases"
// shows what there is. "mail demo" shows the first two.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
)

const usage = `usage: mail open [-json] [-key FILE]... [-cert FILE]... [-password FILE] FILE...
       mail relay -key FILE... -member CERT... [-cert FILE]... [-team ADDRESS] -out DIR FILE
       mail intake -db FILE -config FILE [-now TIME] [-envelope-from ADDRESS]
                   [-envelope-to ADDRESS]... [-json] FILE...
       mail fetch -db FILE -config FILE [-json]
       mail serve -db FILE -config FILE -lmtp SOCKET
       mail post -db FILE -config FILE -case NUMBER -to PARTICIPANT... TEXT
       mail outbox -db FILE -config FILE -out DIR
       mail send -db FILE -config FILE
       mail cases -db FILE [-json]
       mail demo

post   sends a text to participants of a case, by their numbers in it.
outbox writes the mails that are due into DIR instead of sending them.
cases  lists the cases; with -json one object a line, with all that the team sees.
fetch  takes in what lies in the IMAP folder of the configuration.
serve  takes in what a mail server hands over by LMTP.
send   sends what is due over the SMTP server of the configuration.
intake takes mails into the cases of a database, behind a mail server's pipe; it
       exits with 75 where the same mail is to be given again.
open   prints what is in each mail; with -json one object a line.
relay  writes one encrypted mail for each member into DIR, named by the
       member's fingerprint and ending in .eml.

FILE "-" is the standard input. A locked key is unlocked with the passphrase in
the environment variable that -passphrase-env names.

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// list collects a flag that may stand several times.
type list []string

func (l *list) String() string     { return fmt.Sprint(*l) }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// options are what the flags say.
type options struct {
	keys, certs, members         list
	password, passEnv, team, out string
	json                         bool
	files                        []string
}

var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	err := errUsage
	if len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		fmt.Fprint(out, usage)
		return 0
	}
	if len(args) > 0 {
		var o options
		switch cmd := args[0]; cmd {
		case "open", "relay":
			if err = parse(&o, cmd, args[1:], errs); err != nil {
				break
			}
			if cmd == "open" {
				err = open(ctx, o, in, out)
			} else {
				err = relay(ctx, o, in, out)
			}
		case "intake", "fetch", "serve", "post", "outbox", "send", "cases":
			var d deskOptions
			if d, err = parseDesk(cmd, args[1:], errs); err == nil {
				err = work(ctx, cmd, d, in, out, errs)
			}
			if cmd == "intake" && err != nil && !errors.Is(err, errUsage) {
				fmt.Fprintln(errs, "mail:", err)
				return tempFail
			}
		case "demo":
			err = demo(ctx, out)
		}
	}
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprint(errs, usage)
		return 2
	case err != nil:
		fmt.Fprintln(errs, "mail:", err)
		return 1
	}
	return 0
}

func work(ctx context.Context, cmd string, o deskOptions, in io.Reader, out, errs io.Writer) error {
	switch cmd {
	case "intake":
		return intake(ctx, o, in, out)
	case "fetch":
		return fetch(ctx, o, out)
	case "serve":
		return serve(ctx, o, errs)
	case "post":
		return post(ctx, o, out)
	case "send":
		return send(ctx, o, out)
	case "outbox":
		return outbox(ctx, o, out)
	}
	return cases(ctx, o, out)
}

func parse(o *options, cmd string, args []string, errs io.Writer) error {
	fs := flag.NewFlagSet("mail "+cmd, flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() { fmt.Fprint(errs, usage); fs.PrintDefaults() }
	fs.Var(&o.keys, "key", "`file` with secret keys that open the mail; repeat it")
	fs.Var(&o.certs, "cert", "`file` with certificates of senders; repeat it")
	fs.StringVar(&o.passEnv, "passphrase-env", "", "`name` of the variable with the passphrase of the keys")
	if cmd == "open" {
		fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
		fs.StringVar(&o.password, "password", "", "`file` with a password that opens the mail")
	} else {
		fs.Var(&o.members, "member", "`file` with a member's certificate, or address=file; repeat it")
		fs.StringVar(&o.team, "team", "", "the team's `address`; that of the first key if empty")
		fs.StringVar(&o.out, "out", "", "`directory` for the mails; it must exist")
	}
	if err := anywhere.Parse(fs, args); err != nil {
		return errUsage
	}
	o.files = fs.Args()
	if len(o.files) == 0 || cmd == "relay" && (len(o.keys) == 0 || len(o.members) == 0 || o.out == "" || len(o.files) != 1) {
		return errUsage
	}
	return nil
}
