package rfc2350

import "strings"

// What looks like hours and is none: times to answer, what is denied, planned or
// over, changes of the clock, single events.

// dayOfDate: the weekday of a date: "Monday 3 March", "Monday, March 3".
func (x *lexed) dayOfDate(d daySpan) bool {
	i := d.to
	if x.is(i, ',') {
		i++
	}
	if len(d.days) != 2 || i+1 >= len(x.toks) || x.toks[i].gap >= gapLine {
		return false
	}
	for x.toks[i].kind == kWord && x.has(i, mOf) && i+2 < len(x.toks) {
		i++
	}
	if x.has(i, mMonth) && x.toks[i].kind == kWord {
		return x.num(i+1) > 0 && x.digits(i+1) <= 2
	}
	if n := x.num(i); n < 1 || n > 31 || x.is(i+1, ':') {
		return false
	}
	i++
	for i < len(x.toks) && (x.is(i, '.') || x.has(i, mOrdinal) && x.glued(i) || x.has(i, mOf) && x.toks[i].kind == kWord && !x.toks[i].means.has(mMonth)) {
		i++
	}
	return i < len(x.toks) && x.toks[i].kind == kWord && x.has(i, mMonth) && x.toks[i].gap <= gapBlank
}

// leftOut: "every day except on Sunday".
func (x *lexed) leftOut(s sentence, i int) bool {
	for k := i - 1; k >= max(s.from, i-3); k-- {
		if x.toks[k].kind == kWord && x.has(k, mApart) {
			return true
		}
		if x.toks[k].kind != kWord || x.toks[k].end-x.toks[k].start > 3 {
			return false
		}
	}
	return false
}

// changesClock: "DST starts at 02:00 on the last Sunday in March" tells no hours.
func (x *lexed) changesClock(s sentence, m meanings) bool {
	if !m.has(mWeekday) || !m.any(mSummer, mWinter) || !m.has(mMonth) && !x.lastWord(s) {
		return false
	}
	for i := s.from; i < s.to; i++ { // "Summer (June to August): Monday to Friday 8-15"
		if d, ok := x.daysAt(i); ok && !d.cut && strings.Contains(d.days, "-") {
			return false
		}
	}
	return true
}

func (x *lexed) lastWord(s sentence) bool {
	for i := s.from; i < s.to; i++ {
		if x.tells(i, bClockChange) {
			return true
		}
	}
	return false
}

// withinBefore: "within 2-4 hours" is a time to answer.
func (x *lexed) withinBefore(i int) bool {
	for k := i - 1; k >= max(0, i-2); k-- {
		if x.tells(k, bWithin) || k == i-1 && x.tells(k, bTimeIn) {
			return true
		}
	}
	return false
}

// denied: "not 24/7", "24/7? No", "no 24/7 service".
func (x *lexed) denied(s sentence, i, to int) bool {
	for j := i - 1; j >= s.from && j >= i-7; j-- {
		if x.is(j, ':') || x.has(j, mBut) || x.is(j, ',') && j < i-1 {
			break
		}
		if x.has(j, mNot) || x.future(j) || x.tells(j, bWas) {
			return true
		}
	}
	for j := to; j < s.to && j < to+5; j++ {
		if x.future(j) || x.has(j, mOver) || x.has(j, mTo) && x.digits(j+1) == 4 && x.num(j+1) > 1985 { // "until 2019"
			return true
		}
		if x.has(j, mBut) || x.is(j, ',') || x.is(j, ';') {
			break
		}
		if x.toks[j].means.any(mNot, mNone) {
			return true
		}
	}
	// The answer stands in the next sentence: "24/7? No."
	if s.to < len(x.toks) && x.is(s.to-1, '?') && x.toks[s.to].means.any(mNot, mNone) {
		return true
	}
	return false
}

// future: a service that is planned is none yet.
func (x *lexed) future(i int) bool { return x.toks[i].kind == kWord && x.has(i, mFuture) }

// cutShort: the text ends with one day inside a parenthesis: "(09:00 - 17:00 Mon".
func (x *lexed) cutShort(d daySpan) bool {
	if d.to < len(x.toks) || len(d.days) > 2 {
		return false
	}
	for i := d.from - 1; i >= max(0, d.from-20); i-- {
		if x.is(i, ')') {
			return false
		}
		if x.is(i, '(') {
			return true
		}
	}
	return false
}

// ofOther: "the maintenance window is Saturday 02:00-04:00".
func (x *lexed) ofOther(s sentence, from int) bool {
	for j := from - 1; j >= s.from && j >= from-9; j-- {
		if x.is(j, ',') || x.has(j, mBut) {
			return false
		}
		if x.tells(j, bOtherTime) {
			return true
		}
	}
	return false
}

func (x *lexed) deniedTime(s sentence, r clockRange) bool {
	for j := r.from - 1; j >= s.from && j >= r.from-4; j-- {
		if x.is(j, ':') || x.is(j, ',') {
			return false
		}
		if x.has(j, mNot) || x.has(j, mClosed) {
			return true
		}
	}
	return false
}

// inThePast: "we were open Mo-Fr 9-17", "until 2019".
func (x *lexed) inThePast(s sentence, r clockRange) bool {
	for j := r.from - 1; j >= s.from && j >= r.from-9; j-- {
		if x.tells(j, bWas) {
			return true
		}
	}
	return false
}
