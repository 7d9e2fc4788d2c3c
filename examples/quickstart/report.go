package main

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/pgp"
)

//go:embed testdata/report.eml
var builtin []byte

// maxReport bounds the mail. A host sets its own limit where it takes mail in.
const maxReport = 10 << 20

type report struct {
	original []byte
	received time.Time
	command  cvd.Receive
	key      pgp.Cert   // of the reporter, if the mail shows one
	secret   pgp.Secret // only of the report that is built in
}

// readReport turns a mail into a command. Fields that RFC 2350, section 6, asks
// for are taken from the text; what is not recognised stays in the observations,
// so that nothing is lost.
func readReport(path string) (*report, error) {
	r := &report{}
	b, err := r.builtIn()
	if path != "" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r.secret = pgp.Secret{}
		if b, err = io.ReadAll(io.LimitReader(f, maxReport+1)); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if len(b) > maxReport {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxReport)
	}
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("this is no mail: %w", err)
	}
	from, err := mail.ParseAddress(m.Header.Get("From"))
	if err != nil {
		return nil, errors.New("the mail has no usable From line")
	}
	text, err := plainText(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0)
	if err != nil {
		return nil, err
	}
	if !utf8.ValidString(text) {
		return nil, errors.New("the text of the mail is not UTF-8; save it as UTF-8 and try again")
	}
	at, err := m.Header.Date()
	if err != nil {
		return nil, errors.New("the mail has no usable Date line")
	}
	r.original, r.received = b, at
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = m.Header.Get("Subject")
	}
	r.command = receive(subject, from, text)
	r.command.Received = at
	if certs, _, err := pgp.ParseCerts(strings.NewReader(text), pgp.ParseOptions{}); err == nil && certs[0].HasAddress(from.Address) {
		r.key = certs[0]
		r.command.Reporter.Key = cvd.Private(r.key.Fingerprint())
	}
	if id := m.Header.Get("Message-ID"); id != "" {
		r.command.IDs = []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(id)}}
	}
	return r, nil
}

// builtIn is the built-in report, with a key for its reporter that is made now: no
// secret key lies in a repository, not even one for show.
func (r *report) builtIn() ([]byte, error) {
	e := pgp.Engine{Now: func() time.Time { return time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC) }}
	var err error
	if r.secret, _, err = e.Generate(pgp.KeySpec{Name: "Mira Adeyemi", Address: "mira@finder.example"}); err != nil {
		return nil, err
	}
	return bytes.Replace(builtin, []byte("@KEY@"), r.secret.Cert().Armor(), 1), nil
}

func receive(subject string, from *mail.Address, text string) cvd.Receive {
	f := fields(text)
	x := cvd.Receive{
		Channel: cvd.ChannelMail, Protection: cvd.ProtectTLS,
		Title: cvd.Private(subject), Summary: f["summary"], Products: f["products"], Observations: f["details"],
		Wish: f["disclosure"], OriginalType: "message/rfc822",
		Reporter: cvd.Contact{
			Name: f["name"], Organization: f["organization"], Address: f["address"],
			Email: cvd.Private(from.Address), Phone: f["telephone"],
		},
	}
	if x.Reporter.Name == "" {
		x.Reporter.Name = cvd.Private(from.Name)
	}
	if x.Observations == "" {
		x.Observations = cvd.Private(text)
	}
	if c := f["credit"]; c != "" {
		x.Credit, x.CreditName = cvd.CreditNamed, creditName(c)
	}
	return x
}

// creditName is the name in a sentence such as: please name me as "Ann, Example".
// Without quotation marks the whole text is the name.
func creditName(wish cvd.Private) cvd.Private {
	for _, marks := range []string{`""`, "“”", "„“", "«»"} {
		m := []rune(marks)
		if _, rest, ok := strings.Cut(string(wish), string(m[0])); ok {
			if name, _, ok := strings.Cut(rest, string(m[1])); ok && name != "" {
				return cvd.Private(name)
			}
		}
	}
	return wish
}

// names are how reports call the fields of RFC 2350, section 6.
var names = map[string]string{
	"name": "name", "name of person": "name",
	"organization": "organization", "organisation": "organization", "name of organization": "organization",
	"address": "address", "address of organization": "address",
	"email": "email", "email address": "email", "e-mail": "email",
	"telephone": "telephone", "telephone number": "telephone", "phone": "telephone",
	"pgp key": "key", "pgp key information": "key",
	"summary": "summary", "short summary": "summary", "short summary of the incident": "summary",
	"products and versions": "products", "systems affected": "products", "product names and versions involved": "products",
	"additional information":  "more",
	"details of observations": "details", "details": "details",
	"disclosure": "disclosure", "credit": "credit",
}

// fields reads lines of the form "Name: value". Indented lines and blank ones
// continue the field before.
func fields(text string) map[string]cvd.Private {
	out := map[string]cvd.Private{}
	current := ""
	for _, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		name, value, ok := strings.Cut(line, ":")
		if key := names[strings.ToLower(strings.TrimSpace(name))]; ok && key != "" {
			current = key
			out[key] = cvd.Private(strings.TrimSpace(value))
			continue
		}
		if current != "" && strings.HasPrefix(line, " ") {
			out[current] = cvd.Private(strings.TrimSpace(string(out[current]) + "\n" + strings.TrimSpace(line)))
		} else if strings.TrimSpace(line) != "" {
			current = ""
		}
	}
	for _, oneLine := range []string{"name", "organization", "address", "email", "telephone", "credit"} {
		out[oneLine] = cvd.Private(strings.Join(strings.Fields(string(out[oneLine])), " "))
	}
	return out
}

// plainText finds the text of a mail, in the first text/plain part.
func plainText(contentType, encoding string, body io.Reader, depth int) (string, error) {
	if depth > 5 {
		return "", errors.New("the mail nests its parts too deeply")
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if contentType == "" {
		kind, err = "text/plain", nil
	}
	if err != nil {
		return "", errors.New("the mail's Content-Type cannot be read")
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextPart()
			if err != nil {
				return "", errors.New("the mail has no text/plain part")
			}
			text, err := plainText(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1)
			if err == nil {
				return text, nil
			}
		}
	case kind != "text/plain":
		return "", errors.New("the mail has no text/plain part")
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	return string(b), err
}
