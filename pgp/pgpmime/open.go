package pgpmime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// A Form is how OpenPGP stands in a mail.
type Form string

// The forms.
const (
	FormNone       Form = "none"       // no OpenPGP where it counts
	FormEncrypted  Form = "encrypted"  // PGP/MIME, RFC 3156, section 4
	FormSigned     Form = "signed"     // PGP/MIME, RFC 3156, section 5
	FormExchange   Form = "exchange"   // PGP/MIME encrypted, rewritten by a mail server
	FormInline     Form = "inline"     // an OpenPGP message as the whole text
	FormCleartext  Form = "cleartext"  // a cleartext signature as the whole text
	FormAttachment Form = "attachment" // encrypted files on an open mail
)

// OuterHeader is the header that everybody on the way can read and change.
type OuterHeader struct{ fields []Field }

// Get returns the first field of the name, unfolded, or an empty string.
func (h OuterHeader) Get(name string) string { return get(h.fields, name) }

// Fields returns all fields in order.
func (h OuterHeader) Fields() []Field { return slices.Clone(h.fields) }

// ProtectedHeader is the header inside the encrypted or signed part. It
// deserves the trust of the signatures in the report.
type ProtectedHeader struct{ fields []Field }

// Get returns the first field of the name, unfolded, or an empty string.
func (h ProtectedHeader) Get(name string) string { return get(h.fields, name) }

// Fields returns all fields in order.
func (h ProtectedHeader) Fields() []Field { return slices.Clone(h.fields) }

// A Mail is a mail that was opened.
type Mail struct {
	Form  Form
	Outer OuterHeader
	// Protected is nil unless the mail has protected headers.
	Protected *ProtectedHeader
	// Report is about the whole text. In the forms none and attachment it is
	// empty: the text is open and unsigned.
	Report pgp.Report
	// Parts are the leaves, in order. With FormAttachment an encrypted file
	// has a Report of its own.
	Parts []Part

	payload []byte // the entity that was encrypted or signed
}

// A Part is a leaf of a mail.
type Part struct {
	// Type is the media type, in lower case, without parameters.
	Type string
	// Charset is that of a text, as stated.
	Charset string
	// Name is the file name that the sender gave, without directories.
	Name string
	// Data is the decoded content.
	Data []byte
	// Report is set for a file that was decrypted by itself.
	Report *pgp.Report
	// Err says why an encrypted file could not be read; Data is empty then.
	Err error
}

// An Opener opens mails. Engine and Keyring are those of package pgp.
type Opener struct {
	Engine  *pgp.Engine
	Keyring pgp.Keyring
}

// Open reads a mail of at most 64 MiB and undoes its outermost layer of
// OpenPGP, and one signature directly below an encryption. Ciphertext anywhere
// else is a part like any other. Of an encrypted mail nothing is returned
// before it is verified, as by pgp.Engine.Decrypt.
//
// The error wraps ErrMalformed, ErrLimit or an error of package pgp. A mail
// whose signature is Bad is an error of the form encrypted, and a status of
// the others, whose text can be read anyway.
func (o Opener) Open(ctx context.Context, r io.Reader) (*Mail, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxMail+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxMail {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrLimit, maxMail)
	}
	top, err := parseEntity(raw)
	if err != nil {
		return nil, err
	}
	m := &Mail{Form: FormNone, Outer: OuterHeader{top.fields}}
	root := top
	switch {
	case top.media == "multipart/encrypted":
		root, err = o.openEncrypted(ctx, m, top)
	case top.media == "multipart/signed" && strings.EqualFold(top.params["protocol"], "application/pgp-signature"):
		m.Form = FormSigned
		root, err = o.openSigned(ctx, m, top)
	case top.media == "multipart/mixed":
		root, err = o.openMixed(ctx, m, top)
	case top.media == "text/plain":
		root, err = o.openText(ctx, m, top)
	}
	if err != nil {
		return nil, err
	}
	m.payload = root.raw
	if m.Form == FormEncrypted || m.Form == FormExchange || m.Form == FormSigned {
		m.readProtected(root)
	}
	count := 0
	leaves, err := walk(root, 0, &count)
	if err != nil {
		return nil, err
	}
	for _, l := range leaves {
		p := Part{Type: l.media, Charset: l.params["charset"], Name: l.fileName(), Data: l.content()}
		if m.Form == FormAttachment && isCiphertextFile(l) {
			o.openFile(ctx, &p)
		}
		m.Parts = append(m.Parts, p)
	}
	return m, nil
}

func walk(e *entity, depth int, count *int) ([]*entity, error) {
	if *count++; *count > maxParts {
		return nil, fmt.Errorf("%w: more than %d parts", ErrLimit, maxParts)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: nested deeper than %d", ErrLimit, maxDepth)
	}
	if !strings.HasPrefix(e.media, "multipart/") {
		return []*entity{e}, nil
	}
	children, err := e.children()
	if err != nil {
		return nil, err
	}
	var out []*entity
	for _, c := range children {
		leaves, err := walk(c, depth+1, count)
		if err != nil {
			return nil, err
		}
		out = append(out, leaves...)
	}
	return out, nil
}

// openEncrypted reads RFC 3156, section 4: exactly two parts of these types.
func (o Opener) openEncrypted(ctx context.Context, m *Mail, top *entity) (*entity, error) {
	parts, err := top.children()
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(top.params["protocol"], "application/pgp-encrypted") || len(parts) != 2 ||
		parts[0].media != "application/pgp-encrypted" || !strings.Contains(string(parts[0].content()), "Version: 1") ||
		parts[1].media != "application/octet-stream" {
		return nil, fmt.Errorf("%w: not exactly the two parts of an encrypted mail", ErrMalformed)
	}
	m.Form = FormEncrypted
	return o.decryptEntity(ctx, m, parts[1])
}

// decryptEntity decrypts a MIME entity, and verifies a signature around all of
// what was inside (RFC 3156, section 6.1).
func (o Opener) decryptEntity(ctx context.Context, m *Mail, part *entity) (*entity, error) {
	var plain bytes.Buffer
	report, err := o.Engine.Decrypt(ctx, &plain, bytes.NewReader(part.content()), o.Keyring)
	if err != nil {
		return nil, err
	}
	m.Report = report
	inner, err := parseEntity(plain.Bytes())
	if err != nil {
		return nil, err
	}
	if inner.media == "multipart/signed" && strings.EqualFold(inner.params["protocol"], "application/pgp-signature") {
		inner, err = o.openSigned(ctx, m, inner)
		if err == nil && slices.ContainsFunc(m.Report.Signatures, func(s pgp.Signature) bool { return s.Status == pgp.Bad }) {
			return nil, pgp.ErrBadSignature
		}
	}
	return inner, err
}

// openSigned reads RFC 3156, section 5: exactly two parts, and the signature
// is of the first one's bytes with CRLF line ends.
func (o Opener) openSigned(ctx context.Context, m *Mail, top *entity) (*entity, error) {
	parts, err := top.children()
	if err != nil {
		return nil, err
	}
	if len(parts) != 2 || parts[1].media != "application/pgp-signature" {
		return nil, fmt.Errorf("%w: not exactly the two parts of a signed mail", ErrMalformed)
	}
	sigs, err := o.Engine.VerifyDetached(ctx, bytes.NewReader(crlf(parts[0].raw)), bytes.NewReader(parts[1].content()), o.Keyring.Certs)
	if err != nil {
		return nil, err
	}
	m.Report.Signatures = append(m.Report.Signatures, sigs...)
	return parts[0], nil
}

// openMixed recognises what Exchange makes of an encrypted mail (an empty
// text, the version part, the ciphertext), and encrypted files.
func (o Opener) openMixed(ctx context.Context, m *Mail, top *entity) (*entity, error) {
	parts, err := top.children()
	if err != nil {
		return nil, err
	}
	if len(parts) == 3 && parts[1].media == "application/pgp-encrypted" && parts[2].media == "application/octet-stream" &&
		strings.HasPrefix(parts[0].media, "text/") && len(bytes.TrimSpace(parts[0].content())) == 0 {
		m.Form = FormExchange
		return o.decryptEntity(ctx, m, parts[2])
	}
	if slices.ContainsFunc(parts, isCiphertextFile) {
		m.Form = FormAttachment
	}
	return top, nil
}

var messageStart, cleartextStart = []byte("-----BEGIN PGP MESSAGE-----"), []byte("-----BEGIN PGP SIGNED MESSAGE-----")

// openText reads OpenPGP in a text, if it is all of the text: what stands
// around it would look as trusted as what is inside.
func (o Opener) openText(ctx context.Context, m *Mail, top *entity) (*entity, error) {
	body := bytes.TrimSpace(top.content())
	var text []byte
	switch {
	case bytes.HasPrefix(body, messageStart) && wholeArmor(body):
		var plain bytes.Buffer
		report, err := o.Engine.Decrypt(ctx, &plain, bytes.NewReader(body), o.Keyring)
		if errors.Is(err, pgp.ErrNotEncrypted) { // signed inline
			plain.Reset()
			report, err = o.Engine.VerifyInline(ctx, &plain, bytes.NewReader(body), o.Keyring)
		}
		if err != nil {
			return nil, err
		}
		m.Form, m.Report, text = FormInline, report, plain.Bytes()
	case bytes.HasPrefix(body, cleartextStart):
		signed, err := o.Engine.VerifyCleartext(body, o.Keyring.Certs)
		if err != nil {
			return nil, err
		}
		m.Form, m.Report.Signatures, text = FormCleartext, signed.Signatures, signed.Text
	default:
		return top, nil
	}
	return &entity{media: "text/plain", params: map[string]string{"charset": top.params["charset"]}, body: text,
		raw: append([]byte("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"), text...)}, nil
}

// wholeArmor reports whether nothing follows the first block.
func wholeArmor(body []byte) bool {
	i := bytes.Index(body, []byte("-----END PGP MESSAGE-----"))
	return i >= 0 && i+len("-----END PGP MESSAGE-----") == len(body)
}

// isCiphertextFile knows encrypted attachments by name and content.
func isCiphertextFile(e *entity) bool {
	name := strings.ToLower(e.fileName())
	if !strings.HasSuffix(name, ".pgp") && !strings.HasSuffix(name, ".gpg") && !strings.HasSuffix(name, ".asc") {
		return false
	}
	data := e.content()
	return bytes.HasPrefix(bytes.TrimSpace(data), messageStart) || len(data) > 0 && isSessionKeyTag(data[0])
}

// isSessionKeyTag knows the packets that an encrypted message begins with.
func isSessionKeyTag(b byte) bool {
	return b == 0xc1 || b == 0xc3 || b >= 0x84 && b <= 0x87 || b >= 0x8c && b <= 0x8f
}

func (o Opener) openFile(ctx context.Context, p *Part) {
	var plain bytes.Buffer
	report, err := o.Engine.Decrypt(ctx, &plain, bytes.NewReader(p.Data), o.Keyring)
	p.Report, p.Data, p.Err = &report, plain.Bytes(), err
	for _, ext := range []string{".pgp", ".gpg", ".asc"} {
		if n := len(p.Name) - len(ext); n > 0 && strings.EqualFold(p.Name[n:], ext) {
			p.Name = p.Name[:n]
		}
	}
}

// readProtected takes the header of the payload, if it says that it is one
// (RFC 9788, section 2.1, or the older parameter).
func (m *Mail) readProtected(root *entity) {
	if root.params["hp"] == "" && root.params["protected-headers"] != "v1" {
		return
	}
	h := &ProtectedHeader{}
	for _, f := range root.fields {
		name := strings.ToLower(f.Name)
		if !strings.HasPrefix(name, "content-") && name != "mime-version" && name != "hp-outer" {
			h.fields = append(h.fields, f)
		}
	}
	m.Protected = h
}

// Text returns the first text that is not a file, as UTF-8, and whether its
// charset was understood.
func (m *Mail) Text() (string, bool) {
	for _, p := range m.Parts {
		if p.Type == "text/plain" && p.Name == "" {
			return p.Text()
		}
	}
	return "", false
}
