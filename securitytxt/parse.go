package securitytxt

import (
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\ufeff"

type parser struct {
	limits Limits
	doc    *Document
	err    *LimitError
	odd    bool // a byte is there that lines are searched for
	line   int
	state  state
}

func (p *parser) finding(c Code, line int, field string) {
	p.doc.Findings = append(p.doc.Findings, Finding{Code: c, Line: line, Field: field})
}

// exceed keeps the first limit that is passed.
func (p *parser) exceed(c Code, limit, line int) {
	if p.err == nil {
		p.err = &LimitError{Code: c, Limit: limit, Line: line}
	}
}

func (p *parser) run(s string) {
	p.doc.src = s
	if rest, ok := strings.CutPrefix(s, byteOrderMark); ok {
		s = rest
		p.finding(CodeBOMInFile, 1, "")
	}
	p.odd = hasOddByte(s)
	if p.odd && !utf8.ValidString(s) {
		p.finding(CodeUTF8, 1+strings.Count(s[:firstInvalid(s)], "\n"), "")
	}
	count := strings.Count(s, "\n")
	if !strings.HasSuffix(s, "\n") {
		count++
	}
	if count > DefaultMaxLines {
		p.finding(CodeTooManyLines, DefaultMaxLines+1, "")
	}
	p.doc.Lines = make([]Line, 0, min(count, p.limits.Lines))
	p.startEnvelope(s)
	for s != "" {
		if p.line == p.limits.Lines {
			p.exceed(CodeTooManyLines, p.limits.Lines, p.line+1)
			break
		}
		p.line++
		l := Line{}
		l.Text, l.End, s = cutLine(s)
		if p.odd {
			p.checkChars(l.Text)
		}
		p.place(&l)
		p.doc.Lines = append(p.doc.Lines, l)
	}
	if n := len(p.doc.Lines); n > 0 && p.doc.Lines[n-1].End == "" {
		p.finding(CodeNoLineSeparators, n, "")
	}
	p.endEnvelope()
	sortFindings(p.doc.Findings)
}

// cutLine splits off the first line. Only LF ends a line, alone or after a CR.
func cutLine(s string) (text, end, rest string) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return s, "", ""
	}
	if i > 0 && s[i-1] == '\r' {
		return s[:i-1], "\r\n", s[i+1:]
	}
	return s[:i], "\n", s[i+1:]
}

// content reads a line that stands where fields, comments and blank lines do.
func (p *parser) content(l *Line, text string) {
	// A CR too many before the line end is reported, and no part of a value.
	text = strings.TrimRight(text, " \t\r")
	switch {
	case text == "":
		l.Kind = LineBlank
		return
	case text[0] == '#':
		l.Kind = LineComment
		return
	}
	name, value, ok := strings.Cut(text, ":")
	if !ok {
		p.invalid(l, CodeInvalidLine)
		return
	}
	if trimmed := strings.TrimRight(name, " \t"); trimmed != name {
		name = trimmed
		p.finding(CodePrecWS, p.line, "")
	}
	if name == "" {
		p.invalid(l, CodeEmptyKey)
		return
	}
	if !isFieldName(name) {
		p.invalid(l, CodeInvalidLine)
		return
	}
	l.Kind, l.Name = LineField, name
	p.field(l, text, value)
}

func (p *parser) invalid(l *Line, c Code) {
	l.Kind = LineInvalid
	p.finding(c, p.line, "")
}

// field reads the value of a field and files it.
func (p *parser) field(l *Line, text, value string) {
	k := kindOf(l.Name)
	label := fieldNames[k]
	if k == fieldUnknown {
		label = l.Name
	}
	if len(text) > min(DefaultMaxField, p.limits.Field) && p.tooLong(text, label) {
		return
	}
	if value != "" && value[0] != ' ' {
		p.finding(CodeNoSpace, p.line, label)
	}
	if len(value) > 1 && value[0] == ' ' && (value[1] == ' ' || value[1] == '\t') {
		p.finding(CodeExtraSpace, p.line, label)
	}
	l.Value = strings.TrimLeft(value, " \t")
	if l.Value == "" {
		p.finding(CodeEmptyValue, p.line, label)
		return
	}
	p.value(k, l)
}

// tooLong reports whether the field is past the limit and must be left out.
func (p *parser) tooLong(text, label string) bool {
	n := utf8.RuneCountInString(text)
	if n > DefaultMaxField {
		p.finding(CodeFieldTooLong, p.line, label)
	}
	if n > p.limits.Field {
		p.exceed(CodeFieldTooLong, p.limits.Field, p.line)
		return true
	}
	return false
}

// isFieldName checks ftext of RFC 5322 3.6.8: printable ASCII without a colon.
func isFieldName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// hasOddByte reports whether a byte is there that checkChars must look at, so
// that the common file is searched once and not again by line.
func hasOddByte(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\t' && (c != '\r' || i+1 == len(s) || s[i+1] != '\n') {
			return true
		}
	}
	return false
}

// checkChars reports control characters (C0 without TAB, DEL and C1) and text
// that is not in normalization form C, once for each line.
func (p *parser) checkChars(text string) {
	var bare, ctl, denormal bool
	last := rune(-1)
	for _, r := range text {
		switch {
		case r == '\r':
			bare = true
		case r < ' ' && r != '\t', r >= 0x7f && r < 0xa0:
			ctl = true
		case composes(last, r):
			denormal = true
		}
		last = r
	}
	if bare {
		p.finding(CodeBareCR, p.line, "")
	}
	if ctl {
		p.finding(CodeCtlChar, p.line, "")
	}
	if denormal {
		p.finding(CodeNotNFC, p.line, "")
	}
}

// firstInvalid returns the offset of the first byte that is not UTF-8.
func firstInvalid(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return len(s)
}
