package securitytxt

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"
)

// AppendText appends the file in a fixed order of fields, each line ended by LF.
// It writes only what Parse reads back as the same File, within the default
// limits and without an error-severity finding; else it returns dst and a
// *RuleError. Contact and
// Expires are required. Whether Expires has passed is not asked.
func (f File) AppendText(dst []byte) ([]byte, error) {
	w := writer{out: dst}
	if len(f.Contact) == 0 {
		w.fail(CodeNoContact, fieldContact)
	}
	w.uris(fieldContact, f.Contact)
	w.expires(f.Expires)
	w.uris(fieldEncryption, f.Encryption)
	w.uris(fieldAcknowledgments, f.Acknowledgments)
	w.languages(f.PreferredLanguages)
	w.uris(fieldCanonical, f.Canonical)
	w.uris(fieldPolicy, f.Policy)
	w.uris(fieldHiring, f.Hiring)
	w.uris(fieldCSAF, f.CSAF)
	if csafOutOfOrder(f.CSAF) {
		w.fail(CodeCSAFOrder, fieldCSAF)
	}
	if f.BugBounty != nil {
		value := "False"
		if *f.BugBounty {
			value = "True"
		}
		w.line(fieldNames[fieldBugBounty], value)
	}
	for _, x := range f.Extensions {
		w.extension(x)
	}
	written := w.out[len(dst):]
	if len(written) > DefaultMaxBytes {
		w.fail(CodeTooLarge, fieldUnknown)
	}
	if bytes.Count(written, []byte{'\n'}) > DefaultMaxLines {
		w.fail(CodeTooManyLines, fieldUnknown)
	}
	if w.err != nil {
		return dst, w.err
	}
	return w.out, nil
}

// MarshalText is AppendText to a new slice.
func (f File) MarshalText() ([]byte, error) { return f.AppendText(nil) }

type writer struct {
	out []byte
	err error
}

// fail keeps the first error.
func (w *writer) fail(c Code, k fieldKind) {
	if w.err == nil {
		w.err = &RuleError{Finding{Code: c, Field: fieldNames[k]}}
	}
}

func (w *writer) line(name, value string) {
	start := len(w.out)
	w.out = append(w.out, name...)
	w.out = append(w.out, ": "...)
	w.out = append(w.out, value...)
	if utf8.RuneCount(w.out[start:]) > DefaultMaxField && w.err == nil {
		w.err = &RuleError{Finding{Code: CodeFieldTooLong, Field: name}}
	}
	w.out = append(w.out, '\n')
}

func (w *writer) uris(k fieldKind, list []string) {
	for _, s := range list {
		if s == "" {
			w.fail(CodeEmptyValue, k)
		} else if c := checkURI(k, s); c != "" && c.Rule().Severity == SeverityError {
			w.fail(c, k)
		}
		w.line(fieldNames[k], s)
	}
}

func (w *writer) expires(t time.Time) {
	t = t.UTC()
	if t.IsZero() {
		w.fail(CodeNoExpire, fieldExpires)
	} else if !inEra(t) {
		w.fail(CodeInvalidExpiry, fieldExpires)
	}
	w.line(fieldNames[fieldExpires], t.Format(time.RFC3339Nano))
}

func (w *writer) languages(tags []string) {
	for _, tag := range tags {
		if !validLangTag(tag) {
			w.fail(CodeInvalidLang, fieldPreferredLanguages)
		}
	}
	if len(tags) > 0 {
		w.line(fieldNames[fieldPreferredLanguages], strings.Join(tags, ", "))
	}
}

// extension refuses a name or value that would be read as something else.
func (w *writer) extension(x Field) {
	switch {
	case x.Name == "":
		w.fail(CodeEmptyKey, fieldUnknown)
	case !isFieldName(x.Name), x.Name[0] == '#', strings.Contains(x.Name, ":"), kindOf(x.Name) != fieldUnknown:
		w.fail(CodeInvalidLine, fieldUnknown)
	case strings.Trim(x.Value, " \t") == "":
		w.fail(CodeEmptyValue, fieldUnknown)
	case strings.Trim(x.Value, " \t") != x.Value:
		w.fail(CodeInvalidLine, fieldUnknown)
	case !utf8.ValidString(x.Value):
		w.fail(CodeUTF8, fieldUnknown)
	case strings.ContainsFunc(x.Value, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 }):
		w.fail(CodeCtlChar, fieldUnknown)
	}
	w.line(x.Name, x.Value)
}
