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
	Form  Form
	Outer OuterHeader
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
	cut   bool
	own   []string // addresses of the keys that open
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

// A Part is a leaf of a mail.
type Part struct {
	// Path is where it stands, for instance "1.2".
	Path string
	// Type is the media type, in lower case, without parameters.
	Type string
	// Charset is that of a text, as stated.
	Charset string
	// Name is the file name that the sender gave. It leads nowhere: it has no
	// directories, no control characters, no "..".
	Name string
	// Size is that of the decoded content, in bytes.
	Size int64
	// Attached tells a file from a text of the mail.
	Attached bool
	// Encrypted tells that the part came encrypted, and was opened.
	Encrypted bool
	// Closed tells that it is here as it came, and Unread says why.
	Closed bool
	// Signatures cover this part, all of it, inside of its encryption. Without
	// one it deserves the trust of an anonymous note.
	Signatures []pgp.Signature

	open    func() io.Reader
	chain   []int // of layers, outermost first
	display bool  // repeats protected headers for old programs
	legacy  bool  // begins with such lines
	source  *node
}

// Open returns the decoded content from its start. It may be called again. Reading
// fails after Mail.Close.
func (p Part) Open() io.Reader {
	if p.open == nil {
		return strings.NewReader("")
	}
	return p.open()
}

// MaxText is the longest text that Text returns, in bytes.
const MaxText = 4 << 20

// Text returns the content as UTF-8 with LF line ends, up to MaxText, and whether
// its charset was understood. Of HTML it is the text. It is not safe for a
// terminal; see pgp.Printable.
func (p Part) Text() (string, bool) {
	r, ok := charsetReader(p.Charset, p.Open())
	var text string
	if p.Type == "text/html" {
		text = htmlText(r, MaxText)
	} else {
		raw, err := io.ReadAll(io.LimitReader(r, MaxText))
		text, ok = string(raw), ok && err == nil
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	if p.legacy && p.Type == "text/plain" { // RFC 9788, section 4.5.3.2
		_, text, _ = strings.Cut(text, "\n\n")
	}
	return text, ok && !strings.Contains(text, "\ufffd")
}

// isText tells what can be the text of the mail.
func (p Part) isText() bool {
	return (p.Type == "text/plain" || p.Type == "text/html") && !p.Closed && !p.display && !p.Attached
}

// trust ranks parts: what is written inside an encryption or under a valid
// signature is not to be hidden by what a mail server put before it.
func (p Part) trust() int {
	switch {
	case p.Encrypted:
		return 2
	case pgp.Best(p.Signatures) == pgp.Valid:
		return 1
	}
	return 0
}

// UnreadKind says what a mail holds that was not looked into.
type UnreadKind string

// The kinds.
const (
	UnreadEncrypted      UnreadKind = "encrypted"       // OpenPGP
	UnreadSignature      UnreadKind = "signature"       // announced, and nothing that could be checked
	UnreadSMIMEEncrypted UnreadKind = "smime-encrypted" // answer with Mail.Unreadable
	UnreadSMIMESigned    UnreadKind = "smime-signed"    // the text was read, unless it is inside
	UnreadTNEF           UnreadKind = "tnef"            // a winmail.dat of Outlook
	UnreadLimit          UnreadKind = "limit"           // too many parts, too deep, too long
)

// An Unread is something that was not looked into.
type Unread struct {
	Kind   UnreadKind
	Part   string // where, as Part.Path
	Reason string // for people; holds nothing of the mail
	// Err is what failed: errors.Is knows it. Nil if nothing was tried.
	Err error
}

// A Flag is something that a reader of a mail should know.
type Flag string

// The flags.
const (
	FlagFromDiffers   Flag = "from-differs"    // the protected From is not the open one
	FlagSignerNotFrom Flag = "signer-not-from" // a valid signature, of a key without the address in From
	FlagTwoFrom       Flag = "two-from"        // more than one author; which one is shown depends on the program
	FlagPartlyOpen    Flag = "partly-open"     // encrypted parts beside open ones
	FlagPartlySigned  Flag = "partly-signed"   // the text is not covered like the rest
	FlagSecretKey     Flag = "secret-key"      // it holds a secret key, or speaks of a block with one
	FlagAmbiguous     Flag = "ambiguous-type"  // two Content-Type fields that differ
	FlagRepaired      Flag = "repaired"        // a boundary was not stated, or a transfer encoding is unknown
	FlagCharset       Flag = "charset"         // a text has characters that could not be read
	FlagCut           Flag = "text-cut"        // Text is not all of it
)

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
