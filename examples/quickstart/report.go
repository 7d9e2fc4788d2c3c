package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

//go:embed testdata/report.eml
var builtin []byte

// report is a mail as it came in: bytes, which package mail reads.
type report struct {
	raw      []byte
	received time.Time
	secret   pgp.Secret // of the reporter, only of the report that is built in
	ours     bool       // it is built in
	keys     pgp.Keyring
}

// readReport reads a mail from a file, or the one that is built in. It looks into it
// for nothing but the date, from which the story's clock starts.
func readReport(o options) (*report, error) {
	r := &report{ours: o.report == ""}
	if r.ours {
		if err := r.builtIn(o.db + ".eml"); err != nil {
			return nil, err
		}
	} else {
		f, err := os.Open(o.report)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if r.raw, err = io.ReadAll(io.LimitReader(f, mail.MaxMail+1)); err != nil {
			return nil, err
		}
		if len(r.raw) == 0 {
			return nil, fmt.Errorf("%s is empty", o.report)
		}
	}
	for _, name := range o.keys {
		if err := r.addKeys(name); err != nil {
			return nil, err
		}
	}
	r.received = time.Now().Truncate(time.Second)
	if m, err := netmail.ReadMessage(bytes.NewReader(r.raw)); err == nil {
		if t, err := m.Header.Date(); err == nil && t.Year() > 1999 && t.Year() < 2100 {
			r.received = t
		}
	}
	return r, nil
}

// addKeys reads secret keys, which open the mail, or certificates, which check its
// signature.
func (r *report) addKeys(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if secrets, err := pgp.ParseSecrets(bytes.NewReader(b), nil); err == nil && len(secrets) > 0 {
		r.keys.Secrets = append(r.keys.Secrets, secrets...)
		return nil
	}
	certs, _, err := pgp.ParseCerts(bytes.NewReader(b), pgp.ParseOptions{})
	if err != nil {
		return fmt.Errorf("%s is no OpenPGP key: %w", name, err)
	}
	r.keys.Certs = append(r.keys.Certs, certs...)
	return nil
}

// builtIn is the built-in report, with a key for its reporter that is made the first
// time: no secret key lies in a repository, not even one for show. The mail is kept
// beside the database, so that another run gives the same one again.
func (r *report) builtIn(file string) error {
	b, err := os.ReadFile(file)
	if err == nil {
		r.raw = b
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	e := pgp.Engine{Now: func() time.Time { return time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC) }}
	r.secret, _, err = e.Generate(pgp.KeySpec{Name: "Mira Adeyemi", Address: "mira@finder.example"})
	if err != nil {
		return err
	}
	r.raw = bytes.Replace(builtin, []byte("@KEY@"), r.secret.Cert().Armor(), 1)
	return os.WriteFile(file, r.raw, 0o600)
}

// ids are the CVE ID and the number of the advisory: others for another mail, so that
// one database takes several.
func (r *report) ids() (cveID cvd.Private, advisory string) {
	if r.ours {
		return "CVE-1900-12345", "GW-2026-0003"
	}
	h := sha256.Sum256(r.raw)
	n := 1000 + int(binary.BigEndian.Uint32(h[:])%9000)
	return cvd.Private(fmt.Sprintf("CVE-1900-2%d", n)), fmt.Sprintf("GW-2026-%d", n)
}

// take gives the mail to the intake, as a host's mail server does, and shows what was
// read in it.
func (d *desk) take(ctx context.Context, r *report) (mail.Result, error) {
	keys := r.keys
	keys.Secrets = append([]pgp.Secret{d.post.team}, keys.Secrets...)
	in := mail.Intake{
		Service: d.svc, Addresses: []string{teamAddress}, Cases: true, By: cvd.By{Actor: "intake"},
		Opener:  pgpmime.Opener{Engine: &d.post.engine, Keyring: keys},
		Checked: r.keys.Certs, // whoever names a certificate with -key has checked it
	}
	got, err := in.Take(ctx, mail.Envelope{To: []string{teamAddress}, Received: r.received, TLS: true}, bytes.NewReader(r.raw))
	switch {
	case err != nil:
		return got, err
	case got.Outcome == mail.Refused:
		return got, errors.New("the mail is refused: " + got.Reason)
	}
	c, err := d.svc.View(ctx, got.CaseID, cvd.Viewer{Team: true})
	if err != nil {
		return got, err
	}
	d.printReport(c, r)
	return got, nil
}

// printReport shows what is known of the report. It prints texts by their Display,
// which nothing in them can use to deceive a terminal.
func (d *desk) printReport(c *cvd.Case, r *report) {
	d.head("The mail")
	if len(c.Reports) == 0 {
		fmt.Fprintln(d.w, "  it is no report")
		return
	}
	x, from := &c.Reports[0], "nobody who could be read"
	if int(x.Reporter) <= len(c.Participants) && x.Reporter > 0 {
		p := c.Participants[x.Reporter-1]
		if s := strings.TrimSpace(p.Name.Display() + " <" + p.Email.Display() + ">"); s != "<>" {
			from = s
		}
	}
	line := func(name, is string) {
		if is != "" {
			fmt.Fprintf(d.w, "  %-12s %s\n", name, is)
		}
	}
	line("from", fmt.Sprintf("%s (%s)", from, known(x.KnownBy)))
	line("subject", x.Title.Display())
	line("came", fmt.Sprintf("%s; signature: %s", protection(x.Protection), x.Signature))
	line("products", short(x.Products))
	line("details", short(x.Observations))
	line("disclosure", short(x.Wish))
	if x.Credit != cvd.CreditUnstated {
		line("credit", x.CreditName.Display())
	}
	switch text := strings.TrimSpace(string(x.Summary)); strings.Count(text, "\n") {
	case 0:
		line("text", cmp.Or(short(x.Summary), "none that can be read; the original is kept"))
	default:
		line("text", fmt.Sprintf("%d lines: %s", 1+strings.Count(text, "\n"), short(x.Summary)))
	}
	for _, id := range x.Files {
		if a := c.Attachments[id-1]; a.ID == id {
			line("file", fmt.Sprintf("%s, %s, %d bytes", a.Name.Display(), a.Type.Display(), a.Size))
		}
	}
	if r.ours {
		fmt.Fprintln(d.w, "\nThe mail is read by the library. What follows is a script, with a clock of its own.")
		return
	}
	fmt.Fprintln(d.w, "\nThat much is yours. What follows is a script, the same for each mail, with a clock of its own:")
	fmt.Fprintln(d.w, "the finding of the triage, severity, CVE ID, products, two vendors, the fix, and all answers.")
}

func known(k cvd.KnownBy) string {
	if k == cvd.KnownByNothing {
		return "nothing shows who that is"
	}
	return "known by: " + k.String()
}

func protection(p cvd.Protection) string {
	switch p {
	case cvd.ProtectNone:
		return "in clear"
	case cvd.ProtectSealed:
		return "encrypted to the team"
	}
	return "over " + p.String()
}

// short is the first line of a text that says something, cut after 100 characters.
func short(p cvd.Private) string {
	for l := range strings.Lines(string(p)) {
		if l = strings.TrimSpace(cvd.Private(l).Display()); l != "" {
			if r := []rune(l); len(r) > 100 {
				return string(r[:100]) + " …"
			}
			return l
		}
	}
	return ""
}
