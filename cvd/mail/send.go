package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// Submitter takes a mail on its way. SMTP is one; a host may have
// others, such as a queue or a folder.
type Submitter interface {
	// Submit sends what write writes from one address to another, once. It may call
	// write again, which gives the same mail under another signature. An error of
	// write means that nothing may be sent; it is returned, wrapped or not. An error
	// that wraps cvd.ErrUndeliverable is for good; after any other the mail may or
	// may not be on its way. Errors hold no address and no word of a server. It is
	// called concurrently, and honours its context.
	Submit(ctx context.Context, from, to string, write func(io.Writer) error) error
}

// Transport writes the mails of a team. It is a cvd.Transport: put it into
// Config.Transports under cvd.TransportMail. Submit, Address and Key are required.
// It is safe for concurrent use.
//
// Every mail is signed, and encrypted where a certificate of the recipient is known
// and can be used. Where one is known and cannot be used, since it has expired, was
// revoked or is not at hand, nothing is sent in clear: Send returns
// cvd.ErrUnprotected, and a notice without details goes out instead. Each person has
// a mail of its own, encrypted to nobody else.
type Transport struct {
	Submit Submitter // hands mails to the server that sends them
	// Address is the team's, and stands in From. Key must carry it.
	Address string
	Name    string // of the team, for From; may be empty
	// Domain is that of the Message-IDs; empty: of Address. It is the same as that of
	// the Intake.
	Domain string
	// Separator parts an address from the token of a thread, for servers that know
	// sub-addresses (RFC 5233): answers go to security+token@example.org then. Empty:
	// they go to Address, and are known by the Message-ID that they answer.
	Separator string
	// Key signs.
	Key    pgp.Secret
	Engine *pgp.Engine // nil: the zero one
	// Certs holds the certificates of recipients. nil: there are none.
	Certs Certs
	// EnforcesTLS says that the team's own server hands mail on over verified TLS
	// only (DANE or MTA-STS enforced), so that a mail that is not encrypted counts as
	// cvd.ProtectTLS. Without it such a mail counts as not protected.
	EnforcesTLS bool
	// Now dates mails. nil: the server that takes them does (RFC 6409, section 8.1).
	Now func() time.Time
}

// Certs finds the certificate that mail to a recipient is encrypted to.
type Certs interface {
	// Cert is given the fingerprint that the case has of the recipient, or an empty
	// string, and the address. The zero Cert means that there is none. By address
	// alone it returns only what the team has checked to belong to it.
	Cert(ctx context.Context, fingerprint, address string) (pgp.Cert, error)
}

// Ring is a list of certificates that the team has checked.
type Ring []pgp.Cert

// Cert finds by fingerprint, or else by address. Of several with one address that
// are usable none is chosen: the case has to name one.
func (r Ring) Cert(_ context.Context, fingerprint, address string) (found pgp.Cert, err error) {
	if fingerprint = fingerprintOf(fingerprint); fingerprint != "" {
		for _, c := range r {
			if c.Fingerprint() == fingerprint {
				return c, nil
			}
		}
		return pgp.Cert{}, nil
	}
	for _, c := range r {
		switch {
		case !c.HasAddress(address):
		case found.IsZero() || found.Revoked():
			found = c
		case !c.Revoked():
			return pgp.Cert{}, errSeveral
		}
	}
	return found, nil
}

var errSeveral = errors.New("mail: several certificates carry the recipient's address, the case has to name one")

func fingerprintOf(s string) string {
	return strings.ToUpper(strings.TrimPrefix(strings.ReplaceAll(s, " ", ""), "0x"))
}

var errTransport = errors.New("mail: Transport.Submit, Transport.Address and Transport.Key are required")

// Send implements cvd.Transport.
func (t *Transport) Send(ctx context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	if t.Submit == nil || t.Address == "" || t.Key.IsZero() {
		return cvd.Sent{}, errTransport
	}
	to, ok := sendable(string(m.To.Address))
	if !ok {
		return cvd.Sent{}, fmt.Errorf("%w: it is no address that mail can be sent to", cvd.ErrUndeliverable)
	}
	d := t.draft(ctx, m, to)
	rcpt, known, err := t.recipient(ctx, string(m.Key), to)
	if err != nil {
		return cvd.Sent{}, err
	}
	sent := cvd.Sent{Protection: cvd.ProtectNone}
	if t.EnforcesTLS {
		sent.Protection = cvd.ProtectTLS
	}
	sealed := known && t.engine().Check([]pgp.Recipient{rcpt}) == nil
	switch {
	case sealed:
		sent.Protection = cvd.ProtectSealed
	case known && !m.Notice, m.Require > sent.Protection:
		return cvd.Sent{}, cvd.ErrUnprotected
	}
	if !sealed {
		rcpt = pgp.Recipient{}
	}
	return sent, t.write(ctx, d, to, rcpt)
}

// recipient finds to whom a mail is encrypted. known tells that there is a
// certificate, also one that is not at hand.
func (t *Transport) recipient(ctx context.Context, fingerprint, to string) (r pgp.Recipient, known bool, err error) {
	var cert pgp.Cert
	if t.Certs != nil {
		if cert, err = t.Certs.Cert(ctx, fingerprint, to); err != nil {
			return r, false, fmt.Errorf("mail: finding the recipient's certificate: %w", err)
		}
	}
	// The fingerprint that the case has was chosen by the team, whatever addresses
	// the certificate carries.
	return pgp.Recipient{Address: to, Cert: cert, Chosen: fingerprint != ""}, fingerprint != "" || !cert.IsZero(), nil
}

// write signs, encrypts if there is a recipient, and submits.
func (t *Transport) write(ctx context.Context, d *pgpmime.Draft, to string, rcpt pgp.Recipient) error {
	return t.Submit.Submit(ctx, t.Address, to, func(w io.Writer) error {
		if rcpt.Cert.IsZero() {
			return d.Sign(ctx, w, t.engine(), t.Key)
		}
		return d.Encrypt(ctx, w, t.engine(), pgp.Envelope{To: []pgp.Recipient{rcpt}, From: []pgp.Secret{t.Key}})
	})
}

func (t *Transport) engine() *pgp.Engine {
	if t.Engine != nil {
		return t.Engine
	}
	return &pgp.Engine{}
}

// draft is the mail of a message. What is not ASCII is encoded, so that it passes
// every server as it was signed (RFC 3156, section 3).
func (t *Transport) draft(ctx context.Context, m cvd.Outgoing, to string) *pgpmime.Draft {
	d := &pgpmime.Draft{
		From: []string{t.from()}, To: []string{(&netmail.Address{Name: string(plain(string(m.Name), 200)), Address: to}).String()},
		Subject: m.Subject, Text: string(m.Text),
		MessageID: MessageID(m, t.domain()), InReplyTo: t.theirID(m, m.InReplyTo),
	}
	if t.Now != nil {
		d.Date = t.Now()
	}
	for _, r := range m.References {
		d.References = append(d.References, t.theirID(m, r))
	}
	if local, domain, ok := splitAddress(t.Address); ok && t.Separator != "" && m.Thread != "" {
		if a, ok := sendable(local + t.Separator + m.Thread + "@" + domain); ok {
			d.ReplyTo = []string{(&netmail.Address{Name: t.Name, Address: a}).String()}
		}
	}
	switch {
	case m.Auto && strings.HasPrefix(string(m.InReplyTo), "<"):
		d.AutoSubmitted = "auto-replied"
	case m.Auto:
		d.AutoSubmitted = "auto-generated"
	}
	for _, f := range m.Files {
		d.Attachments = append(d.Attachments, pgpmime.Attachment{
			Name: string(f.Name), Type: fileType(string(f.Type)), Open: func() (io.Reader, error) { return f.Open(ctx) },
		})
	}
	return d
}

// fileType keeps a mail that is attached from being written as it is: its bytes need
// not be ASCII.
func fileType(t string) string {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(t)), "message/") {
		return "application/octet-stream"
	}
	return t
}

func (t *Transport) from() string {
	return (&netmail.Address{Name: t.Name, Address: t.Address}).String()
}

func (t *Transport) domain() string {
	if t.Domain != "" {
		return strings.ToLower(t.Domain)
	}
	_, d, _ := cutAddress(t.Address)
	return d
}

// theirID is the Message-ID by which the recipient has a message: that of a mail of
// its own, in angle brackets, or the ID of one that was sent to it.
func (t *Transport) theirID(m cvd.Outgoing, id cvd.Private) string {
	x := string(id)
	if strings.HasPrefix(x, "<") {
		if x = strings.Trim(x, "<>"); strings.ContainsAny(x, "<> \t\r\n") || len(x) > 900 {
			return ""
		}
		return x
	}
	if x == "" {
		return ""
	}
	return MessageID(cvd.Outgoing{ID: x, Thread: m.Thread}, t.domain())
}

// splitAddress is cutAddress without the change of case.
func splitAddress(s string) (local, domain string, ok bool) {
	i := strings.LastIndexByte(s, '@')
	if i < 1 || i == len(s)-1 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// sendable returns an address as the envelope takes it: one of ASCII, without quotes
// and everything else that a server might read otherwise.
func sendable(s string) (string, bool) {
	a, err := netmail.ParseAddress(strings.TrimSpace(s))
	if err != nil || a.Name != "" || len(a.Address) > 254 {
		return "", false
	}
	local, domain, ok := splitAddress(a.Address)
	if !ok || strings.HasPrefix(domain, "[") {
		return "", false
	}
	for _, r := range local + domain {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),:;<>@[\]`, r) {
			return "", false
		}
	}
	return a.Address, true
}
