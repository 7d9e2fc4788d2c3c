package pgp

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// RepairKind is a kind of damage that was undone, or seen, in pasted armor.
type RepairKind string

// What happens to key blocks in documents, mails and web pages.
const (
	RepairFlattened RepairKind = "flattened" // line breaks were lost
	RepairQuoted    RepairKind = "quoted"    // mail quoting before the lines
	RepairDashes    RepairKind = "dashes"    // not exactly five hyphens around a marker
	RepairMarkup    RepairKind = "markup"    // HTML tags or entities inside
	RepairJunk      RepairKind = "junk"      // words or page numbers between the lines
	RepairEncoded   RepairKind = "encoded"   // quoted-printable was not decoded
	RepairNoEnd     RepairKind = "no-end"    // the END line is missing
	RepairChecksum  RepairKind = "checksum"  // the CRC-24 does not match; nothing was undone
)

// A Repair tells what was wrong with a key block.
type Repair struct {
	// Line is where the block begins in the input, from 1.
	Line int
	Kind RepairKind // what was mended
}

// A keyBlock is one armored public key in a text.
type keyBlock struct {
	data    []byte
	secret  bool
	repairs []Repair
}

// findKeyBlocks finds every key block of text, intact or not, in time linear
// in the text: each byte belongs to at most one block, and each block is tried
// in a fixed number of ways.
func findKeyBlocks(text string) []keyBlock {
	var out []keyBlock
	line, counted := 1, 0
	markers := findMarkers(text)
	for i, m := range markers {
		if m.end {
			continue
		}
		line += strings.Count(text[counted:m.start], "\n")
		counted = m.start
		end, closed, exact := len(text), false, m.exact
		if i+1 < len(markers) {
			next := markers[i+1]
			end, closed = next.start, next.end
			exact = exact && (next.exact || !closed)
		}
		b := keyBlock{secret: m.secret}
		if !m.secret {
			// The dashes between may belong to both markers.
			b = repairBlock(text[min(m.after, end):end])
		}
		if !exact {
			b.note(RepairDashes)
		}
		if !closed {
			b.note(RepairNoEnd)
		}
		for i := range b.repairs {
			b.repairs[i].Line = line
		}
		out = append(out, b)
	}
	return out
}

func (b *keyBlock) note(k RepairKind) {
	for _, r := range b.repairs {
		if r.Kind == k {
			return
		}
	}
	b.repairs = append(b.repairs, Repair{Kind: k})
}

// A marker is the begin or end line of a key block, however it is written.
type marker struct {
	start, after       int
	end, secret, exact bool
}

// findMarkers finds each "BEGIN PGP PUBLIC KEY BLOCK" and its END between
// dashes of any kind and number, words separated by any blanks.
func findMarkers(s string) []marker {
	var out []marker
	for at := 0; ; {
		i := strings.Index(s[at:], "PGP")
		if i < 0 {
			return out
		}
		i += at
		at = i + len("PGP")
		m := marker{}
		end, single, ok := matchWords(s, at, "PUBLIC", "KEY", "BLOCK")
		if !ok {
			end, single, ok = matchWords(s, at, "PRIVATE", "KEY", "BLOCK")
			m.secret = true
		}
		if !ok {
			continue
		}
		head := strings.TrimRight(s[max(0, i-16):i], " \t\r\n\u00a0")
		word := i - min(i, 16) + len(head)
		switch {
		case strings.HasSuffix(head, "BEGIN"):
			word -= len("BEGIN")
		case strings.HasSuffix(head, "END"):
			word -= len("END")
			m.end = true
		default:
			continue
		}
		start, before, plain := dashesBefore(s, word)
		after, behind, plainBehind := dashesAfter(s, end)
		if before == 0 {
			continue
		}
		m.start, m.after = start, after
		m.exact = single && before == 5 && behind == 5 && plain && plainBehind
		out = append(out, m)
		at = after
	}
}

// matchWords matches blanks and words from at on. single is false if any gap
// is not one space.
func matchWords(s string, at int, words ...string) (end int, single, ok bool) {
	single = true
	for _, w := range words {
		n := 0
		for at < len(s) && n < 16 {
			r, size := utf8.DecodeRuneInString(s[at:])
			if r != ' ' && r != '\t' && r != '\r' && r != '\n' && r != 0xa0 {
				break
			}
			single = single && r == ' ' && n == 0
			at += size
			n++
		}
		if n == 0 || !strings.HasPrefix(s[at:], w) {
			return 0, false, false
		}
		at += len(w)
	}
	return at, single, true
}

// isDash knows the hyphens that word processors put in place of "-".
func isDash(r rune) bool {
	return r == '-' || r >= 0x2010 && r <= 0x2015 || r == 0x2212 || r == 0xfe58 || r == 0xfe63 || r == 0xff0d || r == 0xad
}

func dashesBefore(s string, at int) (start, n int, plain bool) {
	plain = true
	for n < 16 {
		r, size := utf8.DecodeLastRuneInString(s[:at])
		if n == 0 && r == ' ' && size == 1 && at > 1 { // "----- BEGIN"
			if r, _ := utf8.DecodeLastRuneInString(s[:at-1]); isDash(r) {
				at, plain = at-1, false
				continue
			}
		}
		if size == 0 || !isDash(r) {
			break
		}
		plain = plain && r == '-'
		at -= size
		n++
	}
	return at, n, plain
}

func dashesAfter(s string, at int) (end, n int, plain bool) {
	plain = true
	if strings.HasPrefix(s[at:], " ") { // "BLOCK -----"
		if r, _ := utf8.DecodeRuneInString(s[at+1:]); isDash(r) {
			at, plain = at+1, false
		}
	}
	for n < 16 {
		r, size := utf8.DecodeRuneInString(s[at:])
		if size == 0 || !isDash(r) {
			break
		}
		plain = plain && r == '-'
		at += size
		n++
	}
	return at, n, plain
}

// repairBlock decodes what stands between the markers. The ways are tried from
// the mildest to the roughest; the checksum tells which one is right. Without
// a matching checksum it is the mildest that gives whole packets, or else that
// decodes, and the key's own signatures decide.
func repairBlock(body string) keyBlock {
	if data, ok := intactBlock(body); ok {
		return keyBlock{data: data}
	}
	var fallback *keyBlock
	fallbackWhole := false
	for _, encoded := range []bool{false, true} {
		if encoded {
			if !strings.Contains(body, "=3D") && !strings.Contains(body, "=\n") && !strings.Contains(body, "=\r\n") {
				break
			}
			body = strings.NewReplacer("=\r\n", "", "=\n", "", "=3D", "=").Replace(body)
		}
		clean, notes := cleanBody(body)
		for _, rough := range []roughness{keepAll, keepPureLines, keepFullTokens} {
			joined, dropped := rough.join(clean)
			data, sum, ok := decodeJoined(joined)
			if !ok {
				continue
			}
			b := keyBlock{data: data, repairs: append([]Repair(nil), notes...)}
			if encoded {
				b.note(RepairEncoded)
			}
			if dropped {
				b.note(RepairJunk)
			}
			if sum == sumMatches {
				return b
			}
			if sum == sumDiffers {
				b.note(RepairChecksum)
			}
			_, err := splitPackets(data, defaultKeyPackets)
			if whole := err == nil; fallback == nil || whole && !fallbackWhole {
				fallback, fallbackWhole = &b, whole
			}
		}
	}
	if fallback == nil {
		return keyBlock{}
	}
	return *fallback
}

// intactBlock reads a block that is as RFC 9580, section 6.2, has it: headers,
// which may hold anything, a blank line, base64, perhaps a checksum.
func intactBlock(body string) ([]byte, bool) {
	var b strings.Builder
	inHeader, first := true, true
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		switch {
		case first: // what follows the marker on its line
			if first = false; line != "" {
				return nil, false
			}
		case line == "":
			inHeader = false
		case inHeader && !strings.Contains(line, ": "):
			return nil, false
		case inHeader:
		case len(line) > 76 || !isBase64(line):
			return nil, false
		default:
			b.WriteString(line)
		}
	}
	data, sum, ok := decodeJoined(b.String())
	if ok && sum == sumMissing { // a page number would be base64 too
		_, err := splitPackets(data, defaultKeyPackets)
		ok = err == nil
	}
	return data, ok && sum != sumDiffers
}

// cleanBody removes quoting, markup, invisible characters and armor headers,
// and splits the rest into lines of tokens.
func cleanBody(body string) (lines [][]string, notes []Repair) {
	var b keyBlock
	if strings.ContainsAny(body, "<&") {
		if s, changed := stripMarkup(body); changed {
			body = s
			b.note(RepairMarkup)
		}
	}
	widest := 0
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(strings.Map(plainBlank, line))
		for strings.HasPrefix(line, ">") || strings.HasPrefix(line, "|") {
			line = strings.TrimSpace(line[1:])
			b.note(RepairQuoted)
		}
		tokens := dropHeaders(strings.Fields(line))
		if len(tokens) > 0 {
			lines = append(lines, tokens)
			widest = max(widest, len(tokens))
		}
	}
	if long := longestLine(lines); widest > 2 && long >= 2 || len(lines) == 1 && widest == 1 && len(lines[0][0]) > 200 {
		b.note(RepairFlattened)
	}
	return lines, b.repairs
}

// longestLine counts the tokens of some line that look like base64 lines.
func longestLine(lines [][]string) int {
	most := 0
	for _, l := range lines {
		n := 0
		for _, t := range l {
			if len(t) >= 48 && isBase64(t) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// plainBlank turns blanks of every kind into a space and drops what cannot be
// seen.
func plainBlank(r rune) rune {
	switch {
	case r == 0xa0, r >= 0x2000 && r <= 0x200a, r == 0x202f, r == 0x3000, r == '\t', r == '\f':
		return ' '
	case r == 0xad, r >= 0x200b && r <= 0x200f, r == 0xfeff, r == 0x2060:
		return -1
	}
	return r
}

// stripMarkup drops tags and decodes the entities that occur in base64 blocks.
func stripMarkup(s string) (string, bool) {
	var b strings.Builder
	changed := false
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		end := strings.IndexByte(s[i:min(len(s), i+1024)], '>')
		if end < 0 {
			s = s[i+1:]
			continue
		}
		if tag := s[i : i+end]; strings.HasPrefix(tag, "<br") || strings.HasPrefix(tag, "<p") || strings.HasPrefix(tag, "</p") {
			b.WriteByte('\n')
		}
		s = s[i+end+1:]
		changed = true
	}
	b.WriteString(s)
	out := b.String()
	plain := entities.Replace(out)
	return plain, changed || plain != out
}

var entities = strings.NewReplacer("&gt;", ">", "&lt;", "<", "&nbsp;", " ", "&#43;", "+", "&#x2B;", "+",
	"&plus;", "+", "&#47;", "/", "&#x2F;", "/", "&#61;", "=", "&#x3D;", "=", "&amp;", "&")

// dropHeaders removes armor headers (RFC 9580, section 6.2.2). On a line of
// its own a header is the whole line; on a flattened line it ends where a key
// packet's first base64 line begins.
func dropHeaders(tokens []string) []string {
	if len(tokens) == 0 {
		return nil
	}
	switch tokens[0] {
	case "Version:", "Comment:", "Hash:", "Charset:", "MessageID:":
	default:
		return tokens
	}
	for i, t := range tokens {
		if len(t) >= 32 && (t[0] == 'm' || t[0] == 'x') && isBase64(t) {
			return tokens[i:]
		}
	}
	return nil
}

func isBase64(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=') {
			return false
		}
	}
	return s != ""
}

// roughness is how much of a block is taken for junk.
type roughness int

const (
	keepAll        roughness = iota // every token that is base64
	keepPureLines                   // lines with a foreign token are dropped whole
	keepFullTokens                  // of the tokens, those of the usual length, and the tail
)

func (r roughness) join(lines [][]string) (string, bool) {
	var tokens []string
	dropped := false
	for _, line := range lines {
		pure := true
		for _, t := range line {
			pure = pure && isBase64(t)
		}
		for _, t := range line {
			if !isBase64(t) || !pure && r != keepAll {
				dropped = true
				continue
			}
			tokens = append(tokens, t)
		}
	}
	if r == keepFullTokens {
		n := len(tokens)
		tokens = fullTokens(tokens)
		dropped = dropped || len(tokens) < n
	}
	return strings.Join(tokens, ""), dropped
}

// fullTokens keeps the tokens of the commonest length, the one that follows the
// last of these, and a checksum.
func fullTokens(tokens []string) []string {
	count := map[int]int{}
	usual := 0
	for _, t := range tokens {
		n := len(t)
		if count[n]++; n >= 32 && (count[n] > count[usual] || usual == 0) {
			usual = n
		}
	}
	last := -1
	for i, t := range tokens {
		if len(t) == usual {
			last = i
		}
	}
	var out []string
	tail := false
	for i, t := range tokens {
		switch {
		case len(t) == usual, len(t) == 5 && t[0] == '=':
			out = append(out, t)
		case i > last && !tail && len(t) < usual+6 && (len(t)%4 == 0 || strings.Contains(t, "=")):
			out = append(out, t)
			tail = true
		}
	}
	return out
}

type sumState int

const (
	sumMissing sumState = iota
	sumMatches
	sumDiffers
)

// decodeJoined decodes one run of base64 with an optional checksum at its end.
func decodeJoined(s string) (data []byte, sum sumState, ok bool) {
	var want []byte
	if n := len(s); n > 5 && s[n-5] == '=' && !strings.Contains(s[n-4:], "=") {
		if w, err := base64.StdEncoding.DecodeString(s[n-4:]); err == nil {
			want, s = w, s[:n-5]
		}
	}
	s = strings.TrimRight(s, "=")
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(data) == 0 {
		return nil, 0, false
	}
	if want == nil {
		return data, sumMissing, true
	}
	c := crc24(data)
	if bytes.Equal(want, []byte{byte(c >> 16), byte(c >> 8), byte(c)}) {
		return data, sumMatches, true
	}
	return data, sumDiffers, true
}
