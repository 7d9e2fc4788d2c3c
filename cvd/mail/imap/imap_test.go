package imap_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/mail/imap"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// account is a mailbox on a server in this process.
type account struct {
	t      *testing.T
	user   *imapmemserver.User
	folder *imap.Folder
	svc    *service.Service
	in     *mail.Intake
}

func newAccount(t *testing.T) *account {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mail.team.example"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)

	a := &account{t: t, user: imapmemserver.NewUser("security", "password")}
	for _, name := range []string{"INBOX", "Done"} {
		require.NoError(t, a.user.Create(name, nil))
	}
	mem := imapmemserver.New()
	mem.AddUser(a.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps: goimap.CapSet{goimap.CapIMAP4rev1: {}, goimap.CapMove: {}, goimap.CapUIDPlus: {}}, InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go server.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}))
	t.Cleanup(func() { server.Close() })

	a.svc, err = service.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(time.Now), Secret: []byte(strings.Repeat("s", 32))})
	require.NoError(t, err)
	a.in = &mail.Intake{Service: a.svc, Addresses: []string{"security@team.example"}}
	a.folder = &imap.Folder{
		Addr: "mail.team.example:993", TLS: &tls.Config{RootCAs: roots}, Done: "Done",
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, l.Addr().String())
		},
		Password: func(context.Context) (string, string, error) { return "security", "password", nil },
	}
	return a
}

func (a *account) put(raw string) {
	a.t.Helper()
	_, err := a.user.Append("INBOX", literal{bytes.NewReader([]byte(raw))}, &goimap.AppendOptions{Time: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)})
	require.NoError(a.t, err)
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func (a *account) count(folder string) (all, unseen uint32) {
	a.t.Helper()
	s, err := a.user.Status(folder, &goimap.StatusOptions{NumMessages: true, NumUnseen: true})
	require.NoError(a.t, err)
	return *s.NumMessages, *s.NumUnseen
}

func report(n int) string {
	return fmt.Sprintf("From: rita@finder.example\r\nMessage-ID: <%d@finder.example>\r\nSubject: Overflow %d\r\n\r\ntext %d\r\n", n, n, n)
}

func TestRun(t *testing.T) {
	a := newAccount(t)
	for i := range 5 {
		a.put(report(i))
	}
	out, err := a.folder.Run(t.Context(), a.in, 3)
	require.NoError(t, err)
	require.Len(t, out, 3)
	for i, x := range out {
		require.NoError(t, x.Err)
		require.Equal(t, mail.Submission, x.Result.Outcome)
		require.EqualValues(t, i+1, x.UID, "the oldest first")
		require.NotZero(t, x.UIDValidity)
		c, err := a.svc.View(t.Context(), x.Result.CaseID, cvd.Viewer{Team: true})
		require.NoError(t, err)
		require.Equal(t, 2026, c.Reports[0].Received.Year(), "when it reached the mailbox")
	}
	all, _ := a.count("INBOX")
	require.EqualValues(t, 2, all)
	all, unseen := a.count("Done")
	require.EqualValues(t, 3, all)
	require.EqualValues(t, 3, unseen, "it was peeked at")
	out, err = a.folder.Run(t.Context(), a.in, 100)
	require.NoError(t, err)
	require.Len(t, out, 2)
	out, err = a.folder.Run(t.Context(), a.in, 100)
	require.NoError(t, err)
	require.Empty(t, out)
	// A mail that comes again, after a crash before it was moved: once.
	a.put(report(1))
	out, err = a.folder.Run(t.Context(), a.in, 100)
	require.NoError(t, err)
	require.Equal(t, mail.Duplicate, out[0].Result.Outcome)
}

func TestMarksWhereNothingIsMoved(t *testing.T) {
	a := newAccount(t)
	a.folder.Done = ""
	a.put(report(1))
	out, err := a.folder.Run(t.Context(), a.in, 100)
	require.NoError(t, err)
	require.Len(t, out, 1)
	all, unseen := a.count("INBOX")
	require.EqualValues(t, 1, all)
	require.Zero(t, unseen)
	out, err = a.folder.Run(t.Context(), a.in, 100)
	require.NoError(t, err)
	require.Empty(t, out)
}

// What is not taken is neither moved nor marked, and holds up no other.
func TestFailures(t *testing.T) {
	a := newAccount(t)
	a.put(report(1))
	a.put(report(2))
	broken := &mail.Intake{}
	out, err := a.folder.Run(t.Context(), broken, 100)
	require.NoError(t, err)
	require.Len(t, out, 2)
	require.Error(t, out[0].Err)
	all, unseen := a.count("INBOX")
	require.EqualValues(t, 2, all)
	require.EqualValues(t, 2, unseen)
	a.folder.Done = "none"
	out, err = a.folder.Run(t.Context(), a.in, 100)
	require.NoError(t, err)
	require.ErrorContains(t, out[0].Err, "moving")
	require.Equal(t, mail.Submission, out[0].Result.Outcome)
	a.folder.Done = "Done"
	out, err = a.folder.Run(t.Context(), a.in, 100)
	require.NoError(t, err)
	require.Equal(t, mail.Duplicate, out[1].Result.Outcome)

	f := *a.folder
	f.Password = func(context.Context) (string, string, error) { return "security", "wrong", nil }
	_, err = f.Run(t.Context(), a.in, 1)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "wrong")
	f.Password = func(context.Context) (string, string, error) { return "", "", errors.New("no password") }
	_, err = f.Run(t.Context(), a.in, 1)
	require.ErrorContains(t, err, "no password")
	f = *a.folder
	f.Name = "none"
	_, err = f.Run(t.Context(), a.in, 1)
	require.Error(t, err)
	f = *a.folder
	f.TLS = &tls.Config{}
	_, err = f.Run(t.Context(), a.in, 1)
	require.Error(t, err, "a server that nobody vouches for")
	f.TLS = &tls.Config{InsecureSkipVerify: true}
	_, err = f.Run(t.Context(), a.in, 1)
	require.Error(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = a.folder.Run(ctx, a.in, 1)
	require.ErrorIs(t, err, context.Canceled)
}
