package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// State keeps small values with compare-and-swap, as the State of package cvd does.
type State interface {
	// Get returns a value and its version; an absent one is nil and version 0.
	Get(ctx context.Context, key string) (value []byte, version int64, err error)
	// Put replaces the value if the version is still that, or returns an error.
	Put(ctx context.Context, key string, version int64, value []byte) error
	// List returns at most n keys with a prefix, sorted, behind after.
	List(ctx context.Context, prefix, after string, n int) ([]string, error)
}

// A Mail is what the Sender sends, to one recipient.
type Mail struct {
	To, Subject, Text string
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
	Name string
	Data []byte
}

// A Sender sends a mail from the team's alias, signed with its key. It returns nil
// only if the mail was taken over, and an error, without sending, if Encrypt cannot be
// met.
type Sender interface {
	Send(ctx context.Context, m Mail) error
}

// A Desk keeps the subscribers. All fields are required.
type Desk struct {
	State  State
	Sender Sender
	// Key makes the links in mails. It is secret, random, and at least 32 bytes long.
	// With another key the links in mails already sent stop working.
	Key []byte
	// URL is where Handler is mounted, such as "https://psirt.example/subscribe". It
	// must be https.
	URL string
	// Team is the name in the mails.
	Team string
	Now  func() time.Time
}

// ConfirmWithin is how long the link of a confirmation works, and how long no other is
// sent to the same address.
const ConfirmWithin = 48 * time.Hour

var (
	// ErrAddress means that a text is not one mail address.
	ErrAddress = errors.New("notify: this is not a mail address")
	// ErrLink means that a link was not made here, is old, or is used up.
	ErrLink = errors.New("notify: the link is not valid or has expired")
	// ErrConfig means that a field of the Desk is missing or weak.
	ErrConfig = errors.New("notify: Desk needs State, Sender, Now, Team, an https URL and a Key of 32 bytes")
)

// A subscriber is the value under sub/<hash of the address>.
type subscriber struct {
	Address   string    `json:"address,omitempty"` // "" after leaving
	Asked     time.Time `json:"asked"`
	Confirmed time.Time `json:"confirmed"`
	Left      time.Time `json:"left"`
}

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
	if len(p) != 3 {
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

func (d *Desk) load(ctx context.Context, who string) (subscriber, int64, error) {
	var s subscriber
	value, version, err := d.State.Get(ctx, "notify/sub/"+who)
	if err == nil && len(value) > 0 {
		err = json.Unmarshal(value, &s)
	}
	return s, version, err
}

func (d *Desk) save(ctx context.Context, who string, version int64, s subscriber) error {
	value, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return d.State.Put(ctx, "notify/sub/"+who, version, value)
}

// Subscribe sends a mail with a link to an address; only who has that mail can
// subscribe it. It answers the same for whoever is subscribed already, and sends at
// most one mail in ConfirmWithin, so that nobody is flooded and nothing is learnt.
func (d *Desk) Subscribe(ctx context.Context, address string) error {
	if err := d.check(); err != nil {
		return err
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Name != "" || len(a.Address) > 254 || strings.ContainsAny(a.Address, "\r\n") {
		return ErrAddress
	}
	who := d.who(a.Address)
	s, version, err := d.load(ctx, who)
	if err != nil {
		return err
	}
	now := d.Now().UTC()
	if !s.Confirmed.IsZero() && s.Left.IsZero() || now.Sub(s.Asked) < ConfirmWithin {
		return nil
	}
	s = subscriber{Address: a.Address, Asked: now}
	if err := d.save(ctx, who, version, s); err != nil {
		return err
	}
	link := d.URL + "/confirm?t=" + d.token("confirm", who, now.Add(ConfirmWithin))
	return d.Sender.Send(ctx, Mail{
		To: a.Address, ID: "confirm-" + who[:16] + "-" + strconv.FormatInt(now.Unix(), 36),
		Subject: "Confirm: security advisories of " + d.Team,
		Text: "Somebody asked for the security advisories of " + d.Team + " to be sent to this address.\n\n" +
			"If that was you, confirm it here within two days:\n" + link + "\n\n" +
			"If not, do nothing: without confirmation nothing is sent, and the address is dropped.\n",
	})
}

// Confirm subscribes the address to which the link was sent. It may be repeated.
func (d *Desk) Confirm(ctx context.Context, token string) error {
	who, err := d.open("confirm", token)
	if err != nil {
		return err
	}
	s, version, err := d.load(ctx, who)
	if err != nil {
		return err
	}
	if s.Address == "" {
		return ErrLink // left, or dropped, since
	}
	if !s.Confirmed.IsZero() {
		return nil
	}
	s.Confirmed = d.Now().UTC()
	return d.save(ctx, who, version, s)
}

// Leave ends a subscription and forgets the address. It may be repeated.
func (d *Desk) Leave(ctx context.Context, token string) error {
	who, err := d.open("leave", token)
	if err != nil {
		return err
	}
	s, version, err := d.load(ctx, who)
	if err != nil || s.Address == "" {
		return err
	}
	return d.save(ctx, who, version, subscriber{Left: d.Now().UTC()})
}

// A Notice is what is announced. Everybody gets the same bytes.
type Notice struct {
	ID      string // stable, such as the advisory's ID and version
	Subject string
	Text    string
	Files   []File
}

// digest is what the record keeps of a notice.
func (n Notice) digest() string {
	h := sha256.New()
	for _, s := range []string{n.ID, n.Subject, n.Text} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	for _, f := range n.Files {
		fmt.Fprintf(h, "%d:%s%d:%s", len(f.Name), f.Name, len(f.Data), f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A Delivery is on record: who got what when.
type Delivery struct {
	Who    string    `json:"who"`    // hash of the address, or the customer's ID
	Digest string    `json:"digest"` // SHA-256 over the notice
	At     time.Time `json:"at"`
}

// ErrChanged means that a notice with the ID was sent with another text.
var ErrChanged = errors.New("notify: a notice with this ID and another content was sent; give the new one another ID")

// send sends one mail unless it is on record.
func (d *Desk) send(ctx context.Context, n Notice, who string, m Mail) (sent bool, err error) {
	key := "notify/sent/" + hex.EncodeToString(d.mac("notice", n.ID))[:24] + "/" + who
	value, version, err := d.State.Get(ctx, key)
	if err != nil {
		return false, err
	}
	if len(value) > 0 {
		var was Delivery
		if err := json.Unmarshal(value, &was); err != nil {
			return false, err
		}
		if was.Digest != n.digest() {
			return false, fmt.Errorf("%w: %s", ErrChanged, n.ID)
		}
		return false, nil
	}
	m.ID = hex.EncodeToString(d.mac("mail", n.ID, who))[:32]
	m.Subject, m.Files = n.Subject, n.Files
	if err := d.Sender.Send(ctx, m); err != nil {
		return false, err
	}
	value, err = json.Marshal(Delivery{who, n.digest(), d.Now().UTC()})
	if err != nil {
		return true, err
	}
	return true, d.State.Put(ctx, key, version, value)
}

// Announce sends a notice of what is public to subscribers who do not have it, max
// mails at most, and reports whether all have it. An address at which sending fails
// does not stop the others; their errors are joined.
func (d *Desk) Announce(ctx context.Context, n Notice, max int) (done bool, err error) {
	if err := d.check(); err != nil {
		return false, err
	}
	const prefix = "notify/sub/"
	var failed []error
	after := ""
	for {
		keys, err := d.State.List(ctx, prefix, after, 200)
		if err != nil {
			return false, errors.Join(append(failed, err)...)
		}
		if len(keys) == 0 {
			return len(failed) == 0, errors.Join(failed...)
		}
		for _, k := range keys {
			after = k
			who := strings.TrimPrefix(k, prefix)
			s, _, err := d.load(ctx, who)
			if err != nil {
				failed = append(failed, err)
				continue
			}
			if s.Address == "" || s.Confirmed.IsZero() {
				continue
			}
			if max <= 0 {
				return false, errors.Join(failed...)
			}
			sent, err := d.send(ctx, n, who, d.announcement(n, who, s.Address))
			if err != nil {
				if ctx.Err() != nil || errors.Is(err, ErrChanged) {
					return false, err
				}
				failed = append(failed, fmt.Errorf("notify: subscriber %s: %w", who, err))
			}
			if sent || err != nil {
				max--
			}
		}
	}
}

func (d *Desk) announcement(n Notice, who, to string) Mail {
	link := d.URL + "/leave?t=" + d.token("leave", who, time.Unix(0, 0))
	return Mail{
		To:     to,
		Text:   strings.TrimRight(n.Text, "\n") + "\n\n-- \nYou get this because you subscribed. Leave: " + link + "\n",
		Header: map[string]string{"List-Unsubscribe": "<" + link + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
	}
}

// Deliveries returns who has a notice, n at most, behind a Who.
func (d *Desk) Deliveries(ctx context.Context, notice, after string, n int) ([]Delivery, error) {
	prefix := "notify/sent/" + hex.EncodeToString(d.mac("notice", notice))[:24] + "/"
	if after != "" {
		after = prefix + after
	}
	keys, err := d.State.List(ctx, prefix, after, n)
	if err != nil {
		return nil, err
	}
	var list []Delivery
	for _, k := range keys {
		value, _, err := d.State.Get(ctx, k)
		if err != nil {
			return list, err
		}
		var x Delivery
		if err := json.Unmarshal(value, &x); err != nil {
			return list, err
		}
		list = append(list, x)
	}
	return list, nil
}
