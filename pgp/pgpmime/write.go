package pgpmime

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// newBoundary makes a delimiter that no encoded text can hold ("=_") and nobody
// can guess, so that an attached mail cannot end its part.
func newBoundary() string { return "=_" + rand.Text() }

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
	ids := func(in ...string) string {
		var parts []string
		for _, s := range in {
			if s = strings.Map(visible, s); s != "" {
				parts = append(parts, "<"+s+">")
			}
		}
		return strings.Join(parts, "\r\n ")
	}
	add("From", list(d.From))
	add("Reply-To", list(d.ReplyTo))
	add("To", list(d.To))
	add("Cc", list(d.Cc))
	add("Subject", foldWords(subject))
	if !d.Date.IsZero() {
		add("Date", d.Date.Format(time.RFC1123Z))
	}
	add("Message-ID", ids(d.MessageID))
	add("In-Reply-To", ids(d.InReplyTo))
	if len(d.References) > 0 {
		add("References", ids(d.References...))
	} else {
		add("References", ids(d.InReplyTo))
	}
	add("Auto-Submitted", strings.Map(visible, d.AutoSubmitted))
	return out
}

// foldWords encodes what is not ASCII (RFC 2047), and folds at blanks.
func foldWords(s string) string {
	var b strings.Builder
	n := 0
	for i, w := range strings.Split(mime.QEncoding.Encode("utf-8", pgp.Printable(s)), " ") {
		switch {
		case i > 0 && w != "" && n+len(w) > 70:
			b.WriteString("\r\n ")
			n = 0
		case i > 0:
			b.WriteByte(' ')
		}
		b.WriteString(w)
		n += len(w) + 1
	}
	return b.String()
}

// payload is the entity with the header that is protected by hp: "cipher",
// "clear", or "" for none. It waits in the spool. What is ours is looked through
// for secret keys, part by part.
func (d *Draft) payload(ctx context.Context, e *pgp.Engine, hp string) (*pgp.Held, error) {
	if !d.foreign && pgp.HasSecret([]byte(d.Subject)) {
		return nil, pgp.ErrSecretMaterial
	}
	var head bytes.Buffer
	out := &fieldWriter{w: &head}
	out.fields(d.header(d.Subject))
	params := ""
	if hp != "" {
		params = fmt.Sprintf(";\r\n hp=\"%s\"; protected-headers=\"v1\"", hp)
	}
	if hp == "cipher" { // RFC 9788, section 2.2: what the outside shows
		for _, f := range d.header("[...]") {
			out.fields([]Field{{"HP-Outer", f.Name + ": " + f.Value}})
		}
	}
	p := &pieces{}
	text := Attachment{Type: "text/plain; charset=utf-8", Data: []byte(strings.ToValidUTF8(d.Text, "\ufffd")), text: true, foreign: d.foreign}
	if len(d.Attachments) == 0 {
		p.add(head.String())
		if err := text.write(ctx, e, p, params); err != nil {
			return nil, err
		}
	} else {
		b := newBoundary()
		out.print("Content-Type: multipart/mixed; boundary=\"%s\"%s\r\n\r\n", b, params)
		p.add(head.String())
		for _, a := range append([]Attachment{text}, d.Attachments...) {
			p.add("--" + b + "\r\n")
			if err := a.write(ctx, e, p, ""); err != nil {
				return nil, err
			}
			p.add("\r\n")
		}
		p.add("--" + b + "--\r\n")
	}
	defer p.close()
	return e.Hold(ctx, p, math.MaxInt64)
}

// content opens an attachment.
func (a Attachment) content() (io.Reader, error) {
	if a.Open == nil {
		return bytes.NewReader(a.Data), nil
	}
	return a.Open()
}

// write adds the part to p.
func (a Attachment) write(ctx context.Context, e *pgp.Engine, p *pieces, params string) error {
	typ, typeParams, err := mime.ParseMediaType(a.Type)
	if err != nil || strings.HasPrefix(typ, "multipart/") {
		typ, typeParams = "application/octet-stream", nil
	}
	open := func() (io.Reader, error) {
		r, err := a.content()
		if err != nil || a.foreign {
			return r, err
		}
		return &scanReader{in: r}, nil
	}
	if a.text {
		// Quoted-printable: lines that are signed must survive every mail server
		// (RFC 3156, section 3).
		p.add("Content-Type: " + mime.FormatMediaType(typ, typeParams) + params + "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
		p.open(open, func(w io.Writer) io.WriteCloser { return textWriter(w) })
		return nil
	}
	disposition := "attachment"
	if a.inline {
		disposition = "inline"
	}
	name := map[string]string{}
	if n := cleanName(a.Name); n != "" {
		name["filename"] = n
	}
	if s := mime.FormatMediaType(disposition, name); s != "" {
		disposition = s
	}
	p.add("Content-Type: " + mime.FormatMediaType(typ, typeParams) + "\r\nContent-Disposition: " + disposition + "\r\n")
	if strings.HasPrefix(typ, "message/") {
		// A mail must not be in base64 (RFC 2046, section 5.2.1).
		if !a.foreign {
			if err := a.scanMail(ctx, e); err != nil {
				return err
			}
		}
		p.add("Content-Transfer-Encoding: 8bit\r\n\r\n")
		p.open(open, func(w io.Writer) io.WriteCloser { return &crlfWriter{w: w} })
		return nil
	}
	p.add("Content-Transfer-Encoding: base64\r\n\r\n")
	p.open(open, func(w io.Writer) io.WriteCloser {
		return base64.NewEncoder(base64.StdEncoding, &lineWriter{w: w})
	})
	return nil
}

// scanMail looks for secret keys in every leaf of a mail that we attach, decoded,
// also of the mails in it.
func (a Attachment) scanMail(ctx context.Context, e *pgp.Engine) error {
	r, err := a.content()
	if err != nil {
		return err
	}
	held, err := e.Hold(ctx, r, maxMail)
	closeReader(r)
	if err != nil {
		return err
	}
	defer held.Close()
	var c counter
	return scanTree(span{held, 0, held.Size()}, &c, 0)
}

func scanTree(s span, c *counter, depth int) error {
	root, err := parseTree(s, "1", c)
	if err != nil {
		return err
	}
	return scanNode(root, c, depth)
}

func scanNode(n *node, c *counter, depth int) error {
	if n.cut || depth > maxDepth {
		return limitError("an attached mail that cannot be looked through")
	}
	for _, k := range n.children {
		if err := scanNode(k, c, depth); err != nil {
			return err
		}
	}
	if !n.leaf() {
		return nil
	}
	if n.media == "message/rfc822" {
		return scanTree(n.body, c, depth+1)
	}
	l, err := lookAt(n.content())
	if err == nil && l.secret {
		err = pgp.ErrSecretMaterial
	}
	return err
}

// scanReader fails where a secret key comes by.
type scanReader struct {
	in   io.Reader
	scan pgp.SecretScanner
}

func (r *scanReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if _, bad := r.scan.Write(p[:n]); bad != nil {
		return 0, bad
	}
	if err == io.EOF {
		if bad := r.scan.Close(); bad != nil {
			return 0, bad
		}
	}
	return n, err
}

func (r *scanReader) Close() error { closeReader(r.in); return nil }

func closeReader(r io.Reader) {
	if c, ok := r.(io.Closer); ok {
		c.Close()
	}
}
