package rfc2350

// Disclosure is how long the team usually keeps a vulnerability confidential. Days
// is the usual time and MaxDays the longest that the document states; 0 means not
// stated. Raw is the sentence. A host makes an embargo policy of the two numbers.
type Disclosure struct {
	Days    int    `json:"days,omitempty"`
	MaxDays int    `json:"max_days,omitempty"`
	Raw     string `json:"raw,omitempty"`
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
	for _, s := range x.sentences() {
		spans := x.timeSpans(s)
		if len(spans) == 0 {
			continue
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

// take records a span as the usual or the longest time.
func (x *lexed) take(f *foundWindow, s, p sentence, sp timeSpan) {
	before := x.meaningsOf(max(p.from, sp.from-6), sp.from)
	after := x.meaningsOf(sp.to, min(p.to, sp.to+3))
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
	a := x.actOf(parts[k], sp.from)
	if a == actNone { // the clause before rules, else the one after
		for i := k - 1; i >= 0 && a == actNone; i-- {
			a = acts[i]
		}
		for i := k + 1; i < len(parts) && a == actNone; i++ {
			a = acts[i]
		}
	}
	if a == actFix && x.thenDisclosed(parts, k, sp) {
		a = actDisclose
	}
	if a != actDisclose && !(a == actNone && follows) {
		return false
	}
	// An exceptional case is not the usual one.
	if x.exceptional(parts[k], sp) {
		return false
	}
	return true
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

// clauses splits a sentence at commas, colons and words such as "and" and "but".
func (x *lexed) clauses(s sentence) []sentence {
	var out []sentence
	from := s.from
	for i := s.from; i < s.to; i++ {
		t := &x.toks[i]
		cut := t.kind == kSign && (t.sign == ',' || t.sign == ':' || t.sign == ';') && i > from || t.kind == kWord && t.upper == 0 && (t.means.has(mAnd) && !x.inNumberWords(i) && x.joins(i) || t.means.has(mBut) && t.end-t.start > 1) && i > from
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
		case t.means.has(mDisclose):
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

// objectAfter: "in our newsletter", "on our web site" name a place and not the object.
func (x *lexed) objectAfter(p sentence, i int) bool {
	if x.toks[i].means.has(mRetain) {
		return false
	}
	for k := i - 1; k >= p.from && k >= i-3; k-- {
		if x.toks[k].kind == kWord {
			switch fold(x.text(k, k+1)) {
			case "in", "im", "dans", "en", "em", "nel", "w", "v", "via", "through", "by", "per", "after", "nach", "apres", "despues", "on", "with", "par", "mit":
				return true
			}
		}
	}
	return false
}

// timeSpans lists the numbers of days, weeks and months of a sentence.
func (x *lexed) timeSpans(s sentence) (out []timeSpan) {
	for i := s.from; i < s.to && len(out) < 50; i++ {
		n, to := x.quantity(i)
		if n <= 0 || to > s.to {
			continue
		}
		sp := timeSpan{from: i, days: n}
		// "45 to 90 days", "45-90 days"
		if j := to; j < s.to && (x.is(j, '-') || x.toks[j].kind == kWord && x.has(j, mTo) || x.has(j, mOf) && x.has(j, mThrough)) {
			if m, end := x.quantity(j + 1); m > n && end <= s.to {
				sp.upper, to = m, end
			}
		}
		if x.is(to, '(') && x.is(to+2, ')') && x.num(to+1) > 0 { // "ninety (90) days"
			sp.days, to = x.num(to+1), to+3
		}
		unit := 0
		for k := 0; k < 4 && to < s.to; k++ {
			t := &x.toks[to]
			if t.means.has(mUnit) && t.t != nil && t.t.unit > 0 {
				unit = int(t.t.unit)
				to++
				break
			}
			if t.kind == kWord && t.means.has(mWorkday) {
				sp.workdays = true
			} else if !(t.kind == kWord && t.means.any(mCalendar, mFurther)) && !(t.kind == kSign && t.sign == '-') {
				break
			}
			to++
		}
		if unit == 0 {
			continue
		}
		sp.days, sp.upper, sp.to = sp.days*unit, sp.upper*unit, to
		if to < s.to && x.has(to, mWorkday) {
			sp.workdays = true
		}
		if sp.days > 1000 {
			continue
		}
		// "three months (90 days)": the days count.
		if x.is(to, '(') {
			if m, end := x.quantity(to + 1); m > 0 && end < s.to && x.has(end, mUnit) && x.toks[end].t != nil && x.toks[end].t.unit == 1 {
				sp.days, sp.to = m, end+1
			}
		}
		i = sp.to - 1
		out = append(out, sp)
	}
	return out
}

// quantity reads a number at token i, in digits or words.
func (x *lexed) quantity(i int) (n, to int) {
	if i >= len(x.toks) {
		return 0, i
	}
	t := &x.toks[i]
	if t.kind == kNumber {
		if x.digits(i) > 3 || i > 0 && x.glued(i) && !x.is(i-1, '(') && !x.is(i-1, '-') && !x.is(i-1, '/') && !x.is(i-1, '"') {
			return 0, i
		}
		return x.num(i), i + 1
	}
	if t.p != nil && t.p.means.has(mNumber) {
		return int(t.p.number), i + x.width(i)
	}
	if t.t == nil || !t.t.means.has(mNumber) {
		return 0, i
	}
	n, to = int(t.t.number), i+1
	for k := 0; k < 2; k++ {
		j := to
		if x.is(j, '-') || x.has(j, mAnd) {
			j++
		}
		if j < len(x.toks) && x.toks[j].t != nil && x.toks[j].t.means.has(mNumber) && n >= 20 && int(x.toks[j].t.number) < 100 && (n >= 100 || x.toks[j].t.number < 10) {
			n, to = n+int(x.toks[j].t.number), j+1
		}
	}
	return n, to
}
