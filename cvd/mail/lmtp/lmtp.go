// Package lmtp takes mail in behind a mail server, over LMTP (RFC 2033).
//
// It is a module of its own, because it stands on github.com/emersion/go-smtp. The
// mail server, Postfix for example, receives from the network, checks, and hands over;
// the answer to each mail says whether it is kept, so that nothing is lost: what is
// not kept for the moment stays in the server's queue.
package lmtp

import (
	"context"
	"errors"
	"io"
	"log"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/cvdkit/cvdkit/cvd/mail"
)

// Config says how mail is taken.
type Config struct {
	Intake *mail.Intake // takes each mail in; required
	// Domain is the name by which the server greets; empty: "localhost".
	Domain string
	// Now is when a mail was handed over; nil: the Service dates it, and receipts are
	// not capped by Intake.Answers.
	Now func() time.Time
	// Problem is told of what could not be kept, for the host's log. The error holds no
	// word of a mail. It is called concurrently. May be nil.
	Problem func(error)
}

// Limits of a dialogue.
const (
	maxRecipients = 100
	patience      = 5 * time.Minute
)

// NewServer returns a server; the host lets it Serve a listener, best a Unix socket
// that only the mail server may open, and closes it. LMTP knows no login: whoever can
// connect can hand mail in under any envelope. ctx ends what is under way, so that
// the mail server gives it again.
func NewServer(ctx context.Context, c Config) (*smtp.Server, error) {
	if c.Intake == nil {
		return nil, errors.New("lmtp: Config.Intake is required")
	}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{ctx: ctx, c: &c}, nil
	}))
	s.LMTP = true
	if s.Domain = c.Domain; s.Domain == "" {
		s.Domain = "localhost"
	}
	s.MaxMessageBytes, s.MaxRecipients = mail.MaxMail, maxRecipients
	s.ReadTimeout, s.WriteTimeout = patience, patience
	s.EnableSMTPUTF8, s.EnableBINARYMIME = true, false
	s.ErrorLog = log.New(io.Discard, "", 0) // of what clients do; it may quote them
	return s, nil
}

// session is one connection.
type session struct {
	ctx  context.Context
	c    *Config
	from string
	to   []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.from = from; from == "" {
		s.from = "<>"
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error { return s.take(r) }

// LMTPData implements smtp.LMTPSession: a mail is kept for all recipients or for none.
func (s *session) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	err := s.take(r)
	for _, to := range s.to {
		status.SetStatus(to, err)
	}
	return err
}

var (
	errLater = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "It could not be kept now, give it again"}
	errLarge = &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "It is too large"}
)

func (s *session) take(r io.Reader) error {
	env := mail.Envelope{From: s.from, To: s.to}
	if s.c.Now != nil {
		env.Received = s.c.Now()
	}
	got, err := s.c.Intake.Take(s.ctx, env, r)
	var said *smtp.SMTPError
	switch {
	case errors.As(err, &said): // of the dialogue itself: too large, broken off
		return said
	case err != nil:
		if s.c.Problem != nil {
			s.c.Problem(err)
		}
		return errLater
	case got.Outcome == mail.Refused:
		return errLarge
	}
	return nil
}
