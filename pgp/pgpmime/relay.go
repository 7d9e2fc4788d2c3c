package pgpmime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// ErrNobody means that no member of a team could be reached.
var ErrNobody = errors.New("pgpmime: no member of the team can be encrypted to")

// A Team is who gets the mail of an address.
type Team struct {
	// Address is where outsiders write to; relayed mails come from it.
	Address string
	// Keys are the team's, the newest first: that one signs, and must carry
	// Address. The older ones read what is still written to them.
	Keys []pgp.Secret
	// Members each get a mail of their own.
	Members []pgp.Recipient
}

// Opener returns one that reads mail to any of the team's keys, and verifies it
// by the certificates of the senders.
func (t Team) Opener(e *pgp.Engine, senders []pgp.Cert) Opener {
	return Opener{Engine: e, Keyring: pgp.Keyring{Secrets: t.Keys, Certs: senders}}
}

// Relay encrypts an opened mail afresh to each member, signed by the team's
// newest key. First comes a text that says what was found: how each part was
// protected, the status of each signature, and what was not read. Then come the
// parts, decrypted; and the mail as it came, if something in it stayed closed or a
// signature was not Valid. Nothing ever leaves in the open, also if the mail came
// in the open. What came in is never refused for what it says.
//
// out opens the place for the mail to one member; it is closed afterwards. A mail
// whose writing failed is not closed: discard it. Members who cannot be
// encrypted to are returned as problems, with reasons: tell them, loudly. The
// error wraps ErrNobody if there is no other member, or is that of out, of
// Draft.Encrypt or of the spool.
func (t Team) Relay(ctx context.Context, e *pgp.Engine, m *Mail, at time.Time, out func(to pgp.Recipient) (io.WriteCloser, error)) ([]pgp.Problem, error) {
	if len(t.Keys) == 0 {
		return nil, fmt.Errorf("%w: the team has none", pgp.ErrNoKey)
	}
	var problems []pgp.Problem
	sent := 0
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
		w, err := out(member)
		if err != nil {
			return problems, err
		}
		d := m.relay(t, member.Address, at)
		if err := d.Encrypt(ctx, w, e, pgp.Envelope{To: []pgp.Recipient{member}, From: t.Keys[:1]}); err != nil {
			return problems, err
		}
		if err := w.Close(); err != nil {
			return problems, err
		}
		sent++
	}
	if sent == 0 {
		return problems, ErrNobody
	}
	return problems, nil
}

// relay is the mail to one member.
func (m *Mail) relay(t Team, to string, at time.Time) *Draft {
	d := &Draft{
		From: []string{t.Address}, To: []string{to}, Date: at, Subject: m.Subject(), InReplyTo: m.MessageID(),
		Text: m.Summary(), tainted: true, confirmed: []string{strings.ToLower(to)}, foreign: true,
	}
	original := len(m.Unread) > 0 || slices.Contains(m.Flags, FlagAmbiguous)
	for _, p := range m.Parts {
		if p.display || p.Closed {
			continue
		}
		original = original || len(p.Signatures) > 0 && pgp.Best(p.Signatures) != pgp.Valid
		a := Attachment{Name: p.Name, Type: p.Type, Open: func() (io.Reader, error) { return p.Open(), nil }, foreign: true, inline: !p.Attached}
		if strings.HasPrefix(p.Type, "text/") && p.Charset != "" {
			a.Type += "; charset=" + cleanToken(p.Charset)
		}
		if p.Type == "text/plain" && !p.Attached {
			if text, ok := p.Text(); ok && p.Size <= MaxText { // without what repeats the header
				a.Type, a.text = "text/plain; charset=utf-8", true
				a.Open = func() (io.Reader, error) { return strings.NewReader(text), nil }
			}
		}
		d.Attachments = append(d.Attachments, a)
	}
	if original {
		d.Attachments = append(d.Attachments, Attachment{Name: "original.eml", Type: "message/rfc822", foreign: true,
			Open: func() (io.Reader, error) { return m.Raw(), nil }})
	}
	return d
}

func cleanToken(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return -1
	}, s)
}

// Summary says what was found, for people: how the mail was protected, the status
// of each signature, what was not read, and what is odd. It holds addresses and
// file names, and no other text of the mail.
func (m *Mail) Summary() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Sender, as the open header says: %s\n", orNone(bare(m.OuterFrom())))
	if inner := bare(addresses(m.Protected.list(), "From")); len(inner) > 0 {
		fmt.Fprintf(&b, "Sender, as the protected header says: %s\n", orNone(inner))
	}
	encrypted := "NO"
	switch {
	case m.Encrypted():
		encrypted = "yes"
	case m.Opened():
		encrypted = "IN PART"
	case m.Form == FormEncrypted || slices.ContainsFunc(m.Unread, func(u Unread) bool { return u.Kind == UnreadEncrypted || u.Kind == UnreadSMIMEEncrypted }):
		encrypted = "yes, and NOT OPENED"
	}
	fmt.Fprintf(&b, "Encrypted on its way here: %s (%s)\n", encrypted, m.Form)
	for _, l := range m.Layers {
		for _, s := range l.Report.Signatures {
			b.WriteString(m.describe(s) + ", part " + l.Part + "\n")
		}
	}
	if !slices.ContainsFunc(m.Layers, func(l Layer) bool { return len(l.Report.Signatures) > 0 }) &&
		!slices.ContainsFunc(m.Unread, func(u Unread) bool { return u.Kind == UnreadSMIMESigned }) {
		b.WriteString("Signature: none\n")
	}
	if len(m.Parts) > 1 || len(m.Unread) > 0 {
		b.WriteString("\nParts:\n")
		for _, p := range m.Parts {
			state := map[bool]string{true: "encrypted", false: "open"}[p.Encrypted]
			if p.Closed {
				state = "NOT OPENED"
			}
			name := p.Name
			if name == "" {
				name = pgp.Printable(p.Type)
			}
			fmt.Fprintf(&b, "  %s %s: %s, signature %s\n", p.Path, name, state, pgp.Best(p.Signatures))
		}
	}
	for _, u := range m.Unread {
		fmt.Fprintf(&b, "NOT READ: %s, part %s: %s\n", u.Kind, u.Part, u.Reason)
	}
	for _, f := range m.Flags {
		fmt.Fprintf(&b, "Note: %s\n", flagTexts[f])
	}
	return b.String()
}

func (m *Mail) describe(s pgp.Signature) string {
	out := "Signature: " + strings.ToUpper(s.Status.String())
	switch {
	case s.Signer != "":
		out += ", key " + s.Signer
	case s.KeyID != "":
		out += ", key ID " + s.KeyID
	}
	if len(s.Addresses) > 0 {
		out += " of " + pgp.Printable(strings.Join(s.Addresses, ", "))
	}
	if s.Reason != "" {
		out += " (" + s.Reason + ")"
	}
	if s.Status == pgp.Valid && !BoundToAll(s, m.From()) {
		out += ", NOT THE SENDER'S ADDRESS"
	}
	return out
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return pgp.Printable(strings.Join(list, ", "))
}

var flagTexts = map[Flag]string{
	FlagFromDiffers: "the sender in the protected header is not the one in the open header", FlagSignerNotFrom: "a valid signature, but not of the sender's address",
	FlagTwoFrom: "it names more than one sender", FlagPartlyOpen: "some parts came encrypted and some in the open", FlagPartlySigned: "the signature does not cover all parts",
	FlagSecretKey: "it holds a secret key or speaks of one", FlagAmbiguous: "it states two types, programs may show it differently",
	FlagRepaired: "its structure had to be repaired", FlagCharset: "some characters could not be read", FlagCut: "the text is longer than what is shown",
}
