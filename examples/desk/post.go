package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	cvdmail "github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/mail/imap"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// post is the team's mail.
type post struct {
	certs  cvdmail.Ring
	folder *imap.Folder // nil: none is fetched
	intake *cvdmail.Intake
	out    cvd.Transport // nil: none is sent
}

// openPost sets up mail out, and remembers what mail in needs.
func (d *desk) openPost(cfg *cvd.Config) error {
	if d.o.mail == "" {
		return nil
	}
	d.post = &post{}
	if d.o.certs != "" {
		text, err := os.ReadFile(d.o.certs)
		if err != nil {
			return err
		}
		if d.post.certs, _, err = pgp.ParseCerts(bytes.NewReader(text), pgp.ParseOptions{}); err != nil {
			return fmt.Errorf("-certs: %w", err)
		}
	}
	if d.o.smtp != "" {
		over, err := submission(d.o.smtp)
		if err != nil {
			return err
		}
		if !d.key.Cert().HasAddress(d.o.mail) {
			return fmt.Errorf("the team's key is not one of %s, and every mail of the team is signed: name the right one by -key", d.o.mail)
		}
		d.post.out = &cvdmail.Transport{
			Submit: over, Address: d.o.mail, Name: team, Key: d.key, Engine: &pgp.Engine{}, Certs: d.post.certs, Now: time.Now,
		}
		cfg.Transports = map[string]cvd.Transport{cvd.TransportMail: d.post.out}
	}
	if d.o.imap != "" {
		var err error
		d.post.folder, err = folder(d.o.imap)
		return err
	}
	return nil
}

// server reads the address of a mail server, which is never printed: it could hold a
// password.
func server(flag, s, implicit, starttls string) (u *url.URL, addr string, err error) {
	u, err = url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != implicit && (starttls == "" || u.Scheme != starttls) {
		return nil, "", fmt.Errorf("-%s is %s://user@host", flag, implicit)
	}
	if _, has := u.User.Password(); has {
		return nil, "", fmt.Errorf("-%s holds a password, which every user of this machine can read in the list of processes: put it into DESK_%s_PASSWORD", flag, strings.ToUpper(flag))
	}
	port := map[string]string{"smtps": "465", "smtp": "587", "imaps": "993"}[u.Scheme]
	if u.Port() != "" {
		port = u.Port()
	}
	return u, net.JoinHostPort(u.Hostname(), port), nil
}

func submission(s string) (*cvdmail.SMTP, error) {
	u, addr, err := server("smtp", s, "smtps", "smtp")
	if err != nil {
		return nil, err
	}
	out := &cvdmail.SMTP{Addr: addr, Dial: (&net.Dialer{}).DialContext, TLS: &tls.Config{}, Implicit: u.Scheme == "smtps"}
	if name := u.User.Username(); name != "" {
		out.Auth = func(context.Context) (smtp.Auth, error) {
			return smtp.PlainAuth("", name, os.Getenv("DESK_SMTP_PASSWORD"), u.Hostname()), nil
		}
	}
	return out, nil
}

func folder(s string) (*imap.Folder, error) {
	u, addr, err := server("imap", s, "imaps", "")
	if err != nil {
		return nil, err
	}
	return &imap.Folder{
		Addr: addr, Dial: (&net.Dialer{}).DialContext, TLS: &tls.Config{}, Name: strings.Trim(u.Path, "/"),
		Password: func(context.Context) (string, string, error) {
			return u.User.Username(), os.Getenv("DESK_IMAP_PASSWORD"), nil
		},
	}, nil
}

// fetch takes in what lies in the mailbox. Of several processes one does.
func (d *desk) fetch(ctx context.Context) error {
	if d.post == nil || d.post.folder == nil {
		return nil
	}
	if d.post.intake == nil {
		d.post.intake = &cvdmail.Intake{
			Service: d.svc, Addresses: []string{d.o.mail}, Checked: d.post.certs, By: cvd.By{Actor: "mail"},
			Opener: pgpmime.Opener{Engine: &pgp.Engine{}, Keyring: pgp.Keyring{Secrets: []pgp.Secret{d.key}, Certs: append([]pgp.Cert{d.key.Cert()}, d.post.certs...)}},
		}
	}
	mine, err := d.turn(ctx, "desk/imap", 5*time.Minute)
	if err != nil || !mine {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, 4*time.Minute)
	defer stop()
	got, err := d.post.folder.Run(ctx, d.post.intake, 100)
	for _, x := range got {
		err = errors.Join(err, x.Err)
	}
	return errors.Join(err, d.leave(context.WithoutCancel(ctx), "desk/imap"))
}

// turn takes a piece of work for some time, unless another process has it.
func (d *desk) turn(ctx context.Context, key string, span time.Duration) (bool, error) {
	b, version, err := d.state.Get(ctx, key)
	if err != nil {
		return false, err
	}
	if until, _ := strconv.ParseInt(string(b), 10, 64); time.Now().Unix() < until {
		return false, nil
	}
	_, err = d.state.Put(ctx, key, version, strconv.AppendInt(nil, time.Now().Add(span).Unix(), 10))
	if errors.Is(err, cvd.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

func (d *desk) leave(ctx context.Context, key string) error {
	_, version, err := d.state.Get(ctx, key)
	if err == nil {
		_, err = d.state.Put(ctx, key, version, nil)
	}
	if errors.Is(err, cvd.ErrConflict) {
		return nil // its time was over, and another has it
	}
	return err
}
