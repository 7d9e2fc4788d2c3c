package rfc2350

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Phone is a telephone or fax number. E164 is set only if the document prints the
// country code.
type Phone struct {
	E164  string `json:"e164,omitempty"`
	Label string `json:"label,omitempty"`
	Raw   string `json:"raw,omitempty"`
}

var (
	phoneForm  = regexp.MustCompile(`\+{1,3}[ \x{a0}]?\(?\d[\d \x{a0}().\-/\x{2010}-\x{2013}]{4,30}\d`)
	nationalNo = regexp.MustCompile(`(?:\(0\d{1,5}\)|\b0\d{1,5})[ \x{a0}.\-/]*\d[\d \x{a0}.\-/]{3,20}\d`)
	faxLabel   = regexp.MustCompile(`(?i)\b(?:tele)?(?:fax|faks|facs\pL*|faksimil\pL*|télécop\pL*)\b`)
)

// findPhones lists the numbers of a section. doubled reports a "++", national a
// number without a country code.
func findPhones(text string) (phones []Phone, doubled, national bool) {
	seen := map[string]bool{}
	for _, m := range phoneForm.FindAllStringIndex(text, 100) {
		raw := text[m[0]:m[1]]
		raw = cutPhone(raw)
		e164 := toE164(raw)
		if e164 == "" || m[0] > 0 && isDigit(text[m[0]-1]) {
			continue
		}
		doubled = doubled || strings.HasPrefix(raw, "++")
		if seen[e164] {
			continue
		}
		seen[e164] = true
		phones = append(phones, Phone{E164: e164, Label: phoneLabel(text, m[0], m[0]+len(raw)), Raw: strings.TrimSpace(raw)})
	}
	if len(phones) > 0 {
		return phones, doubled, false
	}
	for _, m := range nationalNo.FindAllStringIndex(text, 100) {
		raw := text[m[0]:m[1]]
		n := len(digitsOf(raw))
		if n < 6 || n > 14 || seen[raw] || len(findDates(raw)) > 0 {
			continue
		}
		seen[raw] = true
		p := Phone{Label: phoneLabel(text, m[0], m[1]), Raw: strings.TrimSpace(raw)}
		if strings.HasPrefix(raw, "00") && n >= 10 { // the international prefix written out
			p.E164 = toE164("+" + raw[2:])
		}
		national = national || p.E164 == ""
		phones = append(phones, p)
	}
	return phones, doubled, national
}

// cutPhone ends a number where a second one begins after a slash or a wide gap.
func cutPhone(s string) string {
	for _, sep := range []string{" / ", "   ", "\t"} {
		if i := strings.Index(s, sep); i > 0 && len(digitsOf(s[:i])) >= 7 {
			s = s[:i]
		}
	}
	// An open parenthesis at the end belongs to the text.
	if i := strings.LastIndexByte(s, '('); i > 0 && !strings.Contains(s[i:], ")") {
		s = s[:i]
	}
	return strings.TrimRight(s, " \u00a0.-/(–")
}

// toE164 keeps the digits: an optional trunk "(0)" is not dialled from abroad.
func toE164(raw string) string {
	raw = strings.ReplaceAll(raw, "(0)", "")
	d := digitsOf(raw)
	if len(d) < 7 || len(d) > 15 || d[0] == '0' {
		return ""
	}
	return "+" + d
}

func digitsOf(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// phoneLabel is what the document calls the number: the words before it on its line,
// or the parenthesis after it.
func phoneLabel(text string, start, end int) string {
	const most = 60
	from := strings.LastIndexByte(text[:start], '\n') + 1
	before := strings.TrimSpace(strings.Trim(text[max(from, start-most-1):start], " \t:-–*•("))
	if i := strings.LastIndexAny(before, "+.;)"); i >= 0 {
		before = strings.TrimSpace(before[i+1:])
	}
	if before != "" && start-from <= most && utf8.ValidString(before) {
		if r, _ := utf8.DecodeRuneInString(before); unicode.IsLetter(r) && len(digitsOf(before)) < 4 {
			return squeeze(before)
		}
	}
	after := strings.TrimLeft(text[end:min(len(text), end+most)], " ")
	if strings.HasPrefix(after, "(") {
		if i := strings.IndexByte(after, ')'); i > 0 {
			return squeeze(after[1:i])
		}
	}
	return ""
}
