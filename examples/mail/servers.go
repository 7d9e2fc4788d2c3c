package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	cvdmail "github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/mail/imap"
	"github.com/cvdkit/cvdkit/cvd/mail/lmtp"
)

// secret is the password or the token of a server.
func (t *team) secret(s server) (value string, token bool, err error) {
	switch {
	case s.TokenEnv != "":
		return os.Getenv(s.TokenEnv), true, nil
	case s.PasswordEnv != "":
		return os.Getenv(s.PasswordEnv), false, nil
	case s.Password != "":
		data, err := os.ReadFile(t.beside(s.Password))
		return strings.TrimRight(string(data), "\r\n"), false, err
	}
	return "", false, fmt.Errorf("%s: %s has a user and no password, password_env or token_env", t.file, s.Addr)
}

func (t *team) tls(s server) (*tls.Config, error) {
	if s.CA == "" {
		return &tls.Config{}, nil
	}
	data, err := os.ReadFile(t.beside(s.CA))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s: ca: no certificate in %s", t.file, s.CA)
	}
	return &tls.Config{RootCAs: roots}, nil
}

// submission is the server that the team's mail leaves by.
func (t *team) submission() (*cvdmail.SMTP, error) {
	s := t.SMTP
	if s.Addr == "" {
		return nil, fmt.Errorf("%s: smtp has no addr", t.file)
	}
	config, err := t.tls(s)
	if err != nil {
		return nil, err
	}
	out := &cvdmail.SMTP{Addr: s.Addr, Dial: (&net.Dialer{}).DialContext, TLS: config, Implicit: s.Implicit}
	if s.User != "" {
		out.Auth = func(context.Context) (smtp.Auth, error) {
			value, token, err := t.secret(s)
			host, _, _ := net.SplitHostPort(s.Addr)
			if token {
				return cvdmail.XOAUTH2(s.User, value), err
			}
			return smtp.PlainAuth("", s.User, value, host), err
		}
	}
	return out, nil
}

// send sends what is due over SMTP.
func send(ctx context.Context, o deskOptions, out io.Writer) error {
	now, err := clock(o.now)
	if err != nil {
		return err
	}
	t, err := readConfig(o.config)
	if err != nil {
		return err
	}
	over, err := t.submission()
	if err != nil {
		return err
	}
	return t.send(ctx, o, over, now, out)
}

// fetch takes in what lies in a folder of an IMAP server.
func fetch(ctx context.Context, o deskOptions, out io.Writer) error {
	return withIntake(ctx, o, func(t *team, in *cvdmail.Intake, _ func() time.Time) error {
		s := t.IMAP
		if s.Addr == "" || s.User == "" {
			return fmt.Errorf("%s: imap has no addr or no user", t.file)
		}
		config, err := t.tls(s)
		if err != nil {
			return err
		}
		value, token, err := t.secret(s)
		if err != nil {
			return err
		}
		f := &imap.Folder{Addr: s.Addr, Dial: (&net.Dialer{}).DialContext, TLS: config, Name: s.Folder, Done: s.Done}
		login := func(context.Context) (string, string, error) { return s.User, value, nil }
		if f.Password = login; token {
			f.Password, f.Token = nil, login
		}
		got, err := f.Run(ctx, in, 1000)
		failed := []error{err}
		for _, x := range got {
			name := fmt.Sprintf("%d/%d", x.UIDValidity, x.UID)
			if x.Err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", name, x.Err))
			} else {
				failed = append(failed, printTaken(name, x.Result, o.json, out))
			}
		}
		return errors.Join(failed...)
	})
}

// serve takes mail in over LMTP, on a Unix socket.
func serve(ctx context.Context, o deskOptions, errs io.Writer) error {
	return withIntake(ctx, o, func(_ *team, in *cvdmail.Intake, now func() time.Time) error {
		s, err := lmtp.NewServer(ctx, lmtp.Config{Intake: in, Now: now, Problem: func(err error) { fmt.Fprintln(errs, "mail:", err) }})
		if err != nil {
			return err
		}
		if err := os.Remove(o.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		l, err := net.Listen("unix", o.socket)
		if err != nil {
			return err
		}
		// Whoever may open the socket may hand mail in: see docs/hosting.md.
		if err := os.Chmod(o.socket, 0o660); err != nil {
			return err
		}
		defer context.AfterFunc(ctx, func() { s.Close() })()
		if err := s.Serve(l); ctx.Err() == nil {
			return err
		}
		return nil
	})
}

// withIntake opens the database for taking mail in.
func withIntake(ctx context.Context, o deskOptions, f func(*team, *cvdmail.Intake, func() time.Time) error) error {
	now, err := clock(o.now)
	if err != nil {
		return err
	}
	t, err := readConfig(o.config)
	if err != nil {
		return err
	}
	b, err := openBase(ctx, o.db, t, now, cvd.TransportFunc(nothingSent))
	if err != nil {
		return err
	}
	return errors.Join(f(t, t.intake(b), now), b.Close())
}
