package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	cvdmail "github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// config is the configuration file. Its paths are relative to it.
type config struct {
	Address    string   `json:"address"`
	Aliases    []string `json:"aliases"`
	Domain     string   `json:"domain"`
	AuthservID string   `json:"authserv_id"`
	Separator  string   `json:"separator"`
	Keys       []string `json:"keys"`    // files with the team's secret keys
	Members    []string `json:"members"` // files with certificates of members
	Certs      []string `json:"certs"`   // files with certificates of senders
}

// tempFail is what a mail server takes for "give it to me again" (sysexits.h).
const tempFail = 75

type intakeOptions struct {
	db, config, now, from string
	to                    list
	json                  bool
	files                 []string
}

func parseIntake(args []string, errs io.Writer) (o intakeOptions, err error) {
	fs := flag.NewFlagSet("mail intake", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() { fmt.Fprint(errs, usage); fs.PrintDefaults() }
	fs.StringVar(&o.db, "db", "", "the database `file`; its secret lies beside it")
	fs.StringVar(&o.config, "config", "", "the configuration `file`")
	fs.StringVar(&o.now, "now", "", "the `time` to go by, as in RFC 3339; the clock's if empty")
	fs.StringVar(&o.from, "envelope-from", "", "the sender by the `address` of the envelope; <> is the null sender")
	fs.Var(&o.to, "envelope-to", "a recipient by the `address` of the envelope; repeat it")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
	if fs.Parse(args) != nil || o.db == "" || o.config == "" || fs.NArg() == 0 {
		return o, errUsage
	}
	o.files = fs.Args()
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
func intake(ctx context.Context, o intakeOptions, stdin io.Reader, out io.Writer) error {
	now := time.Now
	if o.now != "" {
		t, err := time.Parse(time.RFC3339, o.now)
		if err != nil {
			return fmt.Errorf("-now: %w", err)
		}
		now = func() time.Time { return t }
	}
	in, db, err := openIntake(ctx, o, now)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, name := range o.files {
		r, err := takeFile(ctx, in, o, name, now(), stdin)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		line := taken{File: name, Result: r.Outcome, Case: r.Number, Party: r.Party, Reason: r.Reason, Rule: r.Rule, Answered: r.Answered}
		line.Sender.Address, line.Sender.KnownBy = string(r.Sender.Address), r.Sender.KnownBy
		if o.json {
			err = json.NewEncoder(out).Encode(line)
		} else {
			_, err = fmt.Fprintf(out, "%s: %s %s (rule %d) %s\n", name, r.Outcome, r.Number, r.Rule, r.Reason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func takeFile(ctx context.Context, in *cvdmail.Intake, o intakeOptions, name string, now time.Time, stdin io.Reader) (cvdmail.Result, error) {
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

func openIntake(ctx context.Context, o intakeOptions, now func() time.Time) (*cvdmail.Intake, *sql.DB, error) {
	data, err := os.ReadFile(o.config)
	if err != nil {
		return nil, nil, err
	}
	var c config
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", o.config, err)
	}
	if c.Address == "" {
		return nil, nil, fmt.Errorf("%s: address is missing: where does the team get its mail?", o.config)
	}
	beside := func(names []string) (out []string) {
		for _, n := range names {
			if !filepath.IsAbs(n) {
				n = filepath.Join(filepath.Dir(o.config), n)
			}
			out = append(out, n)
		}
		return out
	}
	keys, err := readKeys(options{keys: beside(c.Keys)})
	if err != nil {
		return nil, nil, err
	}
	certs, err := readCerts(beside(append(c.Certs, c.Members...))...)
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: o.db}).String())
	if err != nil {
		return nil, nil, err
	}
	svc, err := openService(ctx, db, o.db, now)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return &cvdmail.Intake{
		Service: svc, Addresses: append([]string{c.Address}, c.Aliases...), Domain: c.Domain, Separator: c.Separator, AuthservID: c.AuthservID,
		Opener: pgpmime.Opener{Engine: &pgp.Engine{}, Keyring: pgp.Keyring{Secrets: keys, Certs: certs}},
	}, db, nil
}

func openService(ctx context.Context, db *sql.DB, file string, now func() time.Time) (*cvd.Service, error) {
	store, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite, Now: now})
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, err
	}
	secret, err := secretBeside(file)
	if err != nil {
		return nil, err
	}
	return cvd.New(cvd.Config{
		Store: store, Blobs: store.Blobs(), Secret: secret, Now: now,
		Transports: map[string]cvd.Transport{cvd.TransportMail: cvd.TransportFunc(nothingSent)},
	})
}

// nothingSent leaves what is due in the outbox: this command takes mail in only.
func nothingSent(context.Context, cvd.Outgoing) (cvd.Sent, error) {
	return cvd.Sent{}, errors.New("mail intake sends nothing")
}

// secretBeside reads the secret of a database, and makes it the first time.
func secretBeside(file string) ([]byte, error) {
	name := file + ".secret"
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return os.ReadFile(name)
	}
	if err != nil {
		return nil, err
	}
	s := make([]byte, 32)
	if _, err := rand.Read(s); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, err = f.Write(s)
	return s, errors.Join(err, f.Sync(), f.Close())
}
