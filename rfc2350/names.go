package rfc2350

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameLine is one line of the section for the name, without bullet and label.
type nameLine struct {
	label meanings
	text  string
	alone bool // the label stands alone; its value is on the next line
}

// emphasis marks of Markdown are no part of a name.
var emphasis = strings.NewReplacer("**", "", "__", "", "`", "")

// deriveName reads the name, and the short one if the document tells which it is.
func (r *reader) deriveName() {
	if len(r.secs) == 0 {
		return
	}
	d := r.d
	var p part
	for _, q := range r.parts(SecName) {
		if strings.TrimSpace(q.x.s) != "" && !q.x.statesAbsence() {
			p = q
			break
		}
	}
	if p.x == nil {
		return
	}
	body, _, _ := strings.Cut(strings.TrimSpace(p.x.s), "\n\n\n")
	var full, short, first string
	labelled := false
	if strings.ContainsAny(body, "*_`") {
		body = emphasis.Replace(body)
	}
	lines := strings.Split(body, "\n")
	var pending meanings
	for i := 0; i < len(lines) && i < 40; i++ {
		if i > 0 && lines[i] == "" && first != "" && !labelled && i > 3 {
			break
		}
		list := splitLabels(lines[i])
		for _, l := range list {
			if l.text == "" {
				if l.alone {
					pending = l.label
				}
				continue
			}
			if l.label == (meanings{}) {
				l.label, pending = pending, meanings{}
			}
			switch {
			case l.label.has(mShortName):
				if short == "" {
					short, labelled = l.text, true
				}
			case l.label.any(mFullName, mInLanguage, mName):
				if full == "" {
					full, labelled = goesOnBelow(l.text, lines[i:]), true
				}
			case first == "" && full == "" && short == "":
				if first = nameLines(lines, i); len(list) > 1 {
					first = l.text // the line has labels too
				}
			}
		}
	}
	if full == "" {
		full = first
	}
	if full == "" && short != "" {
		full = short
	}
	full = squeeze(full)
	if s, ok := quotedName(full); ok && !strings.HasPrefix(full, `"`) && strings.HasPrefix(s, " ") {
		full = strings.TrimSpace(s)
	}
	if short == "" {
		short = shortName(full)
	} else {
		short, _, _ = strings.Cut(short, ",")
		short, _, _ = strings.Cut(short, ";")
	}
	d.Team.ShortName = strings.Trim(clip(squeeze(short), 60), " .*_\"“”„«»‹›'‘’:-–\u00a0")
	if q, before, ok := calledName(full); ok && before {
		full = q
	} else if !labelled {
		full = saidName(full)
	}
	full = strings.Trim(firstSentence(full), " *_.,;:-–")
	full = unquoted(full)
	d.Team.Name = clip(full, 250)
	if at := strings.Index(p.x.s, d.Team.Name); d.Team.Name != "" && at >= 0 {
		r.mark("team.name", d.Team.Name, p, at, at+len(d.Team.Name), Likely)
	}
	if at := strings.Index(p.x.s, d.Team.ShortName); d.Team.ShortName != "" && at >= 0 {
		r.mark("team.short_name", d.Team.ShortName, p, at, at+len(d.Team.ShortName), Likely)
	}
}

// trimBullet takes the mark of a list off a line.
func trimBullet(l string) string {
	l = strings.TrimSpace(l)
	for {
		t := strings.TrimLeft(l, "•·▪●*◦‣○■□▸►➢➤→ \t")
		for _, dash := range []string{"- ", "– ", "— "} {
			t = strings.TrimPrefix(t, dash)
		}
		if t == l {
			return l
		}
		l = t
	}
}

// splitLabels takes the bullet off a line and splits it at labels of names: "Full
// name: X; short name: Y".
func splitLabels(l string) []nameLine {
	l = trimBullet(l)
	x := lexLine(l)
	defer x.done()
	var out []nameLine
	cur := nameLine{}
	from := 0
	for i := 0; i < len(x.toks); i++ {
		t := &x.toks[i]
		if t.kind != kWord || i > 0 && !x.labelMayBegin(i) {
			continue
		}
		m, to := x.labelAt(i, i == 0)
		if to < 0 {
			continue
		}
		if text := cutTail(l[from:t.start]); text != "" || cur.label != (meanings{}) {
			cur.text = text
			out = append(out, cur)
		}
		cur = nameLine{label: m}
		from = int(x.toks[to-1].end)
		if to < len(x.toks) {
			from = int(x.toks[to].start)
		}
		cur.alone = to >= len(x.toks)
		i = to - 1
	}
	cur.text = cutTail(l[min(from, len(l)):])
	return append(out, cur)
}

func cutTail(s string) string {
	s = strings.Trim(s, " \t;,(–-")
	if strings.HasSuffix(s, ")") && !strings.Contains(s, "(") {
		s = strings.TrimRight(s, ")")
	}
	return s
}

// labelMayBegin: a label inside a line stands after a separator.
func (x *lexed) labelMayBegin(i int) bool {
	return x.is(i-1, ';') || x.is(i-1, ',') || x.is(i-1, '(') || x.is(i-1, '.') || x.is(i-1, '|') || x.is(i-1, '-') && x.toks[i].gap == gapBlank || x.is(i-1, '/')
}

// labelAt reads a label with its colon; to is the token of the value.
func (x *lexed) labelAt(i int, first bool) (m meanings, to int) {
	t := &x.toks[i]
	var k meanings
	j := i + 1
	if first && t.means.any(mLabelWord, mInLanguage) && !t.means.any(mFullName, mShortName, mName) && i+1 < len(x.toks) && x.toks[i+1].kind == kWord && x.toks[i+1].gap == gapBlank {
		if m, to := x.labelAt(i+1, i < 2); to > 0 { // "Official English name:"
			return m, to
		}
	}
	switch {
	case t.phrase() != nil && t.phrase().means.any(mFullName, mShortName, mName, mInLanguage):
		k, j = t.phrase().means, i+x.width(i)
	case t.word() != nil && t.word().means.any(mFullName, mShortName, mName, mInLanguage):
		k = t.word().means
	default:
		return m, -1
	}
	// "Short name of the team (EN):", "Name (in English):", "Name des Teams ist"
	words := 0
	for n := 0; n < 9 && j < len(x.toks) && !x.is(j, ':') && !x.is(j, '=') && !(first && x.apart(j)); n++ {
		t := &x.toks[j]
		if t.kind == kNumber || t.kind == kSign && t.sign() != '(' && t.sign() != ')' && t.sign() != '-' && t.sign() != '/' {
			break
		}
		if t.kind == kWord {
			words++
			if t.means.any(mShortName, mInLanguage) {
				k.join(t.means)
			}
			if k.has(mShortName) && x.tells(j, bLabelIs) && n == 0 { // "abbreviated as X"
				return k, j + 1
			}
		}
		if words > 4 {
			break
		}
		j++
	}
	column := first && x.apart(j)
	if !column && !x.is(j, ':') && !x.is(j, '=') {
		if k.has(mShortName) && !first && !x.tells(i+1, bFor) && (t.phrase() != nil && t.phrase().means.has(mShortName) || t.means.has(mShortName)) && i+1 < len(x.toks) && x.toks[i+x.phraseWidth(i, mShortName)-1].gap < gapLine {
			return k, i + x.phraseWidth(i, mShortName) // "…, abbreviated X"
		}
		return m, -1
	}
	if !column {
		j++
	}
	if k.has(mShortName) {
		m.add(mShortName)
		return m, j
	}
	for _, w := range []meaning{mFullName, mInLanguage, mName} {
		if k.has(w) {
			m.add(w)
		}
	}
	return m, j
}

// nameLines joins the first lines of a name: a line that was wrapped, and the long
// form under a short one. What follows may be the address.
func nameLines(lines []string, from int) string {
	strip := func(s string) string {
		return squeeze(trimBullet(s))
	}
	name := strip(lines[from])
	for i, last := from+1, name; i < len(lines) && i < from+6 && lines[i] != ""; i++ {
		next := strip(lines[i])
		if l := splitLabels(lines[i]); len(l) > 0 && l[0].label != (meanings{}) {
			break
		}
		r, _ := utf8.DecodeRuneInString(next)
		wrapped := len(last) >= 45 || unicode.IsLower(r)
		if !wrapped && !(i == from+1 && len(name) <= 30 && len(strings.Fields(name)) <= 3 && lex(next, words()).teamLike()) {
			break
		}
		name, last = name+" "+next, next
	}
	return name
}

func (x *lexed) teamLike() bool { return x.meaningsOf(0, len(x.toks)).has(mTeam) }

// quotes gives the first quoted text and what stands before it.
func quotes(s string) (text, before string, end int, ok bool) {
	from := strings.IndexAny(s, `"“„«`)
	if from < 0 {
		return "", "", 0, false
	}
	_, n := utf8.DecodeRuneInString(s[from:])
	to := strings.IndexAny(s[from+n:], `"”“»`)
	if to < 2 || to > 80 {
		return "", "", 0, false
	}
	_, m := utf8.DecodeRuneInString(s[from+n+to:])
	return s[from+n : from+n+to], s[:from], from + n + to + m, true
}

func quotedName(s string) (string, bool) {
	q, before, _, ok := quotes(s)
	return q, ok && before == ""
}

// unquoted takes off the quotes that stand around all of a text.
func unquoted(s string) string {
	for _, q := range [][2]string{{`"`, `"`}, {"'", "'"}, {"‘", "’"}, {"“", "”"}, {"„", "“"}, {"„", "”"}, {"«", "»"}, {"»", "«"}, {"‹", "›"}} {
		in, ok := strings.CutPrefix(s, q[0])
		if in, end := strings.CutSuffix(in, q[1]); ok && end && in != "" && !strings.Contains(in, q[0]) && !strings.Contains(in, q[1]) {
			return strings.TrimSpace(in)
		}
	}
	return s
}

// calledName: `The team is called "X".`
func calledName(s string) (name string, before, ok bool) {
	q, head, _, ok := quotes(s)
	if !ok {
		return "", false, false
	}
	x := lexLine(head)
	defer x.done()
	n := len(x.toks)
	if n == 0 {
		return "", false, false
	}
	return q, x.has(n-1, mCalled) || x.tells(n-1, bIs), true
}

// saidName takes the name out of a sentence: "The name of the team is EX-CERT."
func saidName(s string) string {
	x := lexLine(clip(s, 300))
	defer x.done()
	for i := 1; i < len(x.toks) && i < 9; i++ {
		t := &x.toks[i]
		if x.is(i, '\'') && x.glued(i) { // "s'appelle"
			continue
		}
		if t.kind != kWord || i > 1 && t.upper > 0 && !t.means.any(mName, mTeam, mFullName) {
			return s
		}
		if !t.means.has(mCallsName) {
			continue
		}
		m := x.meaningsOf(0, i)
		called := t.end-t.start > 4 || t.span > 1 || m.has(mCalled)
		if !m.any(mName, mFullName) && !(called && m.any(mTeam, mWe)) {
			return s
		}
		to := i + x.phraseWidth(i, mCallsName)
		for to < len(x.toks) && x.toks[to].kind == kWord && x.toks[to].upper == 0 && x.toks[to].means.any(mCallsName, mCalled, mOf) {
			to++
		}
		if to < len(x.toks) && to-i < 9 && (x.toks[to].upper > 0 || x.toks[to].kind != kWord) {
			return s[x.toks[to].start:]
		}
		return s
	}
	return s
}

// shortName finds the abbreviation in `"X": the …`, `X - the …` and `The … (X)`.
func shortName(name string) string {
	if q, before, end, ok := quotes(name); ok && strings.TrimSpace(before) == "" && end < len(name) {
		return q
	}
	if i := strings.IndexAny(name, ":–—-"); i > 1 && i <= 48 {
		head, rest := name[:i], name[i:]
		sep := rest[0] == ':' || i > 0 && name[i-1] == ' ' && len(rest) > 1
		for j := i; !sep && j >= 0; { // "EX-CERT - the …": the hyphen inside is no separator
			k := strings.Index(name[j+1:], " - ")
			if k2 := strings.Index(name[j+1:], " – "); k < 0 || k2 >= 0 && k2 < k {
				k = k2
			}
			if c := strings.IndexByte(name[j+1:], ':'); k < 0 || c >= 0 && c < k {
				k = c
			}
			if k < 0 {
				break
			}
			head, rest = name[:j+1+k], name[j+1+k:]
			sep = true
		}
		head = strings.TrimSpace(head)
		if sep && abbreviation(head) && len(strings.TrimLeft(rest, ":–—- ")) > 0 {
			return head
		}
	}
	if s := shortBeside(name); s != "" {
		return s
	}
	from := 0
	for n := 0; n < 5; n++ {
		i := strings.IndexAny(name[from:], "([")
		if i < 0 {
			return ""
		}
		from += i + 1
		j := strings.IndexAny(name[from:], ")]")
		if j < 0 {
			return ""
		}
		in := strings.TrimSpace(name[from : from+j])
		if q, before, _, ok := quotes(in); ok && len(strings.Fields(before)) <= 3 { // (hereafter "EX-CERT")
			in = q
		}
		if len(in) >= 2 && len(in) < 31 && strings.ContainsAny(in, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && plainName(in) && !remark(in) && !properName(in) {
			return in
		}
	}
	return ""
}

// shortBeside: "EX-CERT (Example Computer Emergency Response Team)", "Example Computer
// Emergency Response Team – EX-CERT", "EX-CERT, Example Computer Emergency Response Team",
// "…, EX-CERT for short".
func shortBeside(name string) string {
	long := func(s string) bool {
		return len(strings.Fields(s)) >= 3 && !remark(strings.Join(strings.Fields(s)[:2], " ")) && lex(s, words()).teamLike()
	}
	if head, rest, ok := strings.Cut(name, " ("); ok && capitals(head) {
		if in, _, ok := strings.Cut(rest, ")"); ok && long(in) && strings.ToLower(in[:1]) != in[:1] {
			return head
		}
	}
	if head, rest, ok := strings.Cut(name, ", "); ok && capitals(head) && (long(rest) || strings.HasPrefix(rest, "short for ")) {
		return head
	}
	if rest, ok := strings.CutSuffix(name, " for short"); ok {
		if i := strings.LastIndexByte(rest, ','); i > 0 && abbreviation(strings.TrimSpace(rest[i+1:])) {
			return strings.TrimSpace(rest[i+1:])
		}
	}
	for _, dash := range []string{" – ", " - ", " — "} {
		if i := strings.LastIndex(name, dash); i > 0 {
			if tail := name[i+len(dash):]; capitals(tail) && long(name[:i]) {
				return tail
			}
		}
	}
	return ""
}

// capitals: one word with two capitals or more, as short names have.
func capitals(s string) bool {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			n++
		}
	}
	return n >= 2 && len(s) <= 31 && plainName(s) && !strings.Contains(s, " ")
}

// abbreviation: one or two words that begin with capitals, not an article.
func abbreviation(s string) bool {
	f := strings.Fields(s)
	if len(f) == 0 || len(f) > 2 || len(s) < 2 || len(s) > 31 || !plainName(s) {
		return false
	}
	for _, w := range f {
		if w[0] < 'A' || w[0] > 'Z' {
			return false
		}
	}
	l := splitLabels(s + ": x")
	return f[0] != "The" && (len(l) == 0 || l[0].label == (meanings{}))
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("@.-_|/ ", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// remark: "(formerly Old-CERT)", "(part of X)" and sentences are no short names.
func remark(s string) bool {
	x := lexLine(s)
	defer x.done()
	if len(x.toks) == 0 || x.has(0, mFormer) && x.toks[0].upper < 2 {
		return true
	}
	wordsSeen := 0
	for i := range x.toks {
		if x.toks[i].kind == kWord {
			wordsSeen++
			if x.toks[i].upper == 0 && x.toks[i].gap == gapBlank {
				return true
			}
		}
	}
	if x.meaningsOf(0, len(x.toks)).any(mCountry) && wordsSeen <= 2 && x.toks[0].upper < 2 {
		return true
	}
	return wordsSeen > 4
}

// properName: one word or more with one capital each, such as a town or an owner, is
// no short name unless it speaks of a team.
func properName(s string) bool {
	for _, w := range strings.Fields(s) {
		if strings.IndexFunc(w[1:], func(r rune) bool { return !unicode.IsLower(r) }) >= 0 || len(w) <= 2 {
			return false
		}
	}
	return !lex(s, words()).teamLike()
}

// firstSentence ends at a full stop before a capital, if what stands before is more
// than an abbreviation such as "PT." or "e.V.".
func firstSentence(s string) string {
	for i := 8; i+2 < len(s); i++ {
		if s[i] == '.' && s[i+1] == ' ' && s[i+2] >= 'A' && s[i+2] <= 'Z' {
			j := strings.LastIndexAny(s[:i], " .")
			if i-j > 4 {
				return s[:i]
			}
		}
	}
	return s
}
