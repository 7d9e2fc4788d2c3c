package pgpmime

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// Reply begins an answer to the author, with the text quoted.
//
// If anything in the mail was decrypted, the draft is tainted, whatever happens
// to its text: it cannot be written in the open, and only to addresses that
// whoever wrote the text put beside it, under the encryption, or that a valid
// signer of it carries. Anybody may resend a stolen ciphertext under a name of
// his own to get it quoted; see Draft.Unconfirmed and Draft.Confirm.
func (m *Mail) Reply() *Draft {
	d := &Draft{Subject: "Re: " + trimRe(m.Subject()), InReplyTo: m.MessageID(), References: m.References()}
	if d.InReplyTo != "" && !slices.Contains(d.References, d.InReplyTo) {
		d.References = append(d.References, d.InReplyTo)
	}
	to := m.From()
	if r := addresses(m.Protected.list(), "Reply-To"); len(r) > 0 {
		to = r
	} else if r := addresses(m.Outer.fields, "Reply-To"); len(r) > 0 && m.Protected.Get("From") == "" {
		to = r // where the header is protected, one that was added outside does not count
	}
	for _, a := range to {
		d.To = append(d.To, a.String())
	}
	d.Quote(m)
	text, _ := m.Text()
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("> " + strings.TrimRight(line, "\r\n") + "\n")
	}
	d.Text = b.String()
	return d
}

// ReplyAll is Reply with everybody else who was on the mail in Cc, but for the
// addresses of the keys that opened it.
func (m *Mail) ReplyAll() *Draft {
	d := m.Reply()
	seen := slices.Clone(m.own)
	for _, s := range d.To {
		seen = append(seen, bareOf(s))
	}
	list := addresses(m.Protected.list(), "From", "To", "Cc")
	list = append(list, addresses(m.Outer.fields, "From", "To", "Cc")...)
	for _, a := range list {
		if s := strings.ToLower(a.Address); !slices.Contains(seen, s) {
			seen = append(seen, s)
			d.Cc = append(d.Cc, a.String())
		}
	}
	return d
}

// Unreadable begins an answer to the author of a mail with something in Unread:
// what was not read and why, and how to reach the team. It quotes nothing. key is
// the certificate to encrypt to, or the zero Cert; other, if not empty, is how
// else to send a report, for instance the address of a portal.
func (m *Mail) Unreadable(key pgp.Cert, other string) *Draft {
	d := &Draft{Subject: "Re: your mail could not be read", InReplyTo: m.MessageID(), AutoSubmitted: "auto-replied"}
	if d.InReplyTo != "" {
		d.References = []string{d.InReplyTo}
	}
	for _, a := range m.From() {
		d.To = append(d.To, a.String())
	}
	var b strings.Builder
	b.WriteString("Your mail reached us, but we could not read all of it:\n\n")
	for _, u := range m.Unread {
		fmt.Fprintf(&b, "  %s (part %s): %s\n", u.Kind, u.Part, u.Reason)
	}
	if !key.IsZero() {
		fmt.Fprintf(&b, "\nPlease encrypt to our OpenPGP key, which is attached:\n\n  %s\n", key.Fingerprint())
		d.Attachments = []Attachment{{Name: "team.asc", Type: "application/pgp-keys", Data: key.Armor()}}
	}
	if other != "" {
		fmt.Fprintf(&b, "\nOr reach us here: %s\n", pgp.Printable(other))
	}
	d.Text = b.String()
	return d
}

func trimRe(s string) string {
	for len(s) >= 3 && strings.EqualFold(s[:3], "re:") {
		s = strings.TrimSpace(s[3:])
	}
	return s
}

func bareOf(s string) string {
	if a, err := mail.ParseAddress(s); err == nil {
		return strings.ToLower(a.Address)
	}
	return ""
}

// Quote says that d holds text of m, and taints it as Reply does if that was
// decrypted. Reply has done it already. Text that is copied without it, into a
// Draft or a string, is not followed.
func (d *Draft) Quote(m *Mail) {
	if !m.Opened() {
		return
	}
	covered := m.covered()
	if d.tainted { // what two mails cover is what both do
		covered = slices.DeleteFunc(covered, func(a string) bool { return !slices.Contains(d.confirmed, a) })
	}
	d.tainted, d.confirmed = true, covered
}

// covered are the addresses that the author of the decrypted text knows of: in
// the header under the encryption, and of valid signers inside of it.
func (m *Mail) covered() []string {
	var units []int
	if len(m.text) > 0 {
		if i := m.unit(m.Parts[m.text[0]].chain); i >= 0 {
			units = []int{i}
		}
	}
	if units == nil { // the text is open: whatever else was decrypted counts
		for i, l := range m.Layers {
			if l.Report.Encrypted {
				units = append(units, i)
			}
		}
	}
	var out []string
	for n, i := range units {
		list := bare(addresses(m.units[i].list(), "From", "Reply-To", "To", "Cc"))
		for _, p := range m.Parts {
			if m.unit(p.chain) != i {
				continue
			}
			for _, s := range p.Signatures {
				if s.Status == pgp.Valid {
					list = append(list, s.Addresses...)
				}
			}
			break // the first part: others may be less covered, never more
		}
		if n == 0 {
			out = list
		} else {
			out = slices.DeleteFunc(out, func(a string) bool { return !slices.Contains(list, a) })
		}
	}
	return out
}

// Tainted reports whether the draft must be encrypted.
func (d *Draft) Tainted() bool { return d.tainted }

// Unconfirmed returns the recipients that a tainted draft is not written to.
func (d *Draft) Unconfirmed() (out []string) {
	if !d.tainted {
		return nil
	}
	for _, s := range slices.Concat(d.To, d.Cc, d.Bcc) {
		if a := bareOf(s); a != "" && !slices.Contains(d.confirmed, a) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// Confirm allows a recipient. Call it when a person has said that the address is
// that of somebody who may read what is quoted.
func (d *Draft) Confirm(address string) {
	d.confirmed = append(d.confirmed, strings.ToLower(address))
}
