package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// A result is what "open -json" prints of a mail; what is not known is absent.
// Tools rely on it.
type result struct {
	File       string      `json:"file"`
	Error      string      `json:"error,omitempty"`
	Form       string      `json:"form,omitempty"`
	Encrypted  bool        `json:"encrypted"`
	Signatures []signature `json:"signatures,omitempty"`
	From       []string    `json:"from,omitempty"`
	OuterFrom  []string    `json:"outer_from,omitempty"`
	Subject    string      `json:"subject,omitempty"`
	Date       string      `json:"date,omitempty"`
	MessageID  string      `json:"message_id,omitempty"`
	InReplyTo  string      `json:"in_reply_to,omitempty"`
	Text       string      `json:"text,omitempty"`
	Unread     []unread    `json:"unread,omitempty"`
	Flags      []string    `json:"flags,omitempty"`
	Parts      []part      `json:"parts,omitempty"`
	Reply      *reply      `json:"reply,omitempty"`
}

type signature struct {
	Status      string   `json:"status"`
	Fingerprint string   `json:"fingerprint,omitempty"`
	Addresses   []string `json:"addresses,omitempty"`
	BoundToFrom bool     `json:"bound_to_from"`
	Part        string   `json:"part,omitempty"`
}

type unread struct {
	Kind   string `json:"kind"`
	Part   string `json:"part,omitempty"`
	Reason string `json:"reason"`
}

type part struct {
	Name      string `json:"name,omitempty"`
	Type      string `json:"type"`
	Size      int64  `json:"size"`
	Encrypted bool   `json:"encrypted"`
	Signature string `json:"signature,omitempty"`
}

type reply struct {
	To        []string `json:"to,omitempty"`
	Confirm   []string `json:"confirm,omitempty"`
	InReplyTo string   `json:"in_reply_to,omitempty"`
	Subject   string   `json:"subject,omitempty"`
}

// statusWords are those of the contract with tools.
var statusWords = map[pgp.Status]string{pgp.Valid: "valid", pgp.Bad: "bad", pgp.UnknownKey: "unknown_key", pgp.Revoked: "revoked",
	pgp.KeyNotValidAtTime: "key_not_valid", pgp.Unsupported: "unsupported"}

func open(ctx context.Context, o options, in io.Reader, out io.Writer) error {
	var opener pgpmime.Opener
	var err error
	if opener.Keyring.Secrets, err = readKeys(o); err != nil {
		return err
	}
	if opener.Keyring.Certs, err = readCerts(o.certs...); err != nil {
		return err
	}
	if opener.Keyring.Passwords, err = readPassword(o.password); err != nil {
		return err
	}
	failed := 0
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, name := range o.files {
		r, m := look(ctx, opener, name, in)
		if r.Error != "" {
			failed++
		}
		if o.json {
			err = enc.Encode(r)
		} else {
			err = show(out, r, m)
		}
		if m != nil {
			m.Close()
		}
		if err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d mails were not opened", failed, len(o.files))
	}
	return nil
}

// look opens one mail. One that fails does not stop the others.
func look(ctx context.Context, opener pgpmime.Opener, name string, in io.Reader) (result, *pgpmime.Mail) {
	r := result{File: name}
	file, err := input(name, in)
	if err != nil {
		r.Error = err.Error()
		return r, nil
	}
	defer file.Close()
	m, err := opener.Open(ctx, file)
	if err != nil {
		r.Error = err.Error()
	}
	if m != nil {
		r.fill(m)
	}
	return r, m
}

func (r *result) fill(m *pgpmime.Mail) {
	r.Form, r.Encrypted = string(m.Form), m.Encrypted()
	for _, l := range m.Layers {
		for _, s := range l.Report.Signatures {
			r.Signatures = append(r.Signatures, signature{statusWords[s.Status], s.Signer, s.Addresses, pgpmime.BoundToAll(s, m.From()), l.Part})
		}
	}
	r.From, r.OuterFrom = bare(m.From()), bare(m.OuterFrom())
	r.Subject, r.MessageID, r.InReplyTo = m.Subject(), m.MessageID(), m.InReplyTo()
	if t := m.Date(); !t.IsZero() {
		r.Date = t.Format(time.RFC3339)
	}
	r.Text, _ = m.Text()
	for _, u := range m.Unread {
		r.Unread = append(r.Unread, unread{string(u.Kind), u.Part, u.Reason})
	}
	for _, f := range m.Flags {
		r.Flags = append(r.Flags, string(f))
	}
	for _, p := range m.Parts {
		r.Parts = append(r.Parts, part{p.Name, p.Type, p.Size, p.Encrypted, statusWords[pgp.Best(p.Signatures)]})
	}
	d := m.Reply()
	unconfirmed := d.Unconfirmed()
	r.Reply = &reply{Confirm: m.ReplyAll().Unconfirmed(), InReplyTo: d.InReplyTo, Subject: d.Subject}
	for _, s := range d.To {
		a, err := mail.ParseAddress(s)
		if err == nil && !slices.Contains(unconfirmed, strings.ToLower(a.Address)) {
			r.Reply.To = append(r.Reply.To, strings.ToLower(a.Address))
		}
	}
}

func bare(list []*mail.Address) (out []string) {
	for _, a := range list {
		out = append(out, strings.ToLower(a.Address))
	}
	return out
}

// show prints a mail for people.
func show(w io.Writer, r result, m *pgpmime.Mail) error {
	fmt.Fprintf(w, "== %s\n", pgp.Printable(r.File))
	if r.Error != "" {
		fmt.Fprintf(w, "NOT OPENED: %s\n", r.Error)
	}
	if m == nil {
		return nil
	}
	fmt.Fprintf(w, "Subject: %s\n%s\n", pgp.Printable(r.Subject), m.Summary())
	if len(r.Reply.Confirm) > 0 {
		fmt.Fprintf(w, "Do not send what it says to these without asking: %s\n\n", pgp.Printable(strings.Join(r.Reply.Confirm, ", ")))
	}
	for line := range strings.Lines(r.Text) {
		if _, err := fmt.Fprintln(w, pgp.Printable(strings.TrimRight(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}
