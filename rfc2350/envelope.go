package rfc2350

import (
	"regexp"
	"strings"
)

// envelope is what was found of a clearsigned message.
type envelope struct {
	begin, end bool
	flattened  bool   // line ends were lost, or dashes changed: it cannot verify
	armor      string // the signature block as found
	line       int
}

// Dashes that web editors make of "-----". One dash of each kind may be lost.
const dashes = `[-\x{2010}-\x{2015}\x{2212}]{2,6}`

var (
	beginSigned  = regexp.MustCompile(dashes + `\s?BEGIN PGP SIGNED MESSAGE\s?` + dashes)
	beginSig     = regexp.MustCompile(dashes + `\s?BEGIN PGP SIGNATURE\s?` + dashes)
	endSig       = regexp.MustCompile(dashes + `\s?END PGP SIGNATURE\s?` + dashes)
	beginBlock   = regexp.MustCompile(dashes + `\s?BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK\s?` + dashes)
	endBlock     = regexp.MustCompile(dashes + `\s?END PGP (?:PUBLIC|PRIVATE) KEY BLOCK\s?` + dashes)
	hashHeader   = regexp.MustCompile(`^\s*(?:Hash|Charset|Version|Comment): ?[A-Za-z0-9-]+(?:, ?[A-Za-z0-9-]+)*`)
	exactBegin   = "-----BEGIN PGP SIGNED MESSAGE-----"
	exactSigLine = "-----BEGIN PGP SIGNATURE-----"
)

// exactMarks are the lines that are nothing but a mark as it should be, as most are. Nobody
// changes them.
var exactMarks = map[string]*regexp.Regexp{
	exactBegin:                             beginSigned,
	exactSigLine:                           beginSig,
	"-----END PGP SIGNATURE-----":          endSig,
	"-----BEGIN PGP PUBLIC KEY BLOCK-----": beginBlock,
	"-----END PGP PUBLIC KEY BLOCK-----":   endBlock,
}

// unwrap takes the first clearsigned envelope off. What stands before or after it
// was not signed, so it is no part of the document; a finding says so. Dash
// escapes are undone only inside.
func (s *source) unwrap() {
	i, at := findMark(s.lines, 0, beginSigned)
	if i < 0 {
		return
	}
	s.envelope.begin, s.envelope.line = true, int(s.lines[i].n)
	first := s.lines[i]
	s.envelope.flattened = strings.TrimSpace(first.text) != exactBegin
	before := hasText(s.lines[:i]) || strings.TrimSpace(first.text[:at[0]]) != ""

	body := []line{}
	if rest := first.text[at[1]:]; strings.TrimSpace(rest) != "" {
		if m := hashHeader.FindStringIndex(rest); m != nil {
			rest = rest[m[1]:]
		}
		first.text = strings.TrimSpace(rest)
		body = append(body, first)
		i++
	} else {
		for i++; i < len(s.lines) && hashHeader.MatchString(s.lines[i].text) && len(s.lines[i].text) < 80; i++ {
		}
	}
	body = append(body, s.lines[i:]...)

	after := false
	if j, at := findMark(body, 0, beginSig); j >= 0 {
		k, end := findMark(body, j, endSig)
		if k < 0 {
			k, end = len(body)-1, []int{len(body[len(body)-1].text), len(body[len(body)-1].text)}
		} else {
			s.envelope.end = true
			after = hasText(body[k+1:]) || strings.TrimSpace(body[k].text[end[1]:]) != ""
		}
		s.envelope.flattened = s.envelope.flattened || strings.TrimSpace(body[j].text) != exactSigLine
		s.envelope.armor = joinRange(body, j, at[0], k, end[1])
		last := body[j]
		last.text = strings.TrimRight(last.text[:at[0]], " ")
		body = append(body[:j:j], last)
	}
	for k := range body {
		body[k].text = strings.TrimPrefix(body[k].text, "- ")
	}
	s.lines = body
	if before || after {
		s.add("text-outside-signature", Warning, "", s.envelope.line, "text before or after the signed message was ignored")
	}
}

// markIn finds a mark of an armor in a text. The expressions run only around the
// words that all marks have, so that long lines cost nothing.
func markIn(s string, mark *regexp.Regexp) []int {
	if exactMarks[s] == mark {
		return []int{0, len(s)}
	}
	const around = 50
	for from := 0; ; {
		i := strings.Index(s[from:], " PGP ")
		if i < 0 {
			return nil
		}
		lo := max(0, from+i-around)
		if before := s[lo : from+i]; !strings.HasSuffix(before, "BEGIN") && !strings.HasSuffix(before, "END") {
			// no mark, only words about OpenPGP
		} else if at := mark.FindStringIndex(s[lo:min(len(s), from+i+around)]); at != nil {
			return []int{lo + at[0], lo + at[1]}
		}
		from += i + 5
	}
}

// findMark finds the first line from i on that holds a mark, and where.
func findMark(lines []line, i int, mark *regexp.Regexp) (int, []int) {
	for ; i < len(lines); i++ {
		if !strings.Contains(lines[i].text, "PGP ") {
			continue
		}
		if at := markIn(lines[i].text, mark); at != nil {
			return i, at
		}
	}
	return -1, nil
}

func hasText(lines []line) bool {
	for _, l := range lines {
		if strings.TrimSpace(l.text) != "" {
			return true
		}
	}
	return false
}

func joinRange(lines []line, i, from, k, to int) string {
	if i == k {
		return lines[i].text[from:max(from, to)]
	}
	var b strings.Builder
	b.WriteString(lines[i].text[from:])
	for j := i + 1; j < k; j++ {
		b.WriteString("\n" + lines[j].text)
	}
	b.WriteString("\n" + lines[k].text[:to])
	return b.String()
}

// markArmor marks the lines of key blocks, so that nothing in them is taken for a
// heading or a value. A block that never ends goes on while its lines are base64.
func (s *source) markArmor() {
	for i := 0; i < len(s.lines); i++ {
		if !strings.Contains(s.lines[i].text, "PGP ") {
			continue
		}
		at := markIn(s.lines[i].text, beginBlock)
		if at == nil || markIn(s.lines[i].text[at[1]:], endBlock) != nil {
			continue // a block on one line is cut out by its marks
		}
		for j := i + 1; j < len(s.lines); j++ {
			t := strings.TrimSpace(s.lines[j].text)
			if strings.Contains(t, "END PGP") && endBlock.MatchString(t) {
				s.lines[j].pre = true
				i = j
				break
			}
			if !armorish(t) {
				i = j - 1
				break
			}
			s.lines[j].pre = true
		}
	}
}

// armorish reports whether a line can stand inside an armored block: base64, a
// header, a blank line, or a page number between.
func armorish(t string) bool {
	if t == "" || len(t) < 12 || strings.Contains(t[:min(len(t), 12)], ":") && hashHeader.MatchString(t) {
		return true
	}
	for i := 0; i < len(t); i++ {
		c := t[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '=') {
			return false
		}
	}
	return len(t) >= 20 || strings.HasPrefix(t, "=")
}
