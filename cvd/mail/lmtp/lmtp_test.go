package lmtp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/mail/lmtp"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

type post struct {
	svc  *service.Service
	in   *mail.Intake
	sock string
}

func start(t *testing.T, change func(*lmtp.Config)) *post {
	svc, err := service.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(time.Now), Secret: []byte(strings.Repeat("s", 32))})
	require.NoError(t, err)
	p := &post{svc: svc, in: &mail.Intake{Service: svc, Addresses: []string{"security@team.example", "psirt@team.example"}}, sock: filepath.Join(t.TempDir(), "lmtp")}
	c := lmtp.Config{Intake: p.in, Now: time.Now}
	if change != nil {
		change(&c)
	}
	s, err := lmtp.NewServer(t.Context(), c)
	require.NoError(t, err)
	l, err := net.Listen("unix", p.sock)
	require.NoError(t, err)
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return p
}

// hand hands a mail over, and returns the answer for each recipient.
func (p *post) hand(t *testing.T, from, raw string, to ...string) (answers []error) {
	t.Helper()
	conn, err := net.Dial("unix", p.sock)
	require.NoError(t, err)
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	require.NoError(t, c.Hello("mx.team.example"))
	require.NoError(t, c.Mail(from, nil))
	for _, a := range to {
		require.NoError(t, c.Rcpt(a, nil))
	}
	w, err := c.Data()
	require.NoError(t, err)
	_, err = io.WriteString(w, raw)
	require.NoError(t, err)
	_, err = w.CloseWithLMTPResponse()
	var failed smtp.LMTPDataError
	if err != nil && !errors.As(err, &failed) {
		return []error{err}
	}
	for _, a := range to {
		if e := failed[a]; e != nil {
			answers = append(answers, e)
		} else {
			answers = append(answers, nil)
		}
	}
	return answers
}

func (p *post) cases(t *testing.T) int {
	page, err := p.svc.Find(t.Context(), cvd.Viewer{Team: true}, service.Filter{}, "", 1000)
	require.NoError(t, err)
	return len(page.Cases)
}

func TestTaken(t *testing.T) {
	p := start(t, nil)
	const raw = "From: rita@finder.example\r\nMessage-ID: <1@finder.example>\r\nSubject: Overflow\r\n\r\n.text\r\n"
	require.Equal(t, []error{nil, nil}, p.hand(t, "rita@finder.example", raw, "security@team.example", "psirt@team.example"))
	require.Equal(t, 1, p.cases(t), "two aliases, one case")
	require.Equal(t, []error{nil}, p.hand(t, "rita@finder.example", raw, "security@team.example"))
	require.Equal(t, 1, p.cases(t))
	// The null sender: no receipt.
	require.Equal(t, []error{nil}, p.hand(t, "", strings.Replace(raw, "<1@", "<2@", 1)+"more", "security@team.example"))
	quarantine := cvd.StageQuarantine
	page, err := p.svc.Find(t.Context(), cvd.Viewer{Team: true}, service.Filter{Stage: &quarantine}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1)
}

func TestNotTaken(t *testing.T) {
	var told []error
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p := start(t, func(c *lmtp.Config) {
		c.Problem = func(err error) { told = append(told, err) }
		c.Intake = &mail.Intake{}
	})
	answers := p.hand(t, "a@x.example", "From: a@x.example\r\n\r\nsecret\r\n", "security@team.example")
	var e *smtp.SMTPError
	require.True(t, errors.As(answers[0], &e))
	require.Equal(t, 451, e.Code, "the queue keeps it")
	require.Len(t, told, 1)
	require.NotContains(t, told[0].Error(), "secret")
	_, err := lmtp.NewServer(ended, lmtp.Config{})
	require.Error(t, err)

	p = start(t, nil)
	answers = p.hand(t, "a@x.example", "From: a@x.example\r\n\r\n"+strings.Repeat(strings.Repeat("x", 998)+"\r\n", mail.MaxMail/1000+100), "security@team.example")
	require.True(t, errors.As(answers[0], &e))
	require.Equal(t, 552, e.Code)
	require.Zero(t, p.cases(t))
}
