package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// State keeps small values with compare-and-swap. It is the State of package cvd.
type State interface {
	// Get returns a value and its version; an absent one is nil and version 0.
	Get(ctx context.Context, key string) (value []byte, version int64, err error)
	// Put replaces the value if the version is still that, and returns the next. If it
	// is not, it must return an error and write nothing. A nil value removes the key.
	Put(ctx context.Context, key string, version int64, value []byte) (next int64, err error)
	// List returns at most n keys with a prefix, sorted, behind after.
	List(ctx context.Context, prefix, after string, n int) ([]string, error)
}

// A Mail is what the Sender sends, to one recipient.
type Mail struct {
	To      string // one address
	Subject string // not encoded
	Text    string // plain, with line feeds
	// Header holds List-Unsubscribe and List-Unsubscribe-Post (RFC 8058). They must be
	// covered by the DKIM signature.
	Header map[string]string
	// ID is the same for the same mail sent again; the Message-ID is made from it.
	ID string
	// Files are attached as they are.
	Files []File
	// Encrypt means that it must not leave in clear: what it says is not public.
	Encrypt bool
}

// Format implements fmt.Formatter: addresses and texts do not print.
func (m Mail) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "mail %s [redacted]", m.ID) }

// LogValue implements slog.LogValuer.
func (m Mail) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(m)) }

// A File is an attachment, such as a CSAF document or its signature.
type File struct {
	Name string // without a folder
	Data []byte // its content
}

// ErrNoMailbox is what a Sender wraps: nothing will ever arrive at the address.
var ErrNoMailbox = errors.New("notify: the address takes no mail")

// A Sender sends a mail from the team's alias, signed with its key. It returns nil
// only if the mail was taken over, and an error, without sending, if Encrypt cannot be
// met. The error wraps ErrNoMailbox if the address refuses mail for good (a 5xx answer
// to RCPT, RFC 5321 section 4.2.1).
type Sender interface {
	// Send takes the mail over, or returns why not.
	Send(ctx context.Context, m Mail) error
}

// A Desk keeps the subscribers. The fields up to Now are required.
type Desk struct {
	State  State  // where subscribers are kept
	Sender Sender // sends their mails
	// Key makes the links in mails. It is secret, random, and at least 32 bytes long.
	// With another key the links in mails already sent stop working.
	Key []byte
	// URL is where Handler is mounted, such as "https://psirt.example/subscribe". It
	// must be https.
	URL string
	// Team is the name in the mails.
	Team string
	// Now is the clock.
	Now func() time.Time
	// MaxPending is how many confirmations may wait at a time, and so how many mails to
	// people who may not have asked leave in ConfirmWithin. 0 stands for 1000.
	MaxPending int
	// MaxSubscribers is how many may be subscribed. 0 stands for 100,000.
	MaxSubscribers int
}

// ConfirmWithin is how long the link of a confirmation works, and how long no other is
// sent to the same address.
const ConfirmWithin = 48 * time.Hour

var (
	// ErrAddress means that a text is not one mail address.
	ErrAddress = errors.New("notify: this is not a mail address")
	// ErrLink means that a link was not made here, is old, or is used up.
	ErrLink = errors.New("notify: the link is not valid or has expired")
	// ErrFull means that MaxPending or MaxSubscribers is reached.
	ErrFull = errors.New("notify: there are too many subscriptions at the moment; try again later")
	// ErrConfig means that a field of the Desk is missing or weak.
	ErrConfig = errors.New("notify: Desk needs State, Sender, Now, Team, an https URL and a Key of 32 bytes")
)

func (d *Desk) check() error {
	if d.State == nil || d.Sender == nil || d.Now == nil || d.Team == "" || len(d.Key) < 32 || !strings.HasPrefix(d.URL, "https://") {
		return ErrConfig
	}
	return nil
}

func (d *Desk) mac(parts ...string) []byte {
	m := hmac.New(sha256.New, d.Key)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return m.Sum(nil)
}

// who names an address without telling it.
func (d *Desk) who(address string) string {
	return hex.EncodeToString(d.mac("who", strings.ToLower(address)))[:32]
}

// token makes a link's token: purpose, who, expiry, MAC.
func (d *Desk) token(purpose, who string, expires time.Time) string {
	e := strconv.FormatInt(expires.Unix(), 36)
	return who + "." + e + "." + base64.RawURLEncoding.EncodeToString(d.mac("token", purpose, who, e))
}

func (d *Desk) open(purpose, token string) (who string, err error) {
	p := strings.Split(token, ".")
	if len(token) > 200 || len(p) != 3 {
		return "", ErrLink
	}
	got, err := base64.RawURLEncoding.DecodeString(p[2])
	if err != nil || !hmac.Equal(got, d.mac("token", purpose, p[0], p[1])) {
		return "", ErrLink
	}
	e, err := strconv.ParseInt(p[1], 36, 64)
	if err != nil || e != 0 && d.Now().After(time.Unix(e, 0)) {
		return "", ErrLink
	}
	return p[0], nil
}
