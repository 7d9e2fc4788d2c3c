package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	cvdmail "github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
)

// tempFail is what a mail server takes for "give it to me again" (sysexits.h).
const tempFail = 75

// deskOptions are the flags of the commands that work on a database.
type deskOptions struct {
	db, config, now string
	json            bool

	from string // intake: the envelope
	to   list

	out    string // outbox
	socket string // serve

	number  string // post
	parties list

	args []string
}

func parseDesk(cmd string, args []string, errs io.Writer) (o deskOptions, err error) {
	fs := flag.NewFlagSet("mail "+cmd, flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() { fmt.Fprint(errs, usage); fs.PrintDefaults() }
	fs.StringVar(&o.db, "db", "", "the database `file`; its secret lies beside it")
	fs.StringVar(&o.config, "config", "", "the configuration `file`")
	fs.StringVar(&o.now, "now", "", "the `time` to go by, as in RFC 3339; the clock's if empty")
	files, enough := false, true
	switch cmd {
	case "intake":
		fs.StringVar(&o.from, "envelope-from", "", "the sender by the `address` of the envelope; <> is the null sender")
		fs.Var(&o.to, "envelope-to", "a recipient by the `address` of the envelope; repeat it")
		fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
		files = true
	case "outbox":
		fs.StringVar(&o.out, "out", "", "the `directory` for the mails; it must exist")
	case "post":
		fs.StringVar(&o.number, "case", "", "the `number` of the case")
		fs.Var(&o.parties, "to", "the `number` of a participant in the case; repeat it")
		files = true
	case "serve":
		fs.StringVar(&o.socket, "lmtp", "", "the Unix `socket` on which mail is handed over")
	case "cases", "fetch":
		fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
	}
	if anywhere.Parse(fs, args) != nil {
		return o, errUsage
	}
	o.args = fs.Args()
	fs.Visit(func(f *flag.Flag) {
		if f.Name == "envelope-from" && o.from == "" { // a server hands over the null sender
			o.from = "<>"
		}
	})
	switch cmd {
	case "outbox":
		enough = o.out != ""
	case "serve":
		enough = o.socket != ""
	case "post":
		enough = o.number != "" && len(o.parties) > 0
	}
	if o.db == "" || o.config == "" && cmd != "cases" || files != (len(o.args) > 0) || !enough {
		fs.Usage()
		return o, errUsage
	}
	return o, nil
}

// taken is a line of the output.
type taken struct {
	File     string          `json:"file"`
	Result   cvdmail.Outcome `json:"result"`
	Case     string          `json:"case,omitempty"`
	Party    cvd.PartyID     `json:"party,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Rule     int             `json:"rule"`
	Answered bool            `json:"answered"`
	Sender   struct {
		Address string      `json:"address,omitempty"`
		KnownBy cvd.KnownBy `json:"known_by"`
	} `json:"sender"`
}

// intake takes mails into the cases of a database. An error is temporary, but for
// one of the flags or the configuration.
func intake(ctx context.Context, o deskOptions, stdin io.Reader, out io.Writer) error {
	return withIntake(ctx, o, func(_ *team, in *cvdmail.Intake, now func() time.Time) error {
		var failed []error // one that fails holds up no other
		for _, name := range o.args {
			r, err := takeFile(ctx, in, o, name, now(), stdin)
			if err == nil {
				err = printTaken(name, r, o.json, out)
			}
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", name, err))
			}
		}
		return errors.Join(failed...)
	})
}

// printTaken prints what came of a mail.
func printTaken(name string, r cvdmail.Result, asJSON bool, out io.Writer) (err error) {
	line := taken{File: name, Result: r.Outcome, Case: r.Number, Party: r.Party, Reason: r.Reason, Rule: r.Rule, Answered: r.Answered}
	line.Sender.Address, line.Sender.KnownBy = string(r.Sender.Address), r.Sender.KnownBy
	if asJSON {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		return e.Encode(line)
	}
	_, err = fmt.Fprintf(out, "%s: %s %s (rule %d) %s\n", name, r.Outcome, r.Number, r.Rule, r.Reason)
	return err
}

func takeFile(ctx context.Context, in *cvdmail.Intake, o deskOptions, name string, now time.Time, stdin io.Reader) (cvdmail.Result, error) {
	src := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return cvdmail.Result{}, err
		}
		defer f.Close()
		src = f
	}
	return in.Take(ctx, cvdmail.Envelope{From: o.from, To: o.to, Received: now}, src)
}
