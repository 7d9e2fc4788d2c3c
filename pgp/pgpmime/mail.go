package pgpmime

import (
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// A Form is how the content of a mail is protected, by its outermost layer.
type Form string

// The forms.
const (
	FormNone       Form = "none"       // by nothing that is known here
	FormEncrypted  Form = "encrypted"  // PGP/MIME (RFC 3156, section 4), also as mail servers mix it up
	FormSigned     Form = "signed"     // PGP/MIME (RFC 3156, section 5)
	FormInline     Form = "inline"     // an OpenPGP message as a text
	FormCleartext  Form = "cleartext"  // a cleartext signature in a text
	FormAttachment Form = "attachment" // encrypted files on an open mail
	FormSMIME      Form = "smime"      // S/MIME, which is recognised and not read
)

// A Mail is what an Opener found. Close it when done; it holds plaintext in the
// spool of the engine. Reading it is safe for concurrent use.
type Mail struct {
	Form  Form        // how it was protected
	Outer OuterHeader // what everybody on the way could read
	// Protected belongs to the text. It is nil unless the text has one.
	Protected *ProtectedHeader
	// Layers are all encryptions that were opened and all signatures that were
	// checked: the outermost first, and by part.
	Layers []Layer
	// Parts are the leaves in order: texts, files, and what stayed closed.
	Parts []Part
	// Unread is what was not looked into. If it is empty, everything was.
	Unread []Unread
	// Flags are what a reader should know.
	Flags []Flag

	raw   *pgp.Held
	held  []*pgp.Held
	units []*ProtectedHeader // by layer, of those that encrypt; of the open mail last
	text  []int              // the parts that Text is made of
	own   []string           // addresses of the keys that open
}

// A Layer is one encryption that was opened, or one place with signatures. A
// message that was signed and encrypted at once is one layer.
type Layer struct {
	// Part is where it stands: "1" is the mail, "1.2" its second part.
	Part string
	// Report tells what was found. Its status is of this layer only: a signature
	// around an encryption says nothing of who wrote the text.
	Report pgp.Report
}

func (m *Mail) flag(f Flag) {
	if !slices.Contains(m.Flags, f) {
		m.Flags = append(m.Flags, f)
	}
}

// Close forgets the mail and its plaintext.
func (m *Mail) Close() error {
	for _, h := range m.held {
		h.Close()
	}
	return nil
}

// Raw returns the mail as it came.
func (m *Mail) Raw() io.Reader { return m.raw.Open() }

// Encrypted reports whether all that was read came encrypted.
func (m *Mail) Encrypted() bool {
	n := 0
	for _, p := range m.Parts {
		if !p.Encrypted && !p.Closed && p.Size > 0 {
			return false
		}
		if p.Encrypted {
			n++
		}
	}
	return n > 0
}

// Opened reports whether anything in the mail was decrypted.
func (m *Mail) Opened() bool {
	return slices.ContainsFunc(m.Layers, func(l Layer) bool { return l.Report.Encrypted })
}

// Signatures returns those that cover the text, or the first part if there is no
// text. pgp.Best tells what they are worth together.
func (m *Mail) Signatures() []pgp.Signature {
	switch {
	case len(m.text) > 0:
		return m.Parts[m.text[0]].Signatures
	case len(m.Parts) > 0:
		return m.Parts[0].Signatures
	}
	return nil
}

// Text returns the text of the mail as UTF-8 with LF line ends, up to MaxText,
// and whether all of it was understood. It is what stands inside an encryption,
// if anything does, else what a valid signature covers, else the open text: texts
// of different trust never mix. HTML gives its text if there is no other.
func (m *Mail) Text() (string, bool) {
	var b strings.Builder
	all := len(m.text) > 0
	for _, i := range m.text {
		s, ok := m.Parts[i].Text()
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
		if all = all && ok; b.Len()+len(s) > MaxText {
			s, all = strings.ToValidUTF8(s[:max(0, MaxText-b.Len())], ""), false
		}
		b.WriteString(s)
	}
	return b.String(), all
}

// chooseText finds the parts that Text is made of.
func (m *Mail) chooseText() {
	best := func(want func(p Part) bool) (out []int) {
		rank := -1
		var chain []int
		for i, p := range m.Parts {
			if !want(p) || p.trust() < rank || blank(p) {
				continue
			}
			if p.trust() > rank {
				rank, chain, out = p.trust(), p.chain, nil
			}
			if slices.Equal(chain, p.chain) {
				out = append(out, i)
			}
		}
		return out
	}
	plain := best(func(p Part) bool { return p.isText() && p.Type == "text/plain" })
	html := best(func(p Part) bool { return p.isText() && p.Type == "text/html" })
	switch {
	case len(html) > 0 && (len(plain) == 0 || m.Parts[html[0]].trust() > m.Parts[plain[0]].trust()):
		m.text = html
	case len(plain) > 0:
		m.text = plain
	default: // a text that is named like a file
		m.text = best(func(p Part) bool {
			return p.Type == "text/plain" && !p.Closed && !p.display && p.source.disposition != "attachment"
		})
	}
}

// blank reports whether a part has nothing to read, by its beginning.
func blank(p Part) bool {
	if p.Size > 4<<10 {
		return false
	}
	s, _ := p.Text()
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\u200b' || r == '\ufeff' }) == ""
}

// Header returns a field as the text's author wrote it: the protected one if
// there is, else the open one, which anybody on the way could write.
func (m *Mail) Header(name string) string {
	if v := m.Protected.Get(name); v != "" {
		return v
	}
	return m.Outer.Get(name)
}

// Subject returns the subject.
func (m *Mail) Subject() string { return m.Header("Subject") }

// MessageID returns the Message-ID without angle brackets.
func (m *Mail) MessageID() string { return first(messageIDs(m.Header("Message-ID"))) }

// InReplyTo returns the message that this one answers, without angle brackets.
func (m *Mail) InReplyTo() string { return first(messageIDs(m.Header("In-Reply-To"))) }

// References returns the thread, oldest first, without angle brackets.
func (m *Mail) References() []string { return messageIDs(m.Header("References")) }

// Date returns the time that the mail states, or the zero time.
func (m *Mail) Date() time.Time {
	t, err := mail.ParseDate(m.Header("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// From returns the author. It is the open From unless a valid signature on the
// text is of a key that carries the address of the protected one: of a mail that
// is not signed the inner From proves nothing (RFC 9788, section 4.4).
func (m *Mail) From() []*mail.Address {
	outer := addresses(m.Outer.fields, "From")
	inner := addresses(m.Protected.list(), "From")
	if len(outer) == 0 || len(inner) > 0 && m.boundToAll(inner) {
		if len(inner) > 0 {
			return inner
		}
	}
	return outer
}

// OuterFrom returns the authors that the open header names.
func (m *Mail) OuterFrom() []*mail.Address { return addresses(m.Outer.fields, "From") }

// boundToAll reports whether a valid signature on the text is of a key that
// carries all the addresses.
func (m *Mail) boundToAll(list []*mail.Address) bool {
	return slices.ContainsFunc(m.Signatures(), func(s pgp.Signature) bool { return BoundToAll(s, list) })
}

// BoundToAll reports whether s is Valid and of a certificate that carries each
// of the addresses. There must be one.
func BoundToAll(s pgp.Signature, list []*mail.Address) bool {
	for _, a := range list {
		if !s.BoundTo(a.Address) {
			return false
		}
	}
	return len(list) > 0
}
