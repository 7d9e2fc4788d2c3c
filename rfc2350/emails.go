package rfc2350

import (
	"slices"
	"strings"
)

// Email is an address of the team. Role is "incident", "other", or empty if the
// document does not say. Raw is the address as printed, where that is disguised.
type Email struct {
	Address string `json:"address"`        // as it is written to
	Role    string `json:"role,omitempty"` // what it is for
	Raw     string `json:"raw,omitempty"`  // as printed
}

type foundEmail struct {
	from, to   int // tokens
	start, end int
	address    string
	local      string
	domain     string
}

// findEmails lists the addresses of a text, also disguised ones. It looks only at
// marks for "@".
func (x *lexed) findEmails() []foundEmail {
	if !x.holds('@', '(', '[', '{', '<', '%') && !x.means.has(mAt) {
		return nil
	}
	if x.once(knowsMails) {
		x.lists.mails = x.readEmails()
	}
	return x.lists.mails
}

func (x *lexed) readEmails() []foundEmail {
	var out []foundEmail
	last := 0
	for i := 0; i < len(x.toks) && len(out) < 2000; i++ {
		to, disguised, word := x.atMark(i)
		if to < 0 {
			continue
		}
		domain, end, dots := x.domainPart(to, disguised, word)
		if domain == "" || word && (x.has(end-1, mNumber) || dots == 0 && !x.shoutedAt(i) || x.has(end, mDot)) {
			continue
		}
		if x.is(i-1, '}') && x.glued(i) {
			if list := x.braces(i-1, last, domain, end); list != nil {
				out = append(out, list...)
				last, i = end, end-1
				continue
			}
		}
		local, from := x.localPart(i, last, disguised)
		if local == "" || from > 0 && x.toks[from].gap == gapBlank && x.toks[from-1].kind == kWord && namePattern(local) || x.notMail(from, end, last) || x.accountAt(i) || word && from == i-1 && (x.has(from, mNoLocal) || from > 0 && x.toks[from].gap == gapBlank && (x.toks[from-1].means.any(mOur, mOf, mWe, mTeam) && !x.toks[from-1].means.any(mIncident, mTo))) {
			continue
		}
		f := foundEmail{from: from, to: end, local: local, domain: domain, address: strings.ToLower(local + "@" + domain)}
		f.start, f.end = int(x.toks[from].start), int(x.toks[end-1].end)
		out = append(out, f)
		last, i = end, end-1
	}
	return out
}

// shoutedAt: "cert AT example.org": only the mark is in capitals.
func (x *lexed) shoutedAt(i int) bool {
	return x.toks[i].kind == kWord && x.toks[i].upper == 2 && i > 0 && x.toks[i-1].kind != kSign && x.toks[i-1].upper == 0 && x.toks[i+1].upper == 0
}

// atMark reads what stands for "@" at token i; to is the token after it.
func (x *lexed) atMark(i int) (to int, disguised, word bool) {
	t := &x.toks[i]
	if t.kind == kSign {
		switch t.sign() {
		case '@':
			return i + 1, false, false
		case '(', '[', '{', '<':
			j, fill := x.filled(i + 1)
			if x.is(j, '@') {
				j++
				if j < len(x.toks) && x.toks[j].kind == kWord && x.glued(j) && strings.EqualFold(x.text(j, j+1), "t") { // [@t]
					j++
				}
			} else if x.atWord(j) || j < len(x.toks) && x.toks[j].kind == kWord && fold(x.text(j, j+1)) == "a" {
				j += x.phraseWidth(j, mAt)
				if x.is(j, '@') {
					j++
				}
			} else {
				return -1, false, false
			}
			if fill > 0 && x.is(j, fill) {
				j++
			}
			if j < len(x.toks) && x.toks[j].kind == kSign && closing(t.sign()) == x.toks[j].sign() {
				return j + 1, true, false
			}
		case '%': // cert%40example.org
			if x.num(i+1) == 40 && x.glued(i+1) && x.glued(i) && x.digits(i+1) == 2 {
				return i + 2, true, false
			}
		case '_', '-', '*': // cert_at_example.org, cert -at- example.org
			if x.atWord(i+1) && x.glued(i+1) && x.is(i+2, t.sign()) && x.glued(i+2) {
				return i + 3, true, true
			}
		}
		return -1, false, false
	}
	if t.kind == kWord && t.gap == gapBlank && x.atWord(i) && i+1 < len(x.toks) && x.toks[i+1].gap == gapBlank {
		return i + x.phraseWidth(i, mAt), true, true
	}
	return -1, false, false
}

// filled skips a sign that fills the brackets around a mark: "[_at_]", "(-dot-)".
func (x *lexed) filled(i int) (to int, fill rune) {
	if i < len(x.toks) && x.toks[i].kind == kSign && strings.ContainsRune("_-*~|", x.toks[i].sign()) {
		return i + 1, x.toks[i].sign()
	}
	return i, 0
}

func (x *lexed) atWord(i int) bool {
	return i < len(x.toks) && x.toks[i].kind == kWord && x.has(i, mAt)
}

func closing(open rune) rune {
	switch open {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	}
	return '>'
}

// dotMark reads a point at token i, plain or disguised; to is the token after it.
func (x *lexed) dotMark(i int, disguised bool) (to int, hidden bool) {
	if i >= len(x.toks) {
		return -1, false
	}
	t := &x.toks[i]
	switch {
	case t.kind == kSign && t.sign() == '.' && t.gap == gapNone && x.glued(i+1):
		return i + 1, false
	case t.kind == kSign && t.sign() == '.' && t.gap == gapBlank && i+1 < len(x.toks) && x.toks[i+1].gap == gapBlank:
		return i + 1, true
	case t.kind == kSign && strings.ContainsRune("([{<", t.sign()):
		j, fill := x.filled(i + 1)
		if x.is(j, '.') || j < len(x.toks) && x.has(j, mDot) {
			if j++; fill > 0 && x.is(j, fill) {
				j++
			}
			if x.is(j, closing(t.sign())) {
				return j + 1, true
			}
		}
	case t.kind == kSign && (t.sign() == '_' || t.sign() == '-') && x.has(i+1, mDot) && x.glued(i+1) && x.is(i+2, t.sign()) && disguised:
		return i + 3, true
	case t.kind == kWord && t.gap == gapBlank && t.means.has(mDot) && i+1 < len(x.toks) && x.toks[i+1].gap == gapBlank && disguised:
		return i + 1, true
	}
	return -1, false
}

// domainPart reads forwards. dots counts the disguised points, which make a
// spelled-out "at" credible.
func (x *lexed) domainPart(i int, disguised, word bool) (domain string, end, dots int) {
	var labels []string
	for len(labels) < 10 && i < len(x.toks) {
		t := &x.toks[i]
		if t.kind == kSign || t.gap == gapParagraph || t.gap == gapLine && len(labels) > 0 && dots == 0 {
			break
		}
		if t.gap != gapNone && len(labels) == 0 && !disguised && t.gap == gapBlank && !x.has(i, mNothing) && t.upper > 0 {
			return "", i, 0 // "@ Berlin"
		}
		j := i + 1
		for j < len(x.toks) && x.glued(j) {
			if x.toks[j].kind != kSign {
				j++
				continue
			}
			if x.toks[j].sign() == '-' && j+1 < len(x.toks) && x.glued(j+1) && (x.toks[j+1].kind != kSign || x.is(j+1, '-')) && !(disguised && x.has(j+1, mDot) && x.is(j+2, '-')) {
				j++
				continue
			}
			break
		}
		label := x.plain(i, j)
		if len(label) > 63 {
			break
		}
		// "it [.] This": a point with blanks before a capitalized word ends a sentence.
		if len(labels) > 0 && t.gap != gapNone && label[0] >= 'A' && label[0] <= 'Z' && strings.ToLower(labels[len(labels)-1]) == labels[len(labels)-1] {
			break
		}
		labels = append(labels, label)
		end = j
		to, hidden := x.dotMark(j, disguised)
		if to < 0 {
			// "<info (a) circl lu>": points left out, inside angle brackets.
			if disguised && !word && j < len(x.toks) && x.toks[j].kind == kWord && x.toks[j].gap == gapBlank && x.toks[j].upper == 0 && x.angleCloses(j) {
				i = j
				dots++
				continue
			}
			break
		}
		if hidden {
			dots++
		}
		i = to
	}
	if len(labels) < 2 || !tldLike(labels[len(labels)-1]) {
		return "", end, 0
	}
	return strings.Join(labels, "."), end, dots
}

func (x *lexed) angleCloses(j int) bool {
	for k := j; k < len(x.toks) && k < j+4; k++ {
		if x.is(k, '>') {
			return true
		}
		if x.toks[k].kind != kWord {
			return false
		}
	}
	return false
}

// localPart reads backwards from the mark at token i.
func (x *lexed) localPart(i, floor int, disguised bool) (string, int) {
	j := i
	if j == 0 || x.toks[i].gap >= gapLine {
		return "", i
	}
	var parts []string
	for j > floor && i-j < 40 {
		t := &x.toks[j-1]
		// A blank may stand only before the mark itself.
		if j < i && x.toks[j].gap != gapNone {
			if len(parts) > 0 && parts[0] == "." {
				break
			}
			break
		}
		if t.kind == kSign {
			if strings.ContainsRune("._%+-&", t.sign()) && j < i && t.end-t.start == 1 {
				parts = append([]string{string(t.sign())}, parts...)
				j--
				continue
			}
			if t.sign() == ')' || t.sign() == ']' { // a disguised point
				if k := j - 3; k > floor && (x.is(k, '(') || x.is(k, '[')) && (x.is(k+1, '.') || x.has(k+1, mDot)) && j < i+1 {
					parts = append([]string{"."}, parts...)
					j = k
					continue
				}
			}
			break
		}
		s := x.plain(j-1, j)
		for k := 0; k < len(s); k++ {
			if s[k] >= 0x80 {
				return "", i // a letter that no address has
			}
		}
		parts = append([]string{s}, parts...)
		j--
	}
	local := strings.TrimLeft(strings.Join(parts, ""), ".-+%&_")
	for j < i && x.toks[j].kind == kSign {
		j++
	}
	if len(local) > 64 || local == "" || strings.Contains(local, "..") {
		return "", i
	}
	return local, j
}

// braces reads "{abuse,cert}@example.org".
func (x *lexed) braces(closeAt, floor int, domain string, end int) []foundEmail {
	open := closeAt - 1
	for open >= floor && closeAt-open < 40 && !x.is(open, '{') {
		open--
	}
	if open < floor || !x.is(open, '{') {
		return nil
	}
	var out []foundEmail
	from := open + 1
	for k := open + 1; k <= closeAt; k++ {
		if k < closeAt && !x.is(k, ',') && !x.is(k, '|') && !x.is(k, ';') {
			continue
		}
		if local := x.plain(from, k); local != "" && len(local) <= 64 && !strings.ContainsAny(local, " \n\t") {
			f := foundEmail{from: open, to: end, local: local, domain: domain, address: strings.ToLower(local + "@" + domain)}
			f.start, f.end = int(x.toks[open].start), int(x.toks[end-1].end)
			out = append(out, f)
		}
		from = k + 1
	}
	return out
}

// findEmails of a text that is not a section's.
func findEmails(text string) []foundEmail { return lex(text, words()).findEmails() }

// emailsOf lists the addresses of a section with their roles, each once, and their
// places.
func (x *lexed) emailsOf() (out []Email, at []foundEmail) {
	found := x.findEmails()
	if len(found) == 0 {
		return nil, nil
	}
	var index map[string]int // where there are many
	if len(found) > 8 {
		index = make(map[string]int, len(found))
	}
	out, at = make([]Email, 0, len(found)), make([]foundEmail, 0, len(found))
	have := func(address string) (int, bool) {
		if index != nil {
			k, ok := index[address]
			return k, ok
		}
		k := slices.IndexFunc(out, func(e Email) bool { return e.Address == address })
		return k, k >= 0
	}
	for i, f := range found {
		if x.overAfter(f.to) || x.oldBefore(f.from) || x.notThis(f.from) {
			continue // "the address cert@old.example is no longer read"
		}
		prev, next := 0, len(x.toks)
		if i > 0 {
			prev = found[i-1].to
		}
		if i+1 < len(found) {
			next = found[i+1].from
		}
		role := x.emailRole(prev, f.from, f.to, next)
		if k, ok := have(f.address); ok {
			if out[k].Role == "" {
				out[k].Role = role
			}
			continue
		}
		e := Email{Address: f.address, Role: role}
		if raw := x.s[f.start:f.end]; !strings.EqualFold(raw, f.address) {
			e.Raw = squeeze(raw)
		}
		if index != nil {
			index[f.address] = len(out)
		}
		out, at = append(out, e), append(at, f)
	}
	return out, at
}

// emailRole reads the clause that the address stands in: what lies between the
// address before, or the sentence's start, and it; else what follows.
func (x *lexed) emailRole(prev, from, to, next int) string {
	const far = 60
	start := from
	for start > prev && from-start < far && !x.sentenceBreak(start) {
		start--
	}
	if r := roleOf(x.outsideParens(start, from)); r != "" {
		return r
	}
	end := to
	for end < next && end-to < far/2 && x.toks[end].gap < gapLine && !(x.is(end, '.') && end+1 < len(x.toks) && x.toks[end+1].gap != gapNone) {
		end++
	}
	return roleOf(x.meaningsOf(to, end))
}

// sentenceBreak reports whether token i begins a sentence or a paragraph.
func (x *lexed) sentenceBreak(i int) bool {
	t := &x.toks[i]
	if t.gap == gapParagraph || i == 0 {
		return true
	}
	if x.is(i-1, '.') || x.is(i-1, '!') || x.is(i-1, ';') {
		return t.gap != gapNone && !(t.kind == kWord && t.upper == 0)
	}
	return false
}

func (x *lexed) outsideParens(i, j int) (m meanings) {
	for ; i < j; i++ {
		if x.is(i, '(') {
			k := i
			for k < j && k < i+30 && !x.is(k, ')') {
				k++
			}
			if k < j && x.is(k, ')') {
				i = k
				continue
			}
		}
		m.join(x.toks[i].means)
	}
	return m
}

func roleOf(m meanings) string {
	switch {
	case m.has(mNonIncident):
		return "other"
	case m.has(mIncident):
		return "incident"
	case m.has(mGeneral):
		return "other"
	}
	return ""
}
