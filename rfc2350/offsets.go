package rfc2350

import "slices"

// findOffsets lists the offsets: after UTC or GMT, or written "+01:00" or "+0100".
// unsigned reports one without a sign that is not joined to its UTC or GMT.
func (x *lexed) findOffsets(taken map[int]bool) (out []offset, unsigned bool) {
	add := func(o offset) {
		if x.formerOffset(o) {
			return
		}
		x.season(&o)
		o.named = x.abbreviated(o)
		for k := range out {
			if out[k].minutes == o.minutes {
				return
			}
		}
		if len(out) < 20 {
			out = append(out, o)
		}
	}
	var bare []offset
	last := -1 // the token after the last offset
	for i := 0; i < len(x.toks); i++ {
		if taken[i] {
			continue
		}
		t := &x.toks[i]
		switch {
		case t.kind == kWord && t.means.has(mUTC) && t.upper > 0:
			if m, to := x.offsetAfter(i + 1); to > 0 {
				if x.halfAfter(to) {
					unsigned = true // "plus five and a half": not read
					i = to
					continue
				}
				add(offset{from: i, to: to, minutes: m, joined: x.slashed(last, i)})
				i, last = to-1, to
				continue
			}
			if n := x.num(i + 1); n >= 0 && n <= 14 && x.digits(i+1) <= 2 && x.toks[i+1].gap <= gapBlank && !x.is(i+2, ':') {
				if x.glued(i+1) && x.digits(i+1) == 2 && !(i+2 < len(x.toks) && x.glued(i+2) && x.toks[i+2].kind != kSign) { // "GMT01"
					add(offset{from: i, to: i + 2, minutes: n * 60, joined: x.slashed(last, i)})
					i, last = i+1, i+2
					continue
				}
				unsigned = true
				i++
				continue
			} else if n >= 0 && x.toks[i+1].gap <= gapBlank {
				unsigned = true
				continue
			}
			if (x.is(i+1, '+') || x.is(i+1, '-')) && x.glued(i+1) && x.glued(i+2) && x.num(i+2) >= 0 {
				unsigned = true // "UTC+25" is no offset
				continue
			}
			if x.ofTimestamps(i) || x.ofNoun(i+1) {
				continue
			}
			bare = append(bare, offset{from: i, to: i + 1, bare: true})
		case t.kind == kWord && last > 0 && t.means.any(mPlus, mMinus) && i-last <= 3: // "plus two hours in summer"
			if m, to := x.offsetAfter(i); to > 0 {
				add(offset{from: i, to: to, minutes: m})
				i, last = to-1, to
			}
		case t.kind == kSign && (t.sign() == '+' || t.sign() == '-') && !taken[i+1]:
			m, to, full := x.signedOffset(i)
			if to < 0 {
				continue
			}
			if full && !x.inNumber(i) && !x.ofExample(i) && !x.ofNoun(to) && !x.ofQuantity(i, to) || last > 0 && x.near(last, i) {
				add(offset{from: i, to: to, minutes: m, joined: x.slashed(last, i)})
				i, last = to-1, to
			}
		}
	}
	if len(out) == 1 {
		for _, b := range bare { // "London: UTC; Dubai: UTC+4"
			ends := x.is(b.to, ';') || x.is(b.to, ',') || b.to >= len(x.toks) || x.toks[b.to].gap >= gapLine
			if ends && x.is(b.from-1, ':') && b.from >= 2 && x.toks[b.from-2].kind == kWord && x.toks[b.from-2].upper == 1 && x.toks[b.from-2].termOf == 0 && !x.tells(b.from-2, bTimestamp) {
				add(b)
			}
		}
		slices.SortStableFunc(out, func(a, b offset) int { return a.from - b.from })
	}
	if len(out) >= 2 {
		for _, b := range bare { // "Lagos (UTC+1), London (UTC), Lima (UTC-5)"
			if x.is(b.from-1, '(') && x.is(b.to, ')') && b.from >= 2 && x.toks[b.from-2].kind == kWord && !x.toks[b.from-2].means.any(mZone, mUTC) {
				add(b)
			}
		}
		slices.SortStableFunc(out, func(a, b offset) int { return a.from - b.from })
	}
	if len(out) <= 1 {
		for k := range bare { // "UTC" alone, or "GMT (GMT+1 in summer)"
			x.season(&bare[k])
			b := bare[k]
			switch {
			case x.meaningsOf(max(0, b.from-2), b.from).has(mRelative): // "two hours ahead of UTC"
			case x.has(b.from-1, mBut) || x.is(b.to, '/') && x.has(b.to+1, mUTC):
			case len(out) == 0 && !unsigned && (x.abbreviated(b) == ambiguousZone || x.abbreviated(b) == 0):
				return []offset{b}, unsigned
			case len(out) == 1 && out[0].minutes == 60 && (b.winter || out[0].summer || x.means.has(mMonth) && x.means.has(mWeekday)):
				return []offset{b, out[0]}, unsigned
			}
		}
	}
	return out, unsigned
}

// ofTimestamps: "UTC time stamps", "our logs use UTC": not the zone of the team.
func (x *lexed) ofTimestamps(i int) bool {
	for k := i + 1; k < min(i+3, len(x.toks)) && x.toks[k].kind == kWord; k++ {
		if x.tells(k, bTimestamp) {
			return true
		}
	}
	for k := i - 1; k >= max(0, i-3) && x.toks[k].kind == kWord; k-- {
		if x.tells(k, bTimestamp) {
			return true
		}
	}
	return false
}

// formerOffset: "until 2016 we were at UTC+2", "UTC+2 until 2016".
func (x *lexed) formerOffset(o offset) bool {
	until := func(i int) bool { return x.has(i, mTo) && !x.has(i, mAnd) && x.digits(i+1) == 4 }
	if until(o.to) {
		return true
	}
	for k := o.from - 1; k >= max(0, o.from-5) && x.toks[k].kind == kWord && !x.toks[k].means.any(mBut, mSummer, mWinter, mUTC); k-- {
		if x.has(k, mNot) { // "not to be confused with UTC+10"
			return true
		}
	}
	for k := o.from - 1; k >= max(0, o.from-12) && !(x.toks[k].kind == kSign && (x.toks[k].sign() == ';' || x.toks[k].sign() == '.')); k-- {
		if x.has(k, mUTC) {
			return false
		}
		if x.tells(k, bWas) || until(k) || k > o.from-3 && x.has(k, mOld) && !x.toks[k].means.any(mTo, mThrough, mAhead) {
			return true
		}
	}
	return false
}

// ofExample: "an offset such as +0200", "time stamps end in +0200": not the team's.
func (x *lexed) ofExample(i int) bool {
	for k := i - 1; k >= max(0, i-12) && x.toks[k+1].gap < gapLine && x.toks[k].kind == kWord; k-- {
		if x.tells(k, bTimestamp) || x.tells(k, bExample) && k > i-4 {
			return true
		}
	}
	return false
}

// ofNoun: "UTC leap seconds" speaks of something else.
func (x *lexed) ofNoun(i int) bool {
	return i < len(x.toks) && x.toks[i].kind == kWord && x.toks[i].gap == gapBlank && x.toks[i].upper == 0 && x.toks[i].termOf == 0 && x.toks[i].phraseOf == 0 && !x.tells(i, bClockNote)
}

// ofQuantity: "temperature +0300 K".
func (x *lexed) ofQuantity(i, to int) bool {
	unit := to < len(x.toks) && x.toks[to].kind == kWord && x.toks[to].gap <= gapBlank && x.toks[to].end-x.toks[to].start <= 2 && x.toks[to].termOf == 0
	return unit || i > 0 && x.toks[i].gap == gapBlank && x.toks[i-1].kind == kWord && x.toks[i-1].upper == 0 && x.toks[i-1].termOf == 0 && x.toks[i-1].phraseOf == 0
}

// halfAfter: "and a half".
func (x *lexed) halfAfter(i int) bool {
	return x.has(i, mAnd) && (x.has(i+1, mHalf) || x.has(i+2, mHalf))
}

// slashed reports that only a slash stands between the tokens.
func (x *lexed) slashed(last, i int) bool {
	return last > 0 && i == last+1 && x.is(last, '/')
}

// near: a second offset without its own UTC stands close to the first.
func (x *lexed) near(last, i int) bool {
	if i-last > 8 || !x.glued(i+1) {
		return false
	}
	for k := last; k <= i; k++ {
		if x.toks[k].gap == gapParagraph || x.toks[k].kind == kNumber {
			return false
		}
	}
	return i == last || x.toks[i].gap != gapNone || x.is(i-1, '/') || x.is(i-1, '(')
}

// inNumber: the sign stands inside a date, a range or a telephone number.
func (x *lexed) inNumber(i int) bool {
	return i > 0 && x.toks[i-1].kind == kNumber && x.toks[i].gap == gapNone
}

// offsetAfter reads the offset after UTC or GMT: "+1", " + 1h", "(+01:00)", "/GMT-5",
// "plus 2 hours".
func (x *lexed) offsetAfter(i int) (minutes, to int) {
	if x.is(i, '/') && x.has(i+1, mUTC) {
		i += 2
	}
	for k := 0; k < 2 && (x.is(i, '(') || x.is(i, ':') || x.is(i, '=')); k++ {
		i++
	}
	if i >= len(x.toks) || x.toks[i].gap >= gapLine {
		return 0, -1
	}
	if x.toks[i].kind == kWord && x.toks[i].means.any(mPlus, mMinus) && (x.num(i+1) >= 0 || x.has(i+1, mNumber)) {
		m, to := x.hoursOf(i + 1)
		if n, end := x.quantity(i + 1); x.has(i+1, mNumber) && n <= 14 {
			m, to = n*60, end
		}
		if to < 0 {
			return 0, -1
		}
		m, to = x.minutesToo(m, to)
		if x.has(i, mMinus) {
			m = -m
		}
		return m, to
	}
	m, to, _ := x.signedOffset(i)
	return m, to
}

// signedOffset reads a sign and hours. full: the hours have two digits and minutes.
func (x *lexed) signedOffset(i int) (minutes, to int, full bool) {
	if !x.is(i, '+') && !x.is(i, '-') || x.num(i+1) < 0 || x.toks[i+1].gap > gapBlank {
		return 0, -1, false
	}
	m, to := x.hoursOf(i + 1)
	if to < 0 {
		return 0, -1, false
	}
	m, to = x.minutesToo(m, to)
	full = x.digits(i+1) == 4 || x.digits(i+1) == 2 && to > i+2
	if x.digits(i+1) == 4 && x.is(to, '-') && x.glued(to) || to < len(x.toks) && x.toks[to].kind == kNumber && x.toks[to].gap <= gapBlank && full {
		return 0, -1, false // a telephone number or hours
	}
	if x.toks[i].sign() == '-' {
		m = -m
	}
	return m, to, full
}

// minutesToo reads "30 minutes" after whole hours: "plus 5 hours 30 minutes".
func (x *lexed) minutesToo(minutes, to int) (int, int) {
	j := to
	for n := 0; n < 2 && j < len(x.toks) && x.toks[j].kind == kWord && x.toks[j].means.any(mHours, mClock, mAnd); n++ {
		j++
	}
	if n := x.num(j); j > to && minutes%60 == 0 && n > 0 && n < 60 && n%15 == 0 && x.tells(j+1, bMinutes) {
		return minutes + n, j + 2
	}
	return minutes, to
}

// hoursOf reads 1, 01, 0100, 530, 1:00, 1h, 5.30.
func (x *lexed) hoursOf(i int) (minutes, to int) {
	n, h, m := x.digits(i), x.num(i), 0
	to = i + 1
	switch n {
	case 1, 2:
		if (x.is(to, ':') || x.is(to, '.')) && x.glued(to) && x.glued(to+1) && x.digits(to+1) == 2 {
			m, to = x.num(to+1), to+2
		} else if to < len(x.toks) && x.toks[to].kind == kWord && x.glued(to) && fold(x.text(to, to+1)) == "h" {
			to++
			if x.glued(to) && x.digits(to) == 2 {
				m, to = x.num(to), to+1
			}
		}
	case 3, 4:
		h, m = h/100, h%100
	default:
		return 0, -1
	}
	if n <= 2 && m == 0 && to == i+1 && x.is(to, '.') && x.glued(to) && x.glued(to+1) && x.digits(to+1) == 1 { // 3.5
		if x.num(to+1) != 5 {
			return 0, -1
		}
		m, to = 30, to+2
	}
	if part, ok := fractions[x.signAt(to)]; ok && x.glued(to) && m == 0 && n <= 2 { // 9½
		m, to = part, to+1
	}
	if h > 14 || m > 59 || m%15 != 0 {
		return 0, -1
	}
	return h*60 + m, to
}

// fractions are the minutes of the parts of an hour that have a sign.
var fractions = map[rune]int{'¼': 15, '½': 30, '¾': 45}

// signAt is the sign at token i, 0 if it is none.
func (x *lexed) signAt(i int) rune {
	if i >= len(x.toks) || x.toks[i].kind != kSign {
		return 0
	}
	return x.toks[i].sign()
}

// season looks for summer and winter beside an offset.
func (x *lexed) season(o *offset) {
	for k := max(0, o.from-4); k < min(len(x.toks), o.to+5); k++ {
		if k >= o.to && (x.is(k, ',') || x.is(k, ';')) {
			break
		}
		o.summer = o.summer || x.toks[k].means.any(mSummer, mSummerZone)
		o.winter = o.winter || x.has(k, mWinter)
	}
}

// abbreviated is the offset of the abbreviation to which this one belongs: "EET
// (UTC+2)", "CET = UTC+1", "UTC+1 (CET)".
func (x *lexed) abbreviated(o offset) int {
	k := o.from - 1
	for n := 0; n < 2 && (x.is(k, '(') || x.is(k, '=') || x.is(k, '-') || x.is(k, ',') || x.is(k, ':')); n++ {
		k--
	}
	if k >= 0 && x.has(k, mZone) && x.toks[k].upper == 2 && x.toks[k].word() != nil {
		return int(x.toks[k].word().minutes)
	}
	if x.is(o.to, '(') && x.has(o.to+1, mZone) && x.toks[o.to+1].upper == 2 && x.is(o.to+2, ')') && x.toks[o.to+1].word() != nil {
		return int(x.toks[o.to+1].word().minutes)
	}
	return ambiguousZone
}
