package rfc2350

import (
	"strings"
)

// byteKinds tells of each byte whether wordByte and isHex are true. Nobody changes it.
var byteKinds = func() (kinds [256]uint8) {
	for c := range kinds {
		if wordByte(byte(c)) {
			kinds[c] |= inWord
		}
		if isHex(byte(c)) {
			kinds[c] |= inHex
		}
	}
	return kinds
}()

const (
	inWord = 1 << iota
	inHex
)

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func wordByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 && c != 0xa0 && c != 0xc2
}

// hexWords lists the words that are only hexadecimal digits, in their case.
func (x *lexed) hexWords() []printed {
	if x.once(knowsHex) {
		x.lists.hex = hexWords(x.lists.hex, x.s)
	}
	return x.lists.hex
}

// hexWords appends those of a text.
func hexWords(out []printed, text string) []printed {
	for i := 0; i < len(text); {
		kind := byteKinds[text[i]]
		if kind&inWord == 0 {
			i++
			continue
		}
		j, all := i+1, kind
		for j < len(text) && byteKinds[text[j]]&inWord != 0 {
			all &= byteKinds[text[j]]
			j++
		}
		hex := all&inHex != 0
		from := i
		if !hex && j-i > 2 && (text[i+1] == 'x' || text[i+1] == 'X') && text[i] == '0' { // 0x…
			hex, from = true, i+2
			for k := from; k < j; k++ {
				hex = hex && isHex(text[k])
			}
		}
		if hex && j-from >= 2 && j-from <= 64 {
			if cap(out) == 0 {
				out = make([]printed, 0, 12)
			}
			out = append(out, printed{start: from, end: j, hex: text[from:j]})
		}
		i = j
	}
	return out
}

// findFingerprints joins hexadecimal words of equal length, separated by blanks,
// line ends or colons, to 40 digits; or to 64 or 32 where the word "fingerprint"
// stands before them. Hashes that are called something else are none.
func (x *lexed) findFingerprints() []printed {
	if !x.numbers { // forty letters a to f and no digit are none
		return nil
	}
	if x.once(knowsPrints) {
		x.lists.prints = x.readFingerprints()
	}
	return x.lists.prints
}

func (x *lexed) readFingerprints() []printed {
	text := x.s
	words := x.hexWords()
	if len(words) == 0 {
		return nil
	}
	var out []printed
	seen := map[string]bool{}
	last := 0
	for i := 0; i < len(words); {
		j, n := i, 0
		for j < len(words) && n < 64 && len(words[j].hex) == len(words[i].hex) && (j == i || joined(text[words[j-1].end:words[j].start])) {
			n += len(words[j].hex)
			j++
			if n == 40 && (len(words[i].hex) == 40 || !goesOn(text, words, i, j)) {
				break
			}
		}
		if n != 40 && n != 32 && n != 64 {
			i++
			continue
		}
		p := printed{start: words[i].start, end: words[j-1].end}
		about := x.aboutPrint(p, last)
		ok := n == 40 || about.named && (n == 32 || n == 64)
		if !about.named && j-i > 1 && strings.ContainsAny(text[p.start:p.end], "-\u2010\u2011") {
			ok = false // a serial number may be grouped by hyphens too
		}
		if n == 40 && !about.named && !about.pgp && (j-i == 20 && strings.Count(text[p.start:p.end], ":") == 19 && !x.beginsLine(x.holding(p.start)) || j == i+1 && x.inURN(p)) {
			ok = false // as fingerprints of certificates are printed
		}
		if n == 40 && len(words[i].hex) == 2 && !about.named && j-i != 20 {
			ok = false
		}
		if !ok || about.other {
			if n == 40 || n == 64 {
				last, i = p.end, j
			} else {
				i++
			}
			continue
		}
		var b strings.Builder
		b.Grow(n)
		for _, w := range words[i:j] {
			b.WriteString(w.hex)
		}
		p.hex, p.revoked = strings.ToUpper(b.String()), about.revoked
		if !about.named && j == i+1 && n == 40 && x.commitLike(p) {
			last, i = p.end, j
			continue
		}
		if strings.Trim(p.hex, "0123456789") == "" && !about.named {
			last, i = p.end, j
			continue // some other number
		}
		if n := len(out); about.replaces && n > 0 && out[n-1].end == last {
			out[n-1].revoked = true
		}
		if strings.Trim(p.hex, p.hex[:1]) != "" && !seen[p.hex] { // no "0000…" placeholders
			seen[p.hex] = true
			out = append(out, p)
		}
		last, i = p.end, j
		if len(out) >= 100 {
			break
		}
	}
	return out
}

// printAbout is what the words around a fingerprint say of it.
type printAbout struct {
	named   bool // called a fingerprint
	other   bool // of another thing: TLS, S/MIME, SSH, a commit, a file
	pgp     bool // of OpenPGP
	revoked bool // revoked, old, not to be used

	replaces bool // the print before
}

// aboutPrint reads the label before a fingerprint, on its line or on the lines above
// that hold no other one, and the remark after it.
func (x *lexed) aboutPrint(p printed, last int) (a printAbout) {
	at := x.holding(p.start)
	if last > 0 {
		last = x.pastRemark(last)
	}
	const far = 24
	var label meanings
	pgpBefore := false
	words := 0
	from := at
	for from > 0 && at-from < far && int(x.toks[from-1].start) >= last {
		t := &x.toks[from-1]
		gap := x.toks[from].gap
		if gap >= gapLine && last > 0 && x.sameLine(last, from-1) && !x.is(from-1, ':') {
			break // what stands there is said of the print before
		}
		if gap == gapParagraph && words > 0 || words > 1 && gap >= gapLine && !x.is(from-1, ':') && !x.is(from-1, '=') && words > 3 {
			break
		}
		if words > 0 && t.kind == kSign && (t.sign() == '.' && gap != gapNone || t.sign() == ';' || t.sign() == ',' && last > 0 && x.remarkBefore(from-1, last)) {
			break
		}
		if t.kind == kWord {
			words++
		}
		label.join(t.means)
		from--
	}
	pgpBefore = label.has(mPGP) && !(label.has(mHash) && x.fileBetween(from, at))
	a.named = label.has(mFingerprint)
	// The remark: a parenthesis, or words up to the end of the sentence on the line.
	end := x.find(p.end)
	var remark meanings
	to := end
	paren := x.is(end, '(') || x.is(end, '[')
	for to < len(x.toks) && to-end < 10 {
		t := &x.toks[to]
		if to > end && t.gap >= gapLine || to == end && t.gap >= gapLine || t.kind == kSign && (t.sign() == ';' || t.sign() == '.' && to+1 < len(x.toks) && x.toks[to+1].gap != gapNone) {
			break
		}
		if !paren && t.kind == kSign && t.sign() == ',' && to > end {
			break
		}
		remark.join(t.means)
		to++
		if paren && (x.is(to-1, ')') || x.is(to-1, ']')) {
			break
		}
	}
	pgp := pgpBefore || paren && remark.has(mPGP)
	a.pgp = pgp
	switch {
	case label.has(mOtherKey) && !x.pgpNearer(from, at):
		a.other = true
	case label.has(mHash) && !pgp:
		a.other = true
	case remark.has(mOtherKey) && !pgp, paren && remark.has(mHash) && !pgp && !a.named:
		a.other = true
	}
	if x.has(at-1, mHash) && !pgp && !a.named {
		a.other = true
	}
	before := x.meaningsOf(from, at)
	switch {
	case last > 0 && x.replacedBy(from, at, end): // "A was replaced in May by B"
		a.replaces = true
	case last > 0 && x.meaningsOf(max(from, at-4), at).has(mReplaces) && !x.meaningsOf(max(from, at-2), at).has(mNot):
		a.revoked = true // "(replaces …)"
	case before.has(mRevoked) && !x.deniedBetween(from, at), before.has(mOld):
		a.revoked = !x.replacesOld(from, at)
	case remark.has(mRevoked) && !x.deniedBetween(end, to), paren && remark.has(mOld) && !x.dateAhead(end, to) && !x.deniedBetween(end, to):
		a.revoked = true
	}
	return a
}

func (x *lexed) beginsLine(i int) bool { return i == 0 || x.toks[i].gap >= gapLine }

// inURN: "swh:1:rev:51d7…" names something by its hash.
func (x *lexed) inURN(p printed) bool {
	i := x.holding(p.start)
	return x.is(i-1, ':') && x.glued(i) && x.glued(i-1) && x.is(i-3, ':') && x.glued(i-2)
}

// commitLike: a hash in small letters amid a sentence that speaks of no key, as those
// of commits, transactions and files are printed.
func (x *lexed) commitLike(p printed) bool {
	if s := x.s[p.start:p.end]; strings.ToLower(s) != s {
		return false
	}
	at, end := x.holding(p.start), x.find(p.end)
	if p.start >= 2 && x.s[p.start-2:p.start] == "0x" {
		at = x.holding(p.start - 2)
	}
	if at == 0 || x.toks[at].gap >= gapLine || x.toks[at-1].kind != kWord || !x.glued(at) && x.toks[at].gap != gapBlank {
		return false
	}
	for k := max(0, at-12); k < min(len(x.toks), end+6); k++ {
		if x.toks[k].means.any(mFingerprint, mPGP, mKeyID) || x.tells(k, bKey) {
			return false
		}
	}
	return true
}

// remarkBefore: what stands between the print before and the comma is said of it:
// "A is retired, use B".
func (x *lexed) remarkBefore(comma, last int) bool {
	for k := comma - 1; k >= 0 && comma-k < 8 && x.toks[k].gap < gapLine; k-- {
		if int(x.toks[k].start) < last {
			return false
		}
		if x.toks[k].means.any(mRevoked, mOld) {
			return int(x.toks[max(0, comma-8)].start) < last
		}
	}
	return false
}

// pastRemark: the parenthesis right after a print speaks of it, and not of the next.
func (x *lexed) pastRemark(last int) int {
	open := x.find(last)
	if x.is(open, '(') || x.is(open, '[') {
		for i := open + 1; i < len(x.toks) && i < open+20; i++ {
			if x.is(i, closing(x.toks[open].sign())) {
				return int(x.toks[i].end)
			}
		}
	}
	return last
}

// sameLine reports whether token i is on the line that holds the byte before at.
func (x *lexed) sameLine(at, i int) bool {
	for ; i > 0 && int(x.toks[i].start) >= at; i-- {
		if x.toks[i].gap >= gapLine {
			return false
		}
	}
	return true
}

// fileBetween: "sha1sum of pgp-key.asc" speaks of a file.
func (x *lexed) fileBetween(from, at int) bool {
	for k := from + 1; k < at; k++ {
		if x.toks[k].kind == kWord && x.is(k-1, '.') && x.glued(k) && fileEndings[fold(x.text(k, k+1))] {
			return true
		}
	}
	return false
}

// pgpNearer: "… TLS. Our OpenPGP key:".
func (x *lexed) pgpNearer(from, at int) bool {
	for k := at - 1; k >= from; k-- {
		if x.has(k, mPGP) {
			return true
		}
		if x.has(k, mOtherKey) {
			return false
		}
	}
	return false
}

// deniedBetween: "not revoked".
func (x *lexed) deniedBetween(from, to int) bool {
	for k := from; k < to; k++ {
		t := &x.toks[k]
		if t.kind == kWord && t.means.has(mNot) && !t.means.has(mRevoked) && k+1 < to && x.meaningsOf(k+1, min(to, k+3)).any(mRevoked, mOld) {
			return true
		}
	}
	return false
}

// replacesOld: "the new key, which replaces the old one:" names the new one.
func (x *lexed) replacesOld(from, at int) bool {
	for k := from; k < at; k++ {
		if x.tells(k, bNew) {
			return true
		}
	}
	return false
}

// replacedBy: "replaced … by" right before a print names the one that counts.
func (x *lexed) replacedBy(from, at, end int) bool {
	by := at - 1
	for by > from && x.toks[by].kind == kSign {
		by--
	}
	for k := by; k > max(from, at-4); k-- { // "by the key", "durch"
		if x.tells(k, bBy) {
			by = k
		}
	}
	if !x.tells(by, bBy) {
		return false
	}
	return x.meaningsOf(max(from, by-8), by+1).any(mReplaces, mRevoked) || x.has(end, mReplaces) // "durch B ersetzt"
}

// dateAhead: "(valid until 2030-01-01)" is not old.
func (x *lexed) dateAhead(from, to int) bool {
	for k := from; k < to; k++ {
		if x.has(k, mOld) && x.toks[k].means.any(mAhead, mExpires) && !x.toks[k].means.has(mRevoked) {
			return true
		}
	}
	return false
}

// goesOn reports whether words of the same length follow up to 64 digits: a v6
// fingerprint.
func goesOn(text string, words []printed, i, j int) bool {
	n := 40
	if j < len(words) && strings.Contains(text[words[j-1].end:words[j].start], "\n") {
		line := 0 // a line of forty digits more is another one
		for k := j; k < len(words) && len(words[k].hex) == len(words[i].hex) && (k == j || joined(text[words[k-1].end:words[k].start]) && !strings.Contains(text[words[k-1].end:words[k].start], "\n")); k++ {
			line += len(words[k].hex)
		}
		if line == 40 {
			return false
		}
	}
	for j < len(words) && n < 64 && len(words[j].hex) == len(words[i].hex) && joined(text[words[j-1].end:words[j].start]) {
		n += len(words[j].hex)
		j++
	}
	return n == 64
}

// joined reports whether what stands between two groups of digits parts nothing else.
func joined(between string) bool {
	line := strings.IndexByte(between, '\n')
	if i := strings.IndexByte(between, ':'); i >= 0 && i+1 < len(between) && between[i+1] == ' ' && line < 0 {
		return false // "since 2024: 22CA …"
	}
	if line >= 0 && len(between) > 2 {
		return wrapped(between[:line], between[line+1:])
	}
	return len(between) <= 12 && strings.Trim(strings.ReplaceAll(between, "\u00a0", " "), " \t\n:") == "" || between == "-" || between == "\u2010" || between == "\u2011"
}

// wrapped: what ends a line and begins the next one is only the indentation of a column,
// perhaps with the bars of a table around it.
func wrapped(end, begin string) bool {
	const widest, paragraph = 160, 12 // of a line of a table, and around an empty line
	if n := len(end) + len(begin); n > widest || n > paragraph && strings.Contains(begin, "\n") || strings.Count(end, "|") > 1 || strings.Count(begin, "|") > 2 {
		return false
	}
	return strings.Trim(end, " \t\u00a0:|") == "" && strings.Trim(begin, " \t\n\u00a0:|") == ""
}
