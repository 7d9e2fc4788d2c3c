package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// mailServer is where the team has its mailbox, and hands over what it sends.
type mailServer struct {
	address string // of the team
	flags   []string
	ca      string              // file
	deliver func(raw string)    // puts a mail into the team's mailbox
	sent    func() [][]byte     // all that the team has sent to rita@finder.example
	left    func() (unread int) // of the team's mailbox
}

// use lets programs that the test starts log in there.
func (m *mailServer) use(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", m.ca)
	t.Setenv("DESK_SMTP_PASSWORD", "password")
	t.Setenv("DESK_IMAP_PASSWORD", "password")
}

// ownMail serves submission with TLS from the first byte on, and IMAP, from memory.
func ownMail(t *testing.T) *mailServer {
	const address = "psirt@psirt.example"
	ca, cert := newCA(t)
	m := &mailServer{address: address, ca: ca}
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
	}

	out := &outbox{}
	submission := gosmtp.NewServer(out)
	submission.Domain, submission.EnableDSN, submission.ErrorLog = "mail.psirt.example", true, log.New(io.Discard, "", 0)
	l := listen()
	go submission.Serve(l)
	t.Cleanup(func() { submission.Close() })
	m.sent = out.all
	m.flags = append(m.flags, "-mail", address, "-smtp", (&url.URL{Scheme: "smtps", User: url.User(address), Host: l.Addr().String()}).String())

	box := imapmemserver.NewUser(address, "password")
	require.NoError(t, box.Create("INBOX", nil))
	mem := imapmemserver.New()
	mem.AddUser(box)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps: goimap.CapSet{goimap.CapIMAP4rev1: {}, goimap.CapMove: {}, goimap.CapUIDPlus: {}}, InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	l = listen()
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	m.flags = append(m.flags, "-imap", (&url.URL{Scheme: "imaps", User: url.User(address), Host: l.Addr().String(), Path: "/INBOX"}).String())
	m.deliver = func(raw string) {
		t.Helper()
		_, err := box.Append("INBOX", literal{bytes.NewReader([]byte(raw))}, &goimap.AppendOptions{Time: time.Now()})
		require.NoError(t, err)
	}
	m.left = func() int {
		s, err := box.Status("INBOX", &goimap.StatusOptions{NumUnseen: true})
		require.NoError(t, err)
		return int(*s.NumUnseen)
	}
	return m
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// newCA makes a certificate for 127.0.0.1 that signs itself, and a file with it.
func newCA(t *testing.T) (file string, cert tls.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example CA"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	file = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return file, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// outbox is a server for submission that keeps what it gets.
type outbox struct {
	mu    sync.Mutex
	mails [][]byte
}

func (o *outbox) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &submitted{outbox: o}, nil }

func (o *outbox) all() [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([][]byte(nil), o.mails...)
}

type submitted struct {
	*outbox
	known bool
}

func (s *submitted) Reset()        {}
func (s *submitted) Logout() error { return nil }

func (s *submitted) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *submitted) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.known = user == "psirt@psirt.example" && password == "password"; !s.known {
			return errors.New("wrong password")
		}
		return nil
	}), nil
}

func (s *submitted) Mail(string, *gosmtp.MailOptions) error {
	if !s.known {
		return gosmtp.ErrAuthRequired
	}
	return nil
}
func (s *submitted) Rcpt(string, *gosmtp.RcptOptions) error { return nil }
func (s *submitted) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.mails = append(s.mails, raw)
	}
	return err
}

// realMail is the Postfix and Dovecot that .ci/services/mail.sh starts; submission is
// by STARTTLS there. nil: there are none.
func realMail(t *testing.T) *mailServer {
	at := os.Getenv("CVD_TEST_SUBMISSION")
	if at == "" {
		return nil
	}
	const address = "security@team.example"
	m := &mailServer{address: address, ca: os.Getenv("CVD_TEST_MAIL_CA")}
	m.flags = []string{
		"-mail", address, "-smtp", (&url.URL{Scheme: "smtp", User: url.User(address), Host: at}).String(),
		"-imap", (&url.URL{Scheme: "imaps", User: url.User(address), Host: os.Getenv("CVD_TEST_IMAP"), Path: "/INBOX"}).String(),
	}
	ca, err := os.ReadFile(m.ca)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca))
	box := func(user string, visit func(*imapclient.Client)) {
		t.Helper()
		c, err := imapclient.DialTLS(os.Getenv("CVD_TEST_IMAP"), &imapclient.Options{TLSConfig: &tls.Config{RootCAs: roots}})
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.Login(user, "password").Wait())
		_, err = c.Select("INBOX", nil).Wait()
		require.NoError(t, err)
		visit(c)
	}
	empty := func(c *imapclient.Client) (out [][]byte) {
		found, err := c.UIDSearch(&goimap.SearchCriteria{}, nil).Wait()
		require.NoError(t, err)
		if uids := found.AllUIDs(); len(uids) > 0 {
			set := goimap.UIDSetNum(uids...)
			mails, err := c.Fetch(set, &goimap.FetchOptions{UID: true, BodySection: []*goimap.FetchItemBodySection{{Peek: true}}}).Collect()
			require.NoError(t, err)
			for _, x := range mails {
				out = append(out, x.BodySection[0].Bytes)
			}
			require.NoError(t, c.Store(set, &goimap.StoreFlags{Op: goimap.StoreFlagsAdd, Silent: true, Flags: []goimap.Flag{goimap.FlagDeleted}}, nil).Close())
			require.NoError(t, c.Expunge().Close())
		}
		return out
	}
	for _, user := range []string{address, "rita@finder.example"} { // other tests have used them
		box(user, func(c *imapclient.Client) { empty(c) })
	}
	var all [][]byte
	m.sent = func() [][]byte {
		t.Helper()
		box("rita@finder.example", func(c *imapclient.Client) { all = append(all, empty(c)...) })
		return all
	}
	m.left = func() (n int) {
		t.Helper()
		box(address, func(c *imapclient.Client) {
			found, err := c.UIDSearch(&goimap.SearchCriteria{NotFlag: []goimap.Flag{goimap.FlagSeen}}, nil).Wait()
			require.NoError(t, err)
			n = len(found.AllUIDs())
		})
		return n
	}
	m.deliver = func(raw string) {
		t.Helper()
		c, err := smtp.Dial(os.Getenv("CVD_TEST_MX"))
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.Mail("rita@finder.example"))
		require.NoError(t, c.Rcpt(address))
		w, err := c.Data()
		require.NoError(t, err)
		_, err = io.WriteString(w, raw)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.NoError(t, c.Quit())
	}
	return m
}
