package pgpmime

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// boundary makes a delimiter that stands in none of the texts. It follows from
// them, so that writing needs no randomness.
func boundary(texts ...[]byte) string {
	for n := 0; ; n++ {
		h := sha256.New()
		fmt.Fprint(h, n)
		for _, t := range texts {
			h.Write(t)
		}
		b := fmt.Sprintf("=_%x", h.Sum(nil)[:18])
		if !containsAny(texts, []byte(b)) {
			return b
		}
	}
}

func containsAny(texts [][]byte, b []byte) bool {
	for _, t := range texts {
		if bytes.Contains(t, b) {
			return true
		}
	}
	return false
}

func writeBase64(out *bytes.Buffer, data []byte) {
	for len(data) > 0 {
		n := min(57, len(data))
		out.WriteString(base64.StdEncoding.EncodeToString(data[:n]) + "\r\n")
		data = data[n:]
	}
}

// scanEntity looks for secret keys in every leaf of an entity, decoded, also
// of the mails in it.
func scanEntity(raw []byte, depth int) error {
	if len(raw) == 0 {
		return nil
	}
	if depth > maxDepth {
		return fmt.Errorf("%w: nested deeper than %d", ErrLimit, maxDepth)
	}
	if pgp.HasSecret(raw) {
		return pgp.ErrSecretMaterial
	}
	e, err := parseEntity(raw)
	if err != nil {
		return err
	}
	count := 0
	leaves, err := walk(e, 0, &count)
	if err != nil {
		return err
	}
	for _, l := range leaves {
		data := l.content()
		if l.media == "message/rfc822" {
			err = scanEntity(data, depth+1)
		} else if pgp.HasSecret(data) {
			err = pgp.ErrSecretMaterial
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ErrNobody means that no member of a team could be reached.
var ErrNobody = errors.New("pgpmime: no member of the team can be encrypted to")

// A Team is who gets the mail of an address.
type Team struct {
	// Address is where outsiders write to; relayed mails come from it.
	Address string
	// Key decrypts what comes in and signs what goes to the members.
	Key pgp.Secret
	// Members each get a mail of their own.
	Members []pgp.Recipient
}

// A Relayed is a mail to one member.
type Relayed struct {
	To   string
	Data []byte
}

// Relay opens a mail to a team once, verifies it once, and encrypts it afresh
// to each member, signed by the team's key. Inside, before the original, a
// text says what was found: how the original was protected, and the status of
// each signature. Nothing ever leaves in the open, also if the original came
// in the open.
//
// Members who cannot be encrypted to are returned as problems, with reasons:
// tell them, loudly. The error wraps ErrNobody if there is no other member, or
// is that of Open; a mail that does not open is relayed to nobody.
func (t Team) Relay(ctx context.Context, e *pgp.Engine, r io.Reader, senders []pgp.Cert, at time.Time) ([]Relayed, []pgp.Problem, error) {
	o := Opener{Engine: e, Keyring: pgp.Keyring{Secrets: []pgp.Secret{t.Key}, Certs: senders}}
	m, err := o.Open(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	var out []Relayed
	var problems []pgp.Problem
	for _, member := range t.Members {
		if member.Address == "" {
			problems = append(problems, pgp.Problem{Fingerprint: member.Cert.Fingerprint(), Reason: pgp.ErrWrongAddress})
			continue
		}
		var unusable *pgp.RecipientsError
		if err := e.Check([]pgp.Recipient{member}); errors.As(err, &unusable) {
			problems = append(problems, unusable.Problems...)
			continue
		}
		d := m.relay(t, member.Address, at)
		data, err := d.Encrypt(ctx, e, pgp.Envelope{To: []pgp.Recipient{member}, From: []pgp.Secret{t.Key}})
		if err != nil {
			return nil, problems, err
		}
		out = append(out, Relayed{member.Address, data})
	}
	if len(out) == 0 {
		return nil, problems, ErrNobody
	}
	return out, problems, nil
}

// relay is the mail to one member.
func (m *Mail) relay(t Team, to string, at time.Time) *Draft {
	header := m.Outer.Get
	if m.Protected != nil {
		header = m.Protected.Get
	}
	d := &Draft{
		From: []string{t.Address}, To: []string{to}, Date: at,
		Subject: decodeWords(header("Subject")), InReplyTo: strings.Trim(header("Message-ID"), "<> "),
		Text: m.summary(), tainted: true, confirmed: []string{strings.ToLower(to)},
	}
	d.entity = m.payload
	if m.Form == FormNone || m.Form == FormAttachment {
		// The payload is the whole mail: its header goes inside.
		d.entity = append([]byte("Content-Type: message/rfc822\r\n\r\n"), m.payload...)
	}
	return d
}

// summary is what was found, for people.
func (m *Mail) summary() string {
	var b strings.Builder
	from := m.Outer.Get("From")
	if a, err := mail.ParseAddress(from); err == nil {
		from = a.Address
	}
	fmt.Fprintf(&b, "Relayed by your team's address.\n\nSender, as the open header says: %s\n", pgp.Printable(from))
	fmt.Fprintf(&b, "Encrypted on its way here: %s (%s)\n", map[bool]string{true: "yes", false: "NO"}[m.Report.Encrypted], m.Form)
	if len(m.Report.Signatures) == 0 {
		b.WriteString("Signature: none\n")
	}
	for _, s := range m.Report.Signatures {
		fmt.Fprintf(&b, "Signature: %s", strings.ToUpper(s.Status.String()))
		switch {
		case s.Signer != "":
			b.WriteString(", key " + s.Signer)
		case s.KeyID != "":
			b.WriteString(", key ID " + s.KeyID)
		}
		if s.Reason != "" {
			b.WriteString(" (" + s.Reason + ")")
		}
		b.WriteString("\n")
	}
	return b.String()
}
