package mail_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/smtp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
)

// server is a mail server of one answer for each command.
type server struct {
	addr     string
	roots    *x509.CertPool
	cert     tls.Certificate
	implicit bool
	noTLS    bool
	ext      []string
	answers  map[string]string // by command, instead of the usual one
	hang     string            // the command that is never answered
	mu       sync.Mutex
	lines    []string // that clients said
	mails    []string
}

func startServer(t *testing.T, change ...func(*server)) *server {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.team.example"}, DNSNames: []string{"mail.team.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	s := &server{roots: x509.NewCertPool(), cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ext: []string{"8BITMIME", "SMTPUTF8", "DSN", "AUTH PLAIN XOAUTH2"}, answers: map[string]string{}}
	s.roots.AddCert(parsed)
	for _, f := range change {
		f(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	s.addr = l.Addr().String()
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer c.Close(); s.serve(c) })
		}
	})
	return s
}

func (s *server) serve(c net.Conn) {
	c.SetDeadline(time.Now().Add(20 * time.Second))
	secure := false
	if s.implicit {
		c, secure = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}}), true
	}
	r := bufio.NewReader(c)
	say := func(text string) { fmt.Fprint(c, text, "\r\n") }
	say("220 mail.team.example")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		word, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if s.hang == word {
			time.Sleep(time.Second)
			return
		}
		if a := s.answers[word]; a != "" && (word != "EHLO" || secure) {
			if say(a); a == "close" {
				return
			}
			continue
		}
		switch word {
		case "EHLO":
			ext := append([]string{"mail.team.example"}, s.ext...)
			if !secure && !s.noTLS {
				ext = append(ext, "STARTTLS")
			}
			for i, e := range ext {
				sep := "-"
				if i == len(ext)-1 {
					sep = " "
				}
				say("250" + sep + e)
			}
		case "STARTTLS":
			say("220 go on")
			c, secure = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{s.cert}}), true
			r = bufio.NewReader(c)
		case "AUTH":
			say("235 2.7.0 welcome")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.mails = append(s.mails, b.String())
			s.mu.Unlock()
			if s.hang == "." {
				return
			}
			if a := s.answers["."]; a != "" {
				say(a)
				continue
			}
			say("250 2.0.0 queued")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.0.0 ok")
		}
	}
}

func (s *server) client() *mail.SMTP {
	return &mail.SMTP{
		Addr: "mail.team.example:587", Implicit: s.implicit, TLS: &tls.Config{RootCAs: s.roots},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.addr)
		},
		Auth: func(context.Context) (smtp.Auth, error) { return mail.XOAUTH2("security", "t0ken"), nil },
	}
}

func (s *server) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func (s *server) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestSubmit(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		s := startServer(t, func(s *server) { s.implicit = implicit })
		require.NoError(t, s.client().Submit(ctx, "security@team.example", "rita@finder.example", text("Subject: x\r\n\r\n.dot\r\n")))
		require.Equal(t, []string{"Subject: x\r\n\r\n.dot\r\n"}, s.got())
		said := s.said()
		require.Contains(t, said, "MAIL FROM:<security@team.example> RET=HDRS\n", "and no SMTPUTF8 or 8BITMIME")
		require.Contains(t, said, "RCPT TO:<rita@finder.example> NOTIFY=FAILURE,DELAY")
		login := base64.StdEncoding.EncodeToString([]byte("user=security\x01auth=Bearer t0ken\x01\x01"))
		require.Contains(t, said, "AUTH XOAUTH2 "+login)
		require.Contains(t, said, "QUIT")
	}
	plain := startServer(t)
	c := plain.client()
	c.Auth = func(context.Context) (smtp.Auth, error) {
		return smtp.PlainAuth("", "u", "p", "mail.team.example"), nil
	}
	require.NoError(t, c.Submit(ctx, "security@team.example", "rita@finder.example", text("x")))
	require.Contains(t, plain.said(), "AUTH PLAIN")
	old := startServer(t, func(s *server) { s.ext = nil })
	c = old.client()
	c.Auth = nil
	require.NoError(t, c.Submit(ctx, "security@team.example", "rita@finder.example", text("x")))
	require.Contains(t, old.said(), "MAIL FROM:<security@team.example>\n")
}

// Without verified TLS not even the login is said.
func TestSubmitWithoutTLS(t *testing.T) {
	s := startServer(t, func(s *server) { s.noTLS = true })
	require.ErrorContains(t, s.client().Submit(ctx, "a@team.example", "b@x.example", text("secret")), "STARTTLS")
	require.NotContains(t, s.said(), "AUTH")
	require.Empty(t, s.got())
	s = startServer(t)
	c := s.client()
	c.TLS.RootCAs = x509.NewCertPool()
	require.Error(t, c.Submit(ctx, "a@team.example", "b@x.example", text("secret")))
	c = s.client()
	c.Addr = "other.example:587"
	require.Error(t, c.Submit(ctx, "a@team.example", "b@x.example", text("secret")), "of another name")
	c = s.client()
	c.TLS.InsecureSkipVerify = true
	require.Error(t, c.Submit(ctx, "a@team.example", "b@x.example", text("secret")))
	require.Error(t, (&mail.SMTP{}).Submit(ctx, "a@team.example", "b@x.example", text("secret")))
	require.Empty(t, s.got())
	_, _, err := mail.XOAUTH2("u", "t").Start(&smtp.ServerInfo{})
	require.Error(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", mail.XOAUTH2("u", "t0ken"), mail.XOAUTH2("u", "t0ken"), mail.XOAUTH2("u", "t0ken")), "t0ken")
}

// What is for good and what is not; and no server's word in an error.
func TestSMTPErrors(t *testing.T) {
	for name, x := range map[string]struct {
		word, answer string
		permanent    bool
		code         int
	}{
		"no such mailbox":        {"RCPT", "550 5.1.1 <rita@finder.example> unknown", true, 550},
		"of several lines":       {"RCPT", "550-5.1.1 rita\r\n550 5.1.1 unknown", true, 550},
		"mailbox full":           {"RCPT", "452 4.2.2 rita is full", false, 452},
		"refused for content":    {".", "554 5.7.1 rita: spam", true, 554},
		"later":                  {".", "451 4.7.1 rita greylisted", false, 451},
		"too large":              {"MAIL", "552 5.3.4 rita too large", true, 552},
		"we may not send":        {"MAIL", "550 5.7.1 rita not allowed", false, 550},
		"wrong password":         {"AUTH", "535 5.7.8 rita", false, 535},
		"not logged in":          {"RCPT", "530 5.7.0 rita must log in", false, 530},
		"no service":             {"RCPT", "421 4.3.2 rita", false, 421},
		"not to be understood":   {"RCPT", "rita rita", false, 0},
		"a code without a text":  {"RCPT", "550", false, 0},
		"DATA is refused, later": {"DATA", "503 5.5.1 rita", false, 503},
	} {
		s := startServer(t, func(s *server) { s.answers[x.word] = x.answer })
		err := s.client().Submit(ctx, "security@team.example", "rita@finder.example", text("x"))
		require.Error(t, err, name)
		require.Equal(t, x.permanent, errors.Is(err, cvd.ErrUndeliverable), "%s: %v", name, err)
		require.NotContains(t, err.Error(), "rita", name)
		var e *mail.SMTPError
		require.Equal(t, x.code != 0, errors.As(err, &e), "%s: %v", name, err)
		if e != nil {
			require.Equal(t, x.code, e.Code)
			if strings.Contains(x.answer, ".1.1") {
				require.Equal(t, "5.1.1", e.Enhanced)
			}
		}
	}
	// An answer that is lost after the end of the mail: unknown, so it comes again.
	s := startServer(t, func(s *server) { s.hang = "." })
	err := s.client().Submit(ctx, "security@team.example", "rita@finder.example", text("x"))
	require.Error(t, err)
	require.NotErrorIs(t, err, cvd.ErrUndeliverable)
	require.Len(t, s.got(), 1)
	// A mail that breaks off is not ended.
	s = startServer(t)
	err = s.client().Submit(ctx, "security@team.example", "rita@finder.example", func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		require.NoError(t, err)
		return errors.New("broke off")
	})
	require.ErrorContains(t, err, "broke off")
	require.Empty(t, s.got())
	c := s.client()
	c.Auth = func(context.Context) (smtp.Auth, error) { return nil, errors.New("no token") }
	require.ErrorContains(t, c.Submit(ctx, "a@team.example", "b@x.example", text("x")), "no token")
	for _, a := range []string{"a@b\r\nX", "a@b> X=<c"} {
		require.ErrorIs(t, c.Submit(ctx, "a@team.example", a, text("x")), cvd.ErrUndeliverable)
		require.Error(t, c.Submit(ctx, a, "a@team.example", text("x")))
	}
}

// A server that hangs holds nobody up: neither beyond the context nor beyond a step.
func TestSMTPHangs(t *testing.T) {
	for _, word := range []string{"EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"} {
		s := startServer(t, func(s *server) { s.hang = word })
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		err := s.client().Submit(short, "security@team.example", "rita@finder.example", text("x"))
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded, word)
		c := s.client()
		c.Step = 50 * time.Millisecond
		require.Error(t, c.Submit(ctx, "security@team.example", "rita@finder.example", text("x")), word)
	}
}
