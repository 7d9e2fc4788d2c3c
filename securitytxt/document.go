package securitytxt

import (
	"strings"
	"time"
)

// A Document is a parsed file. It is read-only and safe to share.
type Document struct {
	// File holds the fields. Of a signed file they come from the signed text
	// only, but Parse does not verify: see [Document.Verify].
	File File
	// Lines are all lines, in order: line n is Lines[n-1]. Joined they give the
	// file, without its byte order mark.
	Lines []Line
	// Findings are what Parse alone can tell. [Document.Check] returns them too.
	Findings []Finding
	// Truncated is set if a limit cut the file. What is absent is then unknown.
	Truncated bool

	src      string
	env      *envelope
	seen     [fieldCount]int // how often each known field has a value
	seenLine [fieldCount]int // the line of its last value
	dateLine int             // the line that Expires is from, 0 if none
}

// File is what a security.txt says. Values are as written, also those that a
// finding is about; order is the order of the file, which for Contact is the
// order of preference.
type File struct {
	// Contact, Encryption, Acknowledgments, Canonical, Policy, Hiring and CSAF
	// hold URIs.
	Contact         []string
	Encryption      []string // see Contact
	Acknowledgments []string // see Contact
	Canonical       []string // see Contact
	Policy          []string // see Contact
	Hiring          []string // see Contact
	CSAF            []string // see Contact
	// Expires is in UTC, zero if there is none that can be read. Of several the
	// earliest counts.
	Expires time.Time
	// PreferredLanguages are the tags of the first such field.
	PreferredLanguages []string
	// BugBounty is nil unless the first such field is True or False.
	BugBounty *bool
	// Extensions are the fields that nobody registered.
	Extensions []Field
}

// A Field is a name and a value, both as written.
type Field struct{ Name, Value string }

// A LineKind says what a line is.
type LineKind uint8

// The kinds of lines.
const (
	// LineBlank is empty, or made of blanks.
	LineBlank LineKind = iota
	// LineComment begins with #.
	LineComment
	// LineField has a name and a value; either may be wrong.
	LineField
	// LineInvalid is none of the three, in a place where one should be.
	LineInvalid
	// LineArmor belongs to the envelope of the signature.
	LineArmor
	// LineOutside stands before or after the envelope, or between its headers.
	LineOutside
)

// A Line is one line of a file, without loss.
type Line struct {
	// Text is the line as it stands in the file, without its end, and still
	// dash-escaped if the file is signed.
	Text string
	// End is "\n", "\r\n" or, for a last line that is not ended, "".
	End string
	// Name and Value are those of a LineField.
	Name, Value string
	Kind        LineKind // what the line is
}

// Bytes returns the file as it was parsed.
func (d *Document) Bytes() []byte { return []byte(d.src) }

// Signed reports whether the file has, or tries to have, an OpenPGP envelope. It
// does not say that the signature is good.
func (d *Document) Signed() bool { return d.env != nil }

// Text returns the text inside the envelope with its dash-escapes removed, or of
// an unsigned file all of it, without its byte order mark. It is what remains
// when the signature is dropped.
func (d *Document) Text() []byte {
	var b strings.Builder
	b.Grow(len(d.src))
	for i := range d.Lines {
		if text, ok := d.textLine(i); ok {
			b.WriteString(text)
			b.WriteString(d.Lines[i].End)
		}
	}
	return []byte(b.String())
}

// textLine returns a line as it is in Text, and whether it is in it at all.
func (d *Document) textLine(i int) (string, bool) {
	l := &d.Lines[i]
	if l.Kind == LineArmor || l.Kind == LineOutside {
		return "", false
	}
	if d.env != nil {
		return unescapeDash(l.Text), true
	}
	return l.Text, true
}

// fieldKind numbers the registered fields.
type fieldKind uint8

const (
	fieldUnknown fieldKind = iota
	fieldContact
	fieldExpires
	fieldEncryption
	fieldAcknowledgments
	fieldCanonical
	fieldPolicy
	fieldHiring
	fieldPreferredLanguages
	fieldCSAF
	fieldBugBounty
	fieldCount
)

// fieldNames are the registered spellings.
var fieldNames = [fieldCount]string{"", "Contact", "Expires", "Encryption", "Acknowledgments",
	"Canonical", "Policy", "Hiring", "Preferred-Languages", "CSAF", "Bug-Bounty"}

// kindOf finds a field by its name, which is case-insensitive (RFC 5322 1.2.2).
func kindOf(name string) fieldKind {
	for k := fieldContact; k < fieldCount; k++ {
		if len(name) == len(fieldNames[k]) && strings.EqualFold(name, fieldNames[k]) {
			return k
		}
	}
	return fieldUnknown
}

// uris returns the list that a URI field is kept in, nil for other kinds.
func (f *File) uris(k fieldKind) *[]string {
	switch k {
	case fieldContact:
		return &f.Contact
	case fieldEncryption:
		return &f.Encryption
	case fieldAcknowledgments:
		return &f.Acknowledgments
	case fieldCanonical:
		return &f.Canonical
	case fieldPolicy:
		return &f.Policy
	case fieldHiring:
		return &f.Hiring
	case fieldCSAF:
		return &f.CSAF
	}
	return nil
}
