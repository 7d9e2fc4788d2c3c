package securitytxt

import (
	"strings"
	"time"
)

// WithExpires returns the text with another Expires; see [Document.WithField].
func (d *Document) WithExpires(t time.Time) ([]byte, error) {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return nil, &RuleError{Finding{Code: CodeInvalidExpiry, Field: fieldNames[fieldExpires]}}
	}
	return d.WithField(fieldNames[fieldExpires], t.Format(time.RFC3339Nano))
}

// WithField returns the text with the values of one field replaced: the first
// stands where the field first stood, the others follow it, and a field that was
// not there is added at the end. No value removes the field. Comments, order and
// every other byte stay. The envelope of a signed file is left out: [Sign] the
// result. A value that makes a new error-severity finding in its line is refused with a
// *RuleError; a Document that is Truncated is ErrLimit.
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
	var lines strings.Builder
	for _, v := range values {
		line := name + ": " + v
		one, err := Parse([]byte(line + "\n"))
		if err != nil {
			return nil, err
		}
		if err := firstError(one.Findings); err != nil {
			return nil, err
		}
		if len(one.Lines) != 1 || one.Lines[0].Value != v {
			return nil, &RuleError{Finding{Code: CodeInvalidLine}}
		}
		lines.WriteString(line + end)
	}
	var b strings.Builder
	placed, ended := false, true
	for i := range d.Lines {
		l := &d.Lines[i]
		if l.Kind == LineArmor || l.Kind == LineOutside {
			continue
		}
		if l.Kind == LineField && strings.EqualFold(l.Name, name) {
			if !placed {
				b.WriteString(lines.String())
			}
			placed, ended = true, true
			continue
		}
		text := l.Text
		if d.env != nil {
			text = unescapeDash(text)
		}
		b.WriteString(text + l.End)
		ended = l.End != ""
	}
	if !placed {
		if !ended {
			b.WriteString(end)
		}
		b.WriteString(lines.String())
	}
	return []byte(b.String()), nil
}
