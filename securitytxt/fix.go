package securitytxt

import (
	"strings"
	"time"
)

// FixOptions says what Fix may do.
type FixOptions struct {
	// DropSignature allows to mend a signed file. The result is its text without
	// the envelope, to be signed again.
	DropSignature bool
}

// Fix mends what can be mended without knowing more than the file says, and
// returns the file with the findings that it mended. Every other byte stays. A
// signed file is ErrSigned unless o allows to drop the signature; it is so even
// where nothing needs mending.
//
// Mended are: bom_in_file, no_line_separators, bare_cr, prec_ws, no_space,
// empty_value (the line goes), blanks before a field, Acknowledgments in another
// spelling, mail addresses and telephone numbers without a scheme, dates of RFC
// 5322 or in a near form of RFC 3339 that mean one instant, and Bug-Bounty in
// another case. A field that nobody registered is mended only if its name is
// written like one: "Note:x", and neither "see:x" nor "localhost:80".
func (d *Document) Fix(o FixOptions) ([]byte, []Finding, error) {
	if d.Truncated {
		return nil, nil, ErrLimit
	}
	if d.Signed() && !o.DropSignature {
		return nil, nil, ErrSigned
	}
	f := fixer{end: "\n"}
	if len(d.Lines) > 0 && d.Lines[0].End != "" {
		f.end = d.Lines[0].End
	}
	if strings.HasPrefix(d.src, byteOrderMark) {
		f.mended(CodeBOMInFile, 1)
	}
	for i := range d.Lines {
		text, ok := d.textLine(i)
		if !ok {
			continue
		}
		if i == 0 {
			text = strings.TrimLeft(text, byteOrderMark) // a second mark, too
		}
		f.line(i+1, text, d.Lines[i].End)
	}
	return f.out, f.done, nil
}

type fixer struct {
	out  []byte
	done []Finding
	end  string // how this file ends its lines
}

func (f *fixer) mended(c Code, line int) { f.done = append(f.done, Finding{Code: c, Line: line}) }

// line mends one line. A bare CR was meant to end a line.
func (f *fixer) line(n int, text, end string) {
	if end == "" {
		f.mended(CodeNoLineSeparators, n)
		end = f.end
	}
	if !strings.Contains(text, "\r") {
		f.part(n, text, end)
		return
	}
	f.mended(CodeBareCR, n)
	text = strings.TrimRight(text, "\r")
	if !strings.Contains(text, "\r") {
		f.part(n, text, end)
		return
	}
	for part := range strings.SplitSeq(text, "\r") {
		f.part(n, part, f.end)
	}
}

// part mends what stands between two line ends.
func (f *fixer) part(n int, text, end string) {
	name, rest, ok := strings.Cut(text, ":")
	if !ok || strings.HasPrefix(text, "#") {
		f.write(text, end)
		return
	}
	bare := strings.Trim(name, " \t")
	known := kindOf(bare) != fieldUnknown || isAcknowledgments(bare)
	if !known && !mayBeField(name, rest) {
		f.write(text, end)
		return
	}
	if trimmed := strings.TrimLeft(name, " \t"); trimmed != name {
		name = trimmed
		f.mended(CodeInvalidLine, n)
	}
	if trimmed := strings.TrimRight(name, " \t"); trimmed != name {
		name = trimmed
		f.mended(CodePrecWS, n)
	}
	value := strings.Trim(rest, " \t")
	if value == "" && known {
		f.mended(CodeEmptyValue, n)
		return
	}
	if value != "" && !strings.HasPrefix(rest, " ") {
		rest = " " + strings.TrimLeft(rest, "\t")
		f.mended(CodeNoSpace, n)
	}
	if isAcknowledgments(name) {
		name = fieldNames[fieldAcknowledgments]
		f.mended(CodeUnknownField, n)
	}
	if better, c := mendValue(kindOf(name), value); c != "" {
		rest = " " + better
		f.mended(c, n)
	}
	f.write(name+":"+rest, end)
}

func (f *fixer) write(text, end string) { f.out = append(append(f.out, text...), end...) }

// mayBeField reports whether a name that nobody registered is written like those
// that are, and not a word of a sentence, a scheme, a host or a drive before what
// belongs to it.
func mayBeField(name, rest string) bool {
	word := strings.TrimRight(name, " \t")
	if word == "" || !isAlpha(word[0]) || !allAlnum(strings.ReplaceAll(word, "-", "")) {
		return false
	}
	// In lower case a blank before the colon or an "x-" is needed: "see:x" is prose.
	if word[0] >= 'a' && word == name && !strings.HasPrefix(word, "x-") {
		return false
	}
	name = word
	return rest != "" && strings.IndexByte("/\\:", rest[0]) < 0 &&
		!containsFold([]string{"mailto", "tel", "xmpp", "sip", "sips", "data", "dns", "openpgp4fpr", "urn", "news", "sms",
			"geo", "matrix", "javascript", "http", "https"}, name)
}

func isAcknowledgments(name string) bool {
	return containsFold([]string{"Acknowledgement", "Acknowledgements", "Acknowledgment"}, name)
}

// mendValue returns a better value and the code of what was wrong with it.
func mendValue(k fieldKind, v string) (string, Code) {
	switch k {
	case fieldContact:
		if uriScheme(v) != "" {
			return v, ""
		}
		if isAddress(v) && checkURI(k, "mailto:"+v) == "" {
			return "mailto:" + v, CodeNoURI
		}
		if tel, ok := telephone(v); ok {
			return tel, CodeNoURI
		}
	case fieldExpires:
		if _, ok := parseTime(v); !ok {
			return mendTime(v)
		}
	case fieldBugBounty:
		for _, want := range []string{"True", "False"} {
			if v != want && strings.EqualFold(v, want) {
				return want, CodeInvalidBugBounty
			}
		}
	}
	return v, ""
}

// isAddress recognises a plain mail address of a domain with a dot.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(strings.Trim(domain, "."), ".") &&
		!strings.ContainsAny(s, " \t,;:<>[]()\\\"?#/%")
}

// telephone makes a tel URI (RFC 3966) of an international number.
func telephone(s string) (string, bool) {
	if !strings.HasPrefix(s, "+") {
		return "", false
	}
	n := 0
	for i := 1; i < len(s); i++ {
		if isDigit(s[i]) {
			n++
		} else if s[i] != ' ' && s[i] != '-' && s[i] != '.' {
			return "", false
		}
	}
	return "tel:" + strings.ReplaceAll(s, " ", "-"), n >= 7 && n <= 15
}

// mendTime reads other forms that occur and mean one instant: a blank for T, no
// seconds, an offset without colon or after a blank, UTC by name, and mail dates.
func mendTime(v string) (string, Code) {
	if t, ok := parseMailDate(v); ok && inEra(t) {
		return t.UTC().Format(time.RFC3339), CodeInvalidExpiry
	}
	if len(v) < len("2006-01-02T15:04Z") || v[10] != ' ' && v[10]|0x20 != 't' {
		return v, ""
	}
	clock := v[11:]
	i := strings.IndexAny(clock, "Zz+- UuGg")
	if i < 0 {
		return v, "" // nobody knows where it is that late
	}
	clock, zone := clock[:i], strings.TrimLeft(clock[i:], " ")
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	if containsFold([]string{"UTC", "GMT"}, zone) {
		zone = "Z"
	} else if len(zone) == len("+0100") {
		zone = zone[:3] + ":" + zone[3:]
	}
	if t, ok := parseTime(v[:10] + "T" + clock + zone); ok {
		return t.Format(time.RFC3339Nano), CodeInvalidExpiry
	}
	return v, ""
}
