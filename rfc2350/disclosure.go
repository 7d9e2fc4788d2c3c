package rfc2350

import "strings"

// Disclosure is how long the team usually keeps a vulnerability confidential. Days
// is the usual time and MaxDays the longest that the document states; 0 means not
// stated. Raw is the sentence. A host makes an embargo policy of the two numbers.
type Disclosure struct {
	Days    int    `json:"days,omitempty"`     // the usual time
	MaxDays int    `json:"max_days,omitempty"` // the longest
	Raw     string `json:"raw,omitempty"`      // as printed
}

// IsZero reports whether no window was found.
func (d Disclosure) IsZero() bool { return d == Disclosure{} }

// FindDisclosure reads the disclosure window of a policy text. A time to answer
// ("within two business days") is none. ambiguous reports that the text states
// times that contradict each other, or an extension that is no number of its own.
func FindDisclosure(text string) (d Disclosure, ambiguous bool) {
	f := lex(clip(text, valueBytes), words()).findDisclosure()
	return f.Disclosure, f.ambiguous
}

type foundWindow struct {
	Disclosure
	ambiguous  bool
	start, end int
}

// act is what a sentence says happens after a span of time.
type act uint8

const (
	actNone act = iota
	actDisclose
	actAnswer
	actFix
	actOther // retention, statistics, this document
)

// timeSpan is a number of days in a text.
type timeSpan struct {
	from, to int
	days     int
	upper    int // of "45 to 90 days"
	workdays bool
}

func (x *lexed) findDisclosure() (f foundWindow) {
	if !x.means.has(mUnit) {
		return f
	}
	sents := x.sentences()
	for i, s := range sents {
		spans := x.timeSpans(s)
		if len(spans) == 0 {
			continue
		}
		// "The vendor has 90 days; then the vulnerability is disclosed."
		if a := x.actOf(s, -1); i+1 < len(sents) && x.is(s.to-1, ';') && (a == actNone || a == actFix && x.tells(s.to, bThen)) && x.meaningsOf(s.from, s.to).has(mVuln) && len(x.timeSpans(sents[i+1])) == 0 {
			s.to = sents[i+1].to
		}
		follows := f.Days != 0 && x.toks[s.from].gap < gapParagraph && x.goesOn(s)
		parts := x.clauses(s)
		acts := make([]act, len(parts))
		for i, p := range parts {
			acts[i] = x.actOf(p, -1)
		}
		taken := false
		for _, sp := range spans {
			k := 0
			for k+1 < len(parts) && parts[k].to <= sp.from {
				k++
			}
			if x.onlyCondition(parts, acts, k, spans) {
				continue
			}
			longer := taken && x.meaningsOf(parts[k].from, sp.from).has(mExtend)
			if longer || x.judgeSpan(parts, acts, k, sp, follows) {
				taken = true
				x.take(&f, s, parts[k], sp)
			}
		}
	}
	if f.MaxDays != 0 && f.MaxDays < f.Days { // contradictory: state neither as the longest
		f.MaxDays, f.ambiguous = 0, true
	}
	return f
}

// onlyCondition: of "if nobody reacts within 15 days, we publish after 45 days" the
// first is no window, because the clause that it conditions has a time of its own.
func (x *lexed) onlyCondition(parts []sentence, acts []act, k int, spans []timeSpan) bool {
	if first := x.firstWord(parts[k]); first < 0 || !x.has(first, mIf) || acts[k] == actDisclose {
		return false
	}
	for i, p := range parts {
		if i == k || acts[i] != actDisclose {
			continue
		}
		for _, sp := range spans {
			if p.from <= sp.from && sp.from < p.to {
				return true
			}
		}
	}
	return false
}

// take records a span as the usual or the longest time.
func (x *lexed) take(f *foundWindow, s, p sentence, sp timeSpan) {
	before := x.meaningsOf(max(p.from, sp.from-1), sp.from)
	for i := max(p.from, sp.from-6); i < sp.from-1; i++ {
		if fold(x.text(i, i+1)) != "do" { // "do 90 dnů", but not "we do not"
			before.join(x.meaningsOf(i, i+1))
		}
	}
	tail := sp.to
	for tail < min(p.to, sp.to+3) && x.num(tail+1) < 0 && !(x.is(tail+1, '.') && x.num(tail+2) >= 0) { // "60 days (max. 120 days)"
		tail++
	}
	after := x.meaningsOf(sp.to, tail)
	for i := tail; i < min(p.to, sp.to+9) && x.toks[i].kind == kWord && !x.has(i, mNumber); i++ {
		if t := &x.toks[i]; t.phrase().has(mMostAfter) && t.span > 2 { // "90 days after the report at the latest"
			after.add(mMostAfter)
		}
	}
	for i := p.from - 1; i > s.from && i > p.from-6; i-- { // "…, at the latest, after 120 days"
		if x.is(i, ',') {
			before.join(x.meaningsOf(i, p.from))
			break
		}
	}
	set := func(v *int, n int) bool {
		if *v != 0 && *v != n {
			f.ambiguous = true
			return false
		}
		*v = n
		return true
	}
	ok := false
	extending := x.meaningsOf(p.from, sp.from).has(mExtend) || x.meaningsOf(sp.to, p.to).has(mExtend) && f.Days != 0
	switch {
	case x.meaningsOf(max(p.from, sp.from-2), sp.from).has(mFurther) && extending:
		f.ambiguous = true
		return
	case extending, before.has(mMost) && !before.has(mLeast), after.has(mMostAfter):
		ok = set(&f.MaxDays, sp.days)
	default:
		ok = set(&f.Days, sp.days)
		if sp.upper > 0 {
			set(&f.MaxDays, sp.upper)
		}
	}
	if ok && f.Raw == "" {
		f.Raw = squeeze(clip(x.text(s.from, s.to), 500))
		f.start, f.end = int(x.toks[s.from].start), int(x.toks[s.to-1].end)
	}
}

// judgeSpan reports whether a span belongs to disclosure.
func (x *lexed) judgeSpan(parts []sentence, acts []act, k int, sp timeSpan, follows bool) bool {
	if sp.workdays || x.meaningsOf(max(parts[k].from, sp.from-2), sp.from).has(mEvery) || x.meaningsOf(sp.to, min(parts[k].to, sp.to+1)).has(mWorkday) {
		return false
	}
	if x.meaningsOf(max(parts[k].from, sp.from-4), sp.from).has(mGrace) {
		return false // what may be added to the window
	}
	if x.has(sp.to, mDisclose) && x.toks[sp.to].gap == gapBlank && !x.meaningsOf(parts[k].from, sp.from).any(mNot, mRetain, mOtherObject) && !x.has(sp.to, mPublish) {
		return true // "the 90-day disclosure period"
	}
	if x.has(sp.to, mBefore) && x.meaningsOf(parts[k].from, sp.from).has(mExchange) {
		return false // members hear of it 14 days before it is published
	}
	a := x.actOf(parts[k], sp.from)
	if a == actNone && k > 0 && x.meaningsOf(parts[k].from, sp.from).has(mKeep) && x.has(sp.from-1, mDuring) {
		return false // "… and kept for 14 days"
	}
	if a == actNone { // the clause before rules, else the one after
		for i := k - 1; i >= 0 && a == actNone; i-- {
			a = acts[i]
		}
		for i := k + 1; i < len(parts) && a == actNone; i++ {
			if x.tells(x.firstWord(parts[i]), bAfterThat) {
				continue // "90 days, after we have informed the vendor, …": a mark in time
			}
			if a = acts[i]; a == actDisclose && x.denies(parts[i]) && !x.has(parts[i].from, mBut) {
				return false // "logs are kept for 180 days and not disclosed"
			}
		}
	}
	if a == actFix && x.thenDisclosed(parts, k, sp) || (a == actAnswer || a == actFix) && x.elseDisclosed(parts, acts, k) {
		a = actDisclose
	}
	if a != actDisclose && !(a == actNone && follows) {
		return false
	}
	// An exceptional case is not the usual one.
	return (!x.exceptional(parts[k], sp) && !x.onlyIf(parts, k) || x.meaningsOf(parts[k].from, sp.from).has(mExtend)) && !(a == actDisclose && x.ofSomethingElse(parts, k, sp))
}

// ofSomethingElse reports whether a sentence publishes what is no vulnerability: "Our
// summer school was published for 30 days". Words such as "disclose" and "embargo"
// speak of vulnerabilities by themselves; "publish" does only where nothing else
// is named as what is published.
func (x *lexed) ofSomethingElse(parts []sentence, k int, sp timeSpan) bool {
	verb := -1
	for ; k >= 0 && verb < 0; k-- { // the clause of the span, or the one that rules it
		for i := parts[k].from; i < parts[k].to; i++ {
			if m := x.toks[i].means; x.toks[i].kind == kWord && m.has(mDisclose) {
				if !m.has(mPublish) {
					return false
				}
				if verb < 0 {
					verb = i
				}
			}
		}
		if verb >= 0 {
			break
		}
	}
	if verb < 0 {
		return false
	}
	p, all := parts[k], sentence{from: parts[0].from, to: parts[len(parts)-1].to}
	in := x.meaningsOf(p.from, p.to)
	if in.has(mVuln) {
		return false
	}
	if in.has(mOur) || x.has(sp.from-1, mDuring) && !in.has(mNot) && !in.has(mPublication) {
		return true
	}
	if x.meaningsOf(all.from, all.to).any(mVuln, mFix, mPublication) {
		return false
	}
	// "The podcast is published", "We publish the podcast"
	return x.nounUnknown(p.from, verb) && !x.meaningsOf(p.from, verb).has(mWe) || x.nounUnknown(verb+1, min(p.to, sp.from))
}

// nounUnknown reports whether the first word from token i on, but for articles and
// the like, is one that the vocabulary does not know.
func (x *lexed) nounUnknown(i, to int) bool {
	article := false
	for ; i < to; i++ {
		t := &x.toks[i]
		switch {
		case t.kind != kWord:
			return false
		case t.word() == nil:
			return t.upper > 0 || article
		}
		article = true
	}
	return false
}

// thenDisclosed: "the vendor has 90 days to fix it before we publish".
func (x *lexed) thenDisclosed(parts []sentence, k int, sp timeSpan) bool {
	if x.meaningsOf(parts[k].from, sp.from).has(mFix) {
		return false
	}
	for i := sp.to; i < parts[len(parts)-1].to; i++ {
		if x.toks[i].kind == kWord && x.has(i, mDisclose) {
			switch prev := x.meaningsOf(sp.to, i); {
			case prev.has(mFix):
				return true
			}
			return false
		}
	}
	return false
}

// elseDisclosed: "if the vendor does not answer within 45 days, we publish": what
// follows from silence, before or after it, is the disclosure.
func (x *lexed) elseDisclosed(parts []sentence, acts []act, k int) bool {
	p := parts[k]
	cond := -1
	for i := p.from; i < p.to && cond < 0; i++ {
		if x.toks[i].kind == kWord && x.has(i, mIf) {
			cond = i
		}
	}
	if first := x.firstWord(p); cond < 0 && first >= 0 && x.toks[first].means.any(mAnswer, mFix) && x.toks[first].upper > 0 {
		cond = first // "Antwortet der Hersteller nicht …, veröffentlichen wir"
	}
	if first := x.firstWord(p); cond < 0 && first >= 0 && x.has(first, mNot) && first+1 < p.to && x.has(first+1, mAnswer) {
		cond = first // "Without an answer within 45 days, we publish"
	}
	if cond < 0 || !x.meaningsOf(cond, p.to).has(mNot) {
		return false
	}
	if m := x.meaningsOf(p.from, cond); m.has(mDisclose) && !m.has(mNot) && m.has(mVuln) {
		return true
	}
	return x.firstWord(p) == cond && k+1 < len(parts) && acts[k+1] == actDisclose && !x.denies(parts[k+1])
}

// goesOn: "This may be extended to 120 days." after the window goes on about it.
func (x *lexed) goesOn(s sentence) bool {
	return x.meaningsOf(s.from, s.to).any(mExtend, mMost)
}

func (x *lexed) exceptional(p sentence, sp timeSpan) bool {
	for i := p.from; i < p.to; i++ {
		if x.has(i, mException) && !(i > 0 && x.has(i-1, mNot)) {
			return true
		}
	}
	return false
}

// onlyIf: "If it is exploited, we publish after 7 days" states the exception only.
func (x *lexed) onlyIf(parts []sentence, k int) bool {
	for ; k >= 0; k-- {
		p := parts[k]
		m := x.meaningsOf(p.from, p.to)
		if m.has(mElse) {
			return false
		}
		if first := x.firstWord(p); m.has(mException) && first >= 0 && x.has(first, mIf) && !x.denies(p) {
			return true
		}
	}
	return false
}

func (x *lexed) firstWord(p sentence) int {
	for i := p.from; i < p.to; i++ {
		if x.toks[i].kind == kWord && !x.has(i, mAnd) && !x.has(i, mBut) {
			return i
		}
	}
	return -1
}

func (x *lexed) denies(p sentence) bool { return x.meaningsOf(p.from, p.to).has(mNot) }

// clauses splits a sentence at commas, colons and words such as "and" and "but".
func (x *lexed) clauses(s sentence) []sentence {
	var out []sentence
	from := s.from
	for i := s.from; i < s.to; i++ {
		t := &x.toks[i]
		cut := t.kind == kSign && (t.sign() == ',' || t.sign() == ':' || t.sign() == ';') && i > from || t.kind == kWord && t.upper == 0 && (t.means.has(mAnd) && !x.inNumberWords(i) && x.joins(i) || t.means.has(mBut) && t.end-t.start > 1 && !x.has(i-1, mMost)) && i > from
		if cut {
			out = append(out, sentence{from: from, to: i})
			from = i
		}
	}
	return append(out, sentence{from: from, to: s.to})
}

// joins: "a" is "and" in Czech and Slovak only, and "e" is a part of "e-mail".
func (x *lexed) joins(i int) bool {
	if x.lone(i, 'a') {
		return x.lang == "cs" || x.lang == "sk"
	}
	if t := &x.toks[i]; t.end-t.start == 2 && x.lang != "" && x.lang != "nl" && strings.EqualFold(x.text(i, i+1), "en") {
		return false // Spanish and French: in
	}
	if t := &x.toks[i]; t.end-t.start == 2 && fold(x.text(i, i+1)) == "e" {
		return false // "è", "é": is
	}
	return !(x.lone(i, 'e') && x.is(i+1, '-'))
}

// inNumberWords: "quarenta e cinco" is one number.
func (x *lexed) inNumberWords(i int) bool {
	return x.has(i-1, mNumber) && x.has(i+1, mNumber)
}

// actOf is what a clause is about. With at it is the act nearest before that token,
// else the nearest after; some subjects settle the clause whatever its verb.
func (x *lexed) actOf(p sentence, at int) act {
	found, after := actNone, actNone
	for i := p.from; i < p.to; i++ {
		t := &x.toks[i]
		if t.kind != kWord {
			continue
		}
		a := actNone
		switch {
		case t.means.any(mRetain, mOtherObject) && !t.means.has(mDisclose) && !x.objectAfter(p, i):
			return actOther
		case t.means.has(mDisclose), t.means.has(mSecret) && x.keptSecret(p):
			a = actDisclose
		case t.means.has(mAnswer):
			a = actAnswer
		case t.means.has(mFix):
			a = actFix
		}
		if a == actNone {
			continue
		}
		switch {
		case at < 0:
			if found != actDisclose {
				found = a
			}
		case i < at:
			found = a
		case after == actNone:
			after = a
		}
	}
	if found == actNone {
		return after
	}
	// "We publish 30 days after the fix": what follows the span is only a mark in time.
	return found
}

// keptSecret: "we keep vulnerabilities confidential".
func (x *lexed) keptSecret(p sentence) bool {
	m := x.meaningsOf(p.from, p.to)
	return m.has(mKeep) && m.has(mVuln)
}

// objectAfter: "in our newsletter", "on our web site" name a place and not the object.
func (x *lexed) objectAfter(p sentence, i int) bool {
	if x.toks[i].means.has(mRetain) {
		return false
	}
	for k := i - 1; k >= p.from && k >= i-3; k-- {
		if x.tells(k, bPlace) {
			return true
		}
	}
	return false
}
