package pgpmime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// Errors of writing.
var (
	// ErrTainted means that a draft quotes decrypted text and must not leave
	// unencrypted.
	ErrTainted = errors.New("pgpmime: the draft quotes decrypted text, it must be encrypted")
	// ErrUnconfirmed means that a draft quotes decrypted text and has a
	// recipient whom nothing under the encryption names; see Draft.Confirm.
	ErrUnconfirmed = errors.New("pgpmime: the quoted mail does not vouch for a recipient, confirm him")
	// ErrBcc means that a draft has blind copies: write each of Draft.Copies.
	ErrBcc = errors.New("pgpmime: blind copies are mails of their own, see Draft.Copies")
)

// An Attachment is a file on a mail.
type Attachment struct {
	Name string // the file's name, without a path
	// Type is the media type; application/octet-stream if empty.
	Type string
	// Data is the content. If Open is set, it is read instead, once for each
	// writing of the draft; a result that is an io.Closer is closed.
	Data []byte
	Open func() (io.Reader, error) // see Data

	foreign bool // came in, so it is not looked through for secret keys
	inline  bool // shown with the text
	text    bool // UTF-8, written so that it stays readable
}

// A Draft is a mail to be written. Fill in the fields; a draft made by Mail.Reply
// remembers that it quotes decrypted text.
type Draft struct {
	From, To, Cc []string // RFC 5322 addresses, with or without a name
	// Bcc gets copies that nobody else sees; see Copies.
	Bcc     []string
	ReplyTo []string // RFC 5322 addresses; none: those of From
	Subject string   // UTF-8; goes in clear unless it is protected
	// Text is the body, UTF-8, with LF line ends.
	Text        string
	Attachments []Attachment // in their order
	// Date and MessageID are the caller's to give. MessageID, InReplyTo and
	// References have no angle brackets. Empty ones are left out.
	Date       time.Time
	MessageID  string   // see Date
	InReplyTo  string   // see Date
	References []string // the thread, oldest first; InReplyTo if empty
	// AutoSubmitted says that no person wrote the mail: "auto-replied" or
	// "auto-generated" (RFC 3834).
	AutoSubmitted string

	tainted   bool
	confirmed []string
	only      string // the one recipient of a blind copy
	foreign   bool   // Subject and Text came in
}

// Copies returns the mails that a draft is: one for To and Cc, unless they are
// empty, and one for each address in Bcc. Those have the same header, which does
// not name them, and are encrypted for that one address, so nobody finds the key
// of another in his copy. Recipients tells whom to send each to.
func (d *Draft) Copies() (out []*Draft) {
	if len(d.To)+len(d.Cc) > 0 || len(d.Bcc) == 0 {
		c := *d
		c.Bcc = nil
		out = append(out, &c)
	}
	for _, b := range d.Bcc {
		c := *d
		c.Bcc, c.only = nil, b
		out = append(out, &c)
	}
	return out
}

// Recipients returns the bare addresses that a draft without Bcc goes to. A
// string that is no address is left out.
func (d *Draft) Recipients() (out []string) {
	list := slices.Concat(d.To, d.Cc)
	if d.only != "" {
		list = []string{d.only}
	}
	for _, s := range list {
		if a, err := mail.ParseAddress(s); err == nil {
			out = append(out, a.Address)
		}
	}
	return out
}

// Encrypt writes the draft as PGP/MIME, encrypted and signed as env says. The
// real header is inside (RFC 9788, with the older parameter too); outside, the
// subject is "[...]". Each recipient of the draft needs one in env of the same
// address, and the key that signs must carry the addresses in From. Of a copy for
// Bcc, the others in env are left out.
//
// Attachments are read as streams. Nothing is written to dst before all was read
// and found clean. The error wraps ErrUnconfirmed, ErrBcc, a
// *pgp.RecipientsError, pgp.ErrWrongAddress for From, pgp.ErrSecretMaterial if
// any part holds a secret key, or tells which field is not valid. After an error,
// discard what dst got.
func (d *Draft) Encrypt(ctx context.Context, dst io.Writer, e *pgp.Engine, env pgp.Envelope) error {
	if err := d.check(env.From); err != nil {
		return err
	}
	has := func(a string) func(r pgp.Recipient) bool {
		return func(r pgp.Recipient) bool { return strings.EqualFold(r.Address, a) }
	}
	if d.only != "" {
		to := slices.DeleteFunc(slices.Clone(env.To), func(r pgp.Recipient) bool { return !has(d.Recipients()[0])(r) })
		env.To, env.Passwords = to, nil
	}
	var missing []pgp.Problem
	for _, a := range d.Recipients() {
		if !slices.ContainsFunc(env.To, has(a)) {
			missing = append(missing, pgp.Problem{Address: a, Reason: pgp.ErrNoKey})
		}
	}
	if len(missing) > 0 {
		return &pgp.RecipientsError{Problems: missing}
	}
	if d.tainted {
		for _, r := range env.To {
			if !slices.Contains(d.confirmed, strings.ToLower(r.Address)) {
				return fmt.Errorf("%w: %s", ErrUnconfirmed, pgp.Printable(r.Address))
			}
		}
		if len(env.Passwords) > 0 {
			return fmt.Errorf("%w: a password is for anybody", ErrUnconfirmed)
		}
	}
	if err := e.Check(env.To); err != nil {
		return err
	}
	payload, err := d.payload(ctx, e, "cipher")
	if err != nil {
		return err
	}
	defer payload.Close()
	env.Form.Binary, env.AllowSecretKeys = false, true // looked through part by part
	b := newBoundary()
	out := &fieldWriter{w: dst}
	out.fields(d.header("[...]"))
	out.print("MIME-Version: 1.0\r\nContent-Type: multipart/encrypted;\r\n protocol=\"application/pgp-encrypted\";\r\n boundary=\"%s\"\r\n\r\n", b)
	out.print("--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n", b)
	out.print("--%s\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\nContent-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n", b)
	if out.err != nil {
		return out.err
	}
	if err := e.Encrypt(ctx, &crlfWriter{w: dst}, payload.Open(), env); err != nil {
		return err
	}
	out.print("\r\n--%s--\r\n", b)
	return out.err
}

// Sign writes the draft as PGP/MIME, signed and readable by everybody. The error
// is that of Encrypt, or ErrTainted if the draft quotes decrypted text.
func (d *Draft) Sign(ctx context.Context, dst io.Writer, e *pgp.Engine, from pgp.Secret) error {
	if d.tainted {
		return ErrTainted
	}
	if err := d.check([]pgp.Secret{from}); err != nil {
		return err
	}
	payload, err := d.payload(ctx, e, "clear")
	if err != nil {
		return err
	}
	defer payload.Close()
	var sig strings.Builder
	micalg, err := e.SignDetached(ctx, &crlfWriter{w: &sig}, payload.Open(), from, pgp.Form{})
	if err != nil {
		return err
	}
	b := newBoundary()
	out := &fieldWriter{w: dst}
	out.fields(d.header(d.Subject))
	out.print("MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=\"%s\";\r\n protocol=\"application/pgp-signature\";\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", micalg, b, b)
	out.copy(payload.Open())
	out.print("\r\n--%s\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n%s\r\n--%s--\r\n", b, sig.String(), b)
	return out.err
}

// Plaintext writes the draft without any protection. The error is that of Sign.
func (d *Draft) Plaintext(ctx context.Context, dst io.Writer, e *pgp.Engine) error {
	if d.tainted {
		return ErrTainted
	}
	if err := d.check(nil); err != nil {
		return err
	}
	payload, err := d.payload(ctx, e, "")
	if err != nil {
		return err
	}
	defer payload.Close()
	out := &fieldWriter{w: dst}
	out.print("MIME-Version: 1.0\r\n")
	out.copy(payload.Open())
	return out.err
}

// check looks at all addresses, and at who signs for them.
func (d *Draft) check(from []pgp.Secret) error {
	if len(d.Bcc) > 0 {
		return ErrBcc
	}
	for i, list := range [][]string{d.From, d.To, d.Cc, d.ReplyTo, {d.only}} {
		for _, s := range list {
			if i == 4 && s == "" {
				continue
			}
			a, err := mail.ParseAddress(s)
			if err != nil {
				return fmt.Errorf("%w: address %q", ErrMalformed, pgp.Printable(s))
			}
			if i == 0 && len(from) > 0 && !slices.ContainsFunc(from, func(s pgp.Secret) bool { return s.Cert().HasAddress(a.Address) }) {
				return fmt.Errorf("%w: %s in From is not the signer's", pgp.ErrWrongAddress, pgp.Printable(a.Address))
			}
		}
	}
	return nil
}
