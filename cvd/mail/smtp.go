package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// SMTP hands mails to a server for message submission (RFC 6409), over TLS
// only: one connection for each mail. Addr, Dial and TLS are required. It is safe for
// concurrent use.
//
// The server is asked to return headers only if a mail comes back (RET=HDRS, RFC
// 3461), so that no text stands in a bounce. Mails are of 7 bits; 8BITMIME and
// SMTPUTF8 are never asked for.
type SMTP struct {
	Addr string // host and port, for example mail.example.org:587
	// Dial opens connections, as (&net.Dialer{}).DialContext does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS verifies the server. Its ServerName is that of Addr if it is empty.
	// InsecureSkipVerify is refused.
	TLS *tls.Config
	// Implicit speaks TLS from the first byte on (RFC 8314), as port 465 does. Else
	// STARTTLS is demanded: without it nothing is sent.
	Implicit bool
	// Auth is called for each connection, and returns how to log in, for example
	// smtp.PlainAuth or XOAUTH2, whose token may have to be renewed. nil: without.
	Auth func(ctx context.Context) (smtp.Auth, error)
	// Hello is the name that the client gives itself; empty: "localhost".
	Hello string
	// Step bounds the wait for each answer of the server; 0: one minute. The context
	// bounds the whole.
	Step time.Duration
}

// SMTPError is an answer of a server that did not take a mail. It holds the codes
// only, since servers put addresses into their texts.
type SMTPError struct {
	Step     string // of the dialogue: "connect", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "end of DATA"
	Code     int    // for example 550
	Enhanced string // for example "5.1.1" (RFC 3463); may be empty
}

// Error says what the server answered, without an address.
func (e *SMTPError) Error() string {
	s := fmt.Sprintf("mail: the server answered %d", e.Code)
	if e.Enhanced != "" {
		s += " " + e.Enhanced
	}
	return s + " to " + e.Step
}

// Unwrap says what is for good: that the server does not take this mail, or has no
// such mailbox. That it does not know us, is overloaded or misconfigured is of us and
// not of the mail, and is tried again.
func (e *SMTPError) Unwrap() error {
	permanent := e.Code >= 500 && e.Code < 600
	switch e.Step {
	case "RCPT", "end of DATA":
	case "MAIL", "DATA":
		permanent = permanent && (e.Code == 552 || e.Enhanced == "5.3.4") // too large
	default:
		permanent = false
	}
	if permanent && e.Code != 530 && !strings.HasPrefix(e.Enhanced, "5.7.8") { // not logged in
		return cvd.ErrUndeliverable
	}
	return nil
}

var (
	errSubmission = errors.New("mail: SMTP.Addr, SMTP.Dial and SMTP.TLS are required, and TLS verifies the server")
	errNoTLS      = errors.New("mail: the server does not offer STARTTLS, and nothing is sent without")
)

// Submit implements Submitter.
func (s *SMTP) Submit(ctx context.Context, from, to string, write func(io.Writer) error) error {
	if s.Addr == "" || s.Dial == nil || s.TLS == nil || s.TLS.InsecureSkipVerify {
		return errSubmission
	}
	for _, a := range []string{from, to} {
		if _, ok := sendable(a); !ok {
			return fmt.Errorf("%w: it is no address that mail can be sent to", cvd.ErrUndeliverable)
		}
	}
	x := &dialogue{s: s, ctx: ctx}
	err := x.run(from, to, write)
	if ctx.Err() != nil && err != nil {
		return fmt.Errorf("mail: sending: %w", ctx.Err())
	}
	return err
}

// dialogue is one connection.
type dialogue struct {
	s    *SMTP
	ctx  context.Context
	raw  net.Conn // what Dial gave; closing it ends every wait
	conn net.Conn
	c    *smtp.Client
}

// step bounds what it does by SMTP.Step, and names it where the server refused.
func (x *dialogue) step(name string, f func() error) error {
	limit := x.s.Step
	if limit <= 0 {
		limit = time.Minute
	}
	conn := x.raw
	timer := time.AfterFunc(limit, func() { conn.Close() })
	defer timer.Stop()
	return stepError(name, f())
}

// stepError keeps what is safe to be logged of an error.
func stepError(name string, err error) error {
	var reply *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &reply):
		e := &SMTPError{Step: name, Code: reply.Code}
		word, _, _ := strings.Cut(reply.Msg, " ")
		if strings.Trim(word, "0123456789.") == "" && strings.Count(word, ".") == 2 && len(word) < 12 {
			e.Enhanced = word
		}
		return e
	}
	return fmt.Errorf("mail: %s: %w", name, quiet(err))
}

// quiet is an error without the text of the server, if that stands in it.
func quiet(err error) error {
	var proto textproto.ProtocolError
	if errors.As(err, &proto) {
		return errors.New("the server's answer cannot be understood")
	}
	return err
}

func (x *dialogue) run(from, to string, write func(io.Writer) error) error {
	host, _, err := net.SplitHostPort(x.s.Addr)
	if err != nil {
		return fmt.Errorf("mail: SMTP.Addr: %w", err)
	}
	config := x.s.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName = host
	}
	if x.conn, err = x.s.Dial(x.ctx, "tcp", x.s.Addr); err != nil {
		return fmt.Errorf("mail: connecting: %w", err)
	}
	raw := x.conn
	x.raw = raw
	defer raw.Close()
	defer context.AfterFunc(x.ctx, func() { raw.Close() })()
	if x.s.Implicit {
		secure := tls.Client(x.conn, config)
		if err := x.step("TLS", func() error { return secure.HandshakeContext(x.ctx) }); err != nil {
			return err
		}
		x.conn = secure
	}
	err = x.step("connect", func() (err error) {
		if x.c, err = smtp.NewClient(x.conn, host); err != nil {
			return err
		}
		hello := x.s.Hello
		if hello == "" {
			hello = "localhost"
		}
		return x.c.Hello(hello)
	})
	if err != nil {
		return err
	}
	if !x.s.Implicit {
		if ok, _ := x.c.Extension("STARTTLS"); !ok {
			return errNoTLS
		}
		if err := x.step("STARTTLS", func() error { return x.c.StartTLS(config) }); err != nil {
			return err
		}
	}
	if err := x.login(); err != nil {
		return err
	}
	return x.send(from, to, write)
}

func (x *dialogue) login() error {
	if x.s.Auth == nil {
		return nil
	}
	auth, err := x.s.Auth(x.ctx)
	if err != nil {
		return fmt.Errorf("mail: SMTP.Auth: %w", err)
	}
	return x.step("AUTH", func() error { return x.c.Auth(auth) })
}

func (x *dialogue) send(from, to string, write func(io.Writer) error) error {
	ret, notify := "", ""
	if ok, _ := x.c.Extension("DSN"); ok {
		ret, notify = " RET=HDRS", " NOTIFY=FAILURE,DELAY"
	}
	for _, cmd := range []struct {
		step, line string
		code       int
	}{
		{"MAIL", "MAIL FROM:<" + from + ">" + ret, 250},
		{"RCPT", "RCPT TO:<" + to + ">" + notify, 25},
	} {
		if err := x.step(cmd.step, func() error { return x.cmd(cmd.code, cmd.line) }); err != nil {
			return err
		}
	}
	var w io.WriteCloser
	if err := x.step("DATA", func() (err error) { w, err = x.c.Data(); return err }); err != nil {
		return err
	}
	// A mail that breaks off is never ended: without the last dot the server drops it.
	paced := &pacedWriter{x: x, w: w}
	if err := write(paced); err != nil {
		return err
	}
	if err := x.step("end of DATA", w.Close); err != nil {
		return err
	}
	// It is taken. What becomes of the farewell does not matter.
	_ = x.step("QUIT", x.c.Quit)
	return nil
}

// cmd sends a line. net/smtp has no parameters of its own for RET and NOTIFY.
func (x *dialogue) cmd(expect int, line string) error {
	id, err := x.c.Text.Cmd("%s", line)
	if err != nil {
		return err
	}
	x.c.Text.StartResponse(id)
	defer x.c.Text.EndResponse(id)
	_, _, err = x.c.Text.ReadResponse(expect)
	return err
}

// pacedWriter bounds each write.
type pacedWriter struct {
	x *dialogue
	w io.Writer
}

func (p *pacedWriter) Write(b []byte) (n int, err error) {
	err = p.x.step("DATA", func() error { n, err = p.w.Write(b); return err })
	return n, err
}

// XOAUTH2 logs in with a token of OAuth 2, as Google Workspace and Microsoft 365 take
// it. It refuses to speak without TLS.
func XOAUTH2(user, token string) smtp.Auth { return xoauth2{user, token} }

type xoauth2 struct{ user, token string }

func (a xoauth2) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, errNoTLS
	}
	if strings.ContainsAny(a.user+a.token, "\x01\r\n") {
		return "", nil, errors.New("mail: the user or the token of XOAUTH2 has a control character")
	}
	return "XOAUTH2", []byte("user=" + a.user + "\x01auth=Bearer " + a.token + "\x01\x01"), nil
}

// Next answers the challenge with which a server refuses, which ends it.
func (xoauth2) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return []byte{}, nil
	}
	return nil, nil
}

// String keeps the token out of logs.
func (a xoauth2) String() string   { return "XOAUTH2" }
func (a xoauth2) GoString() string { return "XOAUTH2" }
