package pgpmime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
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
	// recipient who was not on the mail that is quoted.
	ErrUnconfirmed = errors.New("pgpmime: a recipient was not on the quoted mail")
)

// An Attachment is a file on a mail.
type Attachment struct {
	Name string
	// Type is the media type; application/octet-stream if empty.
	Type string
	Data []byte
}

// A Draft is a mail to be written. Fill in the fields; a draft made by
// Mail.Reply remembers that it quotes decrypted text.
type Draft struct {
	From, To, Cc []string // RFC 5322 addresses, with or without a name
	Subject      string
	// Text is the body, UTF-8, with LF line ends.
	Text        string
	Attachments []Attachment
	// Date and MessageID are the caller's to give. MessageID has no angle
	// brackets. Empty ones are left out.
	Date      time.Time
	MessageID string
	InReplyTo string

	tainted   bool
	confirmed []string
	entity    []byte // a relayed payload, after the text
}

// Reply begins an answer: addressed to the sender, with the text quoted. If
// the mail was encrypted, so will the reply be, whatever happens to its text:
// it cannot be written in the open, nor to anybody who was not on this mail
// before Confirm names him.
func (m *Mail) Reply() *Draft {
	header := m.Outer.Get
	if m.Protected != nil {
		header = m.Protected.Get // the sender's own words, where there are any
	}
	d := &Draft{Subject: "Re: " + strings.TrimPrefix(decodeWords(header("Subject")), "Re: ")}
	to := header("Reply-To")
	if to == "" {
		to = header("From")
	}
	if a, err := mail.ParseAddressList(to); err == nil {
		for _, a := range a {
			d.To = append(d.To, a.String())
		}
	}
	d.InReplyTo = strings.Trim(header("Message-ID"), "<> ")
	if d.tainted = m.Report.Encrypted; d.tainted {
		// Only the addresses that the mail went to: a Reply-To may be anybody.
		for _, name := range []string{"From", "To", "Cc"} {
			if list, err := mail.ParseAddressList(header(name)); err == nil {
				for _, a := range list {
					d.confirmed = append(d.confirmed, strings.ToLower(a.Address))
				}
			}
		}
	}
	for _, p := range m.Parts {
		d.tainted = d.tainted || p.Report != nil
	}
	text, _ := m.Text()
	for line := range strings.Lines(text) {
		d.Text += "> " + strings.TrimRight(line, "\r\n") + "\n"
	}
	return d
}

// Tainted reports whether the draft must be encrypted.
func (d *Draft) Tainted() bool { return d.tainted }

// Confirm allows a recipient who was not on the quoted mail. Call it when a
// person has said so.
func (d *Draft) Confirm(address string) {
	d.confirmed = append(d.confirmed, strings.ToLower(address))
}

// Encrypt writes the draft as PGP/MIME, encrypted and signed as env says. The
// real header is inside (RFC 9788, with the older parameter too); outside, the
// subject is "[...]". Each address in To and Cc needs a recipient in env of the
// same address.
//
// The error wraps ErrUnconfirmed, a *pgp.RecipientsError, pgp.ErrSecretMaterial
// if any part holds a secret key, or tells which field is not valid. Nothing is
// returned then.
func (d *Draft) Encrypt(ctx context.Context, e *pgp.Engine, env pgp.Envelope) ([]byte, error) {
	addresses, err := d.addresses()
	if err != nil {
		return nil, err
	}
	var missing []pgp.Problem
	for _, a := range addresses {
		if !slices.ContainsFunc(env.To, func(r pgp.Recipient) bool { return strings.EqualFold(r.Address, a) }) {
			missing = append(missing, pgp.Problem{Address: a, Reason: pgp.ErrNoKey})
		}
	}
	if len(missing) > 0 {
		return nil, &pgp.RecipientsError{Problems: missing}
	}
	if d.tainted {
		for _, r := range env.To {
			if !slices.Contains(d.confirmed, strings.ToLower(r.Address)) {
				return nil, fmt.Errorf("%w: %s", ErrUnconfirmed, pgp.Printable(r.Address))
			}
		}
		if len(env.Passwords) > 0 {
			return nil, fmt.Errorf("%w: a password is for anybody", ErrUnconfirmed)
		}
	}
	payload, err := d.payload("cipher")
	if err != nil {
		return nil, err
	}
	env.Form.Binary = false
	var sealed bytes.Buffer
	if err := e.Encrypt(ctx, &sealed, bytes.NewReader(payload), env); err != nil {
		return nil, err
	}
	b := boundary(sealed.Bytes())
	var out bytes.Buffer
	writeFields(&out, d.header("[...]"))
	fmt.Fprintf(&out, "MIME-Version: 1.0\r\nContent-Type: multipart/encrypted;\r\n protocol=\"application/pgp-encrypted\";\r\n boundary=\"%s\"\r\n\r\n", b)
	fmt.Fprintf(&out, "--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n", b)
	fmt.Fprintf(&out, "--%s\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\nContent-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n", b)
	out.Write(crlf(sealed.Bytes()))
	fmt.Fprintf(&out, "\r\n--%s--\r\n", b)
	return out.Bytes(), nil
}

// Sign writes the draft as PGP/MIME, signed and readable by everybody. It
// fails with ErrTainted if the draft quotes decrypted text.
func (d *Draft) Sign(ctx context.Context, e *pgp.Engine, from pgp.Secret) ([]byte, error) {
	if d.tainted {
		return nil, ErrTainted
	}
	if _, err := d.addresses(); err != nil {
		return nil, err
	}
	payload, err := d.payload("clear")
	if err != nil {
		return nil, err
	}
	var sig bytes.Buffer
	micalg, err := e.SignDetached(ctx, &sig, bytes.NewReader(payload), from, pgp.Form{})
	if err != nil {
		return nil, err
	}
	b := boundary(payload)
	var out bytes.Buffer
	writeFields(&out, d.header(d.Subject))
	fmt.Fprintf(&out, "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=\"%s\";\r\n protocol=\"application/pgp-signature\";\r\n boundary=\"%s\"\r\n\r\n", micalg, b)
	fmt.Fprintf(&out, "--%s\r\n%s\r\n", b, payload)
	fmt.Fprintf(&out, "--%s\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n", b)
	out.Write(crlf(sig.Bytes()))
	fmt.Fprintf(&out, "\r\n--%s--\r\n", b)
	return out.Bytes(), nil
}

// Plaintext writes the draft without any protection. It fails with ErrTainted
// if the draft quotes decrypted text.
func (d *Draft) Plaintext() ([]byte, error) {
	if d.tainted {
		return nil, ErrTainted
	}
	if _, err := d.addresses(); err != nil {
		return nil, err
	}
	payload, err := d.payload("")
	if err != nil {
		return nil, err
	}
	return append([]byte("MIME-Version: 1.0\r\n"), payload...), nil
}

// addresses checks all addresses and returns those of To and Cc, bare.
func (d *Draft) addresses() (out []string, err error) {
	for i, list := range [][]string{d.From, d.To, d.Cc} {
		for _, s := range list {
			a, err := mail.ParseAddress(s)
			if err != nil {
				return nil, fmt.Errorf("%w: address %q", ErrMalformed, pgp.Printable(s))
			}
			if i > 0 {
				out = append(out, a.Address)
			}
		}
	}
	return out, nil
}

// header is the draft's header with the given subject.
func (d *Draft) header(subject string) (out []Field) {
	add := func(name, value string) {
		if value != "" {
			out = append(out, Field{name, value})
		}
	}
	list := func(in []string) string {
		var parts []string
		for _, s := range in {
			if a, err := mail.ParseAddress(s); err == nil { // was checked
				parts = append(parts, a.String())
			}
		}
		return strings.Join(parts, ",\r\n ")
	}
	id := func(s string) string {
		if s = strings.Map(visible, s); s != "" {
			return "<" + s + ">"
		}
		return ""
	}
	add("From", list(d.From))
	add("To", list(d.To))
	add("Cc", list(d.Cc))
	add("Subject", foldWords(subject))
	if !d.Date.IsZero() {
		add("Date", d.Date.Format(time.RFC1123Z))
	}
	add("Message-ID", id(d.MessageID))
	add("In-Reply-To", id(d.InReplyTo))
	add("References", id(d.InReplyTo))
	return out
}

func visible(r rune) rune {
	if r <= ' ' || r == '<' || r == '>' || r >= 0x7f {
		return -1
	}
	return r
}

// foldWords encodes what is not ASCII (RFC 2047) on lines of their own.
func foldWords(s string) string {
	return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", pgp.Printable(s)), "?= =?", "?=\r\n =?")
}

func decodeWords(s string) string {
	if out, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return out
	}
	return s
}

func writeFields(b *bytes.Buffer, fields []Field) {
	for _, f := range fields {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
}

// payload is the entity with the header that is protected by hp: "cipher",
// "clear", or "" for none. Every part is looked through for secret keys.
func (d *Draft) payload(hp string) ([]byte, error) {
	for _, data := range append([][]byte{[]byte(d.Text), []byte(d.Subject)}, d.files()...) {
		if pgp.HasSecret(data) {
			return nil, pgp.ErrSecretMaterial
		}
	}
	for _, a := range d.Attachments {
		if strings.HasPrefix(strings.ToLower(a.Type), "message/") {
			if err := scanEntity(a.Data, 0); err != nil {
				return nil, err
			}
		}
	}
	if err := scanEntity(d.entity, 0); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	writeFields(&out, d.header(d.Subject))
	params := ""
	if hp != "" {
		params = fmt.Sprintf(";\r\n hp=\"%s\"; protected-headers=\"v1\"", hp)
	}
	if hp == "cipher" { // RFC 9788, section 2.2: what the outside shows
		for _, f := range d.header("[...]") {
			writeFields(&out, []Field{{"HP-Outer", f.Name + ": " + f.Value}})
		}
	}
	if len(d.Attachments) == 0 && d.entity == nil {
		writeText(&out, d.Text, params)
		return out.Bytes(), nil
	}
	b := boundary(append(d.files(), []byte(d.Text), d.entity)...)
	fmt.Fprintf(&out, "Content-Type: multipart/mixed; boundary=\"%s\"%s\r\n\r\n", b, params)
	fmt.Fprintf(&out, "--%s\r\n", b)
	writeText(&out, d.Text, "")
	if d.entity != nil {
		fmt.Fprintf(&out, "\r\n--%s\r\n%s", b, crlf(d.entity))
	}
	for _, a := range d.Attachments {
		fmt.Fprintf(&out, "\r\n--%s\r\n", b)
		writeAttachment(&out, a)
	}
	fmt.Fprintf(&out, "\r\n--%s--\r\n", b)
	return out.Bytes(), nil
}

func (d *Draft) files() (out [][]byte) {
	for _, a := range d.Attachments {
		out = append(out, a.Data, []byte(a.Name))
	}
	return out
}

// writeText writes quoted-printable: lines that are signed must survive every
// mail server (RFC 3156, section 3).
func writeText(out *bytes.Buffer, text, params string) {
	out.WriteString("Content-Type: text/plain; charset=utf-8" + params + "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(out)
	w.Write(crlf([]byte(strings.ToValidUTF8(text, "\ufffd")))) // a Buffer does not fail
	w.Close()
}

func writeAttachment(out *bytes.Buffer, a Attachment) {
	typ, _, err := mime.ParseMediaType(a.Type)
	if err != nil {
		typ = "application/octet-stream"
	}
	name := mime.FormatMediaType("attachment", map[string]string{"filename": pgp.Printable(a.Name)})
	if name == "" {
		name = "attachment"
	}
	fmt.Fprintf(out, "Content-Type: %s\r\nContent-Disposition: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n", typ, name)
	writeBase64(out, a.Data)
}
