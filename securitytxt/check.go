package securitytxt

import (
	"slices"
	"strings"
	"time"
)

// WellKnownPath is where the file belongs (RFC 9116 3).
const WellKnownPath = "/.well-known/security.txt"

// TopLevelPath is where old files are.
const TopLevelPath = "/security.txt"

// CheckOptions are what a check needs beside the file.
type CheckOptions struct {
	// Now is the time at which the file must not have expired; at Expires
	// exactly it has. It is required: without it there is CodeNoClock, an error.
	Now time.Time
	// ExpiresSoon is how long before Expires CodeExpiresSoon begins; zero means
	// never.
	ExpiresSoon time.Duration
	// RetrievedFrom are the addresses at which the file was found: the one that
	// was asked first, and after redirects the last. One of them must be in
	// Canonical if there is any. Without an address nothing is said about place.
	RetrievedFrom []string
}

// Check returns all findings of the file, by line. Signatures are judged by
// [Document.Verify] alone. If the Document is Truncated, rules about what is
// absent are left out, and Valid says nothing.
func (d *Document) Check(o CheckOptions) []Finding {
	fs := slices.Clone(d.Findings)
	whole := func(c Code, k fieldKind) {
		fs = append(fs, Finding{Code: c, Field: fieldNames[k]})
	}
	if !d.Truncated {
		if d.seen[fieldContact] == 0 {
			whole(CodeNoContact, fieldContact)
		}
		if d.seen[fieldExpires] == 0 {
			whole(CodeNoExpire, fieldExpires)
		}
		if d.seen[fieldEncryption] == 0 && slices.ContainsFunc(d.File.Contact, isMailto) {
			whole(CodeNoEncryption, fieldEncryption)
		}
		switch {
		case !d.Signed():
			whole(CodeNotSigned, fieldUnknown)
		case d.seen[fieldCanonical] == 0:
			whole(CodeNoCanonical, fieldCanonical)
		}
	}
	if o.Now.IsZero() {
		whole(CodeNoClock, fieldUnknown)
	} else if t := d.File.Expires; d.dateLine != 0 { // the zero time is a date, too
		f := Finding{Line: d.dateLine, Field: fieldNames[fieldExpires]}
		if f.Code = CodeExpired; !o.Now.Before(t) {
			fs = append(fs, f)
		} else if f.Code = CodeLongExpiry; t.After(o.Now.AddDate(1, 0, 0)) {
			fs = append(fs, f)
		} else if f.Code = CodeExpiresSoon; t.Sub(o.Now) < o.ExpiresSoon {
			fs = append(fs, f)
		}
	}
	fs = append(fs, d.checkPlace(o.RetrievedFrom)...)
	sortFindings(fs)
	return fs
}

func isMailto(s string) bool { return strings.EqualFold(uriScheme(s), "mailto") }

// checkPlace judges where the file was found.
func (d *Document) checkPlace(from []string) (fs []Finding) {
	if len(from) == 0 {
		return nil
	}
	switch first := normalURI(from[0]); {
	case uriScheme(first) != "https":
		fs = append(fs, Finding{Code: CodeInvalidURIScheme})
	case webPath(first) != WellKnownPath:
		fs = append(fs, Finding{Code: CodeLocation})
	}
	if len(d.File.Canonical) > 0 && !d.canonicalMatches(from) {
		fs = append(fs, Finding{Code: CodeNoCanonicalMatch, Line: d.seenLine[fieldCanonical], Field: fieldNames[fieldCanonical]})
	}
	return fs
}

func (d *Document) canonicalMatches(from []string) bool {
	for _, u := range from {
		if slices.ContainsFunc(d.File.Canonical, func(c string) bool { return sameURI(c, u) }) {
			return true
		}
	}
	return false
}
