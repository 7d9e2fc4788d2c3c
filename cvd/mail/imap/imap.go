// Package imap fetches mail from an IMAP folder for a [mail.Intake].
//
// It is a module of its own, because it stands on github.com/emersion/go-imap/v2,
// which is still in development and therefore pinned.
//
// A mail is looked at without being marked (PEEK), taken, and only then moved to
// another folder or marked as seen. A crash in between gives it again, and the intake
// knows it. Nothing is ever deleted.
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/cvdkit/cvdkit/cvd/mail"
)

// Folder is a folder of an IMAP account, over TLS only (RFC 8314). Addr, Dial, TLS and
// one of Password and Token are required. Run it from one process at a time: two would
// fetch the same mails, which costs time and changes nothing.
type Folder struct {
	Addr string // host and port, for example mail.example.org:993
	// Dial opens connections, as (&net.Dialer{}).DialContext does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS verifies the server. Its ServerName is that of Addr if it is empty.
	// InsecureSkipVerify is refused.
	TLS *tls.Config
	// Password is called for each connection. Token is, instead, where the server wants
	// OAuth 2 (XOAUTH2), as Google Workspace and Microsoft 365 do.
	Password func(ctx context.Context) (user, password string, err error)
	Token    func(ctx context.Context) (user, token string, err error) // see Password
	// Name of the folder; empty: INBOX.
	Name string
	// Done is the folder to which mails go that were taken; it must exist. Empty: they
	// stay and are marked as seen, so that nobody else may read mail in the folder:
	// what somebody has seen is not fetched.
	Done string
}

// Fetched is one mail of a run.
type Fetched struct {
	// UIDValidity and UID name the mail at the server, for ever (RFC 9051, section
	// 2.3.1.1).
	UIDValidity, UID uint32
	Result           mail.Result // what came of the mail
	Err              error       // it was not taken, and is fetched again; or it was, and stays where it is
}

// tooLarge marks what is over the limit of the intake, so that it is looked at once.
const tooLarge imap.Flag = "cvd-too-large"

var errFolder = errors.New("imap: Folder.Addr, Dial, TLS and one of Password and Token are required, and TLS verifies the server")

// Run takes at most n mails in, the oldest first. One that fails holds up no other.
// The error is of the connection, or ctx ended; what was taken before stays taken.
// Errors hold no word of a mail.
func (f *Folder) Run(ctx context.Context, in *mail.Intake, n int) (out []Fetched, err error) {
	if f.Addr == "" || f.Dial == nil || f.TLS == nil || f.TLS.InsecureSkipVerify || (f.Password == nil) == (f.Token == nil) {
		return nil, errFolder
	}
	c, stop, err := f.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("imap: %w", orContext(ctx, err))
	}
	defer stop()
	defer c.Close()
	box, uids, err := f.open(c)
	if err != nil {
		return nil, fmt.Errorf("imap: %w", orContext(ctx, err))
	}
	for _, uid := range uids[:min(n, len(uids))] {
		x := Fetched{UIDValidity: box.UIDValidity, UID: uint32(uid)}
		var broken bool
		x.Result, broken, x.Err = f.take(ctx, c, in, uid)
		if broken || ctx.Err() != nil {
			return out, fmt.Errorf("imap: %w", orContext(ctx, x.Err))
		}
		if x.Err == nil {
			x.Err = f.settle(c, uid, x.Result)
		}
		out = append(out, x)
	}
	if err := c.Logout().Wait(); err != nil && ctx.Err() != nil {
		return out, ctx.Err()
	}
	return out, nil
}

func orContext(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// connect logs in. stop ends the watch over ctx.
func (f *Folder) connect(ctx context.Context) (*imapclient.Client, func(), error) {
	host, _, err := net.SplitHostPort(f.Addr)
	if err != nil {
		return nil, nil, fmt.Errorf("Folder.Addr: %w", err)
	}
	raw, err := f.Dial(ctx, "tcp", f.Addr)
	if err != nil {
		return nil, nil, err
	}
	unwatch := context.AfterFunc(ctx, func() { raw.Close() })
	stop := func() { unwatch(); raw.Close() }
	config := f.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName = host
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	c := imapclient.New(conn, nil)
	if err := f.login(ctx, c); err != nil {
		c.Close()
		stop()
		return nil, nil, err
	}
	return c, stop, nil
}

func (f *Folder) login(ctx context.Context, c *imapclient.Client) error {
	if err := c.WaitGreeting(); err != nil {
		return err
	}
	if f.Token != nil {
		user, token, err := f.Token(ctx)
		if err != nil {
			return fmt.Errorf("Folder.Token: %w", err)
		}
		return c.Authenticate(xoauth2{user, token})
	}
	user, password, err := f.Password(ctx)
	if err != nil {
		return fmt.Errorf("Folder.Password: %w", err)
	}
	return c.Login(user, password).Wait()
}

// open selects the folder and lists what is to be fetched.
func (f *Folder) open(c *imapclient.Client) (*imap.SelectData, []imap.UID, error) {
	name := f.Name
	if name == "" {
		name = "INBOX"
	}
	box, err := c.Select(name, nil).Wait()
	if err != nil {
		return nil, nil, err
	}
	criteria := &imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted, tooLarge}}
	if f.Done == "" {
		criteria.NotFlag = append(criteria.NotFlag, imap.FlagSeen)
	}
	found, err := c.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return nil, nil, err
	}
	return box, found.AllUIDs(), nil
}

// take fetches one mail and takes it in. broken tells that the connection is of no
// more use.
func (f *Folder) take(ctx context.Context, c *imapclient.Client, in *mail.Intake, uid imap.UID) (r mail.Result, broken bool, err error) {
	set := imap.UIDSetNum(uid)
	head, err := c.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true}).Collect()
	if err != nil {
		return r, true, err
	}
	if len(head) == 0 {
		return r, false, errors.New("the mail is gone")
	}
	if head[0].RFC822Size > mail.MaxMail {
		return mail.Result{Outcome: mail.Refused, Rule: 11, Reason: fmt.Sprintf("it has more than %d bytes", mail.MaxMail)}, false, nil
	}
	cmd := c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	got := false
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		for item := msg.Next(); item != nil; item = msg.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok && !got && body.Literal != nil {
				got = true
				r, err = in.Take(ctx, mail.Envelope{Received: received(head[0].InternalDate)}, body.Literal)
			}
		}
	}
	if closed := cmd.Close(); closed != nil {
		return r, true, closed
	}
	if !got {
		err = errors.New("the server gave no body")
	}
	return r, false, err
}

func received(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// settle moves or marks what was taken.
func (f *Folder) settle(c *imapclient.Client, uid imap.UID, r mail.Result) error {
	set := imap.UIDSetNum(uid)
	flag := imap.FlagSeen
	switch {
	case r.Outcome == mail.Refused: // stays in sight
		flag = tooLarge
	case f.Done != "":
		if _, err := c.Move(set, f.Done).Wait(); err != nil {
			return fmt.Errorf("moving: %w", err)
		}
		return nil
	}
	if err := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close(); err != nil {
		return fmt.Errorf("marking: %w", err)
	}
	return nil
}

// xoauth2 is the login by a token of OAuth 2.
type xoauth2 struct{ user, token string }

var _ sasl.Client = xoauth2{}

func (a xoauth2) Start() (string, []byte, error) {
	if strings.ContainsAny(a.user+a.token, "\x01\r\n") {
		return "", nil, errors.New("the user or the token has a control character")
	}
	return "XOAUTH2", []byte("user=" + a.user + "\x01auth=Bearer " + a.token + "\x01\x01"), nil
}

// Next answers the challenge with which a server refuses.
func (xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
