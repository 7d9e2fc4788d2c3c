package rfc2350

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
		if x.is(to, '+') && x.num(to+1) > 0 && sp.upper == 0 { // "90 + 30 days"
			if m, end := x.quantity(to + 1); m > 0 && end < s.to && (x.has(end, mUnit) || x.is(end, '-') && x.has(end+1, mUnit)) {
				sp.upper, to = n+m, end
			}
		}
		if x.is(to, '(') && x.is(to+2, ')') && x.num(to+1) > 0 { // "ninety (90) days"
			sp.days, to = x.num(to+1), to+3
		}
		unit := 0
		for k := 0; k < 4 && to < s.to; k++ {
			t := &x.toks[to]
			if t.means.has(mUnit) && t.word() != nil && t.word().unit > 0 {
				unit = int(t.word().unit)
				to++
				break
			}
			if t.kind == kWord && t.means.has(mWorkday) {
				sp.workdays = true
			} else if !(t.kind == kWord && t.means.any(mCalendar, mFurther)) && !(t.kind == kSign && t.sign() == '-') {
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
			if m, end := x.quantity(to + 1); m > 0 && end < s.to && x.has(end, mUnit) && x.toks[end].word() != nil && x.toks[end].word().unit == 1 {
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
	if t.phrase() != nil && t.phrase().means.has(mNumber) {
		return int(t.phrase().number), i + x.width(i)
	}
	if t.word() == nil || !t.word().means.has(mNumber) {
		return 0, i
	}
	n, to = int(t.word().number), i+1
	for k := 0; k < 2; k++ {
		j := to
		if x.is(j, '-') || x.has(j, mAnd) {
			j++
		}
		if j < len(x.toks) && x.toks[j].word() != nil && x.toks[j].word().means.has(mNumber) && n >= 20 && int(x.toks[j].word().number) < 100 && (n >= 100 || x.toks[j].word().number < 10) {
			n, to = n+int(x.toks[j].word().number), j+1
		}
	}
	return n, to
}
