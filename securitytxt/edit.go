package securitytxt

import (
	"strings"
	"time"
)

// WithExpires returns the text with another Expires; see [Document.WithField].
func (d *Document) WithExpires(t time.Time) ([]byte, error) {
	t = t.UTC()
	if t.IsZero() || !inEra(t) {
		return nil, &RuleError{Finding{Code: CodeInvalidExpiry, Field: fieldNames[fieldExpires]}}
	}
	return d.WithField(fieldNames[fieldExpires], t.Format(time.RFC3339Nano))
}

// WithField returns the text with the values of one field replaced: they
// stand where the field first stood, and a field that was not there is added at
// the end. No value removes the field. Comments, order and
// every other byte stay. The envelope of a signed file is left out: [Sign] the
// result. Values that have an error-severity finding, each or together, are refused
// with a *RuleError; a Document that is Truncated is ErrLimit.
func (d *Document) WithField(name string, values ...string) ([]byte, error) {
	if d.Truncated {
		return nil, ErrLimit
	}
	if name == "" || !isFieldName(name) || name[0] == '#' || strings.Contains(name, ":") {
		return nil, &RuleError{Finding{Code: CodeInvalidLine}}
	}
	if k := kindOf(name); k != fieldUnknown {
		name = fieldNames[k]
	}
	end := "\n"
	if len(d.Lines) > 0 && d.Lines[0].End == "\r\n" {
		end = "\r\n"
	}
	lines, err := fieldLines(name, values, end)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	placed, ended := false, true
	for i := range d.Lines {
		l := &d.Lines[i]
		text, ok := d.textLine(i)
		if !ok {
			continue
		}
		is := l.Kind == LineField && strings.EqualFold(l.Name, name)
		if b.Len() == 0 && strings.HasPrefix(text, byteOrderMark) {
			// This mark is no part of a name once it begins the file.
			first, _, ok := strings.Cut(strings.TrimLeft(text, byteOrderMark), ":")
			is = ok && strings.EqualFold(strings.TrimRight(first, " \t"), name)
		}
		if is {
			if !placed {
				b.WriteString(lines)
			}
			placed, ended = true, true
			continue
		}
		b.WriteString(text + l.End)
		ended = l.End != ""
	}
	if !placed {
		if !ended {
			b.WriteString(end)
		}
		b.WriteString(lines)
	}
	return []byte(b.String()), nil
}

// fieldLines writes a field, if it is read back as it was given.
func fieldLines(name string, values []string, end string) (string, error) {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(name + ": " + v + end)
	}
	d, err := Parse([]byte(b.String()))
	if err != nil {
		return "", err
	}
	if err := firstError(d.Findings); err != nil {
		return "", err
	}
	if len(d.Lines) != len(values) {
		return "", &RuleError{Finding{Code: CodeInvalidLine}}
	}
	for i, v := range values {
		if l := &d.Lines[i]; l.Kind != LineField || l.Value != v {
			return "", &RuleError{Finding{Code: CodeInvalidLine, Line: i + 1}}
		}
	}
	return b.String(), nil
}
